r"""Rows from DuckDB into a PostgreSQL table by COPY: written by one thread, sent by another, nothing kept on disk.

PostgreSQL's text format, because its CSV takes a line that is `\.` for the end of the data, even in quotes.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence

import duckdb
import psycopg
from psycopg import sql

from publish.catalog import Column
from publish.snapshot import PublishError

_CHUNK_BYTES = 1 << 20
_ESCAPES = (("\\", "\\\\"), ("\t", "\\t"), ("\n", "\\n"), ("\r", "\\r"))
_NUL = "�"
"""What stands for a NUL character, which PostgreSQL can't store."""


def copy_rows(
    rows: duckdb.DuckDBPyConnection,
    query: str,
    columns: Sequence[Column],
    connection: psycopg.Connection,
    table: sql.Identifier,
    *,
    frozen: bool = False,
) -> int:
    """Append a query's rows to a table.

    Args:
        rows: where the query runs; used by a thread of this function until it returns, so that the query sees the
            connection's temporary tables.
        query: gives the columns, in order.
        columns: their names and DuckDB types.
        connection: to PostgreSQL.
        table: the table, which has these columns.
        frozen: write the rows as seen by everybody, also by transactions that began earlier; the table must have been
            made in this very transaction.

    Returns:
        The number of rows.

    Raises:
        PublishError: DuckDB could not give all rows.
        psycopg.Error: PostgreSQL did not take them.
    """
    statement = sql.SQL("copy {} ({}) from stdin{}").format(
        table,
        sql.SQL(", ").join(sql.Identifier(column.name) for column in columns),
        sql.SQL(" (freeze)" if frozen else ""),
    )
    texts = ", ".join(_as_text(column) for column in columns)
    with connection.cursor() as cursor:
        with cursor.copy(statement) as copy, _Output(rows, f"select {texts} from ({query})") as output:  # noqa: S608
            while chunk := output.read():
                copy.write(chunk)
        return cursor.rowcount


class _Output:
    """A query's rows as a stream of bytes; an error in the query is raised at its end, so that nothing half is kept."""

    def __init__(self, rows: duckdb.DuckDBPyConnection, query: str) -> None:
        self._rows = rows
        self._query = query
        self._reading, self._writing = os.pipe()
        self._error: duckdb.Error | None = None
        self._writer = threading.Thread(target=self._write, name="copy-rows", daemon=True)

    def __enter__(self) -> _Output:
        self._writer.start()
        return self

    def read(self) -> bytes:
        """The next bytes; none at the end.

        Raises:
            PublishError: the query failed.
        """
        chunk = os.read(self._reading, _CHUNK_BYTES)
        if not chunk:
            self._writer.join()
            if self._error is not None:
                raise PublishError(f"读取已发布的数据失败：{self._error}") from self._error
        return chunk

    def __exit__(self, *_: object) -> None:
        os.close(self._reading)  # a writer that is still at work gets an error and ends
        self._writer.join()

    def _write(self) -> None:
        try:
            self._rows.execute(
                f"copy ({self._query}) to '/dev/fd/{self._writing}' (format csv, header false, delimiter '\t',"
                " quote '', escape '', nullstr '\\N', use_tmp_file false)"
            )
        except duckdb.Error as error:
            self._error = error
        finally:
            os.close(self._writing)


def _as_text(column: Column) -> str:
    """An expression that gives a column as COPY's text format has it."""
    name = '"' + column.name.replace('"', '""') + '"'
    if column.type.endswith("[]"):
        element = """'"' || replace(replace(item::varchar, '\\', '\\\\'), '"', '\\"') || '"'"""
        items = f"list_transform({name}, lambda item: coalesce({element}, 'NULL'))"
        array = f"case when {name} is not null then '{{' || array_to_string({items}, ',') || '}}' end"
        return f"{_escaped(array)} as {name}"
    if column.type == "VARCHAR" or column.type.startswith("ENUM"):
        return f"{_escaped(f'{name}::varchar')} as {name}"
    return name


def _escaped(text: str) -> str:
    escaped = f"replace({text}, chr(0), '{_NUL}')"
    for plain, code in _ESCAPES:
        escaped = f"replace({escaped}, {_chr(plain)}, '{code}')"
    # most texts have nothing to escape
    return f"case when regexp_matches({text}, '[\\\\\\t\\n\\r\\x00]') then {escaped} else {text} end"


def _chr(character: str) -> str:
    return f"chr({ord(character)})"
