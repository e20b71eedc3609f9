"""The statutory tables where no ruling draws them: rows by their labels, columns by their heads, bands by fills and rules.

`settle` takes a document that still has its page layouts (PDF, and every other format with coordinates) and adds
the grids that only someone who knows the form can see. Explicit grids are left as they are, except that a row that
a page break has cut in two becomes one row.
"""

from __future__ import annotations

import itertools
import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import cache
from typing import Literal

from extract.form import load_form
from extract.model import Box, Geometry, Grid, GridCell, Place, ReadDocument
from extract.read.flow import assemble, cell_text, group_lines, is_furniture, lines_of, running_heads
from extract.read.layout import LaidOutDocument, PageLayout, PageRead, Run, Segment, union
from extract.read.ruled import merge_segments
from extract.recognise.labels import Kind, section_of
from extract.recognise.pieces import Columns, Piece, find_columns, line_pitch, make_pieces, stack_values
from extract.recognise.sides import Halves, halves, may_hold_two, with_captions, with_sides
from extract.recognise.split_rows import join_split_rows
from extract.value_class import value_class

Cell = tuple[int, int, int, int, str, Box]
"""row, col, row_span, col_span, text, box in reading orientation."""
Table = Literal["proactive", "requests", "review"]

ON_LINE = 0.3
"""A value surely stands beside a label that is at most this many line heights off."""
OFF_LINE = 0.6
"""A value may stand this many line heights off its label's line."""
RULE_SHARE = 0.6
"""Share of the value columns that a ruling or the edge of a fill has to cover to part two rows."""
_HINT = re.compile(
    "信息内容|第二十条|自然人|申请人情况|行政复议|行政处罚|结转|信[访訪]|申請|^.{0,2}信息.{0,3}$"
)
"""Every table of the form has labels with one of these, one at least of them whole on a line."""
_SENTENCE = re.compile("[，。；,;]")
LONGEST_HINT = 40
"""A longer line is no label that a table begins with."""


def settle(document: ReadDocument) -> ReadDocument:
    """Add the grids that no ruling draws, and put rows together that a page break has cut.

    Args:
        document: as read; anything without page layouts comes back unchanged.

    Returns:
        The document with its blocks in reading order, inferred grids among them.
    """
    if not isinstance(document, LaidOutDocument):
        return document
    heads = running_heads(document.read_pages)
    finder = _Finder()
    pages = []
    for page in document.read_pages:
        lines = lines_of(page)
        furniture = {
            run.order for line in lines if is_furniture(line, page.layout, heads) for run in line.runs
        }
        pages.append(finder.page(page, furniture))
    pages = list(map(with_captions, finder.with_blank_row(pages)))
    joined = join_split_rows(pages, heads)
    if joined == list(document.read_pages):
        return document
    return replace(document, blocks=assemble(joined), read_pages=tuple(joined))


@value_class(frozen=True, slots=True)
class _Built:
    """A grid in the making: cells with boxes in reading orientation, and the runs it uses up."""

    cells: tuple[tuple[int, int, int, int, str, Box], ...]
    box: Box
    used: frozenset[int]
    geometry: Geometry = Geometry.INFERRED

    def grid(self, layout: PageLayout) -> Grid:
        cells = tuple(
            GridCell(
                row,
                col,
                layout.shown(text, box),
                Place(layout.number, layout.displayed(box)),
                row_span,
                col_span,
            )
            for row, col, row_span, col_span, text, box in sorted(self.cells)
        )
        return Grid(cells, self.geometry, Place(layout.number, layout.displayed(self.box)))


