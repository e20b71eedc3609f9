"""Grids from rulings: which lines make a table, which cells they bound, and which text stands in each.

Works on a `PageLayout` in reading orientation and knows neither the file format nor the form.
"""

from __future__ import annotations

import itertools
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter

import numpy as np

from extract.model import Box, Geometry, Grid, GridCell, Place
from extract.read.flow import cell_text
from extract.read.layout import PageLayout, PageRead, Run, Segment

SNAP = 3.0
"""Lines this close together are one ruling (double borders, borders drawn by each cell)."""
REACH = 3.5
"""A line that ends this near to another one meets it; gaps up to this are no gaps (dashes, drawn pieces)."""
COVER = 0.55
"""Share of a cell's side that has to be drawn for the side to be a border."""
MIN_LINE = 7.0
"""Shorter lines are no borders (after pieces were joined)."""
OPEN_SIDE = 8.0
"""Horizontal lines that go this far beyond the outermost upright bound a column with an open side."""

SIDE = 150.0
"""A spanning cell at the side of a table is at most this wide."""
MARGIN = 0.09
"""Share of a page's height at its top and foot in which page numbers and running heads stand."""
LINES_OF_ONE_ROW = 3
LINES_OF_NUMBERS = 5
"""So many lines side by side in a frame of one row, or lines of numbers in any row, are rows without rulings: the label
of one row or a number in a narrow cell is not wrapped so often."""

COLUMNS_OF_A_ROW = 5
"""A row of so many empty cells is part of a table; a frame with fewer of them may be drawn around anything."""

Region = tuple[int, int, int, int]
"""row, col, row_span, col_span"""


@dataclass(frozen=True, slots=True)
class Frame:
    """The rulings of one table: where its columns and rows are cut, and the cells between.

    Attributes:
        xs: x of the column borders from left to right, outer ones included.
        ys: y of the row borders from top to bottom.
        regions: the cells in reading order, without overlap, complete.
        open_top: no border is drawn at the top: the first row goes on from the page before.
        open_bottom: no border is drawn at the bottom: the last row goes on on the next page.
    """

    xs: tuple[float, ...]
    ys: tuple[float, ...]
    regions: tuple[Region, ...]
    open_top: bool = False
    open_bottom: bool = False

    @property
    def box(self) -> Box:
        return (self.xs[0], self.ys[0], self.xs[-1], self.ys[-1])

    def region_box(self, region: Region) -> Box:
        row, col, row_span, col_span = region
        return (self.xs[col], self.ys[row], self.xs[col + col_span], self.ys[row + row_span])


def read_ruled(layout: PageLayout) -> PageRead:
    """Find the tables that rulings draw on a page and put the text of the page into their cells.

    Args:
        layout: the page.

    Returns:
        The page with its explicit grids (complete: blank cells have the text ''), and the runs outside of them.
    """
    frames = [frame for frame in find_frames(layout) if len(frame.regions) > 1 and len(frame.xs) > 2]
    if not frames:
        return PageRead(layout, (), (), tuple(range(len(layout.runs))))
    placed, loose = _place_runs(layout, frames)
    unruled = [i for i, frame in enumerate(frames) if _has_rows_without_rulings(frame, placed[i])]
    if unruled:
        frames = [frame for i, frame in enumerate(frames) if i not in unruled]
        placed, loose = _place_runs(layout, frames)
    kept = [i for i in range(len(frames)) if any(placed[i]) or _is_blank_row(frames[i])]
    grids = tuple(_grid(layout, frames[i], placed[i]) for i in kept)
    return PageRead(layout, grids, tuple(frames[i].box for i in kept), tuple(loose))


def _is_blank_row(frame: Frame) -> bool:
    """Whether an empty frame is a row of a table: the one below heads that stand on the page before."""
    return len(frame.ys) == 2 and len(frame.regions) >= COLUMNS_OF_A_ROW


def _place_runs(layout: PageLayout, frames: Sequence[Frame]) -> tuple[list[list[list[Run]]], list[int]]:
    """The runs of each frame's regions, and the indices of the runs that stand in no frame."""
    locators = [_Locator(frame, layout) for frame in frames]
    placed: list[list[list[Run]]] = [[[] for _ in frame.regions] for frame in frames]
    loose: list[int] = []
    # a table inside of another one's cell takes its text first
    by_size = sorted(range(len(frames)), key=lambda i: _area(frames[i].box))
    for index, run in enumerate(layout.runs):
        x0, top, x1, bottom = run.box
        x, y = (x0 + x1) / 2, (top + bottom) / 2
        for i in by_size:
            if locators[i].has(x, y, bottom - top):
                for region, piece in locators[i].place(run, x, y):
                    placed[i][region].append(piece)
                break
        else:
            loose.append(index)
    return placed, loose


