from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from extract.landing import write_part
from gongkai.settings import Home
from publish.build import BuildError, build_path, build_warehouse
from publish.docs import write_dbt_docs
from publish.state import WAREHOUSE_SCHEMA, read_stamp
from tests.dbt_project.landed import WHEN, Report, land, open_landing
from tests.publish.sequences import publish_load

FIRST = "20261120T020000-0001"
SECOND = "20261121T020000-0002"

REPORTS = [
    Report("a", "鹿固乡", 2022, published_on=date(2023, 1, 20), figures={("requests.received", "total"): 3}),
    Report(
        "b",
        "鹿固乡",
        2022,
        published_on=date(2023, 2, 20),
        findings=[{"rule": "balance", "outcome": "broken", "message": "不符"}],
    ),
    Report(
        "c",
        "光华镇",
        2021,
        claims=[{"metrics": ["requests.received"], "applicant": "total", "value": 0, "quote": "未收到申请"}],
    ),
    Report("d", "东方红乡", 2019, generation="2019"),
    Report("e", None, 2022, held="agency_unknown"),
]


OF_LOADS = {"fct_validation", "mart_load", "mart_pull", "fct_pull_failure", "mart_source_finding"}
"""Tables whose rows are about loads, not about documents."""


def _rows(database: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Every published table's rows in order, without what tells loads apart."""
    connection = duckdb.connect(str(database), read_only=True)
    tables = connection.execute(
        "select table_name from information_schema.tables where table_schema = 'marts' order by 1"
    ).fetchall()
    rows = {
        table: connection.execute(
            f"select columns(c -> c <> 'load_id') from marts.{table} order by all"
        ).fetchall()
        for (table,) in tables
        if table not in OF_LOADS
    }
    connection.close()
    return rows


def test_the_same_documents_give_the_same_rows_whatever_the_loads_history(tmp_path: Path) -> None:
    at_once = Home(tmp_path / "at once")
    land(at_once, FIRST, REPORTS, rejects=["broken"])
    in_turn = Home(tmp_path / "in turn")
    land(in_turn, FIRST, REPORTS[:3])
    build_warehouse(in_turn, FIRST)
    publish_load(in_turn, FIRST, WHEN)
    land(in_turn, SECOND, REPORTS[2:], rejects=["broken"])

    whole = _rows(build_warehouse(at_once, FIRST))
    pieced = _rows(build_warehouse(in_turn, SECOND))

    stamp = read_stamp(build_path(in_turn, SECOND), WAREHOUSE_SCHEMA)
    assert stamp is not None and stamp.base == FIRST  # on top of what was published
    assert whole == pieced
    assert len(whole["fct_figure"]) == 200 + 200 + 200 + 198
    assert [path.name for path in in_turn.build.iterdir() if path.is_file()] == [f"load={SECOND}.duckdb"]
    _documentation_is_one_file_without_this_machines_folders(in_turn)


def _documentation_is_one_file_without_this_machines_folders(home: Home) -> None:
    page = write_dbt_docs(home, home.root / "docs" / "index.html").read_text(encoding="utf-8")
    assert "mart_agency_year" in page
    assert '"send_anonymous_usage_stats": false' in page or '"send_anonymous_usage_stats":false' in page
    assert str(home.root) not in page


def test_a_failed_test_of_the_models_leaves_no_build_and_says_which_one(tmp_path: Path) -> None:
    home = Home(tmp_path)
    land(home, FIRST, REPORTS[:1])
    before = build_path(home, FIRST)
    home.build.mkdir()
    before.write_bytes(b"an earlier build of the same load")
    cell = {
        "load_id": FIRST,
        "report_id": REPORTS[0].report_id,
        "metric": "requests.received",
        "applicant": "total",
    }
    write_part(home.landing, "cells", FIRST, "twice", [cell | {"status": "blank"}])

    with pytest.raises(BuildError) as raised:
        build_warehouse(home, FIRST)

    assert "every_cell_once" in str(raised.value)
    assert "Got 1 result" in str(raised.value)
    assert not before.exists()
    assert "every_cell_once" in (home.reports / FIRST / "dbt.log").read_text(encoding="utf-8")


def test_a_landing_zone_that_was_never_opened_is_told_by_name(tmp_path: Path) -> None:
    home = Home(tmp_path)
    open_landing(home, FIRST)
    for part in (home.landing / "claims").rglob("*.parquet"):
        part.unlink()
    with pytest.raises(BuildError, match="claims"):
        build_warehouse(home, FIRST)


def test_building_leaves_the_checkout_alone(tmp_path: Path) -> None:
    project = Path(__file__).parents[2] / "dbt_project"
    before = sorted(str(path) for path in project.rglob("*"))
    home = Home(tmp_path)
    open_landing(home, FIRST)
    build_warehouse(home, FIRST)  # a load that has read nothing builds too
    assert sorted(str(path) for path in project.rglob("*")) == before
