"""This load against the published one before: what stands now, and which findings are new, changed or mended."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from publish.bulletin.facts import Facts
from publish.bulletin.page import Block, Cell, Fold, Heading, Line, Number, Table
from publish.bulletin.standing import Standing, compare_findings, standings
from publish.bulletin.words import Words, count_text, more_text, number_cell

FINDINGS_SHOWN = 30
LOADS_DRAWN = 20

_COUNTS = (
    ("reports", "现行报告"),
    ("agencies", "机关"),
    ("reported", "有数的单元格"),
    ("doubtful", "存疑单元格"),
    ("missing", "缺失单元格"),
    ("broken", "不符（现行报告）"),
    ("unclear", "无法核对（现行报告）"),
    ("held", "暂缓的报告"),
    ("rejects", "无法读取的文件"),
)
_KINDS = {"new": "新出现的不符", "changed": "数值有变的不符", "mended": "已消除的不符"}


@dataclass(frozen=True, slots=True)
class Comparison:
    """What stands now and what stood before; null where there is no such load or it is not on record."""

    now: Standing | None
    earlier: Standing | None
    findings: dict[str, list[dict[str, Any]]] | None

    def total(self, kind: str) -> int | None:
        """How many findings are `new`, `changed` or `mended`; null if that is not known."""
        if self.findings is None:
            return None
        rows = self.findings[kind]
        return int(rows[0]["total"]) if rows else 0


def compare(facts: Facts, now: Standing | None, earlier: Standing | None) -> Comparison:
    """Hold a load's standing against the one before."""
    findings = None
    if now and earlier and now.findings and earlier.findings:
        findings = compare_findings(facts.query, earlier.findings, now.findings, FINDINGS_SHOWN)
    return Comparison(now, earlier, findings)


def comparison_blocks(facts: Facts, comparison: Comparison, words: Words) -> Iterable[Block]:
    """What stands beside what stood, findings that came and went, and quality over the last loads."""
    now, earlier = comparison.now, comparison.earlier
    if now is None:
        yield from _unchanged_blocks(earlier)
        return
    if earlier is not None:
        yield f"上次发布的是加载 {earlier.load_id}。"
    yield _counts_table(now, earlier)
    if earlier is None:
        yield "这是第一次发布，没有可比的加载。"
    elif comparison.findings is None:
        yield f"加载 {earlier.load_id} 的发现没有留存，不能逐条比较。"
    else:
        for kind, name in _KINDS.items():
            yield from _finding_blocks(name, comparison.findings[kind], words)
    yield from _history_blocks(standings(facts.home, facts.load_id, LOADS_DRAWN))


def _unchanged_blocks(earlier: Standing | None) -> Iterable[Block]:
    if earlier is None:
        yield "本次没有发布，之前也没有发布过。"
        return
    yield f"本次没有发布；读者看到的仍是加载 {earlier.load_id} 发布的数据："
    yield Table(
        ("项目", "数量"),
        tuple((name, _number(earlier.counts.get(key))) for key, name in _COUNTS),
    )


def _counts_table(now: Standing, earlier: Standing | None) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for key, name in _COUNTS:
        stands = now.counts.get(key)
        stood = earlier.counts.get(key) if earlier else None
        rows.append((name, _number(stood), _number(stands), Number(_change(stood, stands))))
    for name, part, whole in (("存疑率", "doubtful", "cells"), ("报送率", "filed", "due")):
        stands_share = now.share(part, whole)
        stood_share = earlier.share(part, whole) if earlier else None
        rows.append((name, _percent(stood_share), _percent(stands_share), Number("")))
    return Table(("已发布", "上次", "本次", "变化"), tuple(rows))


def _number(value: int | None) -> Number:
    return Number("—" if value is None else count_text(value))


def _percent(value: float | None) -> Number:
    return Number("—" if value is None else f"{100 * value:.2f}%")


def _change(stood: int | None, stands: int | None) -> str:
    if stood is None or stands is None:
        return ""
    return f"{stands - stood:+,}" if stands != stood else "0"


def _finding_blocks(name: str, rows: list[dict[str, Any]], words: Words) -> Iterable[Block]:
    if not rows:
        yield f"{name}：无。"
        return
    columns = ("机关", "年度", "规则", "表", "行", "列", "应为", "实为", "原应为", "原实为", "说明")
    table = Table(
        columns,
        tuple(_finding_row(row, words) for row in rows),
        more_text(rows[0]["total"], len(rows), "处", "marts.fct_finding"),
    )
    yield Fold(f"{name} {count_text(rows[0]['total'])} 处", table)


def _finding_row(row: dict[str, Any], words: Words) -> tuple[Cell, ...]:
    spot = words.spot(row["metric_key"], row["applicant_key"])
    return (
        row["agency_name"],
        str(row["year"]),
        words.rule_name(row["rule"]),
        spot.table,
        spot.row,
        spot.column,
        number_cell(row["expected"]),
        number_cell(row["found"]),
        number_cell(row["old_expected"]),
        number_cell(row["old_found"]),
        row["message"] or "",
    )


def _history_blocks(last: list[Standing]) -> Iterable[Block]:
    if len(last) < 2:
        return
    yield Heading(f"最近 {len(last)} 次发布")
    labels = tuple(standing.load_id for standing in last)
    yield Line("存疑率", labels, tuple(_hundred(s.share("doubtful", "cells")) for s in last), "%")
    yield Line("每百份报告的不符", labels, tuple(_hundred(s.share("broken", "reports")) for s in last))


def _hundred(share: float | None) -> float | None:
    return None if share is None else 100 * share
