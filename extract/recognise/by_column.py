"""First walk: grids whose columns can be trusted. A cell belongs to the row whose label stands left of it and to the
column whose header stands above it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from itertools import pairwise
from operator import attrgetter

from extract.form import Column, Generation, Metric
from extract.model import Geometry, Grid, GridCell
from extract.recognise.heads import review_moved
from extract.recognise.labels import Label, meanings, of_kind
from extract.recognise.reading import CellReading, Extra, Key, Reading, Why
from extract.recognise.rows import RowFacts, RowKind, classify, value_like
from extract.recognise.script import skeleton, squeeze
from extract.recognise.values import Status, header_money_unit, parse
from extract.value_class import value_class

MIN_HEADS = 5
"""A header that names so many applicants, and nothing else, leaves out the others on purpose."""
MAX_HEADER_ROWS = 12
"""Rows that a header can be stacked over: two or three are usual."""
NAMELESS_VALUES = 2
"""So many values in a row without a label are taken for those of a row whose label was lost."""


@value_class(frozen=True, slots=True)
class _Span:
    """Grid columns [start, end) under a header."""

    start: int
    end: int


@dataclass(slots=True)
class _State:
    """What the rows above say about the columns; carried from one grid to the next where a table continues."""

    proactive: dict[str, _Span] = field(default_factory=dict)
    money_unit: str | None = None
    header_rows: list[list[GridCell]] = field(default_factory=list)
    requests: dict[str, _Span] = field(default_factory=dict)
    requests_why: Why = Why.HEADER
    requests_extra: frozenset[int] = frozenset()
    """Grid columns under a head that the form does not have."""
    requests_doubt: Why | None = None
    """Why the heads of the columns can't be those of the form in its order."""
    in_requests: bool = False
    review_rows: list[list[GridCell]] = field(default_factory=list)
    review: dict[str, _Span] = field(default_factory=dict)
    review_moved: bool = False
    """The heads of section four do not follow the form's order."""


def read_by_column(grids: Iterable[Grid], generation: Generation) -> Reading:
    """Read the statutory tables of the grids, in document order; the first printing of a row counts.

    Args:
        grids: explicit or inferred grids; ragged ones are not for this walk.
        generation: the form's generation.
    """
    walk = _Walk(generation)
    for grid in grids:
        if grid.geometry is not Geometry.RAGGED and grid.cells:
            walk.grid(grid)
    return walk.reading


