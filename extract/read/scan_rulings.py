"""Straight pages, their ink, and the rulings in it: what morphology finds in the picture of a page."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
import numpy.typing as npt

from extract.read.layout import Segment
from extract.read.scan_picture import Gray

Mask = npt.NDArray[np.uint8]
"""1 where there is something, else 0."""

MAX_SKEW = 4.0
"""Pages are turned by at most so many degrees."""
INK = 0.72
"""A pixel is ink where it is darker than this share of the paper around it."""
TRACE = 0.86
"""A pixel may be ink where it is darker than this; used to prove that a cell is empty."""
DARK = 45
"""How dark ink mostly is, in shades of grey."""
STRONGEST = 2.0
"""Ink is made darker by at most this factor: noise grows with it."""
LEVEL, UPRIGHT = 60.0, 24.0
"""Level and upright lines so long, in points, are rulings; strokes of neighbouring letters may make a level line of
some length (安全一稳), of one letter an upright one of the height of a heading."""
SHORT = 10.0
"""A shorter line is a ruling from this length on where both its ends meet others."""
REACH = 0.6
"""A line that ends this near to the ink of another one, in points, meets it: the strokes of letters in a low row end only
a little further from its rulings."""
THICK = 3.6
"""A ruling is at most so thick, in points."""
GAP = 1.2
"""Gaps in a ruling up to this many points are closed."""
FLANK = 0.25
"""Share of the pixels right beside a line that may be ink; beside strokes of letters in a row more is."""

_PROFILE_SIDE = 1300
"""About so long is the longer side of the picture that tells how a page hangs, in pixels."""
_STRIP = 24
"""Width of the strips it is cut into."""
_FINEST = 0.25
"""Waves a pixel: finer detail says nothing of lines of text."""


@dataclass(frozen=True, slots=True)
class Inked:
    """A straight page taken apart.

    Attributes:
        clean: the page with even paper and without rulings, in grey.
        ink: ink that is no ruling.
        trace: the same with a finer ear: faint marks too.
        horizontals: level rulings, in pixels.
        verticals: upright rulings, in pixels.
    """

    clean: Gray
    ink: Mask
    trace: Mask
    horizontals: tuple[Segment, ...]
    verticals: tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class _Stroke:
    """A line and how far its ink goes to both sides of its middle, in pixels."""

    line: Segment
    half: float


def skew_of(gray: Gray) -> float:
    """By how many degrees a page hangs: turning the picture by this angle makes its lines level.

    The angle whose rows are most unlike each other: lines of text and rulings then fall into rows of pixels. The page
    is cut into upright strips; an angle shifts their profiles against each other. Shifts are made in the spectrum,
    where they blur nothing: an angle of zero, which needs no shift, would look sharper than it is otherwise.
    """
    dark = _darkness(gray)
    edges = np.linspace(0, dark.shape[1], max(2, round(dark.shape[1] / _STRIP) + 1)).astype(int)
    spectra = np.fft.rfft(np.stack([dark[:, a:b].sum(axis=1) for a, b in pairwise(edges)]), axis=1)
    waves = np.arange(spectra.shape[1]) / dark.shape[0]
    chosen = (waves > 0) & (waves < _FINEST)
    spectra, waves = spectra[:, chosen], waves[chosen]
    weights = np.square(np.sin(np.pi * waves)) * np.exp(-np.square(1.5 * waves / _FINEST))
    middles = (edges[:-1] + edges[1:]) / 2 - dark.shape[1] / 2

    def rows_differ(angle: float) -> float:
        shifts = np.exp(2j * np.pi * np.outer(middles * math.tan(math.radians(angle)), waves))
        return float((weights * np.square(np.abs((spectra * shifts).sum(axis=0)))).sum())

    best = max(np.arange(-MAX_SKEW, MAX_SKEW + 0.01, 0.25), key=rows_differ)
    for step in (0.05, 0.01):
        best = max((best + step * i for i in range(-5, 6)), key=rows_differ)
    return float(best)


def _darkness(gray: Gray) -> npt.NDArray[np.float32]:
    """How much darker than the paper around it each spot of a page is; the page is made smaller by a whole number."""
    times = max(1, round(max(gray.shape) / _PROFILE_SIDE))
    height, width = (side // times * times for side in gray.shape)
    small = gray[:height, :width].reshape(height // times, times, width // times, times)
    soft = cv2.GaussianBlur(small.mean(axis=(1, 3), dtype=np.float32), (5, 5), 1.0)
    paper = cv2.medianBlur(np.ascontiguousarray(soft[::2, ::2]).astype(np.uint8), 31)
    paper = cv2.resize(paper, (soft.shape[1], soft.shape[0]))
    return np.asarray(np.clip(paper.astype(np.float32) - soft - 20, 0, 120), dtype=np.float32)


def straightened(gray: Gray, angle: float) -> Gray:
    """The page turned about its middle by an angle (degrees, as `skew_of` gives it), white where nothing was."""
    if abs(angle) < 0.02:
        return gray
    height, width = gray.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1.0)
    turned = cv2.warpAffine(
        gray, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_CONSTANT, borderValue=255
    )
    return np.asarray(turned, dtype=np.uint8)


def take_apart(gray: Gray, scale: float) -> Inked:
    """Even out the paper of a straight page, find its ink and rulings, and take the rulings out.

    Args:
        gray: the page.
        scale: pixels a point.
    """
    even = _strengthened(_evened(gray, scale))
    soft = cv2.GaussianBlur(even, (3, 3), 0)
    ink = (soft < 255 * INK).astype(np.uint8)
    lines, horizontals, verticals = _rulings(ink, scale)
    reach = max(1, round(0.35 * scale))
    around = cv2.dilate(lines, np.ones((2 * reach + 1, 2 * reach + 1), np.uint8))
    clean = even.copy()
    clean[around > 0] = 255
    ink[around > 0] = 0
    trace = (soft < 255 * TRACE).astype(np.uint8)
    wider = cv2.dilate(lines, np.ones((2 * reach + 3, 2 * reach + 3), np.uint8))
    trace[wider > 0] = 0
    return Inked(clean, ink, trace, tuple(horizontals), tuple(verticals))


def _evened(gray: Gray, scale: float) -> Gray:
    """The page with its paper made white, shades behind text too: each pixel against the brightest around it."""
    ratio = min(1.0, 1.2 / scale)
    small = cv2.resize(gray, None, fx=ratio, fy=ratio, interpolation=cv2.INTER_AREA)
    side = 2 * round(7 * scale * ratio) + 1
    paper = cv2.morphologyEx(small, cv2.MORPH_CLOSE, np.ones((side, side), np.uint8))
    paper = cv2.GaussianBlur(paper, (side, side), 0)
    paper = cv2.resize(paper, (gray.shape[1], gray.shape[0]), interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.divide(gray, np.maximum(paper, 60), scale=255), dtype=np.uint8)


def _strengthened(even: Gray) -> Gray:
    """A page of evened paper with its ink made as dark as ink mostly is: a faint print reads like any other."""
    ink = even[even < 255 * INK]
    if not len(ink):
        return even
    gain = min(STRONGEST, (255 - DARK) / (255 - float(np.percentile(ink, 20))))
    if gain < 1.1:
        return even
    return np.asarray(255 - np.minimum((255.0 - even) * gain, 255), dtype=np.uint8)


def _rulings(ink: Mask, scale: float) -> tuple[Mask, list[Segment], list[Segment]]:
    """The pixels of all rulings, the level and the upright ones as segments in pixels.

    Long lines are rulings by themselves; short ones where both their ends meet rulings of the other direction.
    """
    level_labels, level = _candidates(ink, scale, upright=False)
    upright_labels, upright = _candidates(ink, scale, upright=True)
    sure_level = {i: x for i, x in level.items() if x.line.end - x.line.start >= LEVEL * scale}
    sure_upright = {i: x for i, x in upright.items() if x.line.end - x.line.start >= UPRIGHT * scale}
    reach = REACH * scale
    level = {i: x for i, x in level.items() if i in sure_level or _is_held(x, sure_upright.values(), reach)}
    upright = {
        i: x for i, x in upright.items() if i in sure_upright or _is_held(x, sure_level.values(), reach)
    }
    mask = np.isin(level_labels, list(level)) | np.isin(upright_labels, list(upright))
    return mask.astype(np.uint8), [x.line for x in level.values()], [x.line for x in upright.values()]


def _is_held(stroke: _Stroke, others: Iterable[_Stroke], reach: float) -> bool:
    """Whether both ends of a line meet lines of the other direction."""
    line = stroke.line
    crossing = [x for x in others if x.line.start - reach <= line.at <= x.line.end + reach]
    return all(
        any(abs(x.line.at - end) <= x.half + reach for x in crossing) for end in (line.start, line.end)
    )


def _candidates(
    ink: Mask, scale: float, *, upright: bool
) -> tuple[npt.NDArray[np.int32], dict[int, _Stroke]]:
    """Straight thin strokes of one direction: a map of their numbers, and each as a segment in pixels."""
    length, gap = round(SHORT * scale), max(1, round(GAP * scale))
    # a line that still leans by a hair steps from one row of pixels to the next
    thick = cv2.dilate(ink, np.ones((1, 3) if upright else (3, 1), np.uint8))
    closed = cv2.morphologyEx(thick, cv2.MORPH_CLOSE, np.ones((gap, 1) if upright else (1, gap), np.uint8))
    kernel = np.ones((length, 1) if upright else (1, length), np.uint8)
    opened = cv2.morphologyEx(closed, cv2.MORPH_OPEN, kernel)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(opened, connectivity=8)
    found: dict[int, _Stroke] = {}
    for i in range(1, count):
        x, y, w, h, area = (int(v) for v in stats[i])
        long, thin = (h, area / h) if upright else (w, area / w)
        if thin > THICK * scale + 2 or _flank(ink, (x, y, w, h), upright=upright) > FLANK:
            continue
        start, across, broad = (y, x, w) if upright else (x, y, h)
        found[i] = _Stroke(Segment(across + broad / 2, float(start), float(start + long)), broad / 2)
    return np.asarray(labels, dtype=np.int32), found


def _flank(ink: Mask, box: tuple[int, int, int, int], *, upright: bool) -> float:
    """The share of ink in the two rows of pixels a little beside a line."""
    x, y, w, h = box
    if upright:
        sides = [ink[y : y + h, at] for at in (x - 2, x + w + 1) if 0 <= at < ink.shape[1]]
    else:
        sides = [ink[at, x : x + w] for at in (y - 2, y + h + 1) if 0 <= at < ink.shape[0]]
    return max((float(side.mean()) for side in sides), default=0.0)
