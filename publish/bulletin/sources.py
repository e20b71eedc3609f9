"""Sources: what is wrong with them and what could not be had (from the landing zone), and how fresh they are (from the warehouse)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from publish.bulletin.facts import Query
from publish.bulletin.page import (
    BAD,
    GOOD,
    NOTICE,
    QUIET,
    Badge,
    Block,
    Callout,
    Cell,
    Heading,
    Number,
    Table,
)
from publish.bulletin.words import count_text, more_text

_STATES = {"fresh": GOOD, "failing": NOTICE, "dead": BAD, "never": BAD}
FAILURES_SHOWN = 300
SOURCES_SHOWN = 200

_OUTCOMES = {
    "failed": Badge("没有得到", BAD),
    "refused": Badge("未访问", NOTICE),
    "gone": Badge("已不存在", QUIET),
}
_ROLES = {"list": "列表页", "page": "网页", "document": "文件"}


def pull_blocks(query: Query) -> Iterable[Block]:
    """Findings about sources, then each source's numbers, then every address asked for in vain."""
    findings = query("select source, rule, message from source_findings order by source, rule, address")
    if findings:
        yield Callout(tuple(f"{row['message']}（{row['rule']}）" for row in findings), BAD)
    sources = query(_SOURCES, SOURCES_SHOWN)
    if sources:
        columns = ("来源", "列表页", "新文件", "变了的", "没变的", "撤下", "迁走", "未访问", "没有得到")
        yield Table(
            columns,
            tuple(map(_pulled_row, sources)),
            more_text(sources[0]["total"], len(sources), "个来源", "marts.mart_pull"),
        )
    failures = query(_FAILURES, FAILURES_SHOWN)
    if not failures:
        yield "没有拉取不到的文件和页面。"
        return
    yield Heading(f"没有得到的文件和页面 {count_text(failures[0]['total'])} 个")
    rows = tuple(_failure_row(row) for row in failures)
    headings = ("来源", "结果", "什么", "类别", "说明")
    yield Table(
        headings, rows, more_text(failures[0]["total"], len(failures), "个地址", "marts.fct_pull_failure")
    )


_SOURCES = """
select source,
       count(*) filter (where role = 'list') as lists,
       count(*) filter (where role = 'document' and outcome = 'new') as new,
       count(*) filter (where role = 'document' and outcome = 'changed') as changed,
       count(*) filter (where role = 'document' and outcome in ('unchanged', 'not_modified')) as unchanged,
       count(*) filter (where outcome = 'gone') as gone,
       count(*) filter (where outcome = 'moved') as moved,
       count(*) filter (where outcome = 'refused') as refused,
       count(*) filter (where outcome = 'failed') as failed,
       count(*) over () as total
from fetches
group by source
order by failed + refused desc, source
limit ?
"""
_FAILURES = """
select source, address, role, outcome, error_class, sentence, count(*) over () as total
from fetches
where outcome in ('failed', 'refused', 'gone') and asked_load_id = load_id
order by role <> 'list', source, outcome, error_class, address
limit ?
"""


def _pulled_row(row: Mapping[str, Any]) -> tuple[Cell, ...]:
    counts = ("lists", "new", "changed", "unchanged", "gone", "moved", "refused", "failed")
    return (row["source"], *(Number(count_text(row[name])) for name in counts))


def _failure_row(row: Mapping[str, Any]) -> tuple[Cell, ...]:
    return (
        row["source"],
        _OUTCOMES[row["outcome"]],
        _ROLES.get(row["role"], row["role"]),
        row["error_class"] or "",
        row["sentence"] or row["address"],
    )


def freshness_blocks(query: Query) -> Iterable[Block]:
    """How fresh each source is, those that need somebody first."""
    rows = query(
        """
        select *, count(*) over () as total, count(*) filter (where state = 'fresh') over () as fresh
        from published.marts.mart_source_freshness
        order by case state when 'dead' then 1 when 'never' then 2 when 'failing' then 3 else 4 end, source
        limit ?
        """,
        SOURCES_SHOWN,
    )
    if not rows:
        yield "还没有拉取过来源。"
        return
    if rows[0]["fresh"] < rows[0]["total"]:
        yield Callout(
            (f"{rows[0]['total']} 个来源中有 {rows[0]['total'] - rows[0]['fresh']} 个拉取不成功。",), BAD
        )
    columns = ("来源", "状态", "最近成功", "距今天数", "最近拉取", "最近遇到新文件", "文件", "说明")
    yield Table(
        columns,
        tuple(map(_fresh_row, rows)),
        more_text(rows[0]["total"], len(rows), "个来源", "marts.mart_source_freshness"),
    )


def _fresh_row(row: Mapping[str, Any]) -> tuple[Cell, ...]:
    return (
        row["source"],
        Badge(row["state_zh"], _STATES[row["state"]]),
        _minute(row["last_success_at"]),
        Number("" if row["days_since_success"] is None else str(row["days_since_success"])),
        _minute(row["last_pulled_at"]),
        _minute(row["last_new_document_at"]),
        Number(count_text(row["documents"])),
        row["last_message"] or "",
    )


def _minute(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M}" if moment else ""
