"""A row's cells in order -> the form's columns, when only their order is known.

Dumps lose spans: a label that covered three columns leaves empty cells before the values or behind them, or none.
A row with as many cells as columns, or one in which the filled cells leave a single way to lay the columns over
them, is sure. Where several ways remain, the rest of the table may settle it; if it does not, the row is doubtful
with all its readings.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from extract.recognise.reading import Why
from extract.value_class import value_class

MIN_WITNESSES = 5
"""So many sure rows must agree before they are taken to speak for an unsure one."""


MIN_LIKE = 3
"""So many rows of the same shape show where its columns are."""


@value_class(frozen=True, slots=True)
class OrderedRow:
    """The cells behind a row's label.

    Attributes:
        label_at: the label's slot number in the row, from 0.
        filled: for each cell behind the label, whether anything is printed in it.
        depth: how many group labels the form prints left of this row's label.
    """

    label_at: int
    filled: tuple[bool, ...]
    depth: int = 0


@value_class(frozen=True, slots=True)
class Aligned:
    """How a row's cells meet the columns.

    Attributes:
        readings: every way the row could be read, best first; each gives for each column the index of a cell
            behind the label, or None.
        why: how the best was chosen.
        doubt: why it is not sure, or None.
    """

    readings: tuple[tuple[int | None, ...], ...]
    why: Why
    doubt: Why | None


def align(
    rows: Sequence[OrderedRow], columns: int, first_column: int | None, tails: bool = False
) -> list[Aligned]:
    """Align the rows of one table.

    Args:
        rows: all data rows of the table.
        columns: how many value columns the form has.
        first_column: slot number of the first column's header where the header row spells all columns out,
            else None.
        tails: some rows show that spanned columns stand behind the values.
    """
    windows = [_windows(row.filled, columns) for row in rows]
    if keeps_spans(rows, columns):
        return [_behind_spans(row, columns) for row in rows]
    short = any(len(row.filled) < columns for row in rows)
    padding = _padding(rows, windows, columns, tails)
    totals = _totals_filled(rows, windows, columns)
    usual = {
        depth: Counter(r.label_at for r in rows if r.depth == depth).most_common(1)[0][0]
        for depth in {r.depth for r in rows}
    }
    known = _known_offsets(rows, windows)
    aligned: list[Aligned] = []
    for row, found in zip(rows, windows, strict=True):
        slipped = (
            row.label_at < usual[row.depth]
        )  # its label stands further left than its like: so may its values
        first = None if short or slipped else first_column
        aligned.append(
            _row(row, found, columns, first, None if short or slipped else padding, totals and not short)
        )
        at = aligned[-1].readings[0][0]
        others = known.get((row.label_at, len(row.filled)))
        if aligned[-1].why is not Why.COUNT and others is not None and at not in others:
            ways = tuple(_take(offset, columns) for offset in found)
            aligned[-1] = Aligned(
                ways, aligned[-1].why, Why.SHIFT
            )  # rows just like it have their figures elsewhere
    return aligned


def keeps_spans(rows: Sequence[OrderedRow], columns: int) -> bool:
    """Whether every label is followed by one empty cell for each further column that it spans, and then its values.

    Converters to markdown print spans so. All rows must fit, at least one of them in no other way.
    """
    if len(rows) < MIN_WITNESSES:
        return False
    deepest = max(row.depth for row in rows)
    extras = [len(row.filled) - columns for row in rows]
    if not any(extras) or any(
        extra != deepest - row.depth or any(row.filled[:extra])
        for row, extra in zip(rows, extras, strict=True)
    ):
        return False
    return any(
        extra and row.filled[extra] and row.filled[-1] for row, extra in zip(rows, extras, strict=True)
    )


def _behind_spans(row: OrderedRow, columns: int) -> Aligned:
    extra = len(row.filled) - columns
    return Aligned((_take(extra, columns),), Why.SPANS if extra else Why.COUNT, None)


def _known_offsets(
    rows: Sequence[OrderedRow], windows: Sequence[list[int]]
) -> dict[tuple[int, int], set[int]]:
    """Where rows that can be read in one way only have their first column, by where their label stands and their length."""
    seen: dict[tuple[int, int], list[int]] = {}
    for row, found in zip(rows, windows, strict=True):
        if len(found) == 1 and any(row.filled):
            seen.setdefault((row.label_at, len(row.filled)), []).append(found[0])
    return {key: set(offsets) for key, offsets in seen.items() if len(offsets) >= MIN_LIKE}


def _totals_filled(rows: Sequence[OrderedRow], windows: Sequence[list[int]], columns: int) -> bool:
    """Whether every row that can be read in one way only and is not empty has its last column, the total, filled."""
    known = [row.filled[found[0] + columns - 1] for row, found in zip(rows, windows, strict=True)
             if len(found) == 1 and any(row.filled)]  # fmt: skip
    return len(known) >= MIN_WITNESSES and all(known)


def _windows(filled: tuple[bool, ...], columns: int) -> list[int]:
    """Offsets at which `columns` consecutive cells hold everything that is printed."""
    if not any(filled):  # every offset is one; two of them say so
        return list(range(len(filled) - columns + 1))[:2]
    first, last = filled.index(True), len(filled) - 1 - filled[::-1].index(True)
    return list(range(max(0, last - columns + 1), min(first, len(filled) - columns) + 1))


def _padding(
    rows: Sequence[OrderedRow], windows: Sequence[list[int]], columns: int, tails: bool
) -> str | None:
    """On which side the rows that can be read in one way only carry their empty extra cells, if all on the same."""
    sides: Counter[str] = Counter({"behind": MIN_WITNESSES} if tails else {})
    for row, found in zip(rows, windows, strict=True):
        if len(row.filled) > columns and len(found) == 1:
            sides[
                "behind" if found[0] == 0 else "before" if found[0] == len(row.filled) - columns else "both"
            ] += 1
    return next(iter(sides)) if len(sides) == 1 and sides.total() >= MIN_WITNESSES else None


def _row(
    row: OrderedRow, found: list[int], columns: int, first: int | None, padding: str | None, totals: bool
) -> Aligned:
    count = len(row.filled)
    if len(found) == 1:
        return Aligned((_take(found[0], columns),), Why.COUNT, None)
    if len(found) > 1:
        # totals are printed last: readings with the last column filled come first
        found = sorted(found, key=lambda offset: not row.filled[offset + columns - 1])
        ways = tuple(_take(offset, columns) for offset in found)
        if not any(row.filled):
            return Aligned(ways[:1], Why.COUNT, None)
        votes: dict[Why, int] = {}
        anchored = None if first is None else first - row.label_at - 1
        if anchored in found:
            votes[Why.ANCHOR] = anchored
        if padding in ("behind", "before"):
            votes[Why.PADDING] = min(found) if padding == "behind" else max(found)
        with_total = [offset for offset in found if row.filled[offset + columns - 1]]
        if totals and len(with_total) == 1:
            votes[Why.TOTALS] = with_total[0]
        if len(set(votes.values())) == 1:
            why, offset = next(iter(votes.items()))
            return Aligned((_take(offset, columns),), why, None)
        return Aligned(ways, Why.COUNT, Why.SHIFT)
    if count < columns:
        # any columns may be meant; totals are printed last
        return Aligned(((None,) * (columns - count) + tuple(range(count)),), Why.COUNT, Why.FEWER)
    ways = tuple(
        tuple(i if i < extra else i + 1 for i in range(columns)) for extra in range(columns + 1)
    ) if count == columns + 1 else (_take(0, columns), _take(count - columns, columns))  # fmt: skip
    return Aligned(ways, Why.COUNT, Why.MORE)


def _take(offset: int, columns: int) -> tuple[int | None, ...]:
    return tuple(range(offset, offset + columns))
