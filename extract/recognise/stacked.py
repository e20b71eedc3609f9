"""Figures of one row that stand on several lines: pushed up and down a little, or wrapped in narrow cells.

Which row a loose figure belongs to, and whether it is a figure or the rest of one, shows only where all of it adds up: the
rows' sums have to hold, and in one way alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import product
from math import prod

MAX_WAYS = 128
"""More ways to part the figures between two rows are not tried."""
_DIGITS = re.compile(r"[1-9]\d*")

MIN_WITNESSES = 5
"""So many rows with a figure must end with their total before others are taken to."""

Cells = tuple[tuple[str, ...], ...]
"""For each column the texts in it from top to bottom."""


@dataclass(frozen=True, slots=True)
class Band:
    """A row's figures: those beside its label, and those between it and the row below."""

    own: Cells
    below: Cells


Rows = tuple[tuple[str, ...], ...]
"""For each row the text of each column, '' where there is none."""


def solve(above: Cells, bands: Sequence[Band], *, full: bool) -> set[Rows]:
    """Ways to read the figures of neighbouring rows in which every row adds up: all of them, or two where there are more.

    Args:
        above: loose figures over the first row; they belong to it.
        bands: neighbouring rows from top to bottom; what stands below the last belongs to it.
        full: no column of a row may stay empty.
    """
    states: dict[Cells, set[Rows]] = {above: {()}}  # what the row above leaves over -> the rows so far
    for number, band in enumerate(bands):
        following: dict[Cells, set[Rows]] = {}
        for kept, left in _splits(band.below, number == len(bands) - 1):
            for over, before in states.items():
                row = _joined(over, band.own, kept)
                if row is None or not any(row) or (full and not all(row)) or not adds_up(row):
                    continue
                ways = following.setdefault(left, set())
                for rows in before:
                    if len(ways) < 2:
                        ways.add((*rows, row))
        states = following
    return set().union(*states.values())


def _splits(cells: Cells, last: bool) -> Iterator[tuple[Cells, Cells]]:
    """Every way to part what stands between two rows: what the upper takes, what it leaves to the lower."""
    if last:
        yield cells, tuple(() for _ in cells)
        return
    if prod(len(cell) + 1 for cell in cells) > MAX_WAYS:
        return
    for cuts in product(*(range(len(cell) + 1) for cell in cells)):
        yield (
            tuple(cell[:cut] for cell, cut in zip(cells, cuts, strict=True)),
            tuple(cell[cut:] for cell, cut in zip(cells, cuts, strict=True)),
        )


def _joined(above: Cells, own: Cells, below: Cells) -> tuple[str, ...] | None:
    """One text a column; None where texts under each other can't be one number."""
    row: list[str] = []
    for parts in zip(above, own, below, strict=True):
        texts = [text for part in parts for text in part]
        whole = "".join(texts)
        if len(texts) > 1 and not _DIGITS.fullmatch(whole):
            return None
        row.append(whole)
    return tuple(row)


def adds_up(row: Sequence[str]) -> bool:
    """Whether the last column is the sum of the others, blanks as nothing; true of a row of blanks."""
    if not any(row):
        return True
    try:
        *parts, total = (Decimal(text.replace(",", "")) if text else None for text in row)
    except ArithmeticError:
        return False
    return total is not None and sum((part for part in parts if part is not None), Decimal(0)) == total


def totals_always_printed(rows: Iterable[Sequence[str]], width: int) -> bool:
    """Whether zeros were left out of rows, but totals never: every row's last figure is the sum of those before it.

    Args:
        rows: the figures of each row in order, as plain digits ('' for what is no number), blanks left out.
        width: how many columns there are.

    Then a row of fewer figures than columns ends with its total, and one that is nothing but `0` has blanks before it.
    Rows that print some zeros and leave out others say nothing of the kind.
    """
    witnesses = 0
    for row in rows:
        if len(row) < 2 or len(row) == width:
            continue
        if "" in row or not adds_up(row) or any(not text.strip("0") for text in row[:-1]):
            return False
        witnesses += row[-1].strip("0") != ""
    return witnesses >= MIN_WITNESSES


def total_stands_elsewhere(rows: Iterable[Sequence[str]], width: int) -> bool:
    """Whether full rows add up to another column than the last: the columns are not in the form's order."""
    last = other = 0
    for row in rows:
        if len(row) != width or "" in row or not any(text.strip("0") for text in row):
            continue
        values = [Decimal(text) for text in row]
        if 2 * values[-1] == sum(values):
            last += 1
        else:
            other += any(2 * value == sum(values) for value in values)
    return other > max(last, 1)
