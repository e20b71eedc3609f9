"""Comparison sheets: one grid that sets the figures of several years side by side. One year is taken, none mixed in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from extract.model import Block, Geometry, Grid, GridCell, Place
from extract.recognise.labels import meanings, of_kind
from extract.recognise.script import simplify, squeeze
from extract.recognise.year_lines import MIN_CELLS, lines_of_one_year

_YEAR = re.compile(r"^[(（]?(20\d\d)年度?[)）]?(?:数据|情况|数量|数)?$")
_BARE = re.compile(r"^20\d\d$")
_OWN = re.compile(r"^(?:本年|本年度|当年|今年)(?:数据|情况|数)?$")
_OTHER = re.compile(r"^(?:上年|上年度|上一年|上一年度|去年|往年)(?:数据|情况|数)?$")
MAX_HEAD = 24
"""A longer text is no head of a column."""
HEAD_ROWS = 3
"""Rows that the heads of one table take."""
OWN, OTHER = -1, -2
"""Stand for the report's own year and another one where words tell them."""


@dataclass(frozen=True, slots=True)
class OneYear:
    """Blocks with comparison sheets reduced to one year's columns.

    Attributes:
        blocks: the blocks; a reduced grid in place of each comparison sheet.
        unsure: places of the cells of grids where the report's own year can't be told.
    """

    blocks: tuple[Block, ...]
    unsure: frozenset[Place]


def one_year(blocks: Sequence[Block], year: int | None) -> OneYear:
    """Reduce comparison sheets to the columns of the report's own year.

    Args:
        blocks: the report's blocks.
        year: the report's year.

    Returns:
        The blocks. Where no heading tells which columns are the report's own, the left ones stand and are unsure.
    """
    kept: list[Block] = []
    unsure: set[Place] = set()
    own = {OWN} if year is None else {OWN, year}
    order: list[int | None] = []  # what the sets of columns are, as an earlier grid said
    for block in blocks:
        if not isinstance(block, Grid) or block.geometry is Geometry.RAGGED:
            kept.append(block)
            continue
        lines = lines_of_one_year(block, own, _year) if _has_years(block) else None
        if lines is not None:
            kept.append(lines.grid)
            if not lines.sure:
                unsure.update(cell.place for cell in lines.grid.cells)
            continue
        sets = _sets(block)
        years = _years(block, sets) if len(sets) > 1 else []
        if len(sets) < 2:
            kept.append(block)
            if len(_loose_years(block)) > 1:
                unsure.update(cell.place for cell in block.cells)
            continue
        order = years if any(y is not None for y in years) else order
        chosen = _own(order, year) if len(order) == len(sets) else None
        reduced = _reduced(block, sets, chosen or 0)
        kept.append(reduced)
        if chosen is None:
            unsure.update(cell.place for cell in reduced.cells)
    return OneYear(tuple(kept), frozenset(unsure))


def _has_years(grid: Grid) -> bool:
    """Whether enough short texts could name years: most tables have none, and need no closer look."""
    return sum("年" in c.text or c.text.startswith("20") for c in grid.cells if len(c.text) < 16) >= MIN_CELLS


def _own(years: Sequence[int | None], year: int | None) -> int | None:
    """Which set is the report's own; None if that can't be told."""
    told = [at for at, found in enumerate(years) if found == OWN or (year is not None and found == year)]
    return told[0] if len(told) == 1 else None


@dataclass(frozen=True, slots=True)
class _Set:
    """Columns of one year: from `first` (labels of its own included) its values begin at `values` and end before `end`."""

    first: int
    values: int
    end: int


def _sets(grid: Grid) -> list[_Set]:
    """The sets of value columns of a grid, from left to right; one or none in an ordinary table."""
    rows: dict[int, list[GridCell]] = {}
    for cell in grid.cells:
        if 1 < len(cell.text) <= MAX_HEAD and not cell.text.isascii():  # no value
            rows.setdefault(cell.row, []).append(cell)
    for row, cells in rows.items():
        if len(cells) < 2:
            continue
        for starts, heads in (_applicants(cells), _proactive(cells), _reviews(cells)):
            if len(starts) > 1:
                low = [cell for r in range(row + 1, row + HEAD_ROWS) for cell in rows.get(r, ())]
                low = [cell for cell in low if of_kind(cell.text, "applicant", "review_column")]
                ends = _ends(starts, [*heads, *low])
                return [_Set(*found) for found in zip([0, *ends[:-1]], starts, ends, strict=True)]
    return []


