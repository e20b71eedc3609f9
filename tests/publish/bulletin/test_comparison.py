"""What a published load leaves standing, and what the next bulletin says came and went."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import pytest

from gongkai.settings import Home
from publish.bulletin import write_bulletin
from publish.bulletin.standing import FINDINGS_KEPT, before, standings
from tests.expectations.landed import land, many

FIRST, SECOND, THIRD = (f"2026110{day}T020000-000{day}" for day in (1, 2, 3))
Finding = tuple[str, int, str, str, int, int]
BALANCE: Finding = ("甲县", 2023, "balance", "requests.total", 10, 9)
ROW: Finding = ("甲县", 2023, "row_total", "requests.total", 5, 4)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


def publish(
    home: Home, load_id: str, findings: Sequence[Finding], *, doubtful: int = 0, filed: int = 1
) -> tuple[str, str]:
    """Publish a small warehouse as a load's and write its bulletin; the page and the Markdown."""
    land(home, many(1), load_id=load_id)
    record(home, load_id, state="published", published_at=f"2026-11-0{load_id[7]}T02:10:00+08:00")
    home.warehouse.unlink(missing_ok=True)
    with duckdb.connect(str(home.warehouse)) as connection:
        connection.execute(_MARTS)
        connection.execute("insert into marts.mart_load values (?, now())", [load_id])
        connection.execute(
            "insert into marts.dim_report values ('r', '甲县', true, 100, 90, ?, 0)", [doubtful]
        )
        connection.executemany(
            "insert into marts.mart_filing values (?, true, 2023, ?)",
            [(f"机关{number}", "filed" if number < filed else "missing") for number in range(4)],
        )
        rows = [
            ("r", agency, year, rule, metric, expected, found)
            for agency, year, rule, metric, expected, found in findings
        ]
        if rows:
            connection.executemany(
                "insert into marts.fct_finding values (?, ?, ?, ?, 'broken', ?, 'total', ?, ?, '说明', true, '')",
                rows,
            )
    path = write_bulletin(home, load_id)
    return path.read_text("utf-8"), path.with_suffix(".md").read_text("utf-8")


def record(home: Home, load_id: str, **facts: Any) -> None:
    path = home.operations / "loads" / f"{load_id}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {"load_id": load_id, "mode": "full", "sources": [], "started_at": "2026-11-01T02:00:00+08:00"}
    path.write_text(json.dumps(content | facts), "utf-8")


_MARTS = """
create schema marts;
create table marts.mart_load (load_id varchar, published_at timestamptz);
create table marts.dim_report (report_id varchar, agency_key varchar, is_current boolean, cells_expected integer,
    cells_reported integer, cells_doubtful integer, cells_missing integer);
create table marts.dim_agency as select '甲县' as agency_key, '甲县' as agency_name union all select '乙县', '乙县';
create table marts.fct_finding (report_id varchar, agency_key varchar, year integer, rule varchar, outcome varchar,
    metric_key varchar, applicant_key varchar, expected decimal(24, 6), found decimal(24, 6), message varchar,
    is_current boolean, load_id varchar);
create table marts.mart_quarantine (report_id varchar);
create table marts.mart_reject (document_sha256 varchar);
create table marts.mart_filing (agency_key varchar, is_expected boolean, year integer, filing varchar);
"""


def test_the_first_publication_has_nothing_to_compare_with(home: Home) -> None:
    page, _ = publish(home, FIRST, [BALANCE])
    assert "这是第一次发布" in page and "新出现不符" not in page


def test_findings_that_came_changed_and_went_are_told(home: Home) -> None:
    publish(home, FIRST, [BALANCE, ROW], doubtful=2)
    new: Finding = ("乙县", 2022, "balance", "requests.total", 100, 1)
    page, markdown = publish(
        home, SECOND, [("甲县", 2023, "row_total", "requests.total", 5, 3), new], doubtful=5
    )

    for text in (page, markdown):
        assert "新出现不符 1 处，有变化 1 处，已消除 1 处" in text
    assert "新出现的不符 1 处" in page and "乙县" in page
    changed = page[page.index("数值有变的不符 1 处") : page.index("已消除的不符 1 处")]
    assert changed.count(">3</td>") == 1 and changed.count(">4</td>") == 1, "both numbers, before and now"
    mended = page[page.index("已消除的不符 1 处") :]
    assert "balance" in mended[: mended.index("</details>")]
    assert "2.00%" in page and "5.00%" in page and "+3" in page, "doubt before and now"


def test_the_same_findings_are_neither_new_nor_mended(home: Home) -> None:
    twice = [BALANCE, BALANCE, ROW]
    publish(home, FIRST, twice)
    _, markdown = publish(home, SECOND, list(reversed(twice)))
    assert "新出现不符 0 处，有变化 0 处，已消除 0 处" in markdown
    _, markdown = publish(home, THIRD, [BALANCE, ROW])
    assert "新出现不符 0 处，有变化 0 处，已消除 1 处" in markdown, "one of the two is gone"


def test_writing_a_bulletin_again_compares_with_the_load_before_not_with_itself(home: Home) -> None:
    publish(home, FIRST, [ROW])
    publish(home, SECOND, [BALANCE])
    markdown = write_bulletin(home, SECOND).with_suffix(".md").read_text("utf-8")
    assert "新出现不符 1 处，有变化 0 处，已消除 1 处" in markdown


def test_a_stopped_load_says_what_readers_still_see_and_leaves_no_standing(home: Home) -> None:
    publish(home, FIRST, [BALANCE])
    land(home, many(1), load_id=SECOND)
    record(home, SECOND, state="stopped")
    page = write_bulletin(home, SECOND).read_text("utf-8")
    assert f"读者看到的仍是加载 {FIRST} 发布的数据" in page
    assert [kept.load_id for kept in standings(home, SECOND, 9)] == [FIRST]


def test_a_bulletin_of_an_older_load_takes_nothing_from_a_newer_warehouse(home: Home) -> None:
    publish(home, FIRST, [BALANCE])
    publish(home, SECOND, [])
    page = write_bulletin(home, FIRST).read_text("utf-8")
    assert "本次加载没有发布" in page or "见上一次发布" in page
    assert [kept.counts["broken"] for kept in standings(home, SECOND, 9)] == [1, 0], (
        "its standing is as it was"
    )


def test_quality_over_the_last_loads_is_drawn_with_its_numbers_in_words(home: Home) -> None:
    for number, load_id in enumerate((FIRST, SECOND, THIRD)):
        page, markdown = publish(home, load_id, [BALANCE] * number, doubtful=number)
    words = f"存疑率：{FIRST} 0%，{SECOND} 1%，{THIRD} 2%"
    assert words in markdown.replace("\\", "") and f'aria-label="{words}"' in page
    assert page.count("<circle") == 6


def test_findings_of_old_loads_are_not_kept_for_good_but_counts_are(home: Home) -> None:
    loads = [f"202611{day:02}T020000-0001" for day in range(1, 7)]
    for load_id in loads:
        publish(home, load_id, [BALANCE])
    folder = home.operations / "standing"
    assert sorted(path.stem for path in folder.glob("*.parquet")) == loads[-FINDINGS_KEPT:]
    assert [kept.load_id for kept in standings(home, loads[-1], 99)] == loads
    earlier = before(home, loads[1])
    assert earlier is not None and earlier.load_id == loads[0] and earlier.findings is None
    page = write_bulletin(home, loads[-1]).read_text("utf-8")
    assert "新出现的不符：无" in page
