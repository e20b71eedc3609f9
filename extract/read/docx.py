"""Word documents (DOCX): paragraphs and tables from the main part, by zip and XML alone.

Tracked changes are read as accepted. A table around other tables is a frame: its cells' blocks stand for themselves.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO

from lxml import etree

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

MAX_UNPACKED = LIMITS.unpacked_bytes
"""Unpacked size of one part above which the document is refused (a zip bomb otherwise)."""

NARROW = 40
"""Twips: a narrower column holds no character."""

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_DROPPED = {
    f"{_W}{n}"
    for n in ("del", "moveFrom", "rPr", "pPr", "tblPr", "tblGrid", "sectPr", "instrText", "delText")
} | {f"{_MC}Fallback"}
_WORD = re.compile(r"[^\W\d_]")
_OFF = ("0", "false", "off")
_PROPERTIES, _VALUE = f"{_W}rPr", f"{_W}val"
_UNSHOWN = {f"{_W}vanish", f"{_W}strike", f"{_W}dstrike"}
_PICTURES = {f"{_W}drawing", f"{_W}pict", f"{_W}object"}


def read_docx(data: bytes, name: str) -> ReadDocument:
    """Read a DOCX document.

    Raises:
        UnreadableError: `corrupt` (no valid package), `encrypted`, `too_large` (unpacked size).
    """
    try:
        with zipfile.ZipFile(BytesIO(data)) as package:
            body = _part(package, "word/document.xml", name).find(f"{_W}body")
            title = _title(package, name)
    except (
        zipfile.BadZipFile,
        zlib.error,
        KeyError,
        etree.XMLSyntaxError,
        EOFError,
        OSError,
        ValueError,
    ) as error:
        raise UnreadableError(
            "corrupt", f"文件 {name} 不是完整的 DOCX 文档（{error}）；请重新获取"
        ) from error
    except (RuntimeError, NotImplementedError) as error:
        raise UnreadableError("encrypted", f"文件 {name} 已加密，无法打开；请提供未加密的文档") from error
    if body is None:
        raise UnreadableError("corrupt", f"文件 {name} 没有正文部分；请重新获取")
    return ReadDocument("docx", tuple(_blocks(body, "/body")), metadata=title)


def _part(package: zipfile.ZipFile, part: str, name: str) -> etree._Element:
    info = package.getinfo(part)
    if info.file_size > MAX_UNPACKED:
        raise UnreadableError(
            "too_large", f"文件 {name} 解压后超过 {MAX_UNPACKED // 2**20} MB 的上限，未读取"
        )
    with package.open(info) as stream:
        content = stream.read(MAX_UNPACKED + 1)  # the directory's size may lie
    if len(content) > MAX_UNPACKED:
        raise UnreadableError(
            "too_large", f"文件 {name} 解压后超过 {MAX_UNPACKED // 2**20} MB 的上限，未读取"
        )
    if content.count(b"<") > 2 * LIMITS.elements:
        raise UnreadableError("too_large", f"文件 {name} 的内容过多，未读取；请拆分后重新提交")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    root = etree.fromstring(content, parser)
    if root.getroottree().docinfo.internalDTD is not None:  # entities are not expanded: text would be lost
        raise UnreadableError("corrupt", f"文件 {name} 含有办公文档不应有的文档类型定义（DTD），未读取")
    return root


def _title(package: zipfile.ZipFile, name: str) -> dict[str, str]:
    if "docProps/core.xml" not in package.namelist():
        return {}
    try:
        title = _part(package, "docProps/core.xml", name).find(f"{_DC}title")
    except etree.XMLSyntaxError:
        return {}  # properties are evidence of the last resort: a damaged part costs only itself
    return {"title": title.text.strip()} if title is not None and title.text and title.text.strip() else {}


def _blocks(parent: etree._Element, path: str) -> Iterator[Block]:
    """Blocks of a body, a cell or a text box, in reading order."""
    counts = {"p": 0, "tbl": 0}
    for child in _accepted(parent):
        if child.tag == f"{_W}p":
            counts["p"] += 1
            here = f"{path}/p[{counts['p']}]"
            yield Paragraph(paragraph_text(child), Place(path=here))
            yield from _text_boxes(child, here)
        elif child.tag == f"{_W}tbl":
            counts["tbl"] += 1
            yield from _table(child, f"{path}/tbl[{counts['tbl']}]")


def _accepted(parent: etree._Element) -> Iterator[etree._Element]:
    """Children as they stand once tracked changes are accepted; content controls are looked into."""
    for child in parent:
        if child.tag in _DROPPED or not isinstance(child.tag, str):
            continue
        if child.tag in (
            f"{_W}sdt",
            f"{_W}sdtContent",
            f"{_W}ins",
            f"{_W}moveTo",
            f"{_W}customXml",
            f"{_W}smartTag",
        ):
            yield from _accepted(child)
        else:
            yield child


def paragraph_text(paragraph: etree._Element) -> str:
    """The text of a paragraph without what tracked changes delete and without its text boxes."""
    pieces: list[str] = []
    _gather(paragraph, pieces)
    text = "".join(pieces)
    return text.replace(PICTURE, "") if PICTURE in text and _WORD.search(text) else text


def _gather(element: etree._Element, pieces: list[str]) -> None:
    for child in element:
        tag = child.tag
        if tag in _DROPPED or not isinstance(tag, str) or tag == f"{_W}txbxContent":
            continue
        if tag in (f"{_W}t", f"{_M}t"):
            pieces.append(child.text or "")
        elif tag in _PICTURES and next(child.iter(f"{_W}txbxContent"), None) is None:
            pieces.append(PICTURE)
        elif tag == f"{_W}sym":
            pieces.append("\ufffd")  # a glyph of a symbol font: what it looks like is the font's affair
        elif tag == f"{_W}tab":
            pieces.append("\t")
        elif tag in (f"{_W}br", f"{_W}cr"):
            pieces.append("\n")
        elif tag == f"{_W}noBreakHyphen":
            pieces.append("-")
        elif tag == f"{_W}r":
            _gather_run(child, pieces)
        else:
            _gather(child, pieces)


def _gather_run(run: etree._Element, pieces: list[str]) -> None:
    """A run's text; none if it is hidden or struck out, and raised figures (of notes) as such."""
    properties = run.find(_PROPERTIES)
    if properties is None or not len(properties):
        _gather(run, pieces)
        return
    for mark in properties:
        if mark.tag in _UNSHOWN and mark.get(_VALUE, "1") not in _OFF:
            return
        if mark.tag == f"{_W}vertAlign" and mark.get(_VALUE) in NOTE_SCRIPTS:
            inner: list[str] = []
            _gather(run, inner)
            pieces.append("".join(inner).translate(NOTE_SCRIPTS[str(mark.get(_VALUE))]))
            return
    _gather(run, pieces)