@dataclass(slots=True)
class _Finder:
    """Walks the pages; remembers the columns of a table that goes on over a page."""

    open: Table | None = None
    requests: Columns | None = None
    proactive: Columns | None = None
    review: Columns | None = None
    cut_head: list[Piece] = field(default_factory=list)
    cut: float | None = None
    """X between two tables that go on side by side."""
    sides: tuple[_Finder, _Finder] | None = None

    def page(self, page: PageRead, furniture: set[int]) -> PageRead:
        loose = [index for index in page.loose if index not in furniture]
        runs = [page.layout.runs[index] for index in loose]
        if not runs or (self.open is None and self.cut is None and not _has_hint(runs)):
            return page
        if self.cut is not None or may_hold_two(runs):
            parts = halves(page, loose, self.cut)
            if parts is not None:
                return self._side_by_side(page, parts)
            self.cut = None
        awaiting, pieces = self.review, make_pieces(runs)
        zones = self._zones(pieces)
        built: list[_Built] = []
        end = pieces[0].box[1]
        if awaiting is not None and _ends_table(pieces[0]):
            self.review = None
            # a table that is drawn above is the row itself
            if all(frame[1] >= end for frame in page.frames):
                built.append(_blank_row(awaiting, (0.0, end)))
        for table, inside in zones:
            built += self._build(table, inside, page.layout)
        return _with_built(page, built)

    def _side_by_side(self, page: PageRead, parts: Halves) -> PageRead:
        """A page with two tables on one line: each side by itself."""
        if self.cut is None or self.sides is None:
            self.sides = (_Finder(), _Finder())
        left, right = self.sides[0].page(parts.left, set()), self.sides[1].page(parts.right, set())
        goes_on = any(side.open is not None for side in self.sides)
        self.open, self.review, self.cut = None, None, parts.cut if goes_on else None
        return with_sides(page, parts, left, right)

    def with_blank_row(self, pages: list[PageRead]) -> list[PageRead]:
        """The pages with the row of section four below its heads, if the document ends with those: it is blank."""
        if self.review is None:
            return pages
        heads = max((i for i, page in enumerate(pages) if page.grids), default=None)
        if heads is None or any(page.loose for page in pages[heads + 1 :]):
            return pages
        page = pages[heads]
        low = max(frame[3] for frame in page.frames)
        below = [run.box[1] for run in map(page.layout.runs.__getitem__, page.loose) if run.box[1] >= low]
        row = _blank_row(self.review, (low, min(below, default=low + 12)))
        return [*pages[:heads], _with_built(page, [row]), *pages[heads + 1 :]]

    def _zones(self, pieces: Sequence[Piece]) -> list[tuple[Table, list[Piece]]]:
        """The stretches of a page that belong to one table each, by what is printed in them."""
        zones: list[tuple[Table, list[Piece]]] = [(self.open, [])] if self.open is not None else []
        current: Table | None = self.open
        for piece in pieces:
            table = _table_of(piece)
            if table is not None and table != current:
                current = table
                zones.append((table, []))
            elif table is None and _ends_table(piece):
                current = None
            if current is not None:
                zones[-1][1].append(piece)
        self.open = current
        return [zone for zone in zones if zone[1]]

    def _build(self, table: Table, pieces: list[Piece], layout: PageLayout) -> list[_Built]:
        if table == "proactive":
            return self._proactive(pieces, layout)
        found = self._requests(pieces, layout) if table == "requests" else self._review(pieces)
        return [found] if found is not None else []

    # -- section three ------------------------------------------------------------------------------------------

    def _requests(self, pieces: list[Piece], layout: PageLayout) -> _Built | None:
        firm = [piece for piece in pieces if piece.is_kind("requests_row") and not piece.is_kind("applicant")]
        start = min((piece.box[1] for piece in firm), default=float("inf"))
        head = [piece for piece in pieces if piece.middle < start and not piece.is_value]
        notes = [piece for piece in (*self.cut_head, *head) if piece.is_kind("note")]
        left = _label_edge(firm, notes)
        columns = _applicant_columns([*self.cut_head, *head], left)
        if columns is None and head and not firm:
            self.cut_head += head
            return None
        # what is left of a cut head is no value
        over = _identities(
            head if columns is not None else [piece for piece in head if piece.box[0] >= left - 1]
        )
        if columns is None:
            columns, head = self.requests, []
        self.cut_head = []
        if columns is None:
            return None
        self.requests = columns
        body = [piece for piece in pieces if id(piece) not in over]
        table = _RequestsTable(
            columns, left, _edges(layout, columns.heads[0].box[0], columns.heads[-1].box[2])
        )
        return table.build(head, body)

    # -- section two --------------------------------------------------------------------------------------------

    def _proactive(self, pieces: list[Piece], layout: PageLayout) -> list[_Built]:
        rows = [piece for piece in pieces if piece.is_kind("article", "content", "proactive_row")]
        inner = [piece for piece in rows if not piece.is_kind("article")]
        if not inner:
            return []
        left = max(piece.box[2] for piece in inner)
        rows = [piece for piece in rows if piece.is_kind("article") or piece.box[0] < left]
        named = _identities(rows)
        beside = [
            piece
            for piece in pieces
            if id(piece) not in named and (piece.is_figure or piece.box[0] >= left - 1)
        ]
        values = stack_values(beside, rows, line_pitch(rows))
        right = max(piece.box[2] for piece in pieces)
        table = _ProactiveTable(
            left, right, self.proactive, Ledger.of(rows, values, _edges(layout, left, right))
        )
        built = table.build(values)
        self.proactive = table.columns
        return built

    # -- section four -------------------------------------------------------------------------------------------

    def _review(self, pieces: list[Piece]) -> _Built | None:
        values = [piece for piece in pieces if piece.is_value]
        head = [piece for piece in pieces if not piece.is_value]
        whole = [*self.cut_head, *head]
        heads = [piece for piece in whole if piece.is_kind("review_head", "litigation_head")]
        leaves = [run for piece in whole if piece not in heads for run in piece.runs]
        columns = find_columns(leaves, _review_names()) if heads else None
        if columns is None and heads and not values:
            self.cut_head += head
            return None
        if columns is None:
            columns, heads, head = self.review, [], []
        self.cut_head = []
        if columns is None:
            return None
        values = stack_values(values, [], line_pitch((*heads, *columns.heads)))
        # at the foot of a page the values may be on the next one: no row of blanks yet
        cut = self.open == "review" and not values
        self.review = columns if cut else None
        found = columns.assign([[value.box for value in values]])
        if found is None:
            return _ragged((*head, *values))
        if not heads and not values:
            return None
        return _review_grid(columns, heads, values, found[0], head, cut=cut)


