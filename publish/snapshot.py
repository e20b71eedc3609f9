"""Publishes a checked build: the file it was built in replaces the published one in a single step.

Nothing is copied while anybody waits: what a night costs does not grow with the warehouse. The copies that the next
load works on are made afterwards.
"""

from __future__ import annotations

import logging
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
from publish.state import (
    WAREHOUSE_SCHEMA,
    prepare_next,
    read_stamp,
    state_path,
    sync,
)
from publish.validations import add_last_word

log = logging.getLogger(__name__)

PUBLISHED_SCHEMA = "marts"
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
    if not build.is_file() and not _is_published(home, load_id):
        raise PublishError(f"加载 {load_id} 没有可发布的构建（{build}），请先完成构建。")
    mark = _mark(home, load_id)
    for leftover in home.root.glob(f".{home.warehouse.name}.*"):
        leftover.unlink()  # of an older version's publication that was killed
    if build.is_file():
        _complete(home, build, mark)
        _replace(build, home.warehouse, state_path(home, load_id))
    write_part(home.landing, "loads", load_id, _MARK_PART, [mark])
    log.info("load %s published to %s", load_id, home.warehouse)
    return home.warehouse


def _is_published(home: Home, load_id: str) -> bool:
    """Whether the published file is this load's: its publication was killed before the mark, or is repeated."""
    if not home.warehouse.is_file():
        return False
    stamp = read_stamp(home.warehouse, WAREHOUSE_SCHEMA)
    return stamp is not None and stamp.load_id == load_id


def keep_for_next(home: Home, load_id: str) -> None:
    """Remove the state files of earlier loads and keep copies of a published load's files ready for the next one.

    Takes as long as the copies do; readers have the new warehouse already. May be left out or killed: the next
    build makes the copies it finds missing.
    """
    for earlier in home.build.joinpath("state").glob("load=*.duckdb*"):
        if earlier != state_path(home, load_id):
            earlier.unlink()
    if state_path(home, load_id).is_file():
        prepare_next(home, load_id)


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


def _complete(home: Home, build: Path, mark: dict[str, Any]) -> None:
    """Fill in what was not known while the load was being built: its own row, and what gate two has said; no write-ahead log is left."""
    with duckdb.connect(str(build), config={"threads": 2}) as connection:
        tables = connection.execute(
            "select count(*) from duckdb_tables() where schema_name = ?", [PUBLISHED_SCHEMA]
        ).fetchone()
        if not tables or not tables[0]:
            raise PublishError(f"构建 {build} 中没有 {PUBLISHED_SCHEMA} 模式的表。")
        connection.execute(
            f"""
            update {PUBLISHED_SCHEMA}.{_LOADS_TABLE}
            set mode = ?, sources = ?, started_at = timezone('Asia/Shanghai', ?::timestamptz),
                published_at = timezone('Asia/Shanghai', ?::timestamptz), reader_version = ?
            where load_id = ?
            """,  # noqa: S608 - own names
            [
                mark["mode"],
                [Path(name).name or name for name in mark["sources"]],
                mark["started_at"],
                mark["published_at"],
                mark["reader_version"],
                mark["load_id"],
            ],
        )
        add_last_word(connection, home, mark["load_id"])
        connection.execute("checkpoint")


def _replace(new: Path, old: Path, state: Path) -> None:
    """Put a file in the place of another so that a crash leaves one or the other, whole; its state file is on disk before."""
    if state.is_file():
        sync(state)
        sync(state.parent)
    sync(new)
    new.replace(old)
    sync(old.parent)
