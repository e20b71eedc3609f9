"""Where the lines of text stand on a straight page without rulings: in the cells of tables, and everywhere else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from extract.model import Box
from extract.read.scan_network import PixelBox, find_lines
from extract.read.scan_picture import Gray
from extract.read.scan_rulings import Inked, Mask

SPECK = 0.9
"""Ink of less than this area, in square points, is dirt unless it stands beside larger ink (a decimal point)."""
SPECK_SIDE = 1.4
"""Dirt is at most so long and wide, in points."""
USUAL_SIZE = 10.0
"""Height of a line of text in points, where a page has too few lines to tell."""
INSET = 1.0
"""So much inside of its rulings a cell begins, in points."""
WORDS = 3.5
"""A line that is this many times as wide as high holds words, not a number alone."""
CRUMB = 0.2
"""Ink that is smaller than this many times the height of a line in both directions is no letter and no dash."""
GAP = 1.5
"""A gap in a line of text that is this many times as wide as the text is high parts two pieces."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text, or what may be one.

    Attributes:
        box: around its ink, in pixels.
        within: the pixels that may be looked at: those of its cell, else of the page.
        faint: found in traces only.
        is_loose: it stands in no cell.
    """

    box: PixelBox
    within: PixelBox
    faint: bool = False
    is_loose: bool = False

    @property
    def width(self) -> int:
        return self.box[2] - self.box[0]

    @property
    def height(self) -> int:
        return self.box[3] - self.box[1]


class Lines:
    """Finds the lines of one page.

    Args:
        inked: the page.
        scale: pixels a point.
    """

    def __init__(self, inked: Inked, scale: float) -> None:
        self._inked = inked
        self._scale = scale
        self._ink = _without_specks(inked.ink, scale)
        self._trace = _without_specks(inked.trace, scale)
        self.size = USUAL_SIZE * scale
        self._is_sized = False

    def in_cells(self, boxes: Sequence[Box]) -> list[list[Line]]:
        """The lines in each cell.

        Args:
            boxes: the cells, in points.
        """
        inner = [self._inner(box) for box in boxes]
        bands = [_bands(self._ink, box) for box in inner]
        self._learn_size(
            [
                (end - start, x1 - x0)
                for box, found in zip(inner, bands, strict=True)
                for start, end in found
                for x0, x1 in [_extent(self._ink, box, start, end)]
            ]
        )
        return [self._cell(box, found) for box, found in zip(inner, bands, strict=True)]

    def outside(self, frames: Iterable[Box]) -> list[Line]:
        """The lines that stand in no table; ink that the detector passes over is a line as well.

        Args:
            frames: the tables, in points.
        """
        ink, page = self._ink.copy(), self._inked.clean.copy()
        for frame in frames:
            x0, top, x1, bottom = self._pixels(frame, -2.0)
            ink[top:bottom, x0:x1] = 0
            page[top:bottom, x0:x1] = 255
        if not ink.any():
            return []
        rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
        area = self._grown((int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1), 8.0)
        x0, top, x1, bottom = area
        found = find_lines(np.ascontiguousarray(page[top:bottom, x0:x1]))
        boxes = [(left + x0, up + top, right + x0, down + top) for left, up, right, down in found]
        owned = _owned(ink, boxes)
        self._learn_size(
            [
                (end - start, box[2] - box[0])
                for box, part in owned
                for start, end in self._merged(_bands(part, _whole(part)))
            ]
        )
        lines: list[Line] = []
        for box, part in owned:
            for start, end in self._merged(_bands(part, _whole(part))):
                lines += self._parted(part[start:end], (box[0], box[1] + start))
            ink[box[1] : box[3], box[0] : box[2]][part > 0] = 0
        return _apart(self._without_crumbs(lines + self._passed_over(ink)))

    def _without_crumbs(self, lines: Sequence[Line]) -> list[Line]:
        """Lines without the crumbs of letters: ink inside of another line, and small ink right beside one."""
        reach = 0.35 * self.size
        return [
            line
            for line in lines
            if not any(
                _is_inside(line.box, other.box)
                or (self.is_crumb(line) and not self.is_crumb(other) and _is_near(line.box, other.box, reach))
                for other in lines
                if other is not line
            )
        ]

    def is_crumb(self, line: Line) -> bool:
        """Whether a line's ink is too small for any letter or mark."""
        return max(line.width, line.height) < CRUMB * self.size

    def _learn_size(self, sides: Sequence[tuple[int, int]]) -> None:
        """Take the size of the text from heights and widths of lines, unless it is known: digits are lower than words,
        so lines with several characters tell, if there are any.
        """
        likely = [(h, w) for h, w in sides if 5 * self._scale < h < 18 * self._scale]
        words = [h for h, w in likely if w > WORDS * h]
        if self._is_sized or len(likely) <= 20:
            return
        self.size = float(np.median(words) if len(words) > 4 else np.percentile([h for h, _ in likely], 80))
        self._is_sized = True

    # --- cells

    def _cell(self, box: PixelBox, bands: list[tuple[int, int]]) -> list[Line]:
        lines = [
            Line((x0, start, x1, end), box)
            for start, end in self._merged(bands)
            for x0, x1 in [_extent(self._ink, box, start, end)]
        ]
        if lines:
            return lines
        return [
            Line((x0, start, x1, end), box, faint=True)
            for start, end in self._merged(_bands(self._trace, box))
            for x0, x1 in [_extent(self._trace, box, start, end)]
        ]

    def _merged(self, bands: list[tuple[int, int]]) -> list[tuple[int, int]]:
        """Bands that are parts of one line (三, a dash over a digit) put together."""
        merged: list[tuple[int, int]] = []
        for start, end in bands:
            if merged and end - merged[-1][0] <= 1.2 * self.size and start - merged[-1][1] <= 0.5 * self.size:
                merged[-1] = (merged[-1][0], end)
            else:
                merged.append((start, end))
        return merged

    def _inner(self, box: Box) -> PixelBox:
        x0, top, x1, bottom = self._pixels(box, INSET)
        return x0, top, max(x1, x0 + 1), max(bottom, top + 1)

    # --- elsewhere

    def _parted(self, part: Mask, at: tuple[int, int]) -> list[Line]:
        """Ink in one line as lines: pieces with wide gaps between them are apart.

        Args:
            part: the ink.
            at: where on the page its top left corner is.
        """
        columns = np.flatnonzero(part.any(axis=0))
        if not len(columns):
            return []
        rows = np.flatnonzero(part.any(axis=1))
        height = int(rows[-1] - rows[0] + 1)
        cuts = np.flatnonzero(np.diff(columns) > GAP * max(height, 0.7 * self.size)) + 1
        lines = []
        for piece in np.split(columns, cuts):
            left, right = int(piece[0]), int(piece[-1]) + 1
            inside = np.flatnonzero(part[:, left:right].any(axis=1))
            found = (
                at[0] + left,
                at[1] + int(inside[0]),
                at[0] + right,
                at[1] + int(inside[-1]) + 1,
            )
            lines.append(Line(found, self._grown(found, 6.0), is_loose=True))
        return lines

    def _passed_over(self, ink: Mask) -> list[Line]:
        """Ink in the size of letters that no line holds."""
        reach = max(1, round(0.5 * self.size))
        count, _, stats, _ = cv2.connectedComponentsWithStats(cv2.dilate(ink, np.ones((3, reach), np.uint8)))
        lines = []
        for i in range(1, count):
            x, y, w, h, _area = (int(v) for v in stats[i])
            if h > 2.5 * self.size and w < 0.4 * self.size + reach:
                continue
            lines += self._parted(ink[y : y + h, x : x + w], (x, y))
        return lines

    def _pixels(self, box: Box, inset: float) -> PixelBox:
        """A box in points as pixels inside of the page, smaller by `inset` points on each side."""
        height, width = self._inked.ink.shape
        x0, top, x1, bottom = (
            round((edge + side * inset) * self._scale) for edge, side in zip(box, (1, 1, -1, -1), strict=True)
        )
        return max(0, x0), max(0, top), min(width, x1), min(height, bottom)

    def _grown(self, box: PixelBox, by: float) -> PixelBox:
        height, width = self._inked.ink.shape
        more = round(by * self._scale)
        return (
            max(0, box[0] - more),
            max(0, box[1] - more),
            min(width, box[2] + more),
            min(height, box[3] + more),
        )


