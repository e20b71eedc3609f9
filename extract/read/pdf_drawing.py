"""Drawing pages of a PDF: whole, or the pictures on them alone."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pypdfium2.raw as pdfium

Gray = npt.NDArray[np.uint8]
"""A picture in shades of grey, rows first; 255 is white."""

DPI = 100.0
"""Pages are looked at in this resolution: enough to tell ink from paper."""
LETTER = (3.5, 24.0)
"""A letter's height, and the width of a piece of ink in a line of text, in points."""
DARK = 140
"""Ink is darker than this shade."""
CHANGED = 50
"""A pixel is changed by what is drawn over it if its shade changes by more than this."""
NEAR = 2.0
"""Text lies over that of a picture where it is this near to it, in points."""
DOUBLED = 40
"""So many letters over letters are a second print of a text; a seal over a signature has fewer."""
MAX_DEPTH = 6
"""How deep form objects may be nested."""
INCH = 72.0


def draw(page: Any, dpi: float, *, annotations: bool = True) -> Gray:
    """An open page of a PDF in shades of grey, as displayed.

    Args:
        page: a raw FPDF_PAGE.
        dpi: the resolution.
        annotations: draw the page's annotations too.
    """
    width, height = pdfium.FPDF_GetPageWidthF(page), pdfium.FPDF_GetPageHeightF(page)
    columns, rows = max(1, round(width * dpi / INCH)), max(1, round(height * dpi / INCH))
    bitmap = pdfium.FPDFBitmap_CreateEx(columns, rows, pdfium.FPDFBitmap_Gray, None, 0)
    try:
        pdfium.FPDFBitmap_FillRect(bitmap, 0, 0, columns, rows, 0xFFFFFFFF)
        flags = pdfium.FPDF_GRAYSCALE | (pdfium.FPDF_ANNOT if annotations else 0)
        pdfium.FPDF_RenderPageBitmap(bitmap, page, 0, 0, columns, rows, 0, flags)
        stride = pdfium.FPDFBitmap_GetStride(bitmap)
        buffer = pdfium.FPDFBitmap_GetBuffer(bitmap)
        raw = np.ctypeslib.as_array(ctypes.cast(buffer, ctypes.POINTER(ctypes.c_ubyte)), shape=(rows, stride))
        return np.array(raw[:, :columns], dtype=np.uint8)
    finally:
        pdfium.FPDFBitmap_Destroy(bitmap)


@contextmanager
def only_pictures(page: Any) -> Iterator[None]:
    """Within, nothing of a page is drawn but its pictures."""
    hidden: list[Any] = []
    _hide_all_but_pictures(
        [pdfium.FPDFPage_GetObject(page, i) for i in range(pdfium.FPDFPage_CountObjects(page))], 0, hidden
    )
    try:
        yield
    finally:
        for item in hidden:
            pdfium.FPDFPageObj_SetIsActive(item, True)


def _hide_all_but_pictures(items: list[Any], depth: int, hidden: list[Any]) -> None:
    for item in items:
        kind = pdfium.FPDFPageObj_GetType(item)
        if kind == pdfium.FPDF_PAGEOBJ_FORM and depth < MAX_DEPTH:
            parts = [
                pdfium.FPDFFormObj_GetObject(item, i) for i in range(pdfium.FPDFFormObj_CountObjects(item))
            ]
            _hide_all_but_pictures(parts, depth + 1, hidden)
        elif kind != pdfium.FPDF_PAGEOBJ_IMAGE:
            pdfium.FPDFPageObj_SetIsActive(item, False)
            hidden.append(item)


def is_doubled(page: Any) -> bool:
    """Whether text is drawn, for all to see, over the text of a picture: two prints of which neither can be read.

    Text that is invisible, or that an opaque picture covers, changes nothing of what the page shows.
    """
    kinds = {
        pdfium.FPDFPageObj_GetType(pdfium.FPDFPage_GetObject(page, i))
        for i in range(pdfium.FPDFPage_CountObjects(page))
    }
    if not kinds - {pdfium.FPDF_PAGEOBJ_IMAGE}:
        return False
    whole = draw(page, DPI, annotations=False)
    with only_pictures(page):
        below = draw(page, DPI, annotations=False)
    side = 2 * round(NEAR * DPI / INCH) + 1
    letters, _ = _letters((below < DARK).astype(np.uint8))
    near = cv2.dilate((letters > 0).astype(np.uint8), np.ones((side, side), np.uint8))
    changed = (cv2.absdiff(whole, below) > CHANGED) & (whole < DARK)
    above, count = _letters(changed.astype(np.uint8))
    over = np.unique(above[near > 0])
    return bool(2 * len(over) > count and len(over) > DOUBLED)


def _letters(ink: Gray) -> tuple[npt.NDArray[np.int32], int]:
    """The pieces of ink that have the size of letters, numbered in a map, and how many they are."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    low, high = (side * DPI / INCH for side in LETTER)
    longest = np.maximum(stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT])
    is_letter = (longest >= low) & (longest <= high)
    is_letter[0] = False
    return np.asarray(np.where(is_letter[labels], labels, 0), dtype=np.int32), int(is_letter.sum())
