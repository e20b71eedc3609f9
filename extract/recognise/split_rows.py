"""Rows that a page break has cut in two, put together again.

Word processors break a row where its lines break: the label's second line, or the last digit of a number wrapped in
a narrow cell, or a whole column's value stands on top of the next page. Read page by page, the row would have blanks
that are none, and numbers that lack a digit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from extract.model import Box, Grid, GridCell
from extract.read.flow import Heads, is_furniture, lines_of
from extract.read.layout import PageRead
from extract.recognise.labels import meanings
from extract.recognise.rows import value_like

SAME_SIDES = 0.8
"""Share of their common width that two tables have to overlap in to be one table over two pages."""
LATE_VALUES = 3
"""So many values without a label at the foot of a page can be those of the row whose label heads the next one."""
NARROW = 60.0
"""A number may be wrapped in a cell up to this wide, in points."""


def join_split_rows(pages: Sequence[PageRead], heads: Heads) -> list[PageRead]:
    """Join the last row of a page to the first one of the next where they are one row.

    Args:
        pages: pages in order; their grids are looked at where nothing but page numbers stands between them.
        heads: running heads of the document.
    """
    joined = list(pages)
    for i in range(len(joined) - 1):
        for above, below in _pairs(joined[i], joined[i + 1], heads):
            upper, lower = joined[i].grids[above], joined[i + 1].grids[below]
            first, second = join_grids(upper, lower) or join_late_label(upper, lower) or (upper, lower)
            if second is not None:
                first, second = join_spans(first, second)
            if first is not upper:
                joined[i] = _with_grid(joined[i], above, first)
                joined[i + 1] = _with_grid(joined[i + 1], below, second)
    return joined


def _pairs(page: PageRead, following: PageRead, heads: Heads) -> list[tuple[int, int]]:
    """Grids of a page and those of the next one that they go on in, by number; from the last to the first of these."""
    found = [
        (above, below)
        for above in _last_grids(page, heads)
        for below in _first_grids(following, heads)
        if _same_sides(page.frames[above], following.frames[below])
    ]
    return sorted(found, key=lambda pair: -pair[1])


def beside(one: Box, other: Box) -> bool:
    """Whether two boxes stand side by side: at one height for the most part, and nowhere over each other."""
    shared = min(one[3], other[3]) - max(one[1], other[1])
    lower = min(one[3] - one[1], other[3] - other[1])
    return shared > 0.5 * lower and (one[2] <= other[0] + 1 or other[2] <= one[0] + 1)


def _last_grids(page: PageRead, heads: Heads) -> list[int]:
    """The grid at the foot of a page, and those beside it, if no text stands below."""
    if not page.grids:
        return []
    last = max(range(len(page.grids)), key=lambda i: page.frames[i][3])
    bottom = page.frames[last][3]
    if _has_text(page, heads, bottom - 2, page.layout.height):
        return []
    return [i for i, frame in enumerate(page.frames) if i == last or beside(frame, page.frames[last])]


def _first_grids(page: PageRead, heads: Heads) -> list[int]:
    """The grid at the head of a page, and those beside it, if no text stands above."""
    if not page.grids:
        return []
    first = min(range(len(page.grids)), key=lambda i: page.frames[i][1])
    if _has_text(page, heads, 0, page.frames[first][1] + 2):
        return []
    return [i for i, frame in enumerate(page.frames) if i == first or beside(frame, page.frames[first])]


def _has_text(page: PageRead, heads: Heads, top: float, bottom: float) -> bool:
    return any(
        top <= (line.box[1] + line.box[3]) / 2 <= bottom and not is_furniture(line, page.layout, heads)
        for line in lines_of(page)
    )


def _same_sides(one: Box, other: Box) -> bool:
    common = min(one[2], other[2]) - max(one[0], other[0])
    return common >= SAME_SIDES * (max(one[2], other[2]) - min(one[0], other[0]))


def _with_grid(page: PageRead, at: int, grid: Grid | None) -> PageRead:
    grids, frames = list(page.grids), list(page.frames)
    if grid is None:
        del grids[at], frames[at]
    else:
        grids[at] = grid
    return replace(page, grids=tuple(grids), frames=tuple(frames))


def join_grids(above: Grid, below: Grid) -> tuple[Grid, Grid | None] | None:
    """Two grids with the first row of the second joined to the last row of the first, None if it is a row of its own.

    Returns:
        Both grids; the second is None where nothing of it is left.
    """
    height = max(cell.row + cell.row_span for cell in above.cells)
    last = [cell for cell in above.cells if cell.row + cell.row_span == height]
    first = [cell for cell in below.cells if cell.row == 0]
    pairs = [(_over(cell, last), cell) for cell in first]
    if not _is_continued(last, pairs):
        return None
    texts = {
        (host.row, host.col): (host, cell)
        for host, cell in pairs
        if host is not None and cell.text and (cell.row_span == 1 or host.row_span == 1)
    }
    # without the rest of its label the row below may be one of its own whose label is lost
    told = any(cell.text and not value_like(cell.text) for _, cell in pairs)
    upper = tuple(
        _joined(*texts[cell.row, cell.col], told) if (cell.row, cell.col) in texts else cell
        for cell in above.cells
    )
    lower = tuple(cut for cell in below.cells if (cut := _without_first_row(cell)) is not None)
    return replace(above, cells=upper), (replace(below, cells=lower) if lower else None)


def join_late_label(above: Grid, below: Grid) -> tuple[Grid, Grid] | None:
    """Two grids with a row put together whose values stand at the foot of a page and whose label on the next one.

    A renderer that centres the values of a cut row prints them before the label's first line. None if the last row
    has a label of its own, or the first row below has values of its own.
    """
    height = max(cell.row + cell.row_span for cell in above.cells)
    values = [cell for cell in above.cells if cell.row == height - 1 and cell.row_span == 1]
    filled = [cell for cell in values if cell.text]
    first = [cell for cell in below.cells if cell.row == 0 and cell.row_span == 1]
    blank = [cell for cell in first if not cell.text]
    is_late = (
        len(filled) >= LATE_VALUES
        and all(value_like(cell.text) for cell in filled)
        and any(_is_exact(cell.text) for cell in first)
        and all(not cell.text or not value_like(cell.text) for cell in first)
    )
    if not is_late:
        return None
    hosts = {id(host): cell for cell in filled if (host := _over(cell, blank)) is not None}
    if len(hosts) < len(filled):
        return None
    lower = tuple(
        replace(cell, text=hosts[id(cell)].text, place=hosts[id(cell)].place) if id(cell) in hosts else cell
        for cell in below.cells
    )
    upper = tuple(
        replace(cell, row_span=cell.row_span - 1)
        if cell.row_span > 1 and cell.row + cell.row_span == height
        else cell
        for cell in above.cells
        if cell not in values
    )
    return (replace(above, cells=upper), replace(below, cells=lower)) if upper else None


def join_spans(above: Grid, below: Grid) -> tuple[Grid, Grid | None]:
    """Labels of spanning cells that a page break has cut (三、本年度办理结 | 果) put together on the first page."""
    height = max(cell.row + cell.row_span for cell in above.cells)
    last = [cell for cell in above.cells if cell.row + cell.row_span == height]
    for cell in below.cells:
        host = _over(cell, last) if cell.row == 0 and cell.text else None
        if (
            host is None
            or not host.text
            or value_like(cell.text)
            or _is_exact(cell.text)
            or _is_exact(host.text)
        ):
            continue
        if _is_exact(host.text + cell.text):
            joined, blank = replace(host, text=host.text + cell.text), replace(cell, text="")
            above = replace(above, cells=tuple(joined if other is host else other for other in above.cells))
            below = replace(below, cells=tuple(blank if other is cell else other for other in below.cells))
    return above, below


def _over(cell: GridCell, row: Sequence[GridCell]) -> GridCell | None:
    """The cell of the row above that stands over a cell."""
    box = cell.place.box
    if box is None:
        return None

    def shared(other: GridCell) -> float:
        over = other.place.box
        return min(over[2], box[2]) - max(over[0], box[0]) if over is not None else 0.0

    best = max(row, key=shared, default=None)
    return best if best is not None and shared(best) > 0.4 * (box[2] - box[0]) else None


def _is_continued(last: Sequence[GridCell], pairs: Sequence[tuple[GridCell | None, GridCell]]) -> bool:
    """Whether a row goes on: it has no label of its own, and what it has completes what stands above."""
    lines = [(host, cell) for host, cell in pairs if cell.text and cell.row_span == 1]
    if not any(cell.text for _, cell in pairs) or any(host is None for host, _ in lines):
        return False
    labels = [(host, cell) for host, cell in lines if not value_like(cell.text)]
    for host, cell in labels:
        before = host.text if host is not None else ""
        if not _is_exact(before + cell.text) or _is_exact(before):
            return False
        if not before and _is_exact(cell.text):
            return False
    values = [(host, cell) for host, cell in lines if value_like(cell.text)]
    both = [host for host, _ in values if host is not None and host.text]
    if labels:
        return len(both) < max(2, len(values))
    # no label: the rest of a row, with some of its values or of their digits
    has_label = any(not value_like(cell.text) and meanings(cell.text) for cell in last)
    has_values = any(cell.text and value_like(cell.text) for cell in last)
    if values and not any(cell.text for cell in last):
        return len(pairs) == len(last)  # its borders were cut, and its whole text stands below
    if not values or not (has_label or has_values):
        return False
    if not both:
        return has_label or len(values) < _value_cells(last)
    return has_label and len(values) < _value_cells(last)


def _is_exact(text: str) -> bool:
    return any(label.exact for label in meanings(text))


def _value_cells(row: Sequence[GridCell]) -> int:
    return sum(1 for cell in row if value_like(cell.text))


def _joined(host: GridCell, cell: GridCell, told: bool) -> GridCell:
    """Two parts of a cell; digits are one number only where the row is `told` to go on and the cell is narrow."""
    if not host.text:
        return replace(host, text=cell.text, place=cell.place)
    box = host.place.box
    is_number = value_like(host.text) and value_like(cell.text)
    is_wide = box is None or box[2] - box[0] > NARROW
    return replace(host, text=host.text + (" " if is_number and (is_wide or not told) else "") + cell.text)


def _without_first_row(cell: GridCell) -> GridCell | None:
    if cell.row:
        return replace(cell, row=cell.row - 1)
    return replace(cell, row_span=cell.row_span - 1) if cell.row_span > 1 else None
