"""Corrections that people have made: reviewed CSV files in the home, read at the edge and landed with each load.

`corrections/*.csv` in the home, and what reviewers have decided (`review/decisions.jsonl`), which comes as the same lines. A line overrides one
figure of one report, or says whose report it is (`IDENTITY`), and says who, when, why and on what evidence; what was
read is kept beside it. A line that can't be right is refused with a sentence that names file and line, and costs
only itself. Whether a line applies (the report is there, is of the agency named, and still reads as it did) is decided
in the warehouse, where all reports are.
"""

from __future__ import annotations

import csv
import hashlib
import io
import logging
import re
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator, model_validator

from extract.form import Metric, load_form
from extract.landing import write_part
from gongkai.settings import Home

if TYPE_CHECKING:
    from review.decisions import Ledger

log = logging.getLogger(__name__)

COLUMNS = (
    "report_id", "agency", "year", "metric", "applicant", "read_value", "status", "value",
    "corrected_by", "corrected_on", "reason", "evidence",
)  # fmt: skip
"""The header of a file, in any order; nothing else may stand in it."""
IDENTITY = "report.identity"
"""Stands in the place of a metric in a line that says whose report it is: its agency and year are the right ones."""
MAX_BYTES = 5 * 2**20
MAX_LINES = 50_000
_PART = "corrections"
_LONGEST_TEXT = 500
_LARGEST = Decimal(10) ** 15
_FORMULA = re.compile(r"^[=+\-@\t\r]")
_CONTROL = re.compile("[\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\ufeff]")
_REPORT_ID = re.compile(r"[0-9a-f]{16}(-\d+){1,2}")
_FIRST_YEAR = 2008
_WORDS = {"missing": "缺少该项", "extra_forbidden": "多出该项"}

Row = dict[str, Any]


def plain_text(text: str) -> str:
    """A text of a person's as it is kept: not too long, nothing that a spreadsheet would run or nobody could see.

    Raises:
        ValueError: it is empty or none of that.
    """
    if not text:
        raise ValueError("不能为空")
    if len(text) > _LONGEST_TEXT:
        raise ValueError(f"超过 {_LONGEST_TEXT} 个字")
    if _FORMULA.match(text):
        raise ValueError("以 = + - @ 开头，会被电子表格当作公式")
    if _CONTROL.search(text):
        raise ValueError("含有不可见的控制字符（如换行）")
    return text


class CorrectionLine(BaseModel):
    """One line of a file, checked as far as it can be by itself.

    Attributes:
        read_value: the number the warehouse showed when the person looked, null where it showed none; where the
            reading has changed since, the correction waits to be looked at again.
        status, value: what the cell holds; a value stands with `reported` alone, in the metric's unit. In a line about whose report
            it is `text` and null, and `read_value` the year that was read.
        read_status, read_agency: how the cell stood, or which agency was read, when the person looked; null where that
            is not told (no line of a CSV file tells it).
    """

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    report_id: str
    agency: str
    year: int
    metric: str
    applicant: str
    read_value: Decimal | None
    status: Literal["reported", "blank", "not_applicable", "text", "missing"]
    value: Decimal | None
    corrected_by: str
    corrected_on: date
    reason: str
    evidence: str
    read_status: str | None = None
    read_agency: str | None = None

    @field_validator("agency", "corrected_by", "reason", "evidence", mode="before")
    @classmethod
    def _plain_text(cls, text: str) -> str:
        return plain_text(text.strip(" "))

    @field_validator("read_value", "value", mode="before")
    @classmethod
    def _number(cls, text: str) -> Decimal | None:
        text = text.strip()
        if not text:
            return None
        # no other spelling: 1e9, NaN, Infinity and 1_000 are numbers to Decimal, too
        if not re.fullmatch(r"-?\d{1,15}(\.\d{1,6})?", text, re.ASCII):
            raise ValueError("不是普通写法的数字（至多 15 位整数、6 位小数，不用千分位）")
        number = Decimal(text)
        if abs(number) >= _LARGEST:
            raise ValueError("数字过大")
        return number

    @field_validator("report_id")
    @classmethod
    def _known_shape(cls, text: str) -> str:
        if not _REPORT_ID.fullmatch(text):
            raise ValueError("不是报告键（16 位十六进制数、“-”、序号）")
        return text

    @field_validator("year", mode="before")
    @classmethod
    def _report_year(cls, text: str) -> int:
        if not re.fullmatch(r"\d{4}", text.strip(), re.ASCII) or int(text) < _FIRST_YEAR:
            raise ValueError("不是报告年度")
        return int(text)

    @field_validator("corrected_on", mode="before")
    @classmethod
    def _day(cls, text: str) -> date:
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text.strip(), re.ASCII):
            raise ValueError("不是日期（应如 2026-11-22）")
        return date.fromisoformat(text.strip())

    @model_validator(mode="after")
    def _fits_the_form(self) -> CorrectionLine:
        if self.metric == IDENTITY:
            if (self.applicant, self.status, self.value) != ("all", "text", None):
                raise ValueError(f"{IDENTITY} 一行的 applicant 须为 all，status 须为 text，value 须为空")
            return self
        metric = _metrics().get(self.metric)
        if metric is None:
            raise ValueError(f"没有指标 {self.metric[:60]}")
        if self.applicant not in _applicants(metric):
            raise ValueError(f"指标 {self.metric} 没有申请人类别 {self.applicant[:60]}")
        if (self.status == "reported") != (self.value is not None):
            raise ValueError("状态为 reported 时须有 value，其他状态不能有")
        if self.value is not None and self.value < 0 and not metric.signed:
            raise ValueError(f"指标 {self.metric} 不能为负")
        if self.value is not None and metric.unit in ("件", "项") and self.value % 1:
            raise ValueError(f"指标 {self.metric} 须为整数")
        return self


