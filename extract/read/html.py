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
from extract.model import (
    NOTE_SCRIPTS,
    PICTURE,
    Block,
    Geometry,
    Grid,
    GridCell,
    Paragraph,
    Place,
    ReadDocument,
    UnreadableError,
)
from extract.read.encoding import decode
from extract.read.html_styles import Shown, Styles, shown_by_itself

MAX_SPAN = 100
"""A larger rowspan or colspan is taken as 1: no statutory table has it, and hostile pages do."""
MAX_ARTICLE_CELL = 600
"""A cell with more characters than this holds an article: its table is there for layout."""

MIN_TABLE = 30
"""A grid of so many cells may be a statutory table: scripts are then not asked for one."""
MAX_SCRIPT = 4_000_000
MAX_LINK, MAX_LINKS = 500, 5

_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|.)", re.DOTALL)
_LITERAL = re.compile(r"""\"(?:[^"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`""", re.DOTALL)
_TABLE = re.compile(r"(?:<|\\u003[cC]|\\x3[cC])table\b", re.IGNORECASE)
_DOCUMENT = re.compile(r"\.(?:pdf|docx?|wps|ofd|xlsx?|et|rtf|odt|zip|rar|7z)(?:$|[?#&])", re.IGNORECASE)
_ORNAMENT = re.compile(
    r"logo|icon|banner|button|weixin|wechat|qrcode|ewm|beian|gongan|\bjiucuo|(?:^|/)(?:bg|nav|top|foot|dot|line)[^/]*$",
    re.IGNORECASE,
)

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
    "button",
    "del",
    "s",
    "strike",
}
_DRAWN = {"svg", "canvas", "object", "embed", "iframe", "video", "progress", "meter"}
"""Elements that show something other than their text."""
_MAY_DRAW = {"i", "li", "bdo"}
_FIELDS = {"img", "input", "select"}
_UNSHOWN_FIELDS = {"hidden", "checkbox", "radio", "file", "image", "password", "range", "color"}
_STRIKING = {"del", "s", "strike"}
_STRUCK = "\x02"
"""Stands for a figure that is struck out, while a cell's text is put together."""
_BOUND = {"ng-bind", "v-text", "v-html", "x-text", "th:text", "data-bind"}
"""Attributes by which scripts say what an element will show."""
_NOT_READ = (Shown.REMOVED, Shown.UNSEEN, Shown.STRUCK)
_INLINE = {
    "a", "abbr", "b", "bdi", "bdo", "big", "cite", "code", "data", "dfn", "em", "font", "i", "ins", "kbd", "label", "mark",
    "o:p", "p:p", "q", "samp", "small", "span", "st1:chsdate", "strong", "sub", "sup", "textarea", "time", "tt", "u", "v:f", "var", "wbr",
}  # fmt: skip
_PLAIN = _INLINE - _MAY_DRAW - {"sup", "sub"}
_SPACE = re.compile(r"[ \t\r\n\f]+")
_DIGIT = re.compile(r"\d")
_WORD = re.compile(r"[^\W\d_]")
_NOTES = {"sup": NOTE_SCRIPTS["superscript"], "sub": NOTE_SCRIPTS["subscript"]}
_SPACER = re.compile(r"(?<!\d)[0-3](?:px)?$")
_META_TITLES = ("articletitle", "og:title", "title")


def read_html(data: bytes, name: str) -> ReadDocument:
    """Read an HTML page.

    Raises:
        UnreadableError: `corrupt` if there is no element in it.
    """
    text = decode(data)
    # lxml refuses str input with an encoding declaration
    text = _DECLARATION.sub("", text)
    if len(text) > LIMITS.characters or text.count("<") > 2 * LIMITS.elements:
        raise UnreadableError("too_large", f"文件 {name} 的网页内容过多，未读取；请拆分后重新提交")
    quoted = text.find('=\\"')
    if quoted >= 0 and "<script" not in text[:quoted].lower() and text.count('=\\"') > text.count('="'):
        text = unescaped(text)  # the page itself is a string of a script
    root = _parsed(text, name)
    styles = Styles.of(root)
    walker = _Walker(name, styles)
    body = root.find("body")
    walker.box(body if body is not None else root, "/html/body")
    blocks = walker.finish()
    if not any(isinstance(block, Grid) and len(block.cells) >= MIN_TABLE for block in blocks):
        blocks += _written_by_scripts(root, name, styles)
    return ReadDocument("html", tuple(blocks), metadata=_metadata(root) | _elsewhere(root))