def crop(page: Gray, line: Line, height: float, margin: float) -> Gray:
    """A line cut out on white: `height` high about its middle, `margin` more on both sides (pixels).

    What lies outside of the line's cell is white.
    """
    x0, top, x1, bottom = line.box
    middle, half = (top + bottom) / 2, max(height, bottom - top + 4) / 2
    left, right = int(x0 - margin), int(x1 + margin)
    upper, lower = int(middle - half), int(middle + half) + 1
    out = np.full((lower - upper, right - left), 255, dtype=np.uint8)
    a, b = max(left, line.within[0]), min(right, line.within[2])
    c, d = max(upper, line.within[1]), min(lower, line.within[3])
    if a < b and c < d:
        out[c - upper : d - upper, a - left : b - left] = page[c:d, a:b]
    return out


def _owned(ink: Mask, boxes: Sequence[PixelBox]) -> list[tuple[PixelBox, Mask]]:
    """The ink of each detected box: a piece of ink belongs to the one box that holds most of it.

    Returns:
        For each box that owns any ink: the box around that ink, and the ink in it.
    """
    count, labels, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    held, owner = np.zeros(count, dtype=np.int64), np.full(count, -1)
    for number, (x0, top, x1, bottom) in enumerate(boxes):
        inside = np.bincount(labels[top:bottom, x0:x1].ravel(), minlength=count)
        more = inside > held
        held[more], owner[more] = inside[more], number
    owner[0] = -1
    owner[2 * held < stats[:, cv2.CC_STAT_AREA]] = -1
    found = []
    for number in np.unique(owner[owner >= 0]):
        mine = np.flatnonzero(owner == number)
        x0, top = stats[mine, cv2.CC_STAT_LEFT].min(), stats[mine, cv2.CC_STAT_TOP].min()
        x1 = (stats[mine, cv2.CC_STAT_LEFT] + stats[mine, cv2.CC_STAT_WIDTH]).max()
        bottom = (stats[mine, cv2.CC_STAT_TOP] + stats[mine, cv2.CC_STAT_HEIGHT]).max()
        box = (int(x0), int(top), int(x1), int(bottom))
        part = np.isin(labels[top:bottom, x0:x1], mine).astype(np.uint8)
        found.append((box, part))
    return found


