"""Text on a page put together to the labels and values of the form where no ruling says what belongs together."""

from __future__ import annotations

import itertools
import math
import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from enum import Enum
from functools import lru_cache

from extract.model import Box
from extract.read.flow import group_lines, join_runs
from extract.read.layout import Run, union
from extract.recognise.labels import Kind, Label, meanings, section_of
from extract.recognise.rows import value_like
from extract.recognise.script import REMEMBERED
from extract.value_class import value_class

_WORDS = re.compile(r"[零〇一二两三四五六七八九十百千万亿元件项个无增减加少不适用]*")

PITCH = 1.75
"""Two lines of one label are at most this many line heights apart, from top to top."""
JOIN = 1.1
"""Pieces of a label on one line are at most this many line heights apart."""
SIGNS = ("+", "-", "−", "＋", "－", "增", "减", "增加", "减少")
SIGN_GAP = 0.3
"""A sign or its word that another font draws stands this near to its number, in line heights; a dash in the next column does not."""
_NUMBERED = re.compile(r"^(?:[（(][一二三四五六七八九十]+[）)]|[一二三四五六七八九十]+、|\d{1,2}[.．、])")
LONGEST = 70
"""No label of the form is longer, remarks in brackets included; longer texts are sentences."""
UPRIGHT = 4
"""So many single characters under each other are upright text."""
ALIKE = 3.0
"""Heads and values are aligned alike where they are off by at most this, in points."""
_DIGITS = re.compile(r"[\d０-９]")
_FIGURE = re.compile(r"[\d０-９+/／—－–-]")
_NUMBER_ONLY = re.compile(r"^(?:[（(][一二三四五六七八九十]+[）)]|[一二三四五六七八九十]+、|\d{1,2}[.．、])$")


@value_class(frozen=True, slots=True)
class Piece:
    """Runs that are one cell's text, as far as can be told before the columns are known."""

    runs: tuple[Run, ...]
    text: str
    box: Box

    @property
    def labels(self) -> tuple[Label, ...]:
        return meanings(self.text)

    def is_kind(self, *kinds: Kind) -> bool:
        return any(label.kind in kinds for label in meanings(self.text))

    @property
    def is_figure(self) -> bool:
        """A value by its first character: a digit or a mark, which no label of the form begins and ends with."""
        return self.is_value and _FIGURE.match(self.text) is not None

    @property
    def middle(self) -> float:
        return (self.box[1] + self.box[3]) / 2

    @property
    def size(self) -> float:
        """Height of one line of the piece."""
        if len(self.runs) == 1:  # as most have
            box = self.runs[0].box
            return box[3] - box[1]
        return max((run.size for run in self.runs), default=self.box[3] - self.box[1])

    @property
    def is_value(self) -> bool:
        return _is_value(self.text)


@lru_cache(maxsize=REMEMBERED)
def _is_value(text: str) -> bool:
    """A number or a mark, and no label that begins like one (三方合法, the middle of 第三方合法权益)."""
    if not value_like(text) or _NUMBER_ONLY.fullmatch(text):
        return False
    return not "\u4e00" <= text[:1] <= "\u9fff" or _WORDS.fullmatch(text) is not None


def piece_of(runs: Sequence[Run]) -> Piece:
    """Runs as one piece, read in lines."""
    text = "".join(line.text for line in group_lines(runs))
    return Piece(tuple(runs), text, union([run.box for run in runs]))


