"""Sections of a load's report that the published warehouse tells: corrections, who has filed, how sources fare."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Protocol

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
    Fold,
    Heading,
    Number,
    Table,
)
from publish.words import Words, count_text, more_text, number_cell, place_text

REVISIONS_SHOWN = 100
CHANGES_SHOWN = 300
MISSING_SHOWN = 300
"""How many agencies that have not filed are named; the warehouse has them all."""
LATE_SHOWN = 100
UNREADABLE_SHOWN = 100
SOURCES_SHOWN = 200
YEARS_SHOWN = 5

_VERDICTS = {"changed": NOTICE, "reading": QUIET, "unchanged": GOOD}
_STATES = {"fresh": GOOD, "failing": NOTICE, "dead": BAD, "never": BAD}

Row = dict[str, Any]


class Query(Protocol):
    """Rows of a query over a connection to which the published warehouse is attached as `published`."""

    def __call__(self, sql: str, *arguments: object) -> list[Row]: ...


# --- corrections ---


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
    yield Table(columns, tuple(map(_revision_row, rows)), more_text(rows[0]["total"], len(rows), "份更正"))
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
        columns, tuple(_change_row(row, words) for row in rows), more_text(rows[0]["total"], len(rows), "处")
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


# --- who has filed ---

_FILING = (
    ("filed", "已报送", "reported"),
    ("filed_date_unknown", "日期不详", "blank"),
    ("late", "逾期", "doubtful"),
    ("unreadable", "无法读取", "unreadable"),
    ("missing", "未报送", "missing"),
    ("not_yet_due", "未到期", "pending"),
)
"""States in the order of the table, with the name and the colour of each."""


def filing_blocks(query: Query) -> Iterable[Block]:
    """Who has filed by year and level, and by name who has not."""
    counts = query(
        """
        select year, level_zh, level, filing, count(*) as agencies
        from published.marts.mart_filing
        where is_expected
        group by year, level_zh, level, filing
        order by
            year desc,
            list_position(['province', 'city', 'county', 'township', 'zone', 'department'], level),
            filing
        """
    )
    if not counts:
        yield "没有来源列明应报送的机关（来源文件里的 `expected`），无从知道谁还没有报送。"
        return
    yield "构成一栏：蓝色为已报送，浅色为日期不详，橙色为逾期，紫色为无法读取，红色为未报送，灰色为未到期。"
    yield _filing_table(counts)
    due = [row["year"] for row in counts if row["filing"] != "not_yet_due"]
    if due:
        yield from _named_blocks(query, max(due))
    yield from _unattributed(query)


def _filing_table(counts: Sequence[Row]) -> Table:
    groups: dict[tuple[int, str], dict[str, int]] = {}
    for row in counts:
        groups.setdefault((row["year"], row["level_zh"]), {})[row["filing"]] = row["agencies"]
    years = sorted({year for year, _ in groups}, reverse=True)
    shown = [(key, states) for key, states in groups.items() if key[0] in years[:YEARS_SHOWN]]
    rows: list[tuple[Cell, ...]] = []
    for (year, level), states in shown:
        bar = Bar(tuple((name, states.get(key, 0), kind) for key, name, kind in _FILING))
        numbers = (Number(count_text(states[key]) if key in states else "") for key, _, _ in _FILING)
        rows.append((str(year), level, Number(count_text(sum(states.values()))), bar, *numbers))
    columns = ("年度", "级别", "应报送", "构成", *(name for _, name, _ in _FILING))
    more = (
        f"更早的 {len(years) - YEARS_SHOWN} 个年度见数据仓库 mart_filing。"
        if len(years) > YEARS_SHOWN
        else ""
    )
    return Table(columns, tuple(rows), more)


def _named_blocks(query: Query, year: int) -> Iterable[Block]:
    """The agencies of the last year that is due, by what is wrong."""
    rows: tuple[tuple[Cell, ...], ...]
    missing = _of_state(query, year, "missing", MISSING_SHOWN)
    if missing:
        yield Heading(f"{year} 年度未报送 {count_text(missing[0]['total'])} 个")
        columns = ("机关", "级别", "期限", "依据")
        rows = tuple(
            (row["full_name"], row["level_zh"], _day(row["due_on"]), _BASES[row["basis"]]) for row in missing
        )
        yield Table(columns, rows, more_text(missing[0]["total"], len(missing), "个机关"))
    else:
        yield Callout((f"{year} 年度到期应报送的机关都有文件。",), GOOD)
    if late := _of_state(query, year, "late", LATE_SHOWN):
        rows = tuple(
            (
                row["full_name"],
                row["level_zh"],
                _day(row["due_on"]),
                _day(row["filed_on"]),
                Number(str(row["days_late"])),
            )
            for row in late
        )
        table = Table(
            ("机关", "级别", "期限", "发布日期", "逾期天数"),
            rows,
            more_text(late[0]["total"], len(late), "个机关"),
        )
        yield Fold(f"{year} 年度逾期 {count_text(late[0]['total'])} 个", table)
    if unreadable := _of_state(query, year, "unreadable", UNREADABLE_SHOWN):
        rows = tuple(
            (
                row["full_name"],
                row["level_zh"],
                str(row["unreadable_document"]).rsplit("/", 1)[-1],
                row["unreadable_reason"],
            )
            for row in unreadable
        )
        more = more_text(unreadable[0]["total"], len(unreadable), "个机关")
        yield Fold(
            f"{year} 年度有文件而无法读取 {count_text(unreadable[0]['total'])} 个",
            Table(("机关", "级别", "文件", "原因"), rows, more),
        )


_BASES = {"list": "名单", "registry": "区划表", "reported_before": "曾报送"}


def _of_state(query: Query, year: int, state: str, limit: int) -> list[Row]:
    return query(
        """
        select *, count(*) over () as total
        from published.marts.mart_filing
        where is_expected and year = ? and filing = ?
        order by days_late desc nulls last, full_name, agency_key
        limit ?
        """,
        year,
        state,
        limit,
    )


def _unattributed(query: Query) -> Iterable[Block]:
    """What may stand for some of the missing: reports of which the agency or the year is not known."""
    [row] = query(
        """
        select (
            select count(distinct report_id) from published.marts.mart_quarantine
            where agency_printed is null or year is null
        ) as held,
        (
            select count(*) from published.marts.dim_report
            join published.marts.dim_agency using (agency_key)
            where is_current and resolution <> 'resolved'
        ) as unresolved
        """
    )
    parts = [
        f"{count_text(number)} 份{what}"
        for number, what in (
            (row["held"], "暂缓的报告看不出机关或年度"),
            (row["unresolved"], "报告的机关尚未认定"),
        )
        if number
    ]
    if parts:
        yield f"另有 {'，'.join(parts)}：未报送的机关可能就在其中。"


def _day(day: date | None) -> str:
    return f"{day:%Y-%m-%d}" if day else ""


# --- sources ---


def source_blocks(query: Query) -> Iterable[Block]:
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
    yield Table(columns, tuple(map(_source_row, rows)), more_text(rows[0]["total"], len(rows), "个来源"))


def _source_row(row: Mapping[str, Any]) -> tuple[Cell, ...]:
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
