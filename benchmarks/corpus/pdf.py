"""PDF: pages printed by Chromium from HTML with many kinds of rulings, and by LibreOffice from DOCX.

Needs `chromium`, `soffice` and `pdftotext` on the machine that generates; nothing of them is needed to read.
"""

from __future__ import annotations

import ctypes
import io
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path
from random import Random

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from benchmarks.corpus.report import Report
from benchmarks.corpus.tables import Table
from benchmarks.corpus.word import WordStyle, write_docx


@dataclass(frozen=True, slots=True)
class PageStyle:
    """How a page is set.

    Attributes:
        rulings: `all`, `open` (no left and right outer border), `horizontal`, `zebra`, `none`,
            `thick` (double lines, grey header).
        value_width: width of a value column of section three, in points.
        vertical_group: 三、本年度办理结果 set vertically.
        row_height: least height of a table row, in points.
        repeat_header: header rows printed again on every page.
        split_rows: rows may break over pages.
        landscape: the page lies.
        numbers: page numbers at the foot.
        running: a running header.
        font_size: of the tables, in points.
        turn: degrees the content is turned after printing; `rotate` turns the page back by /Rotate.
        align: of the values.
        break_words: a number or label too wide for its column wraps at any character.
        font: family of the type.
        lead: filler paragraphs before section one, to move the tables down the page.
        weight: of the headings; `normal` keeps the file small.
        tagged: the file carries a structure tree.
    """

    rulings: str = "all"
    value_width: float = 34
    vertical_group: bool = False
    row_height: float = 18
    repeat_header: bool = False
    split_rows: bool = False
    landscape: bool = False
    numbers: bool = False
    running: bool = False
    font_size: float = 10
    turn: int = 0
    rotate: bool = False
    align: str = "center"
    break_words: bool = False
    font: str = "Noto Serif CJK SC"
    lead: int = 0
    weight: str = "bold"
    tagged: bool = True


_RULINGS = {
    "all": "td{border:0.7pt solid #000}",
    "open": "td{border:0.7pt solid #000} td.l{border-left:none} td.r{border-right:none}",
    "horizontal": "td{border-top:0.7pt solid #000;border-bottom:0.7pt solid #000}",
    "zebra": "tr:nth-child(even) td{background:#e6eef7}",
    "none": "",
    "thick": "td{border:1.5pt double #333} tr.h td{background:#ddd}",
}


def page_html(report: Report, style: PageStyle) -> str:
    """The report as a page to print."""
    text = report.narrative
    size = "A4 landscape" if style.landscape else "A4"
    foot = '@bottom-center{content:"— " counter(page) " —";font-size:10pt}' if style.numbers else ""
    if style.running:
        foot += f'@top-right{{content:"{"".join(text.title)}";font-size:9pt}}'
    inside = "auto" if style.split_rows else "avoid"
    words = "word-break:break-all;" if style.break_words else ""
    css = (
        f"@page{{size:{size};margin:20mm 18mm;{foot}}}"
        f"body{{font-family:'{style.font}';font-size:12pt;line-height:1.5;margin:0}}"
        f"h1,h2{{font-weight:{style.weight}}}"
        "h1{text-align:center;font-size:18pt} p{text-indent:2em;margin:4pt 0} h2{font-size:13pt;margin:8pt 0}"
        f"table{{border-collapse:collapse;width:100%;table-layout:fixed;font-size:{style.font_size}pt;line-height:1.25}}"
        f"td{{padding:1.5pt 2pt;vertical-align:middle;{words}height:{style.row_height}pt}}"
        f"td.v,td.c{{text-align:{style.align}}} tr{{page-break-inside:{inside}}}"
        "td.t{writing-mode:vertical-rl;text-align:center}"
        f"{_RULINGS[style.rulings]}"
    )
    parts = [f"<div>{escape(label)}：{escape(value)}</div>" for label, value in text.metadata]
    parts += [f"<h1>{escape(line)}</h1>" for line in text.title]
    parts += [f"<p>{escape(line)}</p>" for line in text.preface]
    parts += ["<p>本段用于占位，使后面的表格落在页面的不同位置。</p>"] * style.lead
    for section in text.sections:
        parts.append(f"<h2>{escape(section.heading)}</h2>")
        parts += [f"<p>{escape(line)}</p>" for line in section.paragraphs]
        if section.table:
            parts.append(table_of_page(report.tables[section.table], style))
    parts += [f'<div style="text-align:right">{escape(line)}</div>' for line in text.footer]
    head = f"<head><meta charset='utf-8'><style>{css}</style></head>"
    return f"<!DOCTYPE html><html>{head}<body>{''.join(parts)}</body></html>"