def _has_rows_without_rulings(frame: Frame, placed: Sequence[Sequence[Run]]) -> bool:
    """Whether only the columns are ruled: one row holds line under line that runs through several of its cells."""
    rows: dict[int, list[set[int]]] = {}
    lines, cells = (LINES_OF_ONE_ROW, 2) if len(frame.ys) == 2 else (LINES_OF_NUMBERS, 3)
    for (row, *_), runs in zip(frame.regions, placed, strict=True):
        if len(runs) < lines:  # as most: they can't hold so many lines
            continue
        if len(frame.ys) == 2 or all(run.text.strip("+-.,/% ").isdigit() for run in runs[-3:]):
            rows.setdefault(row, []).append({round((run.box[1] + run.box[3]) / 2 / SNAP) for run in runs})
    return any(
        sum(len(found & other) >= lines for other in stacks) >= cells
        for stacks in rows.values()
        for found in stacks
    )


def _area(box: Box) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])


def _grid(layout: PageLayout, frame: Frame, placed: Sequence[Sequence[Run]]) -> Grid:
    cells = []
    for region, runs in zip(frame.regions, placed, strict=True):
        box = frame.region_box(region)
        row, col, row_span, col_span = region
        text = layout.shown(cell_text(runs, box) if runs else "", box)
        cells.append(
            GridCell(row, col, text, Place(layout.number, layout.displayed(box)), row_span, col_span)
        )
    place = Place(page=layout.number, box=layout.displayed(frame.box))
    return Grid(tuple(cells), Geometry.EXPLICIT, place)


class _Locator:
    """Finds the cell at a point of a frame."""

    def __init__(self, frame: Frame, layout: PageLayout) -> None:
        self._frame = frame
        self._box = frame.box
        top, bottom = frame.ys[0], frame.ys[-1]
        is_open = frame.open_top or frame.open_bottom
        middles = [(run.box[1] + run.box[3], run.size) for run in layout.runs] if is_open else []
        # a side that is open in the middle of a page was just not drawn: what stands beyond it is another matter
        self._cut_above = frame.open_top and not any(
            layout.height * MARGIN < y / 2 < top - size for y, size in middles
        )
        self._cut_below = frame.open_bottom and not any(
            bottom + size < y / 2 < layout.height * (1 - MARGIN) for y, size in middles
        )
        self._over, self._under = 1.0 if self._cut_above else 0.35, 1.0 if self._cut_below else 0.35
        self._sides = [(frame.xs[col] - 1, frame.xs[col + span] + 1) for _, col, _, span in frame.regions]
        self._columns = len(frame.xs) - 1
        self._owner = [0] * (self._columns * (len(frame.ys) - 1))
        for number, (row, col, row_span, col_span) in enumerate(frame.regions):
            for i in range(row, row + row_span):
                for j in range(col, col + col_span):
                    self._owner[i * self._columns + j] = number

    def has(self, x: float, y: float, size: float) -> bool:
        """Whether a point is inside; a line of a cut row may stand a little beyond where its borders end."""
        x0, top, x1, bottom = self._box
        return x0 <= x <= x1 and top - size * self._over <= y <= bottom + size * self._under

    def at(self, x: float, y: float) -> int:
        """Number of the region at a point; points outside belong to the nearest one."""
        col = min(max(bisect_right(self._frame.xs, x) - 1, 0), self._columns - 1)
        row = min(max(bisect_right(self._frame.ys, y) - 1, 0), len(self._frame.ys) - 2)
        return self._owner[row * self._columns + col]

    def place(self, run: Run, x: float, y: float) -> list[tuple[int, Run]]:
        """The regions a run stands in. A run over a border is parted only where there is a gap at the border;
        text that is too wide for its cell stays together, with the cell that holds most of it.
        """
        region = self.at(x, y)
        if len(run.text) == 1:
            return [(region, run)]
        left, right = self._sides[region]
        if run.box[0] >= left and run.box[2] <= right:
            return [(region, run)]
        cuts = [0, *self._gaps(run, y), len(run.text)]
        return [
            (self._most(piece, y), piece) for piece in (run.part(a, b) for a, b in itertools.pairwise(cuts))
        ]

    def _gaps(self, run: Run, y: float) -> list[int]:
        middles = [(run.edges[2 * i] + run.edges[2 * i + 1]) / 2 for i in range(len(run.text))]
        regions = [self.at(x, y) for x in middles]
        return [
            i
            for i in range(1, len(regions))
            if regions[i] != regions[i - 1] and run.edges[2 * i] - run.edges[2 * i - 1] > 0.12 * run.size
        ]

    def _most(self, run: Run, y: float) -> int:
        """The region that most characters of a run stand in, the first one of equals."""
        counts: dict[int, int] = {}
        for i in range(len(run.text)):
            region = self.at((run.edges[2 * i] + run.edges[2 * i + 1]) / 2, y)
            counts[region] = counts.get(region, 0) + 1
        return max(counts, key=lambda region: counts[region])


