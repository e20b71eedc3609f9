"""HTML as content systems, word processors and mirrors print it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from html import escape
from random import Random

import opencc

from benchmarks.corpus.report import Report
from benchmarks.corpus.tables import Table, TableCell

CellWriter = Callable[[TableCell, Random], str]


@cache
def _traditional() -> opencc.OpenCC:
    return opencc.OpenCC("s2t")


# -- cells and tables ----------------------------------------------------------------------------------------


def plain_cell(cell: TableCell, rng: Random) -> str:
    """Text, wrapped lines by `<br>` or paragraphs; blanks empty or a no-break space."""
    if not cell.text:
        return rng.choice(("", "&nbsp;", "&#160;", " ", "<br>", "<p></p>"))
    lines = [escape(line, quote=False) for line in cell.text.split("\n")]
    if len(lines) > 1 and rng.random() < 0.5:
        return "".join(f"<p>{line}</p>" for line in lines)
    return "<br/>".join(lines)


_WORD_STEPS = (1, 1, 2, 5)
"""Characters a span holds in Word-made HTML."""


def word_cell(cell: TableCell, rng: Random) -> str:
    """Word's way: every character or two in spans of their own, `o:p`, no-break spaces for blanks."""
    if not cell.text:
        inner = '<span lang="EN-US" style="font-family:宋体">&nbsp;<o:p></o:p></span>'
        return _word_paragraph(inner)
    paragraphs = []
    for line in cell.text.split("\n"):
        pieces: list[str] = []
        at = 0
        while at < len(line):
            step = rng.choice(_WORD_STEPS)
            pieces.append(_word_run(line[at : at + step], rng))
            at += step
        paragraphs.append(_word_paragraph("".join(pieces) + rng.choice(("", "<o:p></o:p>"))))
    return "\n".join(paragraphs)


def _word_run(text: str, rng: Random) -> str:
    digits = text.isascii()
    style = "font-size:10.5pt" if digits else "font-family:宋体;mso-font-kerning:0pt"
    lang = ' lang="EN-US"' if digits else ""
    run = f'<span{lang} style="{style}">{escape(text, quote=False)}</span>'
    return f'<font face="Calibri">{run}</font>' if digits and rng.random() < 0.3 else run


def _word_paragraph(inner: str) -> str:
    style = "text-align:center;mso-pagination:widow-orphan"
    return f'<p class="MsoNormal" align="center" style="{style}">{inner}</p>'


def table_html(table: Table, rng: Random, cell_writer: CellWriter, attributes: str = 'border="1"') -> str:
    """A table with rowspan and colspan."""
    return f"<table {attributes}><tbody>\n{_rows_html(table, rng, cell_writer)}\n</tbody></table>"


def _rows_html(table: Table, rng: Random, cell_writer: CellWriter, extra_span: int = 0) -> str:
    rows: list[str] = []
    for row in table.rows():
        cells: list[str] = []
        for index, cell in enumerate(row):
            span = cell.col_span + (extra_span if index == len(row) - 1 else 0)
            spans = f' rowspan="{cell.row_span}"' if cell.row_span > 1 else ""
            spans += f' colspan="{span}"' if span > 1 else ""
            cells.append(f"<td{spans}>{cell_writer(cell, rng)}</td>")
        rows.append("<tr>" + "".join(cells) + "</tr>")
    return "\n".join(rows)


def single_table(report: Report, rng: Random, cell_writer: CellWriter) -> str:
    """All three tables in one of fifteen columns, the section headings as rows of it."""
    parts: list[str] = []
    for section in report.narrative.sections:
        if not section.table:
            continue
        table = report.tables[section.table]
        parts.append(f'<tr><td colspan="15"><b>{section.heading}</b></td></tr>')
        parts.append(_rows_html(table, rng, cell_writer, extra_span=15 - table.width))
    return '<table border="1" cellspacing="0">\n' + "\n".join(parts) + "\n</table>"


# -- pages ---------------------------------------------------------------------------------------------------

_NAVIGATION = (
    '<div class="nav"><ul><li><a href="/">首页</a></li><li><a href="/zwgk/">政务公开</a></li>'
    '<li><a href="/hdjl/">互动交流</a></li></ul></div>\n'
    '<div class="crumbs">当前位置：<a href="/">首页</a> &gt; <a href="/zwgk/">政务公开</a> &gt; '
    "政府信息公开年报</div>"
)
_TOOLS = (
    '<div class="tools">字体：[<a>大</a> <a>中</a> <a>小</a>] '
    '<a href="javascript:window.print()">打印</a> 分享到：</div>'
)
_FOOT = (
    '<div class="foot"><p>主办：示例单位办公室　网站标识码：9900000001　备案序号00000000</p>'
    "<p>扫一扫在手机打开当前页</p></div><script>var visits = 128; if (visits < 200) { visits += 1; }</script>"
)


def page(report: Report, body: str, charset: str | None = "utf-8", framed: bool = True) -> str:
    """A whole page around the report's body."""
    meta = f'<meta http-equiv="Content-Type" content="text/html; charset={charset}">' if charset else ""
    title = "".join(report.narrative.title)
    inside = f"{meta}<title>{escape(title)}</title><style>td{{padding:2px}}</style>"
    head = f"<!DOCTYPE html>\n<html><head>{inside}</head>"
    inner = f"{_NAVIGATION}\n{_TOOLS}\n{body}\n{_FOOT}" if framed else body
    return f"{head}\n<body>\n{inner}\n</body></html>\n"