def make_pieces(runs: Iterable[Run]) -> list[Piece]:
    """Runs joined along lines and down wrapped labels, from top to bottom; values stay single."""
    upright, others = _upright(list(runs))
    level = [piece for line in group_lines(others) for piece in _along(line.runs)]
    stacks: list[list[Piece]] = []
    done: list[list[Piece]] = [[piece] for piece in upright]
    for piece in level:
        if piece.is_value:
            done.append([piece])
            continue
        lowest = piece.box[1] - 3 * piece.size
        stacks = [stack for stack in stacks if stack[-1].box[1] >= lowest]
        # of all the hosts the one that was drawn right before, else the nearest; whether one is a host costs most
        before = piece.runs[0].order - 1
        drawn = (stack for stack in reversed(stacks) if stack[-1].runs[-1].order == before)
        host = next(
            (stack for stack in itertools.chain(drawn, reversed(stacks)) if _goes_below(stack, piece)), None
        )
        if host is None:
            host = [piece]
            stacks.append(host)
            done.append(host)
        else:
            host.append(piece)
    pieces = [stack[0] if len(stack) == 1 else _stacked(stack) for stack in done]
    return sorted(pieces, key=lambda piece: (piece.box[1], piece.box[0]))


def _upright(runs: list[Run]) -> tuple[list[Piece], list[Run]]:
    """Text set upright (characters under each other, drawn one after the other) as pieces, and the other runs."""
    groups: list[list[Run]] = []
    for run in sorted(runs, key=lambda run: run.order):
        if groups and _is_under(groups[-1][-1], run):
            groups[-1].append(run)
        else:
            groups.append([run])
    pieces = [
        Piece(tuple(group), "".join(run.text for run in group), union([run.box for run in group]))
        for group in groups
        if len(group) >= UPRIGHT
    ]
    taken = {run.order for piece in pieces for run in piece.runs}
    return pieces, [run for run in runs if run.order not in taken]


def _is_under(above: Run, run: Run) -> bool:
    if len(above.text) != 1 or len(run.text) != 1 or run.order != above.order + 1 or run.text.isdigit():
        return False
    aside = abs(above.box[0] + above.box[2] - run.box[0] - run.box[2]) / 2
    down = run.box[1] - above.box[1]
    return aside < 0.3 * run.size and 0.4 * run.size < down < 2 * run.size


def stack_values(values: Sequence[Piece], rows: Sequence[Piece], pitch: float) -> list[Piece]:
    """Values wrapped in narrow columns put together: digits right under each other that belong to one row.

    Args:
        values: what stands in the value columns.
        rows: the labels of the rows.
        pitch: from line to line inside of a label, 0 where no label has two lines.
    """
    stacks: list[list[Piece]] = []
    done: list[list[Piece]] = []
    heights = [(row.middle, row.box[1], row.box[3]) for row in rows]
    for piece in sorted(values, key=lambda piece: (piece.box[1], piece.box[0])):
        reach = (pitch or 1.3 * piece.size) * 1.12
        stacks = [stack for stack in stacks if piece.box[1] - stack[-1].box[1] <= reach]
        left, _, right, _ = piece.box
        host = next(
            (
                stack
                for stack in stacks
                # beside each other, as most: there is no need to look closer
                if stack[-1].box[0] < right
                and stack[-1].box[2] > left
                and _is_wrapped_under(stack[-1], piece, reach)
                and not _have_own_rows(stack, piece, heights)
            ),
            None,
        )
        if host is None:
            host = []
            stacks.append(host)
            done.append(host)
        host.append(piece)
    return [stack[0] if len(stack) == 1 else _stacked(stack) for stack in done]


def _is_wrapped_under(above: Piece, piece: Piece, reach: float) -> bool:
    overlap = min(above.box[2], piece.box[2]) - max(above.box[0], piece.box[0])
    narrower = min(above.box[2] - above.box[0], piece.box[2] - piece.box[0])
    down = piece.box[1] - above.box[1]
    if above.text.isdecimal() and piece.text.isdecimal() and len(piece.text) > len(above.text):
        return False  # a number is broken where its line is full: no line of it is longer than the first
    return overlap > 0.6 * narrower and 0.5 * piece.size < down <= reach


