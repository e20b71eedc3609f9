"""OFD (GB/T 33190) written from the layout of a printed PDF: its characters and rulings as text and path objects."""

from __future__ import annotations

import io
import itertools
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from random import Random
from xml.sax.saxutils import escape

import pypdfium2 as pdfium

from benchmarks.corpus.pdf import PageStyle, page_html, print_html
from benchmarks.corpus.report import Report

MILLIMETRES = 25.4 / 72
_OFD = 'xmlns:ofd="http://www.ofdspec.org/2016"'
Line = tuple[float, float, float, float]


def write_ofd(content: bytes, rng: Random, title: str) -> bytes:
    """A PDF's text and rulings as an OFD package.

    Args:
        content: the PDF.
        rng: draws how text is cut into objects and where rulings are kept (page or template).
        title: of the document.
    """
    document = pdfium.PdfDocument(content)
    templated = rng.random() < 0.3
    pieces = rng.choice(("line", "word", "character"))
    pages, templates = [], []
    for page in document:
        width, height = (n * MILLIMETRES for n in page.get_size())
        area = f"<ofd:Area><ofd:PhysicalBox>0 0 {width:.3f} {height:.3f}</ofd:PhysicalBox></ofd:Area>"
        texts = "".join(_text_objects(page, pieces, rng))
        paths = "".join(_path_object(line, rng) for line in _rulings(page))
        number = len(pages)
        use = f'<ofd:Template TemplateID="{9000 + number}" ZOrder="Background"/>' if templated else ""
        pages.append(_page(area + use, texts if templated else paths + texts))
        templates.append(_page(area, paths))
    document.close()
    return _package(pages, templates if templated else [], title)


def _page(head: str, objects: str) -> str:
    return f'<ofd:Page {_OFD}>{head}<ofd:Content><ofd:Layer ID="1">{objects}</ofd:Layer></ofd:Content></ofd:Page>'


def _text_objects(page: pdfium.PdfPage, pieces: str, rng: Random) -> Iterator[str]:
    """Characters that follow each other on a line, as text objects."""
    text_page = page.get_textpage()
    height = page.get_height()
    group: list[tuple[str, float, float, float]] = []  # character, x, baseline, size
    for i in range(text_page.count_chars()):
        character = text_page.get_text_range(i, 1)
        if not character.strip():
            continue
        left, bottom, _right, top = text_page.get_charbox(i, loose=True)
        size = top - bottom
        here = (character, left, height - top + 0.88 * size, size)
        if group and not _follows(group, here, pieces):
            yield _text_object(group, rng)
            group = []
        group.append(here)
    if group:
        yield _text_object(group, rng)


def _follows(
    group: list[tuple[str, float, float, float]], here: tuple[str, float, float, float], pieces: str
) -> bool:
    last = group[-1]
    gap = here[1] - last[1]
    widest = 1.05 * last[3] if ord(last[0][0]) > 0x2E7F else 0.7 * last[3]
    same = abs(here[2] - last[2]) < 0.1 * last[3] and abs(here[3] - last[3]) < 0.1 * last[3]
    if pieces == "character":
        return False
    return same and 0 < gap < widest and (pieces == "line" or len(group) < 4)


def _text_object(group: list[tuple[str, float, float, float]], rng: Random) -> str:
    mm = MILLIMETRES
    left, baseline, size = group[0][1] * mm, group[0][2] * mm, group[0][3] * mm
    x0, top = left - rng.choice((0.0, 0.5)), baseline - 0.88 * size
    steps = [(b[1] - a[1]) * mm for a, b in itertools.pairwise(group)]
    delta = ""
    if steps and max(steps) - min(steps) < 0.01:
        delta = f' DeltaX="g {len(steps)} {steps[0]:.4f}"'
    elif steps:
        delta = f' DeltaX="{" ".join(f"{step:.4f}" for step in steps)}"'
    width = group[-1][1] * mm - left + size + 1
    text = escape("".join(character for character, *_ in group))
    boundary = f"{x0:.4f} {top:.4f} {width:.4f} {1.2 * size:.4f}"
    if rng.random() < 0.2:  # the size in the matrix, as some converters write it
        code = f'<ofd:TextCode X="{(left - x0) / size:.5f}" Y="{(baseline - top) / size:.5f}"'
        scaled = [step / size for step in steps]
        delta = f' DeltaX="{" ".join(f"{step:.5f}" for step in scaled)}"' if scaled else ""
        head = f'<ofd:TextObject ID="2" Boundary="{boundary}" Font="3" Size="1" CTM="{size:.5f} 0 0 {size:.5f} 0 0">'
    else:
        code = f'<ofd:TextCode X="{left - x0:.4f}" Y="{baseline - top:.4f}"'
        head = f'<ofd:TextObject ID="2" Boundary="{boundary}" Font="3" Size="{size:.4f}">'
    return f"{head}{code}{delta}>{text}</ofd:TextCode></ofd:TextObject>"


