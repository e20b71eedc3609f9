"""`gongkai metrics`: lists the metrics, or computes some over the published warehouse."""

from __future__ import annotations

import csv
import sys
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import click

from gongkai.errors import GongkaiError
from gongkai.settings import Home
from publish.metric_query import YEAR, ask
from publish.metrics import Metrics, load_metrics

_YEAR_COLUMN = "metric_time__year"


@click.command()
@click.argument("names", nargs=-1)
@click.option(
    "--by",
    multiple=True,
    metavar="GROUP",
    help="year, agency, or a dimension (level, province_name, city_name, ...); may be repeated.",
)
@click.option("--year", type=int, help="Only this report year.")
@click.option("--sql", "show_sql", is_flag=True, help="Show the SQL that answers.")
@click.option(
    "--home",
    "home_path",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where everything lives (default: GONGKAI_HOME, else data/ in the checkout).",
)
def metrics_command(
    names: tuple[str, ...], by: tuple[str, ...], year: int | None, show_sql: bool, home_path: Path | None
) -> None:
    """List the metrics; or compute NAMES over the published warehouse, as CSV.

    A rate over several agencies is the sum of its parts over the sum of its wholes, of the reports in which both are known.
    """
    if not names:
        _list(load_metrics())
        return
    home = Home(home_path.resolve()) if home_path else Home.from_environment()
    try:
        answer = ask(home, names, by, year=year)
    except GongkaiError as error:
        raise click.ClickException(str(error)) from error
    if show_sql:
        click.echo(answer.sql)
        return
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow([_heading(column) for column in answer.columns])
    writer.writerows([_shown(value) for value in row] for row in answer.rows)


def _list(metrics: Metrics) -> None:
    for rate in metrics.rates:
        click.echo(f"{rate.name}  {rate.label}  {rate.description}  [{rate.model}]")
    for measure in metrics.measures:
        click.echo(f"{measure.name}  {measure.label}  {measure.description}  [{measure.model}]")


def _heading(column: str) -> str:
    return YEAR if column == _YEAR_COLUMN else column.rpartition("__")[2]


def _shown(value: Any) -> Any:
    """A group or a value as people write it: the year of a date, a count without trailing zeros."""
    if isinstance(value, datetime):
        return value.year
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return value
