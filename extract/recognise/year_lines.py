"""Tables that print every row or every column once a year (本年 and 上年 under each other): the lines of one year are kept."""

from __future__ import annotations

import re
from collections.abc import Callable, Set
from dataclasses import dataclass, replace

from extract.model import Grid, GridCell
from extract.recognise.script import squeeze

MIN_CELLS = 6
"""So many cells of one line name a year where the table goes by years."""
_BARE = re.compile(r"^20\d\d$")

YearOf = Callable[[str], int | None]


@dataclass(frozen=True, slots=True)
class OneYearsLines:
    """A grid with the lines of one year; `sure` is false where nothing tells that it is the report's own."""

    grid: Grid
    sure: bool


def lines_of_one_year(grid: Grid, own: Set[int], year_of: YearOf) -> OneYearsLines | None:
    """Leave out the rows or columns of other years.

    Args:
        grid: a table.
        own: what stands for the report's own year.
        year_of: the year that a text names, None for any other text.

    Returns:
        The reduced grid, or None for a table that does not go by years.
    """
    found = _rows(grid, own, year_of)
    if found is not None:
        return found
    found = _rows(_turned(grid), own, year_of)
    return OneYearsLines(_turned(found.grid), found.sure) if found is not None else None


def _rows(grid: Grid, own: Set[int], year_of: YearOf) -> OneYearsLines | None:
    named: dict[int, dict[int, int]] = {}  # column -> row -> year
    for cell in grid.cells:
        text = squeeze(cell.text) if len(cell.text) < 16 and cell.row_span == 1 else ""
        year = int(text) if _BARE.match(text) else year_of(text) if text else None
        if year is not None:
            named.setdefault(cell.col, {})[cell.row] = year
    for column, years in named.items():
        told = set(years.values())
        if len(years) < MIN_CELLS or len(told) < 2 or not _is_all(grid, column, years):
            continue
        chosen = sorted(told & own)
        wanted = chosen[0] if len(chosen) == 1 else next(iter(years.values()))
        kept = _without(grid, {row for row, year in years.items() if year != wanted})
        return OneYearsLines(_turned(_without(_turned(kept), {column})), len(chosen) == 1)
    return None


def _is_all(grid: Grid, column: int, years: dict[int, int]) -> bool:
    """Whether a column holds nothing but years from the first of them on."""
    first = min(years)
    return all(
        cell.row in years or not cell.text.strip() or cell.col_span > 1
        for cell in grid.cells
        if cell.col == column and cell.row >= first
    )


def _without(grid: Grid, rows: Set[int]) -> Grid:
    """The grid without some rows; what spans them and others stays."""
    height = max(cell.row + cell.row_span for cell in grid.cells)
    places = {row: at for at, row in enumerate(row for row in range(height) if row not in rows)}
    cells: list[GridCell] = []
    for cell in grid.cells:
        inside = [places[row] for row in range(cell.row, cell.row + cell.row_span) if row in places]
        if inside:
            cells.append(replace(cell, row=inside[0], row_span=len(inside)))
    return replace(grid, cells=tuple(sorted(cells, key=lambda cell: (cell.row, cell.col))))


def _turned(grid: Grid) -> Grid:
    return replace(
        grid,
        cells=tuple(
            replace(c, row=c.col, col=c.row, row_span=c.col_span, col_span=c.row_span) for c in grid.cells
        ),
    )
