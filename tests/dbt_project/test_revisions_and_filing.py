"""Corrections and filing, in one real dbt build over three loads: what counts as current, what changed, who has filed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from gongkai.settings import Home
from publish.build import BuildError, build_path, build_warehouse, run_dbt
from publish.bulletin.corrections import revision_blocks
from publish.bulletin.filing import filing_blocks
from publish.bulletin.page import Badge, Fold, Heading, Number, Table
from publish.bulletin.sources import freshness_blocks
from publish.bulletin.words import Words
from tests.dbt_project.landed import WHEN, Report, land, publish_mark

FIRST = "20250110T020000-0001"
SECOND = "20250220T020000-0002"
CURRENT = "20260301T020000-0003"
MOMENTS = {
    load: datetime(int(load[:4]), int(load[4:6]), int(load[6:8]), tzinfo=UTC)
    for load in (FIRST, SECOND, CURRENT)
}

RECEIVED = ("requests.received", "total")
GRANTED = ("requests.granted", "total")
TOTAL = ("requests.total", "total")
SECRET = ("requests.denied.state_secret", "total")
LAWS = ("requests.denied.prohibited_by_law", "total")
UPHELD = ("review.upheld", "all")
FEES = ("proactive.fees.amount", "all")

CITY: dict[str, Any] = {"source": "city", "source_place": "9901"}
EXPECTED = [
    {**CITY, "origin": "levels", "level": level, "first_year": 2024}
    for level in ("township", "county", "department")
]
LIST = [
    {"source": "list", "source_place": None, "origin": "list", "agency_name": name, "agency_key": key, "first_year": 2024,
     "last_year": last}
    for name, key, last in (("小铺乡", None, 2024), ("某某办", None, 2024), (None, "140930200", 2024))
]  # fmt: skip

Query = Callable[..., list[tuple[Any, ...]]]


def report(load: str, name: str, agency: str, year: int, **facts: Any) -> Report:
    return Report(name, agency, year, **{**CITY, "retrieved_at": MOMENTS[load], **facts})


def _land_everything(home: Home) -> None:
    education = {"agency": "云海市教育局", "year": 2023, "address": "http://edu/1.html"}
    honest = {"agency": "云海市财政局", "year": 2023, "address": "http://cz/1.html"}
    typo = {"agency": "云海市水利局", "year": 2023, "address": "http://sl/1.html"}
    numbers = {RECEIVED: 5, GRANTED: 3, UPHELD: 2, FEES: 7}
    columns = ("natural_person", "business", "total")
    many = {
        (f"requests.{row}", column): 7
        for row in ("received", "granted", "total", "other.other")
        for column in columns
    }
    unlike = dict.fromkeys(many, 8)
    reread = report(FIRST, "old one", "云海市民政局", 2023, figures={RECEIVED: 1})
    land(
        home,
        FIRST,
        [
            report(
                FIRST, "edu v1", **education, figures=numbers, statuses={SECRET: "blank", LAWS: "doubtful"}
            ),
            report(FIRST, "cz v1", **honest, published_on=date(2024, 1, 20)),
            report(FIRST, "sl v1", **typo, published_on=date(2024, 3, 1)),
            reread,
            report(FIRST, "stone", "石桥镇人民政府", 2024),
            report(FIRST, "baiyu 2023", "白榆县财政局", 2023),
            report(FIRST, "html", "云海市统计局", 2023, figures=numbers),
            report(FIRST, "one", "云海市审计局", 2023, figures=many),
            report(FIRST, "wrong year", "云海市体育局", 2022, address="http://ty/1.html", figures=many),
            report(FIRST, "rolling 2022", "云海市气象局", 2022, address="http://qx/latest", figures=many),
        ],
        expected=[{**CITY, "origin": "levels", "level": "zone", "first_year": 2010}],
    )
    publish_mark(home, FIRST)
    land(
        home,
        SECOND,
        [
            report(SECOND, "newer one", "云海市民政局", 2023, figures={RECEIVED: 2}),
            # the very same document in another source and at another address
            report(
                SECOND,
                "html",
                "云海市统计局",
                2023,
                figures=numbers,
                source="mirror",
                address="http://mirror/1",
            ),
        ],
    )
    publish_mark(home, SECOND)
    land(
        home,
        CURRENT,
        [
            report(
                CURRENT,
                "edu v2",
                **education,
                figures={**numbers, RECEIVED: 6, SECRET: 1, LAWS: 4},
                statuses={UPHELD: "blank", TOTAL: "doubtful"},
                units={FEES: "元"},
            ),
            report(CURRENT, "cz v2", **honest, published_on=date(2024, 6, 1), figures={RECEIVED: 1}),
            report(CURRENT, "sl v2", **typo, published_on=date(2024, 1, 2), figures={RECEIVED: 1}),
            replace(reread, retrieved_at=MOMENTS[CURRENT]),
            report(CURRENT, "docx", "云海市统计局", 2023, figures=numbers),
            report(CURRENT, "another", "云海市审计局", 2023, figures=unlike),
            report(CURRENT, "right year", "云海市体育局", 2023, address="http://ty/1.html", figures=many),
            report(CURRENT, "rolling 2023", "云海市气象局", 2023, address="http://qx/latest", figures=unlike),
            report(CURRENT, "pine", "松坪乡", 2024, published_on=date(2025, 2, 10)),
            report(CURRENT, "ferry", "北渡街道办事处", 2024, published_on=date(2024, 1, 20)),
            report(CURRENT, "baiyu 2024", "白榆县财政局", 2024, held="no_table"),
            report(CURRENT, "stray", "耳口乡", 2024, source="stray", source_place=None),
        ],
        rejects=["青岚县双河镇2024年度报告.pdf", "双河镇2025年度报告.pdf"],
        rejected_in="city",
        expected=[*EXPECTED, *LIST],
    )


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with the build of the third load."""
    home = Home(tmp_path_factory.mktemp("home"))
    _land_everything(home)
    build_warehouse(home, CURRENT)
    return home


