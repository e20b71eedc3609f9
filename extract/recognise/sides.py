"""Pages with two tables of one section side by side: two years, or two agencies. Each side is read as a page of its own.

What stands right above each of two neighbouring tables (a year, an agency) becomes their first row, so that
`extract.recognise.comparison` can tell whose figures they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from extract.model import Box, Grid, GridCell, Place
from extract.read.flow import join_runs
from extract.read.layout import PageRead, Run, union
from extract.recognise.labels import Kind, meanings, section_of
from extract.recognise.pieces import Piece, make_pieces
from extract.recognise.split_rows import beside
from extract.value_class import value_class

_LABELS: tuple[Kind, ...] = (
    "article",
    "content",
    "proactive_row",
    "requests_row",
    "requests_group",
    "note",
    "review_head",
)
_NEEDED: tuple[Kind, ...] = ("content", "requests_row", "review_head")
MIN_PAIRS = 2
"""So many labels printed twice on their lines show two tables."""
GUTTER = 3.0
"""Least width of what parts two tables, in points."""
MAX_CAPTION = 40
MAX_LINES = 2
"""So many lines above a table are looked at: its own first row may have no rulings."""
NEAR = 3.0
"""A caption stands at most this many line heights above its table."""


@value_class(frozen=True, slots=True)
class Halves:
    """A page cut in two.

    Attributes:
        left: the page with what stands left of the cut alone, and no grids.
        right: the same of the right.
        cut: x between them.
    """

    left: PageRead
    right: PageRead
    cut: float


def halves(page: PageRead, loose: Sequence[int], cut: float | None) -> Halves | None:
    """A page whose tables stand side by side as two pages; None for any other page.

    Args:
        page: as read.
        loose: numbers of the runs to look at.
        cut: where the page before was cut, if its tables may go on.
    """
    runs = [page.layout.runs[index] for index in loose]
    found = _cut(make_pieces(runs))
    if found is None and cut is not None and not any(_crosses(run, cut) for run in runs[:1]):
        found = cut
    if found is None:
        return None
    return Halves(_side(page, loose, found, right=False), _side(page, loose, found, right=True), found)


def _crosses(run: Run, cut: float) -> bool:
    return run.box[0] < cut - 1 and run.box[2] > cut + 1


def _side(page: PageRead, loose: Sequence[int], cut: float, *, right: bool) -> PageRead:
    """One side's runs; headings of sections, which end a table, are on both."""

    def belongs(run: Run) -> bool:
        if section_of(run.text) is not None:
            return True
        return run.box[0] >= cut - 1 if right else run.box[2] <= cut + 1

    kept = tuple(index for index in loose if belongs(page.layout.runs[index]))
    return PageRead(page.layout, (), (), kept)


def may_hold_two(runs: Sequence[Run]) -> bool:
    """Whether some text of the form is there twice on a line: most pages are told apart by this."""
    seen: dict[str, list[Run]] = {}
    for run in runs:
        if len(run.text) > 2 and not run.text[0].isdigit():
            for other in seen.get(run.text, ()):
                if abs(other.box[1] - run.box[1]) < 0.5 * run.size and _is_twin(run.text):
                    return True
            seen.setdefault(run.text, []).append(run)
    return False


def _is_twin(text: str) -> bool:
    kinds = {label.kind for label in meanings(text)}
    return bool(kinds & {*_LABELS}) and not kinds & {"review_column", "applicant"}


