"""Third walk: dumps that print a row of a table on a line, or wrapped over a few, columns by position or by order alone.

The lines spell the form's labels one after the other (`label_path`), figures stand beside them or between them. Where a
row has all its figures on one line they are its columns in order. Otherwise the columns that full rows and the head show
tell where a figure stands, and sums have to confirm it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from itertools import combinations, product
from math import prod

from extract.form import Column, Generation, Metric, load_form
from extract.model import Block, Place
from extract.recognise.label_path import FoundRow, find_rows, is_group_piece
from extract.recognise.labels import meanings, of_kind
from extract.recognise.line_columns import MIN_ROWS, Extent, are_apart, clusters, from_head, from_rows, place
from extract.recognise.reading import CellReading, Key, Reading, Why
from extract.recognise.script import fold_width
from extract.recognise.stacked import MAX_WAYS, Band, Cells, adds_up, solve, totals_always_printed
from extract.recognise.text_lines import TextLine, Token, table_lines
from extract.recognise.values import Parsed, Status, header_money_unit, parse


def read_by_line(blocks: Sequence[Block], generation: Generation) -> Reading:
    """Read the statutory tables from lines of text that hold rows.

    Args:
        blocks: the report's blocks; grids are passed over.
        generation: the form's generation.
    """
    narrow, wide = table_lines(blocks), None
    if narrow.positional:
        wide = table_lines(blocks, wide=True)
    walk = _Walk(generation)
    for section in ("proactive", "requests", "review"):
        lines = narrow.lines.get(section, [])
        if wide is not None and _spread(wide.lines.get(section, [])) < _spread(lines):
            lines = wide.lines[section]
        if section == "review":
            walk.review(lines, narrow.positional)
        else:
            walk.rows(section, lines, narrow.positional)
    return walk.reading


def _spread(lines: Iterable[TextLine]) -> float:
    """How far the columns of rows with all their figures stray, in characters a column: less where positions are true."""
    pages: dict[int, list[tuple[Token, ...]]] = {}
    for line in lines:
        if line.words and len(line.values) == 7:
            pages.setdefault(line.page, []).append(line.values)
    return sum(
        extent.end - extent.start
        for rows in pages.values()
        for extent in (from_rows(rows) if len(rows) >= MIN_ROWS else ())
    )


@dataclass(slots=True)
class _Row:
    """A row of the form and the figures around it; `below` are the loose lines between it and the next."""

    found: FoundRow
    lines: list[TextLine] = field(default_factory=list)
    below: list[TextLine] = field(default_factory=list)
    place: Place = field(default_factory=Place)
    page: int = 0


@dataclass(frozen=True, slots=True)
class _Placed:
    """A row's texts by column ('' where blank), how they were placed, and why that is not sure."""

    texts: tuple[str, ...]
    places: tuple[Place, ...]
    why: Why
    doubt: Why | None
    sure: frozenset[int] = frozenset()
    """Columns that are not in doubt though the row is."""


