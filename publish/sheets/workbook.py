"""Sheets as one workbook (XLSX): heads that stay, widths, number formats, coloured rows where something is wrong.

Texts are written as texts: none becomes a formula or a link, whatever it begins with.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any, Final

import xlsxwriter

from publish.sheets.content import Sheet, Value, number_text

ROWS_A_SHEET: Final = 1_048_575
"""Rows that fit under the head of a sheet."""
_TEXT_LENGTH: Final = 32_000
"""A cell takes some more characters; a longer text is cut, with words that say so."""
_CUT: Final = "……（过长，已截断，全文见数据仓库）"
_WIDTHS: Final = (6, 60)
_SAMPLE: Final = 200
_FORMATS: Final[Mapping[str, Mapping[str, Any]]] = {
    "text": {},
    "whole": {"num_format": "#,##0"},
    "number": {"num_format": "#,##0.######"},
    "percent": {"num_format": "0.0%"},
    "date": {"num_format": "yyyy-mm-dd"},
    "time": {"num_format": "yyyy-mm-dd hh:mm"},
    "year": {"num_format": "0"},
}
_YEAR_HEAD: Final = "年度"
_MARK: Final = {"bg_color": "#FFF2CC"}


def write_workbook(path: Path, notes: Sequence[Sequence[str]], sheets: Iterable[Sheet]) -> None:
    """Write a workbook with a sheet 说明 and the sheets; one that has too many rows goes on in a further sheet."""
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "in_memory": False,
    }
    with xlsxwriter.Workbook(str(path), options) as workbook:
        formats = _formats(workbook)
        _write_notes(workbook, notes, formats)
        for sheet in sheets:
            _write_sheet(workbook, sheet, formats)


def _formats(workbook: Any) -> dict[str, Any]:
    formats = {name: workbook.add_format(dict(spec)) for name, spec in _FORMATS.items()}
    formats |= {f"{name} marked": workbook.add_format({**spec, **_MARK}) for name, spec in _FORMATS.items()}
    formats["head"] = workbook.add_format(
        {"bold": True, "bg_color": "#D9E1F2", "bottom": 1, "text_wrap": True}
    )
    formats["wrapped"] = workbook.add_format({"text_wrap": True, "valign": "top"})
    return formats


def _write_notes(workbook: Any, notes: Sequence[Sequence[str]], formats: Mapping[str, Any]) -> None:
    page = workbook.add_worksheet("说明")
    page.set_column(0, 0, 16)
    page.set_column(1, 1, 100)
    for number, row in enumerate(notes):
        for column, text in enumerate(row):
            page.write_string(number, column, text, formats["head" if number == 0 else "wrapped"])


def _write_sheet(workbook: Any, sheet: Sheet, formats: Mapping[str, Any]) -> None:
    rows = iter(sheet.rows)
    first = list(islice(rows, _SAMPLE))
    widths = _column_widths(sheet.heads, first)
    rows = _chained(first, rows)
    part = 0
    while True:
        part += 1
        page = workbook.add_worksheet(sheet.spec.name if part == 1 else f"{sheet.spec.name}（{part}）")
        for column, (head, width) in enumerate(zip(sheet.heads, widths, strict=True)):
            page.set_column(column, column, width)
            page.write_string(0, column, head, formats["head"])
        page.freeze_panes(1, 1)
        written = 0
        for written, row in enumerate(islice(rows, ROWS_A_SHEET), start=1):
            _write_row(page, written, row, sheet, formats)
        page.autofilter(0, 0, max(written, 1), len(sheet.heads) - 1)
        following = list(islice(rows, 1))
        if not following:
            return
        rows = _chained(following, rows)


def _chained(first: Sequence[tuple[Value, ...]], rest: Iterable[tuple[Value, ...]]) -> Any:
    yield from first
    yield from rest


def _write_row(
    page: Any, number: int, row: Sequence[Value], sheet: Sheet, formats: Mapping[str, Any]
) -> None:
    suffix = " marked" if sheet.is_marked(row) else ""
    for column, value in enumerate(row):
        head = sheet.heads[column]
        if value is None:
            if suffix:
                page.write_blank(number, column, None, formats[f"text{suffix}"])
        elif isinstance(value, bool | str):
            page.write_string(number, column, _text(value), formats[f"text{suffix}"])
        elif isinstance(value, datetime):
            page.write_datetime(number, column, value, formats[f"time{suffix}"])
        elif isinstance(value, date):
            page.write_datetime(number, column, value, formats[f"date{suffix}"])
        elif not _is_exact(value):
            page.write_string(number, column, number_text(Decimal(value)), formats[f"text{suffix}"])
        else:
            kind = _number_format(head, value, sheet)
            page.write_number(number, column, float(value), formats[f"{kind}{suffix}"])


def _number_format(head: str, value: int | float | Decimal, sheet: Sheet) -> str:
    if head in sheet.spec.percent:
        return "percent"
    if head == _YEAR_HEAD:
        return "year"
    return "whole" if value == int(value) else "number"


def _is_exact(value: int | float | Decimal) -> bool:
    """Whether a spreadsheet's numbers, which have 15 digits, can hold it; else it is written as text."""
    if isinstance(value, float):
        return math.isfinite(value)
    digits = number_text(abs(Decimal(value))).replace(".", "").lstrip("0")
    return len(digits) <= 15


def _text(value: bool | str) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    text = value.replace("\0", "�")
    return text if len(text) <= _TEXT_LENGTH else text[: _TEXT_LENGTH - len(_CUT)] + _CUT


def _column_widths(heads: Sequence[str], rows: Sequence[Sequence[Value]]) -> list[int]:
    widths = []
    for column, head in enumerate(heads):
        texts = [head, *(_shown(row[column]) for row in rows)]
        widest = max(map(_display_width, texts)) + 2
        widths.append(min(max(widest, _WIDTHS[0]), _WIDTHS[1]))
    return widths


def _shown(value: Value) -> str:
    return number_text(value) if isinstance(value, Decimal) else "" if value is None else str(value)


def _display_width(text: str) -> int:
    """Columns of a text in a font in which Chinese characters are twice as wide."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text[:80])
