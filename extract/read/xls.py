"""Old workbooks (XLS, and ET of WPS, which is the same format): what each visible sheet shows."""

from __future__ import annotations

import io
import struct
from typing import Any

import xlrd
from xlrd.biffh import XLRDError
from xlrd.compdoc import CompDocError

from extract.model import Block, ReadDocument, UnreadableError
from extract.read.sheet import MAX_CELLS, MAX_COLUMNS, Sheet, sheet_blocks, shown_number

_TEXT, _NUMBER, _DATE, _BOOLEAN, _ERROR = 1, 2, 3, 4, 5
_SIDES = ("top_line_style", "bottom_line_style", "left_line_style", "right_line_style")


def read_xls(data: bytes, name: str) -> ReadDocument:
    """Read an XLS workbook: all visible sheets, in their order.

    Raises:
        UnreadableError: `corrupt`, `encrypted`, `too_large`.
    """
    blocks: list[Block] = []
    try:
        book = xlrd.open_workbook(file_contents=data, formatting_info=True, logfile=io.StringIO())
        if sum(sheet.nrows * sheet.ncols for sheet in book.sheets()) > MAX_CELLS:
            raise UnreadableError("too_large", f"文件 {name} 的单元格超过 {MAX_CELLS} 个的上限，未读取")
        for sheet in book.sheets():
            if sheet.visibility == 0:
                blocks.extend(sheet_blocks(_sheet(book, sheet)))
    except XLRDError as error:
        if "encrypt" in str(error).lower() or "password" in str(error).lower():
            raise UnreadableError("encrypted", f"文件 {name} 已加密，无法打开；请提供未加密的文档") from error
        raise _corrupt(name, error) from error
    except (CompDocError, AssertionError, ValueError, LookupError, TypeError, AttributeError, struct.error,
            OverflowError, UnicodeError, EOFError, NotImplementedError) as error:  # fmt: skip
        raise _corrupt(name, error) from error  # what the library runs into in a damaged file
    return ReadDocument("xls", tuple(blocks))


def _corrupt(name: str, error: Exception) -> UnreadableError:
    return UnreadableError("corrupt", f"文件 {name} 不是完整的 XLS 文档（{error}）；请重新获取")


def _sheet(book: Any, source: Any) -> Sheet:
    sheet = Sheet(source.name)
    sheet.hidden_rows = {r for r, info in source.rowinfo_map.items() if info.hidden}
    sheet.hidden_columns = {c for c, info in source.colinfo_map.items() if info.hidden}
    for first_row, end_row, first_col, end_col in source.merged_cells:
        sheet.merges[first_row, first_col] = (end_row - 1, end_col - 1)
    zeros = bool(getattr(source, "show_zero_values", 1))
    for row in range(source.nrows):
        for col in range(min(source.row_len(row), MAX_COLUMNS)):
            cell = source.cell(row, col)
            style = book.xf_list[cell.xf_index] if cell.xf_index is not None else None
            if style is not None and any(getattr(style.border, side) for side in _SIDES):
                sheet.framed.add((row, col))
            if text := _shown(book, cell, style, zeros):
                sheet.texts[row, col] = text
    return sheet


def _shown(book: Any, cell: Any, style: Any, zeros: bool) -> str:
    if cell.ctype == _TEXT:
        return str(cell.value).replace("\r\n", "\n")
    if cell.ctype in (_NUMBER, _DATE):
        form = book.format_map.get(style.format_key) if style is not None else None
        shown = shown_number(repr(cell.value), form.format_str if form is not None else "")
        return "" if not zeros and shown.strip("0.") == "" else shown
    if cell.ctype == _BOOLEAN:
        return "TRUE" if cell.value else "FALSE"
    return str(xlrd.error_text_from_code.get(cell.value, "#ERR")) if cell.ctype == _ERROR else ""