class _Walk:
    def __init__(self, generation: Generation) -> None:
        self.generation = generation
        self.metrics = {m.key: m for m in generation.metrics()}
        self.applicants = tuple(a.key for a in generation.shared.applicants)
        self.reading = Reading()

    def rows(self, section: str, lines: Sequence[TextLine], positional: bool) -> None:
        """Read section two or three."""
        found = find_rows([[w.text for w in line.words] for line in lines], self.generation, section)
        if not found:
            return
        above, rows = _gathered(lines, found, self.generation)
        if section == "proactive":
            for row in rows:
                if row.found.key is not None:
                    self._proactive_row(row, lines, positional)
            return
        present = {row.key for row in found if row.key is not None}
        table = _Requests(above, rows, len(self.applicants), _column_sums(self.generation, present))
        for row, placed in zip(rows, table.placed() if positional else table.ordered(), strict=True):
            key = row.found.key
            if key is not None:
                keys = [(key, applicant) for applicant in self.applicants]
                self._put(keys, placed, row.found.whole, None)

    # --- section two

    def _proactive_row(self, row: _Row, lines: Sequence[TextLine], positional: bool) -> None:
        key = row.found.key
        block = next((b for b in self.generation.proactive if any(r.key == key for r in b.rows)), None)
        if block is None or key is None:
            return
        keys = [(f"{key}.{column.key}", "all") for column in block.columns]
        head = _head_above(lines, row.found.first)
        unit, fits = _head_tells(head, block.columns, needed=not positional)
        tokens = [(token, line) for line in row.lines for token in line.values]
        texts, places, doubt = [t.text for t, _ in tokens], [line.place for _, line in tokens], None
        loose = [line for line in row.below if line.values]
        if loose and not positional and not row.lines:  # the figures follow their label
            tokens = [(token, line) for line in loose for token in line.values]
            texts, places, loose = [t.text for t, _ in tokens], [line.place for _, line in tokens], []
        if not fits:
            doubt = Why.SHIFT
        if len(texts) != len(keys) or loose or len(row.lines) > 1:
            doubt = Why.MORE if len(texts) > len(keys) else Why.FEWER
        texts = (texts + [""] * len(keys))[: len(keys)]
        places = (places + [row.place] * len(keys))[: len(keys)]
        self._put(keys, _Placed(tuple(texts), tuple(places), Why.COUNT, doubt), row.found.whole, unit)

    # --- section four

    def review(self, lines: Sequence[TextLine], positional: bool) -> None:
        """Read section four: one row of figures under a stacked head."""
        shared = self.generation.shared
        keys = [(f"{h.key}.{c.key}", "all") for h in shared.review_heads for c in shared.review_columns]
        with_values = [line for line in lines if line.values]
        foreign = any(line.words for line in with_values)
        if not with_values or foreign:
            return
        tokens = [(token, line) for line in with_values for token in line.values]
        places = tuple(line.place for _, line in tokens)
        texts = tuple(token.text for token, _ in tokens)
        if len(tokens) == len(keys) and (len(with_values) == 1 or not positional):
            split = len(with_values) not in (1, len(keys)) and not _groups_add_up(texts)
            self._put(keys, _Placed(texts, places, Why.COUNT, Why.SHIFT if split else None), True, None)
            return
        placed = self._review_by_position(lines, tokens, len(keys)) if positional else None
        if placed is None:
            padded = (texts + ("",) * len(keys))[: len(keys)]
            where = (places + (places[0],) * len(keys))[: len(keys)]
            doubt = Why.MORE if len(texts) > len(keys) else Why.FEWER
            placed = _Placed(padded, where, Why.COUNT, doubt)
        self._put(keys, placed, True, None)

    def _review_by_position(
        self, lines: Sequence[TextLine], tokens: Sequence[tuple[Token, TextLine]], width: int
    ) -> _Placed | None:
        names = [c.key for c in self.generation.shared.review_columns] * len(
            self.generation.shared.review_heads
        )
        if len({line.page for line in lines}) > 1:
            return None
        head = [_without_heads(line) for line in lines if not line.values]
        columns = from_head(head, -1, names, _review_name)
        stacks = clusters(token for token, _ in tokens)
        if columns is None and len(stacks) == width:
            columns = [Extent.of(stack) for stack in stacks]
        if columns is None:
            return None
        cells: list[list[tuple[Token, TextLine]]] = [[] for _ in columns]
        for token, line in tokens:
            at = place([token], columns)
            if at is None:
                return None
            cells[at[0]].append((token, line))
        texts = tuple("".join(token.text for token, _ in cell) for cell in cells)
        places = tuple(cell[0][1].place if cell else tokens[0][1].place for cell in cells)
        stacked = any(len(cell) > 1 for cell in cells)
        full = all(texts)
        sure = _groups_add_up(texts) and not (stacked and not full)
        return _Placed(texts, places, Why.POSITION, None if sure else Why.SHIFT)

    # --- any section

    def _put(self, keys: Sequence[Key], placed: _Placed, whole: bool, unit: str | None) -> None:
        row_why = Why.LABEL if whole else Why.LABEL_DAMAGED
        for at, (key, text, where) in enumerate(zip(keys, placed.texts, placed.places, strict=True)):
            metric: Metric = self.metrics[key[0]]
            parsed: Parsed = parse(text, metric, unit)
            doubt = (None if at in placed.sure else placed.doubt) or (None if whole else Why.ROW)
            why = Why.TOTALS if at in placed.sure else placed.why
            if placed.doubt is not None and not text:
                parsed = Parsed(Status.BLANK, None, metric.unit)
            self.reading.cells[key] = CellReading(parsed, text, where, (row_why, why), doubt)