@pytest.fixture(scope="module")
def query(home: Home) -> Iterator[Query]:
    """Rows of a query over the build."""
    with duckdb.connect(str(build_path(home, CURRENT)), read_only=True) as connection:
        yield lambda sql, *parameters: connection.execute(sql, list(parameters)).fetchall()


@pytest.fixture(scope="module")
def told(home: Home) -> Iterator[Callable[..., list[dict[str, Any]]]]:
    """Rows as the sections of a load's report ask for them."""
    with duckdb.connect() as connection:
        connection.execute(f"attach '{build_path(home, CURRENT)}' as published (read_only)")

        def query(sql: str, *arguments: object) -> list[dict[str, Any]]:
            result = connection.execute(sql, list(arguments))
            names = [column[0] for column in result.description]
            return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

        yield query


def current(query: Query, agency: str) -> list[tuple[Any, ...]]:
    return query(
        "select title, is_current from marts.dim_report join marts.dim_agency using (agency_key)"
        " where agency_name = ? order by revision",
        agency,
    )


def test_what_took_another_documents_place_is_current_whatever_date_it_prints(query: Query) -> None:
    assert current(query, "云海市教育局") == [("edu v1", False), ("edu v2", True)]
    assert current(query, "云海市财政局") == [("cz v1", False), ("cz v2", True)]
    assert current(query, "云海市水利局") == [("sl v1", False), ("sl v2", True)]


def test_a_document_read_again_does_not_become_the_latest(query: Query) -> None:
    assert current(query, "云海市民政局") == [("old one", False), ("newer one", True)]


def test_one_document_at_two_addresses_in_two_sources_is_one_report(query: Query) -> None:
    assert current(query, "云海市统计局") == [("html", False), ("docx", True)]


def test_a_revision_is_told_cell_by_cell(query: Query) -> None:
    rows = query(
        "select metric_key, change, is_reading, old_status, old_value, new_status, new_value, difference"
        " from marts.fct_revision_change join marts.dim_report using (report_id) where title = 'edu v2' order by 1"
    )
    assert rows == [
        (FEES[0], "unit", False, "reported", 7, "reported", 7, None),
        (LAWS[0], "became_readable", True, "doubtful", None, "reported", 4, None),
        (SECRET[0], "filled", False, "blank", None, "reported", 1, None),
        (RECEIVED[0], "corrected", False, "reported", 5, "reported", 6, 1),
        (TOTAL[0], "became_doubtful", True, "reported", 0, "doubtful", None, None),
        (UPHELD[0], "emptied", False, "reported", 2, "blank", None, None),
    ]