def _with_built(page: PageRead, built: Sequence[_Built]) -> PageRead:
    """A page with grids added, and without the text that they hold among the rest."""
    if not built:
        return page
    used = frozenset[int]().union(*(item.used for item in built))
    return PageRead(
        page.layout,
        (*page.grids, *(item.grid(page.layout) for item in built)),
        (*page.frames, *(item.box for item in built)),
        tuple(index for index in page.loose if index not in used),
    )


def _has_hint(runs: Iterable[Run]) -> bool:
    """Whether a table of the form may begin among these runs: a label, where running text only mentions one."""
    return any(
        len(run.text) <= LONGEST_HINT
        and _HINT.search(run.text) is not None
        and _SENTENCE.search(run.text) is None
        and section_of(run.text) is None
        for run in runs
    )


def _table_of(piece: Piece) -> Table | None:
    """Which table a piece can only belong to."""
    for label in piece.labels:
        if label.kind in ("article", "content"):
            return "proactive"
        if label.kind in ("note", "applicant_head"):
            return "requests"
        if (
            label.kind == "requests_row"
            and label.exact
            and label.keys[0] in ("requests.received", "requests.carried_in")
        ):
            return "requests"
        if label.kind in ("review_head", "litigation_head"):
            return "review"
    return None


def _ends_table(piece: Piece) -> bool:
    """A heading of a section, or a sentence."""
    return section_of(piece.text) is not None or (piece.text.endswith("。") and not piece.labels)


def _label_edge(rows: Sequence[Piece], notes: Sequence[Piece]) -> float:
    """X where the labels end and the values begin."""
    return max((piece.box[2] for piece in (*rows, *notes)), default=0.0)


def _applicant_columns(head: Sequence[Piece], left: float) -> Columns | None:
    runs = [
        run
        for piece in head
        if not piece.is_kind("note", "applicant_head") and piece.box[0] >= left - 1
        for run in piece.runs
    ]
    return find_columns(runs, _applicant_names()) if runs else None


@cache
def _applicant_names() -> tuple[tuple[Kind, str], ...]:
    return tuple(("applicant", applicant.key) for applicant in load_form().shared.applicants)


@cache
def _review_names() -> tuple[tuple[Kind, str], ...]:
    return tuple(("review_column", column.key) for column in load_form().shared.review_columns) * 3


