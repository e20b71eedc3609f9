"""The frames that expectations look at: small tables made from the landing zone and the marts.

No large table is ever pulled into memory: a frame is a summary (one row a report, a document, a dataset, a
kind of cell) that DuckDB makes by one SQL file below `sql/`, with its grain on top, or by a query that is written from
what is declared (`expectations.contracts`). What came before the load is seen in summaries only.
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

from expectations.contracts import MADE_ANEW, QUERIES, declared_columns
from expectations.suite import FrameSpec, form_variants, vocabulary
from extract.form import load_form
from extract.landing import SCHEMAS, published_loads
from gongkai.settings import Home

log = logging.getLogger(__name__)

_MEMORY = "4GiB"
"""What gate two may hold in memory at once; what does not fit goes to disk."""

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
        connection.register(
            "vocabulary", pd.DataFrame(vocabulary(), columns=["dataset", "column_name", "value"])
        )
        yield connection


_LOADS_COMPARED = 30
"""A load is compared with so many published before it."""
_HISTORY = {
    "history_reading": (
        "store.reading_profile",
        "select source, format, reports, cells, cells_doubtful, cells_missing from published.store.reading_profile",
        "select null::varchar as source, null::varchar as format, 0 as reports, 0 as cells, 0 as cells_doubtful, 0 as cells_missing where false",
    ),
    "history_pull": (
        "marts.mart_pull",
        f"""
        select source, load_id, documents_offered as documents
        from published.marts.mart_pull
        semi join (
            select load_id from published.marts.mart_load order by published_at desc nulls last, load_id desc limit {_LOADS_COMPARED}
        ) using (load_id)
        """,  # noqa: S608 - own names
        "select null::varchar as source, null::varchar as load_id, 0 as documents where false",
    ),
    "history_metric": (
        "store.metric_profile",
        "select * from published.store.metric_profile",
        "select null::varchar as metric, null::varchar as generation, null::varchar as level, null::varchar as province_code,"
        " null::integer as year, 0 as reports, 0 as known, 0 as zeros, 0.0::double as logs, 0.0::double as squares where false",
    ),
    "history_region": (
        "marts.mart_region_year",
        "select place_code, level, year, agencies_reported from published.marts.mart_region_year"
        " where place_level in ('province', 'unknown')",
        "select null::varchar as place_code, null::varchar as level, null::integer as year, 0 as agencies_reported where false",
    ),
}
"""What gates compare a load with, by view: the published table it comes from, the query, and what stands in for it as long as
nothing is published that has it. Small tables all of them: a gate does not read the years again."""


def add_history(connection: duckdb.DuckDBPyConnection, home: Home) -> None:
    """Make the views of `_HISTORY`: what the loads published before have left, in summaries."""
    tables: set[str] = set()
    if home.warehouse.is_file():
        connection.execute(f"attach if not exists {_quoted(home.warehouse)} as published (read_only)")
        tables = {
            name
            for (name,) in connection.execute(
                "select schema_name || '.' || table_name from duckdb_tables() where database_name = 'published'"
            ).fetchall()
        }
    for view, (table, query, nothing) in _HISTORY.items():
        connection.execute(f"create view {view} as {query if table in tables else nothing}")


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

    `anew.<mart>` is what the build has made anew of a mart: everything, or in a build on top of the last one the rows of
    the reports and agency-years that the load touches; the others were judged by the load that made them, and that none
    of them is lost is told by `figure_totals`. `landed_<dataset>` holds the parts of every load that counts (of this load
    only in a build on top of the last one); `latest` names for each document of theirs the load whose reading counts;
    `report_figures` sums each report's figures up. Where nothing has been published yet, `published_reports` and
    `published_figures` are empty.
    """
    with duckdb.connect() as connection:
        connection.execute(f"set temp_directory = {_quoted(home.build / 'spill')}")
        connection.execute(f"set memory_limit = '{_MEMORY}'")
        connection.execute(f"attach {_quoted(database)} as built (read_only)")
        state = slice_state(home, load_id)
        counted = {load_id} if state else {*published_loads(home.landing), load_id}
        for dataset in SCHEMAS:
            _create_view(connection, f"landed_{dataset}", dataset, sorted(counted), home)
        connection.execute(_LATEST)
        _add_published(connection, home, state is not None)
        _add_form(connection)
        _add_load(connection, load_id)
        add_history(connection, home)
        connection.register("declared_columns", declared_columns())
        _add_anew(connection, state)
        _add_figure_totals(connection, state)
        yield connection