def land_corrections(home: Home, load_id: str, today: date) -> list[str]:
    """Read the home's corrections and land them with a load, the refused lines with the reason; repeating it replaces them.

    Returns:
        The sentences about refused lines.
    """
    from review.decisions import read_decisions  # what is decided is written as lines of this module

    found = chain(read_corrections(home.corrections, today), decided_lines(read_decisions(home), today))
    rows = [{"load_id": load_id, **row} for row in found]
    write_part(home.landing, "corrections", load_id, _PART, rows)
    refused = [row["refusal"] for row in rows if row["refusal"]]
    for sentence in refused:
        log.warning("%s", sentence)
    return refused


def read_corrections(folder: Path, today: date) -> Iterator[Row]:
    """A landing row for each line of each CSV file in a folder, in the order of their names; none without the folder.

    Args:
        folder: where the files are.
        today: a correction made later than this is refused.
    """
    files = sorted(folder.glob("*.csv")) if folder.is_dir() else []
    for path in files:
        yield from _file_rows(path, today)


def decided_lines(decisions: Ledger, today: date) -> Iterator[Row]:
    """A landing row for each decision in force that puts something in the place of what was read."""
    for decision in decisions.in_force:
        if (cells := decision.correction_line()) is not None:
            name, line = decisions.path.name, decisions.line_of(decision.decision_id)
            yield _line_row(name, line, cells, today, decision.decision_id)


def _file_rows(path: Path, today: date) -> Iterator[Row]:
    try:
        lines = csv.reader(io.StringIO(_text_of(path)), strict=True)
        header = [name.strip() for name in next(lines, [])]
    except (OSError, ValueError, csv.Error) as error:
        yield _refused(path.name, 1, f"{error}；整个文件未采用")
        return
    if sorted(header) != sorted(COLUMNS):
        yield _refused(path.name, 1, f"表头应为 {','.join(COLUMNS)}，每列一次；整个文件未采用")
        return
    for number in range(MAX_LINES + 1):
        try:
            cells = next(lines, None)
        except csv.Error as error:
            yield _refused(path.name, lines.line_num, f"CSV 写法有误（{error}），该行及以后未采用")
            return
        if cells is None:
            return
        if number == MAX_LINES:
            yield _refused(path.name, lines.line_num, f"超过 {MAX_LINES} 行，以后未采用")
        elif any(cell.strip() for cell in cells):
            if len(cells) != len(header):
                problem = f"有 {len(cells)} 项，应为 {len(header)} 项"
                yield _refused(path.name, lines.line_num, problem)
            else:
                yield _line_row(path.name, lines.line_num, dict(zip(header, cells, strict=True)), today)


def _text_of(path: Path) -> str:
    """The file's text, as Excel writes it, too.

    Raises:
        OSError: it can't be read.
        ValueError: it is no CSV text, or too large.
    """
    if not path.is_file() or path.is_symlink():
        raise ValueError("不是普通文件")
    if path.stat().st_size > MAX_BYTES:
        raise ValueError(f"超过 {MAX_BYTES // 2**20} MB")
    content = path.read_bytes()
    if b"\x00" in content:
        raise ValueError("不是文本文件")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            return content.decode("gb18030")
        except UnicodeDecodeError as error:
            raise ValueError("既不是 UTF-8 也不是 GB18030 编码") from error


def _line_row(
    file: str, line: int, cells: Mapping[str, Any], today: date, correction_id: str | None = None
) -> Row:
    """One line's landing row; `correction_id` is made of what it says if it has none of its own."""
    try:
        read = CorrectionLine.model_validate(cells)
    except ValidationError as error:
        return _refused(file, line, "；".join(map(_problem, error.errors())), correction_id)
    if read.corrected_on > today:
        return _refused(file, line, f"corrected_on {read.corrected_on} 晚于今天", correction_id)
    said = read.model_dump()
    written = [str(said[name]) for name in CorrectionLine.model_fields if name in COLUMNS]
    return {
        # not the line's number: a line above it must not make it another correction
        "correction_id": correction_id or _digest(file, *written),
        "file": file,
        "line": line,
        "refusal": None,
        "unit": _metrics()[read.metric].unit if read.status == "reported" else None,
        **said,
    }


def _problem(error: Mapping[str, Any]) -> str:
    """What is wrong with a line, without repeating what stands in it at length."""
    where = str(error["loc"][0]) if error["loc"] else ""
    kind = error["type"]
    if kind == "value_error":
        what = str(error["ctx"]["error"])
    elif kind == "literal_error":
        what = f"应为 {error['ctx']['expected']}"
    else:
        what = _WORDS.get(kind, "写法有误")
    return f"{where} {what}".strip()


def _refused(file: str, line: int, problem: str, correction_id: str | None = None) -> Row:
    sentence = f"更正文件 {file} 第 {line} 行未采用：{problem}"
    return {
        "correction_id": correction_id or _digest(file, str(line), problem),
        "file": file,
        "line": line,
        "refusal": sentence,
    }


def _digest(*parts: str) -> str:
    return hashlib.sha256("|".join(parts).encode()).hexdigest()[:16]


@cache
def _metrics() -> Mapping[str, Metric]:
    return {metric.key: metric for metric in load_form().metrics()}


def _applicants(metric: Metric) -> tuple[str, ...]:
    return load_form().generations[-1].applicant_keys(metric)
