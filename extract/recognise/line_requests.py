"""Section three printed in lines of text: which figures a row has, and which column each of them stands in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from itertools import combinations, product
from math import prod

from extract.form import Generation
from extract.model import Place
from extract.recognise.label_path import FoundRow, is_group_piece
from extract.recognise.line_columns import MIN_ROWS, Extent, are_apart, clusters, from_rows, near, place
from extract.recognise.reading import Why
from extract.recognise.script import fold_width
from extract.recognise.stacked import MAX_WAYS, Band, Cells, Rows, adds_up, solve, totals_always_printed
from extract.recognise.text_lines import TextLine, Token
from extract.value_class import value_class

MAX_TRIED = 300
"""Ways to lay loose figures over columns that are tried."""


@dataclass(slots=True)
class LineRow:
    """A row of the form and the figures around it; `below` are the loose lines between it and the next."""

    found: FoundRow
    lines: list[TextLine] = field(default_factory=list)
    below: list[TextLine] = field(default_factory=list)
    place: Place = field(default_factory=Place)
    page: int = 0
    mixed: bool = False
    """Figures stand between words beside it: they may be its own."""


@value_class(frozen=True, slots=True)
class Placed:
    """A row's texts by column ('' where blank), how they were placed, and why that is not sure."""

    texts: tuple[str, ...]
    places: tuple[Place, ...]
    why: Why
    doubt: Why | None
    sure: frozenset[int] = frozenset()
    """Columns that are not in doubt though the row is."""


@value_class(frozen=True, slots=True)
class ColumnSum:
    """A sum that holds in every column of section three: the rows on its two sides."""

    left: tuple[str, ...]
    right: tuple[str, ...]

    def holds(self, values: Mapping[str, int]) -> bool | None:
        """Whether it holds; None where a row is not known."""
        if any(key not in values for key in (*self.left, *self.right)):
            return None
        return sum(values[key] for key in self.left) == sum(values[key] for key in self.right)


def column_sums(generation: Generation, present: Set[str]) -> tuple[ColumnSum, ...]:
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


def gathered(
    lines: Sequence[TextLine], found: Sequence[FoundRow], generation: Generation
) -> tuple[list[TextLine], list[LineRow]]:
    """The figures beside and between the rows. A line with figures and words of no label becomes a row of its own."""
    rows: list[LineRow] = []
    inside: dict[int, FoundRow] = {at: row for row in found for at in range(row.first, row.last + 1)}
    above: list[TextLine] = []
    for at, line in enumerate(lines):
        row = inside.get(at)
        if row is not None:
            if not rows or rows[-1].found is not row:
                rows.append(LineRow(row, place=line.place, page=line.page))
            rows[-1].mixed |= line.mixed
            if line.values:
                rows[-1].page = line.page if not rows[-1].lines else rows[-1].page
                rows[-1].lines.append(line)
        elif line.values or line.mixed:
            words = "".join(word.text for word in line.words)
            if line.mixed or (words and not is_group_piece(words, generation)):
                if rows:  # before the first row it is the head
                    rows.append(LineRow(FoundRow(None, at, at, False), [line], [], line.place, line.page))
            else:
                (rows[-1].below if rows else above).append(line)
    return above, rows


