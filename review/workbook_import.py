"""A filled-in workbook comes back: every row is checked by itself, good ones become decisions, the others are named with a sentence.

Nothing in the file is believed: which case a row is about, and that it still reads as the person saw it, is looked up in the published warehouse.
"""

from __future__ import annotations

import re
import warnings
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from gongkai.errors import UsageError
from gongkai.settings import TIME_ZONE, Home
from review.answers import Answer, decide
from review.cases import OPEN, STATES_ZH, Case, find_cases
from review.decisions import Decision, DecisionError, add_decisions, read_decisions
from review.workbook import (
    COLUMNS,
    HEAD_ROW,
    SHEET,
    UNKNOWN_AGENCY,
    UNKNOWN_YEAR,
    check_of,
    seen_text,
)

MAX_BYTES: Final = 200 * 2**20
MAX_UNPACKED: Final = 500 * 2**20
MAX_ROWS: Final = 5000
_FILLED = tuple(name for name, column in COLUMNS.items() if column.filled_in)
_IDENTIFYING = ("case_id", "document_sha256", "seen", "export_id", "check")
_HEX = re.compile(r"[0-9a-f]{16}")


@dataclass
class Taken:
    """What became of a workbook's rows.

    Attributes:
        written: decisions that are new (with a dry run: that would be).
        known: rows whose decision was there already.
        blank: rows in which nobody has written anything.
        refused: row number in the sheet, and why.
    """

    written: list[Decision] = field(default_factory=list)
    known: int = 0
    blank: int = 0
    refused: list[tuple[int, str]] = field(default_factory=list)


class _RowError(Exception):
    """Why a row is refused."""


def import_workbook(home: Home, path: Path, *, dry_run: bool = False) -> Taken:
    """Check a workbook's rows and take the good ones down.

    Args:
        home: the installation.
        path: the workbook.
        dry_run: check only.

    Raises:
        UsageError: it is no workbook of `gongkai review export`, or too large.
        DecisionError: nothing is published, or the ledger can't be read.
    """
    rows = _rows(path)
    known = set(read_decisions(home).decisions)
    taken = Taken()
    at: dict[str, int] = {}
    cases = _cases(home, {texts["case_id"] for _, texts, _ in rows})
    now = datetime.now(TIME_ZONE)
    for number, texts, problem in rows:
        if not problem and not any(texts[name] for name in _FILLED):
            taken.blank += 1
            continue
        try:
            decision = _decision(texts, problem, cases, now)
            _require_first(at, decision, number)
            if decision.decision_id in known:
                taken.known += 1
            else:
                _require_open(cases[decision.case_id])
                taken.written.append(decision)
        except (_RowError, DecisionError) as error:
            taken.refused.append((number, str(error)))
    if not dry_run:
        add_decisions(home, taken.written)
    return taken


def _require_first(at: dict[str, int], decision: Decision, number: int) -> None:
    if (first := at.setdefault(decision.case_id, number)) != number:
        raise _RowError(f"与第 {first} 行是同一件，只采用先出现的。")


def _require_open(case: Case) -> None:
    if case.standing != OPEN:
        raise _RowError(f"{STATES_ZH[case.standing]}。{case.note or ''}要改变，请先撤回原决定。")


def _decision(
    texts: Mapping[str, str], problem: str | None, cases: Mapping[str, Case], now: datetime
) -> Decision:
    """The decision that a row is.

    Raises:
        _RowError, DecisionError: it is none.
    """
    if problem:
        raise _RowError(f"{problem}。")
    case = cases.get(texts["case_id"])
    agency = "" if texts["agency"] == UNKNOWN_AGENCY else texts["agency"]
    year = "" if texts["year"] == UNKNOWN_YEAR else texts["year"]
    check = check_of(
        texts["case_id"], texts["document_sha256"], texts["seen"], agency, year, texts["export_id"]
    )
    if not _HEX.fullmatch(texts["export_id"]) or texts["check"] != check:
        raise _RowError("编号、机关、年度等锁定的内容被改动过，或各列错行；请重新导出后填写。")
    if case is None:
        raise _RowError("这一件已不在待复核之列（报告已修订、重读或另行解决）；请重新导出。")
    if case.document_sha256 != texts["document_sha256"]:
        raise _RowError("文件与导出时不是同一份；请重新导出。")
    if seen_text(case) != texts["seen"]:
        raise _RowError("现在读出的与导出时所见不同；请重新导出后再看。")
    answer = Answer(
        verdict=texts["verdict"],
        who=texts["who"],
        reason=texts["reason"],
        value=texts["value"],
        agency=texts["right_agency"],
        year=texts["right_year"],
    )
    return decide(case, answer, at=now, channel="workbook", key=texts["export_id"])


