"""Pages that are pictures: scanned PDF files, the picture pages of mixed ones, and image files."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pypdfium2.raw as pdfium

from extract.model import Spot, UnreadableError
from extract.read.flow import assemble
from extract.read.layout import LaidOutDocument, PageRead
from extract.read.ruled import read_ruled
from extract.read.scan_page import RecognisedPage, recognise_page
from extract.read.scan_picture import Picture, load_pictures, render_pages

MAX_PAGES = 120
"""Documents with more picture pages are refused: each takes seconds, and a report has three to thirty."""


def read_scan(data: bytes, name: str) -> LaidOutDocument:
    """Read a PDF file whose pages are all pictures (or blank).

    Args:
        data: the file.
        name: its name, for sentences of errors.

    Returns:
        Paragraphs, grids and spots, with boxes as displayed; `format` is `scan`.

    Raises:
        UnreadableError: `no_text` where nothing can be recognised; `corrupt`, `too_large`, `unsupported`.
    """
    count = _page_count(data, name)
    pages = _recognised(render_pages(data, frozenset(range(1, count + 1)), name), count, name)
    return _document("scan", pages, name)


def read_image(data: bytes, name: str) -> LaidOutDocument:
    """Read an image file: PNG, JPEG, BMP, GIF, or TIFF with any number of pages.

    Args:
        data: the file.
        name: its name, for sentences of errors.

    Returns:
        As `read_scan` does; `format` is `image`.

    Raises:
        UnreadableError: `no_text`, `corrupt`, `too_large`, `unsupported`.
    """
    return _document("image", _recognised(load_pictures(data, name), None, name), name)


def complete(document: LaidOutDocument, data: bytes, name: str) -> LaidOutDocument:
    """Recognise the picture pages of a PDF file that has a text layer on its other pages.

    Args:
        document: as the PDF reader gives it; `metadata['picture_pages']` names the pages.
        data: the file.
        name: its name, for sentences of errors.

    Raises:
        UnreadableError: `corrupt`, `too_large`, `unsupported`.
    """
    listed = document.metadata.get("picture_pages", "")
    numbers = frozenset(int(number) for number in listed.split(",") if number)
    if not numbers:
        return document
    pages = _recognised(render_pages(data, numbers, name), len(numbers), name)
    found = {page.layout.number: read_ruled(page.layout) for page in pages}
    read_pages = tuple(found.get(page.layout.number, page) for page in document.read_pages)
    return replace(
        document,
        blocks=assemble(read_pages),
        read_pages=read_pages,
        pictured=numbers,
        spots=_spots(pages),
    )


def _page_count(data: bytes, name: str) -> int:
    document = pdfium.FPDF_LoadMemDocument64(data, len(data), None)
    if not document:
        raise UnreadableError("corrupt", f"PDF 文件 {name} 已损坏，无法打开；请重新获取")
    try:
        return int(pdfium.FPDF_GetPageCount(document))
    finally:
        pdfium.FPDF_CloseDocument(document)


def _recognised(pictures: Iterable[Picture], count: int | None, name: str) -> list[RecognisedPage]:
    if count is not None and count > MAX_PAGES:
        raise UnreadableError(
            "too_large", f"文件 {name} 有 {count} 页图片，超过 {MAX_PAGES} 页的上限；请拆分后提交"
        )
    pages: list[RecognisedPage] = []
    turns: dict[bool, int] = {}
    for picture in pictures:
        if len(pages) == MAX_PAGES:
            raise UnreadableError("too_large", f"文件 {name} 的图片页超过 {MAX_PAGES} 页的上限；请拆分后提交")
        # the pages of one scan hang alike, those on wide paper by themselves
        is_wide = picture.width > picture.height
        pages.append(recognise_page(picture, turns.get(is_wide, 0)))
        if pages[-1].layout.runs:
            turns[is_wide] = pages[-1].layout.turn
    return pages


def _spots(pages: Iterable[RecognisedPage]) -> tuple[Spot, ...]:
    return tuple(spot for page in pages for spot in page.spots)


def _document(kind: str, pages: list[RecognisedPage], name: str) -> LaidOutDocument:
    if not any(page.layout.runs for page in pages):
        raise UnreadableError(
            "no_text", f"文件 {name} 的图片中没有识别出任何文字；请提供更清晰的扫描件或原始电子文档"
        )
    read_pages: tuple[PageRead, ...] = tuple(read_ruled(page.layout) for page in pages)
    return LaidOutDocument(
        format=kind,
        blocks=assemble(read_pages),
        pages=len(pages),
        pictured=frozenset(page.layout.number for page in pages),
        spots=_spots(pages),
        read_pages=read_pages,
    )