def _rulings(page: pdfium.PdfPage) -> Iterator[Line]:
    """Lines and thin rectangles of a page, y downwards."""
    height = page.get_height()
    for item in page.get_objects(filter=[pdfium.raw.FPDF_PAGEOBJ_PATH]):
        left, bottom, right, top = item.get_bounds()
        if min(right - left, top - bottom) <= 3 < max(right - left, top - bottom):
            yield left, height - top, right, height - bottom


def _path_object(line: Line, rng: Random) -> str:
    x0, top, x1, bottom = (n * MILLIMETRES for n in line)
    w, h = x1 - x0, bottom - top
    boundary = f'Boundary="{x0:.4f} {top:.4f} {max(w, 0.1):.4f} {max(h, 0.1):.4f}"'
    if rng.random() < 0.5:  # a filled bar
        data = f"M 0 0 L {w:.4f} 0 L {w:.4f} {h:.4f} L 0 {h:.4f} C"
        return (
            f'<ofd:PathObject ID="4" {boundary} Stroke="false" Fill="true"><ofd:FillColor Value="0 0 0"/>'
            f"<ofd:AbbreviatedData>{data}</ofd:AbbreviatedData></ofd:PathObject>"
        )
    end = f"{w:.4f} {h / 2:.4f}" if w > h else f"{w / 2:.4f} {h:.4f}"
    start = f"0 {h / 2:.4f}" if w > h else f"{w / 2:.4f} 0"
    return (
        f'<ofd:PathObject ID="4" {boundary} LineWidth="{min(w, h):.4f}"><ofd:StrokeColor Value="0 0 0"/>'
        f"<ofd:AbbreviatedData>M {start} L {end}</ofd:AbbreviatedData></ofd:PathObject>"
    )


def _package(pages: list[str], templates: list[str], title: str) -> bytes:
    entries = "".join(
        f'<ofd:Page ID="{i + 1}" BaseLoc="Pages/Page_{i}/Content.xml"/>' for i in range(len(pages))
    )
    kept = "".join(
        f'<ofd:TemplatePage ID="{9000 + i}" BaseLoc="Tpls/Tpl_{i}/Content.xml"/>'
        for i in range(len(templates))
    )
    area = "<ofd:PageArea><ofd:PhysicalBox>0 0 210 297</ofd:PhysicalBox></ofd:PageArea>"
    parts = {
        "OFD.xml": f'<ofd:OFD {_OFD} Version="1.0" DocType="OFD"><ofd:DocBody><ofd:DocInfo>'
        f"<ofd:DocID>0</ofd:DocID><ofd:Title>{escape(title)}</ofd:Title></ofd:DocInfo>"
        "<ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>",
        "Doc_0/Document.xml": f"<ofd:Document {_OFD}><ofd:CommonData><ofd:MaxUnitID>99999</ofd:MaxUnitID>"
        f"{area}{kept}</ofd:CommonData><ofd:Pages>{entries}</ofd:Pages></ofd:Document>",
    }
    parts |= {f"Doc_0/Pages/Page_{i}/Content.xml": page for i, page in enumerate(pages)}
    parts |= {f"Doc_0/Tpls/Tpl_{i}/Content.xml": page for i, page in enumerate(templates)}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            info = zipfile.ZipInfo(name, (2024, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            package.writestr(info, '<?xml version="1.0" encoding="UTF-8"?>' + content)
    return out.getvalue()


def _family(style: PageStyle) -> Callable[[Report, Random], tuple[str, bytes]]:
    def render(report: Report, rng: Random) -> tuple[str, bytes]:
        drawn = replace(style, numbers=rng.random() < 0.5, lead=rng.randint(0, 12), font="WenQuanYi Zen Hei")
        return ".ofd", write_ofd(print_html(page_html(report, drawn)), rng, "".join(report.narrative.title))

    return render


FAMILIES: dict[str, Callable[[Report, Random], tuple[str, bytes]]] = {
    "ofd_ruled": _family(PageStyle()),
    "ofd_open": _family(PageStyle(rulings="open")),
    "ofd_horizontal": _family(PageStyle(rulings="horizontal")),
}
"""Family name -> renderer returning (suffix, bytes)."""
