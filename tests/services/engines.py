"""Holds the marts that two engines have built against each other, row for row."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb


@dataclass(frozen=True)
class Compared:
    """A mart on both engines.

    Attributes:
        rows: how many rows it has on the first.
        only_first, only_second: rows (all columns, repeats counted) that the other has not.
        columns: of both, in order, as (name, name).
    """

    rows: int
    only_first: int
    only_second: int
    columns: tuple[tuple[str, ...], tuple[str, ...]]

    @property
    def is_equal(self) -> bool:
        return self.columns[0] == self.columns[1] and self.only_first == self.only_second == 0


def marts_of(database: Path) -> list[str]:
    """The marts of a DuckDB warehouse, views among them."""
    with duckdb.connect(str(database), read_only=True) as connection:
        rows = connection.execute(
            "select table_name from information_schema.tables where table_schema = 'marts' order by 1"
        ).fetchall()
    return [name for (name,) in rows]


def compare(database: Path, files: Path) -> dict[str, Compared]:
    """Each mart of a DuckDB warehouse against the Parquet files of the folder of its name.

    Numbers, dates, times and lists are compared as values, a null equals a null and nothing else, rows have no order.
    A mart without a folder, or a folder without a mart, raises.
    """
    names = marts_of(database)
    folders = sorted(folder.name for folder in files.iterdir() if folder.is_dir())
    assert folders == names, "the engines have other marts"
    with duckdb.connect(str(database), read_only=True) as connection:
        connection.execute("set timezone = 'Asia/Shanghai'")
        return {name: _compare_mart(connection, name, files / name) for name in names}


def _compare_mart(connection: duckdb.DuckDBPyConnection, name: str, folder: Path) -> Compared:
    pattern = str(folder / "*.parquet").replace("'", "''")
    sides = (f"marts.{name}", f"read_parquet('{pattern}')")
    first, second = (
        tuple(str(row[0]) for row in connection.execute(f"describe select * from {side}").fetchall())
        for side in sides
    )
    (rows,) = connection.execute(f"select count(*) from {sides[0]}").fetchone() or (0,)
    if first != second:
        return Compared(rows, 0, 0, (first, second))
    listed = ", ".join(f'"{column}"' for column in first)
    counts = [
        (connection.execute(
            f"select count(*) from (select {listed} from {one} except all select {listed} from {other})"
        ).fetchone() or (0,))[0]
        for one, other in (sides, sides[::-1])
    ]  # fmt: skip
    return Compared(rows, counts[0], counts[1], (first, second))