def _parsed(text: str, name: str) -> etree._Element:
    parser = etree.HTMLParser(remove_comments=True, remove_pis=True, no_network=True, huge_tree=False)
    try:
        root: etree._Element | None = etree.fromstring(text, parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as error:
        raise UnreadableError("corrupt", f"文件 {name} 不是完整的网页，无法解析：{error}") from error
    if root is None:
        raise UnreadableError("corrupt", f"文件 {name} 不是完整的网页，其中没有任何内容；请重新获取")
    # the parser lets go of everything behind such a place: rows could be missing without a word
    if any(entry.type == etree.ErrorTypes.ERR_RESOURCE_LIMIT for entry in parser.error_log):
        raise UnreadableError("too_large", f"文件 {name} 的网页结构嵌套过深或单段文字过长，未读取")
    return root


def unescaped(text: str) -> str:
    """The content of a script's string literal."""
    return _ESCAPE.sub(_character, text)


def _character(match: re.Match[str]) -> str:
    found = match[1]
    if found[0] in "ux" and len(found) > 1:
        code = int(found[1:], 16)
        return "" if 0xD800 <= code < 0xE000 else chr(code)
    return {"n": "\n", "r": "\r", "t": "\t", "b": "", "f": ""}.get(found, found)


def _written_by_scripts(root: etree._Element, name: str, styles: Styles) -> list[Block]:
    """Blocks of the tables that scripts of the page hold as strings and would write into it."""
    blocks: list[Block] = []
    for number, script in enumerate(root.iter("script"), start=1):
        code = script.text or ""
        if len(code) > MAX_SCRIPT or not _TABLE.search(code):
            continue
        for literal in _LITERAL.finditer(code):
            text = unescaped(literal[0][1:-1])
            if _TABLE.search(text) is None:
                continue
            try:
                inner = lxml_html.fragment_fromstring(text, create_parent="div")
            except (etree.ParserError, etree.XMLSyntaxError, ValueError):
                continue  # a piece of a page that is put together elsewhere
            walker = _Walker(name, styles)
            walker.box(inner, f"/html/script[{number}]")
            blocks += walker.finish()
    return blocks


def _elsewhere(root: etree._Element) -> dict[str, str]:
    """What a page without a report of its own may stand for: its documents, frames and pictures, a line each."""
    documents: list[str] = []
    pictures: list[str] = []
    for element in root.iter("a", "iframe", "frame", "embed", "object", "img"):
        link = (element.get("href") or element.get("src") or element.get("data") or "").strip()
        if not link or link.startswith(("javascript:", "about:", "data:", "#")) or len(link) > MAX_LINK:
            continue
        if element.tag == "img":
            if not _ORNAMENT.search(link):
                pictures.append(link)
        elif element.tag in ("iframe", "frame") or _DOCUMENT.search(link):
            documents.append(link)
    found = list(dict.fromkeys(documents))[:MAX_LINKS] or list(dict.fromkeys(pictures))[:MAX_LINKS]
    return {"elsewhere": "\n".join(found)} if found else {}


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
    tag = element.tag  # the parser has made it lower case
    return tag if isinstance(tag, str) else ""


class _Walker:
    """Collects blocks in reading order: text gathers in `line` until a box begins or ends."""

    def __init__(self, name: str, styles: Styles) -> None:
        self.name = name
        self.cell = _CellText(styles)
        self.styles = styles
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
            if tag and tag not in _SKIP and shown_by_itself(child) not in _NOT_READ:
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
        elif tag in _NOTES:
            self.line.append(_raised(child, tag))
        elif tag in _INLINE:
            self._inside(child, path)
        else:
            self.box(child, path)

    def _table(self, table: etree._Element, path: str) -> None:
        rows = list(_rows(table, path))
        nested = next(table.iterdescendants("table"), None) is not None
        cells = [] if nested else self._cells(rows)
        article = any(len(cell.text) > MAX_ARTICLE_CELL for cell in cells)
        if nested or article or len(cells) < 2:
            for row, row_path in rows:
                for element, cell_path, _ in _row_cells(row, row_path, self.styles):
                    self.box(element, cell_path)
            return
        self.blocks.append(Grid(tuple(cells), Geometry.EXPLICIT, Place(path=path)))

    def _cells(self, rows: list[tuple[etree._Element, str]]) -> list[GridCell]:
        cells: list[GridCell] = []
        for cell in _spread(rows, self.cell):
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
            if shown_by_itself(child) not in _NOT_READ:
                yield child, f"{path}/tr[{row_number}]"
        elif tag in ("thead", "tbody", "tfoot"):
            groups[tag] = groups.get(tag, 0) + 1
            number = 0
            for row in child:
                if _tag(row) == "tr":
                    number += 1
                    if shown_by_itself(row) not in _NOT_READ:
                        yield row, f"{path}/{tag}[{groups[tag]}]/tr[{number}]"
        elif tag == "caption":
            continue


def _row_cells(row: etree._Element, path: str, styles: Styles) -> Iterator[tuple[etree._Element, str, Shown]]:
    number = {"td": 0, "th": 0}
    for cell in row:
        tag = _tag(cell)
        if tag in number:
            number[tag] += 1
            shown = styles.shown(cell)
            if shown is not Shown.REMOVED:
                yield cell, f"{path}/{tag}[{number[tag]}]", shown


def _span(element: etree._Element, name: str) -> int:
    value = element.get(name)
    if value is None:
        return 1
    value = value.strip()
    return int(value) if value.isascii() and value.isdigit() and 0 < int(value) <= MAX_SPAN else 1


def _spread(rows: list[tuple[etree._Element, str]], text: _CellText) -> Iterator[GridCell]:
    """Place the cells of the rows on the grid as the HTML table model does (rowspan and colspan)."""
    taken: set[tuple[int, int]] = set()
    for r, (row, path) in enumerate(rows):
        col = 0
        for element, cell_path, shown in _row_cells(row, path, text.styles):
            while (r, col) in taken:
                col += 1
            height, wanted = min(_span(element, "rowspan"), len(rows) - r), _span(element, "colspan")
            width = 1
            while width < wanted and (r, col + width) not in taken:
                width += 1
            if height > 1:
                taken.update((r + i, col + j) for i in range(1, height) for j in range(width))
            yield GridCell(r, col, text.of(element, shown), Place(path=cell_path), height, width)
            col += width


class _CellText:
    """The text of table cells as shown: spaces folded, boxes and line breaks on lines of their own.

    A picture, and whatever else shows something that is no text, is U+FFFC where there is no word beside it: it may be
    the cell's figure. So is a figure that is struck out with nothing in its place.
    """

    def __init__(self, styles: Styles) -> None:
        self.styles = styles

    def of(self, cell: etree._Element, shown: Shown) -> str:
        """The text of a cell that is shown in a way."""
        if shown is Shown.PLAIN and not len(cell):
            text = cell.text or ""
            if text.isalnum():  # no space in it, as in most
                return text
            text = _SPACE.sub(" ", text).strip(" ")
            return text if text or not _is_filled_by_script(cell) else PICTURE
        pieces: list[str] = []
        self._element(cell, shown, pieces)
        text = "".join(pieces)
        if _STRUCK in text:
            rest = text.replace(_STRUCK, "")
            text = rest if rest.strip("\x01 \t\r\n\f\u00a0") else PICTURE
        if PICTURE in text and _WORD.search(text):
            text = text.replace(PICTURE, "")
        if "\x01" not in text:
            return _SPACE.sub(" ", text).strip(" ")
        lines = (_SPACE.sub(" ", line).strip(" ") for line in text.split("\x01"))
        return "\n".join(line for line in lines if line)

    def _element(self, element: etree._Element, shown: Shown, pieces: list[str]) -> None:
        """An element with what is in it, as it is shown."""
        if shown is Shown.STRUCK:
            pieces.append(_STRUCK if _DIGIT.search("".join(map(str, element.itertext()))) else "")
        elif shown in (Shown.PLAIN, Shown.ODD):
            self._inside(element, pieces)
            if shown is Shown.ODD or _is_filled_by_script(element):
                pieces.append(PICTURE)

    def _inside(self, element: etree._Element, pieces: list[str]) -> None:
        if element.text:
            pieces.append(element.text)
        for child in element:
            tag = _tag(child)
            if tag == "br":
                pieces.append("\x01")
            elif tag:
                shown = self.styles.shown(child)
                if shown is Shown.PLAIN and tag in _PLAIN and (child.text or len(child)):
                    self._inside(child, pieces)  # as most are
                elif shown is not Shown.REMOVED and shown is not Shown.UNSEEN:
                    self._child(child, tag, shown, pieces)
            if child.tail:
                pieces.append(child.tail)

    def _child(self, child: etree._Element, tag: str, shown: Shown, pieces: list[str]) -> None:
        if tag in _STRIKING:
            self._element(child, Shown.STRUCK, pieces)
        elif tag in _NOTES:
            pieces.append(_raised(child, tag))
        elif tag in _DRAWN:
            pieces.append(PICTURE)
        elif tag in _FIELDS:
            pieces.append(_field(child, tag))
        elif tag == "script":
            pieces.append(PICTURE if "write" in (child.text or "") else "")
        elif tag not in _SKIP or tag == "button":
            block = tag not in _INLINE and tag not in ("td", "th")
            edge = "\x01" if block else ""
            pieces.append(edge)
            self._element(child, Shown.ODD if tag in _MAY_DRAW and _is_drawn(child, tag) else shown, pieces)
            pieces.append(edge)


def _is_drawn(element: etree._Element, tag: str) -> bool:
    """Whether an element shows something that its text does not say: an icon, a list's number, text run backwards."""
    if tag == "bdo":
        return (element.get("dir") or "").lower() == "rtl"
    if len(element) or (element.text or "").strip():
        return False
    if tag == "i":
        return not (element.get("class") or "Mso").startswith("Mso")
    parent = element.getparent()
    return parent is not None and parent.tag == "ol"


def _is_filled_by_script(element: etree._Element) -> bool:
    """Whether a script fills an element that is empty in the file."""
    text = element.text
    return (text is None or not text.strip()) and not _BOUND.isdisjoint(element.keys())


def _raised(element: etree._Element, tag: str) -> str:
    """The mark of a note: no digits of the number before it."""
    return "".join(map(str, element.itertext())).translate(_NOTES[tag])


def _field(element: etree._Element, tag: str) -> str:
    """What a picture or a form's field shows in a cell."""
    if tag == "img":
        spacer = any(_SPACER.match(element.get(side) or "") for side in ("width", "height"))
        return "" if spacer or _ORNAMENT.search(element.get("src") or "") else PICTURE
    if tag == "input":
        unshown = (element.get("type") or "text").lower() in _UNSHOWN_FIELDS
        return "" if unshown else str(element.get("value") or "")
    options = list(element.iter("option"))
    chosen = [option for option in options if option.get("selected") is not None] or options[:1]
    return "".join(str(text) for option in chosen for text in option.itertext())