def find_frames(layout: PageLayout) -> list[Frame]:
    """The tables that rulings draw on a page, from top to bottom."""
    horizontals, verticals = merge_segments(layout.horizontals), merge_segments(layout.verticals)
    frames = []
    for rows, columns in _components(horizontals, verticals):
        frame = _frame(rows, columns)
        if frame is not None:
            frames.append(frame)
    return sorted(frames, key=lambda frame: (frame.ys[0], frame.xs[0]))


_place_of, _start_of = attrgetter("at"), attrgetter("start")


def merge_segments(segments: Sequence[Segment]) -> list[Segment]:
    """Drawn pieces joined to whole lines: pieces of one line, dashes, double lines, borders of neighbours."""
    merged: list[Segment] = []

    def add(total: float, count: int, start: float, end: float) -> None:
        if end - start >= MIN_LINE:
            merged.append(Segment(total / count, start, end))

    for group in _clusters(sorted(segments, key=_place_of)):
        group.sort(key=_start_of)
        at, start, end, count = group[0].at, group[0].start, group[0].end, 1
        for piece in group[1:]:
            if piece.start <= end + REACH:
                at, count, end = at + piece.at, count + 1, max(end, piece.end)
            else:
                add(at, count, start, end)
                at, start, end, count = piece.at, piece.start, piece.end, 1
        add(at, count, start, end)
    return merged


def _clusters(ordered: Sequence[Segment]) -> Iterator[list[Segment]]:
    """Segments (sorted by `at`) in groups that lie within SNAP of their first."""
    group: list[Segment] = []
    first = 0.0
    for segment in ordered:
        if group and segment.at - first > SNAP:
            yield group
            group = []
        if not group:
            first = segment.at
        group.append(segment)
    if group:
        yield group


def _components(
    horizontals: Sequence[Segment], verticals: Sequence[Segment]
) -> Iterator[tuple[list[Segment], list[Segment]]]:
    """Lines that meet, directly or through others, with at least one of each direction."""
    # uprights as the bits of a number: groups are few, and meet where their numbers share a bit
    groups: list[tuple[int, list[int]]] = []
    for i, uprights in enumerate(_meetings(horizontals, verticals)):
        level, apart = [i], []
        for group in groups:
            if group[0] & uprights:
                uprights |= group[0]  # noqa: PLW2901  (what its other lines meet it meets through them)
                level += group[1]
            else:
                apart.append(group)
        groups = [*apart, (uprights, sorted(level))]
    whole = [
        (
            [horizontals[i] for i in level],
            [line for j, line in enumerate(verticals) if uprights >> j & 1],
        )
        for uprights, level in sorted(groups, key=lambda group: group[1])
        if uprights
    ]
    met = sum(uprights for uprights, _ in groups)
    for j, line in enumerate(verticals):
        if not met >> j & 1:
            _add_side(line, whole)
    yield from whole


def _meetings(horizontals: Sequence[Segment], verticals: Sequence[Segment]) -> list[int]:
    """For each horizontal the verticals that it meets, each as the bit of its number."""
    if not horizontals or not verticals:
        return []
    y, left, right = np.array([(line.at, line.start, line.end) for line in horizontals]).T[:, :, None]
    x, top, bottom = np.array([(line.at, line.start, line.end) for line in verticals]).T
    across = (left - REACH <= x) & (x <= right + REACH)
    down = (top - REACH <= y) & (y <= bottom + REACH)
    bits = np.packbits(across & down, axis=1, bitorder="little")
    return [int.from_bytes(row, "little") for row in map(bytes, bits)]


