"""The ledger of decisions: `review/decisions.jsonl` in the home, one JSON object a line, only ever added to.

A line is a decision (on a held report as a whole, or on one doubtful cell) or the withdrawal of one. Of several decisions on one subject the last one
counts. The file is written anew beside itself and renamed, under a lock, so that it is whole or as it was; a line that
can't be right (somebody has edited the file) costs only itself and is kept. Nothing else is state: every load lands the ledger as it stands
(`land_decisions`), so neither a rerun nor a rebuild loses or repeats a decision.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import logging
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator, model_validator

from extract.landing import write_part
from gongkai.corrections import IDENTITY, CorrectionLine, plain_text
from gongkai.errors import GongkaiError
from gongkai.settings import TIME_ZONE, Home

log = logging.getLogger(__name__)

VERSION: Final = 1
"""Of the lines' form. A later program reads earlier versions; a line of a later version counts for nothing and is kept."""
MAX_BYTES = 200 * 2**20
_PART = "review"
_DIGEST = re.compile(r"[0-9a-f]{16}")
_WORDS = {"missing": "缺少该项", "extra_forbidden": "多出该项"}

Row = dict[str, Any]
Verdict = Literal["publish_as_printed", "correct", "reject", "ask_agency"]
Channel = Literal["airflow", "workbook", "command"]
VERDICTS: Mapping[str, str] = {
    "publish_as_printed": "按原样发布",
    "correct": "更正",
    "reject": "不予采用",
    "ask_agency": "请机关核实",
}
"""What can be decided, and its word in Chinese."""
RELEASABLE = frozenset({"report_has_table"})
"""Rules of gate one whose breach a person may let pass as printed: the report is published with every cell missing."""
IDENTIFIABLE = frozenset(
    {"report_agency_known", "report_year_known", "report_year_plausible", "review_contradicted"}
)
"""Rules of gate one that are settled by saying whose report it is. What breaks any other is the reader's fault: a new version settles it."""


class DecisionError(GongkaiError):
    """A decision that can't be taken or found; the sentence says why."""


