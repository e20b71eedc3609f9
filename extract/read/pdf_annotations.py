"""Annotations over a PDF page: a figure typed with a viewer's typewriter or into a form's field, a line struck through.

Whoever opens the file sees them, and the page's own text and drawings lack them.
"""

from __future__ import annotations

import ctypes
from typing import Any

import pypdfium2.raw as pdfium

from extract.model import Box

_UNSHOWN = (pdfium.FPDF_ANNOT_LINK, pdfium.FPDF_ANNOT_POPUP)
_WORDS = {pdfium.FPDF_ANNOT_WIDGET: b"V", pdfium.FPDF_ANNOT_FREETEXT: b"Contents"}
"""Where the text of an annotation is kept."""
_HIDDEN = pdfium.FPDF_ANNOT_FLAG_HIDDEN | pdfium.FPDF_ANNOT_FLAG_NOVIEW


def with_annotations(document: Any, index: int, page: Any) -> tuple[Any, list[Box]]:
    """A page with its annotations made part of what is drawn on it.

    Args:
        document: a raw FPDF_DOCUMENT.
        index: page index from 0.
        page: the loaded page; it is closed if another one is returned.

    Returns:
        The page, loaded anew where it had annotations, and the boxes (left, bottom, right, top in user space) of
        those with words: an empty cell there is no blank, should their drawing be missing or damaged.

    Raises:
        ValueError: the page can't be loaded again.
    """
    drawn = False
    worded: list[Box] = []
    for number in range(pdfium.FPDFPage_GetAnnotCount(page)):
        annotation = pdfium.FPDFPage_GetAnnot(page, number)
        if not annotation:
            continue
        try:
            kind = pdfium.FPDFAnnot_GetSubtype(annotation)
            if kind in _UNSHOWN or pdfium.FPDFAnnot_GetFlags(annotation) & _HIDDEN:
                continue
            drawn |= bool(pdfium.FPDFAnnot_HasKey(annotation, b"AP"))
            if kind in _WORDS and _has_words(annotation, kind) and (box := _box_of(annotation)) is not None:
                worded.append(box)
        finally:
            pdfium.FPDFPage_CloseAnnot(annotation)
    if drawn and pdfium.FPDFPage_Flatten(page, pdfium.FLAT_NORMALDISPLAY) == pdfium.FLATTEN_SUCCESS:
        pdfium.FPDF_ClosePage(page)
        page = pdfium.FPDF_LoadPage(document, index)
        if not page:
            raise ValueError(f"page {index + 1} can't be loaded again")
    return page, worded


def _has_words(annotation: Any, kind: int) -> bool:
    """Whether an annotation has text; a field's may be its parent's."""
    key = _WORDS[kind]
    if not pdfium.FPDFAnnot_HasKey(annotation, key):
        return kind == pdfium.FPDF_ANNOT_WIDGET and bool(pdfium.FPDFAnnot_HasKey(annotation, b"Parent"))
    # in bytes, with a final null character
    return int(pdfium.FPDFAnnot_GetStringValue(annotation, key, None, 0)) > 2


def _box_of(annotation: Any) -> Box | None:
    box = pdfium.FS_RECTF()
    if not pdfium.FPDFAnnot_GetRect(annotation, ctypes.byref(box)):
        return None
    return (
        min(box.left, box.right),
        min(box.bottom, box.top),
        max(box.left, box.right),
        max(box.bottom, box.top),
    )