@dataclass(frozen=True, slots=True)
class ColumnSum:
    """A sum that holds in every column of section three: the rows on its two sides."""

    left: tuple[str, ...]
    right: tuple[str, ...]

    def holds(self, values: Mapping[str, int]) -> bool | None:
        """Whether it holds; None where a row is not known."""
        if any(key not in values for key in (*self.left, *self.right)):
            return None
        return sum(values[key] for key in self.left) == sum(values[key] for key in self.right)


def _column_sums(generation: Generation, present: Set[str]) -> tuple[ColumnSum, ...]:
    """The sums over the rows that a table prints."""
    outcomes = tuple(
        row.key
        for row in generation.requests.rows
        if row.path and row.key != "requests.total" and (row.alternative is None or row.key in present)
    )
    return (
        ColumnSum(outcomes, ("requests.total",)),
        ColumnSum(
            ("requests.received", "requests.carried_in"), ("requests.total", "requests.carried_forward")
        ),
    )


def _gathered(
    lines: Sequence[TextLine], found: Sequence[FoundRow], generation: Generation
) -> tuple[list[TextLine], list[_Row]]:
    """The figures beside and between the rows. A line with figures and words of no label becomes a row of its own."""
    rows: list[_Row] = []
    inside: dict[int, FoundRow] = {at: row for row in found for at in range(row.first, row.last + 1)}
    above: list[TextLine] = []
    for at, line in enumerate(lines):
        row = inside.get(at)
        if row is not None:
            if not rows or rows[-1].found is not row:
                rows.append(_Row(row, place=line.place, page=line.page))
            if line.values:
                rows[-1].page = line.page if not rows[-1].lines else rows[-1].page
                rows[-1].lines.append(line)
        elif line.values:
            words = "".join(word.text for word in line.words)
            if words and not is_group_piece(words, generation):
                if rows:  # before the first row it is the head
                    rows.append(_Row(FoundRow(None, at, at, False), [line], [], line.place, line.page))
            else:
                (rows[-1].below if rows else above).append(line)
    return above, rows


