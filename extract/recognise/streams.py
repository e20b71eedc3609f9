"""Blocks -> rows of cells in order. Dumps that print one cell a line are put together into rows here: from a row's
label to the next label. Whether empty lines or lone pipes are blank cells is decided from the rows that are full.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, field
from operator import attrgetter

from extract.form import Generation
from extract.model import Block, Geometry, Grid, Paragraph, Place
from extract.recognise.by_order import Slot
from extract.recognise.labels import meanings, of_kind, section_of
from extract.recognise.rows import value_like
from extract.recognise.script import fold_width
from extract.recognise.text_lines import PAGE_BREAK
from extract.value_class import value_class

PAGE_MARK = re.compile(
    r"^(?:[-—–―·]+\s*\d{1,4}\s*[-—–―·]+|第\s*\d{1,4}\s*页.*|P\.?\s*\d{1,4}|Page\s*\d{1,4}(?:\s*[-–—].*)?)$",
    re.IGNORECASE,
)
MAX_CELL = 60
"""A longer line is running text, not a cell."""
MAX_REMARK_END = 8
_NUMBER = re.compile(r"^[+-]?\d+(?:\.\d+)?$|^[/-]$")
_COLUMNS = re.compile(r"\s{2,}|\t")
_HEADER_KINDS = {"article", "content", "proactive_column", "applicant", "applicant_head", "note", "review_column",
                 "review_head", "litigation_head", "requests_group"}  # fmt: skip


@dataclass(slots=True)
class _Row:
    """A label's cells while they are collected: filled cells, and the empty lines and pipes between them."""

    label: Slot | None
    wanted: int
    section: str
    place: Place
    items: list[Slot | str] = field(default_factory=list)  # a cell, "gap" (empty line) or "bar" (pipe)
    last: bool = False
    """Closed by something else than the next row: what stands behind its cells may not belong to it."""

    bars: _Bars | None = None
    """How the pipes of the heads above go with their cells, where they tell."""

    def filled(self) -> list[Slot]:
        return [item for item in self.items if isinstance(item, Slot)]


@value_class(frozen=True, slots=True)
class _Bars:
    """How a table's pipes go with its cells.

    Attributes:
        stride: pipes a cell: 1, or 2 where each stands between pipes of its own.
        beside: pipes a row has beyond those of its cells. With stride 1, 0: pipes between cells only; 1: one behind
            the label and each cell; 2: one more ends the row.
    """

    stride: int
    beside: int


def ordered_rows(blocks: Sequence[Block], generation: Generation) -> list[list[Slot]]:
    """All table rows of a document in order: grid rows as they are, one-cell-a-line dumps put together.

    Args:
        blocks: the document's blocks.
        generation: decides how many columns a row of section two has.
    """
    rows: list[list[Slot] | _Row] = []
    at = 0
    while at < len(blocks):
        block = blocks[at]
        if isinstance(block, Grid):
            rows.extend(grid_rows(block))
            at += 1
            continue
        end = at
        while end < len(blocks) and isinstance(blocks[end], Paragraph):
            end += 1
        rows.extend(_Stream(generation).rows([b for b in blocks[at:end] if isinstance(b, Paragraph)]))
        at = end
    return list(_settled(rows))


_IN_ORDER = attrgetter("row", "col")


def grid_rows(grid: Grid) -> Iterator[list[Slot]]:
    """The rows of a grid as slots: each cell once, in the row it starts in."""
    row: list[Slot] = []
    number = None
    for cell in sorted(grid.cells, key=_IN_ORDER):
        if cell.row != number and row:
            yield row
            row = []
        number = cell.row
        row.append(Slot(cell.text, cell.place, grid.geometry is Geometry.RAGGED and cell.col_span > 1))
    if row:
        yield row


