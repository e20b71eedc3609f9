"""What the shape of ink says of the characters in it, whatever the recogniser reads: how many stand beside each other,
how far apart, upright or leaning, flat or high.
"""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np

from extract.read.scan_lines import Line
from extract.read.scan_rulings import Inked

WHITE = 0.4
"""White this wide, in heights of a line, may be what is left between two cells where no ruling parts them."""
FULL_WIDTH = (0.92, 1.3)
"""From middle to middle of two full-width digits, in heights of a line."""
LEANS = 0.18
"""A slash leans by at least this share of its height; a figure 1 by less."""
SLASH = 0.88
"""A slash is at least so high, in heights of a line."""
DIGIT = 0.45
"""Ink at least this high, in heights of its line, may be a digit; lower ink is a mark."""

Span = tuple[int, int]
"""Where a piece of ink begins and ends from left to right, in pixels of the page."""


class Shapes:
    """Looks at the ink of one page.

    Args:
        inked: the page.
        size: height of a line of text in pixels.
    """

    def __init__(self, inked: Inked, size: float) -> None:
        self._inked = inked
        self._size = size

    def fits(self, line: Line, figure: str) -> bool:
        """Whether ink could be a figure: as many blobs as digits, a flat one for a dash, a leaning one for a slash."""
        if figure == "-":
            return self._is_dash(line)
        if figure in ("/", "1"):
            return self._leans(line) == (figure == "/")
        digits = sum(c.isdigit() for c in figure)
        if not digits or digits != len(figure.replace(".", "").replace(",", "")):
            return True
        blobs = len(self._blobs(line))
        if blobs > digits:
            return False
        return blobs == digits or line.width >= 0.38 * line.height * digits

    def gaps(self, line: Line, *, is_figure: bool) -> list[Span]:
        """Where white parts a line in two: nowhere between full-width digits, which stand apart by nature.

        Args:
            line: the line.
            is_figure: it was read as a figure.
        """
        if is_figure and self.full_width(line) is not None:
            return []
        x0, top, x1, bottom = line.box
        columns = np.flatnonzero(self._inked.ink[top:bottom, x0:x1].any(axis=0))
        wide = np.flatnonzero(np.diff(columns) > WHITE * self._size)
        return [(x0 + int(columns[at]) + 1, x0 + int(columns[at + 1])) for at in wide]

    def full_width(self, line: Line) -> tuple[float, float] | None:
        """Where the first of full-width digits begins and the last one ends, their white included; None for others.

        Such digits stand as far apart as words do, each as far from the next (twice as far over a point).
        """
        middles = [(start + end) / 2 for start, end in self._blobs(line)]
        low, high = (share * self._size for share in FULL_WIDTH)
        steps = [step if step <= high else step / 2 for step in (b - a for a, b in pairwise(middles))]
        if not steps or not all(low <= step <= high for step in steps):
            return None
        half = sum(steps) / len(steps) / 2
        return middles[0] - half, middles[-1] + half

    def is_slash(self, line: Line) -> bool:
        """Whether ink leans, and is as high as words are: digits are lower, upright or not."""
        return line.height >= SLASH * self._size and self._leans(line)

    def _is_dash(self, line: Line) -> bool:
        if line.height > 0.45 * line.width or line.height > 0.3 * self._size or line.width > 1.5 * self._size:
            return False
        if line.is_loose:
            return True
        upper, lower = line.within[1], line.within[3]
        return abs((line.box[1] + line.box[3]) - (upper + lower)) / 2 <= 0.3 * (lower - upper)

    def _leans(self, line: Line) -> bool:
        """Whether the upper part of some ink stands further to the right than the lower part."""
        x0, top, x1, bottom = line.box
        ink = self._inked.ink[top:bottom, x0:x1]
        if not ink.any():
            ink = self._inked.trace[top:bottom, x0:x1]
        part = max(1, line.height // 4)
        upper, lower = np.nonzero(ink[:part])[1], np.nonzero(ink[-part:])[1]
        if not len(upper) or not len(lower):
            return False
        return float(upper.mean() - lower.mean()) >= LEANS * 0.75 * line.height

    def _blobs(self, line: Line) -> list[Span]:
        """The pieces of ink of the height of digits that stand beside each other."""
        x0, top, x1, bottom = line.box
        count, _, stats, _ = cv2.connectedComponentsWithStats(self._inked.trace[top:bottom, x0:x1])
        high = sorted((int(x), int(x + w)) for x, _, w, h, _ in stats[1:count] if h > DIGIT * line.height)
        blobs: list[Span] = []
        for start, end in high:
            if blobs and start < blobs[-1][1] - 1:
                blobs[-1] = (blobs[-1][0], max(blobs[-1][1], end))
            else:
                blobs.append((start, end))
        return [(x0 + start, x0 + end) for start, end in blobs]