def test_a_revision_is_told_in_a_sentence(query: Query) -> None:
    [(sentence, verdict, arrival, changes, reading, first_load)] = query(
        "select sentence, verdict_zh, arrival_zh, changes, differences_of_reading, first_load_id"
        " from marts.mart_revision join marts.dim_report using (report_id) where title = 'edu v2'"
    )
    assert sentence == (
        "示例省云海市教育局2023年报告第 2 版：改动 4 处，“本年新收政府信息公开申请数量”（总计）由 5 改为 6；"
        "“行政事业性收费：本年收费金额（单位：万元）”由 7 万元 改为 7 元；“不予公开：属于国家秘密”（总计）由 “空白” 改为 1 等；"
        "另有 2 处因存疑不能比较。"
    )  # fmt: skip
    assert (verdict, arrival, changes, reading, first_load) == ("有更正", "同一地址换了内容", 4, 2, CURRENT)


def test_the_same_figures_in_another_format_are_a_revision_without_changes(query: Query) -> None:
    rows = query("select verdict_zh, sentence from marts.mart_revision where agency_name like '%统计局'")
    assert rows == [("无变化", "示例省云海市统计局2023年报告第 2 版：与上一版的数值完全一致，无变化。")]


def test_a_correction_without_a_later_date_at_the_same_address_is_a_finding(query: Query) -> None:
    rows = query(
        "select title, rule from marts.fct_finding join marts.dim_report using (report_id)"
        " where rule like 'revis%' order by 1"
    )
    assert rows == [
        ("another", "revision_implausible"),
        ("edu v2", "revised_without_notice"),
        ("sl v2", "revised_without_notice"),
    ]


def test_a_report_whose_year_was_changed_is_a_finding_and_a_rolling_address_is_none(query: Query) -> None:
    rows = query(
        "select title, message from marts.fct_finding join marts.dim_report using (report_id) where rule = 'relabelled'"
    )
    assert rows == [
        (
            "right year",
            "示例省云海市体育局2023年报告换下了同一地址上的示例省云海市体育局2022年报告，"
            "12 个非零数值中有 12 个相同：先前那一份所标的年度或机关可能有误。",
        )
    ]


def test_superseded_figures_stay_queryable(query: Query) -> None:
    rows = query(
        "select value, is_current from marts.fct_figure join marts.dim_agency using (agency_key)"
        " where agency_name = '云海市教育局' and metric_key = ? and applicant_key = ? order by value",
        *RECEIVED,
    )
    assert rows == [(5, False), (6, True)]


def filing(query: Query, year: int, *levels: str) -> dict[str, str]:
    rows = query(
        "select full_name, filing from marts.mart_filing where year = ? and is_expected and list_contains(?, level)",
        year,
        list(levels),
    )
    return dict(rows)


def test_who_has_filed_and_who_has_not(query: Query) -> None:
    assert filing(query, 2024, "township") == {
        "示例省云海市临港区北渡街道": "filed_date_unknown",  # dated a year too early
        "示例省云海市青岚县石桥镇": "filed",  # undated, but there on the tenth of January
        "示例省云海市青岚县松坪乡": "late",
        "示例省云海市青岚县双河镇": "unreadable",
        "示例省云海市白榆县双河镇": "missing",
        "河南省安阳市滑县小铺乡": "missing",
        "山西省忻州市河曲县鹿固乡": "missing",
    }
    # of two agencies of one name nobody can say whose unreadable document it is
    assert set(filing(query, 2025, "township").values()) == {"missing"}


def test_deadlines_depend_on_the_level_and_today_is_the_day_of_the_load(query: Query) -> None:
    assert set(filing(query, 2024, "county").values()) == {"missing"}
    assert set(filing(query, 2025, "county").values()) == {"not_yet_due"}
    assert query("select max(year) from marts.mart_filing") == [(2025,)]
    rows = query(
        "select distinct level, due_on from marts.mart_filing where year = 2025 and is_expected order by 1"
    )
    assert rows == [
        ("county", date(2026, 3, 31)),
        ("department", date(2026, 1, 31)),
        ("township", date(2026, 1, 31)),
    ]


def test_departments_are_expected_once_they_have_reported(query: Query) -> None:
    found = filing(query, 2024, "department")
    assert found["示例省云海市白榆县财政局"] == "unreadable"
    assert found["示例省云海市教育局"] == "missing"
    assert len(found) == 9
    assert query(
        "select unreadable_document from marts.mart_filing where filing = 'unreadable' order by 1"
    ) == [
        ("baiyu 2024",),
        ("青岚县双河镇2024年度报告.pdf",),
    ]


def test_a_list_takes_names_and_keys_and_keeps_what_it_can_not_resolve(query: Query) -> None:
    rows = query("select agency_name, level, filing from marts.mart_filing where basis = 'list' order by 1")
    assert rows == [
        ("小铺乡", "township", "missing"),
        ("某某办", "unknown", "missing"),
        ("鹿固乡", "township", "missing"),
    ]