def _have_own_rows(stack: Sequence[Piece], piece: Piece, rows: Sequence[tuple[float, float, float]]) -> bool:
    """Whether two values, of which one may be wrapped already, each stand right beside a label of their own, of labels
    with these middles, tops, bottoms.
    """

    def own(box: Box) -> int | None:
        middle, top, bottom = (box[1] + box[3]) / 2, box[1], box[3]
        offs = [min(abs(row[0] - middle), abs(row[1] - top), abs(row[2] - bottom)) for row in rows]
        least = min(offs, default=math.inf)
        return offs.index(least) if least <= 0.25 * piece.size else None

    other = own(piece.box)
    if other is None:
        return False
    above = {own(stack[-1].box), own(union([part.box for part in stack]))} - {None}
    return bool(above) and other not in above


def line_pitch(pieces: Iterable[Piece]) -> float:
    """The usual distance from line to line inside of labels, 0 where none has two lines."""
    steps = []
    for piece in pieces:
        lines = group_lines(piece.runs)
        if 1 < len(lines) < UPRIGHT:
            steps += [b.box[1] - a.box[1] for a, b in itertools.pairwise(lines)]
    return sorted(steps)[len(steps) // 2] if steps else 0.0


def _stacked(stack: Sequence[Piece]) -> Piece:
    runs = tuple(run for piece in stack for run in piece.runs)
    return Piece(runs, "".join(piece.text for piece in stack), union([piece.box for piece in stack]))


def _along(runs: Sequence[Run]) -> list[Piece]:
    """Pieces of one line: label text goes on over small gaps, but not into a value or a new numbered label."""
    groups: list[list[Run]] = []
    for run in runs:
        if groups and _goes_on(groups[-1], run):
            groups[-1].append(run)
        else:
            groups.append([run])
    return [
        Piece((group[0],), group[0].text, group[0].box)
        if len(group) == 1
        else Piece(tuple(group), join_runs(group), union([run.box for run in group]))
        for group in groups
    ]


def _goes_on(group: Sequence[Run], run: Run) -> bool:
    last = group[-1]
    gap, size = run.box[0] - last.box[2], run.size
    # what one cell holds is drawn in one go: a piece drawn later is the line of a neighbour
    apart = gap > JOIN * min(size, last.size) or run.order != last.order + 1
    if apart and gap >= 0.1 * size:
        return False
    text = last.text if len(group) == 1 else "".join(part.text for part in group)
    if gap < 0.1 * size and not (_DIGITS.search(text) and _DIGITS.search(run.text)):
        return True
    if apart:
        return False
    size = min(size, last.size)
    if text in SIGNS and _DIGITS.match(run.text):
        return gap <= SIGN_GAP * size
    if _DIGITS.match(text) and text.count("（") + text.count("(") > text.count("）") + text.count(")"):
        return True
    if _NUMBER_ONLY.match(text) and not _DIGITS.search(run.text):
        return True
    if _is_value(text) and gap <= 0.6 * size and not _DIGITS.match(run.text) and _is_value(text + run.text):
        return bool(_DIGITS.search(text)) and not meanings(run.text)
    if _is_value(run.text):
        return False
    if _is_value(text) or _NUMBERED.match(run.text):
        return False
    return gap < 0.35 * run.size or not any(label.exact for label in meanings(run.text))


def _goes_below(stack: Sequence[Piece], piece: Piece) -> bool:
    """Whether a piece is the next line of a label above it."""
    above = stack[-1]
    overlap = min(above.box[2], piece.box[2]) - max(above.box[0], piece.box[0])
    narrower = min(above.box[2] - above.box[0], piece.box[2] - piece.box[0])
    if overlap < 0.5 * narrower or piece.box[1] - above.box[1] > PITCH * max(above.size, piece.size):
        return False
    if piece.box[1] - above.box[1] < 0.5 * piece.size or _NUMBERED.match(piece.text):
        return False
    before = "".join(part.text for part in stack)
    if len(before) + len(piece.text) > LONGEST:
        return False
    joined = meanings(before + piece.text)
    if any(label.exact for label in joined):
        return True
    if section_of(before) is not None or any(label.exact for label in piece.labels):
        return False
    whole = [label for label in meanings(before) if label.exact]
    # a short form that is the beginning of the long one: 逾期不补正、 | 行政机关不再处理…
    return not whole or any(label.keys == other.keys for label in joined for other in whole)


class Alignment(Enum):
    """Which part of a value stands under the same part of its column's head."""

    CENTRE = "centre"
    LEFT = "left"
    RIGHT = "right"

    def of(self, box: Box) -> float:
        if self is Alignment.CENTRE:
            return (box[0] + box[2]) / 2
        return box[0] if self is Alignment.LEFT else box[2]


@value_class(frozen=True, slots=True)
class Columns:
    """The value columns of a table, by their heads from left to right."""

    heads: tuple[Piece, ...]

    def assign(self, rows: Sequence[Sequence[Box]]) -> list[list[int]] | None:
        """The column of each value.

        A cell begins behind the head of the column before and ends before the head of the column after: mostly that
        leaves one column only. Where values stand beside their heads (heads to the left, values to the right), rows
        that are full show where each column's values stand; where no row is full, heads and values have to be
        aligned alike.

        Args:
            rows: for each row the boxes of its values.

        Returns:
            For each row the columns of its values, or None where they can't be told.
        """
        choices = [[self._possible(box) for box in row] for row in rows]
        if any(not options for row in choices for options in row):
            return None
        if all(len(options) == 1 for row in choices for options in row):
            found = [[options[0] for options in row] for row in choices]
        else:
            found = self._by_place(rows, choices) or self._by_anchor(rows, choices) or []
        return found if len(found) == len(rows) and all(map(_in_order, rows, found)) else None

    def _by_place(
        self, rows: Sequence[Sequence[Box]], choices: Sequence[Sequence[list[int]]]
    ) -> list[list[int]] | None:
        """Columns by what stands under each other: values at one x are of one column, which some of them tell."""
        boxes = [box for row in rows for box in row]

        def places(alignment: Alignment) -> list[float]:
            found: list[float] = []
            for x in sorted(map(alignment.of, boxes)):
                if not found or x - found[-1] > ALIKE:
                    found.append(x)
            return found

        best = min(Alignment, key=lambda alignment: len(places(alignment)))
        starts = places(best)
        numbers = [[bisect_right(starts, best.of(box)) - 1 for box in row] for row in rows]
        possible = [set(range(len(self.heads))) for _ in starts]
        for row, options_of_row in zip(numbers, choices, strict=True):
            for place, options in zip(row, options_of_row, strict=True):
                possible[place] &= set(options)
        if any(len(options) != 1 for options in possible):
            return None
        columns = [next(iter(options)) for options in possible]
        if columns != sorted(set(columns)):
            return None
        return [[columns[place] for place in row] for row in numbers]

    def _by_anchor(
        self, rows: Sequence[Sequence[Box]], choices: Sequence[Sequence[list[int]]]
    ) -> list[list[int]] | None:
        """Columns by where the values of full rows, or else the heads, stand."""
        anchors = self._anchors(rows) or self._head_anchors(rows)
        if anchors is None:
            return None
        alignment, at = anchors
        return [
            [
                min(options, key=lambda column: abs(at[column] - alignment.of(box)))
                for box, options in zip(row, options_of_row, strict=True)
            ]
            for row, options_of_row in zip(rows, choices, strict=True)
        ]

    def _possible(self, box: Box) -> list[int]:
        """The columns whose cell may hold a box."""
        heads, slack = self.heads, 1.5
        possible = [
            i
            for i in range(len(heads))
            if (i == 0 or box[0] > heads[i - 1].box[2] - slack)
            and (i == len(heads) - 1 or box[2] < heads[i + 1].box[0] + slack)
        ]
        if possible:
            return possible
        # wider than its head: the column most of it stands under
        under = sorted(
            ((min(box[2], head.box[2]) - max(box[0], head.box[0]), i) for i, head in enumerate(heads)),
            reverse=True,
        )
        return [under[0][1]] if under[0][0] > 0 and under[1][0] < 0.4 * under[0][0] else []

    def _anchors(self, rows: Sequence[Sequence[Box]]) -> tuple[Alignment, list[float]] | None:
        """Where the values of each column stand, from the rows that have one for each."""
        full = [sorted(row) for row in rows if len(row) == len(self.heads) and _is_level(row)]
        if not full:
            return None
        by_column = list(zip(*full, strict=True))

        def spread(alignment: Alignment) -> float:
            return sum(max(map(alignment.of, boxes)) - min(map(alignment.of, boxes)) for boxes in by_column)

        best = min(Alignment, key=spread)
        return best, [sum(map(best.of, boxes)) / len(boxes) for boxes in by_column]

    def _head_anchors(self, rows: Sequence[Sequence[Box]]) -> tuple[Alignment, list[float]] | None:
        """Where the heads stand, if the values stand there too."""
        boxes = [box for row in rows for box in row]

        def miss(alignment: Alignment) -> float:
            return max(
                min(abs(alignment.of(head.box) - alignment.of(box)) for head in self.heads) for box in boxes
            )

        best = min(Alignment, key=miss)
        return (best, [best.of(head.box) for head in self.heads]) if miss(best) <= ALIKE else None

    def cuts(self, boxes: Sequence[Box], columns: Sequence[int]) -> list[float]:
        """X of the borders between the columns, outer ones included, halfway between what stands in them."""
        extents = [list(head.box) for head in self.heads]
        for box, column in zip(boxes, columns, strict=True):
            extents[column][0] = min(extents[column][0], box[0])
            extents[column][2] = max(extents[column][2], box[2])
        inner = [(a[2] + b[0]) / 2 for a, b in itertools.pairwise(extents)]
        return [extents[0][0] - 2, *inner, extents[-1][2] + 2]


def _is_level(row: Sequence[Box]) -> bool:
    """Whether boxes stand on one line."""
    middles = [(box[1] + box[3]) / 2 for box in row]
    return max(middles) - min(middles) <= 0.5 * min(box[3] - box[1] for box in row)


def _in_order(row: Sequence[Box], columns: Sequence[int]) -> bool:
    """Whether no two values of one line share a column, and columns follow the values from left to right."""
    placed = sorted(zip(row, columns, strict=True))
    return all(
        a[1] < b[1] or (a[1] == b[1] and not _is_level([a[0], b[0]])) for a, b in itertools.pairwise(placed)
    )


def find_columns(runs: Sequence[Run], names: Sequence[tuple[Kind, str]]) -> Columns | None:
    """Columns from the runs of a table's head, where they spell exactly the given names from left to right.

    Args:
        runs: what stands over the value columns, heads over several columns left out.
        names: kind and key of each column in order.

    Returns:
        The columns, or None where the runs don't spell them.
    """
    groups = _stand_together(runs)
    parts = _spell(groups, names, lambda group: piece_of(group).labels)
    if parts is None and len(groups) == len(names):
        parts = groups
    return None if parts is None else Columns(tuple(piece_of(part) for part in parts))


def _stand_together(runs: Sequence[Run]) -> list[list[Run]]:
    """Runs grouped where they stand over each other, from left to right."""
    groups: list[list[Run]] = []
    right = 0.0
    for run in sorted(runs, key=lambda run: run.box[0]):
        if groups and run.box[0] < right - 0.5:
            groups[-1].append(run)
            right = max(right, run.box[2])
        else:
            groups.append([run])
            right = run.box[2]
    return groups


def _spell(
    groups: Sequence[list[Run]],
    names: Sequence[tuple[Kind, str]],
    labels_of: Callable[[Sequence[Run]], Sequence[Label]],
) -> list[list[Run]] | None:
    """Split groups into as many parts as there are names, each part spelling its name; None where they can't."""
    if not names:
        return [] if not groups else None
    kind, key = names[0]
    for count in range(min(4, len(groups) - len(names) + 1), 0, -1):
        part = [run for group in groups[:count] for run in group]
        if any(label.kind == kind and key in label.keys for label in labels_of(part)):
            rest = _spell(groups[count:], names[1:], labels_of)
            if rest is not None:
                return [part, *rest]
    return None