@cache
def _paths() -> dict[str, tuple[str, ...]]:
    """Row key -> the groups it is printed under."""
    return {row.key: tuple(row.path) for form in load_form().generations for row in form.requests.rows}


# -- bands --------------------------------------------------------------------------------------------------------


def _edges(layout: PageLayout, left: float, right: float) -> list[float]:
    """Y of the rulings and edges of fills that go through the value columns."""
    fills = [
        Segment(y, fill.box[0], fill.box[2]) for fill in layout.fills for y in (fill.box[1], fill.box[3])
    ]
    return sorted(
        line.at
        for line in merge_segments([*layout.horizontals, *fills])
        if min(line.end, right) - max(line.start, left) >= RULE_SHARE * (right - left)
    )


Band = tuple[float, float]


def make_bands(rows: Sequence[Piece], edges: Sequence[float]) -> list[Band]:
    """Top and bottom of each row: at the ruling between two labels where there is one, else halfway between them.

    Args:
        rows: the label of each row, from top to bottom.
        edges: rulings and edges of fills, from top to bottom.
    """
    if not rows:
        return []
    tops, bottoms = [], []
    for above, below in itertools.pairwise(rows):
        between = [y for y in edges if above.middle < y < below.middle]
        half = (above.box[3] + below.box[1]) / 2
        bottoms.append(between[0] if between else half)
        tops.append(between[-1] if between else half)
    first, last = rows[0], rows[-1]
    start = max((y for y in edges if y <= first.box[1] + 2), default=first.box[1] - 0.8 * first.size)
    end = min((y for y in edges if y >= last.box[3] - 2), default=last.box[3] + 0.8 * last.size)
    start = max(start, first.box[1] - 3 * first.size)
    end = min(end, last.box[3] + 3 * last.size)
    return list(zip([start, *tops], [*bottoms, end], strict=True))


@value_class(frozen=True, slots=True)
class Ledger:
    """The rows of a table without rulings: their labels and bands, and how values stand beside labels.

    Attributes:
        rows: the label of each row, from top to bottom.
        bands: top and bottom of each row.
        ruled: for each row whether rulings or fills bound it on both sides.
        anchor: the part of a label and of its values that stand at one height.
        heights: where that part of each row's label stands.
    """

    rows: tuple[Piece, ...]
    bands: tuple[Band, ...]
    ruled: tuple[bool, ...]
    anchor: Anchor
    heights: tuple[float, ...]

    @classmethod
    def of(cls, rows: Sequence[Piece], values: Sequence[Piece], edges: Sequence[float]) -> Ledger:
        ordered = sorted(rows, key=lambda piece: piece.middle)
        bands = make_bands(ordered, edges)
        ruled = tuple(_is_edge(top, edges) and _is_edge(bottom, edges) for top, bottom in bands)
        anchor = _anchor(ordered, values)
        heights = tuple(map(anchor.of, ordered))
        return cls(tuple(ordered), tuple(bands), ruled, anchor, heights)

    def row_of(self, value: Piece) -> int:
        """The row that a value stands in, -1 where it is no label's."""
        middle = value.middle
        for i, (top, bottom) in enumerate(self.bands):
            if top <= middle <= bottom and self.ruled[i]:
                return i
        if not self.rows:
            return -1
        at = self.anchor.of(value)
        distances = [abs(y - at) for y in self.heights]
        distance = min(distances)
        if distance <= OFF_LINE * value.size:
            return distances.index(distance)
        beside = [i for i, row in enumerate(self.rows) if row.box[1] - 1 <= middle <= row.box[3] + 1]
        return beside[0] if len(beside) == 1 else -1

    def rows_of(self, values: Sequence[Piece]) -> list[int]:
        """The row of each value, -1 where it is no label's."""
        return [self.row_of(value) for value in values]

    def place(self, values: Sequence[Piece], found: Sequence[int] | None = None) -> list[list[Piece]]:
        """The values of each row (`found` where `rows_of` has told them already); those of no row are left out."""
        placed: list[list[Piece]] = [[] for _ in self.rows]
        for value, row in zip(values, self.rows_of(values) if found is None else found, strict=True):
            if row >= 0:
                placed[row].append(value)
        return placed


