"""OpenDocument files: texts (ODT) as paragraphs and grids, workbooks (ODS) as what each visible sheet shows.

By zip and XML alone. Tracked changes are read as accepted; footnotes, comments and hidden text are left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from zipfile import ZipFile

from lxml import etree

from extract.limits import LIMITS
from extract.model import Block, Geometry, Grid, GridCell, Paragraph, Place, ReadDocument, UnreadableError
from extract.read.package import opened, part_bytes, part_xml
from extract.read.sheet import MAX_CELLS, MAX_COLUMNS, Sheet, sheet_blocks

MAX_SPAN = 200
"""Columns or rows that one cell of a text's table may cover, and times that one may be repeated."""
MAX_ROWS = 100_000
"""Rows of a sheet that are looked at."""

_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
_DRAW = "{urn:oasis:names:tc:opendocument:xmlns:drawing:1.0}"
_FO = "{urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0}"
_EXTENSION = "{urn:org:documentfoundation:names:experimental:office:xmlns:loext:1.0}"
"""LibreOffice's own names, for tables in drawn shapes."""
_BOXES = (f"{_DRAW}text-box", f"{_DRAW}custom-shape")
_DC = "{http://purl.org/dc/elements/1.1/}"
_DROPPED = {
    f"{_TEXT}tracked-changes", f"{_TEXT}note", f"{_OFFICE}annotation", f"{_OFFICE}forms", f"{_TEXT}sequence-decls",
    f"{_TEXT}hidden-text", f"{_TEXT}hidden-paragraph", f"{_TEXT}ruby-text", f"{_TEXT}bookmark", f"{_TEXT}table-of-content",
    f"{_OFFICE}event-listeners", f"{_TABLE}shapes",
}  # fmt: skip
_PARAGRAPHS = (f"{_TEXT}p", f"{_TEXT}h")
_ROW_GROUPS = {f"{_TABLE}table-header-rows", f"{_TABLE}table-rows", f"{_TABLE}table-row-group"}
_COLUMN_GROUPS = {
    f"{_TABLE}table-header-columns", f"{_TABLE}table-columns", f"{_TABLE}table-column-group",
}  # fmt: skip
_ROW, _CELL, _COVERED = f"{_TABLE}table-row", f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"


def read_odt(data: bytes, name: str) -> ReadDocument:
    """Read an OpenDocument text.

    Raises:
        UnreadableError: `corrupt`, `encrypted`, `too_large`.
    """
    with opened(data, name, "ODT") as package:
        content = _content(package, name)
        body = content.find(f"{_OFFICE}body/{_OFFICE}text")
        if body is None:
            raise UnreadableError("corrupt", f"文件 {name} 没有正文部分；请重新获取")
        blocks = tuple(_Text(_hidden_styles(content)).blocks(body, "/text"))
        return ReadDocument("odt", blocks, metadata=_title(package, name))


def read_ods(data: bytes, name: str) -> ReadDocument:
    """Read an OpenDocument workbook: all visible sheets, in their order.

    Raises:
        UnreadableError: `corrupt`, `encrypted`, `too_large`.
    """
    with opened(data, name, "ODS") as package:
        content = _content(package, name)
        book = content.find(f"{_OFFICE}body/{_OFFICE}spreadsheet")
        if book is None:
            raise UnreadableError("corrupt", f"文件 {name} 没有工作表；请重新获取")
        styles = _Styles(content)
        blocks: list[Block] = []
        left = MAX_CELLS
        for table in book.findall(f"{_TABLE}table"):
            if table.get(f"{_TABLE}style-name") in styles.hidden_tables:
                continue
            sheet = _Sheets(styles, left).sheet(table)
            left -= len(sheet.texts) + len(sheet.framed)
            if left < 0:
                raise UnreadableError("too_large", f"文件 {name} 的单元格超过 {MAX_CELLS} 个的上限，未读取")
            blocks.extend(sheet_blocks(sheet))
        return ReadDocument("ods", tuple(blocks), metadata=_title(package, name))


def _content(package: ZipFile, name: str) -> etree._Element:
    if "META-INF/manifest.xml" in package.namelist() and b"encryption-data" in part_bytes(
        package, "META-INF/manifest.xml", name
    ):
        raise UnreadableError("encrypted", f"文件 {name} 已加密，无法打开；请提供未加密的文档")
    raw = part_bytes(package, "content.xml", name)
    if len(raw) > LIMITS.unpacked_bytes or raw.count(b"<") > 2 * LIMITS.elements:
        raise UnreadableError("too_large", f"文件 {name} 的内容过多，未读取；请拆分后重新提交")
    content = part_xml(package, "content.xml", name)
    if content.getroottree().docinfo.internalDTD is not None:  # entities are not expanded: text would be lost
        raise UnreadableError("corrupt", f"文件 {name} 含有办公文档不应有的文档类型定义（DTD），未读取")
    for element in list(content.iter(f"{_EXTENSION}*")):
        element.tag = f"{_TABLE}{etree.QName(element).localname}"
    return content


