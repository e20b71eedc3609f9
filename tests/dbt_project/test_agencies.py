"""The agencies: a gold list of names through the real models, and what holds for every agency."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from extract.landing import write_part
from gongkai.settings import Home
from publish.build import run_dbt
from publish.seeds import SEEDS
from tests.dbt_project.draw_agencies import DRAWN, drawn
from tests.dbt_project.landed import WHEN, Report, open_landing

LOAD = "20261122T020000-0001"
GOLD = Path(__file__).with_name("gold_agencies.csv")
OPEN = {"ambiguous", "unresolved"}

Query = Callable[..., list[tuple[Any, ...]]]


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _gold() -> list[dict[str, str]]:
    return _rows(GOLD) + _rows(DRAWN)


def _land_names(home: Home) -> None:
    """One report without cells for each name of the gold list, and the towns that share a name in one source."""
    named = [
        Report(f"gold {i}", row["printed"], 2022, f"s{row['source_place']}", row["source_place"] or None)
        for i, row in enumerate(_gold())
    ]
    towns = [
        Report(f"town {year} {spot}", "光华镇", year, "folder")
        for year, spot in ((2020, "a"), (2021, "a"), (2021, "b"))
    ]
    open_landing(home, LOAD)
    _write(home, [(report, report.name) for report in [*named, *towns]])
    corrected = [(Report("corrected", "光华镇", 2021, "folder"), "town 2021 b")]
    lone = [(Report(f"lone {i}", "无名办", 2021, "folder"), "lone") for i in range(2)]
    _write(home, [*corrected, *lone], batch="batch-0002")


def _write(home: Home, reports: list[tuple[Report, str]], batch: str = "batch-0001") -> None:
    """Land reports at addresses."""
    documents = [
        {
            "load_id": LOAD,
            "document_sha256": report.sha256,
            "source": report.source,
            "source_place": report.source_place,
            "address": address,
            "name": report.name,
            "size_bytes": 1,
            "retrieved_at": WHEN,
            "is_new": True,
        }
        for report, address in reports
    ]
    rows = [
        {
            "load_id": LOAD,
            "report_id": report.report_id,
            "document_sha256": report.sha256,
            "report_index": 0,
            "source": report.source,
            "source_place": report.source_place,
            "format": "text",
            "title": report.name,
            "agency": report.agency,
            "year": report.year,
            "generation": "2021",
            "reader_version": "1",
            "cells_expected": 0,
            "cells_reported": 0,
            "cells_blank": 0,
            "cells_doubtful": 0,
            "cells_missing": 0,
            "retrieved_at": WHEN,
        }
        for report, _ in reports
    ]
    write_part(home.landing, "documents", LOAD, batch, documents)
    write_part(home.landing, "reports", LOAD, batch, rows)


@pytest.fixture(scope="module")
def query(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Query]:
    """Rows of a query over the agencies built from the gold list."""
    home = Home(tmp_path_factory.mktemp("agencies"))
    _land_names(home)
    home.build.mkdir(parents=True)
    database = home.build / f"load={LOAD}.duckdb"
    selection = ["--select", "+dim_agency", "+int_report", "--indirect-selection", "cautious"]
    run_dbt(home, LOAD, ["build", *selection, "--exclude-resource-type", "unit_test"], database=database)
    connection = duckdb.connect(str(database), read_only=True)
    connection.execute(f"attach '{database.with_name('state.duckdb')}' as state (read_only)")
    yield lambda sql, *parameters: connection.execute(sql, list(parameters)).fetchall()
    connection.close()


def test_the_gold_list_resolves_and_nothing_resolves_wrongly(query: Query) -> None:
    found = {
        (printed, place or ""): (key if resolution == "resolved" else resolution)
        for printed, place, key, resolution in query(
            "select agency_printed, source_place, agency_key, resolution"
            " from state.intermediate.int_agency_resolution where source <> 'folder'"
        )
    }
    gold = _gold()
    wrong = [
        (row, got)
        for row in gold
        if (got := found[row["printed"], row["source_place"]]) != row["expected"] and got not in OPEN
    ]
    assert wrong == []
    outcome = Counter(
        found[row["printed"], row["source_place"]] == row["expected"]
        for row in gold
        if row["expected"] not in OPEN
    )
    assert outcome[True] / outcome.total() >= 0.95
    kept_open = [(row, found[row["printed"], row["source_place"]]) for row in gold if row["expected"] in OPEN]
    assert [(row, got) for row, got in kept_open if row["expected"] != got] == []


def test_the_gold_list_is_large_and_its_drawn_part_is_what_the_registry_says() -> None:
    assert DRAWN.read_text(encoding="utf-8") == drawn()
    assert len(_rows(DRAWN)) > 300
    named = [row for row in _rows(GOLD) if row["kind"].startswith("figures")]
    assert len(named) > 80


def test_every_resolved_agency_has_a_level_and_its_places_up_to_the_province(query: Query) -> None:
    rows = query(
        "with recursive up as ("
        "   select agency_key as start, agency_key, parent_key, 0 as steps from marts.dim_agency"
        "   where resolution = 'resolved'"
        "   union all"
        "   select up.start, above.agency_key, above.parent_key, up.steps + 1"
        "   from marts.dim_agency as above join up on above.agency_key = up.parent_key)"
        " select agency.agency_key, agency.level, top.agency_key, agency.province_code"
        " from marts.dim_agency as agency"
        " left join up as top on top.start = agency.agency_key and top.parent_key is null"
        " where agency.resolution = 'resolved'"
    )
    assert len(rows) > 800
    assert [row for row in rows if row[1] == "unknown" or row[2] is None or row[2] != row[3]] == []
    levels = {level for _, level, _, _ in rows}
    assert levels == {"province", "city", "county", "township", "zone", "department"}
    assert query(
        "select agency_key from marts.dim_agency"
        " where (level = 'province') <> (parent_key is null) and resolution = 'resolved'"
    ) == []  # fmt: skip


def test_what_is_not_resolved_has_candidates_and_no_place(query: Query) -> None:
    assert query(
        "select agency_key from marts.dim_agency where resolution <> 'resolved'"
        " and (division_code is not null or parent_key is not null or agency_key not like 'unresolved:%')"
    ) == []  # fmt: skip
    assert query(
        "select agency_key from marts.dim_agency where resolution = 'ambiguous' and len(candidates) < 2"
    ) == []  # fmt: skip
    assert query(
        "select candidates from marts.dim_agency where agency_key = 'unresolved:s:贵溪市人民医院'"
    ) == [(["江西省鹰潭市贵溪市人民医院"],)]


def test_two_towns_of_one_name_in_one_source_are_two_agencies(query: Query) -> None:
    rows = query(
        "select title, agency_key, revision, is_current from state.intermediate.int_report"
        " where source = 'folder' and agency = '光华镇' order by title"
    )
    keys = {title: key for title, key, _, _ in rows}
    assert len({keys["town 2021 a"], keys["town 2021 b"]}) == 2
    assert keys["corrected"] == keys["town 2021 b"]
    assert all(key.startswith("unresolved:folder:光华镇:") for key in keys.values())
    current = {title for title, _, _, is_current in rows if is_current}
    assert {"town 2020 a", "town 2021 a"} <= current and len(current) == 3


def test_an_unresolved_name_at_one_address_keeps_its_plain_key_and_its_corrections(query: Query) -> None:
    rows = query(
        "select agency_key, revision from state.intermediate.int_report where agency = '无名办' order by revision"
    )
    assert rows == [("unresolved:folder:无名办", 1), ("unresolved:folder:无名办", 2)]


def test_an_abolished_place_keeps_its_agencies_and_says_until_when(query: Query) -> None:
    rows = query(
        "select full_name, valid_to_year, successor_keys from marts.dim_agency where agency_key = '330103:教育局'"
    )
    assert rows == [("浙江省杭州市下城区教育局", 2020, ["330105:教育局"])]
    assert query("select valid_to_year from marts.dim_agency where agency_key = '371681:教育局'") == [(None,)]


def test_the_registry_is_whole() -> None:
    levels = Counter(row["level"] for row in _rows(SEEDS / "division.csv"))
    assert levels == {"province": 31, "city": 342, "county": 2978, "township": 41352}
    assert levels.total() == 44_703


def test_what_became_of_former_places_is_in_the_registry() -> None:
    today = {row["code"]: row["level"] for row in _rows(SEEDS / "division.csv")}
    former = _rows(SEEDS / "division_former.csv")
    for row in _rows(SEEDS / "division_change.csv"):
        successors = row["successor_codes"].split()
        assert {today[code] for code in successors} == {"county"}, row
        assert (len(successors) == 1 or row["change"] == "merged") and row["note"], row
        assert 2018 <= int(row["approved_year"]) <= 2026, row
    renamed = {
        row["former_code"] for row in _rows(SEEDS / "division_change.csv") if row["change"] == "renamed"
    }
    assert renamed == {
        row["registry_code"] for row in former if row["successor_code"] and row["level"] == "county"
    }
    assert [row for row in former if row["successor_code"] and row["successor_code"] not in today] == []
    assert [row for row in former if row["code"] in today] == []
