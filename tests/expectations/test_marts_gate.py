from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from expectations.gates import GateCrashed, GateResult, run_landing_gate, run_marts_gate
from expectations.records import read_validations
from expectations.suite import load_suite
from gongkai.settings import Home
from tests.expectations.landed import LOAD, Report, build_marts, land, many

OLDER = "20261001T020000-0001"
DOUBTFUL = {("requests.total", "total"): {"status": "doubtful", "value": Decimal(7)}}


def failed(result: GateResult) -> dict[str, str]:
    return {outcome.expectation_id: outcome.severity for outcome in result.outcomes if not outcome.passed}


def built(home: Home) -> Path:
    """A build with a sound, a doubtful and a held report, a reject, and both generations."""
    old_form = Report(agency="红山县", year=2020, generation="2019")
    reports = [*many(3), Report(cells=DOUBTFUL), old_form, Report(agency=None)]
    land(home, reports, rejects=[{"document_sha256": "f" * 64}])
    assert run_landing_gate(home, LOAD).passed
    return build_marts(home)


def change(database: Path, statement: str) -> None:
    with duckdb.connect(str(database)) as connection:
        connection.execute(statement)


def test_a_sound_build_passes_and_every_expectation_is_on_record(home: Home) -> None:
    result = run_marts_gate(home, LOAD, built(home))

    assert result.passed and not failed(result)
    records = [row for row in read_validations(home, LOAD).to_pylist() if row["gate"] == "marts"]
    assert [row["expectation_id"] for row in records] == [s.id for s in load_suite("marts").expectations]
    assert {row["expectation_id"] for row in records if row["outcome"] == "no_data"} == {
        "published_not_collapsing",
        "published_not_shrinking",
        "published_figures_not_shrinking",
        "published_nothing_lost",
        "coverage_of_a_place_holds",
        "coverage_does_not_fall",
        "metrics_of_the_load_drift",
        "metric_drifts",
        "metric_zeros_drift",
    }


def test_an_empty_build_passes(home: Home) -> None:
    land(home)
    run_landing_gate(home, LOAD)

    result = run_marts_gate(home, LOAD, build_marts(home))

    assert result.passed and not failed(result)
    outcomes = {outcome.expectation_id: outcome.outcome for outcome in result.outcomes}
    assert outcomes["figures_tie_with_landing"] == outcomes["marts_keys_unique"] == "passed"


def test_loads_that_were_not_published_do_not_count(home: Home) -> None:
    land(home, many(2), load_id=OLDER)

    assert run_marts_gate(home, LOAD, built(home)).passed


def test_figures_of_published_loads_must_stay(home: Home) -> None:
    land(home, [Report(agency="旧镇")], load_id=OLDER, published=True)

    result = run_marts_gate(home, LOAD, built(home))

    assert not result.passed
    assert failed(result)["figures_tie_with_landing"] == "critical"


def test_for_a_document_read_by_two_loads_the_later_one_counts(home: Home) -> None:
    received = {("requests.received", "total"): {"value": Decimal(3)}}
    land(home, [Report(cells=received)], load_id=OLDER, published=True)

    assert run_marts_gate(home, LOAD, built(home)).passed


@pytest.mark.parametrize(
    ("before", "after", "failures"),
    [
        (30, 30, {}),
        (30, 29, {"published_nothing_lost": "warn"}),
        (
            30,
            26,
            {
                "published_not_shrinking": "critical",
                "published_figures_not_shrinking": "critical",
                "coverage_does_not_fall": "warn",
                "published_nothing_lost": "warn",
            },
        ),
        (3, 2, {"published_nothing_lost": "warn"}),
        (3, 1, {"published_not_collapsing": "critical", "published_nothing_lost": "warn"}),
    ],
)
def test_a_shrinking_warehouse_is_not_published(
    home: Home, before: int, after: int, failures: dict[str, str]
) -> None:
    land(home, many(before))
    build_marts(home, database=home.warehouse)
    land(home, many(after))

    result = run_marts_gate(home, LOAD, build_marts(home))

    assert failed(result) == failures
    assert result.passed == ("critical" not in failures.values())


def test_a_build_that_is_no_database_is_a_crash(home: Home) -> None:
    land(home)
    database = home.build / "load.duckdb"
    database.parent.mkdir(parents=True)
    database.write_bytes(b"not a database at all" * 1000)

    with pytest.raises(GateCrashed):
        run_marts_gate(home, LOAD, database)
    assert read_validations(home, LOAD).num_rows == len(load_suite("marts").expectations)


def test_a_build_that_is_missing_is_a_crash(home: Home) -> None:
    land(home)
    with pytest.raises(GateCrashed):
        run_marts_gate(home, LOAD, home.build / "nowhere.duckdb")


def test_a_mart_that_lacks_a_column_is_a_crash_that_names_it(home: Home) -> None:
    database = built(home)
    change(database, "alter table marts.fct_figure drop column value_status")

    with pytest.raises(GateCrashed, match="value_status"):
        run_marts_gate(home, LOAD, database)


def test_the_gate_leaves_the_build_as_it_was(home: Home) -> None:
    database = built(home)
    before = database.read_bytes()
    run_marts_gate(home, LOAD, database)
    assert database.read_bytes() == before
