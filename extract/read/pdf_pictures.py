"""What stands in the pictures of a PDF page that has text besides: what is seen counts, not what the text layer says."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pypdfium2.raw as pdfium

from extract.model import Box
from extract.read.layout import PageLayout, Segment
from extract.read.pdf_drawing import DPI, LETTER, draw, only_pictures
from extract.read.ruled import find_frames
from extract.read.scan_rulings import Inked, take_apart

LETTERS = 40
"""Pictures that lie under text and have so many letters hold text of their own; a letterhead or a seal has fewer."""
UNDER = 0.3
"""Pictures lie under a page's text where they lie under this share of it."""
TABLE = 3
"""A picture that has a ruled table of so many rows and columns is read wherever it stands."""
MARGIN = 1.5
"""Ink of a picture is taken for so much larger, in points: the figure 1 is narrow."""


def look_into_pictures(document: Any, layout: PageLayout) -> tuple[bool, tuple[Box, ...]]:
    """What stands in the pictures of a page that has text besides.

    Args:
        document: a raw FPDF_DOCUMENT.
        layout: the page as read.

    Returns:
        Whether the pictures hold text of their own, so that the page has to be recognised as a whole (a scan with
        the text that another program has recognised in it, a page with its table as a picture); and where not, the
        boxes of the ink in them, in reading orientation: a cell with such ink in it is no blank.

    Raises:
        ValueError: the page can't be loaded.
    """
    page = pdfium.FPDF_LoadPage(document, layout.number - 1)
    if not page:
        raise ValueError(f"page {layout.number} can't be loaded")
    try:
        with only_pictures(page):
            gray = draw(page, DPI, annotations=False)
    finally:
        pdfium.FPDF_ClosePage(page)
    gray = np.ascontiguousarray(np.rot90(gray, -layout.turn // 90))
    scale = gray.shape[1] / layout.width
    inked = take_apart(gray, scale)
    letters = _letters(inked, scale)
    if _has_table(inked, layout, scale) or (len(letters) >= LETTERS and _lies_under(layout)):
        return True, ()
    return False, tuple(letters)


def _letters(inked: Inked, scale: float) -> list[Box]:
    """Boxes of the pieces of ink that have the size of letters, in points."""
    count, _, stats, _ = cv2.connectedComponentsWithStats(inked.ink, connectivity=8)
    low, high = (side * scale for side in LETTER)
    more = MARGIN * scale
    return [
        ((x - more) / scale, (y - more) / scale, (x + w + more) / scale, (y + h + more) / scale)
        for x, y, w, h, _ in (map(int, row) for row in stats[1:count])
        if low <= max(w, h) <= high
    ]


def _has_table(inked: Inked, layout: PageLayout, scale: float) -> bool:
    def in_points(lines: tuple[Segment, ...]) -> tuple[Segment, ...]:
        return tuple(Segment(x.at / scale, x.start / scale, x.end / scale) for x in lines)

    drawn = replace(
        layout, runs=(), horizontals=in_points(inked.horizontals), verticals=in_points(inked.verticals)
    )
    return any(len(frame.xs) > TABLE and len(frame.ys) > TABLE for frame in find_frames(drawn))


def _lies_under(layout: PageLayout) -> bool:
    """Whether pictures lie under a good part of the text."""
    under = sum(
        len(run.text)
        for run in layout.runs
        if any(
            x0 <= (run.box[0] + run.box[2]) / 2 <= x1 and top <= (run.box[1] + run.box[3]) / 2 <= bottom
            for x0, top, x1, bottom in layout.pictures
        )
    )
    return under > UNDER * sum(len(run.text) for run in layout.runs)
