"""Publishes a checked build: one self-contained DuckDB file that replaces the old one in a single step."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.compute as pc

from extract.document import READER_VERSION
from extract.landing import read_load, write_part
from gongkai.loads import get_load
from gongkai.settings import Home
from publish.build import build_path

log = logging.getLogger(__name__)

PUBLISHED_SCHEMA = "marts"
STORAGE_VERSION = "v1.0.0"
"""The file format every DuckDB 1.x client can open, BI drivers with an older engine included."""
_LOADS_TABLE = "mart_load"
_MARK_PART = "mark"


class PublishError(Exception):
    """There is nothing sound to publish."""


def publish_snapshot(home: Home, load_id: str) -> Path:
    """Put a load's checked build in the place of the published warehouse, then mark the load as published.

    Readers that hold the old file keep it; the next connect sees the new one. Repeating it, also after a kill
    at any point, gives the same warehouse and the same mark.

    Args:
        home: the installation.
        load_id: the load whose build is published.

    Returns:
        The warehouse's path.

    Raises:
        PublishError: the load has no finished build, or the build has no published tables.
        gongkai.errors.UsageError: the load has no record.
    """
    build = build_path(home, load_id)
    if not build.is_file():
        raise PublishError(f"加载 {load_id} 没有可发布的构建（{build}），请先完成构建。")
    mark = _mark(home, load_id)
    for leftover in home.root.glob(f".{home.warehouse.name}.*"):
        leftover.unlink()  # of a publication that was killed; one load at a time works in a home
    unpublished = home.warehouse.with_name(f".{home.warehouse.name}.{load_id}")
    _copy_published(build, unpublished, mark)
    _replace(unpublished, home.warehouse)
    write_part(home.landing, "loads", load_id, _MARK_PART, [mark])
    log.info("load %s published to %s", load_id, home.warehouse)
    return home.warehouse


def _mark(home: Home, load_id: str) -> dict[str, Any]:
    """The load's row in the landing dataset `loads`: as written before, if it was published before."""
    written = [row for row in read_load(home.landing, "loads", load_id).to_pylist() if row["published_at"]]
    if written:
        return dict(written[0])
    load = get_load(home, load_id)
    return {
        "load_id": load_id,
        "mode": load.mode,
        "sources": list(load.sources),
        "started_at": load.started_at.astimezone(UTC),
        "published_at": datetime.now(UTC),
        "reader_version": _reader_version(home, load_id),
    }


def _reader_version(home: Home, load_id: str) -> str | None:
    """The version that read the load's documents, be it into reports or into rejects; null if it read none."""
    version = pc.max(read_load(home.landing, "reports", load_id).column("reader_version"))
    if version.is_valid:
        return str(version.as_py())
    return READER_VERSION if read_load(home.landing, "rejects", load_id).num_rows else None


def _copy_published(build: Path, target: Path, mark: dict[str, Any]) -> None:
    """Write the published schema's tables to a new file: rows in one order, descriptions kept."""
    with _connect() as connection:
        connection.execute(f"attach {_literal(build)} as build (read_only)")
        connection.execute(f"attach {_literal(target)} as target (storage_version '{STORAGE_VERSION}')")
        tables = connection.execute(
            "select table_name, comment from duckdb_tables()"
            " where database_name = 'build' and schema_name = ? order by table_name",
            [PUBLISHED_SCHEMA],
        ).fetchall()
        if not tables:
            raise PublishError(f"构建 {build} 中没有 {PUBLISHED_SCHEMA} 模式的表。")
        connection.execute(f"create schema target.{PUBLISHED_SCHEMA}")
        for table, comment in tables:
            source = f'build.{PUBLISHED_SCHEMA}."{table}"'
            if table == _LOADS_TABLE:
                source = _complete_loads(connection, source, mark)
            _copy_table(connection, table, source, comment)
        # writes everything into the one file, so that no write-ahead log is left beside it
        connection.execute("detach target")


def _copy_table(connection: duckdb.DuckDBPyConnection, table: str, source: str, comment: str | None) -> None:
    name = f'target.{PUBLISHED_SCHEMA}."{table}"'
    connection.execute(f"create table {name} as select * from {source} order by all")  # noqa: S608 - own names
    if comment:
        connection.execute(f"comment on table {name} is {_literal(comment)}")
    columns = connection.execute(
        "select column_name, comment from duckdb_columns() where database_name = 'build' and schema_name = ?"
        " and table_name = ? and comment is not null order by column_index",
        [PUBLISHED_SCHEMA, table],
    ).fetchall()
    for column, description in columns:
        connection.execute(f'comment on column {name}."{column}" is {_literal(description)}')


def _complete_loads(connection: duckdb.DuckDBPyConnection, source: str, mark: dict[str, Any]) -> str:
    """Fill in the load's own row, which was not known while it was being built; returns the table's name."""
    connection.execute(f"create temp table completed_loads as select * from {source}")  # noqa: S608 - own names
    connection.execute(
        """
        update completed_loads
        set mode = ?, sources = ?, started_at = timezone('Asia/Shanghai', ?::timestamptz),
            published_at = timezone('Asia/Shanghai', ?::timestamptz), reader_version = ?
        where load_id = ?
        """,
        [
            mark["mode"],
            [Path(name).name or name for name in mark["sources"]],
            mark["started_at"],
            mark["published_at"],
            mark["reader_version"],
            mark["load_id"],
        ],
    )
    return "completed_loads"


def _replace(new: Path, old: Path) -> None:
    """Put a file in the place of another so that a crash leaves one or the other, whole."""
    _sync(new)
    new.replace(old)
    _sync(old.parent)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _connect() -> Iterator[duckdb.DuckDBPyConnection]:
    connection = duckdb.connect(config={"threads": 2})
    try:
        yield connection
    finally:
        connection.close()


def _literal(value: object) -> str:
    return "'" + str(value).replace("'", "''") + "'"