class _Requests:
    """The rows of section three with their figures."""

    def __init__(
        self, above: list[TextLine], rows: list[_Row], width: int, identities: Sequence[ColumnSum]
    ) -> None:
        self.above = above
        self.rows = rows
        self.width = width
        self.identities = identities
        self._columns: dict[int, list[Extent] | None] = {}

    # --- by order

    def ordered(self) -> list[_Placed]:
        """Rows whose figures follow their label, blanks left out."""
        plain = [row.found.key is not None and len(row.lines) + len(row.below) == 1 for row in self.rows]
        return self._with_totals([self._ordered(row) for row in self.rows], plain)

    def _ordered(self, row: _Row) -> _Placed:
        lines = [*row.lines, *(line for line in row.below if line.values)]
        tokens = [(token, line.place) for line in lines for token in line.values]
        texts = tuple(token.text for token, _ in tokens)
        doubt = None
        if len(tokens) != self.width:
            doubt = Why.MORE if len(tokens) > self.width else Why.FEWER
        elif len(lines) > 1 and not adds_up(tuple(map(_digits, texts))):
            doubt = Why.SHIFT  # pieces of wrapped figures can be as many as there are columns
        return _fitted(row, tokens, self.width, Why.COUNT, doubt)

    # --- by position

    def placed(self) -> list[_Placed]:
        """Rows whose figures stand in columns."""
        messy = self._messy_pages()
        found: list[_Placed] = []
        for run, over in self._runs():
            rows = self.rows[run.start : run.stop]
            if over or any(row.below or len(row.lines) > 1 for row in rows):
                found += self._stacked(over, rows)
            else:
                found += [self._on_a_line(row) for row in rows]
        for at, row in enumerate(self.rows):
            beside = self.rows[max(0, at - 1) : at + 2]
            if row.page in messy and any(not near.lines for near in beside):
                found[at] = replace(found[at], doubt=found[at].doubt or Why.ROW)
        plain = [
            row.found.key is not None
            and len(row.lines) == 1
            and not row.below
            and not (self.rows[at - 1].below if at else self.above)
            for at, row in enumerate(self.rows)
        ]
        return self._with_totals(self._confirmed(self._mapped(found)), plain)

    def _messy_pages(self) -> set[int]:
        """Pages on which figures stand off their labels: a row without figures may have them elsewhere."""
        lines = [*self.above, *(line for row in self.rows for line in row.below)]
        return {line.page for line in lines} | {row.page for row in self.rows if len(row.lines) > 1}

    def _runs(self) -> Iterator[tuple[range, list[TextLine]]]:
        """Rows in a row that share loose figures; most stand alone."""
        start = 0
        for end, row in enumerate(self.rows):
            if not row.below or end + 1 == len(self.rows):
                yield range(start, end + 1), self.above if start == 0 else []
                start = end + 1

    def _on_a_line(self, row: _Row) -> _Placed:
        tokens = [(token, line.place) for line in row.lines for token in line.values]
        if len(tokens) == self.width:
            return _fitted(row, tokens, self.width, Why.COUNT, None)
        if not tokens:
            return _fitted(row, [], self.width, Why.POSITION, None)
        columns = self._columns_of(row.page)
        at = place([t for t, _ in tokens], columns) if columns and len(tokens) < self.width else None
        if at is None:
            doubt = Why.MORE if len(tokens) > self.width else Why.FEWER
            return _fitted(row, tokens, self.width, Why.COUNT, doubt)
        placed = _spread_out(tokens, at, self.width, Why.POSITION)
        sure = adds_up(tuple(map(_digits, placed.texts))) or not placed.texts[-1]
        return placed if sure else replace(placed, doubt=Why.SHIFT)

    def _stacked(self, over: Sequence[TextLine], rows: Sequence[_Row]) -> list[_Placed]:
        above = self._cells(over)
        bands = [(self._cells(row.lines), self._cells(row.below)) for row in rows]
        whole = [Band(own, below) for own, below in bands if own is not None and below is not None]
        solved = None
        known = all(row.found.key is not None for row in rows)
        if known and above is not None and len(whole) == len(rows):
            solved = solve(above, whole)
        if solved is None:
            return [self._guess(row) for row in rows]
        return [
            _Placed(texts, (_place_of(row),) * self.width, Why.SUM, None)
            for row, texts in zip(rows, solved, strict=True)
        ]

    def _cells(self, lines: Sequence[TextLine]) -> Cells | None:
        """The texts of lines by column, from top to bottom; None where a figure's column is not clear."""
        stacks: list[list[str]] = [[] for _ in range(self.width)]
        for line in lines:
            columns = self._columns_of(line.page)
            at = place(line.values, columns) if columns else None
            if len(line.values) == self.width:
                at = tuple(range(self.width))
            if at is None:
                return None
            for column, token in zip(at, line.values, strict=True):
                stacks[column].append(_digits(token.text) or "?")
        return tuple(map(tuple, stacks))

    def _guess(self, row: _Row) -> _Placed:
        lines = row.lines or row.below
        tokens = [(token, line.place) for line in lines[:1] for token in line.values]
        doubt = Why.FEWER if len(tokens) < self.width else Why.SHIFT
        return _fitted(row, tokens, self.width, Why.COUNT, doubt)

    def _columns_of(self, page: int) -> list[Extent] | None:
        """The columns of a page as rows with all their figures show them.

        The head shows nothing: printers of text keep figures under each other, not under their heads.
        """
        if page not in self._columns:
            lines = [line for row in self.rows for line in (*row.lines, *row.below) if line.page == page]
            full = [line.values for line in lines if len(line.values) == self.width]
            columns = from_rows(full) if len(full) >= MIN_ROWS else None
            if columns is None:  # no row has them all, but each has some
                stacks = clusters(token for line in lines for token in line.values)
                columns = [Extent.of(stack) for stack in stacks] if len(stacks) == self.width else None
            self._columns[page] = columns if columns is not None and are_apart(columns) else None
        return self._columns[page]

    # --- confirmed by the sums of rows

    def _with_totals(self, found: list[_Placed], plain: Sequence[bool]) -> list[_Placed]:
        """Rows with fewer figures than columns, where all that can be seen ends with its total.

        Args:
            found: the rows as placed.
            plain: whether a row's figures are all of it and stand on one line.
        """
        figures = [self._figures(row) for row in self.rows]
        if not totals_always_printed((f for f, ok in zip(figures, plain, strict=True) if ok), self.width):
            return found
        return [
            replace(placed, sure=self._sure_columns(texts))
            if ok and placed.doubt is Why.FEWER and placed.texts[-1] == _last_figure(row)
            else placed
            for row, placed, texts, ok in zip(self.rows, found, figures, plain, strict=True)
        ]

    def _figures(self, row: _Row) -> list[str]:
        return [_digits(token.text) for line in (*row.lines, *row.below) for token in line.values]

    def _sure_columns(self, texts: Sequence[str]) -> frozenset[int]:
        if len(texts) == 1:
            return frozenset(range(self.width)) if texts[0].strip("0") == "" else frozenset()
        return frozenset([self.width - 1])

    # --- confirmed by the sums of columns

    def _mapped(self, found: list[_Placed]) -> list[_Placed]:
        """Rows of pages on which no row has all its figures: their columns are those with which all columns add up."""
        pages = dict.fromkeys(
            row.page
            for row, placed in zip(self.rows, found, strict=True)
            if placed.doubt is Why.FEWER and len(row.lines) == 1 and not row.below
        )
        ways: list[list[dict[int, _Placed]]] = []
        for page in pages:
            options = self._page_ways(page, found) if self._columns_of(page) is None else []
            if options:
                ways.append(options)
        if not ways or prod(map(len, ways)) > MAX_WAYS:
            return found
        fitting = []
        for choice in product(*ways):
            tried = list(found)
            for way in choice:
                for at, placed in way.items():
                    tried[at] = placed
            if all(self._column_holds(tried, column) for column in range(self.width)):
                fitting.append(tried)
        return fitting[0] if len(fitting) == 1 else found

    def _page_ways(self, page: int, found: Sequence[_Placed]) -> list[dict[int, _Placed]]:
        """Every way to say which columns the figures of a page stand in; the last is the total."""
        rows = {at: row for at, row in enumerate(self.rows) if row.page == page and len(row.lines) == 1}
        stacks = clusters(token for row in rows.values() for token in row.lines[0].values)
        if not 2 <= len(stacks) <= self.width or any(row.below for row in rows.values()):
            return []
        extents = [Extent.of(stack) for stack in stacks]
        ways = []
        for chosen in combinations(range(self.width - 1), len(stacks) - 1):
            columns = (*chosen, self.width - 1)
            way: dict[int, _Placed] = {}
            for at, row in rows.items():
                stood = place(row.lines[0].values, extents)
                if stood is None:
                    return []
                tokens = [(token, row.lines[0].place) for token in row.lines[0].values]
                way[at] = _spread_out(tokens, [columns[i] for i in stood], self.width, Why.SUM)
                if not adds_up(tuple(map(_digits, way[at].texts))):
                    return []
            ways.append(way)
        return ways

    def _confirmed(self, found: list[_Placed]) -> list[_Placed]:
        """Figures placed by position are doubted in columns that do not add up."""
        wrong = {column for column in range(self.width) if self._column_holds(found, column) is False}
        return [
            replace(placed, doubt=Why.SHIFT)
            if placed.why is Why.POSITION and placed.doubt is None and any(placed.texts[c] for c in wrong)
            else placed
            for placed in found
        ]

    def _column_holds(self, found: Sequence[_Placed], column: int) -> bool | None:
        """Whether a column's sums hold, blanks as nothing; None where not all of it is known."""
        values: dict[str, int] = {}
        for row, placed in zip(self.rows, found, strict=True):
            if row.found.key is not None and placed.doubt is None:
                text = placed.texts[column]
                if text and not _digits(text):
                    return None
                values[row.found.key] = int(_digits(text) or 0)
        held = [identity.holds(values) for identity in self.identities]
        return False if False in held else None if None in held else True


