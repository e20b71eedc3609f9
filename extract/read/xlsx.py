"""Workbooks (XLSX): what each visible sheet shows, by zip and XML alone. Formulas stand with the value stored for them."""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from extract.model import NOTE_SCRIPTS, PICTURE, Block, ReadDocument, UnreadableError
from extract.read.package import opened, part_xml
from extract.read.sheet import MAX_CELLS, MAX_COLUMNS, Sheet, Spot, sheet_blocks, shown_number

_BUILT_IN = {
    1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 37: "#,##0;-#,##0", 38: "#,##0;-#,##0",
    39: "#,##0.00;-#,##0.00", 40: "#,##0.00;-#,##0.00", 41: '#,##0;-#,##0;"-"', 42: '#,##0;-#,##0;"-"',
    43: '#,##0.00;-#,##0.00;"-"', 44: '#,##0.00;-#,##0.00;"-"', 49: "@",
} | dict.fromkeys([*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)], "yyyy")  # fmt: skip
_OFF = ("0", "false")
MAX_SHEETS = 200


@dataclass(frozen=True, slots=True)
class _Style:
    code: str
    framed: bool


def read_xlsx(data: bytes, name: str) -> ReadDocument:
    """Read an XLSX workbook: all visible sheets, in their order.

    Raises:
        UnreadableError: `corrupt`, `encrypted`, `too_large`.
    """
    with opened(data, name, "XLSX") as package:
        book = part_xml(package, "xl/workbook.xml", name)
        shared = _shared_strings(package, name)
        styles = _styles(package, name)
        sheets = list(_visible_sheets(package, book, name))
        blocks: list[Block] = []
        left = MAX_CELLS
        for title, part in sheets[:MAX_SHEETS]:
            sheet = _sheet(part_xml(package, part, name), title, shared, styles, left)
            if sheet is None:
                raise UnreadableError("too_large", f"文件 {name} 的单元格超过 {MAX_CELLS} 个的上限，未读取")
            left -= len(sheet.texts) + len(sheet.framed)
            blocks.extend(sheet_blocks(sheet))
        metadata = _title(package, name)
    return ReadDocument("xlsx", tuple(blocks), metadata=metadata)


def _local(element: etree._Element) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _children(element: etree._Element | None, tag: str) -> Iterator[etree._Element]:
    return (child for child in (element if element is not None else ()) if _local(child) == tag)


def _first(element: etree._Element | None, tag: str) -> etree._Element | None:
    return next(_children(element, tag), None)


def _visible_sheets(package: zipfile.ZipFile, book: etree._Element, name: str) -> Iterator[tuple[str, str]]:
    """Name and part of the sheets that are shown."""
    relations = part_xml(package, "xl/_rels/workbook.xml.rels", name)
    targets = {
        relation.get("Id") or "": (relation.get("Target") or "", relation.get("Type") or "")
        for relation in relations
    }
    parts = set(package.namelist())
    for sheet in _children(_first(book, "sheets"), "sheet"):
        identity = next((str(v) for k, v in sheet.attrib.items() if str(k).endswith("}id")), "")
        target, kind = targets.get(identity, ("", ""))
        part = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"xl/{target}")
        if sheet.get("state", "visible") == "visible" and kind.endswith("/worksheet") and part in parts:
            yield sheet.get("name") or "", part


def _shared_strings(package: zipfile.ZipFile, name: str) -> list[str]:
    if "xl/sharedStrings.xml" not in package.namelist():
        return []
    return [_text(item) for item in _children(part_xml(package, "xl/sharedStrings.xml", name), "si")]


def _text(item: etree._Element) -> str:
    """A string with its runs; readings printed above characters (phonetic runs) are no part of it."""
    pieces = []
    for child in item:
        if _local(child) == "t":
            pieces.append(child.text or "")
        elif _local(child) == "r":
            pieces.append(_run(child))
    return "".join(pieces).replace("_x000D_", "").replace("\r\n", "\n")


def _run(run: etree._Element) -> str:
    """A run of a string: nothing if it is struck out, the figures of a note as raised ones."""
    text = "".join(t.text or "" for t in _children(run, "t"))
    properties = _first(run, "rPr")
    for mark in properties if properties is not None else ():
        if _local(mark) == "strike" and mark.get("val", "1") not in _OFF:
            return ""
        if _local(mark) == "vertAlign" and mark.get("val") in NOTE_SCRIPTS:
            return text.translate(NOTE_SCRIPTS[str(mark.get("val"))])
    return text