def table_of_page(table: Table, style: PageStyle) -> str:
    """One table of a page."""
    rows = []
    for index, row in enumerate(table.rows()):
        cells = []
        for cell in row:
            classes = ["v"] if cell.key else ["c"] if index < table.header_rows and table.name != "二" else []
            classes += ["l"] if cell.col == 0 else []
            classes += ["r"] if cell.col + cell.col_span == table.width else []
            classes += ["t"] if style.vertical_group and cell.text.startswith("三、本年度") else []
            spans = f' rowspan="{cell.row_span}"' if cell.row_span > 1 else ""
            spans += f' colspan="{cell.col_span}"' if cell.col_span > 1 else ""
            text = escape(cell.text).replace("\n", "<br>")
            cells.append(f'<td class="{" ".join(classes)}"{spans}>{text}</td>')
        rows.append(f"<tr{' class=h' if index < table.header_rows else ''}>{''.join(cells)}</tr>")
    head = table.header_rows if style.repeat_header else 0
    sections = f"<thead>{''.join(rows[:head])}</thead><tbody>{''.join(rows[head:])}</tbody>"
    return f"<table>{_columns(table, style)}{sections}</table>"


def _columns(table: Table, style: PageStyle) -> str:
    if table.name == "三":
        widths = ["7%", "16%", "auto", *[f"{style.value_width}pt"] * 7]
    elif table.name == "二":
        widths = ["31%", "23%", "23%", "23%"]
    else:
        widths = [f"{100 / table.width:.2f}%"] * table.width
    return "<colgroup>" + "".join(f'<col style="width:{width}">' for width in widths) + "</colgroup>"


# -- printing ------------------------------------------------------------------------------------------------


def print_html(html: str, *flags: str) -> bytes:
    """Print a page with Chromium.

    Args:
        html: the page.
        flags: further flags for Chromium (`--disable-pdf-tagging` leaves out the structure tree).

    Raises:
        RuntimeError: Chromium is not installed or printed nothing.
    """
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        raise RuntimeError("chromium is needed to print pages: install the package chromium")
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "page.html", Path(folder) / "page.pdf"
        source.write_text(html, encoding="utf-8")
        command = [
            program,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-background-networking",
            "--no-pdf-header-footer",
            *flags,
            f"--user-data-dir={folder}/profile",
            f"--print-to-pdf={target}",
            source.as_uri(),
        ]
        subprocess.run(command, check=True, capture_output=True, timeout=90)
        return undated(target.read_bytes())


def print_docx(contents: list[bytes]) -> list[bytes]:
    """Convert DOCX files to PDF with one run of LibreOffice.

    Raises:
        RuntimeError: LibreOffice is not installed.
    """
    return [undated(content) for content in convert_office(contents, "docx", "pdf")]


def convert_office(contents: list[bytes], source: str, target: str) -> list[bytes]:
    """Convert office files with one run of LibreOffice.

    Args:
        contents: the files.
        source: their suffix without dot.
        target: the wanted suffix, with a filter where the suffix does not say it (`doc:MS Word 97`).

    Raises:
        RuntimeError: LibreOffice is not installed.
    """
    program = shutil.which("soffice")
    if program is None:
        raise RuntimeError("soffice is needed to convert office files: install the package libreoffice")
    with tempfile.TemporaryDirectory() as folder:
        sources = []
        for index, content in enumerate(contents):
            sources.append(Path(folder) / f"{index:04d}.{source}")
            sources[-1].write_bytes(content)
        profile = f"-env:UserInstallation={Path(folder, 'profile').as_uri()}"
        names = [str(path) for path in sources]
        command = [program, "--headless", profile, "--convert-to", target, "--outdir", folder, *names]
        subprocess.run(command, check=True, capture_output=True, timeout=60 + 5 * len(contents))
        suffix = "." + target.partition(":")[0]
        return [path.with_suffix(suffix).read_bytes() for path in sources]


