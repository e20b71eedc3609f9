"""What differs between the rows that PostgreSQL holds and those that are published.

A table's rows are taken in parts: those of a report where rows belong to reports, else single rows by their key. PostgreSQL
keeps a digest and the number of rows of each part, written in the same transaction as the rows. Comparing digests finds what a load
has changed, whichever load PostgreSQL holds, without reading its rows.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import psycopg
from psycopg import sql

from publish.catalog import Column, Table
from publish.snapshot import PUBLISHED_SCHEMA

_REPORT = "report_id"
_PORTABLE = frozenset({"VARCHAR", "INTEGER", "BIGINT", "SMALLINT", "BOOLEAN", "DATE"})
"""Types that DuckDB and PostgreSQL print alike."""
_SEPARATOR, _NULL = 31, 30
"""Characters between the columns of a key, and in the place of a null."""

PARTS_COLUMNS = (
    Column("table_name", "VARCHAR", "", True),
    Column("part", "VARCHAR", "", True),
    Column("digest", "BIGINT", "", True),
    Column("row_count", "BIGINT", "", True),
)
"""The columns of the table in which PostgreSQL keeps the digests."""


@dataclass(frozen=True, slots=True)
class Parts:
    """How a table is divided: the same expression in both engines."""

    in_duckdb: str
    in_postgres: sql.Composable
    by_report: bool


@dataclass(frozen=True, slots=True)
class Difference:
    """What has to be done to a table; the parts are in DuckDB's temporary tables `gone` and `come`.

    Attributes:
        table: the table.
        rows_gone: rows that PostgreSQL has and that are to be deleted.
        rows_come: rows that are to be written.
        rows_held: rows that PostgreSQL has.
    """

    table: Table
    rows_gone: int
    rows_come: int
    rows_held: int


def parts_of(table: Table) -> Parts:
    """How a table is divided into parts; one single part if it has no usable key."""
    report = table.column(_REPORT)
    if report is not None and report.required:
        return Parts(f'"{_REPORT}"', sql.SQL("t.{}").format(sql.Identifier(_REPORT)), True)
    columns = [table.column(name) for name in table.key]
    if not columns or any(column is None or column.type not in _PORTABLE for column in columns):
        return Parts("''", sql.SQL("''::text"), False)
    duck = ", ".join(f'coalesce("{name}"::varchar, chr({_NULL}))' for name in table.key)
    postgres = sql.SQL(", ").join(
        sql.SQL("coalesce(t.{}::text, chr({}))").format(sql.Identifier(name), sql.Literal(_NULL))
        for name in table.key
    )
    return Parts(
        f"md5(concat_ws(chr({_SEPARATOR}), {duck}))",
        sql.SQL("md5(concat_ws(chr({}), {}))").format(sql.Literal(_SEPARATOR), postgres),
        False,
    )


def digest_query(table: Table) -> str:
    """A query for the parts of the published table: `table_name`, `part`, `digest`, `row_count`."""
    columns = ", ".join(f'"{column.name}"' for column in table.columns)
    return (
        f"select '{table.name}' as table_name, {parts_of(table).in_duckdb} as part,"  # noqa: S608 - own names
        f" (sum(hash({columns})::hugeint) % {2**63 - 1})::bigint as digest, count(*) as row_count"
        f' from {PUBLISHED_SCHEMA}."{table.name}" group by all'
    )


@contextmanager
def differences(
    rows: duckdb.DuckDBPyConnection, connection: psycopg.Connection, state: str, table: Table
) -> Iterator[Difference | None]:
    """Compare a published table with what PostgreSQL holds of it; null if they are the same.

    Args:
        rows: the published warehouse; has temporary tables `gone` (part, row_count) and `come` (all of `PARTS_COLUMNS`) in the body.
        connection: to PostgreSQL.
        state: the schema with PostgreSQL's digests.
        table: the table.
    """
    rows.execute(f"create or replace temp table parts_now as {digest_query(table)}")
    _read_held(rows, connection, state, table)
    rows.execute(
        """
        create or replace temp table come as
            from parts_now anti join parts_held using (part, digest, row_count);
        create or replace temp table gone as
            select part, row_count from parts_held anti join parts_now using (part, digest, row_count);
        """
    )
    gone, come, held = rows.execute(
        "select (select coalesce(sum(row_count), 0) from gone), (select coalesce(sum(row_count), 0) from come),"
        " (select coalesce(sum(row_count), 0) from parts_held)"
    ).fetchall()[0]
    try:
        yield Difference(table, int(gone), int(come), int(held)) if gone or come else None
    finally:
        rows.execute("drop table parts_now; drop table parts_held; drop table come; drop table gone")


def _read_held(
    rows: duckdb.DuckDBPyConnection, connection: psycopg.Connection, state: str, table: Table
) -> None:
    """PostgreSQL's digests of a table as DuckDB's temporary table `parts_held`; parts have no special characters."""
    query = sql.SQL(
        "copy (select part, digest, row_count from {} where table_name = {}) to stdout (format csv)"
    )
    with tempfile.TemporaryDirectory(prefix="gongkai-") as folder:
        path = Path(folder) / "parts.csv"
        statement = query.format(sql.Identifier(state, "part"), sql.Literal(table.name))
        with path.open("wb") as out, connection.cursor() as cursor, cursor.copy(statement) as copy:
            for chunk in copy:
                out.write(chunk)
        rows.execute(
            "create or replace temp table parts_held as from read_csv(?, auto_detect = false, header = false, delim = ',',"
            " quote = '\"', escape = '\"', nullstr = '\\N',"
            " columns = {'part': 'varchar', 'digest': 'bigint', 'row_count': 'bigint'})",
            [str(path)],
        )