def _applicants(cells: Iterable[GridCell]) -> tuple[list[int], list[GridCell]]:
    """Where the columns of 自然人 begin in a row, and the heads of the row."""
    found = [(cell, label.keys[0]) for cell in cells if (label := of_kind(cell.text, "applicant"))]
    return [cell.col for cell, key in found if key == "natural_person"], [cell for cell, _ in found]


def _proactive(cells: Iterable[GridCell]) -> tuple[list[int], list[GridCell]]:
    found = [(cell, label.keys) for cell in cells if (label := of_kind(cell.text, "proactive_column"))]
    starts = [cell.col for cell, keys in found if keys == found[0][1]]
    # neighbours alike are one head, printed once a column that it spans
    starts = [col for at, col in enumerate(starts) if at == 0 or len(found) > len(starts)]
    return starts, [cell for cell, _ in found]


def _reviews(cells: Iterable[GridCell]) -> tuple[list[int], list[GridCell]]:
    heads = [
        (cell, label) for cell in cells if (label := of_kind(cell.text, "review_head", "litigation_head"))
    ]
    return [cell.col for cell, label in heads if label.keys[0] == "review"], [cell for cell, _ in heads]


def _ends(starts: Sequence[int], cells: Sequence[GridCell]) -> list[int]:
    """The end of each set: of the last headed column before the next set begins."""
    limits = [*starts[1:], 10**6]
    return [
        max(cell.col + cell.col_span for cell in cells if start <= cell.col < limit)
        for start, limit in zip(starts, limits, strict=True)
    ]


def _years(grid: Grid, sets: Sequence[_Set]) -> list[int | None]:
    """The year that a heading above each set names."""
    found: list[int | None] = []
    for columns in sets:
        told = {
            year
            for cell in grid.cells
            if (year := _head_year(cell)) is not None
            and cell.col < columns.end
            and cell.col + cell.col_span > columns.first
            and sum(cell.col < s.end and cell.col + cell.col_span > s.values for s in sets) <= 1
        }
        found.append(told.pop() if len(told) == 1 else None)
    return found


def _head_year(cell: GridCell) -> int | None:
    """The year of a head; bare digits are one only over several columns."""
    if cell.col_span > 1 and _BARE.match(plain := squeeze(cell.text)):
        return int(plain)
    return _year(cell.text)


def _year(text: str) -> int | None:
    plain = simplify(squeeze(text))
    if match := _YEAR.match(plain):
        return int(match[1])
    return OWN if _OWN.match(plain) else OTHER if _OTHER.match(plain) else None


def _loose_years(grid: Grid) -> set[int]:
    """Years that head columns of a statutory table which is no pair of tables."""
    years = {
        year
        for cell in grid.cells
        if len(cell.text) < 12 and "年" in cell.text and (year := _year(cell.text)) is not None
    }
    if len(years) < 2 or not any(
        label.kind in ("requests_row", "proactive_row", "review_column")
        for cell in grid.cells
        for label in meanings(cell.text)
    ):
        return set()
    return years


def _reduced(grid: Grid, sets: Sequence[_Set], chosen: int) -> Grid:
    """The grid with the labels and one set of columns."""
    columns = sets[chosen]
    labelled = chosen == 0 or any(
        columns.first <= cell.col < columns.values
        and any(x.kind in ("requests_row", "proactive_row", "content") for x in meanings(cell.text))
        for cell in grid.cells
    )
    kept = list(range(columns.first if labelled else columns.values, columns.end))
    if not labelled:
        kept = [*range(sets[0].values), *kept]
    places = {col: at for at, col in enumerate(kept)}
    cells = []
    for cell in grid.cells:
        inside = [places[col] for col in range(cell.col, cell.col + cell.col_span) if col in places]
        if inside:
            cells.append(replace(cell, col=inside[0], col_span=len(inside)))
    return Grid(tuple(cells), grid.geometry, grid.place)