def _text_boxes(paragraph: etree._Element, path: str) -> Iterator[Block]:
    number = 0
    for box in paragraph.iter(f"{_W}txbxContent"):
        ancestors = list(box.iterancestors())
        if any(a.tag == f"{_MC}Fallback" for a in ancestors):  # the same box again for old readers
            continue
        if any(a.tag == f"{_W}txbxContent" for a in ancestors):
            continue
        number += 1
        yield from _blocks(box, f"{path}/txbxContent[{number}]")


def _table(table: etree._Element, path: str) -> Iterator[Block]:
    cells: list[GridCell] = []
    inner: list[Block] = []
    open_merges: dict[
        int, int
    ] = {}  # first column -> index in `cells` of the cell that a vertical merge extends
    rows = [row for row in _accepted(table) if row.tag == f"{_W}tr" and row.find(f"{_W}trPr/{_W}del") is None]
    edges = _edges(table)
    for r, row in enumerate(rows):
        at = _number(row.find(f"{_W}trPr/{_W}gridBefore"), 0)
        seen: dict[int, int] = {}
        for c, cell in enumerate((e for e in _accepted(row) if e.tag == f"{_W}tc"), start=1):
            here = f"{path}/tr[{r + 1}]/tc[{c}]"
            after = at + max(1, _number(cell.find(f"{_W}tcPr/{_W}gridSpan"), 1))
            col = _edge(edges, at)
            width = max(1, _edge(edges, after) - col)
            merge = cell.find(f"{_W}tcPr/{_W}vMerge")
            above = open_merges.get(col)
            if merge is not None and merge.get(f"{_W}val", "continue") == "continue" and above is not None:
                old = cells[above]
                cells[above] = GridCell(old.row, old.col, old.text, old.place, r - old.row + 1, old.col_span)
                seen[col] = above
            else:
                blocks = list(_blocks(cell, here))
                inner.extend(blocks)
                text = "\n".join(b.text for b in blocks if isinstance(b, Paragraph)).strip("\n")
                if PICTURE in text and _WORD.search(text):  # a picture in a paragraph beside the words
                    text = text.replace(PICTURE, "")
                cells.append(GridCell(r, col, text, Place(path=here), 1, width))
                if merge is not None:
                    seen[col] = len(cells) - 1
            at = after
        open_merges = seen
    if len(cells) == 1 or any(isinstance(block, Grid) for block in inner):  # a frame around text or tables
        yield from inner
        return
    yield Grid(tuple(cells), Geometry.EXPLICIT, Place(path=path))


def _edges(table: etree._Element) -> list[int]:
    """For each edge between the columns of a table's grid its number, counting edges that stand on one spot once.

    Programs that convert documents round widths row by row, and leave columns of a twip or two where edges differ.
    """
    grid = table.find(f"{_W}tblGrid")
    numbers = [0]
    for column in grid if grid is not None else ():
        width = column.get(f"{_W}w") or ""
        is_narrow = width.isascii() and width.isdigit() and 0 < int(width[:6]) < NARROW
        numbers.append(numbers[-1] + (0 if is_narrow else 1))
    return numbers


def _edge(edges: list[int], at: int) -> int:
    return edges[at] if at < len(edges) else edges[-1] + at - len(edges) + 1


def _number(element: etree._Element | None, default: int) -> int:
    value = element.get(f"{_W}val") if element is not None else None
    return (
        int(value)
        if value is not None and value.isascii() and value.isdigit() and int(value) <= 200
        else default
    )
