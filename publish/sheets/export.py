"""From a year and a place to a workbook or a folder of CSV files."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Final, Literal

import duckdb

from gongkai.errors import UsageError
from publish.catalog import held_load, open_warehouse
from publish.sheets.content import Sheet, read_sheet, sheet_specs
from publish.sheets.csv_files import write_csv_files
from publish.sheets.places import Place, choose_agencies, find_place
from publish.sheets.workbook import write_workbook

Format = Literal["csv", "xlsx"]
FORMATS: Final[tuple[Format, ...]] = ("csv", "xlsx")
_NOT_IN_NAMES = re.compile(r"[^0-9A-Za-z\u4e00-\u9fff]+")
_NAME_LENGTH: Final = 40


def export_sheets(warehouse: Path, *, year: int, place: str | None, file_format: Format, out: Path) -> Path:
    """Write a year's tables of a place's agencies.

    Args:
        warehouse: the published DuckDB file.
        year: the report year.
        place: a division code or a name; null for all agencies.
        file_format: one workbook, or a folder of CSV files.
        out: the folder to write into; made if it is missing.

    Returns:
        The workbook or the folder, named by year, code and name; one of that name is replaced.

    Raises:
        UsageError: there is no such place, or it has nothing for the year.
        publish.snapshot.PublishError: nothing is published.
    """
    with open_warehouse(warehouse) as rows:
        found = find_place(rows, place)
        choose_agencies(rows, found)
        _require_rows(rows, found, year)
        out.mkdir(parents=True, exist_ok=True)
        target = _inside(out, _file_name(found, year) + (".xlsx" if file_format == "xlsx" else ""))
        unfinished = _inside(out, f".{target.name}.unfinished")
        _remove(unfinished)
        notes, sheets = _notes(rows, found, year), _sheets(rows, year)
        if file_format == "xlsx":
            write_workbook(unfinished, notes, sheets)
        else:
            unfinished.mkdir()
            write_csv_files(unfinished, notes, sheets)
    if target.is_dir():
        shutil.rmtree(target)
    unfinished.replace(target)
    return target


def _sheets(rows: duckdb.DuckDBPyConnection, year: int) -> Iterator[Sheet]:
    for spec in sheet_specs():
        yield read_sheet(rows, spec, year)


def _require_rows(rows: duckdb.DuckDBPyConnection, place: Place, year: int) -> None:
    """An empty export would look like an answer."""
    years = [
        found
        for (found,) in rows.execute(
            "select distinct year from marts.dim_report where agency_key in (select agency_key from chosen_agency)"
            " union select distinct year from marts.mart_filing"
            " where agency_key in (select agency_key from chosen_agency) order by 1"
        ).fetchall()
    ]
    if year not in years:
        have = f"有的年度：{'、'.join(map(str, years))}" if years else "任何年度都没有"
        raise UsageError(f"{place.name}没有 {year} 年度的数据（{have}）。")


def _notes(rows: duckdb.DuckDBPyConnection, place: Place, year: int) -> list[tuple[str, str]]:
    """What stands in the sheet 说明."""
    load_id = held_load(rows)
    [(published_at,)] = rows.execute(
        "select published_at from marts.mart_load where load_id = ?", [load_id]
    ).fetchall()
    moment: datetime = published_at
    return [
        ("项目", "说明"),
        ("内容", f"{place.name} {year} 年度各机关政府信息公开工作年度报告的统计数字"),
        ("数据版本", f"加载 {load_id}，{moment:%Y-%m-%d %H:%M}（北京时间）发布"),
        ("空格", "未填、不明或存疑，从不代表 0；报告里填 0 的是 0"),
        ("存疑", "读到但不能确定的数：没有数值，读数另列并标色，须对照原文件后才能使用"),
        ("校验问题", "不符的照机关公布的原样列出，没有改动；无法核对不等于相符"),
        ("修订", "同一机关同一年度有几份报告的，只列现行的一份"),
        ("比率", "分母为 0 或不明的没有比率"),
        (
            "开头的撇号",
            "CSV 中以 = + - @ 等开头的文字前加了撇号，以免被当作公式执行；工作簿中是原样文字",
        ),
        ("出处", "数字出自各机关依法公开的报告，以机关公布的原文为准；每个数在原文件中的位置见“数值”表"),
        *((spec.name, spec.about) for spec in sheet_specs()),
    ]


def _file_name(place: Place, year: int) -> str:
    """Year, code and name, of letters and digits only: names come from documents and could hold anything."""
    name = _NOT_IN_NAMES.sub("", place.name)[:_NAME_LENGTH]
    return "_".join(part for part in (str(year), place.code, name) if part)


def _inside(folder: Path, name: str) -> Path:
    """A path in a folder.

    Raises:
        UsageError: it would lead out of it.
    """
    path = folder / name
    if path.resolve().parent != folder.resolve():
        raise UsageError(f"文件名 {name} 会写到 {folder} 之外，没有写入。")
    return path


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