class RequestLines:
    """The rows of section three with their figures."""

    def __init__(
        self, above: list[TextLine], rows: list[LineRow], width: int, identities: Sequence[ColumnSum]
    ) -> None:
        self.above = above
        self.rows = rows
        self.width = width
        self.identities = identities
        self._columns: dict[int, list[Extent] | None] = {}

    def figures(self) -> list[list[str]]:
        """The figures of each row in order, as plain digits."""
        return [self._figures(row) for row in self.rows]

    # --- by order

    def ordered(self) -> list[Placed]:
        """Rows whose figures follow their label, blanks left out."""
        plain = [row.found.key is not None and len(row.lines) + len(row.below) == 1 for row in self.rows]
        return self._with_totals([self._ordered(row) for row in self.rows], plain)

    def _ordered(self, row: LineRow) -> Placed:
        lines = [*row.lines, *(line for line in row.below if line.values)]
        tokens = [(token, line.place) for line in lines for token in line.values]
        texts = tuple(token.text for token, _ in tokens)
        doubt = None
        if len(tokens) != self.width:
            doubt = Why.MORE if len(tokens) > self.width else Why.FEWER
        elif len(lines) > 1 and not adds_up(tuple(map(digits, texts))):
            doubt = Why.SHIFT  # pieces of wrapped figures can be as many as there are columns
        return _fitted(row, tokens, self.width, Why.COUNT, doubt)

    # --- by position

    def placed(self) -> list[Placed]:
        """Rows whose figures stand in columns."""
        messy = self._messy_pages()
        found: list[Placed] = []
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
        odd = {row.page for row in self.rows if len(row.lines) > 1 or row.found.key is None}
        return odd | {line.page for line in lines}

    def _runs(self) -> Iterator[tuple[range, list[TextLine]]]:
        """Rows in a row that share loose figures; most stand alone."""
        start = 0
        for end, row in enumerate(self.rows):
            if not row.below or end + 1 == len(self.rows):
                yield range(start, end + 1), self.above if start == 0 else []
                start = end + 1

    def _on_a_line(self, row: LineRow) -> Placed:
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
        found = tuple(map(digits, placed.texts))
        sure = adds_up(found) or not (placed.texts[-1] or "".join(found).strip("0"))
        return placed if sure else replace(placed, doubt=Why.SHIFT)

    def _stacked(self, over: Sequence[TextLine], rows: Sequence[LineRow]) -> list[Placed]:
        solved = self._solved(over, rows) if all(row.found.key is not None for row in rows) else None
        if solved is None:
            return [self._guess(row) for row in rows]
        return [
            Placed(texts, (place_of(row),) * self.width, Why.SUM, None)
            for row, texts in zip(rows, solved, strict=True)
        ]

    def _solved(self, over: Sequence[TextLine], rows: Sequence[LineRow]) -> Rows | None:
        """The one way to lay the figures of rows over the columns in which all of the rows add up."""
        lines = [line for part in (over, *((*r.lines, *r.below) for r in rows)) for line in part]
        options = [self._options(line, lines) for line in lines]
        if prod(len(ways) for ways, _ in options) > MAX_TRIED:
            return None
        near_by = all(sure for _, sure in options)
        found: set[Rows] = set()
        for choice in product(*(ways for ways, _ in options)):
            columns = {line.place: at for line, at in zip(lines, choice, strict=True)}
            bands = [Band(self._cells(row.lines, columns), self._cells(row.below, columns)) for row in rows]
            found |= solve(self._cells(over, columns), bands, full=not near_by)
            if len(found) > 1:
                return None
        return next(iter(found), None)

    def _options(self, line: TextLine, lines: Sequence[TextLine]) -> tuple[list[tuple[int, ...]], bool]:
        """The columns that a line's figures may stand in, and whether their places tell it.

        Where the columns of the page are not to be told apart, a neighbouring line with all its figures shows them; where
        there is none either, any columns from left to right are possible.
        """
        if len(line.values) == self.width:
            return [tuple(range(self.width))], True
        columns = self._columns_of(line.page)
        if columns and (at := place(line.values, columns)):
            return [at], True
        at_line = lines.index(line)
        full = [
            n for n, other in enumerate(lines) if len(other.values) == self.width and other.page == line.page
        ]
        if full and len(line.values) < self.width:
            nearest = lines[min(full, key=lambda n: abs(n - at_line))]
            if ways := near(line.values, nearest.values):
                return ways, True
        stacks = clusters(token for other in self._page_lines(line.page) for token in other.values)
        if len(stacks) == self.width and (at := place(line.values, [Extent.of(stack) for stack in stacks])):
            return [at], False
        return list(combinations(range(self.width), len(line.values))), False

    def _cells(self, lines: Sequence[TextLine], columns: Mapping[Place, tuple[int, ...]]) -> Cells:
        """The texts of lines by column, from top to bottom."""
        stacks: list[list[str]] = [[] for _ in range(self.width)]
        for line in lines:
            for column, token in zip(columns[line.place], line.values, strict=True):
                stacks[column].append(digits(token.text) or "?")
        return tuple(map(tuple, stacks))

    def _guess(self, row: LineRow) -> Placed:
        lines = row.lines or row.below
        tokens = [(token, line.place) for line in lines[:1] for token in line.values]
        doubt = Why.FEWER if len(tokens) < self.width else Why.SHIFT
        return _fitted(row, tokens, self.width, Why.COUNT, doubt)

    def _page_lines(self, page: int) -> list[TextLine]:
        return [line for row in self.rows for line in (*row.lines, *row.below) if line.page == page]

    def _columns_of(self, page: int) -> list[Extent] | None:
        """The columns of a page as rows with all their figures show them.

        The head shows nothing: printers of text keep figures under each other, not under their heads.
        """
        if page not in self._columns:
            lines = self._page_lines(page)
            full = [line.values for line in lines if len(line.values) == self.width]
            columns = from_rows(full) if len(full) >= MIN_ROWS else None
            if columns is None and full:  # one row has them all; the others show how far they reach
                stacks = clusters(token for line in lines for token in line.values)
                columns = [Extent.of(stack) for stack in stacks] if len(stacks) == self.width else None
            self._columns[page] = columns if columns is not None and are_apart(columns) else None
        return self._columns[page]

    # --- confirmed by the sums of rows

    def _with_totals(self, found: list[Placed], plain: Sequence[bool]) -> list[Placed]:
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

    def _figures(self, row: LineRow) -> list[str]:
        return [digits(token.text) for line in (*row.lines, *row.below) for token in line.values]

    def _sure_columns(self, texts: Sequence[str]) -> frozenset[int]:
        if len(texts) == 1:
            return frozenset(range(self.width)) if texts[0].strip("0") == "" else frozenset()
        return frozenset([self.width - 1])

    # --- confirmed by the sums of columns

    def _mapped(self, found: list[Placed]) -> list[Placed]:
        """Rows of pages on which no row has all its figures: their columns are those with which all columns add up."""
        pages = dict.fromkeys(
            row.page
            for row, placed in zip(self.rows, found, strict=True)
            if placed.doubt is Why.FEWER and len(row.lines) == 1 and not row.below
        )
        ways: list[list[dict[int, Placed]]] = []
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

    def _page_ways(self, page: int, found: Sequence[Placed]) -> list[dict[int, Placed]]:
        """Every way to say which columns the figures of a page stand in; the last is the total."""
        rows = {at: row for at, row in enumerate(self.rows) if row.page == page and len(row.lines) == 1}
        stacks = clusters(token for row in rows.values() for token in row.lines[0].values)
        if not 2 <= len(stacks) <= self.width or any(row.below for row in rows.values()):
            return []
        extents = [Extent.of(stack) for stack in stacks]
        ways = []
        for chosen in combinations(range(self.width - 1), len(stacks) - 1):
            columns = (*chosen, self.width - 1)
            way: dict[int, Placed] = {}
            for at, row in rows.items():
                stood = place(row.lines[0].values, extents)
                if stood is None:
                    return []
                tokens = [(token, row.lines[0].place) for token in row.lines[0].values]
                way[at] = _spread_out(tokens, [columns[i] for i in stood], self.width, Why.SUM)
                if not adds_up(tuple(map(digits, way[at].texts))):
                    return []
            ways.append(way)
        return ways

    def _confirmed(self, found: list[Placed]) -> list[Placed]:
        """Figures placed by position are doubted in columns that do not add up."""
        wrong = {column for column in range(self.width) if self._column_holds(found, column) is False}
        return [
            replace(placed, doubt=Why.SHIFT)
            if placed.why is Why.POSITION and placed.doubt is None and any(placed.texts[c] for c in wrong)
            else placed
            for placed in found
        ]

    def _column_holds(self, found: Sequence[Placed], column: int) -> bool | None:
        """Whether a column's sums hold, blanks as nothing; None where not all of it is known."""
        values: dict[str, int] = {}
        for row, placed in zip(self.rows, found, strict=True):
            if row.found.key is not None and placed.doubt is None:
                text = placed.texts[column]
                if text and not digits(text):
                    return None
                values[row.found.key] = int(digits(text) or 0)
        held = [identity.holds(values) for identity in self.identities]
        return False if False in held else None if None in held else True


