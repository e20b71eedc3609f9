"""Puts a load's bulletin together and writes it: sections from facts, headline numbers, what matters in sentences.

Written for every load, also one that was stopped or had nothing new. It is made from the load's landing parts, its record and its
validations, so it needs no warehouse; what only the warehouse tells is added if the load was published.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from gongkai.settings import TIME_ZONE, Home
from publish.bulletin.comparison import Comparison, compare, comparison_blocks
from publish.bulletin.corrections import revision_blocks
from publish.bulletin.course import course_blocks, gate_blocks, why_not_published
from publish.bulletin.documents import fate_blocks, held_blocks, reject_blocks, report_blocks
from publish.bulletin.facts import Facts, load_facts
from publish.bulletin.filing import filing_blocks
from publish.bulletin.findings import doubtful_blocks, finding_blocks
from publish.bulletin.html import to_html
from publish.bulletin.markdown import to_markdown
from publish.bulletin.page import BAD, GOOD, NOTICE, QUIET, Badge, Block, Callout, Figure, Page, Section
from publish.bulletin.sources import freshness_blocks, pull_blocks
from publish.bulletin.standing import before, keep_standing, standings
from publish.bulletin.validation import FILE as VALIDATION_FILE
from publish.bulletin.validation import validation_page
from publish.bulletin.words import Words, count_text

log = logging.getLogger(__name__)

SOURCES_NAMED = 8
"""How many sources the head of the bulletin names."""

_STATES = {
    "running": ("进行中", NOTICE),
    "published": ("已发布", GOOD),
    "stopped": ("被质量关卡拦下，未发布", BAD),
    "failed": ("失败，未发布", BAD),
    "interrupted": ("中断，未发布", BAD),
}
_MODES = {
    "incremental": "增量（只读新文件）",
    "full": "全量（全部重读）",
    "backfill": "补往年（一个来源的若干年度）",
    "reread": "重读（已存的文件）",
}


def bulletin_path(home: Home, load_id: str) -> Path:
    """Where a load's bulletin is; the Markdown is beside it with the ending `.md`."""
    return home.reports / load_id / "bulletin.html"


def write_bulletin(home: Home, load_id: str) -> Path:
    """Write `bulletin.html`, `bulletin.md` and `validation.html` of a load into `reports/<load id>/`, replacing earlier ones.

    Returns:
        The path of `bulletin.html`.
    """
    with load_facts(home, load_id) as facts:
        page = _page(facts)
        judged = validation_page(facts, page.state, page.facts)
    path = bulletin_path(home, load_id)
    _write(path.with_name(VALIDATION_FILE), to_html(judged))
    _write(path.with_suffix(".md"), to_markdown(page))
    return _write(path, to_html(page))


def _write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    return path


def _page(facts: Facts) -> Page:
    state, tone = _STATES.get(str(facts.record.get("state")), ("状态不明", NOTICE))
    comparison = _comparison(facts)
    sections = [_section(key, title, maker) for key, title, maker in _makers(facts, comparison)]
    now = datetime.now(TIME_ZONE)
    return Page(
        title=f"加载简报 {facts.load_id}",
        state=Badge(state, tone),
        facts=_facts_line(facts.record),
        lead=_lead(facts, comparison),
        figures=_headline(facts),
        sections=tuple(section for section in sections if section.blocks),
        footer=f"生成于 {now:%Y-%m-%d %H:%M}（北京时间）。数据仓库：{facts.home.warehouse}，"
        "各表的列见 docs/data-dictionary.md 或 gongkai docs。",
        links=(("质量检查", VALIDATION_FILE),),
    )


def _comparison(facts: Facts) -> Comparison:
    """Against the load before; a warehouse that can't be counted is told by the section, not here."""
    earlier = before(facts.home, facts.load_id)
    try:
        keep_standing(facts)
        kept = [found for found in standings(facts.home, facts.load_id, 1) if found.load_id == facts.load_id]
        return compare(facts, kept[0] if kept and facts.is_published else None, earlier)
    except duckdb.Error:
        log.exception("what stands can't be counted")
        return Comparison(None, earlier, None)


