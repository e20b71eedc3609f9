"""HTML pages: tables with their spans become explicit grids, the rest lines of text.

Layout tables (those around other tables or around whole articles) are walked like any other box; a table counts
as data where its cells are short.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree
from lxml import html as lxml_html

from extract.limits import LIMITS
from extract.model import Block, Geometry, Grid, GridCell, Paragraph, Place, ReadDocument, UnreadableError
from extract.read.encoding import decode

MAX_SPAN = 100
"""A larger rowspan or colspan is taken as 1: no statutory table has it, and hostile pages do."""
MAX_ARTICLE_CELL = 600
"""A cell with more characters than this holds an article: its table is there for layout."""

_SKIP = {
    "script",
    "style",
    "noscript",
    "template",
    "head",
    "xml",
    "svg",
    "iframe",
    "object",
    "select",
    "button",
}
_INLINE = {
    "a", "abbr", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i", "ins", "kbd", "label", "mark",
    "o:p", "p:p", "q", "s", "samp", "small", "span", "st1:chsdate", "strike", "strong", "sub", "sup", "time", "tt", "u", "v:f", "var", "wbr",
}  # fmt: skip
_SPACE = re.compile(r"[ \t\r\n\f]+")
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all", re.IGNORECASE)
_META_TITLES = ("articletitle", "og:title", "title")


def read_html(data: bytes, name: str) -> ReadDocument:
    """Read an HTML page.

    Raises:
        UnreadableError: `corrupt` if there is no element in it.
    """
    text = decode(data)
    # lxml refuses str input with an encoding declaration
    text = re.sub(r"^\s*<\?xml[^>]*\?>", "", text)
    if len(text) > LIMITS.characters or text.count("<") > 2 * LIMITS.elements:
        raise UnreadableError("too_large", f"文件 {name} 的网页内容过多，未读取；请拆分后重新提交")
    parser = lxml_html.HTMLParser(remove_comments=True, remove_pis=True, no_network=True, huge_tree=False)
    try:
        root = lxml_html.document_fromstring(text, parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as error:
        raise UnreadableError("corrupt", f"文件 {name} 不是完整的网页，无法解析：{error}") from error
    # the parser lets go of everything behind such a place: rows could be missing without a word
    if any(entry.type == etree.ErrorTypes.ERR_RESOURCE_LIMIT for entry in parser.error_log):
        raise UnreadableError("too_large", f"文件 {name} 的网页结构嵌套过深或单段文字过长，未读取")
    walker = _Walker(name)
    body = root.find("body")
    walker.box(body if body is not None else root, "/html/body")
    return ReadDocument("html", tuple(walker.finish()), metadata=_metadata(root))


def _metadata(root: etree._Element) -> dict[str, str]:
    found: dict[str, str] = {}
    title = root.find(".//title")
    if title is not None and (
        text := _SPACE.sub(" ", "".join(str(piece) for piece in title.itertext())).strip()
    ):
        found["title"] = text
    for meta in root.iter("meta"):
        key = (meta.get("name") or meta.get("property") or "").lower()
        if key in _META_TITLES and meta.get("content"):
            found["title"] = str(meta.get("content")).strip()
        elif key in ("pubdate", "publishdate", "contentsource") and meta.get("content"):
            found[key] = str(meta.get("content")).strip()
    return found


def _tag(element: etree._Element) -> str:
    return element.tag.lower() if isinstance(element.tag, str) else ""


def _hidden(element: etree._Element) -> bool:
    style = element.get("style")
    return element.get("hidden") is not None or (style is not None and _HIDDEN.search(style) is not None)


class _Walker:
    """Collects blocks in reading order: text gathers in `line` until a box begins or ends."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.slots = 0
        self.blocks: list[Block] = []
        self.line: list[str] = []
        self.path = ""

    def finish(self) -> list[Block]:
        self.flush()
        return self.blocks

    def flush(self) -> None:
        text = _SPACE.sub(" ", "".join(self.line)).strip(" ")
        if text.replace("\u00a0", "").strip():
            self.blocks.append(Paragraph(text, Place(path=self.path)))
        self.line = []

    def box(self, element: etree._Element, path: str) -> None:
        """Walk a block-level element; its text starts and ends a line."""
        self.flush()
        self.path = path
        self._inside(element, path)
        self.flush()

    def _inside(self, element: etree._Element, path: str) -> None:
        if element.text:
            self.line.append(element.text)
        counts: dict[str, int] = {}
        for child in element:
            tag = _tag(child)
            counts[tag] = counts.get(tag, 0) + 1
            if tag and tag not in _SKIP and not _hidden(child):
                self._child(child, tag, f"{path}/{tag}[{counts[tag]}]")
                if not self.line:
                    self.path = path
            if child.tail:
                self.line.append(child.tail)

    def _child(self, child: etree._Element, tag: str, path: str) -> None:
        if tag == "br":
            self.flush()
        elif tag == "table":
            self.flush()
            self._table(child, path)
        elif tag in _INLINE:
            self._inside(child, path)
        else:
            self.box(child, path)

    def _table(self, table: etree._Element, path: str) -> None:
        rows = list(_rows(table, path))
        nested = any(_tag(e) == "table" for e in table.iterdescendants())
        cells = [] if nested else self._cells(rows)
        article = any(len(cell.text) > MAX_ARTICLE_CELL for cell in cells)
        if nested or article or len(cells) < 2:
            for row, row_path in rows:
                for element, cell_path in _row_cells(row, row_path):
                    self.box(element, cell_path)
            return
        self.blocks.append(Grid(tuple(cells), Geometry.EXPLICIT, Place(path=path)))

    def _cells(self, rows: list[tuple[etree._Element, str]]) -> list[GridCell]:
        cells: list[GridCell] = []
        for cell in _spread(rows):
            cells.append(cell)
            self.slots += cell.row_span * cell.col_span
            if self.slots > LIMITS.slots:
                raise UnreadableError("too_large", f"文件 {self.name} 的表格单元格过多，未读取")
        return cells


