"""What is wrong and where: broken rules with both numbers and the place in the document, and doubtful figures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from publish.bulletin.facts import Facts, Row
from publish.bulletin.page import Bar, Bars, Block, Cell, Fold, Heading, Table
from publish.bulletin.words import (
    Words,
    agency_text,
    count_text,
    more_text,
    number_cell,
    place_text,
    year_text,
)

FINDINGS_SHOWN = 50
"""How many findings a rule and outcome shows; the warehouse has them all."""
DOUBTFUL_SHOWN = 200


def finding_blocks(facts: Facts, words: Words) -> Iterable[Block]:
    """A chart by rule, then rule by rule: what is broken, widest gaps first, and what can't be tested."""
    rows = facts.query(_FINDINGS, FINDINGS_SHOWN)
    if not rows:
        yield _nothing(facts, "没有发现：读入的报告勾稽关系成立，文表一致。")
        return
    by_rule: dict[str, dict[str, list[Row]]] = {}
    for row in rows:
        by_rule.setdefault(str(row["rule"]), {}).setdefault(str(row["outcome"]), []).append(row)
    ordered = sorted(by_rule.items(), key=lambda item: (-_total(item[1], "broken"), item[0]))
    yield _chart(ordered, words)
    for rule, outcomes in ordered:
        yield from _rule_blocks(rule, outcomes, words)


_FINDINGS = """
select all_findings.*, reports.agency, reports.year,
       cells.page, cells.x0, cells.top, cells.x1, cells.bottom, cells.path, cells.line,
       count(*) over (partition by all_findings.rule, all_findings.outcome) as total,
       row_number() over (
           partition by all_findings.rule, all_findings.outcome
           order by abs(all_findings.found - all_findings.expected) desc nulls last, reports.agency, reports.year,
                    all_findings.report_id, all_findings.metric, all_findings.applicant
       ) as number
from all_findings
left join reports on reports.report_id = all_findings.report_id
left join cells
    on cells.report_id = all_findings.report_id
    and cells.metric = all_findings.metric
    and cells.applicant = all_findings.applicant
qualify number <= ?
order by all_findings.rule, all_findings.outcome, number
"""


def _nothing(facts: Facts, sentence: str) -> str:
    """The sentence, if anything was read that it can be said of."""
    return sentence if facts.counts["reports"] else "本次没有读入报告，没有可核对的内容。"


def _chart(ordered: Sequence[tuple[str, Mapping[str, list[Row]]]], words: Words) -> Bars:
    counts = [(rule, _total(o, "broken"), _total(o, "not_assessable")) for rule, o in ordered]
    most = max(broken + unclear for _, broken, unclear in counts)
    rows = tuple(
        (
            words.rules[rule].zh if rule in words.rules else rule,
            Bar((("不符", broken, "broken"), ("无法核对", unclear, "unclear")), whole=most),
            f"{count_text(broken)} / {count_text(unclear)}",
        )
        for rule, broken, unclear in counts
    )
    return Bars("各条规则的发现（不符 / 无法核对）", rows, (("不符", "broken"), ("无法核对", "unclear")))


def _total(outcomes: Mapping[str, list[Row]], outcome: str) -> int:
    return int(outcomes[outcome][0]["total"]) if outcomes.get(outcome) else 0


def _rule_blocks(rule: str, outcomes: Mapping[str, list[Row]], words: Words) -> Iterable[Block]:
    known = words.rules.get(rule)
    yield Heading(words.rule_name(rule), known.definition_zh if known else "")
    if broken := outcomes.get("broken"):
        yield _table(broken, words)
    for outcome, rows in outcomes.items():
        if outcome != "broken":
            name = "无法核对" if outcome == "not_assessable" else outcome
            yield Fold(f"{name} {count_text(rows[0]['total'])} 处", _table(rows, words))


def _table(rows: Sequence[Row], words: Words) -> Table:
    columns = ("机关", "年度", "表", "行", "列", "应为", "实为", "说明", "出处")
    return Table(
        columns,
        tuple(_finding_row(row, words) for row in rows),
        more_text(int(rows[0]["total"]), len(rows), "处", "marts.fct_finding"),
    )


def _finding_row(row: Row, words: Words) -> tuple[Cell, ...]:
    spot = words.spot(row["metric"], row["applicant"])
    return (
        agency_text(row),
        year_text(row),
        spot.table,
        spot.row,
        spot.column,
        number_cell(row["expected"]),
        number_cell(row["found"]),
        str(row["message"] or ""),
        place_text(row),
    )


def doubtful_blocks(facts: Facts, words: Words) -> Iterable[Block]:
    """The cells that somebody must look at."""
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
        yield _nothing(facts, "没有存疑的数值。")
        return
    yield "这些格子读到了内容但不能确定，发布时不带数字；请对照原件核对。"
    columns = ("机关", "年度", "表", "行", "列", "读作", "原文", "依据", "出处")
    yield Table(
        columns,
        tuple(_doubtful_row(row, words) for row in rows),
        more_text(rows[0]["total"], len(rows), "个存疑数值", "marts.mart_review_list"),
    )


def _doubtful_row(row: Row, words: Words) -> tuple[Cell, ...]:
    spot = words.spot(row["metric"], row["applicant"])
    evidence = "；".join(map(str, row["evidence"] or ()))
    return (
        agency_text(row),
        year_text(row),
        spot.table,
        spot.row,
        spot.column,
        number_cell(row["value"]),
        str(row["raw"] or ""),
        evidence,
        place_text(row),
    )
