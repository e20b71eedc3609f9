"""Workbooks written directly as zip and XML: merged cells, frames, number formats, formulas, hidden rows and sheets."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from xml.sax.saxutils import escape

from benchmarks.corpus.report import Report
from benchmarks.corpus.tables import Table

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_CODES = ("General", "0", '_ * #,##0_ ;_ * \\-#,##0_ ;_ * "0"_ ;_ @_ ', '0" "', "#,##0")


@dataclass(slots=True)
class _Page:
    """A sheet while it is written: rows of cells as XML, merges and hidden rows."""

    name: str
    rows: list[tuple[list[str], bool]] = field(default_factory=list)
    merges: list[str] = field(default_factory=list)
    hidden: bool = False

    @property
    def next(self) -> int:
        return len(self.rows) + 1


def _column(number: int) -> str:
    letters, number = "", number + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


class _Book:
    """A workbook: sheets, shared strings."""

    def __init__(
        self, rng: Random, *, framed: bool = True, formulas: bool = False, formats: bool = False
    ) -> None:
        self.rng = rng
        self.framed, self.formulas, self.formats = framed, formulas, formats
        self.strings: dict[str, int] = {}
        self.pages: list[_Page] = []

    def page(self, name: str, hidden: bool = False) -> _Page:
        self.pages.append(_Page(name, hidden=hidden))
        return self.pages[-1]

    def line(self, page: _Page, text: str, width: int) -> None:
        """A line of text over the whole width."""
        at = page.next
        page.rows.append(([self._cell(f"A{at}", text, 0)], False))
        if width > 1:
            page.merges.append(f"A{at}:{_column(width - 1)}{at}")

    def table(self, page: _Page, table: Table) -> None:
        first = page.next
        for index, row in enumerate(table.filled()):
            cells = []
            for col, (cell, why) in enumerate(row):
                style = (1 if self.framed else 0) + 2 * (
                    self.rng.randrange(len(_CODES))
                    if self.formats and cell.key and not _signed(cell.text)
                    else 0
                )
                cells.append(
                    self._cell(f"{_column(col)}{first + index}", cell.text if why == "own" else "", style)
                )
            page.rows.append((cells, False))
        for cell in table.cells:
            if cell.row_span > 1 or cell.col_span > 1:
                last = f"{_column(cell.col + cell.col_span - 1)}{first + cell.row + cell.row_span - 1}"
                page.merges.append(f"{_column(cell.col)}{first + cell.row}:{last}")

    def hidden_row(self, page: _Page, width: int) -> None:
        """A row that is not shown, with numbers of some draft."""
        at = page.next
        cells = [
            self._cell(f"{_column(c)}{at}", "（草稿）" if c == 0 else str(900 + c), 0) for c in range(width)
        ]
        page.rows.append((cells, True))

    def _cell(self, reference: str, text: str, style: int) -> str:
        mark = f' s="{style}"' if style else ""
        if not text:
            return f'<c r="{reference}"{mark}/>'
        if re.fullmatch(r"-?(0|[1-9]\d*)(\.\d+)?", text):
            formula = "<f>SUM(Z1:Z9)</f>" if self.formulas and self.rng.random() < 0.4 else ""
            stored = f"{text}.0" if "." not in text and self.rng.random() < 0.3 else text
            return f'<c r="{reference}"{mark}>{formula}<v>{stored}</v></c>'
        number = self.strings.setdefault(text, len(self.strings))
        return f'<c r="{reference}"{mark} t="s"><v>{number}</v></c>'

    def write(self) -> bytes:
        out = io.BytesIO()
        parts = {
            "[Content_Types].xml": self._types(),
            "_rels/.rels": _relations([("officeDocument", "xl/workbook.xml")]),
            "xl/workbook.xml": self._workbook(),
            "xl/_rels/workbook.xml.rels": _relations(
                [("worksheet", f"worksheets/sheet{i + 1}.xml") for i in range(len(self.pages))]
                + [("styles", "styles.xml"), ("sharedStrings", "sharedStrings.xml")]
            ),
            "xl/styles.xml": _styles(),
            "xl/sharedStrings.xml": f'<sst xmlns="{_MAIN}">'
            + "".join(f'<si><t xml:space="preserve">{escape(text)}</t></si>' for text in self.strings)
            + "</sst>",
        }
        for i, page in enumerate(self.pages):
            parts[f"xl/worksheets/sheet{i + 1}.xml"] = _sheet(page)
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
            for name, content in parts.items():
                info = zipfile.ZipInfo(name, (2024, 1, 1, 0, 0, 0))
                info.compress_type = zipfile.ZIP_DEFLATED
                package.writestr(info, '<?xml version="1.0" encoding="UTF-8"?>' + content)
        return out.getvalue()

    def _types(self) -> str:
        kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
        sheets = "".join(
            f'<Override PartName="/xl/worksheets/sheet{i + 1}.xml" ContentType="{kind}.worksheet+xml"/>'
            for i in range(len(self.pages))
        )
        return (
            f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="xml" ContentType="application/xml"/>'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/>{sheets}'
            f'<Override PartName="/xl/styles.xml" ContentType="{kind}.styles+xml"/>'
            f'<Override PartName="/xl/sharedStrings.xml" ContentType="{kind}.sharedStrings+xml"/></Types>'
        )

    def _workbook(self) -> str:
        state = {True: ' state="hidden"', False: ""}
        sheets = "".join(
            f'<sheet name="{escape(page.name)}" sheetId="{i + 1}" r:id="rId{i + 1}"{state[page.hidden]}/>'
            for i, page in enumerate(self.pages)
        )
        return f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELATIONS}"><sheets>{sheets}</sheets></workbook>'


def _signed(text: str) -> bool:
    return "." in text or text.startswith(("-", "+"))


def _relations(targets: list[tuple[str, str]]) -> str:
    entries = "".join(
        f'<Relationship Id="rId{i + 1}" Type="{_RELATIONS}/{kind}" Target="{target}"/>'
        for i, (kind, target) in enumerate(targets)
    )
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{entries}</Relationships>'


def _styles() -> str:
    formats = "".join(
        f'<numFmt numFmtId="{170 + i}" formatCode="{escape(code, {chr(34): "&quot;"})}"/>'
        for i, code in enumerate(_CODES)
    )
    sides = "".join(f'<{side} style="thin"/>' for side in ("left", "right", "top", "bottom"))
    xfs = "".join(
        f'<xf numFmtId="{170 + i if i else 0}" fontId="0" fillId="0" borderId="{border}" xfId="0"'
        ' applyNumberFormat="1" applyBorder="1"/>'
        for i in range(len(_CODES))
        for border in (0, 1)
    )
    return (
        f'<styleSheet xmlns="{_MAIN}"><numFmts count="{len(_CODES)}">{formats}</numFmts>'
        '<fonts count="1"><font><sz val="11"/><name val="宋体"/></font></fonts>'
        '<fills count="1"><fill><patternFill patternType="none"/></fill></fills>'
        f'<borders count="2"><border/><border>{sides}</border></borders>'
        '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
        f'<cellXfs count="{2 * len(_CODES)}">{xfs}</cellXfs></styleSheet>'
    )


def _sheet(page: _Page) -> str:
    mark = {True: ' hidden="1"', False: ""}
    rows = "".join(
        f'<row r="{i + 1}"{mark[hidden]}>{"".join(cells)}</row>'
        for i, (cells, hidden) in enumerate(page.rows)
    )
    merges = "".join(f'<mergeCell ref="{merge}"/>' for merge in page.merges)
    merged = f'<mergeCells count="{len(page.merges)}">{merges}</mergeCells>' if merges else ""
    return f'<worksheet xmlns="{_MAIN}"><sheetData>{rows}</sheetData>{merged}</worksheet>'


def write_workbook(report: Report, rng: Random, style: str) -> bytes:
    """A report as a workbook.

    Args:
        report: the report.
        rng: draws what varies.
        style: `plain` (one sheet), `bare` (no frames), `formats` (formulas, number formats, hidden rows and a hidden
            sheet) or `sheets` (one a section).
    """
    book = _Book(rng, framed=style != "bare", formulas=style == "formats", formats=style == "formats")
    text = report.narrative
    width = max(table.width for table in report.tables.values()) if rng.random() < 0.7 else 1
    page = book.page(rng.choice(("Sheet1", "年度报告", "2023")))
    for label, value in text.metadata:
        book.line(page, f"{label}：{value}", width)
    for line in (*text.title, *text.preface):
        book.line(page, line, width)
    for section in text.sections:
        if style == "sheets" and section.table:
            page = book.page(f"表{section.table}")
        book.line(page, section.heading, width)
        for line in section.paragraphs:
            book.line(page, line, width)
        if section.table:
            table = report.tables[section.table]
            book.table(page, table)
            if style == "formats":
                book.hidden_row(page, table.width)
    if style == "formats":
        draft = book.page("草稿", hidden=True)
        book.line(draft, "上年数据", 1)
        for table in report.tables.values():
            book.table(draft, table)
    for line in text.footer:
        book.line(page, line, width)
    return book.write()


Rendered = tuple[str, bytes]


def _family(style: str) -> Callable[[Report, Random], Rendered]:
    def render(report: Report, rng: Random) -> Rendered:
        return ".xlsx", write_workbook(report, rng, style)

    return render


FAMILIES: dict[str, Callable[[Report, Random], Rendered]] = {
    "xlsx_plain": _family("plain"),
    "xlsx_bare": _family("bare"),
    "xlsx_formats": _family("formats"),
    "xlsx_sheets": _family("sheets"),
}
"""Family name -> renderer returning (suffix, bytes)."""
