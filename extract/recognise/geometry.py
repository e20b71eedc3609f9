"""The statutory tables where no ruling draws them: rows by their labels, columns by their heads, bands by fills and rules.

`settle` takes a document that still has its page layouts (PDF, and every other format with coordinates) and adds
the grids that only someone who knows the form can see. Explicit grids are left as they are, except that a row that
a page break has cut in two becomes one row.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Literal

from extract.form import load_form
from extract.model import Box, Geometry, Grid, GridCell, Place, ReadDocument
from extract.read.flow import assemble, cell_text, group_lines, is_furniture, running_heads
from extract.read.layout import LaidOutDocument, PageLayout, PageRead, Run, Segment, union
from extract.read.ruled import merge_segments
from extract.recognise.labels import Kind, section_of
from extract.recognise.pieces import Columns, Piece, find_columns, make_pieces
from extract.recognise.rows import value_like
from extract.recognise.split_rows import join_split_rows

Table = Literal["proactive", "requests", "review"]

RULE_SHARE = 0.6
"""Share of the value columns that a ruling or the edge of a fill has to cover to part two rows."""
_HINTS = ("信息内容", "第二十条", "自然人", "申请人情况", "行政复议", "行政处罚", "结转", "信息", "信訪", "信访", "申請")


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
        lines = group_lines(page.layout.runs[index] for index in page.loose)
        furniture = {
            run.order for line in lines if is_furniture(line, page.layout, heads) for run in line.runs
        }
        pages.append(finder.page(page, furniture))
    joined = join_split_rows(pages, heads)
    if joined == list(document.read_pages):
        return document
    return replace(document, blocks=assemble(joined), read_pages=tuple(joined))


@dataclass(frozen=True, slots=True)
class _Built:
    """A grid in the making: cells with boxes in reading orientation, and the runs it uses up."""

    cells: tuple[tuple[int, int, int, int, str, Box], ...]
    box: Box
    used: frozenset[int]
    geometry: Geometry = Geometry.INFERRED

    def grid(self, layout: PageLayout) -> Grid:
        cells = tuple(
            GridCell(row, col, text, Place(layout.number, layout.displayed(box)), row_span, col_span)
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
    content: list[Piece] = field(default_factory=list)

    def page(self, page: PageRead, furniture: set[int]) -> PageRead:
        runs = [page.layout.runs[index] for index in page.loose if index not in furniture]
        if not runs or (self.open is None and not _has_hint(runs)):
            return page
        built: list[_Built] = []
        for table, pieces in self._zones(make_pieces(runs)):
            found = self._build(table, pieces, page.layout)
            if found is not None:
                built.append(found)
        if not built:
            return page
        used = frozenset[int]().union(*(item.used for item in built))
        return PageRead(
            page.layout,
            (*page.grids, *(item.grid(page.layout) for item in built)),
            (*page.frames, *(item.box for item in built)),
            tuple(index for index in page.loose if index not in used),
        )

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

    def _build(self, table: Table, pieces: list[Piece], layout: PageLayout) -> _Built | None:
        if table == "requests":
            return self._requests(pieces, layout)
        if table == "proactive":
            return self._proactive(pieces, layout)
        return self._review(pieces)

    # -- section three ------------------------------------------------------------------------------------------

    def _requests(self, pieces: list[Piece], layout: PageLayout) -> _Built | None:
        firm = [piece for piece in pieces if piece.is_kind("requests_row") and not piece.is_kind("applicant")]
        start = min((piece.box[1] for piece in firm), default=float("inf"))
        head = [piece for piece in pieces if piece.middle < start]
        body = [piece for piece in pieces if piece.middle >= start]
        left = _label_edge(firm, [piece for piece in head if piece.is_kind("note")])
        columns = _applicant_columns(head, left) or self.requests
        if columns is None:
            return None
        has_head = columns is not self.requests
        self.requests = columns
        if not has_head:
            head, body = [], pieces
        table = _RequestsTable(columns, left, _edges(layout, columns.heads[0].box[0], columns.heads[-1].box[2]))
        return table.build(head, body)

    # -- section two --------------------------------------------------------------------------------------------

    def _proactive(self, pieces: list[Piece], layout: PageLayout) -> _Built | None:
        rows = [piece for piece in pieces if piece.is_kind("article", "content", "proactive_row")]
        inner = [piece for piece in rows if not piece.is_kind("article")]
        if not inner:
            return None
        left = max(piece.box[2] for piece in inner)
        right = max(piece.box[2] for piece in pieces)
        rows = [piece for piece in rows if piece.is_kind("article") or piece.box[0] < left]
        bands = make_bands(rows, _edges(layout, left, right))
        table = _ProactiveTable(left, self.proactive)
        built = table.build(rows, bands, pieces)
        self.proactive = table.columns
        return built

    # -- section four -------------------------------------------------------------------------------------------

    def _review(self, pieces: list[Piece]) -> _Built | None:
        heads = [piece for piece in pieces if piece.is_kind("review_head", "litigation_head")]
        leaves = [run for piece in pieces if piece not in heads and not piece.is_value for run in piece.runs]
        columns = find_columns(leaves, _review_names()) if heads else None
        if columns is None:
            columns, heads = self.review, []
        if columns is None:
            return None
        below = max((head.box[3] for head in columns.heads), default=0.0) if heads else 0.0
        values = [run for piece in pieces if piece.is_value for run in piece.runs if run.box[1] > below - 2]
        self.review = None if values else columns
        assigned = columns.assign([run.box for run in values])
        if assigned is None:
            return _ragged([[_text_of(run) for run in values]], values, heads)
        if not heads and not values:
            return None
        return _review_grid(columns, heads, values, assigned)


def _has_hint(runs: Iterable[Run]) -> bool:
    return any(hint in run.text for run in runs for hint in _HINTS)


def _table_of(piece: Piece) -> Table | None:
    """Which table a piece can only belong to."""
    for label in piece.labels:
        if label.kind in ("article", "content"):
            return "proactive"
        if label.kind in ("note", "applicant_head"):
            return "requests"
        if label.kind == "requests_row" and label.exact and label.keys[0] in ("requests.received", "requests.carried_in"):
            return "requests"
        if label.kind in ("review_head", "litigation_head"):
            return "review"
    return None


def _ends_table(piece: Piece) -> bool:
    """A heading of a section, or a sentence."""
    return section_of(piece.text) is not None or (piece.text.endswith("。") and not piece.labels)


def _label_edge(rows: Sequence[Piece], notes: Sequence[Piece]) -> float:
    """x where the labels end and the values begin."""
    if rows:
        return max(piece.box[2] for piece in rows)
    return max((piece.box[2] for piece in notes), default=0.0)


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
    """y of the rulings and edges of fills that go through the value columns."""
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
    for above, below in zip(rows, rows[1:], strict=False):
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


def _row_of(run: Run, rows: Sequence[Piece], bands: Sequence[Band]) -> int:
    """The row that a value stands in, -1 where it stands too far from every label."""
    middle = (run.box[1] + run.box[3]) / 2
    for i, (top, bottom) in enumerate(bands):
        if top <= middle <= bottom:
            reach = (rows[i].box[3] - rows[i].box[1]) / 2 + 1.6 * max(run.size, rows[i].size)
            return i if abs(middle - rows[i].middle) <= reach else -1
    return -1


def _text_of(run: Run) -> tuple[str, Box]:
    return run.text, run.box


def _ragged(
    rows: Sequence[Sequence[tuple[str, Box]]], values: Sequence[Run], heads: Sequence[Piece]
) -> _Built | None:
    """Rows of which only the order of the cells is known."""
    cells = [
        (i, j, 1, 1, text, box) for i, row in enumerate(rows) for j, (text, box) in enumerate(row)
    ]
    if not cells:
        return None
    used = frozenset(run.order for run in values) | {run.order for piece in heads for run in piece.runs}
    return _Built(tuple(cells), union([cell[5] for cell in cells]), frozenset(used), Geometry.RAGGED)


# -- section three --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _RequestsTable:
    """Builds the grid of section three: three label columns, seven value columns."""

    columns: Columns
    left: float
    edges: Sequence[float]

    def build(self, head: Sequence[Piece], body: Sequence[Piece]) -> _Built | None:
        labels = [piece for piece in body if piece.box[2] <= self.left + 1]
        rows = _requests_rows(labels)
        values = [run for piece in body for run in piece.runs if run.box[0] >= self.left - 1]
        rows = [*rows, *self._unnamed(rows, labels, values)]
        rows.sort(key=lambda piece: piece.middle)
        if not rows and not head:
            return None
        bands = make_bands(rows, self.edges)
        placed: list[list[Run]] = [[] for _ in rows]
        for run in values:
            row = _row_of(run, rows, bands)
            if row >= 0:
                placed[row].append(run)
        taken = [run for runs in placed for run in runs]
        assigned = self.columns.assign([run.box for run in taken])
        if assigned is None:
            texts = [
                [(piece.text, piece.box), *map(_text_of, sorted(runs, key=lambda run: run.box[0]))]
                for piece, runs in zip(rows, placed, strict=True)
            ]
            return _ragged(texts, taken, rows)
        column_of = dict(zip((run.order for run in taken), assigned, strict=True))
        cuts = self.columns.cuts([run.box for run in taken], assigned)
        cells = [*self._head_cells(head, cuts)]
        first = 2 if head else 0
        cells += self._label_cells(rows, labels, bands, first)
        for i, (runs, band) in enumerate(zip(placed, bands, strict=True)):
            for j in range(len(cuts) - 1):
                box = (cuts[j], band[0], cuts[j + 1], band[1])
                inside = [run for run in runs if column_of[run.order] == j]
                cells.append((first + i, 3 + j, 1, 1, cell_text(inside, box), box))
        used = {run.order for piece in (*head, *labels) for run in piece.runs} | {run.order for run in taken}
        return _Built(tuple(cells), union([cell[5] for cell in cells]), frozenset(used))

    def _unnamed(self, rows: Sequence[Piece], labels: Sequence[Piece], values: Sequence[Run]) -> list[Piece]:
        """Rows with values but no label that names a row: their label, or the values themselves."""
        bands = make_bands(sorted(rows, key=lambda piece: piece.middle), self.edges)
        ordered = sorted(rows, key=lambda piece: piece.middle)
        stray = [run for run in values if _row_of(run, ordered, bands) < 0]
        found = []
        for line in group_lines(stray):
            middle = (line.box[1] + line.box[3]) / 2
            beside = [
                piece
                for piece in labels
                if piece not in rows and piece.box[1] - 2 <= middle <= piece.box[3] + 2 and not piece.is_kind("requests_group")
            ]
            nearest = max(beside, key=lambda piece: piece.box[2], default=None)
            found.append(nearest or Piece(line.runs[:1], "", line.box))
        return list(dict.fromkeys(found))

    def _head_cells(
        self, head: Sequence[Piece], cuts: Sequence[float]
    ) -> Iterable[tuple[int, int, int, int, str, Box]]:
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

    def _label_cells(
        self, rows: Sequence[Piece], labels: Sequence[Piece], bands: Sequence[Band], first: int
    ) -> Iterable[tuple[int, int, int, int, str, Box]]:
        paths = _row_paths(rows)
        edge = min((piece.box[0] for piece in labels), default=0.0)
        spare = [piece for piece in labels if piece not in rows]
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
    named = [piece for piece in inside if any(l.kind == "requests_group" and key in l.keys for l in piece.labels)]
    if is_first:
        named = [piece for piece in inside if piece in named or not piece.is_kind("requests_group")]
    return "".join(piece.text for piece in named)


# -- section two ----------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _ProactiveTable:
    """Builds the grid of section two; `columns` are those of the last header row seen."""

    left: float
    columns: Columns | None

    def build(self, rows: Sequence[Piece], bands: Sequence[Band], pieces: Sequence[Piece]) -> _Built | None:
        contents = self._in_rows(rows, bands, pieces)
        width = max([len(heads) for heads in contents.values()] + [len(self.columns.heads) if self.columns else 1])
        cells: list[tuple[int, int, int, int, str, Box]] = []
        used = {run.order for piece in rows for run in piece.runs}
        blocks = self._blocks(rows)
        for start, end in blocks:
            heads = contents.get(start, []) if rows[start].is_kind("content") else []
            if heads:
                self.columns = Columns(tuple(heads))
                used |= {run.order for piece in heads for run in piece.runs}
            values = {i: contents.get(i, []) for i in range(start + bool(heads), end)}
            found = self._block_cells(rows, bands, (start, end), heads, values, width)
            if found is None:
                return None
            cells += found
            used |= {run.order for pieces_of_row in values.values() for piece in pieces_of_row for run in piece.runs}
        right = max(piece.box[2] for piece in pieces)
        for i, piece in enumerate(rows):
            if piece.is_kind("article"):
                box = (piece.box[0], bands[i][0], right, bands[i][1])
                cells.append((i, 0, 1, width + 1, piece.text, box))
        return _Built(tuple(cells), union([cell[5] for cell in cells]), frozenset(used)) if cells else None

    def _in_rows(
        self, rows: Sequence[Piece], bands: Sequence[Band], pieces: Sequence[Piece]
    ) -> dict[int, list[Piece]]:
        """What stands right of the label in each header and data row, from left to right."""
        found: dict[int, list[Piece]] = {}
        for piece in pieces:
            if piece in rows or piece.box[0] < self.left - 1:
                continue
            run = piece.runs[0] if len(piece.runs) == 1 else Run("", piece.box, -1, ())
            row = _row_of(run, rows, bands)
            if row >= 0 and not rows[row].is_kind("article"):
                found.setdefault(row, []).append(piece)
        return {row: sorted(items, key=lambda piece: piece.box[0]) for row, items in found.items()}

    def _blocks(self, rows: Sequence[Piece]) -> list[tuple[int, int]]:
        """Stretches of rows under one header: from a header row, or the top of the page, to the next article."""
        blocks: list[tuple[int, int]] = []
        start: int | None = None
        for i, piece in enumerate(rows):
            if piece.is_kind("article", "content") and start is not None:
                blocks.append((start, i))
                start = None
            if not piece.is_kind("article") and start is None:
                start = i
        if start is not None:
            blocks.append((start, len(rows)))
        return blocks

    def _block_cells(
        self,
        rows: Sequence[Piece],
        bands: Sequence[Band],
        block: tuple[int, int],
        heads: Sequence[Piece],
        values: dict[int, list[Piece]],
        width: int,
    ) -> list[tuple[int, int, int, int, str, Box]] | None:
        columns = self.columns
        if columns is None:
            return []
        items = [(i, piece) for i, pieces in values.items() for piece in pieces]
        assigned = columns.assign([piece.box for _, piece in items])
        if assigned is None:
            return None
        cuts = columns.cuts([piece.box for _, piece in items], assigned)
        cells: list[tuple[int, int, int, int, str, Box]] = []
        for i in range(*block):
            label = rows[i]
            cells.append((i, 0, 1, 1, label.text, (label.box[0], bands[i][0], self.left, bands[i][1])))
            for j in range(len(columns.heads)):
                box = (cuts[j], bands[i][0], cuts[j + 1], bands[i][1])
                span = width - j if j == len(columns.heads) - 1 else 1
                runs = [
                    run
                    for (row, piece), column in zip(items, assigned, strict=True)
                    if row == i and column == j
                    for run in piece.runs
                ]
                text = heads[j].text if heads and i == block[0] else cell_text(runs, box)
                cells.append((i, 1 + j, 1, span, text, box))
        return cells


# -- section four ---------------------------------------------------------------------------------------------------


def _review_grid(
    columns: Columns, heads: Sequence[Piece], values: Sequence[Run], assigned: Sequence[int]
) -> _Built:
    cuts = columns.cuts([run.box for run in values], assigned)
    cells: list[tuple[int, int, int, int, str, Box]] = []
    row = 0
    if heads:
        top = min(piece.box[1] for piece in heads)
        leaf = min(piece.box[1] for piece in columns.heads)
        low = max(piece.box[3] for piece in columns.heads)
        for level, start, span, key in _REVIEW_HEADS:
            text = "".join(piece.text for piece in heads if any(key in label.keys for label in piece.labels))
            cells.append((level, start, 1, span, text, (cuts[start], top, cuts[start + span], max(leaf, top + 1))))
        cells.append((1, 0, 1, 5, "", (cuts[0], top, cuts[5], max(leaf, top + 1))))
        cells += [
            (2, j, 1, 1, piece.text, (cuts[j], leaf, cuts[j + 1], low)) for j, piece in enumerate(columns.heads)
        ]
        row = 3
    else:
        low = min(run.box[1] for run in values) - 1
    bottom = max((run.box[3] for run in values), default=low + 12)
    for j in range(len(columns.heads)):
        box = (cuts[j], low, cuts[j + 1], bottom)
        inside = [run for run, column in zip(values, assigned, strict=True) if column == j]
        cells.append((row, j, 1, 1, cell_text(inside, box), box))
    used = {run.order for run in values}
    if heads:
        used |= {run.order for piece in (*heads, *columns.heads) for run in piece.runs}
    return _Built(tuple(cells), union([cell[5] for cell in cells]), frozenset(used))


_REVIEW_HEADS = (
    (0, 0, 5, "review"),
    (0, 5, 10, "litigation"),
    (1, 5, 5, "litigation.direct"),
    (1, 10, 5, "litigation.after_review"),
)
