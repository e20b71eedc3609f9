"""What a load did and what is published now, as lines for a terminal: Chinese with English keys."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import click

from gongkai import loads
from gongkai.settings import Home

if TYPE_CHECKING:
    from publish.freshness import Freshness

log = logging.getLogger(__name__)

Write = Callable[[str], object]

LIST_LIMIT: Final = 20
"""How many held reports or unreadable documents a terminal shows; the load's report has them all."""

NAMES_LIMIT: Final = 5
"""How many agencies that have not filed a terminal names."""
FILED: Final = ("filed", "late", "filed_date_unknown")
_OTHERS: Final = (
    ("late", "其中逾期"),
    ("unreadable", "无法读取"),
    ("not_yet_due", "未到期"),
    ("missing", "未报"),  # last: the names follow
)

_IN_VAIN: Final = frozenset({"failed", "refused", "gone"})
_STATES: Final = {
    loads.RUNNING: "进行中",
    loads.PUBLISHED: "已发布",
    loads.STOPPED: "被质量关卡拦下，未发布",
    loads.FAILED: "失败，未发布",
    loads.INTERRUPTED: "中断，未发布",
}
_TARGETS: Final = {"postgres": " PostgreSQL ", "exports": "导出文件"}
"""The places besides the warehouse that a load is published to."""


def count_load(home: Home, load_id: str) -> dict[str, int]:
    """Count what a load has landed.

    Returns:
        Numbers by name: `documents`, `documents_new`, `reports`, `cells`, `cells_reported`, `cells_doubtful`,
        `claims`, `findings_broken`, `findings_not_assessable`, `quarantined` (reports), `rejects`,
        `fetches_failed` (addresses asked for in vain, gone or refused), `source_findings`.
    """
    from extract.landing import read_load

    documents = read_load(home.landing, "documents", load_id)
    statuses = Counter(read_load(home.landing, "cells", load_id).column("status").to_pylist())
    outcomes = Counter(read_load(home.landing, "findings", load_id).column("outcome").to_pylist())
    held = read_load(home.landing, "quarantine", load_id).column("report_id").to_pylist()
    fetches = read_load(home.landing, "fetches", load_id).column("outcome").to_pylist()
    return {
        "documents": documents.num_rows,
        "documents_new": sum(map(bool, documents.column("is_new").to_pylist())),
        "reports": read_load(home.landing, "reports", load_id).num_rows,
        "cells": statuses.total(),
        "cells_reported": statuses["reported"],
        "cells_doubtful": statuses["doubtful"],
        "claims": read_load(home.landing, "claims", load_id).num_rows,
        "findings_broken": outcomes["broken"],
        "findings_not_assessable": outcomes["not_assessable"],
        "quarantined": len(set(held)),
        "rejects": read_load(home.landing, "rejects", load_id).num_rows,
        "fetches_failed": sum(outcome in _IN_VAIN for outcome in fetches),
        "source_findings": read_load(home.landing, "source_findings", load_id).num_rows,
    }


def count_warehouse(home: Home) -> dict[str, int] | None:
    """Count what readers see now; null if nothing is published yet.

    Returns:
        Numbers by name: `reports`, `agencies`, `figures` (with a number), `figures_doubtful`, `findings`, `held`
        (reports), `rejects` (documents).
    """
    if not home.warehouse.exists():
        return None
    import duckdb

    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        row = connection.execute(
            """
            select (select count(*) from marts.dim_report where is_current),
                   (select count(distinct agency_key) from marts.dim_report where is_current),
                   (select count(value) from marts.fct_figure where is_current),
                   (select count(*) from marts.fct_figure where is_current and value_status = 'doubtful'),
                   (select count(*) from marts.fct_finding where is_current),
                   (select count(distinct report_id) from marts.mart_quarantine),
                   (select count(*) from marts.mart_reject)
            """
        ).fetchone()
    names = ("reports", "agencies", "figures", "figures_doubtful", "findings", "held", "rejects")
    return dict(zip(names, row or (0,) * len(names), strict=True))


def write_summary(home: Home, record: Mapping[str, Any], write: Write) -> None:
    """Tell how a load ended, what it read and held back, what is published, and where things are.

    Args:
        home: where it happened.
        record: the load's record.
        write: takes one line at a time.
    """
    load_id = record["load_id"]
    write("")
    published = record["state"] == loads.PUBLISHED
    sound = published and not loads.targets_behind(record)
    write(click.style(_headline(record), fg="green" if sound else "red", bold=True))
    for failure in record["failures"]:
        write(f"  ✘ {failure['task']}：{failure['message']}")
    if counts := record["counts"]:
        _write_table(write, "本次加载 this load", _load_lines(counts))
        _write_sources(home, load_id, write)
        _write_held(home, load_id, write)
        _write_rejects(home, load_id, write)
    _write_published(home, write)
    if published:
        _write_revisions(home, load_id, write)
        _write_filing(home, write)
    bulletin = home.reports / load_id / "bulletin.html"
    write("")
    if home.warehouse.exists():
        write(f"数据仓库 warehouse: {home.warehouse}")
    if bulletin.exists():
        write(f"加载简报 bulletin:  {bulletin}")
    validation = bulletin.with_name("validation.html")
    if validation.exists():
        write(f"质量检查 validation: {validation}")