def undated(content: bytes) -> bytes:
    """The file with fixed dates (same length), so that printing again gives the same text of dates."""

    def fixed(match: re.Match[bytes]) -> bytes:
        digits = iter(b"20240101000000")
        return b"".join(
            bytes([next(digits, byte)]) if chr(byte).isdigit() else bytes([byte]) for byte in match.group(0)
        )

    return re.sub(rb"\(D:\d{14}[^)]*\)", fixed, content)


def turned(content: bytes, degrees: int, rotate: bool) -> bytes:
    """Every page's content turned clockwise by 90, 180 or 270 degrees; `rotate`: viewers turn it back."""
    document = pdfium.PdfDocument(content)
    for page in document:
        width, height = page.get_size()
        a, b, c, d, e, f = {
            90: (0, -1, 1, 0, 0, width),
            180: (-1, 0, 0, -1, width, height),
            270: (0, 1, -1, 0, height, 0),
        }[degrees]
        matrix = pdfium_c.FS_MATRIX(a, b, c, d, e, f)
        box = (width, height) if degrees == 180 else (height, width)
        clip = pdfium_c.FS_RECTF(0, box[1], box[0], 0)
        pdfium_c.FPDFPage_TransFormWithClip(page, ctypes.byref(matrix), ctypes.byref(clip))
        page.set_mediabox(0, 0, *box)
        page.set_cropbox(0, 0, *box)
        if rotate:
            page.set_rotation(360 - degrees)
    out = io.BytesIO()
    document.save(out)
    document.close()
    return undated(out.getvalue())


def pdf_text(content: bytes, *options: str) -> str:
    """What `pdftotext` makes of a PDF: with `-layout` as it stands on the page, with `-raw` in the order it is drawn."""
    with tempfile.NamedTemporaryFile(suffix=".pdf") as file:
        file.write(content)
        file.flush()
        done = subprocess.run(
            ["pdftotext", *options, file.name, "-"], check=True, capture_output=True, timeout=60
        )
    return done.stdout.decode()


# -- families ------------------------------------------------------------------------------------------------

Rendered = tuple[str, bytes]


def drawn(style: PageStyle, rng: Random) -> PageStyle:
    """A style with what varies in every family: numbers, header, alignment, type, place on the page."""
    return replace(
        style,
        numbers=style.numbers or rng.random() < 0.4,
        running=style.running or rng.random() < 0.2,
        align=rng.choice(("center", "center", "center", "right", "left")),
        font=rng.choice(
            (
                "WenQuanYi Zen Hei",
                "WenQuanYi Zen Hei",
                "Noto Serif CJK SC",
                "Noto Sans CJK SC",
                "AR PL UKai CN",
            )
        ),
        font_size=style.font_size if style.font_size != 10 else rng.choice((9, 10, 10.5)),
        lead=style.lead or rng.randint(0, 12),
    )


def render_page(report: Report, style: PageStyle) -> bytes:
    """Print a report in a style."""
    content = print_html(page_html(report, style), *(() if style.tagged else ("--disable-pdf-tagging",)))
    return turned(content, style.turn, style.rotate) if style.turn else content


def _chromium(style: PageStyle) -> Callable[[Report, Random], Rendered]:
    def render(report: Report, rng: Random) -> Rendered:
        return ".pdf", render_page(report, drawn(style, rng))

    return render


def _turned(report: Report, rng: Random) -> Rendered:
    style = PageStyle(
        rulings=rng.choice(("all", "open", "horizontal")), landscape=True, turn=rng.choice((90, 270))
    )
    return ".pdf", render_page(report, drawn(style, rng))


def _rotated(report: Report, rng: Random) -> Rendered:
    turn = rng.choice((90, 270, 180))
    style = PageStyle(
        rulings=rng.choice(("all", "open", "none")), landscape=turn != 180, turn=turn, rotate=True
    )
    return ".pdf", render_page(report, drawn(style, rng))


