"""The report of one load: what came in, what is wrong where, what was held back, and how the gates judged.

Written for every load, also one that was stopped or had nothing new. It is made from the load's landing
parts, its record and its validations, so it needs no warehouse; findings across years come from the published
one if the load got that far.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb

from expectations.frames import landing_connection
from expectations.records import ERROR, FAILED, NO_DATA, PASSED, read_validations
from gongkai.settings import TIME_ZONE, Home
from publish.page import (
    BAD,
    GOOD,
    NOTICE,
    QUIET,
    Badge,
    Bar,
    Block,
    Callout,
    Cell,
    Figure,
    Fold,
    Heading,
    Number,
    Page,
    Section,
    Table,
    to_html,
    to_markdown,
)
from publish.pull_sections import pull_blocks
from publish.warehouse_sections import filing_blocks, revision_blocks, source_blocks
from publish.words import Words, count_text, more_text, number_cell, place_text

log = logging.getLogger(__name__)

REPORTS_SHOWN = 500
FINDINGS_SHOWN = 100
"""How many findings a rule and outcome shows; the warehouse has them all."""
DOUBTFUL_SHOWN = 300
HELD_SHOWN = 300
REJECTS_SHOWN = 300
SOURCES_NAMED = 8
"""How many sources the head of the report names."""

_STATES = {
    "running": ("进行中", NOTICE),
    "published": ("已发布", GOOD),
    "stopped": ("被质量关卡拦下，未发布", BAD),
    "failed": ("失败，未发布", BAD),
    "interrupted": ("中断，未发布", BAD),
}
_REPORT_STATES = {"published": Badge("已发布", GOOD), "running": Badge("可发布", GOOD)}
_MODES = {"incremental": "增量（只读新文件）", "full": "全量（全部重读）"}
_SEVERITIES = {"critical": ("拦下加载", BAD), "report": ("暂缓报告", NOTICE), "warn": ("提示", QUIET)}
_OUTCOMES = {
    PASSED: ("通过", GOOD),
    FAILED: ("未通过", BAD),
    ERROR: ("没有结论", BAD),
    NO_DATA: ("无数据可查", QUIET),
}
_GATES = {"landing": "落地关卡", "marts": "发布关卡"}
_UNKNOWN = "（未知）"


def write_load_report(home: Home, load_id: str) -> Path:
    """Write `report.html` and `report.md` of a load into `reports/<load id>/`, replacing earlier ones.

    Returns:
        The path of `report.html`.
    """
    with landing_connection(home, load_id, strict=False) as connection:
        facts = _Facts(home, load_id, connection)
        facts.add_all_findings()
        page = _page(home, load_id, facts)
    folder = home.reports / load_id
    _write(folder / "report.md", to_markdown(page))
    return _write(folder / "report.html", to_html(page))


def _write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    return path


# --- what is known of the load ---

Row = dict[str, Any]


class _Facts:
    """What the report is made of, read when first asked for."""

    def __init__(self, home: Home, load_id: str, connection: duckdb.DuckDBPyConnection) -> None:
        self._home = home
        self._load_id = load_id
        self._connection = connection

    def query(self, sql: str, *arguments: object) -> list[Row]:
        """Rows as mappings."""
        result = self._connection.execute(sql, list(arguments))
        names = [column[0] for column in result.description or []]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

    @cached_property
    def record(self) -> Mapping[str, Any]:
        """The load's record; empty if it never began."""
        path = self._home.operations / "loads" / f"{self._load_id}.json"
        if not path.exists():
            return {}
        content: dict[str, Any] = json.loads(path.read_text("utf-8"))
        return content

    @cached_property
    def validations(self) -> list[Row]:
        """The gates' outcomes, landing first."""
        return read_validations(self._home, self._load_id).to_pylist()

    @cached_property
    def counts(self) -> Row:
        """What the load's landing parts hold."""
        [row] = self.query(_COUNTS)
        return row

    @cached_property
    def has_warehouse(self) -> bool:
        """Whether the published warehouse is this load's."""
        return self.record.get("state") == "published" and self._home.warehouse.exists()

    def add_all_findings(self) -> None:
        """Make the view `all_findings`: those landed, and those across years if the load got published."""
        try:
            if self.has_warehouse:
                path = str(self._home.warehouse).replace("'", "''")
                self._connection.execute(f"attach '{path}' as published (read_only)")
            self._connection.execute(_ALL_FINDINGS if self.has_warehouse else _LANDED_FINDINGS)
        except duckdb.Error:
            log.exception("findings can't be read; the sections that need them will say so")


