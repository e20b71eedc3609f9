"""PDF files with a text layer: characters and rulings from pdfium, tables as grids, the rest as paragraphs."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pypdfium2.raw as pdfium

from extract.model import UnreadableError
from extract.read.flow import Assembled
from extract.read.layout import LaidOutDocument, PageLayout
from extract.read.pdf_glyphs import without_drawings
from extract.read.pdf_page import PageTooLargeError, has_picture, read_page
from extract.read.pdf_second import SecondReader
from extract.read.ruled import read_ruled

MAX_BYTES = 200 * 1024 * 1024
"""Larger files are refused."""
MAX_PAGES = 800
"""Documents of more pages are refused; a report has three to thirty, a collection some hundred."""
FEW_CHARACTERS = 12
"""A page with a large picture and fewer characters than this (a page number, a stamp) has no text layer."""
OVERPRINTED = 150
COVERED_SHARE = 0.6
"""A page that pictures cover to this share and that has fewer characters of its own than that is a picture too."""
LARGE_SHARE = 0.05
"""Pictures that cover more of a page than this are looked into: a table that is a picture is low, but as wide as the text."""
UNMAPPED_SHARE = 0.3
"""Share of characters without a Unicode value from which nothing on the pages can be relied on."""

WRONG_CHARACTERS = 4
WRONG_SHARE = 0.003
"""So many accented Latin letters, and so large a share of all characters, and the fonts' Unicode maps are wrong: programs
that print a PDF anew number glyphs afresh (为 becomes ÿ, 。 becomes 2), and a digit may be another one."""

_WRONG = re.compile(
    "[\u00a1-\u00a6\u00a8\u00aa-\u00ad\u00af\u00b2-\u00b6\u00b8-\u00d6\u00d8-\u00f6\u00f8-\u036f]"
)
"""Latin letters with accents and signs of other languages; without § © ° ± · × ÷, which reports print."""
_MAGIC = {
    b"\xff\xd8\xff": "JPEG 图片",
    b"\x89PNG": "PNG 图片",
    b"II*\x00": "TIFF 图片",
    b"MM\x00*": "TIFF 图片",
    b"GIF8": "GIF 图片",
    b"PK\x03\x04": "ZIP 容器（DOCX、XLSX、OFD 或压缩包）",
    b"\xd0\xcf\x11\xe0": "旧版办公文档（DOC、XLS 或 WPS）",
    b"{\\rtf": "RTF 文档",
    b"<": "网页",
}
_EOF_WINDOW = 4096
_LENGTH = re.compile(rb"/Linearized\b.{0,200}?/L\s+(\d+)", re.DOTALL)

__all__ = ["MAX_BYTES", "MAX_PAGES", "SecondReader", "read_pdf"]


def read_pdf(data: bytes, name: str) -> LaidOutDocument:
    """Read a PDF document.

    Args:
        data: the file.
        name: its name, for sentences of errors only.

    Returns:
        Paragraphs and grids in reading order, with pages and boxes as displayed. `metadata` holds what the file
        says about itself (`title`, `author`, `creator`, `producer`) and, where some pages are pictures without
        text, their numbers (`picture_pages`). A character that the file gives no Unicode value for is U+FFFD.

    Raises:
        UnreadableError: `empty`, `unsupported`, `corrupt`, `encrypted`, `too_large`; `no_text` for pages of pictures
            only; `no_unicode` where the fonts' maps of characters are missing or wrong.
    """
    _check_bytes(data, name)
    with _opened(data, name) as document:
        count = pdfium.FPDF_GetPageCount(document)
        if count <= 0:
            raise UnreadableError("corrupt", f"文件 {name} 没有任何页面，请从来源重新获取")
        if count > MAX_PAGES:
            raise UnreadableError(
                "too_large", f"文件 {name} 有 {count} 页，超过 {MAX_PAGES} 页的上限，请拆分后再提交"
            )
        layouts, unmapped, pictures = _read_pages(document, count, name)
        metadata = _metadata(document)
    _check_text(layouts, unmapped, pictures, name)
    if pictures:
        metadata["picture_pages"] = ",".join(str(number) for number in pictures)
    read_pages = tuple(read_ruled(layout) for layout in layouts)
    return LaidOutDocument(
        format="pdf", blocks=Assembled(read_pages), pages=count, metadata=metadata, read_pages=read_pages
    )


def _check_bytes(data: bytes, name: str) -> None:
    if not data.strip():
        raise UnreadableError("empty", f"文件 {name} 是空的，请从来源重新获取")
    if len(data) > MAX_BYTES:
        raise UnreadableError(
            "too_large", f"文件 {name} 有 {len(data)} 字节，超过 {MAX_BYTES} 字节的上限，未读取"
        )
    if b"%PDF-" not in data[:1024]:
        for magic, kind in _MAGIC.items():
            if data.lstrip().startswith(magic):
                raise UnreadableError(
                    "unsupported", f"文件 {name} 其实是{kind}，不是 PDF，请改正扩展名后再提交"
                )
        raise UnreadableError("corrupt", f"文件 {name} 没有 PDF 文件头，已损坏，请从来源重新获取")
    # a cut file may still open, with rows missing or half a number at the cut: never read it
    if b"%%EOF" not in data[-_EOF_WINDOW:] or _is_shorter_than_said(data):
        raise UnreadableError("corrupt", f"文件 {name} 不完整，末尾缺失，请从来源重新获取")


def _is_shorter_than_said(data: bytes) -> bool:
    said = _LENGTH.search(data[:2048])
    return said is not None and int(said.group(1)) > len(data)


@contextmanager
def _opened(data: bytes, name: str) -> Iterator[Any]:
    """An open pdfium document; files that only lock changes open with the empty password."""
    data = without_drawings(data)
    document = pdfium.FPDF_LoadMemDocument64(data, len(data), None)
    if not document:
        error = pdfium.FPDF_GetLastError()
        if error == pdfium.FPDF_ERR_PASSWORD:
            raise UnreadableError("encrypted", f"文件 {name} 需要密码才能打开，请提供未加密的文件")
        if error == pdfium.FPDF_ERR_SECURITY:
            raise UnreadableError("encrypted", f"文件 {name} 的加密方式无法打开，请提供未加密的文件")
        raise UnreadableError("corrupt", f"文件 {name} 已损坏，无法打开，请从来源重新获取")
    try:
        yield document
    finally:
        pdfium.FPDF_CloseDocument(document)


def _read_pages(document: Any, count: int, name: str) -> tuple[list[PageLayout], int, list[int]]:
    layouts, unmapped, pictures = [], 0, []
    for index in range(count):
        try:
            layout, unknown = read_page(document, index)
            is_picture = _is_picture(layout) or (
                len(layout.runs) < FEW_CHARACTERS
                and _characters(layout) < FEW_CHARACTERS
                and has_picture(document, index)
            )
            if not is_picture and _covered(layout) > LARGE_SHARE:
                is_picture, layout = _looked_into(document, layout)
        except PageTooLargeError as error:
            raise UnreadableError(
                "too_large", f"文件 {name} 第 {index + 1} 页过大，未读取：{error}"
            ) from error
        except ValueError as error:
            raise UnreadableError(
                "corrupt", f"文件 {name} 第 {index + 1} 页无法读取（{error}），请从来源重新获取"
            ) from error
        layouts.append(layout)
        unmapped += unknown
        if is_picture:
            pictures.append(index + 1)
    return layouts, unmapped, pictures


def _is_picture(layout: PageLayout) -> bool:
    """Whether a page is a picture with some words printed over it (a stamp, a letterhead, a line of a scanner)."""
    if not layout.pictures or _characters(layout) >= OVERPRINTED:
        return False
    return _covered(layout) > COVERED_SHARE


def _covered(layout: PageLayout) -> float:
    """The share of a page that its pictures cover, more than 1 where they lie over each other."""
    covered = sum((x1 - x0) * (bottom - top) for x0, top, x1, bottom in layout.pictures)
    return covered / (layout.width * layout.height)


def _looked_into(document: Any, layout: PageLayout) -> tuple[bool, PageLayout]:
    """Whether the pictures of a page hold text that it has to be recognised for; the page with their ink if not."""
    # only pages with pictures need what this is made with
    from extract.read.pdf_pictures import look_into_pictures

    is_picture, ink = look_into_pictures(document, layout)
    return is_picture, replace(layout, pictures=(*layout.pictures, *ink))


def _characters(layout: PageLayout) -> int:
    return sum([len(run.text) for run in layout.runs])


def _check_text(layouts: Sequence[PageLayout], unmapped: int, pictures: Sequence[int], name: str) -> None:
    text = "".join([run.text for layout in layouts for run in layout.runs])
    characters = len(text)
    if unmapped > UNMAPPED_SHARE * characters:
        raise UnreadableError(
            "no_unicode",
            f"文件 {name} 的 {characters} 个字符中有 {unmapped} 个没有 Unicode 编码，"
            "无法确定其中的数字，请向来源索取其他格式的文件",
        )
    wrong = len(_WRONG.findall(text))
    if wrong >= WRONG_CHARACTERS and wrong > WRONG_SHARE * characters:
        raise UnreadableError(
            "no_unicode",
            f"文件 {name} 的文字编码表有误（{characters} 个字符中有 {wrong} 个是乱码），"
            "无法确定其中的数字，请向来源索取其他格式的文件",
        )
    with_text = [layout for layout in layouts if layout.runs and layout.number not in pictures]
    if not with_text:
        pages = "、".join(str(number) for number in pictures or [layout.number for layout in layouts])
        raise UnreadableError(
            "no_text",
            f"文件 {name} 没有文字层（第 {pages} 页）：页面是图片或空白，请提供可复制文字的原始电子文档",
        )


def _metadata(document: Any) -> dict[str, str]:
    found = {}
    for tag in ("Title", "Author", "Creator", "Producer"):
        length = pdfium.FPDF_GetMetaText(document, tag.encode(), None, 0)
        if length <= 2:
            continue
        buffer = ctypes.create_string_buffer(length)
        pdfium.FPDF_GetMetaText(document, tag.encode(), buffer, length)
        text = buffer.raw[: length - 2].decode("utf-16-le", errors="replace").strip()
        if text:
            found[tag.lower()] = text
    return found