def _title(package: ZipFile, name: str) -> dict[str, str]:
    if "meta.xml" not in package.namelist():
        return {}
    try:
        title = part_xml(package, "meta.xml", name).find(f".//{_DC}title")
    except etree.XMLSyntaxError:
        return {}  # properties are evidence of the last resort: a damaged part costs only itself
    return {"title": title.text.strip()} if title is not None and title.text and title.text.strip() else {}


def _hidden_styles(content: etree._Element) -> frozenset[str]:
    """The names of styles whose text is not shown."""
    return frozenset(
        str(properties.getparent().get(f"{_STYLE}name"))  # type: ignore[union-attr]  # a child has a parent
        for properties in content.iterfind(f"{_OFFICE}automatic-styles/{_STYLE}style/{_STYLE}text-properties")
        if properties.get(f"{_TEXT}display") == "none"
    )


def _number(element: etree._Element, attribute: str, most: int) -> int:
    """A count in an attribute, at least 1; larger ones are cut."""
    value = element.get(f"{_TABLE}{attribute}") or ""
    return min(most, max(1, int(value[:9]))) if value.isascii() and value.isdigit() else 1


def _rows(parent: etree._Element) -> Iterator[etree._Element]:
    """A table's rows; groups of rows are looked into."""
    for child in parent:
        if child.tag == _ROW:
            yield child
        elif child.tag in _ROW_GROUPS:
            yield from _rows(child)


class _Text:
    """Paragraphs and tables of a text; what has a hidden style is not there."""

    def __init__(self, hidden: frozenset[str]) -> None:
        self.hidden = hidden
        self.slots = 0

    def blocks(self, parent: etree._Element, path: str) -> Iterator[Block]:
        counts = {"p": 0, "table": 0}
        for child in self._flow(parent):
            if child.tag in _PARAGRAPHS:
                counts["p"] += 1
                here = f"{path}/p[{counts['p']}]"
                yield Paragraph(self.text(child), Place(path=here))
                yield from self._boxes(child, here)
            elif child.tag == f"{_TABLE}table":
                counts["table"] += 1
                yield from self._table(child, f"{path}/table[{counts['table']}]")
            else:
                yield from self._boxes(child, path)

    def _flow(self, parent: etree._Element) -> Iterator[etree._Element]:
        """Paragraphs, tables and frames; sections, lists and indexes are looked into."""
        for child in parent:
            if not isinstance(child.tag, str) or child.tag in _DROPPED:
                continue
            if child.tag in (*_PARAGRAPHS, f"{_TABLE}table", f"{_DRAW}frame", f"{_DRAW}custom-shape"):
                yield child
            else:
                yield from self._flow(child)

    def text(self, element: etree._Element) -> str:
        pieces: list[str] = []
        self._gather(element, pieces)
        return "".join(pieces)

    def _gather(self, element: etree._Element, pieces: list[str]) -> None:
        if element.get(f"{_TEXT}style-name") in self.hidden:
            return
        pieces.append(element.text or "")
        for child in element:
            tag = child.tag
            if tag == f"{_TEXT}s":
                count = child.get(f"{_TEXT}c") or "1"
                pieces.append(" " * (min(int(count), MAX_SPAN) if count.isascii() and count.isdigit() else 1))
            elif tag == f"{_TEXT}tab":
                pieces.append("\t")
            elif tag == f"{_TEXT}line-break":
                pieces.append("\n")
            elif isinstance(tag, str) and tag not in _DROPPED and not tag.startswith(_DRAW):
                self._gather(child, pieces)
            pieces.append(child.tail or "")

    def _boxes(self, element: etree._Element, path: str) -> Iterator[Block]:
        """Text boxes in a paragraph or a frame, those inside others only once."""
        number = 0
        for box in element.iter(*_BOXES):
            if any(a.tag in _BOXES for a in box.iterancestors() if a is not element):
                inside = next(a for a in box.iterancestors() if a.tag in _BOXES)
                if any(a is element for a in inside.iterancestors()):
                    continue
            number += 1
            yield from self.blocks(box, f"{path}/text-box[{number}]")

    def _table(self, table: etree._Element, path: str) -> Iterator[Block]:
        cells: list[GridCell] = []
        inner: list[Block] = []
        # some converters leave out the cells that a span covers: those behind it then stand further right
        uncovered = next(table.iter(_COVERED), None) is None
        taken: set[tuple[int, int]] = set()
        r = 0
        for number, row in enumerate(_rows(table), start=1):
            for _ in range(_number(row, "number-rows-repeated", MAX_SPAN)):
                at = 0
                places = (e for e in row if e.tag in (_CELL, _COVERED))
                for c, cell in enumerate(places, start=1):
                    count = _number(cell, "number-columns-repeated", MAX_SPAN)
                    if cell.tag == _COVERED:
                        at += count
                        continue
                    here = f"{path}/row[{number}]/cell[{c}]"
                    blocks = list(self.blocks(cell, here))
                    inner.extend(blocks)
                    text = "\n".join(b.text for b in blocks if isinstance(b, Paragraph)).strip("\n")
                    height = _number(cell, "number-rows-spanned", MAX_SPAN)
                    width = _number(cell, "number-columns-spanned", MAX_SPAN)
                    self.slots += count * height * width
                    if self.slots > LIMITS.slots:
                        raise UnreadableError("too_large", "表格的单元格过多，未读取；请检查文件是否正常")
                    for _ in range(count):
                        while (r, at) in taken:
                            at += 1
                        cells.append(GridCell(r, at, text, Place(path=here), height, width))
                        if uncovered and height * width > 1:
                            taken.update((r + i, at + j) for i in range(height) for j in range(width))
                        at += 1
                r += 1
        if len(cells) == 1 or any(
            isinstance(block, Grid) for block in inner
        ):  # a frame around text or tables
            yield from inner
        elif cells:
            yield Grid(tuple(cells), Geometry.EXPLICIT, Place(path=path))