def _cut(pieces: Sequence[Piece]) -> float | None:
    """X between the two tables of a page, if the labels of one are printed again beside it."""
    named: dict[tuple[str, tuple[str, ...]], list[Piece]] = {}
    for piece in pieces:
        if piece.is_kind("review_column", "applicant"):  # 总计 stands three times on a line of section four
            continue
        for label in piece.labels:
            if label.kind in _LABELS:
                named.setdefault((label.kind, label.keys), []).append(piece)
    twins = [
        (left, right, kind in _NEEDED)
        for (kind, _), found in named.items()
        for left in found
        for right in found
        if left.box[2] < right.box[0] and abs(left.middle - right.middle) < left.size
    ]
    if sum(needed for _, _, needed in twins) < MIN_PAIRS and not _reviews(twins):
        return None
    start = min(right.box[0] for _, right, _ in twins)
    if start <= max(left.box[2] for left, _, _ in twins):
        return None
    top = min(left.box[1] for left, _, _ in twins)
    bottom = max(left.box[3] for left, _, _ in twins)
    inside = [piece for piece in pieces if top <= piece.middle <= bottom]
    end = max((piece.box[2] for piece in inside if piece.box[0] < start), default=0.0)
    return (start + end) / 2 if end + GUTTER <= start else None


def _reviews(twins: Sequence[tuple[Piece, Piece, bool]]) -> bool:
    """Whether it is the heads of section four that are there twice: 行政复议 stands once in an ordinary table."""
    return any(left.is_kind("review_head") for left, _, _ in twins)


def with_sides(page: PageRead, parts: Halves, left: PageRead, right: PageRead) -> PageRead:
    """The page with the grids that were found on its sides, and without the text that they hold."""
    used = {*parts.left.loose} - {*left.loose} | {*parts.right.loose} - {*right.loose}
    return PageRead(
        page.layout,
        (*page.grids, *left.grids, *right.grids),
        (*page.frames, *left.frames, *right.frames),
        tuple(index for index in page.loose if index not in used),
    )


def with_captions(page: PageRead) -> PageRead:
    """The page with what stands right above each of several tables side by side as the table's first rows."""
    for _ in range(MAX_LINES):
        more = _with_line(page)
        if more is page:
            break
        page = more
    return page


def _with_line(page: PageRead) -> PageRead:
    frames = page.frames
    grids, higher, taken = list(page.grids), list(frames), set[int]()
    for at, frame in enumerate(frames):
        group = [at, *(i for i, other in enumerate(frames) if beside(frame, other))]
        if len(group) < 2 or min(group) != at:
            continue
        found = [_caption(page, frames[i]) for i in group]
        if all(found):
            for i, indices in zip(group, found, strict=True):
                grids[i] = _headed(grids[i], page, indices)
                higher[i] = union([frames[i], *(page.layout.runs[index].box for index in indices)])
                taken.update(indices)
    if not taken:
        return page
    loose = tuple(index for index in page.loose if index not in taken)
    return PageRead(page.layout, tuple(grids), tuple(higher), loose)


def _caption(page: PageRead, frame: Box) -> list[int]:
    """The runs of the line right above a table that belongs to it alone."""
    runs = page.layout.runs
    near = [
        index
        for index in page.loose
        if runs[index].box[0] >= frame[0] - GUTTER
        and runs[index].box[2] <= frame[2] + GUTTER
        and -1 <= frame[1] - runs[index].box[3] <= NEAR * runs[index].size
    ]
    if not near:
        return []
    low = max(runs[index].box[3] for index in near)
    line = [index for index in near if low - runs[index].box[3] < 0.5 * runs[index].size]
    whole = sum(len(runs[index].text) for index in line) <= MAX_CAPTION
    crossing = any(_crosses(runs[index], frame[2]) or _crosses(runs[index], frame[0]) for index in line)
    return line if whole and not crossing else []


def _headed(grid: Grid, page: PageRead, indices: Sequence[int]) -> Grid:
    runs = [page.layout.runs[index] for index in indices]
    box = page.layout.displayed(union([run.box for run in runs]))
    width = max(cell.col + cell.col_span for cell in grid.cells)
    head = GridCell(0, 0, join_runs(runs), Place(page.layout.number, box), 1, width)
    return replace(grid, cells=(head, *(replace(cell, row=cell.row + 1) for cell in grid.cells)))
