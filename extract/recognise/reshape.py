"""Grids put into the form's shape: turned tables turned back, tables that stand side by side in one grid taken apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import pairwise

from extract.model import Block, Geometry, Grid, GridCell
from extract.recognise.labels import Kind, meanings

MIN_ROWS = 10
"""So many rows of section three named in the first row of a grid make it a turned table."""
MIN_APPLICANTS = 5
MAX_HEAD = 60
MAX_CELLS = 2000
"""A larger grid is no statutory table, nor two."""


def reshaped(blocks: Sequence[Block]) -> Sequence[Block]:
    """The blocks with every grid in the form's shape; the same object where nothing is to be done."""
    if not any(isinstance(block, Grid) for block in blocks):
        return blocks
    found = [part for block in blocks for part in _parts(block)]
    same = len(found) == len(blocks) and all(a is b for a, b in zip(found, blocks, strict=True))
    return blocks if same else found


def _parts(block: Block) -> Iterator[Block]:
    if not isinstance(block, Grid) or len(block.cells) > MAX_CELLS:
        yield block
        return
    if _is_turned(block):
        yield _turned(block)
        return
    if block.geometry is Geometry.RAGGED:
        yield block
        return
    cut = _cut(block)
    if cut is None:
        yield block
        return
    yield _columns(block, 0, cut)
    yield _columns(block, cut, max(cell.col + cell.col_span for cell in block.cells))


def _is(cell: GridCell, *kinds: Kind) -> bool:
    return 1 < len(cell.text) <= MAX_HEAD and any(label.kind in kinds for label in meanings(cell.text))


def _is_turned(grid: Grid) -> bool:
    """Whether the applicants are rows and the form's rows columns."""
    heads = sum(_is(cell, "requests_row") for cell in grid.cells if cell.row == 0)
    if heads < MIN_ROWS:
        return False
    if grid.geometry is Geometry.RAGGED and len(set(Counter(cell.row for cell in grid.cells).values())) > 1:
        return False
    return sum(_is(cell, "applicant") for cell in grid.cells if cell.col == 0) >= MIN_APPLICANTS


def _turned(grid: Grid) -> Grid:
    cells = [
        replace(cell, row=cell.col, col=cell.row, row_span=cell.col_span, col_span=cell.row_span)
        for cell in grid.cells
    ]
    return replace(grid, cells=tuple(sorted(cells, key=lambda cell: (cell.row, cell.col))))


# --- side by side

_OWN: dict[str, tuple[Kind, ...]] = {
    "proactive": ("article", "content", "proactive_row"),
    "requests": ("requests_row", "note", "applicant_head"),
    "review": ("review_head", "litigation_head"),
}
"""What only one section's table prints."""


def _cut(grid: Grid) -> int | None:
    """The column at which the second of two sections' tables begins; None where a grid holds them under each other."""
    own: dict[str, list[GridCell]] = {}
    for cell in grid.cells:
        if 1 < len(cell.text) <= MAX_HEAD and not cell.text.isascii():
            for section in _sections(cell.text):
                own.setdefault(section, []).append(cell)
    if len(own) < 2:
        return None
    for left, right in pairwise(sorted(map(_extent, own.values()))):
        shared = min(left[3], right[3]) - max(left[2], right[2])
        if right[0] <= left[1] or shared <= 0:
            continue
        cut = right[0]
        if not any(cell.col < cut < cell.col + cell.col_span and cell.text.strip() for cell in grid.cells):
            return cut
    return None


@lru_cache(maxsize=4096)
def _sections(text: str) -> tuple[str, ...]:
    """The sections that a text belongs to by what it names."""
    kinds = {label.kind for label in meanings(text)}
    return tuple(section for section, own in _OWN.items() if kinds.intersection(own))


def _extent(own: Sequence[GridCell]) -> tuple[int, int, int, int]:
    """First and last column in which a section's labels begin, first and last row."""
    columns, rows = [cell.col for cell in own], [cell.row for cell in own]
    return min(columns), max(columns), min(rows), max(rows)


def _columns(grid: Grid, first: int, end: int) -> Grid:
    """Some columns of a grid; a cell that reaches over their edge (it is empty) is cut off there."""
    cells = []
    for cell in grid.cells:
        start, stop = max(cell.col, first), min(cell.col + cell.col_span, end)
        if start < stop:
            cells.append(replace(cell, col=start - first, col_span=stop - start))
    return replace(grid, cells=tuple(cells))