class Anchor(Enum):
    """Which part of a label its values stand beside."""

    MIDDLE = "middle"
    TOP = "top"
    BOTTOM = "bottom"

    def of(self, piece: Piece) -> float:
        if self is Anchor.MIDDLE:
            return piece.middle
        return piece.box[1] if self is Anchor.TOP else piece.box[3]


def _anchor(rows: Sequence[Piece], values: Sequence[Piece]) -> Anchor:
    """The part of labels beside which the fewest values are missed, the first one of equals."""
    if not rows:
        return Anchor.MIDDLE
    reaches = [ON_LINE * value.size for value in values]
    best, fewest = Anchor.MIDDLE, len(values) + 1
    for anchor in Anchor:
        places = sorted(map(anchor.of, rows))
        misses = sum(
            [not _is_near(y, places, reach) for y, reach in zip(map(anchor.of, values), reaches, strict=True)]
        )
        if misses < fewest:
            best, fewest = anchor, misses
        if not fewest:
            break
    return best


def _is_near(y: float, places: Sequence[float], reach: float) -> bool:
    """Whether the nearest of some places (sorted) is at most so far."""
    i = bisect_left(places, y)
    return (i < len(places) and places[i] - y <= reach) or (i > 0 and y - places[i - 1] <= reach)


def _is_edge(y: float, edges: Sequence[float]) -> bool:
    return any(abs(y - edge) < 0.01 for edge in edges)


def _identities(pieces: Iterable[Piece]) -> frozenset[int]:
    """What to look pieces up by: `in` a list would compare all their runs."""
    return frozenset(map(id, pieces))


def _orders(pieces: Iterable[Piece]) -> frozenset[int]:
    return frozenset(run.order for piece in pieces for run in piece.runs)


def _value_cells(
    at: int, row: Sequence[Piece], columns: Sequence[int], cuts: Sequence[float], band: Band, labels: int
) -> Iterable[Cell]:
    """The cells of one row's value columns, blanks included."""
    inside: dict[int, list[Piece]] = {}
    for value, column in zip(row, columns, strict=True):
        inside.setdefault(column, []).append(value)
    for j in range(len(cuts) - 1):
        box = (cuts[j], band[0], cuts[j + 1], band[1])
        yield (at, labels + j, 1, 1, _joined(inside[j]) if j in inside else "", box)


def _joined(values: Sequence[Piece]) -> str:
    """The text of values that share a cell: a wrapped number is put together by its own width."""
    if not values:
        return ""
    if len(values) == 1 and len(values[0].runs) <= 1:  # as most
        return values[0].text
    ordered = sorted(values, key=lambda value: (value.box[1], value.box[0]))
    return " ".join(
        cell_text(value.runs, value.box) if len(value.runs) > 1 else value.text for value in ordered
    )


def _with_piles(rows: Sequence[Sequence[Piece]], columns: Sequence[Sequence[int]]) -> list[list[int]]:
    """The columns of the values of each row, twice where a value is two numbers that stand over each other."""
    return [
        [at for value, at in zip(row, of_row, strict=True) for _ in range(1 + (" " in _joined([value])))]
        for row, of_row in zip(rows, columns, strict=True)
    ]


def _unsure_rows(columns: Sequence[Sequence[int]], named: Sequence[bool]) -> set[int]:
    """Rows whose values may be another row's: where labels were cut wrongly, the values of two rows pile up in one
    (two values in one column), or beside text that names no row, and a row nearby stays empty.

    Args:
        columns: for each row the columns of its values.
        named: for each row whether its label names it.
    """
    piled = {i for i, row in enumerate(columns) if len(set(row)) < len(row)}
    odd = piled | {i for i, row in enumerate(columns) if row and not named[i]}
    empty = {i for i, row in enumerate(columns) if not row}
    return piled | {i for i in empty if any(abs(i - j) <= 2 for j in odd)}


def _ragged(pieces: Sequence[Piece]) -> _Built | None:
    """Lines of which only the order of the texts is known."""
    shown = [piece for piece in pieces if piece.runs]
    lines = group_lines(Run(piece.text, piece.box, i, ()) for i, piece in enumerate(shown))
    cells = [
        (i, j, 1, 1, run.text, run.box) for i, line in enumerate(lines) for j, run in enumerate(line.runs)
    ]
    if not cells:
        return None
    return _Built(tuple(cells), union([cell[5] for cell in cells]), _orders(pieces), Geometry.RAGGED)


