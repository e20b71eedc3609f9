"""What waits for a person: held reports and doubtful figures of the published warehouse, less what has been decided."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from importlib import resources
from typing import Any, Final

import duckdb

from gongkai.settings import Home
from review.decisions import VERDICTS, Decision, DecisionError, Ledger, case_id, read_decisions

OPEN: Final = "open"
PENDING: Final = "pending"
"""Decided, and the next load will apply it."""
SETTLED: Final = "settled"
"""Rejected, the agency is asked, or a later document has taken its place: nobody is asked again."""
STATES_ZH: Final[Mapping[str, str]] = {OPEN: "待复核", PENDING: "已决定，下次加载生效", SETTLED: "已处理"}
_PLACE_ENDS = "0"
_QUERY = """
select * from ({cases})
where (? is null or source = ?) and (? is null or starts_with(place, ?))
    and (? is null or starts_with(report_id, ?))
order by rank, year desc nulls first, read_value desc nulls last, agency, report_id, metric, applicant
"""


@dataclass(frozen=True, slots=True)
class Case:
    """One subject that a person decides on, as it stands in the published warehouse.

    Attributes:
        subject: `report` or `cell`.
        agency, year: of a held report as read (null: can't be told), of a cell as published.
        rules, messages: what a report is held for.
        read_status, read_value, raw, evidence: how a cell was read.
        where: `page` and `box` (points), `path` or `line` of a cell.
        standing: `open`, `pending` or `settled`.
        note: a sentence on an earlier decision that did not settle it, or on what settled it.
        decision: the decision in force, if any.
    """

    subject: str
    report_id: str
    document_sha256: str
    reader_version: str
    agency: str | None
    year: int | None
    title: str | None
    source: str
    document_name: str | None
    member: str | None
    rules: tuple[str, ...]
    messages: tuple[str, ...]
    metric: str | None
    applicant: str | None
    section_zh: str | None
    metric_zh: str | None
    applicant_zh: str | None
    read_status: str | None
    read_value: Decimal | None
    unit: str | None
    raw: str | None
    evidence: tuple[str, ...]
    where: Mapping[str, Any]
    standing: str
    note: str | None
    decision: Decision | None

    @property
    def case_id(self) -> str:
        """Its name in the ledger."""
        return case_id(self.report_id, self.metric, self.applicant)

    @property
    def whose(self) -> str:
        """Agency and year, for people."""
        return f"{self.agency or '机关不明'} {self.year or '年度不明'}"

    @property
    def what(self) -> str:
        """What it is about, for people: the cell, or why the report is held."""
        if self.subject == "report":
            return "；".join(self.messages)
        column = f"（{self.applicant_zh}）" if self.applicant != "all" else ""
        return f"{self.section_zh or ''} {self.metric_zh}{column}".strip()

    @property
    def place(self) -> str:
        """Where a cell stands in its document, for people."""
        where = self.where
        if "page" in where:
            box = "，".join(f"{edge:.0f}" for edge in where.get("box", ()))
            return f"第 {where['page']} 页" + (f" 框（{box}）" if box else "")
        return f"第 {where['line']} 行" if "line" in where else str(where.get("path", "—"))


def find_cases(
    home: Home,
    *,
    source: str | None = None,
    place: str | None = None,
    report: str | None = None,
    standing: str | None = OPEN,
    subject: str | None = None,
) -> Iterator[Case]:
    """Cases of the published warehouse, the worst first.

    Args:
        home: the installation.
        source: of this source only.
        place: division code, or the beginning of one: of agencies there and below only.
        report: report id or its beginning.
        standing: only those that stand so; null for all.
        subject: `report` or `cell` only.

    Raises:
        DecisionError: nothing is published yet, or the ledger can't be read.
    """
    ledger = read_decisions(home)
    if not home.warehouse.exists():
        raise DecisionError("还没有发布过数据，没有可复核的内容；请先运行 gongkai run。")
    cases = resources.files("review").joinpath("cases.sql").read_text(encoding="utf-8")
    below = place.rstrip(_PLACE_ENDS) if place and len(place) % 2 == 0 else place
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        became = _became(connection)
        given = [value for value in (source, below, report) for _ in range(2)]
        found = connection.execute(_QUERY.format(cases=cases), given)
        names = [column[0] for column in found.description]
        while rows := found.fetchmany(1000):
            for row in rows:
                case = _case(dict(zip(names, row, strict=True)), ledger, became)
                if standing in (None, case.standing) and subject in (None, case.subject):
                    yield case


def get_case(home: Home, wanted: str) -> Case:
    """The case of a name, or the only one whose report begins so.

    Raises:
        DecisionError: there is none, or there are several.
    """
    parts = wanted.split(":")
    report = parts[1] if len(parts) > 1 else parts[0]
    found = [
        case
        for case in find_cases(home, report=report, standing=None)
        if case.case_id == wanted or (len(parts) == 1 and case.subject == "report")
    ]
    if len(found) != 1:
        problem = "没有这样的暂缓报告或存疑数值" if not found else f"有 {len(found)} 件以此开头，请多写几位"
        raise DecisionError(f"{wanted[:120]}：{problem}；见 gongkai review list。")
    return found[0]


def _became(connection: duckdb.DuckDBPyConnection) -> dict[str, tuple[str, str]]:
    """What the published warehouse says became of each decision: state and sentence."""
    rows = connection.execute("select decision_id, state, sentence from marts.mart_decision").fetchall()
    return {decision_id: (state, sentence) for decision_id, state, sentence in rows}


def _case(row: dict[str, Any], ledger: Ledger, became: Mapping[str, tuple[str, str]]) -> Case:
    decision = ledger.by_case.get(case_id(row["report_id"], row["metric"], row["applicant"]))
    standing, note = _standing(row, decision, became)
    where: dict[str, Any] = {name: row[name] for name in ("page", "path", "line") if row[name] is not None}
    box = [row[edge] for edge in ("x0", "top", "x1", "bottom")]
    if None not in box:
        where["box"] = tuple(box)
    unchanged = {name: row[name] for name in Case.__dataclass_fields__ if name in row}
    lists = {name: tuple(row[name] or ()) for name in ("rules", "messages", "evidence")}
    return Case(
        **{**unchanged, **lists, "where": where, "standing": standing, "note": note, "decision": decision}
    )


def _standing(
    row: Mapping[str, Any], decision: Decision | None, became: Mapping[str, tuple[str, str]]
) -> tuple[str, str | None]:
    if row["state"] == "revised":
        return SETTLED, "同一地址或同一机关、年度已有后来的报告。"
    if decision is None:
        return OPEN, None
    if decision.decision_id not in became:
        return PENDING, f"{decision.decided_by} 已决定{VERDICTS[decision.decision]}，下次加载生效。"
    state, sentence = became[decision.decision_id]
    return (SETTLED if state == "noted" else OPEN), sentence
