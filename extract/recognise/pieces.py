"""Text on a page put together to the labels and values of the form where no ruling says what belongs together."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from extract.model import Box
from extract.read.flow import group_lines, join_runs
from extract.read.layout import Run, union
from extract.recognise.labels import Kind, Label, meanings, section_of
from extract.recognise.rows import value_like

PITCH = 1.75
"""Two lines of one label are at most this many line heights apart, from top to top."""
JOIN = 1.1
"""Pieces of a label on one line are at most this many line heights apart."""
_NUMBERED = re.compile(r"^(?:[（(][一二三四五六七八九十]+[）)]|[一二三四五六七八九十]+、|\d{1,2}[.．、])")
_NUMBER_ONLY = re.compile(r"^(?:[（(][一二三四五六七八九十]+[）)]|[一二三四五六七八九十]+、?|\d{1,2}[.．、])$")


@dataclass(frozen=True, slots=True)
class Piece:
    """Runs that are one cell's text, as far as can be told before the columns are known."""

    runs: tuple[Run, ...]
    text: str
    box: Box

    @property
    def labels(self) -> tuple[Label, ...]:
        return meanings(self.text)

    def is_kind(self, *kinds: Kind) -> bool:
        return any(label.kind in kinds for label in self.labels)

    @property
    def middle(self) -> float:
        return (self.box[1] + self.box[3]) / 2

    @property
    def size(self) -> float:
        """Height of one line of the piece."""
        return max(run.size for run in self.runs)

    @property
    def is_value(self) -> bool:
        return value_like(self.text)


def piece_of(runs: Sequence[Run]) -> Piece:
    """Runs as one piece, read in lines."""
    text = "".join(line.text for line in group_lines(runs))
    return Piece(tuple(runs), text, union([run.box for run in runs]))


def make_pieces(runs: Iterable[Run]) -> list[Piece]:
    """Runs joined along lines and down wrapped labels, from top to bottom; values stay single."""
    level = [piece for line in group_lines(runs) for piece in _along(line.runs)]
    stacks: list[list[Piece]] = []
    done: list[list[Piece]] = []
    for piece in level:
        if piece.is_value:
            done.append([piece])
            continue
        stacks = [stack for stack in stacks if piece.box[1] - stack[-1].box[1] <= 3 * piece.size]
        host = next((stack for stack in reversed(stacks) if _goes_below(stack, piece)), None)
        if host is None:
            host = [piece]
            stacks.append(host)
            done.append(host)
        else:
            host.append(piece)
    pieces = [stack[0] if len(stack) == 1 else _stacked(stack) for stack in done]
    return sorted(pieces, key=lambda piece: (piece.box[1], piece.box[0]))


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
    return [Piece(tuple(group), join_runs(group), union([run.box for run in group])) for group in groups]


def _goes_on(group: Sequence[Run], run: Run) -> bool:
    gap = run.box[0] - group[-1].box[2]
    if gap > JOIN * min(run.size, group[-1].size) or value_like(run.text):
        return False
    text = "".join(part.text for part in group)
    if _NUMBER_ONLY.match(text):
        return True
    if value_like(text) or _NUMBERED.match(run.text):
        return False
    return gap < 0.35 * run.size or not (meanings(text) and meanings(run.text))


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
    joined = meanings(before + piece.text)
    if any(label.exact for label in joined):
        return True
    if section_of(before) is not None or any(label.exact for label in piece.labels):
        return False
    whole = any(label.exact for label in meanings(before))
    return not whole


class Alignment(Enum):
    """Which part of a value stands under the same part of its column's head."""

    CENTRE = "centre"
    LEFT = "left"
    RIGHT = "right"

    def of(self, box: Box) -> float:
        if self is Alignment.CENTRE:
            return (box[0] + box[2]) / 2
        return box[0] if self is Alignment.LEFT else box[2]


@dataclass(frozen=True, slots=True)
class Columns:
    """The value columns of a table: the head of each, and how values stand under it."""

    heads: tuple[Piece, ...]

    def assign(self, boxes: Sequence[Box]) -> list[int] | None:
        """The column of each box, None where a box could as well belong to another column."""
        if not boxes:
            return []
        best = min(Alignment, key=lambda alignment: self._cost(alignment, boxes))
        found = [self._nearest(best, box) for box in boxes]
        return None if any(column < 0 for column in found) else found

    def _cost(self, alignment: Alignment, boxes: Sequence[Box]) -> float:
        at = [alignment.of(head.box) for head in self.heads]
        costs = [min(abs(alignment.of(box) - x) for x in at) for box in boxes]
        # centred is what forms are; the others have to be clearly better
        return sum(costs) + (0.0 if alignment is Alignment.CENTRE else 0.5 * len(boxes))

    def _nearest(self, alignment: Alignment, box: Box) -> int:
        distances = sorted((abs(alignment.of(box) - alignment.of(head.box)), i) for i, head in enumerate(self.heads))
        if len(distances) > 1 and distances[0][0] > 0.6 * distances[1][0]:
            return -1
        return distances[0][1]

    def cuts(self, boxes: Sequence[Box], columns: Sequence[int]) -> list[float]:
        """x of the borders between the columns, outer ones included, halfway between what stands in them."""
        extents = [list(head.box) for head in self.heads]
        for box, column in zip(boxes, columns, strict=True):
            extents[column][0] = min(extents[column][0], box[0])
            extents[column][2] = max(extents[column][2], box[2])
        inner = [(a[2] + b[0]) / 2 for a, b in zip(extents, extents[1:], strict=False)]
        return [extents[0][0] - 2, *inner, extents[-1][2] + 2]


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