# -- section three --------------------------------------------------------------------------------------------------


@value_class(frozen=True, slots=True)
class _RequestsTable:
    """Builds the grid of section three: three label columns, seven value columns."""

    columns: Columns
    left: float
    edges: Sequence[float]

    def build(self, head: Sequence[Piece], body: Sequence[Piece]) -> _Built | None:
        beside: list[Piece] = []
        labels: list[Piece] = []
        for piece in body:
            (beside if piece.is_figure or piece.box[0] >= self.left - 1 else labels).append(piece)
        rows = _requests_rows(labels)
        values = stack_values(beside, rows, line_pitch((*labels, *self.columns.heads)))
        ledger = Ledger.of(rows, values, self.edges)
        at = ledger.rows_of(values)
        lost = [value for value, row in zip(values, at, strict=True) if row < 0]
        strays = self._unnamed(labels, lost, rows)
        if strays:
            # values above the first label may be the rest of a cut row; anywhere else something is not understood
            if any(
                not stray.text and (head or stray.middle > ledger.rows[0].middle) for stray in strays if rows
            ):
                return _ragged((*head, *body))
            rows = sorted([*rows, *strays], key=lambda piece: piece.middle)
            ledger = Ledger.of(rows, values, self.edges)
            at = ledger.rows_of(values)
        if not rows and not head:
            return None
        placed = ledger.place(values, at)
        found = self.columns.assign([[value.box for value in row] for row in placed])
        taken = [value for row in placed for value in row]
        if found is None or len(taken) < len(values):
            return _ragged((*head, *body))
        cuts = self.columns.cuts([value.box for value in taken], [column for row in found for column in row])
        first = 2 if head else 0
        cells = [*self._head_cells(head, cuts), *self._label_cells(ledger, labels, first)]
        unsure = _unsure_rows(_with_piles(placed, found), [piece not in strays for piece in ledger.rows])
        for i, (row, columns, band) in enumerate(zip(placed, found, ledger.bands, strict=True)):
            if i in unsure:
                cells.append(
                    (first + i, 3, 1, len(cuts) - 1, _joined(row), (cuts[0], band[0], cuts[-1], band[1]))
                )
            else:
                cells += _value_cells(first + i, row, columns, cuts, band, 3)
        used = _orders((*head, *labels, *taken))
        return _Built(tuple(cells), union([cell[5] for cell in cells]), used)

    def _unnamed(
        self, labels: Sequence[Piece], strays: Sequence[Piece], rows: Sequence[Piece]
    ) -> list[Piece]:
        """Rows with values but no label that names a row: what stands beside the values, or the values' own line."""
        found: list[Piece] = []
        named = _identities(rows)
        for line in group_lines(run for piece in strays for run in piece.runs):
            middle = (line.box[1] + line.box[3]) / 2
            beside = [
                piece
                for piece in labels
                if id(piece) not in named
                and piece.box[1] - 2 <= middle <= piece.box[3] + 2
                and not piece.is_kind("requests_group")
            ]
            nearest = max(beside, key=lambda piece: piece.box[2], default=None)
            if nearest is None:
                found.append(Piece((), "", line.box))
            else:
                box = (nearest.box[0], line.box[1], nearest.box[2], line.box[3])
                found.append(Piece(nearest.runs, nearest.text, box))
        return found

    def _head_cells(self, head: Sequence[Piece], cuts: Sequence[float]) -> Iterable[Cell]:
        if not head:
            return
        box = union([piece.box for piece in head])
        notes = "".join(piece.text for piece in head if piece.box[0] < self.left - 1)
        over = [piece for piece in head if piece.is_kind("applicant_head") and piece.box[0] >= self.left - 1]
        middle = min((piece.box[1] for piece in self.columns.heads), default=box[3])
        yield (0, 0, 2, 3, notes, (box[0], box[1], cuts[0], box[3]))
        over_text = "".join(piece.text for piece in over)
        yield (0, 3, 1, len(cuts) - 1, over_text, (cuts[0], box[1], cuts[-1], middle))
        for j, piece in enumerate(self.columns.heads):
            yield (1, 3 + j, 1, 1, piece.text, (cuts[j], middle, cuts[j + 1], box[3]))

    def _label_cells(self, ledger: Ledger, labels: Sequence[Piece], first: int) -> Iterable[Cell]:
        rows, bands = ledger.rows, ledger.bands
        paths = _row_paths(rows)
        edge = min((piece.box[0] for piece in labels), default=0.0)
        named = _orders(rows)
        spare = [piece for piece in labels if not named & _orders([piece])]
        for i, (piece, path) in enumerate(zip(rows, paths, strict=True)):
            depth = len(path)
            box = (piece.box[0], bands[i][0], max(self.left, piece.box[2]), bands[i][1])
            yield (first + i, depth, 1, 3 - depth, piece.text, box)
            for level in range(depth):
                if i and paths[i - 1][: level + 1] == path[: level + 1]:
                    continue
                end = i + 1
                while end < len(rows) and paths[end][: level + 1] == path[: level + 1]:
                    end += 1
                span = (bands[i][0], bands[end - 1][1])
                text = _group_text(spare, path[level], span, is_first=level == 0)
                yield (first + i, level, end - i, 1, text, (edge, span[0], piece.box[0], span[1]))