class _Stream:
    """Paragraphs in order -> rows; knows just enough of the form to see where a row begins."""

    def __init__(self, generation: Generation) -> None:
        self.rows_found: list[list[Slot] | _Row] = []
        self.open: _Row | None = None
        self.mode = ""  # section whose rows are being collected
        self.review_leaves = 0
        self.since: list[Slot | str] = []  # pipes and empty lines since the last words
        self.head_bars: list[tuple[bool, int]] = []  # for each head of section four: a leaf, pipes before it
        self.applicants = len(generation.shared.applicants)
        self.review = len(generation.shared.review_heads) * len(generation.shared.review_columns)
        self.columns = {row.key: len(block.columns) for block in generation.proactive for row in block.rows}

    def rows(self, paragraphs: Sequence[Paragraph]) -> list[list[Slot] | _Row]:
        for paragraph in paragraphs:
            self._paragraph(paragraph)
        if paragraphs:
            self._open_review(paragraphs[-1].place)
        self._close()
        return self.rows_found

    def _paragraph(self, paragraph: Paragraph) -> None:
        text = fold_width(paragraph.text).strip()
        if paragraph.text == PAGE_BREAK or PAGE_MARK.match(text):
            return
        section = section_of(text.strip("| "))
        if section is not None:
            self._open_review(paragraph.place)
            self._close()
            self.mode, self.review_leaves, self.head_bars = section, 0, []
            return
        if not text:
            self._between("gap")
            return
        if len(text) > MAX_CELL * 2 or self.mode in ("overview", "problems", "other_matters"):
            self._open_review(paragraph.place)
            self._close()
            return
        pieces = re.split(r"(\|)", paragraph.text) if "|" in paragraph.text else [paragraph.text]
        for piece in pieces:
            if piece == "|":
                self._between("bar")
            elif piece.strip():
                for part in self._parts(piece.strip()):
                    self._cell(Slot(part, paragraph.place))

    def _between(self, mark: str) -> None:
        if self.open is not None:
            self.open.items.append(mark)
        self.since.append(mark)

    def _parts(self, text: str) -> list[str]:
        """Cells that wide gaps set apart on one line (`规章   0   0   0`), or three numbers and more; else it is one cell."""
        parts = [part for part in _COLUMNS.split(text) if part]
        if len(parts) < 2:
            words = text.split()
            if len(words) > 2 and all(map(_NUMBER.match, words)):
                return words
            if len(words) > 2 and meanings(words[0]) and all(value_like(w) for w in words[1:]):
                return words
            return [text]
        values = sum(value_like(part) for part in parts)
        return parts if values >= len(parts) - 1 or all(meanings(p) for p in parts) else [text]

    def _cell(self, slot: Slot) -> None:
        if value_like(slot.text):
            self._value(slot)
            return
        since, self.since = self.since, []
        found = meanings(slot.text)
        kinds = {label.kind for label in found}
        if self.open is not None and not self.open.filled() and self._continues(slot.text, kinds):
            return
        row = next((x for x in found if x.kind in ("requests_row", "proactive_row")), None)
        if row is not None and self._begins_row(slot.text, kinds):
            self._close(last=False)
            wanted = self.applicants if row.kind == "requests_row" else self.columns.get(row.keys[0], 3)
            self.mode = "requests" if row.kind == "requests_row" else "proactive"
            self.open = _Row(slot, wanted, self.mode, slot.place)
        elif self._ends_head(slot.text):
            self.rows_found[-1] = [Slot(self._last_head() + slot.text, slot.place)]
        elif kinds & _HEADER_KINDS:
            self._close()
            if kinds & {"review_head", "litigation_head"} or (kinds == {"review_column"}):
                self.mode = "review"
            self.rows_found.append([slot])
            if self.mode == "review":
                self._review_head(slot, "review_column" in kinds, since.count("bar"))
        elif self.open is not None:
            self.open.items.append(slot)  # words where a number is due

    def _review_head(self, slot: Slot, leaf: bool, bars: int) -> None:
        """Take a head of section four, with so many pipes before it; the last one opens the row below."""
        self.head_bars.append((leaf, bars))
        if leaf:
            self.review_leaves += 1
            if self.review_leaves == self.review:
                self.open = _Row(None, self.review, "review", slot.place, bars=_bars_of_heads(self.head_bars))

    def _begins_row(self, text: str, kinds: Set[str]) -> bool:
        """总计 and 其他 name rows, columns and applicants: they begin a row only between rows of section three."""
        if kinds <= {"requests_row", "proactive_row", "requests_group"}:
            return True
        return self.mode == "requests" and self.open is not None and len(self.open.filled()) > 0

    def _ends_head(self, text: str) -> bool:
        """Whether a line ends the remark in brackets of a head that was broken in it (`采购总金额（单位：万`, `元）`)."""
        if self.open is not None or len(text) > MAX_REMARK_END or not text.endswith((")", "）")):
            return False
        head = fold_width(self._last_head())
        return head.count("(") > head.count(")") and of_kind(head, "proactive_column") is not None

    def _last_head(self) -> str:
        """The text before, if it stands alone."""
        last = self.rows_found[-1] if self.rows_found else None
        return last[0].text if isinstance(last, list) and len(last) == 1 else ""

    def _continues(self, text: str, kinds: Set[str]) -> bool:
        """Whether the text is the rest of the open row's label, broken over lines."""
        label = self.open.label if self.open is not None else None
        if self.open is None or label is None or kinds:
            return False
        joined = label.text + text
        before = [x for x in meanings(label.text) if x.kind in ("requests_row", "proactive_row")]
        keys = {key for x in before for key in x.keys}
        completes = any(set(x.keys) & keys and x.exact for x in meanings(joined))
        if completes or any(not x.exact for x in before):
            self.open.label = Slot(joined if completes else label.text, label.place)
            return True
        return False

    def _value(self, slot: Slot) -> None:
        self._open_review(slot.place)
        if self.open is not None:
            self.open.items.append(slot)

    def _open_review(self, place: Place) -> None:
        """The row of section four below heads of which some went unrecognised: it begins behind the last words."""
        if self.open is None and self.mode == "review" and self.review_leaves:
            self.open = _Row(None, self.review, "review", place, self.since)
            self.since = []

    def _close(self, last: bool = True) -> None:
        if self.open is not None:
            self.open.last = last
            self.rows_found.append(self.open)
        self.open = None


