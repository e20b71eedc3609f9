"""Clean nights in a row: nothing is raised, neither by a critical expectation nor by a warning."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from benchmarks.synthetic import generate, write_night
from expectations.gates import run_landing_gate, run_marts_gate
from gongkai.settings import Home
from publish.build import build_warehouse
from tests.publish.sequences import publish_load

NIGHTS = int(os.environ.get("GONGKAI_CLEAN_NIGHTS", "30"))
REPORTS = 2_000
FIRST = datetime(2026, 11, 1, 2, tzinfo=UTC)


@pytest.mark.soak
def test_clean_nights_in_a_row_raise_nothing(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    country = generate(home, REPORTS)
    raised: list[tuple[str, str, str, str]] = []
    for number in range(NIGHTS + 1):
        when = FIRST + timedelta(days=number)
        load_id = f"{when:%Y%m%dT%H%M%S}-{number:04x}"
        write_night(home, country, load_id, 20)
        for result in (
            run_landing_gate(home, load_id),
            run_marts_gate(home, load_id, build_warehouse(home, load_id)),
        ):
            assert result.passed
            # before the first night nothing was published for months
            raised += [
                (load_id, o.expectation_id, o.observed, str(o.examples[:3])) for o in result.failed if number
            ]
        publish_load(home, load_id, when + timedelta(hours=1))

    assert raised == []
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        row = connection.execute(
            "select count(distinct load_id), bool_and(is_published) from marts.fct_validation"
        ).fetchone()
    assert row == (NIGHTS + 1, True)