class _Walk:
    def __init__(self, generation: Generation) -> None:
        self.generation = generation
        self.metrics: Mapping[str, Metric] = {m.key: m for m in generation.metrics()}
        self.reading = Reading()
        self.state = _State()
        self.columns = 0
        self.explicit = False
        self.grid_rows: list[tuple[list[GridCell], list[GridCell]]] = []
        self.crowded: set[str] = set()
        """Columns (applicant keys) under whose head a row of this grid has several figures."""
        self.beside: list[Key] = []
        """Cells that share their head with an empty one."""
        self.applicants = [a.key for a in generation.shared.applicants]
        self.nameless = False
        self.blank_row: list[Key] = []

    # --- rows

    def grid(self, grid: Grid) -> None:
        rows = self.grid_rows = _rows_of(grid)
        self.crowded, self.beside = set(), []
        self.columns = max(cell.col + cell.col_span for cell in grid.cells)
        self.explicit = grid.geometry is Geometry.EXPLICIT
        self.state.requests = {}  # columns are numbered anew in every grid; a continued table is found by its cells
        self.state.requests_extra, self.state.requests_doubt = frozenset(), None
        self.state.header_rows = []
        self.state.proactive = {}
        self.state.review_rows, self.state.review = [], {}
        empty: list[GridCell] = []
        for starting, covering in rows:
            if not starting:
                continue
            facts = classify([cell.text for cell in starting])
            if facts.kind is RowKind.EMPTY and self.state.review_rows:
                empty = empty or covering
            before = len(self.reading.cells)
            self._row(facts, starting, covering)
            self._beside_nameless(facts, starting, list(self.reading.cells)[before:])
        self._doubt_crowded()
        if empty and self.state.review_rows:  # all fifteen cells were left empty
            before = len(self.reading.cells)
            self._review_row(empty)
            self.blank_row = list(self.reading.cells)[before:]

    def _row(self, facts: RowFacts, cells: list[GridCell], covering: list[GridCell]) -> None:
        state = self.state
        if facts.kind is RowKind.ARTICLE:
            state.in_requests = False
            state.proactive, state.money_unit = {}, None
            if any(of_kind(c.text, "content", "proactive_column") for c in cells):
                self._proactive_header(cells)
        elif facts.kind is RowKind.PROACTIVE_HEADER:
            state.in_requests = False
            self._proactive_header(cells)
        elif facts.kind is RowKind.PROACTIVE_DATA and facts.label is not None:
            self._proactive_row(facts.label, cells[facts.label_at], cells[facts.label_at + 1 :])
        elif facts.kind is RowKind.REQUESTS_HEADER:
            if state.requests:  # a header again (next page): columns as printed here
                state.requests, state.header_rows = {}, []
            state.in_requests = True
            state.header_rows.append(covering)
        elif facts.kind is RowKind.REQUESTS_DATA and facts.label is not None:
            self._requests_row(facts.label, cells[facts.label_at], cells, covering)
        elif facts.kind is RowKind.REVIEW_HEADER:
            state.in_requests = False
            state.review_rows.append(covering)
            state.review = {}
        elif facts.kind is RowKind.VALUES and state.review_rows:
            self._review_row(covering)
        elif state.header_rows and not state.requests and not any(_digit(c) for c in cells):
            if len(state.header_rows) < MAX_HEADER_ROWS:
                state.header_rows.append(covering)  # the lower halves of stacked header cells
        elif facts.kind in (RowKind.OTHER, RowKind.VALUES):
            self._unknown_row(cells)

    def _beside_nameless(self, facts: RowFacts, cells: list[GridCell], placed: list[Key]) -> None:
        """Values without a label next to a row of blanks may be that row's: its blanks are not sure.

        Args:
            facts: what kind of row the walk has just passed.
            cells: the row's cells.
            placed: the keys it was read into.
        """
        nameless = (
            facts.kind is RowKind.VALUES
            and not placed
            and sum(1 for cell in cells if squeeze(cell.text)) >= NAMELESS_VALUES
        )
        blank = placed and all(self.reading.cells[key].parsed.status is Status.BLANK for key in placed)
        unsure = self.blank_row if nameless else placed if blank and self.nameless else []
        for key in unsure:
            reading = self.reading.cells[key]
            self.reading.cells[key] = replace(reading, doubt=reading.doubt or Why.ROW)
        self.nameless, self.blank_row = nameless, placed if blank else []

    def _doubt_crowded(self) -> None:
        """Where a head stands over several figures in one row, the only figure in another row may be either's."""
        for key in self.beside:
            cell = self.reading.cells[key]
            if key[1] in self.crowded and cell.doubt is None:
                self.reading.cells[key] = replace(cell, doubt=Why.MERGED)

    def _put(self, key: Key, reading: CellReading) -> None:
        known = self.reading.cells.get(key)
        if known is None:
            self.reading.cells[key] = reading
        elif (known.parsed.status, known.parsed.value) != (
            reading.parsed.status,
            reading.parsed.value,
        ) and known.doubt is None:
            self.reading.cells[key] = CellReading(
                known.parsed, known.raw, known.place, known.evidence, Why.REPEATED
            )

    # --- section two

    def _proactive_header(self, cells: list[GridCell]) -> None:
        self.state.proactive = {}
        for cell in cells:
            label = of_kind(cell.text, "proactive_column")
            if label is None:
                continue
            for key in label.keys:
                self.state.proactive.setdefault(key, _Span(cell.col, cell.col + cell.col_span))
            if "amount" in label.keys:
                self.state.money_unit = header_money_unit(cell.text)

    def _proactive_row(self, label: Label, at: GridCell, values: list[GridCell]) -> None:
        row = label.keys[0]
        row_why = Why.LABEL if label.exact else Why.LABEL_DAMAGED
        columns = self._columns_of(row)
        if columns is None:
            return
        spans = {c.key: self.state.proactive.get(c.key) for c in columns}
        if all(spans.values()):
            why = Why.HEADER
            found = {key: _covering(values, span) for key, span in spans.items() if span is not None}
        else:
            real = _without_tail(values, len(columns))
            if len(real) != len(columns):
                self._unsure(row, columns, real)
                return
            why = Why.HEADER_PARTIAL if any(spans.values()) else Why.COUNT
            found = {column.key: [cell] for column, cell in zip(columns, real, strict=True)}
        doubt = _misfit(found.values(), values, (span for span in spans.values() if span is not None))
        for column in columns:
            metric = self._metric(f"{row}.{column.key}")
            if metric is not None:
                key = (metric.key, "all")
                self._place_value(
                    key, metric, found[column.key], (row_why, why), self.state.money_unit, doubt
                )

    def _columns_of(self, row: str) -> tuple[Column, ...] | None:
        """The value columns of a row of section two; None if this generation does not print the row."""
        for block in self.generation.proactive:
            if any(r.key == row for r in block.rows):
                return block.columns
        return None

    def _metric(self, key: str) -> Metric | None:
        return self.metrics.get(key)

    def _unsure(self, row: str, columns: Sequence[Column], values: list[GridCell]) -> None:
        doubt = Why.FEWER if len(values) < len(columns) else Why.MORE
        for i, column in enumerate(columns):
            metric = self._metric(f"{row}.{column.key}")
            if metric is not None and values:
                cell = values[min(i, len(values) - 1)]
                parsed = parse(cell.text if i < len(values) else "", metric, self.state.money_unit)
                self._put(
                    (metric.key, "all"), CellReading(parsed, cell.text, cell.place, (Why.LABEL,), doubt)
                )

    # --- section three

    def _requests_row(
        self, label: Label, at: GridCell, cells: list[GridCell], covering: list[GridCell]
    ) -> None:
        state = self.state
        state.in_requests = True
        if not state.requests and state.header_rows:
            state.requests, state.requests_why = self._applicant_columns(at.col + at.col_span)
        key = self._row_key(label)
        metric = self._metric(key)
        if metric is None:
            return
        row_why = Why.LABEL if label.exact else Why.LABEL_DAMAGED
        values = [c for c in cells if c.col >= at.col + at.col_span]
        if not values:
            return
        columns = state.requests
        first = min([span.start for span in columns.values()], default=0)
        if columns and first >= at.col + at.col_span:
            found = {a: _covering(covering, columns[a]) for a in self.applicants if a in columns}
            behind = at.col + at.col_span
            doubt = _misfit(found.values(), covering, columns.values(), state.requests_extra, behind)
            doubt = doubt or self._second_line(at, first)
            self._place_row(key, metric, found, at.row_span, (row_why, state.requests_why), doubt)
            return
        if len(values) == len(self.applicants):
            why = Why.CONTINUED if not state.header_rows else Why.COUNT
            doubt = state.requests_doubt or self._second_line(at, values[0].col)
            for applicant, cell in zip(self.applicants, values, strict=True):
                self._place_value((key, applicant), metric, [cell], (row_why, why), None, doubt)
            return
        if not any(squeeze(c.text) for c in values):
            return  # a group label on a row of its own
        self._unsure_requests(key, metric, values)

    def _second_line(self, label: GridCell, first: int) -> Why | None:
        """A label over several rows that each have cells: which of them are the row's is not told."""
        for row in range(label.row + 1, label.row + label.row_span):
            if any(cell.col >= first for cell in self.grid_rows[row][0]):
                return Why.REPEATED
        return None

    def _row_key(self, label: Label) -> str:
        key = label.keys[0]
        if (
            key == "requests.other.other"
            and ("requests.other.not_corrected", "total") not in self.reading.cells
        ):
            numbered = ("requests.other.fee_unpaid", "total") in self.reading.cells
            return key if numbered else "requests.other"
        return key

    def _unsure_requests(self, key: str, metric: Metric, values: list[GridCell]) -> None:
        doubt = Why.FEWER if len(values) < len(self.applicants) else Why.MORE
        shift = len(self.applicants) - len(values)
        for i, applicant in enumerate(self.applicants):
            at = i - shift if shift > 0 else i  # the best guess: the total is printed last
            cell = values[at] if 0 <= at < len(values) else None
            parsed = parse(cell.text if cell else "", metric)
            place = cell.place if cell else values[0].place
            self._put(
                (key, applicant), CellReading(parsed, cell.text if cell else "", place, (Why.LABEL,), doubt)
            )

    def _applicant_columns(self, first: int) -> tuple[dict[str, _Span], Why]:
        """The grid columns of the seven applicants, from all header rows together (cells may be stacked)."""
        texts: dict[int, str] = {}
        seen: dict[int, set[tuple[int, int]]] = {}
        widths: dict[tuple[int, int], int] = {}
        for row in self.state.header_rows:
            for cell in row:
                if (
                    any(x.kind in ("applicant_head", "note") for x in meanings(cell.text))
                    or not cell.text.strip()
                ):
                    continue
                for col in range(cell.col, cell.col + cell.col_span):
                    done = seen.setdefault(col, set())
                    if (cell.row, cell.col) not in done:
                        done.add((cell.row, cell.col))
                        texts[col] = texts.get(col, "") + squeeze(cell.text)
                        widths[(cell.row, cell.col)] = cell.col_span
        found: dict[str, _Span] = {}
        for col in sorted(texts):
            label = of_kind(texts[col], "applicant")
            if label is None or col < first:
                continue
            key = label.keys[0]
            if key in found and found[key].end == col:
                found[key] = _Span(found[key].start, col + 1)
            else:
                found.setdefault(key, _Span(col, col + 1))
        strange = [col for col in texts if col >= first and of_kind(texts[col], "applicant") is None]
        return self._complete(found, first, strange)

    def _complete(
        self, found: dict[str, _Span], first: int, strange: Sequence[int]
    ) -> tuple[dict[str, _Span], Why]:
        """The columns of the heads found, or none of them where cells have to be counted.

        Args:
            found: columns by applicant, from left to right.
            first: the first column behind the labels.
            strange: columns whose head names no applicant.
        """
        spans = sorted(found.values(), key=lambda span: span.start)
        apart = all(one.end <= other.start for one, other in pairwise(spans))
        moved = [found[key].start for key in self.applicants if key in found] != [s.start for s in spans]
        if apart and len(found) == len(self.applicants) and (self.explicit or not moved):
            self.state.requests_extra = frozenset(strange)
            return found, Why.HEADER
        if moved or not apart:
            self.state.requests_doubt = Why.HEADS
            return {}, Why.COUNT
        if self.columns - first == len(
            self.applicants
        ):  # as many columns as applicants: each is the one in its place
            placed = {key: _Span(first + i, first + i + 1) for i, key in enumerate(self.applicants)}
            if all(placed[key].start == span.start for key, span in found.items()):
                return placed, Why.HEADER_PARTIAL if found else Why.COUNT
        covered = sum(span.end - span.start for span in spans)
        if self.explicit and len(found) >= MIN_HEADS and not strange and covered == self.columns - first:
            return found, Why.HEADER  # every column is headed: the others are not printed
        return {}, Why.COUNT

    # --- section four

    def _review_row(self, covering: list[GridCell]) -> None:
        columns, why = self._review_columns()
        if not columns:
            self._review_by_count([c for c in covering if squeeze(c.text) or c.row_span == 1])
            return
        found = {key: _covering(covering, span) for key, span in columns.items()}
        # its heads may be on the page before: a figure under none tells nothing
        doubt = _misfit(found.values(), covering, columns.values(), behind=self.columns)
        headed = max(cell.col + cell.col_span for row in self.state.review_rows for cell in row)
        if doubt is None and any(cell.col >= headed for cell in covering):
            doubt = Why.MORE  # a cell too many, though the last is empty
        for key, cells in found.items():
            metric = self._metric(key)
            if metric is not None:
                self._place_value((key, "all"), metric, cells, (why,), None, doubt)
        self.state.review_rows = []

    def _review_columns(self) -> tuple[dict[str, _Span], Why]:
        heads: list[tuple[str, _Span]] = []
        leaves: list[tuple[str, _Span]] = []
        done: set[tuple[int, int]] = set()
        texts: dict[tuple[int, int], list[str]] = {}
        for row in self.state.review_rows:
            for cell in row:
                if (cell.row, cell.col) in done or not cell.text.strip():
                    continue
                done.add((cell.row, cell.col))
                span = _Span(cell.col, cell.col + cell.col_span)
                head = of_kind(cell.text, "review_head")
                if head is not None:
                    heads.append((head.keys[0], span))
                elif of_kind(cell.text, "litigation_head") is None:
                    texts.setdefault((span.start, span.end), []).append(cell.text)
        for (start, end), parts in texts.items():
            label = of_kind("".join(parts), "review_column")
            if label is not None:
                leaves.append((label.keys[0], _Span(start, end)))
        columns: dict[str, _Span] = {}
        for head_key, head_span in heads:
            under = sorted(
                (s.start, k, s) for k, s in leaves if head_span.start <= s.start and s.end <= head_span.end
            )
            if sorted(k for _, k, _ in under) == sorted(c.key for c in self.generation.shared.review_columns):
                columns.update({f"{head_key}.{k}": s for _, k, s in under})
        wanted = len(self.generation.shared.review_columns) * len(heads)
        if heads and len(columns) == wanted:
            return columns, Why.HEADER
        in_order = [[key for key, _ in sorted(found, key=lambda x: x[1].start)] for found in (heads, leaves)]
        self.state.review_moved = review_moved(*in_order)
        return {}, Why.COUNT

    def _review_by_count(self, values: list[GridCell]) -> None:
        """The header is damaged: the form's fifteen columns in order, if there are just as many cells."""
        keys = [
            f"{h.key}.{c.key}"
            for h in self.generation.shared.review_heads
            for c in self.generation.shared.review_columns
        ]
        doubt = Why.HEADS if self.state.review_moved else None
        if len(values) != len(keys):
            doubt = Why.FEWER if len(values) < len(keys) else Why.MORE
        for i, key in enumerate(keys):
            metric = self._metric(key)
            cell = values[i] if i < len(values) else None
            if metric is None or not values:
                continue
            parsed = parse(cell.text if cell else "", metric)
            place = cell.place if cell else values[0].place
            self._put(
                (key, "all"), CellReading(parsed, cell.text if cell else "", place, (Why.COUNT,), doubt)
            )
        self.state.review_rows = []

    # --- any section

    def _place_row(
        self,
        key: str,
        metric: Metric,
        found: dict[str, list[GridCell]],
        height: int,
        evidence: tuple[Why, ...],
        doubt: Why | None,
    ) -> None:
        """Place a row of section three; a number that spans several columns or rows belongs to none of them surely."""
        places = [(cell.row, cell.col) for cells in found.values() for cell in cells]
        # empty where no cell serves two columns, as in most rows
        served: Counter[tuple[int, int]] = Counter(places if len(set(places)) < len(places) else ())
        for applicant, cells in found.items():
            if len(cells) > 1:
                filled = sum(bool(squeeze(cell.text)) for cell in cells)
                if filled > 1:
                    self.crowded.add(applicant)
                elif (key, applicant) not in self.reading.cells:
                    self.beside.append((key, applicant))
            wide = False
            for cell in cells:
                if cell.row_span > height or (served and served[(cell.row, cell.col)] > 1):
                    wide = wide or bool(squeeze(cell.text))
            self._place_value((key, applicant), metric, cells, evidence, None, Why.MERGED if wide else doubt)

    def _place_value(
        self,
        key: Key,
        metric: Metric,
        cells: list[GridCell],
        evidence: tuple[Why, ...],
        money_unit: str | None,
        doubt: Why | None = None,
    ) -> None:
        """Put the one cell under a header; several filled ones are doubtful, none leaves the cell missing."""
        if not cells:
            return
        cell = cells[0]
        if len(cells) > 1:
            filled = [cell for cell in cells if squeeze(cell.text)]
            cell = filled[0] if filled else cell
            doubt = Why.MERGED if len(filled) > 1 else doubt
        parsed = parse(cell.text, metric, money_unit)
        self._put(key, CellReading(parsed, cell.text.strip(), cell.place, evidence, doubt))

    def _unknown_row(self, cells: list[GridCell]) -> None:
        label = cells[0].text.strip()
        values = [c.text.strip() for c in cells[1:]]
        if (
            label
            and len(skeleton(label)) > 1
            and len(label) < 80
            and any(_digit(c) for c in cells[1:])
            and all(map(value_like, values))
        ):
            self.reading.extras.append(Extra(label, tuple(values), cells[0].place))