def _is_inside(box: PixelBox, other: PixelBox) -> bool:
    """Whether most of a box lies in a larger one."""
    across, down = (
        min(box[2], other[2]) - max(box[0], other[0]),
        min(box[3], other[3]) - max(box[1], other[1]),
    )
    area, others = ((x1 - x0) * (bottom - top) for x0, top, x1, bottom in (box, other))
    return across > 0 and down > 0 and across * down >= 0.7 * area and 2 * area < others


def _is_near(box: PixelBox, other: PixelBox, reach: float) -> bool:
    return (
        other[0] - reach < box[2]
        and box[0] < other[2] + reach
        and other[1] - reach < box[3]
        and box[1] < other[3] + reach
    )


def _whole(mask: Mask) -> PixelBox:
    return 0, 0, mask.shape[1], mask.shape[0]


def _apart(lines: Sequence[Line]) -> list[Line]:
    """Lines that look at nothing of their neighbours: half the white between two belongs to each."""
    found = []
    for line in lines:
        x0, top, x1, bottom = line.box
        left, upper, right, lower = line.within
        for other in lines:
            a, b, c, d = other.box
            if other is line or a >= right or c <= left or b >= lower or d <= upper:
                continue
            level = min(bottom, d) - max(top, b)
            if level > 0.3 * min(bottom - top, d - b):
                if c <= x0:
                    left = max(left, (c + x0 + 1) // 2)
                elif a >= x1:
                    right = min(right, (x1 + a) // 2)
            elif min(x1, c) > max(x0, a):
                if d <= top:
                    upper = max(upper, (d + top + 1) // 2)
                elif b >= bottom:
                    lower = min(lower, (bottom + b) // 2)
        found.append(replace(line, within=(left, upper, right, lower)))
    return found


def _without_specks(mask: Mask, scale: float) -> Mask:
    """Ink without dirt; a small dot close to larger ink stays."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    if count == 1:
        return mask
    small = (stats[:, cv2.CC_STAT_AREA] < SPECK * scale * scale) & (
        np.maximum(stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]) <= max(3.0, SPECK_SIDE * scale)
    )
    small[0] = True
    large = (~small)[labels].astype(np.uint8)
    side = 2 * round(2.5 * scale) + 1
    near = np.asarray(cv2.dilate(large, np.ones((side, side), np.uint8)), dtype=np.uint8)
    return np.asarray(large | (mask & near), dtype=np.uint8)


def _bands(mask: Mask, box: PixelBox) -> list[tuple[int, int]]:
    """Top and bottom of the rows of pixels with ink in a box."""
    x0, top, x1, bottom = box
    rows = np.flatnonzero(mask[top:bottom, x0:x1].any(axis=1))
    if not len(rows):
        return []
    parts = np.split(rows, np.flatnonzero(np.diff(rows) > 1) + 1)
    return [(top + int(part[0]), top + int(part[-1]) + 1) for part in parts]


def _extent(mask: Mask, box: PixelBox, start: int, end: int) -> tuple[int, int]:
    columns = np.flatnonzero(mask[start:end, box[0] : box[2]].any(axis=0))
    return box[0] + int(columns[0]), box[0] + int(columns[-1]) + 1