def _makers(facts: Facts, comparison: Comparison) -> Sequence[tuple[str, str, Callable[[], Iterable[Block]]]]:
    words = Words()
    return (
        ("why", "为什么没有发布", lambda: why_not_published(facts)),
        ("fate", "文件", lambda: fate_blocks(facts)),
        ("comparison", "与上次发布相比", lambda: comparison_blocks(facts, comparison, words)),
        ("findings", "发现", lambda: finding_blocks(facts, words)),
        ("filing", "报送情况", lambda: _from_warehouse(facts, lambda: filing_blocks(facts.query))),
        (
            "revisions",
            "更正",
            lambda: _from_warehouse(facts, lambda: revision_blocks(facts.query, facts.load_id, words)),
        ),
        ("reports", "读入的报告", lambda: report_blocks(facts)),
        ("doubtful", "存疑数值（待人工核对）", lambda: doubtful_blocks(facts, words)),
        ("held", "暂缓发布的报告", lambda: held_blocks(facts)),
        ("rejects", "无法读取的文件", lambda: reject_blocks(facts)),
        ("sources", "来源", lambda: _source_blocks(facts)),
        ("course", "加载过程", lambda: course_blocks(facts, comparison.earlier)),
        ("gates", "质量关卡", lambda: gate_blocks(facts)),
    )


def _section(key: str, title: str, maker: Callable[[], Iterable[Block]]) -> Section:
    """A section; where the landed files are not as declared, it says so and the rest of the bulletin stands."""
    try:
        return Section(key, title, tuple(maker()))
    except duckdb.Error as error:
        log.exception("section %s can't be made", key)
        first = str(error).splitlines()[0]
        return Section(key, title, (Callout((f"这一部分的数据无法读取：{first}",), BAD),))


def _from_warehouse(facts: Facts, maker: Callable[[], Iterable[Block]]) -> Iterable[Block]:
    """What only the warehouse tells; a load that was not published has made no warehouse."""
    return maker() if facts.is_published else ("本次加载没有发布，这一部分见上一次发布的加载简报。",)


def _source_blocks(facts: Facts) -> Iterable[Block]:
    """What went wrong with sources in this load, published or not, then how fresh they are."""
    yield from pull_blocks(facts.query)
    yield from _from_warehouse(facts, lambda: freshness_blocks(facts.query))


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


def _lead(facts: Facts, comparison: Comparison) -> tuple[str, ...]:
    """What matters, in sentences: what is new, what is wrong, who is missing."""
    sentences = []
    try:
        counts = facts.counts
        sentences.append(
            f"遇到文件 {count_text(counts['documents'])} 份（新 {count_text(counts['documents_new'])} 份），"
            f"读入报告 {count_text(counts['reports'])} 份；不符 {count_text(counts['broken'])} 处，"
            f"存疑数值 {count_text(counts['doubtful'])} 个。"
        )
    except duckdb.Error:
        sentences.append("落地数据无法读取，详见下文。")
    if comparison.findings is not None:
        new, changed, mended = (comparison.total(kind) or 0 for kind in ("new", "changed", "mended"))
        sentences.append(
            f"与上次发布相比：新出现不符 {count_text(new)} 处，有变化 {count_text(changed)} 处，已消除 {count_text(mended)} 处。"
        )
    counted = comparison.now.counts if comparison.now else {}
    due, filed = counted.get("due"), counted.get("filed")
    if due and filed is not None:
        sentences.append(
            f"{counted['due_year']} 年度到期应报送 {count_text(due)} 个机关，已报送 {count_text(filed)} 个，"
            f"还差 {count_text(due - filed)} 个。"
        )
    return tuple(sentences)


def _headline(facts: Facts) -> tuple[Figure, ...]:
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