def _styles(package: zipfile.ZipFile, name: str) -> list[_Style]:
    if "xl/styles.xml" not in package.namelist():
        return []
    root = part_xml(package, "xl/styles.xml", name)
    codes = dict(_BUILT_IN)
    for entry in _children(_first(root, "numFmts"), "numFmt"):
        codes[_integer(entry.get("numFmtId"))] = entry.get("formatCode") or ""
    borders = [
        any(side.get("style") not in (None, "none") for side in border)
        for border in _children(_first(root, "borders"), "border")
    ]
    found = []
    for xf in _children(_first(root, "cellXfs"), "xf"):
        border = _integer(xf.get("borderId"))
        framed = border < len(borders) and borders[border] and xf.get("applyBorder", "1") not in _OFF
        found.append(_Style(codes.get(_integer(xf.get("numFmtId")), ""), framed))
    return found


def _integer(value: str | None) -> int:
    return int(value) if value is not None and value.isascii() and value.isdigit() and len(value) < 8 else 0


def _sheet(
    root: etree._Element, title: str, shared: list[str], styles: list[_Style], most: int
) -> Sheet | None:
    """A sheet's cells; None if there are more than `most`."""
    sheet = Sheet(title)
    view = _first(_first(root, "sheetViews"), "sheetView")
    zeros = view is None or view.get("showZeros", "1") not in _OFF
    for column in _children(_first(root, "cols"), "col"):
        if column.get("hidden", "0") not in _OFF:
            last = min(_integer(column.get("max")), MAX_COLUMNS)
            sheet.hidden_columns.update(range(_integer(column.get("min")) - 1, last))
    count = 0
    row_number = -1
    for row in _children(_first(root, "sheetData"), "row"):
        row_number = _integer(row.get("r")) - 1 if row.get("r") else row_number + 1
        if row.get("hidden", "0") not in _OFF:
            sheet.hidden_rows.add(row_number)
            continue
        col_number = -1
        for cell in _children(row, "c"):
            reference = cell.get("r")
            col_number = _spot(reference)[1] if reference else col_number + 1
            count += 1
            if count > most:
                return None
            index = _integer(cell.get("s"))
            style = styles[index] if index < len(styles) else _Style("", False)
            if style.framed:
                sheet.framed.add((row_number, col_number))
            if text := _shown(cell, style.code, shared, zeros):
                sheet.texts[row_number, col_number] = text
            else:
                sheet.kept.add((row_number, col_number))
    for merge in _children(_first(root, "mergeCells"), "mergeCell"):
        start, _, end = (merge.get("ref") or "").partition(":")
        if start and end:
            sheet.merges[_spot(start)] = _spot(end)
    return sheet


def _spot(reference: str) -> Spot:
    """`C7` as (6, 2)."""
    letters = reference.rstrip("0123456789").upper().replace("$", "")
    col = 0
    for letter in letters[:4]:
        col = col * 26 + ord(letter) - 64
    return max(_integer(reference[len(reference.rstrip("0123456789")) :]) - 1, 0), max(col - 1, 0)


def _shown(cell: etree._Element, code: str, shared: list[str], zeros: bool) -> str:
    kind = cell.get("t", "n")
    if kind == "inlineStr":
        inline = _first(cell, "is")
        return _text(inline) if inline is not None else ""
    held = _first(cell, "v")
    value = (held.text or "").strip() if held is not None else ""
    if not value:
        # a formula that was never computed: the sheet shows a number that the file does not hold
        return PICTURE if kind != "str" and _first(cell, "f") is not None else ""
    if kind == "s":
        at = _integer(value)
        return shared[at] if at < len(shared) else ""
    if kind == "n":
        shown = shown_number(value, code)
        return "" if not zeros and shown.strip("0.") == "" else shown
    if kind == "b":
        return "TRUE" if value == "1" else "FALSE"
    return value


def _title(package: zipfile.ZipFile, name: str) -> dict[str, str]:
    if "docProps/core.xml" not in package.namelist():
        return {}
    try:
        title = _first(part_xml(package, "docProps/core.xml", name), "title")
    except etree.XMLSyntaxError:
        return {}  # properties are evidence of the last resort: a damaged part costs only itself
    return {"title": title.text.strip()} if title is not None and title.text and title.text.strip() else {}