def _last_figure(row: _Row) -> str:
    """The last figure of a row as printed."""
    return next((line.values[-1].text for line in reversed((*row.lines, *row.below)) if line.values), "")


def _spread_out(
    tokens: Sequence[tuple[Token, Place]], columns: Sequence[int], width: int, why: Why
) -> _Placed:
    """Figures in their columns, blanks elsewhere."""
    texts, places = [""] * width, [tokens[0][1]] * width
    for column, (token, where) in zip(columns, tokens, strict=True):
        texts[column], places[column] = token.text, where
    return _Placed(tuple(texts), tuple(places), why, None)


def _fitted(
    row: _Row, tokens: Sequence[tuple[Token, Place]], width: int, why: Why, doubt: Why | None
) -> _Placed:
    """Figures in order; too few of them stand on the right, where totals are printed."""
    texts = [token.text for token, _ in tokens][-width:]
    places = [where for _, where in tokens][-width:]
    missing = width - len(texts)
    where = _place_of(row)
    return _Placed(("",) * missing + tuple(texts), (where,) * missing + tuple(places), why, doubt)


def _place_of(row: _Row) -> Place:
    return next((line.place for line in (*row.lines, *row.below) if line.values), row.place)


def _head_above(lines: Sequence[TextLine], first: int) -> list[TextLine]:
    """The lines over a row down from the last one that ends another part of section two."""
    for at in range(first - 1, -1, -1):
        if of_kind("".join(w.text for w in lines[at].words), "article"):
            return [line for line in lines[at + 1 : first] if not line.values]
    return []