_COUNTS = """
select (select count(distinct document_sha256) from documents) as documents,
       (select count(distinct document_sha256) filter (where is_new) from documents) as documents_new,
       (select count(*) from reports) as reports,
       (select count(*) filter (where status = 'reported') from cells) as reported,
       (select count(*) filter (where status = 'doubtful') from cells) as doubtful,
       (select count(*) filter (where status = 'missing') from cells) as missing,
       (select count(*) from cells) as cells,
       (select count(*) filter (where outcome = 'broken') from all_findings) as broken,
       (select count(*) filter (where outcome = 'not_assessable') from all_findings) as unclear,
       (select count(distinct report_id) from quarantine) as held,
       (select count(*) from rejects) as rejects
"""

_LANDED_FINDINGS = """
create view all_findings as
select report_id, rule, outcome, metric, applicant, expected, found, message from findings
"""
_ALL_FINDINGS = """
create view all_findings as
select report_id, rule, outcome, metric, applicant, expected, found, message from findings
union all
select fact.report_id, fact.rule, fact.outcome, fact.metric_key, fact.applicant_key,
       fact.expected, fact.found, fact.message
from published.marts.fct_finding as fact
where fact.load_id = (select load_id from this_load)
and fact.rule not in (select rule from findings where rule is not null)
"""


def _agency(row: Row) -> str:
    return str(row.get("agency") or _UNKNOWN)


def _year(row: Row) -> str:
    return str(row["year"]) if row.get("year") is not None else _UNKNOWN


# --- the page ---


def _page(home: Home, load_id: str, facts: _Facts) -> Page:
    record = facts.record
    state, tone = _STATES.get(str(record.get("state")), ("状态不明", NOTICE))
    words = Words()
    makers: Sequence[tuple[str, str, Callable[[], Iterable[Block]]]] = (
        ("reports", "读入的报告", lambda: _report_blocks(facts)),
        ("filing", "报送情况", lambda: _from_warehouse(facts, lambda: filing_blocks(facts.query))),
        (
            "revisions",
            "更正",
            lambda: _from_warehouse(facts, lambda: revision_blocks(facts.query, load_id, words)),
        ),
        ("findings", "发现", lambda: _finding_blocks(facts, words)),
        ("doubtful", "存疑数值（待人工核对）", lambda: _doubtful_blocks(facts, words)),
        ("sources", "来源", lambda: _source_blocks(facts)),
        ("held", "暂缓发布的报告", lambda: _held_blocks(facts)),
        ("rejects", "无法读取的文件", lambda: _reject_blocks(facts)),
        ("gates", "质量关卡", lambda: _gate_blocks(facts)),
    )
    sections = [_section(key, title, maker) for key, title, maker in makers]
    if why := _why_not_published(facts):
        sections.insert(0, Section("why", "为什么没有发布", (why,)))
    now = datetime.now(TIME_ZONE)
    return Page(
        title=f"加载报告 {load_id}",
        state=Badge(state, tone),
        facts=_facts_line(record),
        figures=_headline(facts),
        sections=tuple(sections),
        footer=f"生成于 {now:%Y-%m-%d %H:%M}（北京时间）。数据仓库：{home.warehouse}",
    )


def _section(key: str, title: str, maker: Callable[[], Iterable[Block]]) -> Section:
    """A section; where the landed files are not as declared, it says so and the rest of the report stands."""
    try:
        return Section(key, title, tuple(maker()))
    except duckdb.Error as error:
        first = str(error).splitlines()[0]
        return Section(key, title, (Callout((f"这一部分的数据无法读取：{first}",), BAD),))


def _from_warehouse(facts: _Facts, maker: Callable[[], Iterable[Block]]) -> Iterable[Block]:
    """What only the warehouse tells; a load that was not published has made no warehouse."""
    return maker() if facts.has_warehouse else ("本次加载没有发布，这一部分见上一次发布的加载报告。",)


def _source_blocks(facts: _Facts) -> Iterable[Block]:
    """What went wrong with sources in this load, published or not, then how fresh they are."""
    yield from pull_blocks(facts.query)
    yield from _from_warehouse(facts, lambda: source_blocks(facts.query))