def _rows(table: etree._Element, path: str) -> Iterator[tuple[etree._Element, str]]:
    """The table's own rows, in thead, tbody, tfoot order as written."""
    row_number = 0
    groups: dict[str, int] = {}
    for child in table:
        tag = _tag(child)
        if tag == "tr":
            row_number += 1
            if not _hidden(child):
                yield child, f"{path}/tr[{row_number}]"
        elif tag in ("thead", "tbody", "tfoot"):
            groups[tag] = groups.get(tag, 0) + 1
            number = 0
            for row in child:
                if _tag(row) == "tr":
                    number += 1
                    if not _hidden(row):
                        yield row, f"{path}/{tag}[{groups[tag]}]/tr[{number}]"
        elif tag == "caption":
            continue


def _row_cells(row: etree._Element, path: str) -> Iterator[tuple[etree._Element, str]]:
    number = {"td": 0, "th": 0}
    for cell in row:
        tag = _tag(cell)
        if tag in number:
            number[tag] += 1
            if not _hidden(cell):
                yield cell, f"{path}/{tag}[{number[tag]}]"


def _span(element: etree._Element, name: str) -> int:
    value = (element.get(name) or "").strip()
    return int(value) if value.isascii() and value.isdigit() and 0 < int(value) <= MAX_SPAN else 1


def _spread(rows: list[tuple[etree._Element, str]]) -> Iterator[GridCell]:
    """Place the cells of the rows on the grid as the HTML table model does (rowspan and colspan)."""
    taken: set[tuple[int, int]] = set()
    for r, (row, path) in enumerate(rows):
        col = 0
        for element, cell_path in _row_cells(row, path):
            while (r, col) in taken:
                col += 1
            height = min(_span(element, "rowspan"), len(rows) - r)
            width = 1
            while width < _span(element, "colspan") and (r, col + width) not in taken:
                width += 1
            taken.update((r + i, col + j) for i in range(height) for j in range(width))
            yield GridCell(r, col, cell_text(element), Place(path=cell_path), height, width)
            col += width


def cell_text(element: etree._Element) -> str:
    """The text of a table cell as shown: spaces folded, boxes and line breaks on lines of their own."""
    pieces: list[str] = []
    _gather(element, pieces)
    lines = (_SPACE.sub(" ", line).strip(" ") for line in "".join(pieces).split("\x01"))
    return "\n".join(line for line in lines if line)


def _gather(element: etree._Element, pieces: list[str]) -> None:
    if element.text:
        pieces.append(element.text)
    for child in element:
        tag = _tag(child)
        if tag == "br":
            pieces.append("\x01")
        elif tag and tag not in _SKIP and not _hidden(child):
            block = tag not in _INLINE and tag not in ("td", "th")
            if block:
                pieces.append("\x01")
            _gather(child, pieces)
            if block:
                pieces.append("\x01")
        if child.tail:
            pieces.append(child.tail)
