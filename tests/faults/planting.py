"""A home with the bundled samples loaded, and faults planted in copies of it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from extract.landing import SCHEMAS, part_path, read_load, write_part
from gongkai.settings import Home
from publish.state import state_path

MATRIX = Path(__file__).with_name("matrix.yaml")


@dataclass(frozen=True)
class Fault:
    """One planted fault; see `matrix.yaml`."""

    fault: str
    gate: str
    caught: str
    severity: str
    touched: Sequence[str] = ()
    landing: Sequence[str] = ()
    build: Sequence[str] = ()
    published: Sequence[str] = ()
    marks: Sequence[str] = ()
    frames: Sequence[str] = ()
    without: str | None = None
    rename: Mapping[str, str] = field(default_factory=dict)
    retype: Mapping[str, str] = field(default_factory=dict)
    file: str | None = None
    find: str | None = None
    put: str | None = None
    append: str | None = None
    repeat: int | None = None


@cache
def faults() -> tuple[Fault, ...]:
    """The matrix."""
    rows: list[dict[str, Any]] = yaml.safe_load(MATRIX.read_text("utf-8"))
    return tuple(Fault(touched=row.pop("in", ()), **row) for row in map(dict, rows))


def copy_home(original: Home, root: Path, load_id: str) -> Home:
    """A home with what gates look at: what has landed, what is published, the state, and a build like the published one."""
    home = Home(root)
    shutil.copytree(original.landing, home.landing)
    home.build.mkdir(parents=True)
    os.link(original.warehouse, home.warehouse)
    state_path(home, load_id).parent.mkdir(parents=True)
    os.link(state_path(original, load_id), state_path(home, load_id))
    shutil.copyfile(original.warehouse, build_of(home, load_id))
    return home


def build_of(home: Home, load_id: str) -> Path:
    """Where a load's build is."""
    return home.build / f"load={load_id}.duckdb"


def plant(home: Home, load_id: str, fault: Fault) -> None:
    """Plant a fault of the gates in a home of its own."""
    if fault.published:
        shutil.copyfile(home.warehouse, home.root / "copy")
        (home.root / "copy").replace(home.warehouse)
        change(home.warehouse, fault.published)
    if fault.build:
        change(build_of(home, load_id), fault.build)
    for mark in fault.marks:
        row = {"load_id": mark, "published_at": datetime.strptime(mark[:8], "%Y%m%d").replace(tzinfo=UTC)}
        write_part(home.landing, "loads", mark, "mark", [row])
    if fault.landing:
        _change_landing(home, load_id, fault)
    if fault.without:
        shutil.rmtree(home.landing / fault.without)
    for dataset in fault.touched if fault.rename or fault.retype else ():
        table = read_load(home.landing, dataset, load_id)
        table = table.rename_columns([fault.rename.get(name, name) for name in table.column_names])
        for column, kind in fault.retype.items():
            index = table.column_names.index(column)
            table = table.set_column(index, column, table.column(column).cast(kind))
        _write(home, dataset, load_id, table)


def change(database: Path, statements: Sequence[str]) -> None:
    """Run statements on a DuckDB file."""
    with duckdb.connect(str(database)) as connection:
        for statement in statements:
            connection.execute(statement)


def _change_landing(home: Home, load_id: str, fault: Fault) -> None:
    with duckdb.connect() as connection:
        connection.register("this", pa.table({"load_id": [load_id]}))
        for dataset in SCHEMAS:
            connection.register("landed", read_load(home.landing, dataset, load_id))
            connection.execute(f"create table {dataset} as from landed")
        for statement in fault.landing:
            connection.execute(statement)
        for dataset in fault.touched:
            changed = connection.execute(f"from {dataset}").to_arrow_table()
            _write(home, dataset, load_id, changed.cast(SCHEMAS[dataset]))


def _write(home: Home, dataset: str, load_id: str, table: pa.Table) -> None:
    part = part_path(home.landing, dataset, load_id, "planted")
    shutil.rmtree(part.parent)
    part.parent.mkdir()
    pq.write_table(table, part)
