"""What a build starts from: the published warehouse and its state file, if a load may be built on top of them.

A published load leaves two DuckDB files that belong together: `warehouse.duckdb`, which readers open, and
`build/state/load=<id>.duckdb`, which holds what only builds need (documents met, readings, resolved names). Each
says in a table which load and which project made it. The next load works on copies of the two, so that a load
that is stopped or killed leaves both as they were. The copies are made right after a publication, when nobody
waits (`prepare_next`); where they are missing, they are made when the build begins.
"""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib import metadata
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from extract.landing import SCHEMAS, read_load
from gongkai.settings import PROJECT_ROOT, Home

log = logging.getLogger(__name__)

STORAGE_VERSION = "v1.0.0"
"""The file format every DuckDB 1.x client can open, BI drivers with an older engine included."""
DBT_PROJECT = PROJECT_ROOT / "dbt_project"
STATE_SCHEMA = "staging"
WAREHOUSE_SCHEMA = "store"
MANY_REPORTS = 50_000
"""A load that brings more reports than this, and a quarter of what is there, is built with everything else."""
_STAMP = "build_stamp"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ENGINES = ("duckdb", "dbt-core", "dbt-duckdb")


@dataclass(frozen=True, slots=True)
class Stamp:
    """How a file was made.

    Attributes:
        load_id: the load that made it.
        fingerprint: of the project (models, seeds, schemas, engines) that made it.
        base: the load on top of which it was made; null if everything was built.
    """

    load_id: str
    fingerprint: str
    base: str | None


@dataclass(frozen=True, slots=True)
class Base:
    """The published state that a load is built on top of.

    Attributes:
        load_id: the load that was published last.
        warehouse: the published warehouse.
        state: its state file.
    """

    load_id: str
    warehouse: Path
    state: Path


class NoBaseError(Exception):
    """A load can't be built on top of what is published; the message says why, so everything is built."""


def state_path(home: Home, load_id: str) -> Path:
    """Where the state file of a built load is."""
    return home.build / "state" / f"load={load_id}.duckdb"


def next_paths(home: Home, load_id: str) -> tuple[Path, Path]:
    """Where the copies of a published load's warehouse and state are kept ready for the next load."""
    folder = home.build / "next" / f"load={load_id}"
    return folder / "warehouse.duckdb", folder / "state.duckdb"


@cache
def fingerprint() -> str:
    """A digest of all that decides what a build makes of the landing zone, besides the landing zone."""
    digest = hashlib.sha256()
    for path in sorted(DBT_PROJECT.rglob("*")):
        if path.is_file() and path.suffix in {".sql", ".yml", ".csv"}:
            digest.update(str(path.relative_to(DBT_PROJECT)).encode() + b"\0" + path.read_bytes())
    for dataset, schema in SCHEMAS.items():
        digest.update(f"{dataset}:{schema}".encode())
    for engine in _ENGINES:
        digest.update(f"{engine}=={metadata.version(engine)}".encode())
    return digest.hexdigest()


def find_base(home: Home, load_id: str) -> Base:
    """The published state that a load may be built on top of.

    Raises:
        NoBaseError: there is none, or it was made of other loads or by another project than this one.
    """
    if not home.warehouse.is_file():
        raise NoBaseError("nothing has been published yet")
    published = read_stamp(home.warehouse, WAREHOUSE_SCHEMA)
    if published is None:
        raise NoBaseError("the published warehouse does not say which load made it")
    state = state_path(home, published.load_id)
    if not state.is_file() or read_stamp(state, STATE_SCHEMA) != published:
        raise NoBaseError(f"load {published.load_id} has left no state file")
    if published.fingerprint != fingerprint():
        raise NoBaseError("models, seeds, schemas or engines are others than those of the last load")
    _check_loads(home, load_id, published.load_id, state)
    return Base(published.load_id, home.warehouse, state)


def _check_loads(home: Home, load_id: str, published: str, state: Path) -> None:
    """The state must hold the loads that count and no other, and have taken them up in the order that counts."""
    with duckdb.connect(str(state), read_only=True) as connection:
        rows = connection.execute(
            f"select load_id, epoch_us(published_at) from {STATE_SCHEMA}.stg_load"  # noqa: S608 - own names
        ).fetchall()
        reports = _one(connection, f"select count(*) from {STATE_SCHEMA}.stg_reading")  # noqa: S608 - own names
    held = {str(row[0]): row[1] for row in rows}
    if load_id in held:
        raise NoBaseError("the load itself is among those that are published")
    marked = marked_loads(home, set(held), besides=load_id)
    if marked != set(held):
        others = ", ".join(sorted(marked ^ set(held))[:5])
        raise NoBaseError(f"other loads count than those the state was made of: {others}")
    stamps = [stamp for known, stamp in held.items() if known != published and stamp is not None]
    last = _published_at(home, published)
    if len(stamps) != len(held) - 1 or any(stamp >= last for stamp in stamps):
        raise NoBaseError(f"load {published} was not the last to be published")
    brought = _rows_landed(home, load_id, "reports")
    if brought > max(MANY_REPORTS, reports / 4):
        raise NoBaseError(f"the load brings {brought} reports on top of {reports}")