def _requests_rows(labels: Sequence[Piece]) -> list[Piece]:
    """The labels that name rows; a label that stands beside another row's is a group's."""
    rows = [piece for piece in labels if piece.is_kind("requests_row")]
    return [
        piece
        for piece in rows
        if not piece.is_kind("requests_group")
        or not any(
            other is not piece
            and other.box[0] >= piece.box[2] - 1
            and other.box[1] - 1 <= piece.middle <= other.box[3] + 1
            for other in rows
        )
    ]


def _row_paths(rows: Sequence[Piece]) -> list[tuple[str, ...]]:
    """The groups each row is printed under; a row of unknown name is under those of both its neighbours."""
    paths: list[tuple[str, ...] | None] = []
    for piece in rows:
        keys = [key for label in piece.labels if label.kind == "requests_row" for key in label.keys]
        paths.append(next((_paths()[key] for key in keys if key in _paths()), None))
    found = []
    for i, path in enumerate(paths):
        before = next((p for p in reversed(paths[:i]) if p is not None), None)
        after = next((p for p in paths[i + 1 :] if p is not None), None)
        common = before[:1] if before and after and before[:1] == after[:1] else ()
        found.append(path if path is not None else common)
    return found


def _group_text(spare: Sequence[Piece], key: str, span: Band, *, is_first: bool) -> str:
    """The text of a group's cell: its label, and for the outermost group whatever else stands loose beside the rows."""
    inside = [piece for piece in spare if span[0] - 2 <= piece.middle <= span[1] + 2]
    named = [
        piece
        for piece in inside
        if any(label.kind == "requests_group" and key in label.keys for label in piece.labels)
    ]
    if is_first:
        named = [piece for piece in inside if piece in named or not piece.is_kind("requests_group")]
    return "".join(piece.text for piece in named)