_COLUMN = attrgetter("col")


def _rows_of(grid: Grid) -> list[tuple[list[GridCell], list[GridCell]]]:
    """For each row: the cells that start in it, and all cells that cover it; both by column."""
    height = max(cell.row + cell.row_span for cell in grid.cells)
    starting: list[list[GridCell]] = [[] for _ in range(height)]
    covering: list[list[GridCell]] = [[] for _ in range(height)]
    for cell in grid.cells:
        starting[cell.row].append(cell)
        for row in range(cell.row, cell.row + cell.row_span):
            covering[row].append(cell)
    for row_cells in (*starting, *covering):
        row_cells.sort(key=_COLUMN)
    return list(zip(starting, covering, strict=True))


def _covering(cells: list[GridCell], span: _Span) -> list[GridCell]:
    """The cells that stand mainly under a header's columns."""
    found = []
    for cell in cells:
        if cell.col >= span.end:  # cells stand by column
            break
        end = cell.col + cell.col_span
        if end > span.start:
            overlap = min(end, span.end) - max(cell.col, span.start)
            if overlap * 2 > cell.col_span or overlap == span.end - span.start:
                found.append(cell)
    return found


def _misfit(
    found: Iterable[list[GridCell]],
    cells: Iterable[GridCell],
    spans: Iterable[_Span],
    extra: Set[int] = frozenset(),
    behind: int = 0,
) -> Why | None:
    """Why a row does not fit its header, or None if it does. Cells in `extra` columns have a head of their own.

    A column without a cell, a filled cell behind the last column, under two headers, hanging over the end of its
    own, or a figure under none: each means that cells may have slipped, and then none of the row is sure. Figures
    stand from column `behind` on.
    """
    if not all(found):
        return Why.FEWER
    columns = list(spans)
    if not columns:
        return None
    first, end = min([span.start for span in columns]), max([span.end for span in columns])
    for cell in cells:
        stop = cell.col + cell.col_span
        if cell.col < end < stop:  # filled or not: the row is longer than its header
            return Why.MORE
        if not squeeze(cell.text) or (extra and extra >= set(range(cell.col, stop))):
            continue
        if stop <= first:
            if cell.col >= behind and value_like(
                cell.text
            ):  # the header stands further right than its figures
                return Why.SHIFT
            continue
        if cell.col >= end:
            return Why.MORE
        over = [span for span in columns if cell.col < span.end and span.start < stop]
        if len(over) > 1 or (over and cell.col > over[0].start and stop > over[0].end):
            return Why.SHIFT
        if not over and cell.col >= behind and value_like(cell.text):  # its head has slipped
            return Why.SHIFT
    return None


def _without_tail(values: list[GridCell], wanted: int) -> list[GridCell]:
    tail = len(values)
    while tail > wanted and not squeeze(values[tail - 1].text):
        tail -= 1
    return values[:tail]


def _digit(cell: GridCell) -> bool:
    plain = squeeze(cell.text)
    return bool(plain) and plain[0].isdigit()