def marked_loads(home: Home, known: set[str], *, besides: str) -> set[str]:
    """The loads with a commit mark, but for one; of those known their mark's file is enough."""
    found = set()
    for folder in os.scandir(home.landing / "loads"):
        name = folder.name.removeprefix("load=")
        parts = {part.name for part in os.scandir(folder.path) if part.name.startswith("part-")}
        others = parts - {"part-open.parquet"}
        if name == besides or not others:
            continue
        if name in known or read_load(home.landing, "loads", name).num_rows:
            found.add(name)
    return found


def _published_at(home: Home, load_id: str) -> int:
    """When a load was published, in microseconds of the epoch; of several marks the last."""
    marks = read_load(home.landing, "loads", load_id).column("published_at").to_pylist()
    return max(
        ((mark - _EPOCH) // timedelta(microseconds=1) for mark in marks if mark is not None), default=-1
    )


def _rows_landed(home: Home, load_id: str, dataset: str) -> int:
    parts = (home.landing / dataset / f"load={load_id}").glob("part-*.parquet")
    return sum(pq.read_metadata(part).num_rows for part in parts)


def read_stamp(database: Path, schema: str) -> Stamp | None:
    """A file's stamp; null if it has none, as a file that was made before there were stamps."""
    try:
        with duckdb.connect(str(database), read_only=True) as connection:
            row = connection.execute(f"select load_id, fingerprint, base from {schema}.{_STAMP}").fetchone()  # noqa: S608
    except (duckdb.CatalogException, duckdb.IOException, duckdb.SerializationException):
        log.info("%s has no stamp that can be read", database)
        return None
    return Stamp(*row) if row else None


def write_stamp(database: Path, schema: str, load_id: str, base: Base | None = None) -> None:
    """Say in a file which load made it, and leave no write-ahead log beside it."""
    with duckdb.connect(str(database)) as connection:
        connection.execute(f"create schema if not exists {schema}")
        connection.execute(
            f"create or replace table {schema}.{_STAMP} as select ? as load_id, ? as fingerprint, ?::varchar as base",
            [load_id, fingerprint(), base.load_id if base else None],
        )
        if schema == WAREHOUSE_SCHEMA:
            connection.execute(
                f"comment on table {schema}.{_STAMP} is '生成本文件的加载与项目 / load and project that made this file'"
            )
        connection.execute("checkpoint")


def create_empty(database: Path) -> None:
    """A new DuckDB file in the storage version that readers can open."""
    path = str(database).replace("'", "''")
    with duckdb.connect() as connection:
        connection.execute(f"attach '{path}' as made (storage_version '{STORAGE_VERSION}')")
        connection.execute("detach made")


def take_copies(home: Home, base: Base, warehouse: Path, state: Path) -> None:
    """Put copies of the published pair where a load works on them: those kept ready, or else new ones."""
    ready = next_paths(home, base.load_id)
    if all(path.is_file() for path in ready):
        for path, target in zip(ready, (warehouse, state), strict=True):
            path.replace(target)
        return
    clone(base.warehouse, warehouse)
    clone(base.state, state)


def prepare_next(home: Home, load_id: str) -> None:
    """Keep copies of what a load has published ready for the next one; those of earlier loads are removed.

    Whoever finds no copies makes them, so that a failure here costs time and nothing else.
    """
    folder = home.build / "next"
    shutil.rmtree(folder, ignore_errors=True)
    warehouse, state = next_paths(home, load_id)
    # the pair stands under its name only when both are whole
    unfinished = folder / "unfinished"
    unfinished.mkdir(parents=True)
    try:
        clone(home.warehouse, unfinished / warehouse.name)
        clone(state_path(home, load_id), unfinished / state.name)
    except OSError:
        log.exception("no copies of load %s for the next load", load_id)
        shutil.rmtree(folder, ignore_errors=True)
        return
    unfinished.replace(warehouse.parent)


def clone(source: Path, target: Path) -> None:
    """Copy a file and put the copy on disk; file systems that can share blocks copy nothing."""
    if sys.platform == "linux":
        subprocess.run(["cp", "--reflink=auto", "--", str(source), str(target)], check=False)
    if not target.is_file() or target.stat().st_size != source.stat().st_size:
        shutil.copyfile(source, target)
    sync(target)


def sync(path: Path) -> None:
    """See that a file or folder is on disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _one(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    row = connection.execute(query).fetchone()
    return int(row[0]) if row else 0
