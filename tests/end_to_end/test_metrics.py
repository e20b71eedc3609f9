"""MetricFlow, the marts and the dashboards' SQL give the same rates, on the samples."""

from __future__ import annotations

import csv
import io
import subprocess
import sys
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from gongkai.errors import GongkaiError
from publish.metric_query import ask
from publish.metrics import Rate, load_metrics
from tests.end_to_end.conftest import Run, environment

METRICS = load_metrics()
PROGRAM = (sys.executable, "-c", "from gongkai.cli import main; main()")


def rows(run: Run, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(run.home.warehouse), read_only=True) as connection:
        return connection.execute(sql).fetchall()


@pytest.fixture(scope="module")
def by_agency(samples_run: Run) -> dict[tuple[int, str], dict[str, Any]]:
    """What MetricFlow says of every agency and year."""
    names = [rate.name for rate in METRICS.rates]
    answer = ask(samples_run.home, names, ["year", "agency"])
    columns = answer.columns[2:]
    return {(row[0].year, row[1]): dict(zip(columns, row[2:], strict=True)) for row in answer.rows}


@pytest.mark.parametrize("rate", METRICS.rates, ids=lambda rate: rate.name)
def test_metricflow_says_of_each_agency_what_the_mart_says(
    samples_run: Run, by_agency: dict[tuple[int, str], dict[str, Any]], rate: Rate
) -> None:
    value = rate.name if rate.is_filtered else rate.sql
    grouped = "" if rate.is_filtered else " group by year, agency_key"
    expected = rows(samples_run, f"select year, agency_key, {value} from marts.{rate.model}{grouped}")
    assert expected
    for year, agency, wanted in expected:
        found = by_agency.get((year, agency), {}).get(rate.name)
        assert found == (None if wanted is None else pytest.approx(wanted)), (year, agency)
    said = {key for key, values in by_agency.items() if values[rate.name] is not None}
    assert said == {(year, agency) for year, agency, wanted in expected if wanted is not None}


def test_a_rate_of_many_agencies_is_a_ratio_of_sums_over_those_with_known_parts(samples_run: Run) -> None:
    asked = ("grant_rate", "review_correction_rate", "requests_total")
    printed = subprocess.run(
        [*PROGRAM, "metrics", *asked, "--by", "year", "--home", str(samples_run.home.root)],
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    ).stdout
    answers = {int(row["year"]): row for row in csv.DictReader(io.StringIO(printed))}

    marts = rows(
        samples_run,
        "select year, requests_granted, requests_total, review_corrected, review_upheld + review_corrected + review_other"
        " from marts.mart_agency_year",
    )
    for year, answer in answers.items():
        of_year = [row[1:] for row in marts if row[0] == year]
        assert close(answer["grant_rate"], ratio_of_sums([(row[0], row[1]) for row in of_year]))
        assert close(answer["review_correction_rate"], ratio_of_sums([(row[2], row[3]) for row in of_year]))
        totals = [row[1] for row in of_year if row[1] is not None]
        assert close(answer["requests_total"], sum(totals) if totals else None)
    assert set(answers) == {row[0] for row in marts}


def ratio_of_sums(pairs: list[tuple[Decimal | None, Decimal | None]]) -> Decimal | None:
    known = [(part, whole) for part, whole in pairs if part is not None and whole and 0 <= part <= whole]
    wholes = sum(whole for _, whole in known)
    return sum(part for part, _ in known) / wholes if wholes else None


def close(printed: str, wanted: Decimal | None) -> bool:
    return printed == "" if wanted is None else float(printed) == pytest.approx(float(wanted))


@pytest.mark.parametrize("rate", METRICS.rates, ids=lambda rate: rate.name)
def test_a_dashboards_sql_is_the_metric(
    samples_run: Run, by_agency: dict[tuple[int, str], dict[str, Any]], rate: Rate
) -> None:
    [(value, numerator, denominator, count)] = rows(
        samples_run,
        f"select {rate.sql}, {rate.numerator_sql}, {rate.denominator_sql}, {rate.rows_sql} from marts.{rate.model}",
    )
    assert value == (pytest.approx(float(numerator) / float(denominator)) if denominator else None)
    if rate.is_filtered:
        assert count == sum(values[rate.name] is not None for values in by_agency.values())


def test_a_question_that_can_not_be_answered_is_refused_with_the_reason(samples_run: Run) -> None:
    with pytest.raises(GongkaiError, match="no_such_rate"):
        ask(samples_run.home, ["no_such_rate"])
    with pytest.raises(GongkaiError, match="no_such_group"):
        ask(samples_run.home, ["grant_rate"], ["no_such_group"])
