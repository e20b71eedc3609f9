"""Columns of a table that is printed in lines of text: where they stand, and which of them a figure stands in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from extract.recognise.text_lines import TextLine, Token

OUTSIDE = 3.0
"""A figure may stand so many characters beside what is known of its column."""
CLEAR = 2.0
"""The next column has to be so many times further off than the nearest."""
MIN_ROWS = 2
"""Rows that have all their figures tell where the columns are from this many on."""


@dataclass(frozen=True, slots=True)
class Extent:
    """The characters [start, end) that a column's figures and head take."""

    start: int
    end: int

    @property
    def middle(self) -> float:
        return (self.start + self.end) / 2

    @classmethod
    def of(cls, tokens: Sequence[Token]) -> Extent:
        """What tokens above each other take together."""
        return cls(min(token.start for token in tokens), max(token.end for token in tokens))

    def with_token(self, token: Token) -> Extent:
        """The extent with a token of the column."""
        return Extent(min(self.start, token.start), max(self.end, token.end))


def clusters(tokens: Iterable[Token]) -> list[list[Token]]:
    """Tokens that stand above each other, from left to right; each from top to bottom as given."""
    order = sorted(enumerate(tokens), key=lambda item: item[1].start)
    groups: list[list[tuple[int, Token]]] = []
    end = -1
    for item in order:
        if groups and item[1].start < end:
            groups[-1].append(item)
        else:
            groups.append([item])
        end = max(end, item[1].end) if len(groups[-1]) > 1 else item[1].end
    return [[token for _, token in sorted(group)] for group in groups]


def from_rows(rows: Sequence[Sequence[Token]]) -> list[Extent]:
    """The columns of rows that have all their figures."""
    columns = [Extent(token.start, token.end) for token in rows[0]]
    for row in rows[1:]:
        columns = [column.with_token(token) for column, token in zip(columns, row, strict=True)]
    return columns


def from_head(
    lines: Iterable[TextLine], left: int, names: Sequence[str], name_of: Callable[[str], str | None]
) -> list[Extent] | None:
    """The columns that a head names, which may be stacked over several lines.

    Args:
        lines: the lines of the head.
        left: what ends left of this is no head of a column.
        names: what the columns are called, in printed order.
        name_of: what a head names; None for what names no column.

    Returns:
        The columns; None unless all of them are found and in order.
    """
    tokens = [token for line in lines for token in line.words if token.end > left]
    found = [(name_of("".join(token.text for token in group)), group) for group in clusters(tokens)]
    if [name for name, _ in found if name is not None] != list(names):
        return None
    return [Extent.of(group) for name, group in found if name is not None]


def are_apart(columns: Sequence[Extent]) -> bool:
    """Whether no two columns share a character: figures that stray from column to column show no columns."""
    return all(one.end <= other.start for one, other in pairwise(columns))


def place(tokens: Sequence[Token], columns: Sequence[Extent]) -> tuple[int, ...] | None:
    """The column of each token; None unless all are clear and from left to right."""
    found: list[int] = []
    for at, token in enumerate(tokens):
        column = _column_of(token, columns)
        if column is None or (found and column <= found[-1]):
            return None
        # printers that have no room for a gap leave one space: such a figure stands in the next column
        if found and token.start - tokens[at - 1].end <= 1 and column != found[-1] + 1:
            return None
        found.append(column)
    return tuple(found)


def _column_of(token: Token, columns: Sequence[Extent]) -> int | None:
    over = [at for at, c in enumerate(columns) if token.start < c.end and c.start < token.end]
    if len(over) == 1:
        return over[0]
    near = sorted(range(len(columns)), key=lambda at: abs(columns[at].middle - token.middle))
    first, second = (abs(columns[at].middle - token.middle) for at in near[:2])
    if over and near[0] not in over:
        return None
    beside = max(columns[near[0]].start - token.end, token.start - columns[near[0]].end)
    return near[0] if first * CLEAR <= second and beside < OUTSIDE else None


def near(tokens: Sequence[Token], row: Sequence[Token]) -> list[tuple[int, ...]]:
    """The columns that tokens may stand in by a row that has all its figures: those no more than a column's width off."""
    reach = (row[-1].middle - row[0].middle) / (len(row) - 1)
    ways: list[tuple[int, ...]] = [()]
    for token in tokens:
        columns = [at for at, other in enumerate(row) if abs(other.middle - token.middle) <= reach]
        ways = [(*way, at) for way in ways for at in columns if not way or at > way[-1]]
    return ways
