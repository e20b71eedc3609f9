"""Open cases as a workbook to fill in: pictures of the spots, every way in which they read, drop-downs for the decision.

Texts are written as texts: none becomes a formula or a link, whatever it begins with. Everything but the columns to fill in is locked, so that
rows are not torn apart by sorting; hidden columns say which case a row is about, and what the person saw.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import Any, Final

import xlsxwriter
from PIL import Image

from gongkai.errors import UsageError
from gongkai.settings import TIME_ZONE, Home
from review.answers import STATUS_WORDS, possible_verdicts
from review.asking import doubts_zh
from review.cases import Case, find_cases
from review.decisions import VERDICTS
from review.evidence import Evidence, evidence_of

SHEET: Final = "复核"
VERSION: Final = "1"
UNKNOWN_AGENCY: Final = "（机关不明）"
UNKNOWN_YEAR: Final = "（不明）"
HEAD_ROW: Final = 1
"""Row of the heads, from 1."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the sheet: its head, its width in characters, and whether people write in it."""

    head: str
    width: float
    filled_in: bool = False
    hidden: bool = False


COLUMNS: Final = {
    "number": Column("序号", 5),
    "picture": Column("原件", 70),
    "agency": Column("机关", 22),
    "year": Column("年度", 7),
    "what": Column("内容", 34),
    "reading": Column("读数", 10),
    "ways": Column("各种读法", 28),
    "doubts": Column("为何要复核", 28),
    "place": Column("位置", 22),
    "document": Column("文件", 24),
    "verdict": Column("决定", 14, filled_in=True),
    "value": Column("更正为（数值或空白等）", 14, filled_in=True),
    "right_agency": Column("认定的机关", 22, filled_in=True),
    "right_year": Column("认定的年度", 10, filled_in=True),
    "reason": Column("理由", 26, filled_in=True),
    "who": Column("复核人", 10, filled_in=True),
    "case_id": Column("编号（勿改）", 10, hidden=True),
    "document_sha256": Column("文件摘要（勿改）", 10, hidden=True),
    "seen": Column("所见读数（勿改）", 10, hidden=True),
    "export_id": Column("导出编号（勿改）", 10, hidden=True),
    "check": Column("校验（勿改）", 10, hidden=True),
}
"""In the order of the sheet."""
_AT = {name: number for number, name in enumerate(COLUMNS)}
_PICTURE_WIDTH = 490
"""Pixels of the column of pictures."""
_ROW_PIXELS = (60, 260)
_TEXT_LENGTH = 2000
_NOTES = (
    ("怎样填写", ""),
    ("决定", "从下拉列表选：" + "、".join(VERDICTS.values()) + "。不填的行不处理。"),
    ("更正为", "只在决定是“更正”时填：普通写法的数字，或" + "、".join(STATUS_WORDS) + "。"),
    ("认定的机关、年度", "只用于暂缓发布的整份报告：机关全称和年度（如 2023）。"),
    ("理由、复核人", "每一行都要填。"),
    ("注意", "其他列已锁定；请不要增删列、合并单元格或用公式。填好后运行 gongkai review import。"),
)


def export_cases(home: Home, path: Path, *, source: str | None, place: str | None, limit: int) -> int:
    """Write the worst open cases as a workbook, whole or not at all; how many.

    Args:
        home: the installation.
        path: the workbook; one that is there is replaced.
        source: of this source only.
        place: of agencies of this place and below it only.
        limit: how many at most.

    Raises:
        DecisionError: nothing is published yet.
        UsageError: nothing is open, or the file can't be written.
    """
    cases = list(islice(find_cases(home, source=source, place=place), limit))
    if not cases:
        raise UsageError("没有待复核的内容，没有写出文件。")
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _write(home, temporary, cases)
        temporary.replace(path)
    except OSError as error:
        raise UsageError(f"{path} 写不了（{error.strerror or error}）。") from error
    finally:
        temporary.unlink(missing_ok=True)
    return len(cases)


def check_of(case_id: str, document_sha256: str, seen: str, agency: str, year: str, export_id: str) -> str:
    """A digest over what says which case a row is about: rows whose parts no longer belong together are seen by it."""
    parts = (VERSION, case_id, document_sha256, seen, agency, year, export_id)
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:16]


def seen_text(case: Case) -> str:
    """What the person is shown of how a case reads, as it is held against how it reads when the workbook comes back."""
    if case.subject == "report":
        return "|".join(case.rules)
    number = "" if case.read_value is None else f"{case.read_value.normalize():f}"
    return f"{case.read_status}|{number}"