def _facts_line(record: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    named = (
        ("方式", _MODES.get(str(record.get("mode")), str(record.get("mode") or ""))),
        ("来源", _first(list(map(str, record.get("sources") or ())))),
        ("开始", _time(record.get("started_at"))),
        ("发布", _time(record.get("published_at"))),
        ("结束", _time(record.get("ended_at"))),
    )
    return tuple((name, value) for name, value in named if value)


def _first(names: Sequence[str]) -> str:
    more = f" 等 {count_text(len(names))} 个" if len(names) > SOURCES_NAMED else ""
    return "、".join(names[:SOURCES_NAMED]) + more


def _time(stamp: object) -> str:
    if not stamp:
        return ""
    return f"{datetime.fromisoformat(str(stamp)).astimezone(TIME_ZONE):%Y-%m-%d %H:%M:%S}"


def _headline(facts: _Facts) -> tuple[Figure, ...]:
    try:
        counts = facts.counts
    except duckdb.Error:
        return (Figure("数量", "—", "落地数据无法读取，详见下文", BAD),)
    return (
        Figure("文件", count_text(counts["documents"]), f"新 {count_text(counts['documents_new'])}"),
        Figure("报告", count_text(counts["reports"]), tone=GOOD if counts["reports"] else QUIET),
        Figure("数值", count_text(counts["reported"]), f"共 {count_text(counts['cells'])} 格"),
        Figure(
            "存疑",
            count_text(counts["doubtful"]),
            "不发布数字，待核对",
            NOTICE if counts["doubtful"] else QUIET,
        ),
        Figure(
            "发现",
            count_text(counts["broken"]),
            f"另 {count_text(counts['unclear'])} 处无法核对",
            _tone(counts["broken"]),
        ),
        Figure("暂缓", count_text(counts["held"]), "报告", _tone(counts["held"])),
        Figure("拒收", count_text(counts["rejects"]), "文件", _tone(counts["rejects"])),
    )


def _tone(count: int) -> str:
    return NOTICE if count else QUIET


def _why_not_published(facts: _Facts) -> Callout | None:
    """The reasons in a few sentences; nothing for a load that is published or still at work."""
    if facts.record.get("state") in (None, "published", "running"):
        return None
    lines = [
        f"{_GATES.get(row['gate'], row['gate'])}：{row['sentence']}。实际：{row['observed']}{_examples(row)}"
        for row in facts.validations
        if row["outcome"] == FAILED and row["severity"] == "critical"
    ]
    if not lines:
        lines = [str(failure.get("message")) for failure in facts.record.get("failures") or ()]
    if not lines:
        lines = [str(facts.record.get("error") or "没有留下原因，请看 Airflow 日志。")]
    return Callout((*lines, "已发布的数据保持不变。"), BAD)


def _examples(row: Row) -> str:
    listed = row["examples"] or []
    return f"（例如 {'；'.join(listed[:3])}）" if listed else ""


# --- sections ---


def _report_blocks(facts: _Facts) -> Iterable[Block]:
    rows = facts.query(
        """
        select reports.agency, reports.year, reports.generation, reports.format,
               coalesce(reports.member, reports.document_path) as document,
               facts.reported, facts.blank, facts.doubtful, facts.missing,
               coalesce(broken.findings, 0) as findings,
               reports.report_id in (select report_id from quarantine) as is_held,
               count(*) over () as total
        from reports
        left join (
            select report_id,
                   count(*) filter (where status = 'reported') as reported,
                   count(*) filter (where status in ('blank', 'not_applicable', 'text')) as blank,
                   count(*) filter (where status = 'doubtful') as doubtful,
                   count(*) filter (where status = 'missing') as missing
            from cells group by report_id
        ) as facts using (report_id)
        left join (
            select report_id, count(*) as findings
            from all_findings where outcome = 'broken' group by report_id
        ) as broken using (report_id)
        order by is_held desc, reports.agency nulls first, reports.year, reports.report_id
        limit ?
        """,
        REPORTS_SHOWN,
    )
    if not rows:
        yield "没有读入新的报告：来源中的文件都已发布过，或都无法读取。"
        return
    columns = ("机关", "年度", "表样", "文件", "格式", "构成", "数值", "空白", "存疑", "缺失", "发现", "状态")
    state = _REPORT_STATES.get(str(facts.record.get("state")), Badge("未发布", QUIET))
    yield "构成一栏：蓝色为有数值，浅色为空白、不适用或文字，橙色为存疑，红色为缺失。"
    yield Table(
        columns,
        tuple(_report_row(row, state) for row in rows),
        more_text(rows[0]["total"], len(rows), "份报告"),
    )


def _report_row(row: Row, state: Badge) -> tuple[Cell, ...]:
    kinds = [(kind, int(row[kind] or 0)) for kind in ("reported", "blank", "doubtful", "missing")]
    names = {"reported": "数值", "blank": "空白", "doubtful": "存疑", "missing": "缺失"}
    return (
        _agency(row),
        _year(row),
        str(row["generation"] or _UNKNOWN),
        _file_name(row["document"]),
        str(row["format"] or ""),
        Bar(tuple((names[kind], count, kind) for kind, count in kinds)),
        *(Number(str(count)) for _, count in kinds),
        Number(str(row["findings"])),
        Badge("暂缓", NOTICE) if row["is_held"] else state,
    )


def _file_name(path: object) -> str:
    return str(path or "").rstrip("/").rsplit("/", 1)[-1]


def _finding_blocks(facts: _Facts, words: Words) -> Iterable[Block]:
    rows = facts.query(
        """
        select all_findings.*, reports.agency, reports.year,
               cells.page, cells.x0, cells.top, cells.x1, cells.bottom, cells.path, cells.line,
               count(*) over (partition by all_findings.rule, all_findings.outcome) as total,
               row_number() over (
                   partition by all_findings.rule, all_findings.outcome
                   order by reports.agency, reports.year, all_findings.report_id,
                            all_findings.metric, all_findings.applicant
               ) as number
        from all_findings
        left join reports on reports.report_id = all_findings.report_id
        left join cells
            on cells.report_id = all_findings.report_id
            and cells.metric = all_findings.metric
            and cells.applicant = all_findings.applicant
        qualify number <= ?
        order by all_findings.rule, all_findings.outcome, number
        """,
        FINDINGS_SHOWN,
    )
    if not rows:
        yield "没有发现：所有勾稽关系成立，文表一致。"
        return
    by_rule: dict[str, dict[str, list[Row]]] = {}
    for row in rows:
        by_rule.setdefault(str(row["rule"]), {}).setdefault(str(row["outcome"]), []).append(row)
    yield _rules_table(by_rule, words)
    for rule, outcomes in sorted(by_rule.items(), key=lambda item: (-_total(item[1], "broken"), item[0])):
        yield from _rule_blocks(rule, outcomes, words)


def _rules_table(by_rule: Mapping[str, Mapping[str, list[Row]]], words: Words) -> Table:
    rows = []
    for rule, outcomes in by_rule.items():
        broken, unclear = _total(outcomes, "broken"), _total(outcomes, "not_assessable")
        bar = Bar((("不符", broken, "broken"), ("无法核对", unclear, "unclear")))
        rows.append((_rule_name(rule, words), bar, Number(count_text(broken)), Number(count_text(unclear))))
    ordered = sorted(rows, key=lambda row: (-int(row[2].text.replace(",", "")), row[0]))
    return Table(("规则", "构成", "不符", "无法核对"), tuple(ordered))


def _total(outcomes: Mapping[str, list[Row]], outcome: str) -> int:
    return int(outcomes[outcome][0]["total"]) if outcomes.get(outcome) else 0


def _rule_name(rule: str, words: Words) -> str:
    known = words.rules.get(rule)
    return f"{known.zh}（{rule}）" if known else rule


def _rule_blocks(rule: str, outcomes: Mapping[str, list[Row]], words: Words) -> Iterable[Block]:
    known = words.rules.get(rule)
    yield Heading(_rule_name(rule, words), known.definition_zh if known else "")
    if broken := outcomes.get("broken"):
        yield _findings_table(broken, words)
    for outcome, rows in outcomes.items():
        if outcome != "broken":
            name = "无法核对" if outcome == "not_assessable" else outcome
            yield Fold(f"{name} {count_text(rows[0]['total'])} 处", _findings_table(rows, words))


def _findings_table(rows: Sequence[Row], words: Words) -> Table:
    columns = ("机关", "年度", "表", "行", "列", "应为", "实为", "说明", "出处")
    return Table(
        columns,
        tuple(_finding_row(row, words) for row in rows),
        more_text(int(rows[0]["total"]), len(rows), "处"),
    )


def _finding_row(row: Row, words: Words) -> tuple[Cell, ...]:
    spot = words.spot(row["metric"], row["applicant"])
    where = (_agency(row), _year(row), spot.table, spot.row, spot.column)
    return (
        *where,
        number_cell(row["expected"]),
        number_cell(row["found"]),
        str(row["message"] or ""),
        place_text(row),
    )


def _doubtful_blocks(facts: _Facts, words: Words) -> Iterable[Block]:
    rows = facts.query(
        """
        select cells.*, reports.agency, reports.year, count(*) over () as total
        from cells
        left join reports on reports.report_id = cells.report_id
        where cells.status = 'doubtful'
        order by reports.agency, reports.year, cells.report_id, cells.page, cells.line,
                 cells.metric, cells.applicant
        limit ?
        """,
        DOUBTFUL_SHOWN,
    )
    if not rows:
        yield "没有存疑的数值。"
        return
    yield "这些格子读到了内容但不能确定，发布时不带数字；请对照原件核对。"
    columns = ("机关", "年度", "表", "行", "列", "读作", "原文", "依据", "出处")
    yield Table(
        columns,
        tuple(_doubtful_row(row, words) for row in rows),
        more_text(rows[0]["total"], len(rows), "个存疑数值"),
    )


def _doubtful_row(row: Row, words: Words) -> tuple[Cell, ...]:
    spot = words.spot(row["metric"], row["applicant"])
    evidence = "；".join(map(str, row["evidence"] or ()))
    where = (_agency(row), _year(row), spot.table, spot.row, spot.column)
    return (*where, number_cell(row["value"]), str(row["raw"] or ""), evidence, place_text(row))


def _held_blocks(facts: _Facts) -> Iterable[Block]:
    rows = facts.query(
        """
        select quarantine.*, reports.agency, reports.year,
               coalesce(reports.member, reports.document_path) as document, count(*) over () as total
        from quarantine
        left join reports on reports.report_id = quarantine.report_id
        order by quarantine.reason, document, quarantine.report_id
        limit ?
        """,
        HELD_SHOWN,
    )
    if not rows:
        yield "没有暂缓的报告。"
        return
    yield "以下报告的数值没有发布，确认之后会在下一次加载中发布。"
    yield Table(
        ("文件", "机关", "年度", "原因", "说明"),
        tuple(
            (
                _file_name(row["document"]),
                _agency(row),
                _year(row),
                str(row["reason"]),
                str(row["message"] or ""),
            )
            for row in rows
        ),
        more_text(rows[0]["total"], len(rows), "条"),
    )


def _reject_blocks(facts: _Facts) -> Iterable[Block]:
    rows = facts.query(
        """
        select *, count(*) over () as total
        from rejects
        order by error_class, document_path, member
        limit ?
        """,
        REJECTS_SHOWN,
    )
    if not rows:
        yield "没有无法读取的文件。"
        return
    yield Table(
        ("文件", "来源", "类别", "说明"),
        tuple(
            (
                "：".join(filter(None, (_file_name(row["document_path"]), row["member"]))),
                str(row["source"] or ""),
                str(row["error_class"] or ""),
                str(row["sentence"] or ""),
            )
            for row in rows
        ),
        more_text(rows[0]["total"], len(rows), "个文件"),
    )


def _gate_blocks(facts: _Facts) -> Iterable[Block]:
    if not facts.validations:
        yield "质量关卡没有运行。"
        return
    against = [row for row in facts.validations if row["outcome"] in (FAILED, ERROR)]
    order = {severity: number for number, severity in enumerate(_SEVERITIES)}
    against.sort(key=lambda row: order.get(row["severity"], len(order)))
    if against:
        yield Heading(f"未通过 {len(against)} 条")
        yield _gate_table(against)
    else:
        yield Callout((f"全部 {len(facts.validations)} 条期望通过或无数据可查。",), GOOD)
    others = [row for row in facts.validations if row not in against]
    if others:
        yield Fold(f"通过或无数据可查 {len(others)} 条", _gate_table(others))


def _gate_table(rows: Sequence[Row]) -> Table:
    return Table(("关卡", "结果", "级别", "期望", "实际"), tuple(_gate_row(row) for row in rows))


def _gate_row(row: Row) -> tuple[Cell, ...]:
    outcome, outcome_tone = _OUTCOMES.get(row["outcome"], (str(row["outcome"]), NOTICE))
    severity, severity_tone = _SEVERITIES.get(row["severity"], (str(row["severity"]), QUIET))
    if row["outcome"] == FAILED:
        outcome_tone = severity_tone if severity_tone != QUIET else NOTICE
    return (
        Badge(_GATES.get(row["gate"], str(row["gate"])), QUIET),
        Badge(outcome, outcome_tone),
        Badge(severity, QUIET if row["outcome"] in (PASSED, NO_DATA) else severity_tone),
        f"{row['sentence']}\n{row['expectation_id']}",
        f"{row['observed']}{_examples(row)}",
    )
