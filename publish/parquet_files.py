"""The published tables as Parquet files, divided by report year, with a data package that describes them.

`parquet/load-<id>/` holds a whole package; `parquet/current` is a link to the newest. A file whose rows have not
changed since the package before is the same file (a hard link), so that a night costs what it has changed.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import duckdb

from publish.catalog import Table, held_load, open_warehouse, read_catalog
from publish.data_package import File, describe, table_schema
from publish.snapshot import PUBLISHED_SCHEMA

log = logging.getLogger(__name__)

DESCRIPTOR: Final = "datapackage.json"
CURRENT: Final = "current"
KEPT: Final = 2
"""Packages that stay: the newest, and the one before for those who are still reading it."""
_YEAR: Final = "year"
_ROW_GROUP: Final = 122_880
_NO_YEAR: Final = "__HIVE_DEFAULT_PARTITION__"


@dataclass(frozen=True, slots=True)
class _Piece:
    """The rows of a table that go into one file."""

    table: Table
    year: int | None
    divided: bool
    rows: int
    digest: str

    @property
    def path(self) -> str:
        if not self.divided:
            return f"{self.table.name}.parquet"
        year = _NO_YEAR if self.year is None else self.year
        return f"{self.table.name}/year={year}/part-0.parquet"


def export_parquet(warehouse: Path, folder: Path, licence: Mapping[str, str] | None = None) -> Path:
    """Write what is published as a package of Parquet files, and make it the current one.

    Repeating it writes nothing; ended at any moment, `current` leads to a whole package.

    Args:
        warehouse: the published DuckDB file.
        folder: where packages are kept.
        licence: what the operator allows, for the package's description.

    Returns:
        The package's folder.

    Raises:
        PublishError: nothing is published.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with open_warehouse(warehouse) as rows:
        load_id = held_load(rows)
        package = folder / f"load-{load_id}"
        unfinished = folder / f".load-{load_id}.unfinished"
        for leftover in folder.glob(".load-*.unfinished"):
            shutil.rmtree(leftover)
        if not (package / DESCRIPTOR).is_file():
            _write_package(rows, unfinished, _current_files(folder), load_id, licence)
            shutil.rmtree(package, ignore_errors=True)
            unfinished.rename(package)
    _make_current(folder, package)
    _prune(folder, package)
    return package


def _write_package(
    rows: duckdb.DuckDBPyConnection,
    folder: Path,
    before: Mapping[tuple[str, str], tuple[File, Path]],
    load_id: str,
    licence: Mapping[str, str] | None,
) -> None:
    folder.mkdir()
    tables = read_catalog(rows)
    # a key refers to one file; what others refer to is not large
    whole = {reference.table for table in tables for reference in table.references}
    files = []
    for table in tables:
        for piece in _pieces(rows, table, divisible=table.name not in whole):
            known = before.get((piece.path, piece.digest))
            files.append(_link(known, folder) if known else _write_file(rows, piece, folder))
    described = describe(
        tables,
        files,
        load_id=load_id,
        published_at=_published_at(rows, load_id),
        sources=_sources(rows),
        licence=licence,
    )
    with (folder / DESCRIPTOR).open("w", encoding="utf-8") as out:
        json.dump(described, out, ensure_ascii=False, indent=1)
        out.flush()
        os.fsync(out.fileno())


def _pieces(rows: duckdb.DuckDBPyConnection, table: Table, *, divisible: bool) -> list[_Piece]:
    """A table's pieces with the digests of their rows; a table without rows is one empty piece."""
    year = table.column(_YEAR)
    divided = divisible and year is not None and year.required
    structure = hashlib.sha256(json.dumps(table_schema(table), ensure_ascii=False).encode()).hexdigest()[:16]
    columns = ", ".join(f'"{column.name}"' for column in table.columns)
    found = rows.execute(
        f"select {_YEAR if divided else 'null'}, count(*), sum(hash({columns})::hugeint)::varchar"  # noqa: S608 - own names
        f' from {PUBLISHED_SCHEMA}."{table.name}" group by 1 order by 1'
    ).fetchall()
    pieces = [
        _Piece(table, key, divided, count, f"{structure}-{digest}") for key, count, digest in found if count
    ]
    return pieces or [_Piece(table, None, False, 0, f"{structure}-empty")]


