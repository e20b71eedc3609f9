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
    heights = (bottom - top)[at]
    idle[at] = heights < UNREADABLE
    left, right, high, low = x0[at], x1[at], top[at], bottom[at]
    across, down = left + right, (high + low) / max(float(heights.mean()), 1.0)
    for shift in (0.0, 0.5):  # two digits in one place may fall to either side of a band's edge
        order = np.lexsort((across, np.floor(down / 2 + shift)))
        a, b = order[:-1], order[1:]
        wide = np.minimum(right[a], right[b]) - np.maximum(left[a], left[b])
        tall = np.minimum(low[a], low[b]) - np.maximum(high[a], high[b])
        over = wide > SHARED * np.minimum(right[a] - left[a], right[b] - left[b])
        over &= tall > SHARED * np.minimum(heights[a], heights[b])
        if over.any():
            first, second = at[np.minimum(a, b)[over]], at[np.maximum(a, b)[over]]
            same = codes[first] == codes[second]
            idle[second[same]] = True
            unsure[first[~same]] = unsure[second[~same]] = True
    return unsure & ~idle, idle