def _add_side(line: Segment, tables: Sequence[tuple[list[Segment], list[Segment]]]) -> None:
    """Give an upright that meets no ruling to the table beside it: the outer border of a cell that spans all rows
    of this page, and whose own top and bottom are on other pages.
    """
    for rows, columns in tables:
        top, bottom = min(row.at for row in rows), max(row.at for row in rows)
        left, right = min(row.start for row in rows), max(row.end for row in rows)
        shared = min(bottom, line.end) - max(top, line.start)
        near = left - SIDE < line.at < left or right < line.at < right + SIDE
        if near and shared > 0.8 * max(bottom - top, line.end - line.start):
            columns.append(line)
            break


def _frame(rows: list[Segment], columns: list[Segment]) -> Frame | None:
    xs = _cuts(columns, rows)
    ys = _cuts(rows, columns)
    if len(xs) < 2 or len(ys) < 2:
        return None
    upright = _drawn(xs, columns, ys)
    level = _drawn(ys, rows, xs)
    regions = tuple(_regions(len(ys) - 1, len(xs) - 1, upright, level))
    top, bottom = min(row.at for row in rows), max(row.at for row in rows)
    return Frame(tuple(xs), tuple(ys), regions, ys[0] < top - SNAP, ys[-1] > bottom + SNAP)


def _cuts(lines: list[Segment], across: list[Segment]) -> list[float]:
    """Where lines cut the table, with borders added where the lines across go on beyond the last one drawn."""
    groups = _clusters(sorted(lines, key=lambda line: line.at))
    cuts = [sum(line.at for line in group) / len(group) for group in groups]
    starts = sorted(line.start for line in across)
    ends = sorted((line.end for line in across), reverse=True)
    # one line may be longer by accident; two are a side that was left open
    second = min(1, len(across) - 1)
    if starts[second] < cuts[0] - OPEN_SIDE:
        cuts.insert(0, starts[second])
    if ends[second] > cuts[-1] + OPEN_SIDE:
        cuts.append(ends[second])
    return cuts


def _drawn(cuts: list[float], lines: list[Segment], spans: list[float]) -> list[list[bool]]:
    """For each cut and each span between two cuts across: whether the border is drawn. Outer ones always are."""
    at, start, end = np.array([(line.at, line.start, line.end) for line in lines]).T[:, :, None]
    nearest = np.abs(np.array(cuts) - at).argmin(axis=1)
    low, high = np.array(spans[:-1]), np.array(spans[1:])
    shared = np.maximum(np.minimum(high, end) - np.maximum(low, start), 0.0)
    covered = np.zeros((len(cuts), len(low)))
    np.add.at(covered, nearest, shared)
    drawn = covered >= COVER * (high - low)
    drawn[[0, -1]] = True
    found: list[list[bool]] = drawn.tolist()
    return found


def _regions(rows: int, columns: int, upright: list[list[bool]], level: list[list[bool]]) -> list[Region]:
    """Merge the base cells that no border parts. A merged area that is no rectangle is cut into rows again."""
    taken = [[False] * columns for _ in range(rows)]
    regions: list[Region] = []
    for row in range(rows):
        for col in range(columns):
            if taken[row][col]:
                continue
            width = 1
            while col + width < columns and not taken[row][col + width] and not upright[col + width][row]:
                width += 1
            height = 1
            # most cells end at once, with a border below their first column
            while (
                row + height < rows
                and not level[row + height][col]
                and _goes_on(row + height, col, width, upright, level, taken)
            ):
                height += 1
            if width > 1 or height > 1:
                for i in range(row, row + height):
                    taken[i][col : col + width] = [True] * width
            regions.append((row, col, height, width))
    return regions


def _goes_on(
    row: int,
    col: int,
    width: int,
    upright: list[list[bool]],
    level: list[list[bool]],
    taken: list[list[bool]],
) -> bool:
    """Whether a region goes on into a row below: no border above it, the same sides, nothing drawn inside."""
    columns = range(col, col + width)
    if any(level[row][j] or taken[row][j] for j in columns):
        return False
    if any(upright[j][row] for j in columns[1:]):
        return False
    return upright[col][row] and upright[col + width][row]
