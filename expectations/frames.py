"""The frames that expectations look at: small tables made from the landing zone and the marts.

No large table is ever pulled into memory: a frame is a summary (one row a report, a document, a dataset, a
kind of cell) that DuckDB makes by one SQL file below `sql/`, with its grain on top.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from expectations.suite import FrameSpec, form_variants
from extract.form import load_form
from extract.landing import SCHEMAS, published_loads
from gongkai.settings import Home

log = logging.getLogger(__name__)

ABSENT = "（无）"
"""Stands for a column that is declared or found on one side only."""


class FrameError(Exception):
    """A frame that could not be made; the message says which and why."""


def load_year(load_id: str) -> int:
    """The year a load was opened in, from its id (Shanghai time)."""
    return int(load_id[:4])


@contextmanager
def landing_connection(
    home: Home, load_id: str, *, strict: bool = True
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that sees this load's landing datasets, the form and the load itself as tables.

    Args:
        home: where the landing zone is.
        load_id: the load.
        strict: whether a dataset whose files can't be read is an error; if not, its table is absent.

    Raises:
        FrameError: a dataset can't be read (only if strict).
    """
    with duckdb.connect() as connection:
        for dataset in SCHEMAS:
            try:
                _create_view(connection, dataset, dataset, [load_id], home)
            except FrameError:
                if strict:
                    raise
                log.exception("left out of the connection")
        _add_form(connection)
        _add_load(connection, load_id)
        yield connection


_LATEST = """
create view latest as
with readings as (
    select document_sha256, load_id from landed_reports union select document_sha256, load_id from landed_rejects
)
select document_sha256, arg_max(load_id, coalesce(published_at, 'infinity'::timestamptz)) as load_id
from readings left join landed_loads using (load_id)
group by document_sha256
"""
"""The load being judged is not published yet and comes last."""


@contextmanager
def marts_connection(home: Home, load_id: str, database: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that sees the database under audit (`built`), the published one and the landing zone.

    `landed_<dataset>` holds the parts of every load that counts: the published ones and this one; `latest` names for
    each document the load whose reading of it counts. Where
    nothing has been published yet, `published_reports` and `published_figures` are empty.
    """
    with duckdb.connect() as connection:
        connection.execute(f"attach {_quoted(database)} as built (read_only)")
        counted = published_loads(home.landing)
        for dataset in SCHEMAS:
            _create_view(connection, f"landed_{dataset}", dataset, sorted({*counted, load_id}), home)
        connection.execute(_LATEST)
        _add_published(connection, home.warehouse)
        _add_form(connection)
        _add_load(connection, load_id)
        yield connection


def query_frame(connection: duckdb.DuckDBPyConnection, name: str, spec: FrameSpec) -> pd.DataFrame:
    """Run a frame's SQL file.

    Raises:
        FrameError: the query can't run, for example because a table lacks a column.
    """
    query = (resources.files("expectations") / "sql" / str(spec.sql)).read_text(encoding="utf-8")
    try:
        frame = connection.execute(query).df()
    except duckdb.Error as error:
        raise FrameError(f"frame {name}: {error}") from error
    if unnamed := set(spec.index) - set(frame.columns):
        raise FrameError(f"frame {name}: no column {', '.join(sorted(unnamed))}")
    return frame


def structure_frame(home: Home, load_id: str) -> pd.DataFrame:
    """One row a dataset, column and type met: what is declared and what the load's files hold.

    A file that is no Parquet file is a row of its own.
    """
    rows: set[tuple[str, str, str, str]] = set()
    for dataset, schema in SCHEMAS.items():
        declared = {field.name: str(field.type) for field in schema}
        for part in _parts(home, dataset, [load_id]):
            try:
                found_schema = pq.ParquetFile(part).schema_arrow
            except (pa.ArrowException, OSError) as error:
                rows.add((dataset, part.name, "Parquet", f"{type(error).__name__}: {error}"[:200]))
                continue
            # the name of a list's elements is the writer's choice, not part of what is declared
            found = {field.name: str(field.type).replace("element: ", "item: ") for field in found_schema}
            for column in declared.keys() | found.keys():
                kind = declared.get(column, ABSENT).replace("element: ", "item: ")
                rows.add((dataset, column, kind, found.get(column, ABSENT)))
    return pd.DataFrame(sorted(rows), columns=["dataset", "column", "declared", "found"])


def _parts(home: Home, dataset: str, load_ids: Iterable[str]) -> list[Path]:
    return [
        part
        for load_id in load_ids
        for part in sorted((home.landing / dataset / f"load={load_id}").glob("part-*.parquet"))
    ]


def _create_view(
    connection: duckdb.DuckDBPyConnection, view: str, dataset: str, load_ids: Sequence[str], home: Home
) -> None:
    parts = _parts(home, dataset, load_ids)
    if parts:
        files = ", ".join(_quoted(part) for part in parts)
        # the folder name load=... must not turn into a column
        source = f"read_parquet([{files}], hive_partitioning = false)"
    else:
        connection.register(f"empty_{view}", SCHEMAS[dataset].empty_table())
        source = f"empty_{view}"
    try:
        connection.execute(f"create view {view} as select * from {source}")  # noqa: S608 - own names only
    except duckdb.Error as error:
        raise FrameError(f"dataset {dataset} can't be read: {error}") from error


def _add_form(connection: duckdb.DuckDBPyConnection) -> None:
    cells: dict[str, list[str]] = {"generation": [], "alternative": [], "metric": [], "applicant": []}
    for generation, alternative, keys in form_variants():
        for metric, applicant in keys:
            for column, value in zip(cells, (generation, alternative, metric, applicant), strict=True):
                cells[column].append(value)
    metrics = load_form().metrics()
    traits = [{"metric": metric.key, "unit": metric.unit, "signed": metric.signed} for metric in metrics]
    connection.register("form_cells", pd.DataFrame(cells))
    connection.register("metric_traits", pd.DataFrame(traits))


def _add_load(connection: duckdb.DuckDBPyConnection, load_id: str) -> None:
    connection.register("this_load", pa.table({"load_id": [load_id], "year": [load_year(load_id)]}))


def _add_published(connection: duckdb.DuckDBPyConnection, warehouse: Path) -> None:
    reports = "select null::varchar as agency_key, null::integer as year, 0 as reports where false"
    figures = "select null::integer as year, 0 as figures where false"
    if warehouse.exists():
        connection.execute(f"attach {_quoted(warehouse)} as published (read_only)")
        reports = (
            "select agency_key, year, count(*) as reports from published.marts.dim_report"
            " where is_current group by agency_key, year"
        )
        figures = (
            "select year, count(*) as figures from published.marts.fct_figure"
            " where is_current and value_status = 'reported' group by year"
        )
    connection.execute(f"create view published_reports as {reports}")
    connection.execute(f"create view published_figures as {figures}")


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


def example(row: dict[str, Any], index: Sequence[str]) -> str:
    """A row's name for people: its index columns, and what else the expectation has told about it."""
    named = [str(row[column]) for column in index if not pd.isna(row.get(column))]
    others = [f"{column}={value}" for column, value in row.items() if column not in index]
    return " ".join([*named, *others])
