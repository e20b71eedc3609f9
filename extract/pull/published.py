"""Which documents published loads have read: an index of the landing zone, so that no night reads all of it again."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pyarrow.parquet as pq

from extract.landing import read_load
from gongkai.settings import Home

_TABLES = """
create table if not exists load (load_id text primary key, reader_version text);
create table if not exists document (sha256 text, load_id text, primary key (sha256, load_id)) without rowid;
create index if not exists document_load on document (load_id);
"""
_WAIT_SECONDS = 60.0


def index_published(home: Home) -> Path:
    """Bring the index up to the loads that are published now; its path.

    A load's parts do not change once it is published, so each is read once. Several processes may do this at a time.
    """
    path = home.pulls / "published.sqlite"
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path, timeout=_WAIT_SECONDS, isolation_level=None)) as connection:
        connection.execute("pragma journal_mode=wal")
        connection.executescript(_TABLES)
        known = {load_id for (load_id,) in connection.execute("select load_id from load")}
        present = _loads(home.landing)
        for load_id in sorted(known - present.keys()):
            _forget(connection, load_id)
        for load_id in sorted(present.keys() - known):
            _add(connection, home.landing, load_id, present[load_id])
    return path


def published_load_ids(index: Path) -> set[str]:
    """The loads in the index."""
    with closing(sqlite3.connect(index, timeout=_WAIT_SECONDS)) as connection:
        return {load_id for (load_id,) in connection.execute("select load_id from load")}


def _loads(landing: Path) -> dict[str, Path]:
    """Published load -> the part with its commit mark. The empty part that opening a load leaves is none."""
    return {
        part.parent.name.removeprefix("load="): part
        for part in (landing / "loads").glob("load=*/part-*.parquet")
        if part.name != "part-open.parquet"
    }


def _add(connection: sqlite3.Connection, landing: Path, load_id: str, mark: Path) -> None:
    versions = pq.ParquetFile(mark).read(["reader_version"]).column("reader_version").to_pylist()
    if not versions:
        return
    digests: set[str] = set()
    for dataset in ("reports", "rejects"):
        digests.update(map(str, read_load(landing, dataset, load_id).column("document_sha256").to_pylist()))
    connection.execute("begin immediate")
    connection.execute("insert or replace into load values (?, ?)", (load_id, versions[-1]))
    connection.executemany(
        "insert or ignore into document values (?, ?)", ((digest, load_id) for digest in sorted(digests))
    )
    connection.execute("commit")


def _forget(connection: sqlite3.Connection, load_id: str) -> None:
    connection.execute("begin immediate")
    connection.execute("delete from document where load_id = ?", (load_id,))
    connection.execute("delete from load where load_id = ?", (load_id,))
    connection.execute("commit")