def _write_file(rows: duckdb.DuckDBPyConnection, piece: _Piece, folder: Path) -> File:
    path = folder / piece.path
    path.parent.mkdir(parents=True, exist_ok=True)
    where = (
        f"where {_YEAR} is not distinct from {piece.year if piece.year is not None else 'null'}"
        if piece.divided
        else ""
    )
    order = ", ".join(f'"{name}"' for name in piece.table.key) or "all"
    [(written,)] = rows.execute(
        f'copy (select * from {PUBLISHED_SCHEMA}."{piece.table.name}" {where} order by {order})'  # noqa: S608 - own names
        f" to '{str(path).replace(chr(39), chr(39) * 2)}' (format parquet, compression zstd, row_group_size {_ROW_GROUP})"
    ).fetchall()
    if written != piece.rows:
        raise AssertionError(f"{piece.path}: {written} rows written of {piece.rows}")
    return _file(piece.table.name, piece.path, piece.year, piece.rows, path, piece.digest)


def _link(known: tuple[File, Path], folder: Path) -> File:
    """The same file again, without writing it."""
    file, path = known
    target = folder / file.path
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        target.hardlink_to(path)
    except OSError:  # a file system without links
        shutil.copyfile(path, target)
    return file


def _file(table: str, name: str, year: int | None, rows: int, path: Path, digest: str) -> File:
    with path.open("rb") as content:
        sha256 = hashlib.file_digest(content, "sha256").hexdigest()
        os.fsync(content.fileno())
    return File(table, name, year, rows, path.stat().st_size, sha256, digest)


def _current_files(folder: Path) -> dict[tuple[str, str], tuple[File, Path]]:
    """The files of the current package by path and digest of their rows, with where they are."""
    package = folder / CURRENT
    try:
        described: dict[str, Any] = json.loads((package / DESCRIPTOR).read_text("utf-8"))
    except FileNotFoundError:
        return {}
    found = {}
    for resource in described["resources"]:
        path, digest = resource["path"], resource["gongkai:digest"]
        year = resource["name"].rpartition("-")[2]
        file = File(
            resource["gongkai:table"],
            path,
            int(year) if year.isdecimal() else None,
            resource["gongkai:rows"],
            resource["bytes"],
            resource["hash"].removeprefix("sha256:"),
            digest,
        )
        if (package / path).is_file() and (package / path).stat().st_size == file.size:
            found[path, digest] = (file, (package / path).resolve())
    return found


def _published_at(rows: duckdb.DuckDBPyConnection, load_id: str) -> datetime:
    [(when,)] = rows.execute(
        f"select published_at from {PUBLISHED_SCHEMA}.mart_load where load_id = ?",  # noqa: S608 - own name
        [load_id],
    ).fetchall()
    moment: datetime = when
    return moment


def _sources(rows: duckdb.DuckDBPyConnection) -> list[str]:
    found = rows.execute(f"select distinct source from {PUBLISHED_SCHEMA}.dim_report order by all").fetchall()  # noqa: S608 - own name
    return [name for (name,) in found]


def _make_current(folder: Path, package: Path) -> None:
    """Let `current` lead to a package, in one step."""
    link = folder / f".{CURRENT}.new"
    link.unlink(missing_ok=True)
    link.symlink_to(package.name, target_is_directory=True)
    link.replace(folder / CURRENT)


def _prune(folder: Path, newest: Path) -> None:
    """Remove all packages but the newest and those right before."""
    others = sorted((path for path in folder.glob("load-*") if path != newest), key=lambda path: path.name)
    for old in others[: len(others) - (KEPT - 1)]:
        shutil.rmtree(old)
        log.info("removed %s", old)
