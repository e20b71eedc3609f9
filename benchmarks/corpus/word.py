"""DOCX written directly as zip and XML: merged cells, several paragraphs a cell, tracked changes, text boxes."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any
from xml.sax.saxutils import escape

from benchmarks.corpus.report import Report
from benchmarks.corpus.tables import Table, TableCell

_NAMESPACES = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
    'xmlns:v="urn:schemas-microsoft-com:vml" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
)


@dataclass(frozen=True, slots=True)
class WordStyle:
    """How the document is built.

    Attributes:
        split_runs: texts broken into several runs.
        multi_paragraph: wrapped headers as paragraphs, blanks with empty paragraphs around the digits.
        tracked: deleted old digits beside inserted new ones.
        one_table: sections two to four in one table.
        borders: `all`, `open` (no left and right outer border), `horizontal` or `none`.
        vertical_group: 三、本年度办理结果 set vertically.
        boxed: the tables stand in a text box.
        heading_styles: headings carry a style.
        repeat_header: header rows repeat on every page.
        break_rows: rows may break over pages.
        landscape: the page lies.
        size: half points of the tables' text.
        font: family of the type.
        page_numbers: at the foot.
        value_twips: width of a value column of section three.
    """

    split_runs: bool = False
    multi_paragraph: bool = False
    tracked: bool = False
    one_table: bool = False
    borders: str = "all"
    vertical_group: bool = False
    boxed: bool = False
    heading_styles: bool = True
    repeat_header: bool = False
    break_rows: bool = True
    landscape: bool = False
    size: int = 18
    font: str = "Noto Serif CJK SC"
    page_numbers: bool = False
    value_twips: int = 560


def write_docx(report: Report, rng: Random, style: WordStyle) -> bytes:
    """The report as a DOCX file's bytes (fixed time stamps, so that the same report gives the same bytes)."""
    body = _body(report, rng, style)
    parts = {
        "[Content_Types].xml": _CONTENT_TYPES,
        "_rels/.rels": _RELS,
        "word/document.xml": _document(body, style),
        "word/styles.xml": _styles(style),
        "word/_rels/document.xml.rels": _DOCUMENT_RELS,
        "word/footer1.xml": _footer(style),
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            info = zipfile.ZipInfo(name, (2024, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content.encode())
    return out.getvalue()


def _document(body: str, style: WordStyle) -> str:
    width, height = (16838, 11906) if style.landscape else (11906, 16838)
    orient = ' w:orient="landscape"' if style.landscape else ""
    footer = '<w:footerReference w:type="default" r:id="rId2"/>' if style.page_numbers else ""
    return (
        f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><w:document {_NAMESPACES}><w:body>{body}'
        f'<w:sectPr>{footer}<w:pgSz w:w="{width}" w:h="{height}"{orient}/>'
        '<w:pgMar w:top="1304" w:right="1134" w:bottom="1304" w:left="1134" w:header="700" w:footer="700" w:gutter="0"/>'
        "</w:sectPr></w:body></w:document>"
    )


def _body(report: Report, rng: Random, style: WordStyle) -> str:
    text = report.narrative
    parts: list[str] = [_paragraph(f"{label}：{value}", rng, style) for label, value in text.metadata]
    parts += [_paragraph(line, rng, style, "Title", centre=True) for line in text.title]
    parts += [_paragraph(line, rng, style) for line in text.preface]
    done = False
    for section in text.sections:
        if section.table and style.one_table:
            if not done:
                parts.append(_single_table(report, rng, style))
                done = True
            continue
        parts.append(_paragraph(section.heading, rng, style, "Heading1"))
        parts += [_paragraph(line, rng, style) for line in section.paragraphs]
        if section.table:
            table = _table(report.tables[section.table], rng, style)
            parts.append(_boxed(table) if style.boxed else table)
            parts.append(_paragraph("", rng, style))
    parts += [_paragraph(line, rng, style) for line in text.footer]
    return "".join(parts)


def _paragraph(
    text: str,
    rng: Random,
    style: WordStyle,
    name: str | None = None,
    *,
    centre: bool = False,
    size: int | None = None,
) -> str:
    properties = f'<w:pStyle w:val="{name}"/>' if name and style.heading_styles else ""
    properties += '<w:jc w:val="center"/>' if centre else ""
    pieces = [text]
    if style.split_runs and len(text) > 1:
        cuts = sorted(rng.sample(range(1, len(text)), min(len(text) - 1, rng.randint(1, 4))))
        pieces = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    runs = "".join(_run(piece, size) for piece in pieces if piece)
    return f"<w:p><w:pPr>{properties}</w:pPr>{runs}</w:p>"


def _run(text: str, size: int | None = None) -> str:
    properties = f'<w:rPr><w:sz w:val="{size}"/></w:rPr>' if size else ""
    return f'<w:r>{properties}<w:t xml:space="preserve">{escape(text)}</w:t></w:r>'


def _boxed(table: str) -> str:
    """A text box around a table: the drawing and its fallback both hold it, as word processors write it."""
    content = f"<w:txbxContent>{table}<w:p/></w:txbxContent>"
    return (
        '<w:p><w:r><mc:AlternateContent><mc:Choice Requires="wps"><w:drawing><wp:inline><wp:extent cx="6120000" cy="4320000"/>'
        '<wp:docPr id="1" name="box"/><a:graphic><a:graphicData uri="http://schemas.microsoft.com/office/word/2010/wordprocessingShape">'
        f"<wps:wsp><wps:cNvSpPr/><wps:spPr/><wps:txbx>{content}</wps:txbx><wps:bodyPr/></wps:wsp></a:graphicData></a:graphic></wp:inline>"
        f"</w:drawing></mc:Choice><mc:Fallback><w:pict><v:shape><v:textbox>{content}</v:textbox></v:shape></w:pict></mc:Fallback>"
        "</mc:AlternateContent></w:r></w:p>"
    )


# -- tables --------------------------------------------------------------------------------------------------


def column_widths(table: Table, style: WordStyle) -> list[int]:
    """Widths in twips."""
    total = 14500 if style.landscape else 9600
    if table.name == "二":
        return [total // 4] * 4
    if table.name == "四":
        return [total // 15] * 15
    values = style.value_twips
    labels = total - 7 * values
    return [labels // 8, labels // 4, labels - labels // 8 - labels // 4, *[values] * 7]


def _table(table: Table, rng: Random, style: WordStyle) -> str:
    return _table_xml(_rows(table, rng, style, table.width), column_widths(table, style), style)


def _single_table(report: Report, rng: Random, style: WordStyle) -> str:
    rows: list[str] = []
    width = 15
    for section in report.narrative.sections:
        if section.table:
            head = TableCell(0, 0, section.heading, col_span=width)
            rows.append(f"<w:tr>{_cell(head, rng, style, width)}</w:tr>")
            rows += _rows(report.tables[section.table], rng, style, width)
    return _table_xml(rows, [640] * width, style)


def _table_xml(rows: list[str], widths: list[int], style: WordStyle) -> str:
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    return (
        f'<w:tbl><w:tblPr><w:tblW w:w="{sum(widths)}" w:type="dxa"/>{_borders(style)}<w:tblLayout w:type="fixed"/></w:tblPr>'
        f"<w:tblGrid>{grid}</w:tblGrid>{''.join(rows)}</w:tbl>"
    )


def _borders(style: WordStyle) -> str:
    drawn = {
        "all": ("top", "left", "bottom", "right", "insideH", "insideV"),
        "open": ("top", "bottom", "insideH", "insideV"),
        "horizontal": ("top", "bottom", "insideH"),
        "none": (),
    }[style.borders]
    sides = "".join(f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="000000"/>' for side in drawn)
    return f"<w:tblBorders>{sides}</w:tblBorders>" if sides else ""


def _rows(table: Table, rng: Random, style: WordStyle, width: int) -> list[str]:
    """Rows with gridSpan and vMerge; columns beyond the table's own widen its last cell."""
    rows: list[str] = []
    for index, places in enumerate(table.filled()):
        cells: list[str] = []
        for col, (cell, why) in enumerate(places):
            if why == "across" or (why == "down" and col != cell.col):
                continue
            span = cell.col_span
            if col + span == table.width:
                span += width - table.width
            cells.append(_cell(cell, rng, style, span, continued=why == "down"))
        properties = "<w:tblHeader/>" if style.repeat_header and index < table.header_rows else ""
        properties += "" if style.break_rows else "<w:cantSplit/>"
        rows.append(f"<w:tr><w:trPr>{properties}</w:trPr>{''.join(cells)}</w:tr>")
    return rows


def _cell(cell: TableCell, rng: Random, style: WordStyle, span: int, *, continued: bool = False) -> str:
    properties = f'<w:gridSpan w:val="{span}"/>' if span > 1 else ""
    if continued:
        properties += "<w:vMerge/>"
    elif cell.row_span > 1:
        properties += '<w:vMerge w:val="restart"/>'
        if style.vertical_group and cell.text.startswith("三、本年度"):
            properties += '<w:textDirection w:val="tbRlV"/>'
    properties += '<w:vAlign w:val="center"/>'
    inner = _paragraph("", rng, style) if continued else _cell_text(cell, rng, style)
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{inner}</w:tc>"


def _cell_text(cell: TableCell, rng: Random, style: WordStyle) -> str:
    size = style.size
    if style.tracked and cell.key and cell.text and rng.random() < 0.3:
        old = str(rng.randint(0, 99))
        mark = 'w:id="7" w:author="editor" w:date="2024-01-01T00:00:00Z"'
        deleted = f"<w:del {mark}><w:r><w:delText>{old}</w:delText></w:r></w:del>"
        inserted = f"<w:ins {mark}>{_run(cell.text, size)}</w:ins>"
        return f'<w:p><w:pPr><w:jc w:val="center"/></w:pPr>{deleted}{inserted}</w:p>'
    lines = cell.text.split("\n")
    if len(lines) > 1 and not style.multi_paragraph:
        runs = "<w:r><w:br/></w:r>".join(_run(line, size) for line in lines)
        return f'<w:p><w:pPr><w:jc w:val="center"/></w:pPr>{runs}</w:p>'
    inner = "".join(_paragraph(line, rng, style, centre=cell.key is not None, size=size) for line in lines)
    if style.multi_paragraph and cell.key and rng.random() < 0.3:
        empty = _paragraph("", rng, style)
        inner = rng.choice((inner + empty, empty + inner))
    return inner


# -- fixed parts ---------------------------------------------------------------------------------------------

_CONTENT_TYPES = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/word/document.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/>'
    '<Override PartName="/word/styles.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.styles+xml"/>'
    '<Override PartName="/word/footer1.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.footer+xml"/></Types>'
)
_RELS = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
    'Target="word/document.xml"/></Relationships>'
)
_DOCUMENT_RELS = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/>'
    '<Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/footer" '
    'Target="footer1.xml"/></Relationships>'
)


def _styles(style: WordStyle) -> str:
    fonts = f'<w:rFonts w:ascii="{style.font}" w:eastAsia="{style.font}" w:hAnsi="{style.font}"/>'
    return (
        f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><w:styles {_NAMESPACES}><w:docDefaults><w:rPrDefault>'
        f'<w:rPr>{fonts}<w:sz w:val="21"/><w:lang w:eastAsia="zh-CN"/></w:rPr></w:rPrDefault></w:docDefaults>'
        '<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/></w:style>'
        '<w:style w:type="paragraph" w:styleId="Title"><w:name w:val="Title"/><w:rPr><w:b/><w:sz w:val="36"/></w:rPr></w:style>'
        '<w:style w:type="paragraph" w:styleId="Heading1"><w:name w:val="heading 1"/><w:pPr><w:outlineLvl w:val="0"/></w:pPr>'
        '<w:rPr><w:b/><w:sz w:val="28"/></w:rPr></w:style></w:styles>'
    )


def _footer(style: WordStyle) -> str:
    del style
    return (
        f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><w:ftr {_NAMESPACES}><w:p><w:pPr><w:jc w:val="center"/></w:pPr>'
        '<w:r><w:t xml:space="preserve">— </w:t></w:r><w:r><w:fldChar w:fldCharType="begin"/></w:r>'
        '<w:r><w:instrText>PAGE</w:instrText></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r>'
        '<w:r><w:t xml:space="preserve"> —</w:t></w:r></w:p></w:ftr>'
    )


# -- families ------------------------------------------------------------------------------------------------


def _family(**settings: Any) -> Callable[[Report, Random], tuple[str, bytes]]:
    def render(report: Report, rng: Random) -> tuple[str, bytes]:
        style = WordStyle(
            **{"split_runs": rng.random() < 0.5, "heading_styles": rng.random() < 0.7, **settings}
        )
        return ".docx", write_docx(report, rng, style)

    return render


FAMILIES: dict[str, Callable[[Report, Random], tuple[str, bytes]]] = {
    "docx_merged": _family(),
    "docx_paragraphs": _family(multi_paragraph=True, vertical_group=True),
    "docx_tracked": _family(tracked=True),
    "docx_single": _family(one_table=True),
    "docx_text_box": _family(boxed=True),
}
"""Family name -> renderer returning (suffix, bytes)."""