def _head_tells(
    head: Sequence[TextLine], columns: Sequence[Column], *, needed: bool
) -> tuple[str | None, bool]:
    """The unit of an amount that a head names, and whether it names no other columns than these in this order.

    With `needed`, a head that names none does not fit: figures and heads have come apart.
    """
    texts = ["".join(t.text for t in stack) for stack in clusters(w for line in head for w in line.words)]
    unit = None
    for text in (*texts, "".join(w.text for line in head for w in line.words)):
        if "金额" in text and unit is None:
            unit = header_money_unit(text)
    if needed:  # one under the other they are not columns of text
        texts = [w.text for line in head for w in line.words]
    named = [label.keys for text in texts if (label := of_kind(text, "proactive_column"))]
    keys = [column.key for column in columns]
    found = [next((key for key in keys if key in names), None) for names in named]
    places = [keys.index(key) for key in found if key is not None]
    return unit, None not in found and places == sorted(places) and bool(found or not needed)


def _digits(text: str) -> str:
    """A figure as plain digits; '' for what is none."""
    plain = fold_width(text).replace(",", "")
    return plain if plain.isdigit() else ""


def _groups_add_up(texts: Sequence[str]) -> bool:
    size = len(load_form().shared.review_columns)
    return all(adds_up(tuple(map(_digits, texts[at : at + size]))) for at in range(0, len(texts), size))


def _without_heads(line: TextLine) -> TextLine:
    """A line of a head without what stands over several columns, and without the note."""
    words = tuple(w for w in line.words if not _is_over(w.text))
    return TextLine(line.place, line.page, words, ())


def _is_over(text: str) -> bool:
    return len(text) > 9 or any(
        label.kind in ("applicant_head", "note", "review_head", "litigation_head") for label in meanings(text)
    )


def _review_name(text: str) -> str | None:
    label = of_kind(text, "review_column")
    return label.keys[0] if label is not None else None