def _cases(home: Home, wanted: set[str]) -> dict[str, Case]:
    return {case.case_id: case for case in find_cases(home, standing=None) if case.case_id in wanted}


def _rows(path: Path) -> list[tuple[int, dict[str, str], str | None]]:
    """Each row: its number in the sheet, its texts by column, and what is wrong with it as such.

    Raises:
        UsageError: see `import_workbook`.
    """
    import openpyxl

    _require_sound(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about what the library leaves out: pictures, drop-downs
            book = openpyxl.load_workbook(path, read_only=False, data_only=False, keep_links=False)
    except (OSError, KeyError, ValueError, TypeError, zipfile.BadZipFile, SyntaxError) as error:
        raise UsageError(f"{path} 打不开（{type(error).__name__}），不是 XLSX 工作簿，或已损坏。") from error
    if SHEET not in book.sheetnames:
        raise UsageError(f"{path} 没有工作表“{SHEET}”，不是 gongkai review export 导出的。")
    sheet = book[SHEET]
    heads = {str(cell.value).strip(): cell.column for cell in sheet[HEAD_ROW] if cell.value is not None}
    if lacking := [column.head for column in COLUMNS.values() if column.head not in heads]:
        raise UsageError(f"{path} 缺少这些列：{'、'.join(lacking)}；请重新导出后填写。")
    if sheet.max_row > MAX_ROWS + HEAD_ROW:
        raise UsageError(f"{path} 超过 {MAX_ROWS} 行。")
    found = []
    for number in range(HEAD_ROW + 1, sheet.max_row + 1):
        texts: dict[str, str] = {}
        problems: list[str] = []
        for name, column in COLUMNS.items():
            texts[name], problem = _text(sheet.cell(number, heads[column.head]))
            if problem and (column.filled_in or name in _IDENTIFYING):
                problems.append(f"“{column.head}”{problem}")
        if any(texts.values()) or problems:
            found.append((number, texts, "；".join(problems) or None))
    return found


def _text(cell: Any) -> tuple[str, str | None]:
    """What a person has written into a cell, as text, and what is wrong with it."""
    value = cell.value
    if value is None:
        return "", None
    if cell.data_type == "f":
        return "", "是公式，请填写结果"
    if cell.data_type == "e":
        return "", "是错误值"
    if isinstance(value, bool) or cell.is_date:
        return "", "不是文字或数字（被当成了日期或是非值），请重新填写"
    if isinstance(value, int | float):
        if "%" in (cell.number_format or ""):
            return "", "是百分数，请填写件数"
        if isinstance(value, float) and not value.is_integer():
            return f"{value!r}", None
        return f"{int(value)}", None
    return str(value).strip(), None


def _require_sound(path: Path) -> None:
    """Look at the packing before anything is unpacked: a small file can hold gigabytes."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise UsageError(f"{path} 超过 {MAX_BYTES // 2**20} MB。")
        with zipfile.ZipFile(path) as packed:
            unpacked = sum(member.file_size for member in packed.infolist())
            doctyped = any(
                b"<!DOCTYPE" in packed.read(name)[:4096] or b"<!ENTITY" in packed.read(name)[:4096]
                for name in packed.namelist()
                if name.endswith((".xml", ".rels")) and packed.getinfo(name).file_size < MAX_UNPACKED // 10
            )
    except (OSError, zipfile.BadZipFile) as error:
        raise UsageError(f"{path} 打不开，不是 XLSX 工作簿，或已损坏。") from error
    if unpacked > MAX_UNPACKED or doctyped:
        raise UsageError(f"{path} 的内容不寻常（解开过大或带有实体定义），没有打开。")