def write_status(
    home: Home, records: Sequence[Mapping[str, Any]], lease: loads.Lease | None, write: Write
) -> None:
    """Tell the last loads (newest first), who is at work, and what is published.

    Args:
        home: the home.
        records: records of loads, newest first.
        lease: the lease as it stands, or null.
        write: takes one line at a time.
    """
    live = lease is not None and lease.live
    if lease is not None and live:
        write(f"{lease.sentence}。")
    else:
        write("当前没有加载在进行。")
    write("")
    write("最近的加载 last loads:" if records else "还没有加载过，运行 gongkai run 开始。")
    for record in records:
        at_work = live and lease is not None and lease.load_id == record["load_id"]
        # a process that was killed could not say so itself
        state = loads.INTERRUPTED if record["state"] == loads.RUNNING and not at_work else record["state"]
        counts = record["counts"]
        read = f"  报告 {counts['reports']}，无法读取 {counts['rejects']}" if counts else ""
        write(f"  {record['load_id']}  {_STATES[state]}{_behind(record)} {state}{read}")
        if record["error"]:
            write(f"      {record['error']}")
        _write_validation(home, record, record is records[0], write)
    _write_published(home, write)
    if home.warehouse.exists():
        write(f"\n数据仓库 warehouse: {home.warehouse}")


def _write_validation(home: Home, record: Mapping[str, Any], is_last: bool, write: Write) -> None:
    """Where the gates' words on a load are: on the last one, and on those that they have stopped."""
    page = home.reports / record["load_id"] / "validation.html"
    if page.exists() and (is_last or record["state"] == loads.STOPPED):
        write(f"      质量检查 validation: {page}")


def write_freshness(home: Home, found: Sequence[Freshness], write: Write) -> bool:
    """Tell how fresh the landing datasets and the sources are; whether all are within their bounds.

    Args:
        home: the home.
        found: what dbt found.
        write: takes one line at a time.
    """
    words = {"pass": "正常", "warn": "偏旧", "error": "过旧"}
    lines = [
        (each.dataset, f"{words.get(each.status, '无法判断')} {each.status}  {each.last or '还没有'}")
        for each in found
    ]
    _write_table(write, "落地区 landing (dbt source freshness, UTC)", lines)
    states = []
    if home.warehouse.exists():
        rows = _query(
            home,
            "select source, state, state_zh, last_success_at from marts.mart_source_freshness"
            " order by state = 'fresh', source",
        )
        states = [state for _, state, _, _ in rows]
        _write_list(
            write,
            "来源 sources",
            [f"{source}：{word}（{state}），最近成功 {last or '—'}" for source, state, word, last in rows],
        )
    return all(each.status in ("pass", "warn") for each in found) and not {"dead", "never"} & set(states)


def _headline(record: Mapping[str, Any]) -> str:
    return f"加载 {record['load_id']} {_STATES[record['state']]}{_behind(record)}（{record['state']}）"


def _behind(record: Mapping[str, Any]) -> str:
    """That a published load did not reach every place it is published to."""
    behind = loads.targets_behind(record)
    return f"，但{'、'.join(_TARGETS.get(name, name) for name in behind)}没有更新" if behind else ""


def _load_lines(counts: Mapping[str, int]) -> list[tuple[str, str]]:
    return [
        ("文件 documents", f"{counts['documents']}（新 new {counts['documents_new']}）"),
        ("报告 reports", str(counts["reports"])),
        (
            "数字 figures",
            f"{counts['cells_reported']}（存疑 doubtful {counts['cells_doubtful']}）",
        ),
        (
            "发现 findings",
            f"不符 broken {counts['findings_broken']}，"
            f"无法核对 not assessable {counts['findings_not_assessable']}",
        ),
        ("暂缓 held back", str(counts["quarantined"])),
        ("无法读取 rejects", str(counts["rejects"])),
        ("没有得到 not pulled", str(counts.get("fetches_failed", 0))),
        ("来源异常 sources", str(counts.get("source_findings", 0))),
    ]