def slice_state(home: Home, load_id: str) -> Path | None:
    """The state file of a build that was made on top of the last one; null if everything was built."""
    from publish.state import STATE_SCHEMA, read_stamp, state_path  # needs dbt's version: slow to import

    state = state_path(home, load_id)
    stamp = read_stamp(state, STATE_SCHEMA) if state.is_file() else None
    return state if stamp and stamp.base else None


def _add_anew(connection: duckdb.DuckDBPyConnection, state: Path | None) -> None:
    connection.execute("create schema anew")
    if state:
        connection.execute(f"attach {_quoted(state)} as state (read_only)")
        for key, table in (
            ("report_id", "int_touched_report"),
            ("(agency_key, year)", "int_touched_agency_year"),
        ):
            connection.execute(
                f"create view touched_{table[12:]} as select {key} as key from state.intermediate.{table}"  # noqa: S608
            )
    built = {
        name
        for (name,) in connection.execute(
            "select table_name from information_schema.tables where table_catalog = 'built' and table_schema = 'marts'"
        ).fetchall()
    }
    for key, marts in MADE_ANEW.items():
        for mart in built.intersection(marts):
            condition = ""
            if state and key == "report_id":
                condition = f"where report_id in ({_listed(connection)})"
            elif state and key == "load_id":
                condition = "where load_id = (select load_id from this_load)"
            elif state:
                condition = "where (agency_key, year) in (select key from touched_agency_year)"
            # what several frames look at is found once
            kind = "table" if state and mart in _LOOKED_AT_OFTEN else "view"
            connection.execute(f"create {kind} anew.{mart} as select * from built.marts.{mart} {condition}")  # noqa: S608


def _listed(connection: duckdb.DuckDBPyConnection) -> str:
    """The touched reports as a list of literals: of a list, and not of a query, DuckDB finds the few figures without joining all."""
    rows = connection.execute("select key from touched_report").fetchall()
    if len(rows) > _LISTED_AT_MOST:
        return "select key from touched_report"
    return ", ".join(f"'{str(key).replace(chr(39), chr(39) * 2)}'" for (key,) in rows) or "null"


_LOOKED_AT_OFTEN = frozenset({"dim_report", "fct_figure", "mart_agency_year"})
_LISTED_AT_MOST = 50_000
_REPORT_FIGURES = """
create table report_figures as
with cells as (
    select metric as metric_key, applicant as applicant_key, row_number() over (order by metric, applicant) - 1 as number
    from (select distinct metric, applicant from form_cells)
)

select
    figure.report_id, figure.agency_key, figure.year, figure.is_current,
    count(*) as cells,
    count(*) filter (where figure.metric_key is null or figure.applicant_key is null) as cells_without_key,
    -- one bit a cell of the form: grouping by cells would need memory for every figure of the country
    count(cells.number) - ({bits}) as cells_repeated,
    count(*) filter (where figure.value_status = 'doubtful') as cells_doubtful,
    -- as they were read: what a person has corrected is no difference from the landing zone
    count(*) filter (where coalesce(figure.read_status, figure.value_status) = 'reported') as cells_reported,
    coalesce(
        sum(case when figure.is_corrected then figure.read_value else figure.value end)
            filter (where coalesce(figure.read_status, figure.value_status) = 'reported'),
        0
    ) as total
from anew.fct_figure as figure
left join cells on cells.metric_key = figure.metric_key and cells.applicant_key = figure.applicant_key
group by figure.report_id, figure.agency_key, figure.year, figure.is_current
"""
_WORD = "coalesce(bit_count(bit_or(case when cells.number // 60 = {word} then 1::bigint << (cells.number % 60) end))::integer, 0)"