# -- section two ----------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _ProactiveTable:
    """Builds the grids of section two, one a header; `columns` are those of the last header row seen."""

    left: float
    right: float
    columns: Columns | None
    ledger: Ledger

    def build(self, values: Sequence[Piece]) -> list[_Built]:
        rows = self.ledger.rows
        placed = self.ledger.place(values)
        lost = (
            len(values)
            - sum(map(len, placed))
            + sum(len(row) for i, row in enumerate(placed) if rows[i].is_kind("article"))
        )
        if lost:
            ragged = _ragged((*rows, *values))
            return [ragged] if ragged is not None else []
        starts = [i for i in range(len(rows)) if i == 0 or self._begins(i)]
        blocks = [
            self._block(range(a, b), placed) for a, b in zip(starts, [*starts[1:], len(rows)], strict=True)
        ]
        return [block for block in blocks if block is not None]

    def _begins(self, i: int) -> bool:
        """Whether a part begins at a row: with its article, or with a header that has none above."""
        rows = self.ledger.rows
        return rows[i].is_kind("article") or (
            rows[i].is_kind("content") and not rows[i - 1].is_kind("article")
        )

    def _block(self, block: range, placed: Sequence[Sequence[Piece]]) -> _Built | None:
        rows, bands = self.ledger.rows, self.ledger.bands
        heads = [i for i in block if rows[i].is_kind("content") and placed[i]]
        for i in heads:
            self.columns = Columns(tuple(sorted(placed[i], key=lambda piece: piece.box[0])))
        if self.columns is None:
            return None
        used = _orders((*(rows[i] for i in block), *(value for i in block for value in placed[i])))
        data = [i for i in block if i not in heads and not rows[i].is_kind("article")]
        found = self.columns.assign([[value.box for value in placed[i]] for i in data])
        if found is None:
            return _ragged([piece for i in block for piece in (rows[i], *placed[i])])
        taken = [value for i in data for value in placed[i]]
        cuts = self.columns.cuts([value.box for value in taken], [column for row in found for column in row])
        columns_of = {**dict(zip(data, found, strict=True)), **{i: list(range(len(cuts) - 1)) for i in heads}}
        piles = _with_piles([placed[i] for i in data], found)
        unsure = {data[n] for n in _unsure_rows(piles, [True] * len(data))}
        cells: list[Cell] = []
        for at, i in enumerate(block):
            end = self.left if i in columns_of else self.right
            span = 1 if i in columns_of else len(cuts)
            cells.append((at, 0, 1, span, rows[i].text, (rows[i].box[0], bands[i][0], end, bands[i][1])))
            if i in unsure:
                box = (cuts[0], bands[i][0], cuts[-1], bands[i][1])
                cells.append((at, 1, 1, len(cuts) - 1, _joined(placed[i]), box))
            elif i in columns_of:
                row = list(self.columns.heads) if i in heads else placed[i]
                cells += _value_cells(at, row, columns_of[i], cuts, bands[i], 1)
        return _Built(tuple(cells), union([cell[5] for cell in cells]), used)


# -- section four ---------------------------------------------------------------------------------------------------


def _review_grid(
    columns: Columns,
    heads: Sequence[Piece],
    values: Sequence[Piece],
    assigned: Sequence[int],
    head: Sequence[Piece],
    *,
    cut: bool,
) -> _Built:
    """The grid of section four: three rows of heads where `heads` are printed, one row of values unless it is `cut`
    off. `head` is what of the heads stands on this page.
    """
    cuts = columns.cuts([value.box for value in values], assigned)
    cells: list[Cell] = []
    low = min((value.box[1] for value in values), default=0.0) - 1
    if heads:
        top = min((piece.box[1] for piece in head), default=low)
        low = max((piece.box[3] for piece in head), default=low)
        leaf = (top + low) / 2
        for level, start, span, key in _REVIEW_HEADS:
            text = "".join(piece.text for piece in heads if any(key in label.keys for label in piece.labels))
            cells.append((level, start, 1, span, text, (cuts[start], top, cuts[start + span], leaf)))
        cells.append((1, 0, 1, 5, "", (cuts[0], top, cuts[5], leaf)))
        cells += [
            (2, j, 1, 1, piece.text, (cuts[j], leaf, cuts[j + 1], low))
            for j, piece in enumerate(columns.heads)
        ]
    if not cut:
        bottom = max((value.box[3] for value in values), default=low + 12)
        cells += _value_cells(3 if heads else 0, values, assigned, cuts, (low, bottom), 0)
    used = _orders((*values, *head))
    return _Built(tuple(cells), union([cell[5] for cell in cells]), used)


def _blank_row(columns: Columns, band: Band) -> _Built:
    """Section four's row between its heads and what follows on a later page: nothing stands in it."""
    cuts = columns.cuts((), ())
    cells = tuple(_value_cells(0, (), (), cuts, band, 0))
    return _Built(cells, (cuts[0], band[0], cuts[-1], band[1]), frozenset())


_REVIEW_HEADS = (
    (0, 0, 5, "review"),
    (0, 5, 10, "litigation"),
    (1, 5, 5, "litigation.direct"),
    (1, 10, 5, "litigation.after_review"),
)
