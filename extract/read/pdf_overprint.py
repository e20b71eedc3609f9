"""Digits printed over each other: a figure that was corrected by covering it with another one, or drawn twice."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Codes = npt.NDArray[np.uint32]
Mask = npt.NDArray[np.bool_]

SHARED = 0.5
"""Share of the smaller one's width and height that two digits in one place have in common."""
UNREADABLE = 1.5
"""Digits lower than this, in points, are not seen."""


def look_at_digits(codes: Codes, x0: Floats, top: Floats, x1: Floats, bottom: Floats) -> tuple[Mask, Mask]:
    """Which characters are no sure digits.

    Args:
        codes: the characters.
        x0: where each begins, in points, as the others.
        top: the top of each.
        x1: where each ends.
        bottom: the bottom of each.

    Returns:
        Digits that share their place with another digit (which of the two is seen is not known), and digits that add
        nothing: too small to be seen, or the same digit a second time.
    """
    unsure, idle = np.zeros(len(codes), dtype=np.bool_), np.zeros(len(codes), dtype=np.bool_)
    at = (((codes >= 0x30) & (codes <= 0x39)) | ((codes >= 0xFF10) & (codes <= 0xFF19))).nonzero()[0]
    if len(at) < 2:
        return unsure, idle
    left, right, high, low = x0[at], x1[at], top[at], bottom[at]
    height = low - high
    idle[at] = height < UNREADABLE
    # neighbours along each line; digits in one place are less than a height apart from top to bottom, lines more
    middle = high + low
    level = middle.argsort()
    steps = middle[level]
    line = np.empty(len(at), dtype=np.int64)
    line[level[0]], line[level[1:]] = 0, (steps[1:] - steps[:-1] > height.sum() / len(at)).cumsum()
    order = np.lexsort((left + right, line))
    left, right, high, low = left[order], right[order], high[order], low[order]
    wide = np.minimum(right[1:], right[:-1]) - np.maximum(left[1:], left[:-1])
    near = wide > SHARED * np.minimum(right[1:] - left[1:], right[:-1] - left[:-1])
    if near.any():
        tall = np.minimum(low[1:], low[:-1]) - np.maximum(high[1:], high[:-1])
        near &= tall > SHARED * np.minimum(low[1:] - high[1:], low[:-1] - high[:-1])
        a, b = order[:-1][near], order[1:][near]
        first, second = at[np.minimum(a, b)], at[np.maximum(a, b)]
        same = codes[first] == codes[second]
        idle[second[same]] = True
        unsure[first[~same]] = unsure[second[~same]] = True
    return unsure & ~idle, idle
