"""Where the lines of text stand on a straight page without rulings: in the cells of tables, and everywhere else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

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
        heights = [end - start for found in bands for start, end in found]
        self._learn_size(heights, 80)
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
        self._learn_size(
            [
                end - start
                for box in boxes
                for start, end in self._merged(_bands(ink, box))
                if box[2] - box[0] > 40
            ],
            50,
        )
        lines: list[Line] = []
        for box in boxes:
            lines += self._parted(ink, box)
        for line in lines:
            ink[line.box[1] : line.box[3], line.box[0] : line.box[2]] = 0
        return lines + self._passed_over(ink)

    def _learn_size(self, heights: Sequence[int], percentile: int) -> None:
        """Take the size of the text from heights of lines, unless it is known."""
        likely = [h for h in heights if 5 * self._scale < h < 18 * self._scale]
        if not self._is_sized and len(likely) > 20:
            self.size, self._is_sized = float(np.percentile(likely, percentile)), True

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

    def _parted(self, ink: Mask, box: PixelBox) -> list[Line]:
        """The ink in a detected box as lines: pieces with wide gaps between them are apart."""
        x0, top, x1, bottom = box
        columns = np.flatnonzero(ink[top:bottom, x0:x1].any(axis=0))
        if not len(columns):
            return []
        rows = np.flatnonzero(ink[top:bottom, x0:x1].any(axis=1))
        height = int(rows[-1] - rows[0] + 1)
        cuts = np.flatnonzero(np.diff(columns) > GAP * max(height, 0.7 * self.size)) + 1
        lines = []
        for part in np.split(columns, cuts):
            left, right = x0 + int(part[0]), x0 + int(part[-1]) + 1
            inside = np.flatnonzero(ink[top:bottom, left:right].any(axis=1))
            found = (left, top + int(inside[0]), right, top + int(inside[-1]) + 1)
            lines.append(Line(found, self._grown(found, 6.0), is_loose=True))
        return lines

    def _passed_over(self, ink: Mask) -> list[Line]:
        """Ink in the size of letters that no line holds."""
        reach = max(1, round(0.5 * self.size))
        count, _, stats, _ = cv2.connectedComponentsWithStats(cv2.dilate(ink, np.ones((3, reach), np.uint8)))
        lines = []
        for i in range(1, count):
            x, y, w, h, _area = (int(v) for v in stats[i])
            if not 0.3 * self.size <= h <= 2.5 * self.size and w < 0.4 * self.size:
                continue
            lines += self._parted(ink, (x, y, x + w, y + h))
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