class _Line(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    version: Literal[1] = VERSION


class Decision(_Line):
    """What one person decided about one subject, and what they saw.

    Attributes:
        subject: `report` (held as a whole) or `cell` (doubtful).
        reader_version, agency, year, rules, read_status, read_value: what the person was shown: of a report the agency and
            year that were read (null: none) and the rules it was held for; of a cell its agency and year as published, its status and reading.
        status, value: `correct` of a cell: what it holds, as in a line of a corrections file.
        right_agency, right_year: `correct` of a report: whose it is.
        channel: where the decision was taken.
    """

    kind: Literal["decision"] = "decision"
    decision_id: str
    subject: Literal["report", "cell"]
    report_id: str
    document_sha256: str
    reader_version: str
    agency: str | None = None
    year: int | None = None
    rules: tuple[str, ...] = ()
    metric: str | None = None
    applicant: str | None = None
    read_status: str | None = None
    read_value: Decimal | None = None
    decision: Verdict
    status: str | None = None
    value: Decimal | None = None
    right_agency: str | None = None
    right_year: int | None = None
    decided_by: str
    decided_at: datetime
    reason: str
    evidence: str
    channel: Channel

    @field_validator("decided_by", "reason", "evidence", "right_agency")
    @classmethod
    def _plain_text(cls, text: str | None) -> str | None:
        return None if text is None else plain_text(text.strip())

    @field_validator("decided_at")
    @classmethod
    def _with_zone(cls, moment: datetime) -> datetime:
        if moment.tzinfo is None:
            raise ValueError("时间须写明时区")
        return moment.astimezone(TIME_ZONE)

    @model_validator(mode="after")
    def _consistent(self) -> Decision:
        if not self.document_sha256.startswith(self.report_id[:16]):
            raise ValueError("报告与文件不符")
        if self.subject == "cell":
            self._check_cell()
        else:
            self._check_report()
        cells = self.correction_line()
        if cells is None and self.subject == "cell":  # the cell must be one, whatever is decided about it
            cells = {**self._line_of_cell(), "status": "blank", "value": ""}
        if cells is not None:
            try:
                CorrectionLine.model_validate(cells)  # one and the same check for all corrections
            except ValidationError as error:
                raise ValueError(sentence_of(error)) from error
        return self

    def _check_cell(self) -> None:
        if not self.metric or not self.applicant or self.agency is None or self.year is None:
            raise ValueError("单元格的决定须写明机关、年度、指标和申请人类别")
        if self.right_agency is not None or self.right_year is not None:
            raise ValueError("单元格的决定不能更正机关或年度")
        if (self.decision == "correct") != (self.status is not None):
            raise ValueError("更正须给出应有的数值或状态，其他决定不能给")
        if self.decision != "correct" and self.value is not None:
            raise ValueError("只有更正才能给出数值")
        if self.decision == "publish_as_printed" and self.read_value is None:
            raise ValueError("这一格没有读数，不能按原样发布；请选更正，写明数值或状态")

    def _check_report(self) -> None:
        if self.metric is not None or self.status is not None or self.value is not None:
            raise ValueError("整份报告的决定不能更正数值")
        if (self.decision == "correct") != (self.right_agency is not None and self.right_year is not None):
            raise ValueError("更正须给出机关和年度，其他决定不能给")
        if self.decision == "publish_as_printed" and (barred := set(self.rules) - RELEASABLE):
            raise ValueError(f"因 {'、'.join(sorted(barred))} 暂缓的报告不能按原样发布")

    @property
    def case_id(self) -> str:
        """What it is about; two decisions on one subject have the same."""
        return case_id(self.report_id, self.metric, self.applicant)

    def correction_line(self) -> Mapping[str, Any] | None:
        """The line of corrections that this is, if it puts something in the place of what was read."""
        if self.decision not in ("correct", "publish_as_printed"):
            return None
        if self.subject == "cell":
            as_printed = self.decision == "publish_as_printed"
            return self._line_of_cell() | {
                "status": "reported" if as_printed else self.status,
                "value": _number(self.read_value if as_printed else self.value),
            }
        if self.decision != "correct":
            return None
        return self._signed() | {
            "agency": self.right_agency,
            "year": str(self.right_year),
            "metric": IDENTITY,
            "applicant": "all",
            "read_value": _number(None if self.year is None else Decimal(self.year)),
            "read_agency": self.agency,
            "status": "text",
            "value": "",
        }

    def _signed(self) -> dict[str, Any]:
        return {
            "report_id": self.report_id,
            "corrected_by": self.decided_by,
            "corrected_on": self.decided_at.astimezone(TIME_ZONE).date().isoformat(),
            "reason": self.reason,
            "evidence": self.evidence,
        }

    def _line_of_cell(self) -> dict[str, Any]:
        return self._signed() | {
            "agency": self.agency,
            "year": str(self.year),
            "metric": self.metric,
            "applicant": self.applicant,
            "read_value": _number(self.read_value),
            "read_status": self.read_status,
        }


class Withdrawal(_Line):
    """That a decision is taken back: by whom, when and why."""

    kind: Literal["withdrawal"] = "withdrawal"
    withdraws: str
    withdrawn_by: str
    withdrawn_at: datetime
    reason: str
    channel: Channel

    @field_validator("withdrawn_by", "reason")
    @classmethod
    def _plain_text(cls, text: str) -> str:
        return plain_text(text.strip())


_LineT = TypeVar("_LineT", Decision, Withdrawal)


@dataclass(frozen=True, slots=True)
class Refused:
    """A line that counts for nothing, and why."""

    line: int
    sentence: str


@dataclass(frozen=True)
class Ledger:
    """The ledger as it stands.

    Attributes:
        path: the file.
        lines: what each sound line says, by its number from 1.
        refused: the other lines.
        text: the file's text as it is.
    """

    path: Path
    lines: Mapping[int, Decision | Withdrawal]
    refused: tuple[Refused, ...]
    text: str

    @cached_property
    def decisions(self) -> Mapping[str, Decision]:
        """All decisions by id, in the order in which they were taken down."""
        return {line.decision_id: line for line in self.lines.values() if isinstance(line, Decision)}

    @cached_property
    def withdrawals(self) -> Mapping[str, Withdrawal]:
        """Withdrawals by the decision they take back."""
        return {line.withdraws: line for line in self.lines.values() if isinstance(line, Withdrawal)}

    @cached_property
    def in_force(self) -> tuple[Decision, ...]:
        """The decision that counts for each subject: the last one that nobody has taken back."""
        last: dict[str, Decision] = {}
        for decision in self.decisions.values():
            if decision.decision_id not in self.withdrawals:
                last.pop(decision.case_id, None)
                last[decision.case_id] = decision
        return tuple(last.values())

    @cached_property
    def by_case(self) -> Mapping[str, Decision]:
        """The decision in force by its subject."""
        return {decision.case_id: decision for decision in self.in_force}

    def line_of(self, decision_id: str) -> int:
        """The number of the line that holds a decision."""
        return next(
            number
            for number, line in self.lines.items()
            if isinstance(line, Decision) and line.decision_id == decision_id
        )

    def standing(self, decision: Decision) -> str:
        """`in_force`, `withdrawn` or `overridden`."""
        if decision.decision_id in self.withdrawals:
            return "withdrawn"
        return "in_force" if self.by_case.get(decision.case_id) is decision else "overridden"


def case_id(report_id: str, metric: str | None = None, applicant: str | None = None) -> str:
    """The name of a subject: `report:<report id>` or `cell:<report id>:<metric>:<applicant>`."""
    return f"report:{report_id}" if metric is None else f"cell:{report_id}:{metric}:{applicant}"


def make_decision_id(*parts: object) -> str:
    """An id of 16 hexadecimal digits: the same answer to the same question gives the same."""
    return hashlib.sha256("\x1f".join(map(str, parts)).encode()).hexdigest()[:16]


def decisions_path(home: Home) -> Path:
    """Where the ledger is."""
    return home.review / "decisions.jsonl"


def read_decisions(home: Home) -> Ledger:
    """The ledger as it stands; empty if nobody has decided anything.

    Raises:
        DecisionError: the file can't be read at all. To go on without it would take back every decision in silence.
    """
    path = decisions_path(home)
    try:
        text = path.read_text(encoding="utf-8") if path.exists() else ""
    except (OSError, UnicodeDecodeError) as error:
        raise DecisionError(f"复核决定 {path} 无法读取（{error}）；请从备份恢复后重试。") from error
    lines: dict[int, Decision | Withdrawal] = {}
    refused: list[Refused] = []
    seen: set[str] = set()
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            found = _parse(line, seen)
        except ValueError as error:
            refused.append(Refused(number, f"复核决定 {path.name} 第 {number} 行未采用：{_problem(error)}"))
            continue
        lines[number] = found
        seen.add(found.decision_id if isinstance(found, Decision) else f"withdrawal of {found.withdraws}")
    return Ledger(path, lines, tuple(refused), text)


def _parse(line: str, seen: set[str]) -> Decision | Withdrawal:
    said = json.loads(line, parse_float=Decimal)
    if not isinstance(said, dict):
        raise ValueError("不是一条决定")  # noqa: TRY004 - the text is wrong, not the program
    if said.get("version") != VERSION:
        raise ValueError(f"版本 {str(said.get('version'))[:20]} 不是本程序所知的 {VERSION}")
    if said.get("kind") == "withdrawal":
        withdrawal = Withdrawal.model_validate(said)
        if withdrawal.withdraws not in seen:
            raise ValueError("所撤回的决定不存在")
        if f"withdrawal of {withdrawal.withdraws}" in seen:
            raise ValueError("所撤回的决定已经撤回")
        return withdrawal
    decision = Decision.model_validate(said)
    if not _DIGEST.fullmatch(decision.decision_id) or decision.decision_id in seen:
        raise ValueError("决定编号有误或重复")
    return decision


def _problem(error: ValueError) -> str:
    if isinstance(error, ValidationError):
        return sentence_of(error)
    if isinstance(error, json.JSONDecodeError):
        return "不是完整的 JSON"
    return str(error)


def sentence_of(error: ValidationError) -> str:
    """What is wrong with a decision, in Chinese, without repeating what stands in it."""
    found = []
    for problem in error.errors():
        where = str(problem["loc"][0]) if problem["loc"] else ""
        own = problem["type"] == "value_error"
        found.append(
            f"{where} {problem['ctx']['error'] if own else _WORDS.get(problem['type'], '写法有误')}".strip()
        )
    return "；".join(found)


def add_decisions(home: Home, decisions: Iterable[Decision]) -> list[Decision]:
    """Take decisions down that are not in the ledger; those of the same id are there already and stay as they are.

    Returns:
        The ones that were added.
    """
    listed = list(decisions)

    def new(ledger: Ledger) -> list[Decision]:
        known = set(ledger.decisions)
        fresh: dict[str, Decision] = {}
        for decision in listed:
            if decision.decision_id not in known:
                fresh.setdefault(decision.decision_id, decision)
        return list(fresh.values())

    return _append(home, new)


def withdraw(home: Home, decision_id: str, *, by: str, reason: str, channel: Channel = "command") -> Decision:
    """Take a decision back; it stays in the ledger, and so does the one that takes it back. The decision that was taken back.

    Args:
        home: the installation.
        decision_id: its id or the first digits of it, four at least.
        by: who takes it back.
        reason: why.
        channel: where.

    Raises:
        DecisionError: there is no such decision, several begin so, it has been taken back, or who or why are missing.
    """
    withdrawn: list[Decision] = []

    def new(ledger: Ledger) -> list[Withdrawal]:
        found = _named(ledger, decision_id)
        withdrawn.append(found)
        try:
            return [
                Withdrawal(
                    withdraws=found.decision_id,
                    withdrawn_by=by,
                    withdrawn_at=datetime.now(TIME_ZONE).replace(microsecond=0),
                    reason=reason,
                    channel=channel,
                )
            ]
        except ValidationError as error:
            raise DecisionError(f"未撤回：{sentence_of(error)}。") from error

    _append(home, new)
    return withdrawn[0]


def _named(ledger: Ledger, start: str) -> Decision:
    found = [d for key, d in ledger.decisions.items() if len(start) >= 4 and key.startswith(start)]
    if len(found) != 1:
        problem = "没有这样的决定" if not found else f"有 {len(found)} 条决定以此开头，请多写几位"
        raise DecisionError(f"{start[:40]}：{problem}；编号见 gongkai review list --decided。")
    if found[0].decision_id in ledger.withdrawals:
        raise DecisionError(f"决定 {found[0].decision_id} 已经撤回。")
    return found[0]


def _append(home: Home, new: Callable[[Ledger], Sequence[_LineT]]) -> list[_LineT]:
    """Add lines to the ledger, nobody else adding any meanwhile; whole or not at all."""
    path = decisions_path(home)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        ledger = read_decisions(home)
        added = list(new(ledger))
        if not added:
            return []
        # what stands there stays byte for byte; a last line without its end was cut off by an editor
        before = ledger.text if not ledger.text or ledger.text.endswith("\n") else f"{ledger.text}\n"
        text = before + "".join(f"{line.model_dump_json(exclude_none=True)}\n" for line in added)
        if len(text.encode()) > MAX_BYTES:
            raise DecisionError(f"复核决定 {path} 已超过 {MAX_BYTES // 2**20} MB，不再写入。")
        temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
        try:
            with temporary.open("w", encoding="utf-8", newline="\n") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    return added


def land_decisions(home: Home, load_id: str) -> list[str]:
    """Land the ledger as it stands with a load, refused lines with the reason; repeating it replaces them.

    Returns:
        The sentences about refused lines.

    Raises:
        DecisionError: the ledger can't be read.
    """
    ledger = read_decisions(home)
    rows = [{"load_id": load_id, **row} for row in _rows(ledger)]
    write_part(home.landing, "decisions", load_id, _PART, rows)
    for refused in ledger.refused:
        log.warning("%s", refused.sentence)
    return [refused.sentence for refused in ledger.refused]


def _rows(ledger: Ledger) -> Iterator[Row]:
    for number, line in ledger.lines.items():
        if isinstance(line, Decision):
            said = line.model_dump(exclude={"version", "kind"})
            taken_back = ledger.withdrawals.get(line.decision_id)
            yield {
                **said,
                "rules": list(line.rules),
                "line": number,
                "standing": ledger.standing(line),
                "withdrawn_by": taken_back.withdrawn_by if taken_back else None,
                "withdrawn_at": taken_back.withdrawn_at.astimezone(UTC) if taken_back else None,
                "withdrawn_reason": taken_back.reason if taken_back else None,
            }
    for refused in ledger.refused:
        key = make_decision_id(refused.line, refused.sentence)
        yield {
            "decision_id": key, "line": refused.line, "refusal": refused.sentence, "standing": "refused",
        }  # fmt: skip


def _number(value: Decimal | None) -> str:
    return "" if value is None else f"{value.normalize():f}"