def _add_figure_totals(connection: duckdb.DuckDBPyConnection, state: Path | None) -> None:
    """`report_figures`, and `figure_totals`: figures that are there, and that must be there besides those landed."""
    (cells,) = connection.execute(
        "select count(*) from (select distinct metric, applicant from form_cells)"
    ).fetchone() or (0,)
    bits = " + ".join(_WORD.format(word=word) for word in range(int(cells) // 60 + 1))
    tables = connection.execute(
        "select count(*) from information_schema.tables where table_schema = 'anew' and table_name = 'fct_figure'"
    )
    if (tables.fetchone() or (0,))[0]:
        try:
            connection.execute(_REPORT_FIGURES.format(bits=bits))
        except duckdb.BinderException as error:
            raise FrameError(f"mart fct_figure: {error}") from error
    if state:
        connection.execute(
            """
            create table figure_totals as
            select (select count(*) from built.store.figure) as built,
                   (select count(*) from published.store.figure)
                   - (select count(*) from published.store.figure semi join state.staging.stg_replaced using (report_no)) as carried
            """
        )
    else:
        connection.execute(
            "create view figure_totals as select (select sum(cells) from report_figures) as built, 0 as carried"
        )


def query_frame(connection: duckdb.DuckDBPyConnection, name: str, spec: FrameSpec) -> pd.DataFrame:
    """Run a frame's SQL file, or the query that is made for it.

    Raises:
        FrameError: the query can't run, for example because a table lacks a column.
    """
    query = (
        (resources.files("expectations") / "sql" / spec.sql).read_text(encoding="utf-8")
        if spec.sql
        else QUERIES[name]()
    )
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
    shared = load_form().shared
    words = [
        *(("dim_metric", metric.key) for metric in metrics),
        *(("dim_applicant", key) for key in ("all", *(applicant.key for applicant in shared.applicants))),
        *(("dim_rule", rule.key) for rule in shared.rules),
    ]
    connection.register("form_words", pd.DataFrame(list(dict.fromkeys(words)), columns=["dimension", "word"]))


def _add_load(connection: duckdb.DuckDBPyConnection, load_id: str) -> None:
    connection.register("this_load", pa.table({"load_id": [load_id], "year": [load_year(load_id)]}))


def _add_published(connection: duckdb.DuckDBPyConnection, home: Home, is_slice: bool) -> None:
    reports = "select null::varchar as agency_key, null::integer as year, 0 as reports where false"
    figures = "select null::integer as year, 0 as figures where false"
    if home.warehouse.exists():
        connection.execute(f"attach {_quoted(home.warehouse)} as published (read_only)")
        reports = (
            "select agency_key, year, count(*) as reports from published.marts.dim_report"
            " where is_current group by agency_key, year"
        )
        # as each report's reading counted them, which gate one has held against its cells
        figures = (
            "select year, sum(cells_reported) as figures from published.marts.dim_report"
            " where is_current group by year"
        )
    connection.execute(f"create view published_reports as {reports}")
    connection.execute(f"create view published_figures as {figures}")
    # a build on top of the last one has made sure that the list it found there is that of the commit marks
    loads = "select load_id, published_at from published.marts.mart_load"
    if not is_slice:
        loads = "select load_id, max(published_at) at time zone 'Asia/Shanghai' as published_at from marks group by load_id"
        _create_view(connection, "marks", "loads", sorted(published_loads(home.landing)), home)
    connection.execute(f"create view published_loads as {loads}")


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


def example(row: dict[str, Any], index: Sequence[str]) -> str:
    """A row's name for people: its index columns, and what else the expectation has told about it."""
    named = [str(row[column]) for column in index if not pd.isna(row.get(column))]
    others = [f"{column}={value}" for column, value in row.items() if column not in index]
    return " ".join([*named, *others])