def _last_figure(row: LineRow) -> str:
    """The last figure of a row as printed."""
    return next((line.values[-1].text for line in reversed((*row.lines, *row.below)) if line.values), "")


def _spread_out(
    tokens: Sequence[tuple[Token, Place]], columns: Sequence[int], width: int, why: Why
) -> Placed:
    """Figures in their columns, blanks elsewhere."""
    texts, places = [""] * width, [tokens[0][1]] * width
    for column, (token, where) in zip(columns, tokens, strict=True):
        texts[column], places[column] = token.text, where
    return Placed(tuple(texts), tuple(places), why, None)


def _fitted(
    row: LineRow, tokens: Sequence[tuple[Token, Place]], width: int, why: Why, doubt: Why | None
) -> Placed:
    """Figures in order; too few of them stand on the right, where totals are printed."""
    texts = [token.text for token, _ in tokens][-width:]
    places = [where for _, where in tokens][-width:]
    missing = width - len(texts)
    where = place_of(row)
    return Placed(("",) * missing + tuple(texts), (where,) * missing + tuple(places), why, doubt)


def place_of(row: LineRow) -> Place:
    """Where a row's first figures stand, else its label."""
    return next((line.place for line in (*row.lines, *row.below) if line.values), row.place)


def digits(text: str) -> str:
    """A figure as plain digits; '' for what is none."""
    plain = fold_width(text).replace(",", "")
    return plain if plain.isdecimal() else ""