class _Styles:
    """What a workbook's styles say of frames and of what is hidden."""

    def __init__(self, content: etree._Element) -> None:
        self.framed: set[str] = set()
        self.hidden_tables: set[str] = set()
        for style in content.iterfind(f"{_OFFICE}automatic-styles/{_STYLE}style"):
            name = style.get(f"{_STYLE}name") or ""
            for properties in style:
                borders = (
                    properties.get(f"{_FO}{side}")
                    for side in ("border", "border-top", "border-bottom", "border-left", "border-right")
                )
                if any(border not in (None, "none", "hidden") for border in borders):
                    self.framed.add(name)
                if properties.get(f"{_TABLE}display") == "false":
                    self.hidden_tables.add(name)


class _Sheets:
    """Fills one sheet; repeated cells and rows stand for themselves only where something is in them."""

    def __init__(self, styles: _Styles, most: int) -> None:
        self.styles = styles
        self.most = most
        self.text = _Text(frozenset())

    def sheet(self, table: etree._Element) -> Sheet:
        sheet = Sheet(table.get(f"{_TABLE}name") or "")
        defaults = self._columns(table, sheet)
        row = 0
        for element in _rows(table):
            count = _number(element, "number-rows-repeated", MAX_ROWS)
            used = self._row(element, row, sheet, defaults)
            hidden = element.get(f"{_TABLE}visibility") in ("collapse", "filter")
            if hidden:
                sheet.hidden_rows.update(range(row, row + min(count, MAX_SPAN)))
            for again in range(1, min(count, MAX_SPAN) if used else 1):
                self._row(element, row + again, sheet, defaults)
            row += count
            if row > MAX_ROWS or len(sheet.texts) + len(sheet.framed) > self.most:
                break
        return sheet

    def _columns(self, table: etree._Element, sheet: Sheet) -> list[str]:
        """Default styles of the columns; hidden columns are noted."""
        defaults: list[str] = []
        stack = list(table)
        for child in stack:
            if child.tag in _COLUMN_GROUPS:
                stack.extend(child)
            if child.tag != f"{_TABLE}table-column":
                continue
            for _ in range(_number(child, "number-columns-repeated", MAX_COLUMNS)):
                if child.get(f"{_TABLE}visibility") in ("collapse", "filter"):
                    sheet.hidden_columns.add(len(defaults))
                defaults.append(child.get(f"{_TABLE}default-cell-style-name") or "")
        return defaults[:MAX_COLUMNS]

    def _row(self, element: etree._Element, row: int, sheet: Sheet, defaults: list[str]) -> bool:
        """Fill a row; whether there is anything in it."""
        col, used = 0, False
        for cell in element:
            if cell.tag not in (_CELL, _COVERED):
                continue
            count = _number(cell, "number-columns-repeated", MAX_COLUMNS)
            texts = [self.text.text(p) for p in cell if p.tag in _PARAGRAPHS] if cell.tag == _CELL else []
            text = "\n".join(texts)
            for at in range(col, min(col + count, MAX_COLUMNS)):
                style = cell.get(f"{_TABLE}style-name") or (defaults[at] if at < len(defaults) else "")
                if style in self.styles.framed:
                    sheet.framed.add((row, at))
                    used = True
                if text:
                    sheet.texts[row, at] = text
                    used = True
            height = _number(cell, "number-rows-spanned", MAX_ROWS)
            width = _number(cell, "number-columns-spanned", MAX_COLUMNS)
            if cell.tag == _CELL and (height > 1 or width > 1):
                sheet.merges[row, col] = (row + height - 1, col + width - 1)
            col += count
        return used