def _layout(report: Report, rng: Random) -> Rendered:
    style = PageStyle(
        rulings="all", numbers=True, vertical_group=rng.random() < 0.4, value_width=rng.choice((26, 34, 44))
    )
    return ".txt", pdf_text(render_page(report, drawn(style, rng)), "-layout").encode()


def _as_text(style: PageStyle, *options: str) -> Callable[[Report, Random], Rendered]:
    """A PDF's text as `pdftotext` prints it."""

    def render(report: Report, rng: Random) -> Rendered:
        return ".txt", pdf_text(render_page(report, drawn(style, rng)), *options).encode()

    return render


FAMILIES: dict[str, Callable[[Report, Random], Rendered]] = {
    "pdf_ruled": _chromium(PageStyle()),
    "pdf_open_sides": _chromium(PageStyle(rulings="open")),
    "pdf_horizontal": _chromium(PageStyle(rulings="horizontal")),
    "pdf_zebra": _chromium(PageStyle(rulings="zebra")),
    "pdf_no_borders": _chromium(PageStyle(rulings="none")),
    "pdf_thick": _chromium(PageStyle(rulings="thick")),
    "pdf_narrow": _chromium(PageStyle(value_width=17, break_words=True)),
    "pdf_vertical": _chromium(PageStyle(vertical_group=True, numbers=True)),
    "pdf_pages_header": _chromium(PageStyle(row_height=44, repeat_header=True, running=True)),
    "pdf_pages_plain": _chromium(PageStyle(row_height=44, numbers=True)),
    "pdf_row_split": _chromium(
        PageStyle(row_height=30, split_rows=True, font_size=16, value_width=30, break_words=True)
    ),
    "pdf_landscape": _chromium(PageStyle(landscape=True, value_width=48)),
    "pdf_rotate": _rotated,
    "pdf_turned": _turned,
    "text_layout": _layout,
    "text_layout_none": _as_text(PageStyle(rulings="none"), "-layout"),
    "text_layout_narrow": _as_text(PageStyle(value_width=17, break_words=True), "-layout"),
    "text_raw": _as_text(PageStyle(), "-raw"),
    "text_reading_order": _as_text(PageStyle()),
}
"""Family name -> renderer returning (suffix, bytes)."""


def _libreoffice(**settings: bool | str | int) -> Callable[[list[Report], Random], list[Rendered]]:
    def render(reports: list[Report], rng: Random) -> list[Rendered]:
        fonts = ("Noto Serif CJK SC", "Noto Sans CJK SC", "WenQuanYi Zen Hei", "AR PL UKai CN")
        contents = []
        for report in reports:
            style = WordStyle(
                page_numbers=rng.random() < 0.5,
                split_runs=rng.random() < 0.3,
                font=rng.choice(fonts),
                value_twips=rng.choice((560, 640, 700)),
                **settings,  # type: ignore[arg-type]
            )
            contents.append(write_docx(report, rng, style))
        return [(".pdf", content) for content in print_docx(contents)]

    return render


def _office_text(*options: str) -> Callable[[list[Report], Random], list[Rendered]]:
    """The text of word processors' PDFs as `pdftotext` prints it."""

    def render(reports: list[Report], rng: Random) -> list[Rendered]:
        printed = _libreoffice()(reports, rng)
        return [(".txt", pdf_text(content, *options).encode()) for _, content in printed]

    return render


BATCHES: dict[str, Callable[[list[Report], Random], list[Rendered]]] = {
    "pdf_office": _libreoffice(),
    "pdf_office_open": _libreoffice(borders="open", vertical_group=True),
    "pdf_office_horizontal": _libreoffice(borders="horizontal", repeat_header=True),
    "pdf_office_none": _libreoffice(borders="none"),
    "pdf_office_single": _libreoffice(one_table=True),
    "pdf_office_narrow": _libreoffice(multi_paragraph=True, size=21),
    "text_layout_office": _office_text("-layout"),
    "text_raw_office": _office_text("-raw"),
}
"""Family name -> renderer of all its documents at once."""

PRINTED = frozenset([*FAMILIES, *BATCHES])
"""Families that need a printer (Chromium or LibreOffice), and the `text_*` among them poppler."""