def test_reports_that_nobody_expects_are_told_apart(query: Query) -> None:
    rows = query("select basis, filing, sources from marts.mart_filing where full_name like '%耳口乡'")
    assert rows == [("not_expected", "filed_date_unknown", ["stray"])]


def test_the_statement_of_an_earlier_load_no_longer_counts(query: Query) -> None:
    assert query("select min(year) from marts.mart_filing where is_expected") == [(2024,)]


def test_filing_is_summed_by_place_level_and_year(query: Query) -> None:
    rows = query(
        "select place_name, expected, filed, late, filed_date_unknown, missing, unreadable, filed_share, on_time_share"
        " from marts.mart_filing_summary where level = 'township' and year = 2024 and starts_with(place_code, '99')"
        " order by place_code"
    )
    assert rows == [
        ("示例省", 5, 1, 1, 1, 1, 1, 0.6, 0.2),
        ("示例省云海市", 5, 1, 1, 1, 1, 1, 0.6, 0.2),
        ("示例省云海市临港区", 1, 0, 0, 1, 0, 0, 1.0, 0.0),
        ("示例省云海市青岚县", 3, 1, 1, 0, 0, 1, 2 / 3, 1 / 3),
        ("示例省云海市白榆县", 1, 0, 0, 0, 1, 0, 0.0, 0.0),
    ]
    assert query(
        "select place_name, expected from marts.mart_filing_summary where place_code = 'unknown'"
    ) == [("地方不明", 1)]


def tables(blocks: Iterable[Any]) -> list[Table]:
    return [
        block.table if isinstance(block, Fold) else block
        for block in blocks
        if isinstance(block, (Fold, Table))
    ]


def test_the_load_report_tells_what_was_corrected(told: Any) -> None:
    revisions, cells = tables(revision_blocks(told, CURRENT, Words()))
    [row] = [row for row in revisions.rows if row[0] == "示例省云海市教育局"]
    assert row[1:5] == ("2023", "第 2 版", Badge("有更正*", "notice"), "同一地址换了内容")
    assert [row[3].text for row in revisions.rows if isinstance(row[3], Badge)].count("无变化") == 1
    shown = [row[2:8] for row in cells.rows if row[0] == "示例省云海市教育局"]
    assert (
        "表三",
        "本年新收政府信息公开申请数量",
        "总计",
        Badge("数值更正", "notice"),
        Number("5"),
        Number("6"),
    ) in shown
    assert (
        "表三",
        "不予公开：属于国家秘密",
        "总计",
        Badge("补填", "notice"),
        Number("空白"),
        Number("1"),
    ) in shown
    [newer] = tables(revision_blocks(told, SECOND, Words()))[0].rows
    assert newer[0] == "示例省云海市民政局"


def test_the_load_report_names_who_has_not_filed(told: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("publish.bulletin.filing.MISSING_SHOWN", 2)
    blocks = list(filing_blocks(told))
    summary, missing = tables(blocks)[:2]
    [townships] = [row for row in summary.rows if row[:2] == ("2024", "乡级")]
    assert [cell.text for cell in townships[4:] if isinstance(cell, Number)] == ["1", "1", "1", "1", "3", ""]
    assert [block.text for block in blocks if isinstance(block, Heading)] == ["2025 年度未报送 14 个"]
    assert len(missing.rows) == 2
    assert missing.more == "另有 12 个机关未列出，可查询数据仓库的 marts.mart_filing。"


def test_the_load_report_tells_how_fresh_sources_are(told: Any) -> None:
    [table] = tables(freshness_blocks(told))
    assert [(row[0], row[1]) for row in table.rows] == [
        ("city", Badge("正常", "good")),
        ("list", Badge("正常", "good")),
    ]


def test_dbt_evaluates_the_freshness_of_the_sources(home: Home, tmp_path: Path) -> None:
    database = tmp_path / build_path(home, CURRENT).name  # the build itself is open for reading
    # the landed rows of this test are of other days: what counts is that each is looked at
    with pytest.raises(BuildError, match="expected_agencies"):
        run_dbt(home, CURRENT, ["source", "freshness"], database=database)
    results = json.loads((home.build / "dbt" / "target" / "sources.json").read_text("utf-8"))["results"]
    seen = {result["unique_id"].rpartition(".")[2]: result.get("max_loaded_at", "") for result in results}
    assert seen.keys() == {"documents", "fetches", "loads", "expected_agencies"}
    assert seen["documents"] == WHEN.isoformat()
    assert not any(result.get("error") for result in results)
