"""Sheets as CSV files: UTF-8 with the mark by which Excel knows it, nothing that a spreadsheet takes for a formula."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from publish.sheets.content import Sheet, Value, neutral, number_text

ENCODING = "utf-8-sig"


def write_csv_files(folder: Path, notes: Sequence[Sequence[str]], sheets: Iterable[Sheet]) -> None:
    """Write one file a sheet, and `说明.csv`, into a folder."""
    _write(folder / "说明.csv", notes)
    for sheet in sheets:
        _write(folder / f"{sheet.spec.name}.csv", _with_heads(sheet))


def _with_heads(sheet: Sheet) -> Iterable[Sequence[Value]]:
    yield sheet.heads
    yield from sheet.rows


def _write(path: Path, rows: Iterable[Sequence[Value]]) -> None:
    with path.open("w", encoding=ENCODING, newline="") as out:
        writer = csv.writer(out, lineterminator="\r\n")
        for row in rows:
            writer.writerow([_text(value) for value in row])


def _text(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, Decimal):
        return number_text(value)
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, int):
        return str(value)
    return neutral(value)
