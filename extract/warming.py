"""What a worker loads before its first document, so that this one costs no more time and memory than the thousandth.

Workers are forked from a process that has done this (`extract.worker_process.nursery`). Small documents of each digital
format are read, made here from the form's own labels: that imports what is imported late, maps in the libraries, and fills
the memory of labels and numbers that each report asks for again.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from html import escape

from extract.document import extract
from extract.form import Generation, load_form
from extract.read.pdf_second import SecondReader
from extract.recognise.claim_patterns import claim_patterns
from extract.recognise.labels import meanings, section_of
from extract.recognise.rows import value_like
from extract.recognise.script import REMEMBERED, simplify
from extract.recognise.values import parse

NUMBERS = REMEMBERED // 2
"""Counts below this, bare and with their unit, are remembered: what a worker remembers takes no more memory later, since
what comes new takes the place of what was asked for least lately."""
_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
PAGES = 3
"""Pages of the PDF document, each with as many figures and rulings as a page of a report: what a process needs for one
such page it has then."""
_ROWS, _COLUMNS = 30, 10


def warm_up() -> None:
    """Load what every document needs (form, label index, character tables, libraries), before workers are forked."""
    simplify("報告")
    claim_patterns()
    _remember_numbers()
    for data, name in _documents():
        extract(data, name)
    with SecondReader(_pdf()) as second:
        for page in range(PAGES):
            second.text_in(page + 1, (50.0, 50.0, 90.0, 70.0))


def _remember_numbers() -> None:
    metric = next(m for m in load_form().metrics() if m.section == "requests")
    for number in range(NUMBERS):
        for text in (f"{number}件", str(number)):
            meanings(text)
            section_of(text)
            value_like(text)
            parse(text, metric)


def _documents() -> Iterator[tuple[bytes, str]]:
    for generation in load_form().generations:
        rows = list(_rows(generation))
        title = f"某某市某某局{generation.years.first}年政府信息公开工作年度报告"
        text = "\n".join([title, *("\t".join(row) for row in rows)])
        yield text.encode(), "warm-up.txt"
        cells = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
        page = f"<html><head><meta charset='utf-8'></head><body><p>{title}</p><table>{cells}</table></body></html>"
        yield page.encode(), "warm-up.html"
        yield _docx(title, rows), "warm-up.docx"
    yield _pdf(), "warm-up.pdf"


def _rows(generation: Generation) -> Iterator[list[str]]:
    """The three tables without their merged cells: labels as the form prints them, every value a zero."""
    for block in generation.proactive:
        yield [block.article]
        yield ["信息内容", *(column.zh for column in block.columns)]
        for line in block.rows:
            yield [line.zh, *("0" for _ in block.columns)]
    shared = generation.shared
    yield ["", *(applicant.zh for applicant in shared.applicants)]
    for row in generation.requests.rows:
        yield [row.label, *("0" for _ in shared.applicants)]
    columns = [column.zh for column in shared.review_columns]
    yield [head.zh for head in shared.review_heads for _ in columns]
    yield columns * len(shared.review_heads)
    yield ["0"] * len(columns) * len(shared.review_heads)


def _docx(title: str, rows: list[list[str]]) -> bytes:
    def paragraph(text: str) -> str:
        return f"<w:p><w:r><w:t>{escape(text)}</w:t></w:r></w:p>"

    lines = "".join(
        f"<w:tr>{''.join(f'<w:tc>{paragraph(cell)}</w:tc>' for cell in row)}</w:tr>" for row in rows
    )
    body = f"<w:body>{paragraph(title)}<w:tbl>{lines}</w:tbl></w:body>"
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "[Content_Types].xml",
            '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        )
        archive.writestr("word/document.xml", f'<w:document xmlns:w="{_WORD}">{body}</w:document>')
    return buffer.getvalue()


def _pdf() -> bytes:
    """Pages with a ruled table of figures each."""
    content = _page()
    pages = range(4, 4 + PAGES)
    kids = b" ".join(b"%d 0 R" % number for number in pages)
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[%b]/Count %d/MediaBox[0 0 595 842]/Resources<</Font<</F1 3 0 R>>>>>>"
        % (kids, PAGES),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
        *(b"<</Type/Page/Parent 2 0 R/Contents %d 0 R>>" % (4 + PAGES) for _ in pages),
        b"<</Length %d>>stream\n%b\nendstream" % (len(content), content),
    ]
    data, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(data))
        data += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return data + (
        b"xref\n0 %d\n0000000000 65535 f \n%btrailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF"
        % (len(objects) + 1, table, len(objects) + 1, len(data))
    )


def _page() -> bytes:
    """A figure a cell, each cell with a border of its own, as browsers and word processors print them."""
    cells = [(row, column) for row in range(_ROWS) for column in range(_COLUMNS)]
    figures = b" ".join(
        b"1 0 0 1 %d %d Tm (%d) Tj" % (55 + 40 * column, 778 - 20 * row, row * _COLUMNS + column)
        for row, column in cells
    )
    borders = b" ".join(b"%d %d 40 20 re S" % (50 + 40 * column, 772 - 20 * row) for row, column in cells)
    return b"BT /F1 9 Tf %b ET\n%b 300 60 20 20 re f" % (figures, borders)