def _settled(rows: Sequence[list[Slot] | _Row]) -> Iterator[list[Slot]]:
    """Rows with their blank cells where these can be told, else with the filled cells only (one too few: doubtful)."""
    collected = [row for row in rows if isinstance(row, _Row)]
    bars = {section: _bars_of(collected, section) for section in ("proactive", "requests")}
    bars["review"] = bars["requests"]
    base = _base_gap(collected)
    usual = {
        section: Counter(_first_gap(row) for row in collected if row.section == section).most_common(1)[0][0]
        for section in {row.section for row in collected}
    }
    for row in rows:
        if not isinstance(row, _Row):
            yield row
            continue
        cells = row.filled()
        how = row.bars or bars.get(row.section)
        if len(cells) < row.wanted:
            told = None
            if "bar" in row.items:
                told = _by_bars(row, how) if how is not None else None
            elif base is not None:
                told = _by_gaps(row, base)
            cells = told if told is not None and len(told) == row.wanted else cells
            if not cells and row.label is None and _holds_blanks(row, base):
                cells = [Slot("", row.place)] * row.wanted
        elif len(cells) == row.wanted:
            cells = _with_wide_gaps(row)
            first = _wanted_gap(row, how if row.label is not None else row.bars, base)
            if first is None:
                first = usual[row.section]
            if len(cells) == row.wanted and _first_gap(row) > first:
                cells = [cells[0], *cells]  # figures of a row whose label is lost: one too many
        yield ([row.label] if row.label is not None else []) + cells


def _holds_blanks(row: _Row, base: int | None) -> bool:
    """Whether a row without a figure has room for all its cells: they are there, and blank."""
    lines = row.items.count("gap")
    return row.items.count("bar") >= row.wanted or (
        base is not None and lines >= row.wanted * (base + 1) and "bar" not in row.items
    )


def _with_wide_gaps(row: _Row) -> list[Slot]:
    """The cells of a full row, and an empty one wherever the next stands further off than the others do.

    A row that has all its figures and a gap besides has one figure too many: it must not pass for complete.
    """
    mark = "bar" if "bar" in row.items else "gap"
    distances: list[int] = []
    run = 0
    for item in row.items:
        if isinstance(item, Slot):
            distances.append(run)
            run = 0
        elif item == mark:
            run += 1
    usual = min(distances[1:], default=0)
    cells: list[Slot] = []
    for at, slot in enumerate(row.filled()):
        if at and distances[at] > usual:
            cells.append(Slot("", slot.place))
        cells.append(slot)
    return cells


def _first_gap(row: _Row) -> int:
    """How many empty lines and pipes stand before a row's first filled cell."""
    return next((at for at, item in enumerate(row.items) if isinstance(item, Slot)), 0)


def _wanted_gap(row: _Row, bars: _Bars | None, base: int | None) -> int | None:
    """How many stand there where the first cell is filled; None where that can't be told."""
    if "bar" not in row.items:
        return base
    if bars is None:
        return None
    return bars.stride if row.label is not None or bars.stride > 1 else bars.beside


def _bare_group(row: _Row) -> bool:
    """A group's label on a line of its own: no row, though rows are called so too."""
    return (
        row.label is not None
        and len(row.items) <= 2
        and not row.filled()
        and any(x.kind == "requests_group" for x in meanings(row.label.text))
    )


def _witnesses(rows: Sequence[_Row]) -> list[_Row]:
    """Rows that end where the next begins, so that all that stands behind their label belongs to them."""
    return [row for row in rows if row.section != "review" and not row.last and not _bare_group(row)]