def _write(home: Home, path: Path, cases: Sequence[Case]) -> None:
    export_id = secrets.token_hex(8)
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(str(path), options) as workbook:
        formats = _formats(workbook)
        page = workbook.add_worksheet(SHEET)
        _write_head(page, formats)
        for number, case in enumerate(cases, start=1):
            _write_case(page, number, case, evidence_of(home, case), export_id, formats)
        page.freeze_panes(HEAD_ROW, _AT["year"])
        page.protect("", {"format_columns": True, "format_rows": True, "select_locked_cells": True})
        page.set_landscape()
        page.fit_to_pages(1, 0)
        _write_notes(workbook, formats)


def _formats(workbook: Any) -> dict[str, Any]:
    plain = {"text_wrap": True, "valign": "top", "border": 1, "border_color": "#C9CED6"}
    return {
        "head": workbook.add_format({**plain, "bold": True, "bg_color": "#D9E1F2"}),
        "head fill": workbook.add_format({**plain, "bold": True, "bg_color": "#FFE699"}),
        "text": workbook.add_format({**plain, "num_format": "@"}),
        "fill": workbook.add_format({**plain, "num_format": "@", "locked": False, "bg_color": "#FFFBEA"}),
        "note": workbook.add_format({"text_wrap": True, "valign": "top"}),
    }


def _write_head(page: Any, formats: dict[str, Any]) -> None:
    for name, column in COLUMNS.items():
        at = _AT[name]
        options = {"hidden": True} if column.hidden else {}
        page.set_column(at, at, column.width, None, options)
        page.write_string(0, at, column.head, formats["head fill" if column.filled_in else "head"])


def _write_case(
    page: Any, row: int, case: Case, evidence: Evidence, export_id: str, formats: dict[str, Any]
) -> None:
    agency, year, seen = case.agency or "", "" if case.year is None else str(case.year), seen_text(case)
    reading = "—" if case.read_value is None else f"{case.read_value.normalize():f}"
    why = doubts_zh(case.evidence) if case.subject == "cell" else case.what
    texts = {
        "number": str(row),
        "picture": "" if evidence.picture else "\n".join(evidence.excerpt) or evidence.problem or "",
        "agency": agency or UNKNOWN_AGENCY,
        "year": year or UNKNOWN_YEAR,
        "what": case.what if case.subject == "cell" else f"整份报告：{case.title or ''}",
        "reading": reading if case.subject == "cell" else "",
        "ways": "\n".join(f"{how}：{said}" for how, said in evidence.readings),
        "doubts": "\n".join(filter(None, (why, case.note))),
        "place": case.place if case.where else "",
        "document": "：".join(filter(None, (case.document_name, case.member))),
        "case_id": case.case_id,
        "document_sha256": case.document_sha256,
        "seen": seen,
        "export_id": export_id,
        "check": check_of(case.case_id, case.document_sha256, seen, agency, year, export_id),
    }
    for name, column in COLUMNS.items():
        kind = formats["fill" if column.filled_in else "text"]
        text = texts.get(name, "")
        if text:
            page.write_string(row, _AT[name], text[:_TEXT_LENGTH], kind)
        else:
            page.write_blank(row, _AT[name], None, kind)
    verdicts = [VERDICTS[verdict] for verdict in possible_verdicts(case)]
    page.data_validation(
        row, _AT["verdict"], row, _AT["verdict"],
        {"validate": "list", "source": verdicts, "error_title": "决定", "error_message": "请从列表中选择。"},
    )  # fmt: skip
    page.set_row_pixels(row, _put_picture(page, row, evidence.picture))


def _put_picture(page: Any, row: int, picture: bytes | None) -> int:
    """Put the picture of the spot into its cell; the row's height in pixels."""
    least, most = _ROW_PIXELS
    if picture is None:
        return most // 2
    with Image.open(BytesIO(picture)) as image:
        width, height = image.size
    scale = min(1.0, (_PICTURE_WIDTH - 8) / width, (most - 8) / height)
    page.insert_image(
        row, _AT["picture"], f"{row}.png",
        {"image_data": BytesIO(picture), "x_scale": scale, "y_scale": scale, "x_offset": 4, "y_offset": 4,
         "object_position": 1, "description": "原件此处"},
    )  # fmt: skip
    return max(least, round(height * scale) + 8)


def _write_notes(workbook: Any, formats: dict[str, Any]) -> None:
    page = workbook.add_worksheet("说明")
    page.set_column(0, 0, 18)
    page.set_column(1, 1, 90)
    for row, (name, text) in enumerate(_NOTES):
        page.write_string(row, 0, name, formats["head" if row == 0 else "note"])
        page.write_string(row, 1, text, formats["head" if row == 0 else "note"])
    page.write_string(len(_NOTES) + 1, 0, "导出时间", formats["note"])
    page.write_string(len(_NOTES) + 1, 1, f"{datetime.now(TIME_ZONE):%Y-%m-%d %H:%M}", formats["note"])
