"""Who has filed, by place and level, and by name who has not. Told by the published warehouse."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from publish.bulletin.facts import Query, Row
from publish.bulletin.page import GOOD, Bar, Bars, Block, Callout, Cell, Fold, Heading, Number, Table
from publish.bulletin.words import count_text, more_text

MISSING_SHOWN = 200
"""How many agencies that have not filed are named; the warehouse has them all."""
LATE_SHOWN = 100
UNREADABLE_SHOWN = 100
YEARS_SHOWN = 5
PLACES_SHOWN = 15


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
        yield "没有来源列明应报送的机关（来源文件里的 expected），无从知道谁还没有报送。"
        return
    yield "构成一栏：蓝色为已报送，浅色为日期不详，橙色为逾期，紫色为无法读取，红色为未报送，灰色为未到期。"
    yield _filing_table(counts)
    due = [row["year"] for row in counts if row["filing"] != "not_yet_due"]
    if due:
        yield from _place_blocks(query, max(due))
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


def _place_blocks(query: Query, year: int) -> Iterable[Block]:
    """Progress by place: by provinces, or by what there are several of below the one province or city."""
    rows = query(_PLACES, year)
    widths = sorted({len(row["place_code"]) for row in rows})
    places = next(
        (found for width in widths if len(found := [r for r in rows if len(r["place_code"]) == width]) > 1),
        [],
    )
    if not places:
        return
    shown = places[:PLACES_SHOWN]
    bars = tuple(
        (
            row["place_name"],
            Bar(tuple((name, row[key], kind) for key, name, kind in _FILING)),
            f"{count_text(row['filed'] + row['late'] + row['filed_date_unknown'])}/{count_text(row['expected'])}",
        )
        for row in shown
    )
    yield Bars(
        f"{year} 年度各地报送进度（已报送/应报送，差得多的在前）",
        bars,
        tuple((name, kind) for _, name, kind in _FILING),
        more_text(len(places), len(shown), "个地方", "marts.mart_filing_summary"),
    )


_PLACES = """
select place_code, place_name, sum(expected)::bigint as expected, sum(filed)::bigint as filed, sum(late)::bigint as late,
       sum(filed_date_unknown)::bigint as filed_date_unknown, sum(unreadable)::bigint as unreadable,
       sum(missing)::bigint as missing, sum(not_yet_due)::bigint as not_yet_due
from published.marts.mart_filing_summary
where year = ? and place_code <> 'unknown'
group by place_code, place_name
having sum(expected) > 0
order by sum(missing) + sum(unreadable) desc, place_name
"""


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
        yield Table(
            columns, rows, more_text(missing[0]["total"], len(missing), "个机关", "marts.mart_filing")
        )
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
            more_text(late[0]["total"], len(late), "个机关", "marts.mart_filing"),
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
        more = more_text(unreadable[0]["total"], len(unreadable), "个机关", "marts.mart_filing")
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
