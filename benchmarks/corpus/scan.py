"""Scans: the PDF families printed, laid askew on the glass, with noise, in the compressions that scanners use.

Pages come as a PDF of JPEG pictures, as a TIFF of several pages, as one long PNG, or with some pages left as text.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random

import numpy as np
import PIL.Image
import PIL.ImageFilter
import pypdfium2 as pdfium

from benchmarks.corpus.pdf import BATCHES as BATCHES_OF_PDF
from benchmarks.corpus.pdf import PageStyle, drawn, render_page
from benchmarks.corpus.report import Report

Rendered = tuple[str, bytes]
_A4_WIDTH = 595.0


@dataclass(frozen=True, slots=True)
class ScanStyle:
    """How a print is scanned.

    Attributes:
        dpi: resolution.
        skew: the page hangs by at most so many degrees to either side.
        is_worst: it hangs by just as many.
        noise: standard deviation of the noise, in shades of grey.
        blur: radius of the lens's blur, in pixels.
        quality: of the JPEG compression.
        paper: shade of the paper; 255 is white.
        ink: shade of the ink; 0 is black.
        container: `pdf`, `tiff`, `png` (all pages below each other), `bilevel` (black and white TIFF),
            `mixed` (a PDF whose pages with the table of section three are pictures, the others text).
    """

    dpi: int = 200
    skew: float = 1.5
    is_worst: bool = False
    noise: float = 8
    blur: float = 0.5
    quality: int = 50
    paper: int = 245
    ink: int = 30
    container: str = "pdf"


def scan(content: bytes, style: ScanStyle, rng: Random) -> Rendered:
    """A printed report as scanned: suffix and file."""
    pages = [_scanned(page, style, rng) for page in _rendered(content, style.dpi)]
    if style.container == "mixed":
        return ".pdf", _mixed(content, pages, style)
    out = io.BytesIO()
    if style.container == "png":
        width = max(page.width for page in pages)
        whole = PIL.Image.new("L", (width, sum(page.height for page in pages)), 255)
        at = 0
        for page in pages:
            whole.paste(page, (0, at))
            at += page.height
        whole.save(out, "PNG", dpi=(style.dpi, style.dpi))
        return ".png", out.getvalue()
    if style.container in ("tiff", "bilevel"):
        frames = (
            [page.point(lambda v: 255 * (v > 150), "1") for page in pages]
            if style.container == "bilevel"
            else pages
        )
        packing = "group4" if style.container == "bilevel" else "tiff_lzw"
        frames[0].save(
            out,
            "TIFF",
            save_all=True,
            append_images=frames[1:],
            compression=packing,
            dpi=(style.dpi, style.dpi),
        )
        return ".tif", out.getvalue()
    pages[0].save(
        out, "PDF", save_all=True, append_images=pages[1:], resolution=style.dpi, quality=style.quality
    )
    return ".pdf", out.getvalue()


def _rendered(content: bytes, dpi: int) -> list[PIL.Image.Image]:
    with pdfium.PdfDocument(content) as document:
        return [page.render(scale=dpi / 72, grayscale=True).to_pil().convert("L") for page in document]


def _scanned(page: PIL.Image.Image, style: ScanStyle, rng: Random) -> PIL.Image.Image:
    angle = rng.choice((-style.skew, style.skew)) if style.is_worst else rng.uniform(-style.skew, style.skew)
    hung = page.rotate(angle, PIL.Image.Resampling.BICUBIC, fillcolor=255)
    hung = hung.filter(PIL.ImageFilter.GaussianBlur(style.blur))
    shades = np.asarray(hung, dtype=np.float32) / 255 * (style.paper - style.ink) + style.ink
    shades += np.random.default_rng(rng.getrandbits(32)).normal(0, style.noise, shades.shape)
    return PIL.Image.fromarray(np.clip(shades, 0, 255).astype(np.uint8))


def _mixed(content: bytes, pages: list[PIL.Image.Image], style: ScanStyle) -> bytes:
    """The print with its first page as text and the others as pictures."""
    pictures = io.BytesIO()
    pages[0].save(
        pictures, "PDF", save_all=True, append_images=pages[1:], resolution=style.dpi, quality=style.quality
    )
    with pdfium.PdfDocument(content) as text, pdfium.PdfDocument(pictures.getvalue()) as scanned:
        whole = pdfium.PdfDocument.new()
        whole.import_pages(text, [0])
        whole.import_pages(scanned, list(range(1, len(pages))))
        out = io.BytesIO()
        whole.save(out)
        whole.close()
    return out.getvalue()


def _family(page: PageStyle, style: ScanStyle) -> Callable[[Report, Random], Rendered]:
    def render(report: Report, rng: Random) -> Rendered:
        content = render_page(report, drawn(page, rng))
        return scan(content, style, rng)

    return render


_USUAL = ScanStyle()

FAMILIES: dict[str, Callable[[Report, Random], Rendered]] = {
    "scan_150": _family(PageStyle(), replace(_USUAL, dpi=150, noise=6)),
    "scan_200": _family(PageStyle(), _USUAL),
    "scan_300": _family(PageStyle(), replace(_USUAL, dpi=300, noise=12, blur=0.8)),
    "scan_faint": _family(PageStyle(), replace(_USUAL, ink=110, paper=235, noise=6)),
    "scan_open_sides": _family(PageStyle(rulings="open"), _USUAL),
    "scan_horizontal": _family(PageStyle(rulings="horizontal"), _USUAL),
    "scan_no_borders": _family(PageStyle(rulings="none"), _USUAL),
    "scan_zebra": _family(PageStyle(rulings="zebra"), _USUAL),
    "scan_thick": _family(PageStyle(rulings="thick"), _USUAL),
    "scan_vertical": _family(PageStyle(vertical_group=True, numbers=True), _USUAL),
    "scan_pages": _family(PageStyle(row_height=44, numbers=True), _USUAL),
    "scan_sideways": _family(PageStyle(landscape=True, turn=90), _USUAL),
    "scan_narrow": _family(PageStyle(value_width=17, break_words=True), _USUAL),
    "scan_worst": _family(PageStyle(), replace(_USUAL, dpi=150, is_worst=True)),
    "scan_mixed": _family(PageStyle(numbers=True), replace(_USUAL, container="mixed")),
    "image_tiff": _family(PageStyle(), replace(_USUAL, container="tiff", skew=0.8)),
    "image_bilevel": _family(PageStyle(), replace(_USUAL, container="bilevel", dpi=200, noise=4)),
    "image_png": _family(PageStyle(), replace(_USUAL, container="png", dpi=150, skew=0.0, noise=0, blur=0)),
}
"""Family name -> renderer returning (suffix, bytes)."""


def _office(reports: list[Report], rng: Random) -> list[Rendered]:
    printed = BATCHES_OF_PDF["pdf_office"](reports, rng)
    return [scan(content, _USUAL, rng) for _, content in printed]


BATCHES: dict[str, Callable[[list[Report], Random], list[Rendered]]] = {"scan_office": _office}
"""Families that are printed by LibreOffice, all documents in one run."""