def body_html(report: Report, rng: Random, cell_writer: CellWriter, *, one_table: bool = False) -> str:
    """Title, metadata, sections and tables."""
    text = report.narrative
    parts: list[str] = [_metadata_html(report)]
    parts += [
        f"<h1>{escape(line)}</h1>" if i == 0 else f"<h2>{escape(line)}</h2>"
        for i, line in enumerate(text.title)
    ]
    parts += [_paragraph(line, cell_writer, rng) for line in text.preface]
    attributes = rng.choice(
        ('border="1"', 'class="table" width="100%"', 'border="1" cellspacing="0" cellpadding="0"')
    )
    done = False
    for section in text.sections:
        if section.table and one_table:
            if not done:
                parts.append(single_table(report, rng, cell_writer))
                done = True
            continue
        parts.append(f"<p><strong>{escape(section.heading)}</strong></p>")
        parts += [_paragraph(line, cell_writer, rng) for line in section.paragraphs]
        if section.table:
            parts.append(table_html(report.tables[section.table], rng, cell_writer, attributes))
    parts += [f'<p style="text-align:right">{escape(line)}</p>' for line in text.footer]
    return '<div id="zoom" class="article">\n' + "\n".join(p for p in parts if p) + "\n</div>"


def _metadata_html(report: Report) -> str:
    pairs = report.narrative.metadata
    if not pairs:
        return ""
    cells = "".join(f"<td>{label}：</td><td>{escape(value)}</td>" for label, value in pairs)
    return f'<table class="info"><tr>{cells}</tr></table>'


def _paragraph(line: str, cell_writer: CellWriter, rng: Random) -> str:
    if cell_writer is word_cell:
        return word_cell(TableCell(0, 0, line), rng)
    return f"<p>　　{escape(line, quote=False)}</p>"


# -- families ------------------------------------------------------------------------------------------------

Rendered = tuple[str, bytes]


def _plain(report: Report, rng: Random) -> Rendered:
    return ".html", page(report, body_html(report, rng, plain_cell)).encode()


def _word(report: Report, rng: Random) -> Rendered:
    return ".html", page(report, body_html(report, rng, word_cell), framed=rng.random() < 0.6).encode()


def _nested(report: Report, rng: Random) -> Rendered:
    body = body_html(report, rng, plain_cell)
    inner = f'<table width="98%" align="center"><tr><td>{body}</td></tr></table>'
    outer = (
        '<table width="1000"><tr><td colspan="2">' + _NAVIGATION + "</td></tr>"
        '<tr><td width="200"><table><tr><td>公开指南</td></tr><tr><td>公开制度</td></tr>'
        "<tr><td>公开年报</td></tr></table>"
        f"</td><td>{inner}</td></tr></table>"
    )
    return ".html", page(report, outer, framed=False).encode()


def _encodings(report: Report, rng: Random) -> Rendered:
    body = body_html(report, rng, plain_cell)
    actual, declared = rng.choice(
        (
            ("gbk", "gbk"),
            ("gb18030", "gb2312"),
            ("gb18030", None),
            ("utf-8", "gb2312"),
            ("gbk", "utf-8"),
            ("utf-8-sig", None),
        )
    )
    return ".html", page(report, body, declared).encode(actual, "xmlcharrefreplace")


def _traditional_page(report: Report, rng: Random) -> Rendered:
    text = page(report, body_html(report, rng, rng.choice((plain_cell, word_cell))))
    return ".html", _traditional().convert(text).encode()


def _single(report: Report, rng: Random) -> Rendered:
    return ".html", page(report, body_html(report, rng, plain_cell, one_table=True)).encode()


def _sloppy(report: Report, rng: Random) -> Rendered:
    """Unclosed cells and rows, unquoted attributes, comments, hidden columns, stray empty rows."""
    text = page(report, body_html(report, rng, plain_cell))
    text = (
        text.replace("</td>", "")
        .replace("</tr>", "")
        .replace("<tr>", "<TR height=24>")
        .replace("<td", "<TD align=center")
    )
    text = text.replace("</tbody>", "<tr></tr></tbody>").replace("</p>", "")
    text = text.replace("总计", "总<!-- x -->计").replace("自然人", "自然\u200b人")
    return ".html", text.encode()


def _split_spans(report: Report, rng: Random) -> Rendered:
    """Tables whose cells never span: merged cells are printed as empty ones beside the text."""

    def unmerged(table: Table) -> str:
        rows = []
        for row in table.filled():
            cells = "".join(
                f"<td>{plain_cell(cell, rng) if why == 'own' else '&nbsp;'}</td>" for cell, why in row
            )
            rows.append(f"<tr>{cells}</tr>")
        return '<table border="1">' + "\n".join(rows) + "</table>"

    body = body_html(report, rng, plain_cell)
    for name, table in report.tables.items():
        body = replace_table(body, name, unmerged(table))
    return ".html", page(report, body).encode()


def replace_table(body: str, name: str, replacement: str) -> str:
    """A page's body with another table in place of that of a section."""
    marks = {"二": "第二十条第", "三": "申请人情况", "四": "行政诉讼</td>"}
    at = body.index(marks[name], body.index("二、"))
    start = body.rindex("<table", 0, at)
    end = body.index("</table>", at) + len("</table>")
    return body[:start] + replacement + body[end:]


FAMILIES: dict[str, Callable[[Report, Random], Rendered]] = {
    "html_plain": _plain,
    "html_word": _word,
    "html_nested": _nested,
    "html_encodings": _encodings,
    "html_traditional": _traditional_page,
    "html_single": _single,
    "html_sloppy": _sloppy,
    "html_unmerged": _split_spans,
}
"""Family name -> renderer returning (suffix, bytes)."""