def _write_published(home: Home, write: Write) -> None:
    counts = count_warehouse(home)
    if counts is None:
        write("\n还没有已发布的数据仓库。")
        return
    lines = [
        ("报告 reports", f"{counts['reports']}（机关 agencies {counts['agencies']}）"),
        ("数字 figures", f"{counts['figures']}（存疑 doubtful {counts['figures_doubtful']}）"),
        ("发现 findings", str(counts["findings"])),
        ("暂缓 held back", str(counts["held"])),
        ("无法读取 rejects", str(counts["rejects"])),
    ]
    _write_table(write, "已发布 published", lines)


def _write_revisions(home: Home, load_id: str, write: Write) -> None:
    """List what the revisions that this load has brought have changed."""
    rows = _query(
        home,
        "select sentence from marts.mart_revision where first_load_id = ? and verdict = 'changed' order by all",
        load_id,
    )
    _write_list(write, "更正 revisions", [sentence for (sentence,) in rows])


def _write_filing(home: Home, write: Write) -> None:
    """One line on the last year that is due: how many have filed, and the first names of those who have not."""
    rows = _query(
        home,
        """
        select year, filing, full_name
        from marts.mart_filing
        where is_expected and year = (
            select max(year) from marts.mart_filing where is_expected and filing <> 'not_yet_due'
        )
        order by full_name
        """,
    )
    if not rows:
        return
    states = Counter(state for _, state, _ in rows)
    missing = [name for _, state, name in rows if state == "missing"]
    parts = [f"应报 {len(rows)}", f"已报 {sum(states[state] for state in FILED)}"]
    parts += [f"{name} {states[state]}" for state, name in _OTHERS if states[state]]
    names = "、".join(missing[:NAMES_LIMIT]) + ("…" if len(missing) > NAMES_LIMIT else "")
    write(f"\n报送 filing  {rows[0][0]} 年度：{'，'.join(parts)}{f'：{names}' if missing else ''}")


def _query(home: Home, sql: str, *arguments: object) -> list[tuple[Any, ...]]:
    import duckdb

    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        return connection.execute(sql, list(arguments)).fetchall()


def _write_sources(home: Home, load_id: str, write: Write) -> None:
    """List what is wrong with sources, then the addresses that were asked for in vain."""
    from extract.landing import read_load

    findings = read_load(home.landing, "source_findings", load_id).to_pylist()
    _write_list(write, "来源异常 sources", [f"{row['message']}（{row['rule']}）" for row in findings])
    fetches = read_load(home.landing, "fetches", load_id).to_pylist()
    lines = [
        f"{row['source']}：{row['sentence']}（{row['error_class']}）"
        for row in fetches
        if row["outcome"] in _IN_VAIN
    ]
    _write_list(write, "没有得到的文件和页面 not pulled", lines)


def _write_held(home: Home, load_id: str, write: Write) -> None:
    """List the reports that gate one of this load held back, with what they are and why."""
    from extract.landing import read_load

    names = _document_names(home, load_id)
    reports = {row["report_id"]: row for row in read_load(home.landing, "reports", load_id).to_pylist()}
    lines = []
    for row in read_load(home.landing, "quarantine", load_id).to_pylist():
        report = reports.get(row["report_id"], {})
        name = names.get(report.get("document_sha256"), row["report_id"])
        lines.append(f"{name}：{row['message']}（{row['reason']}）")
    _write_list(write, "暂缓发布，待人工核对 held back", lines)


def _write_rejects(home: Home, load_id: str, write: Write) -> None:
    """List the documents of this load that could not be read, with class and sentence."""
    from extract.landing import read_load

    names = _document_names(home, load_id)
    rejects = read_load(home.landing, "rejects", load_id).to_pylist()
    lines = [
        f"{names.get(row['document_sha256'], row['document_path'])}：{row['sentence']}（{row['error_class']}）"
        for row in rejects
    ]
    _write_list(write, "无法读取 rejects", lines)


def _document_names(home: Home, load_id: str) -> dict[str | None, str]:
    """File names of the load's documents by sha256."""
    from extract.landing import read_load

    documents = read_load(home.landing, "documents", load_id).to_pylist()
    return {row["document_sha256"]: row["name"] for row in documents}


def _write_table(write: Write, title: str, lines: Sequence[tuple[str, str]]) -> None:
    write(f"\n{title}")
    width = max(_columns(label) for label, _ in lines)
    for label, text in lines:
        write(f"  {label}{' ' * (width - _columns(label))}  {text}")


def _write_list(write: Write, title: str, lines: Sequence[str]) -> None:
    if not lines:
        return
    write(f"\n{title}")
    for line in sorted(lines)[:LIST_LIMIT]:
        write(f"  {line}")
    if len(lines) > LIST_LIMIT:
        write(f"  …另有 {len(lines) - LIST_LIMIT} 条，见加载简报")


def _columns(text: str) -> int:
    """How many terminal columns a text takes: Chinese characters take two."""
    return sum(2 if ord(character) >= 0x2E80 else 1 for character in text)
