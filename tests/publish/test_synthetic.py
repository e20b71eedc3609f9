"""The synthetic country that the warehouse is measured on, and what a warehouse makes of it."""

from __future__ import annotations

import hashlib
from pathlib import Path

import duckdb
import pytest

from benchmarks.synthetic import generate, write_night
from expectations.gates import run_landing_gate, run_marts_gate
from gongkai.settings import Home
from publish.build import build_path, build_warehouse
from tests.dbt_project.landed import WHEN
from tests.publish.sequences import publish_load

NIGHT, NEXT = "20270110T020000-0001", "20270111T020000-0002"


def _digests(home: Home) -> dict[str, str]:
    return {
        str(path.relative_to(home.landing)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(home.landing.rglob("*.parquet"))
    }


def test_the_same_seed_gives_the_same_country_and_its_loads_pass_gate_one(tmp_path: Path) -> None:
    homes = [Home(tmp_path / name) for name in ("one", "other")]
    for home in homes:
        write_night(home, generate(home, 140), NIGHT, 10)

    assert _digests(homes[0]) == _digests(homes[1])
    assert run_landing_gate(homes[0], NIGHT).passed


@pytest.mark.soak
def test_published_figures_are_the_landed_cells_and_nights_pass_gate_two(tmp_path: Path) -> None:
    home = Home(tmp_path)
    country = generate(home, 700)
    write_night(home, country, NIGHT, 20)
    run_landing_gate(home, NIGHT)
    build_warehouse(home, NIGHT)

    with duckdb.connect(str(build_path(home, NIGHT)), read_only=True) as connection:
        landed = f"read_parquet('{home.landing}/cells/*/part-*.parquet', hive_partitioning = false)"
        (rows,) = connection.execute(f"select count(*) from {landed}").fetchone() or (0,)
        boxes = ", ".join(f"round({edge}, 1)" for edge in ("x0", "top", "x1", "bottom"))
        off = connection.execute(
            f"""
            select * from (
                (select report_id, metric, applicant, status, value, unit, raw, page, path, line, evidence, {boxes} from {landed})
                except all
                (select report_id, metric_key, applicant_key, value_status, coalesce(value, doubtful_reading), unit, raw, page, path,
                    line, evidence, {boxes} from marts.fct_figure)
            )
            """
        ).fetchall()
        assert off == []
        assert connection.execute("select count(*) from marts.fct_figure").fetchone() == (rows,)
        assert connection.execute(
            "select count(*) filter (where resolution <> 'resolved') from marts.dim_agency where report_count > 0"
        ).fetchone() == (0,)
    assert run_marts_gate(home, NIGHT, build_path(home, NIGHT)).passed
    publish_load(home, NIGHT, WHEN)

    write_night(home, country, NEXT, 20)
    run_landing_gate(home, NEXT)
    database = build_warehouse(home, NEXT)

    assert run_marts_gate(home, NEXT, database).passed
