"""Pictures of pages: loaded from image files or rendered from PDF pages, in grey, at a resolution that reads well."""

from __future__ import annotations

import io
import math
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import PIL.Image
import PIL.ImageOps
import pypdfium2.raw as pdfium

from extract.model import UnreadableError
from extract.read.pdf_drawing import draw, is_doubled

Gray = npt.NDArray[np.uint8]
"""A picture in shades of grey, rows first; 255 is white."""

MIN_DPI = 150.0
"""Pages of a PDF are rendered at least at this resolution; finer than the picture in it adds nothing."""
MAX_DPI = 240.0
"""Finer pictures are reduced to this: lines of text then are as high as the recogniser wants them."""
MAX_PIXELS = 120_000_000
"""Larger pictures are refused: an A3 page at 600 dpi has 70 million."""
MAX_FRAMES = 200
"""Pictures in one file."""
LONG_SIDES = 2.4
"""A picture that is this many times higher than wide is several pages in one (a long screenshot)."""

_A4_WIDTH, _A4_HEIGHT = 595.0, 842.0
_INCH = 72.0


@dataclass(frozen=True, slots=True)
class Picture:
    """One page as a picture.

    Attributes:
        number: page number from 1.
        gray: the picture, as displayed.
        width: width of the page in points.
        height: height of the page in points.
        doubled: text is drawn over that of a picture: what the page shows can't be read surely.
    """

    number: int
    gray: Gray
    width: float
    height: float
    doubled: bool = False

    @property
    def scale(self) -> float:
        """Pixels a point."""
        return float(self.gray.shape[1] / self.width)


def load_pictures(data: bytes, name: str) -> Iterator[Picture]:
    """The pages of an image file (PNG, JPEG, TIFF, BMP, GIF), one after the other.

    Args:
        data: the file.
        name: its name, for sentences of errors.

    Raises:
        UnreadableError: `corrupt` for a damaged file, `too_large` for one with more pixels or pages than any report.
    """
    try:
        with PIL.Image.open(io.BytesIO(data)) as image:
            frames = int(getattr(image, "n_frames", 1))
            if frames > MAX_FRAMES:
                raise UnreadableError(
                    "too_large", f"图片文件 {name} 有 {frames} 页，超过 {MAX_FRAMES} 页的上限"
                )
            for index in range(frames):
                image.seek(index)
                if image.width * image.height > MAX_PIXELS:
                    raise UnreadableError(
                        "too_large",
                        f"图片文件 {name} 第 {index + 1} 页有 {image.width}×{image.height} 像素，超过上限",
                    )
                yield _picture(image, index + 1)
    except PIL.Image.DecompressionBombError as error:
        raise UnreadableError("too_large", f"图片文件 {name} 的像素数超过上限") from error
    except (OSError, ValueError, SyntaxError, EOFError) as error:
        raise UnreadableError("corrupt", f"图片文件 {name} 已损坏，无法打开；请重新获取") from error


def _picture(image: PIL.Image.Image, number: int) -> Picture:
    dpi = _stated_dpi(image)
    shown = PIL.ImageOps.exif_transpose(image)
    if shown.mode in ("RGBA", "LA", "PA") or "transparency" in shown.info:
        shown = shown.convert("RGBA")
        white = PIL.Image.new("RGBA", shown.size, (255, 255, 255, 255))
        shown = PIL.Image.alpha_composite(white, shown)
    gray = np.asarray(shown.convert("L"), dtype=np.uint8)
    height, width = gray.shape
    if dpi is None:
        # without a stated resolution the picture is taken for a page of A4
        wide = width > height
        across, down = (_A4_HEIGHT, _A4_WIDTH) if wide else (_A4_WIDTH, _A4_HEIGHT)
        long_page = height > LONG_SIDES * width
        dpi = _INCH * (width / across if long_page else max(width / across, height / down))
    points = (width * _INCH / dpi, height * _INCH / dpi)
    return Picture(number, _reduced(gray, dpi), *points)


def _stated_dpi(image: PIL.Image.Image) -> float | None:
    """The resolution the file states, if the page then has a size that pages have."""
    with suppress(KeyError, TypeError, ValueError, IndexError, ZeroDivisionError):
        dpi = float(image.info["dpi"][0])
        width = min(image.size) * _INCH / dpi
        if math.isfinite(dpi) and 0.55 * _A4_WIDTH < width < 2.2 * _A4_WIDTH:
            return dpi
    return None


def _reduced(gray: Gray, dpi: float) -> Gray:
    if dpi <= MAX_DPI:
        return gray
    size = (round(gray.shape[1] * MAX_DPI / dpi), round(gray.shape[0] * MAX_DPI / dpi))
    return np.asarray(cv2.resize(gray, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def render_pages(data: bytes, numbers: frozenset[int], name: str) -> Iterator[Picture]:
    """Pages of a PDF as pictures, at the resolution of the pictures in them.

    Args:
        data: the file.
        numbers: the pages wanted, from 1.
        name: the file's name, for sentences of errors.

    Raises:
        UnreadableError: `corrupt` where a page can't be opened, `too_large` where it is larger than any page.
    """
    document = pdfium.FPDF_LoadMemDocument64(data, len(data), None)
    if not document:
        raise UnreadableError("corrupt", f"PDF 文件 {name} 已损坏，无法打开；请重新获取")
    try:
        for number in sorted(numbers):
            page = pdfium.FPDF_LoadPage(document, number - 1)
            if not page:
                raise UnreadableError("corrupt", f"PDF 文件 {name} 第 {number} 页已损坏；请重新获取")
            try:
                yield _rendered(page, number, name)
            finally:
                pdfium.FPDF_ClosePage(page)
    finally:
        pdfium.FPDF_CloseDocument(document)


def _rendered(page: Any, number: int, name: str) -> Picture:
    width, height = pdfium.FPDF_GetPageWidthF(page), pdfium.FPDF_GetPageHeightF(page)
    dpi = min(max(_picture_dpi(page), MIN_DPI), MAX_DPI)
    if width * height * (dpi / _INCH) ** 2 > MAX_PIXELS:
        raise UnreadableError("too_large", f"PDF 文件 {name} 第 {number} 页的尺寸超过上限")
    return Picture(number, draw(page, dpi), float(width), float(height), is_doubled(page))


def _picture_dpi(page: Any) -> float:
    """The finest resolution of the large pictures on a page, 0 where there are none."""
    found = 0.0
    for i in range(pdfium.FPDFPage_CountObjects(page)):
        item = pdfium.FPDFPage_GetObject(page, i)
        if pdfium.FPDFPageObj_GetType(item) != pdfium.FPDF_PAGEOBJ_IMAGE:
            continue
        data = pdfium.FPDF_IMAGEOBJ_METADATA()
        if pdfium.FPDFImageObj_GetImageMetadata(item, page, data) and data.width > 200:
            found = max(found, float(max(data.horizontal_dpi, data.vertical_dpi)))
    return found