def _bars_of(rows: Sequence[_Row], section: str) -> _Bars | None:
    """How the pipes of a section's table go with its cells, if that is the same in all its rows; else None."""
    witnesses = [row for row in _witnesses(rows) if row.section == section]
    for stride, possible in ((1, {0, 1, 2}), (2, {1, 2})):
        counts = {row.items.count("bar") - stride * row.wanted for row in witnesses}
        if len(counts) == 1 and counts <= possible:
            return _Bars(stride, counts.pop())
    return None


def _bars_of_heads(heads: Sequence[tuple[bool, int]]) -> _Bars | None:
    """The same from the heads of section four, printed in rows: groups, leaves and groups, leaves.

    Args:
        heads: whether each is a leaf, and the pipes before it.
    """
    inner: set[int] = set()
    ends: set[int] = set()
    for (before, _), (leaf, count) in itertools.pairwise(heads):
        # 行政诉讼 | 结果维持 and 复议后起诉 | 结果维持: a row ends between
        (ends if leaf and not before else inner).add(count)
    if len(inner) != 1 or len(ends) != 1:
        return None
    stride, more = inner.pop(), ends.pop()
    if (stride, more - stride) in ((1, 0), (1, 1)):
        return _Bars(1, 1 + more - stride)
    return _Bars(2, 1) if (stride, more) == (2, 2) else None


def _by_bars(row: _Row, bars: _Bars) -> list[Slot] | None:
    """The cells between a row's pipes; None where the pipes don't tell."""
    pieces: list[list[Slot]] = [[]]
    for item in row.items:
        if isinstance(item, Slot):
            pieces[-1].append(item)
        elif item == "bar":
            pieces.append([])
    first = _first_piece(row, bars, len(pieces) - 1)
    if first is None:
        return None
    chosen = range(first, first + bars.stride * row.wanted, bars.stride)
    if chosen[-1] >= len(pieces) or any(len(piece) > 1 for piece in pieces):
        return None
    if any(piece for at, piece in enumerate(pieces) if at not in chosen):
        return None
    return [pieces[at][0] if pieces[at] else Slot("", row.place) for at in chosen]


def _first_piece(row: _Row, bars: _Bars, count: int) -> int | None:
    """Where the first cell stands: behind the label and its pipe, or in section four behind the header's end."""
    beside = count - bars.stride * row.wanted
    if bars.stride == 2:
        return 2 if beside in (1, 2) else None  # before a heading, no next label brings its leading pipe
    if row.label is not None:
        return 1 if beside == bars.beside else None
    # behind the header's last cell and its pipe, one more ends the header where one ends each row
    return {(0, -1): 0, (1, 1): 1, (2, 3): 2}.get((bars.beside, beside))


def _base_gap(rows: Sequence[_Row]) -> int | None:
    """How many empty lines stand between neighbouring cells, if with it every row has its number of cells; else None."""
    sizes: Counter[int] = Counter()
    for row in rows:
        if len(row.filled()) == row.wanted:
            sizes.update(_gap_sizes(row)[1:])
    base = sizes.most_common(1)[0][0] if sizes else 1
    inner = [_by_gaps(row, base) for row in _witnesses(rows)]
    return base if inner and all(cells is not None for cells in inner) else None


def _gap_sizes(row: _Row) -> list[int]:
    """Empty lines before each filled cell."""
    sizes: list[int] = []
    run = 0
    for item in row.items:
        if isinstance(item, Slot):
            sizes.append(run)
            run = 0
        elif item == "gap":
            run += 1
    return sizes


def _by_gaps(row: _Row, base: int) -> list[Slot] | None:
    """Cells with the blanks that longer runs of empty lines stand for; None where the arithmetic fails."""
    filled = row.filled()
    if "bar" in row.items or base < 1:
        return None
    cells: list[Slot] = []
    for size, slot in zip(_gap_sizes(row), filled, strict=True):
        blanks, rest = divmod(size - base, base + 1)
        if rest or blanks < 0:
            return None
        cells += [Slot("", slot.place)] * blanks
        cells.append(slot)
    if len(cells) < row.wanted:
        blanks, rest = divmod(_trailing_gap(row) - base, base + 1)
        if blanks > 0 and (not rest or row.last):  # more empty lines may stand behind a table
            cells += [Slot("", row.place)] * blanks
    return cells if len(cells) == row.wanted else None


def _trailing_gap(row: _Row) -> int:
    """Empty lines between the last cell and what follows."""
    run = 0
    for item in reversed(row.items):
        if isinstance(item, Slot):
            break
        run += item == "gap"
    return run
