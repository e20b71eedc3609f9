"""What this load's revisions have changed: report by report, then cell by cell. Told by the published warehouse."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from publish.bulletin.facts import Query, Row
from publish.bulletin.page import GOOD, NOTICE, QUIET, Badge, Block, Callout, Cell, Heading, Number, Table
from publish.bulletin.words import Words, more_text, number_cell, place_text

REVISIONS_SHOWN = 100
CHANGES_SHOWN = 200

_VERDICTS = {"changed": NOTICE, "reading": QUIET, "unchanged": GOOD}


def revision_blocks(query: Query, load_id: str, words: Words) -> Iterable[Block]:
    """The revisions that a load has brought: what each changed, then cell by cell."""
    rows = query(
        """
        select revision.*, finding.report_id is not null as is_unannounced, count(*) over () as total
        from published.marts.mart_revision as revision
        left join (
            select distinct report_id from published.marts.fct_finding where rule = 'revised_without_notice'
        ) as finding using (report_id)
        where revision.first_load_id = ?
        order by revision.verdict, not is_unannounced, revision.agency_name, revision.year, revision.revision
        limit ?
        """,
        load_id,
        REVISIONS_SHOWN,
    )
    if not rows:
        yield "本次加载没有遇到同一机关同一年度的另一份报告。"
        return
    unannounced = [row for row in rows if row["is_unannounced"]]
    if unannounced:
        yield Callout(
            (f"有 {len(unannounced)} 份报告在原地址上改了数值而没有标明更晚的发布日期，以星号（*）标出。",),
            NOTICE,
        )
    columns = ("机关", "年度", "版", "比对", "如何得来", "说明", "前一版文件", "后一版文件")
    yield Table(
        columns,
        tuple(map(_revision_row, rows)),
        more_text(rows[0]["total"], len(rows), "份更正", "marts.mart_revision"),
    )
    yield from _change_blocks(query, load_id, words)


def _revision_row(row: Row) -> tuple[Cell, ...]:
    return (
        row["agency_name"],
        str(row["year"]),
        f"第 {row['revision']} 版",
        Badge(row["verdict_zh"] + ("*" if row["is_unannounced"] else ""), _VERDICTS[row["verdict"]]),
        row["arrival_zh"],
        _after_colon(row["sentence"]),
        _dated(row["previous_document_name"], row["previous_published_on"]),
        _dated(row["document_name"], row["published_on"]),
    )


def _after_colon(sentence: str) -> str:
    """A revision's sentence without the agency, year and number that stand beside it."""
    return sentence.partition("：")[2]


def _dated(document: str | None, day: date | None) -> str:
    name = str(document or "").rsplit("/", 1)[-1]
    return f"{name}\n{day:%Y-%m-%d}" if day else name


def _change_blocks(query: Query, load_id: str, words: Words) -> Iterable[Block]:
    rows = query(
        """
        select change.*, revision.agency_name, count(*) over () as total
        from published.marts.fct_revision_change as change
        join published.marts.mart_revision as revision using (report_id)
        where revision.first_load_id = ?
        order by change.is_reading, revision.agency_name, change.year, change.report_id,
                 change.metric_key, change.applicant_key
        limit ?
        """,
        load_id,
        CHANGES_SHOWN,
    )
    if not rows:
        return
    columns = ("机关", "年度", "表", "行", "列", "种类", "原为", "改为", "原出处", "新出处")
    table = Table(
        columns,
        tuple(_change_row(row, words) for row in rows),
        more_text(rows[0]["total"], len(rows), "处", "marts.fct_revision_change"),
    )
    yield Heading("逐格对照", "“由存疑转为可读”等只是判读有异，不算更正。")
    yield table


def _change_row(row: Row, words: Words) -> tuple[Cell, ...]:
    spot = words.spot(row["metric_key"], row["applicant_key"])
    where = (row["agency_name"], str(row["year"]), spot.table, spot.row, spot.column)
    kind = Badge(row["change_zh"], QUIET if row["is_reading"] else NOTICE)
    return (
        *where,
        kind,
        *(_shown(row, side) for side in ("old", "new")),
        *(_where(row, side) for side in ("old", "new")),
    )


def _shown(row: Row, side: str) -> Cell:
    """A cell of one of the two reports: its number, or what stands there."""
    status, value = row[f"{side}_status"], row[f"{side}_value"]
    if status == "reported":
        text = number_cell(value).text
        unit = row[f"{side}_unit"]
        return Number(f"{text} {unit}" if row["change"] == "unit" and unit else text)
    if status == "doubtful":
        reading: Decimal | None = row[f"{side}_reading"]
        return Number(f"存疑（{number_cell(reading).text}）" if reading is not None else "存疑")
    named = {"blank": "空白", "not_applicable": "不适用", "text": "文字", "missing": "缺失", None: "—"}
    return Number(named.get(status, str(status)))


def _where(row: Row, side: str) -> str:
    """Where in its document."""
    edges = ("page", "x0", "top", "x1", "bottom", "path", "line")
    return place_text({edge: row[f"{side}_{edge}"] for edge in edges})
