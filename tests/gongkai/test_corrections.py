"""Corrections at the edge: what a line must be, and that a bad line or file costs only itself."""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from extract.landing import read_load
from gongkai.corrections import COLUMNS, MAX_BYTES, land_corrections, read_corrections
from gongkai.settings import Home

TODAY = date(2026, 11, 22)
GOOD = {
    "report_id": "0123456789abcdef-0",
    "agency": "某市某局",
    "year": "2023",
    "metric": "requests.received",
    "applicant": "total",
    "read_value": "81",
    "status": "reported",
    "value": "18",
    "corrected_by": "王芳",
    "corrected_on": "2026-11-01",
    "reason": "与原件核对，应为 18",
    "evidence": "原件第 2 页第三部分",
}


def _csv(*lines: dict[str, str], header: tuple[str, ...] = COLUMNS) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=header)
    writer.writeheader()
    writer.writerows(lines)
    return text.getvalue()


def _read(folder: Path) -> list[dict[str, Any]]:
    return list(read_corrections(folder, TODAY))


def _refusals(folder: Path, **changes: str) -> list[str]:
    (folder / "一.csv").write_text(_csv(GOOD | changes), encoding="utf-8")
    return [row["refusal"] for row in _read(folder)]


def test_a_line_says_who_when_why_and_on_what_evidence(tmp_path: Path) -> None:
    (tmp_path / "一.csv").write_text(_csv(GOOD), encoding="utf-8")
    (row,) = _read(tmp_path)
    assert row["refusal"] is None
    assert (row["file"], row["line"], row["value"], row["read_value"]) == (
        "一.csv", 2, Decimal(18), Decimal(81),
    )  # fmt: skip
    assert (row["corrected_by"], row["corrected_on"], row["unit"]) == ("王芳", date(2026, 11, 1), "件")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_files_as_excel_writes_them_are_read(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "一.csv").write_text(_csv(GOOD), encoding=encoding)
    assert [row["agency"] for row in _read(tmp_path)] == ["某市某局"]


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"reason": "=HYPERLINK(1)"}, "reason 以 = + - @ 开头"),
        ({"evidence": "@SUM(A1)"}, "evidence 以 = + - @ 开头"),
        ({"corrected_by": "+1"}, "corrected_by 以 = + - @ 开头"),
        ({"agency": "某市\u202e某局"}, "agency 含有不可见的控制字符"),
        ({"reason": "长" * 501}, "reason 超过 500 个字"),
        ({"reason": "  "}, "reason 不能为空"),
        ({"value": "1e3"}, "value 不是普通写法的数字"),
        ({"value": "NaN"}, "value 不是普通写法的数字"),
        ({"value": "１８"}, "value 不是普通写法的数字"),
        ({"value": "1,800"}, "value 不是普通写法的数字"),
        ({"value": "9" * 16}, "value 不是普通写法的数字"),
        ({"value": ""}, "状态为 reported 时须有 value"),
        ({"status": "blank"}, "其他状态不能有"),
        ({"status": "doubtful"}, "status 应为"),
        ({"value": "-1"}, "指标 requests.received 不能为负"),
        ({"value": "1.5"}, "指标 requests.received 须为整数"),
        ({"metric": "requests.recieved"}, "没有指标 requests.recieved"),
        ({"applicant": "all"}, "没有申请人类别 all"),
        ({"report_id": "'; drop table x; --"}, "report_id 不是报告键"),
        ({"year": "23"}, "year 不是报告年度"),
        ({"corrected_on": "1/11/2026"}, "corrected_on 不是日期"),
        ({"corrected_on": "2026-02-30"}, "corrected_on"),
        ({"corrected_on": "2026-11-23"}, "晚于今天"),
    ],
)
def test_a_line_that_cannot_be_right_is_refused_by_file_and_line(
    tmp_path: Path, changes: dict[str, str], problem: str
) -> None:
    (sentence,) = _refusals(tmp_path, **changes)
    assert sentence.startswith("更正文件 一.csv 第 2 行未采用：")
    assert problem in sentence
    assert len(sentence) < 300


def test_a_bad_line_costs_only_itself(tmp_path: Path) -> None:
    text = _csv(GOOD, GOOD | {"value": "x"}) + "too,few\n" + _csv(GOOD | {"value": "19"}).splitlines()[1]
    (tmp_path / "一.csv").write_text(text, encoding="utf-8")
    rows = _read(tmp_path)
    assert [(row["line"], row["refusal"] is None) for row in rows] == [
        (2, True), (3, False), (4, False), (5, True),
    ]  # fmt: skip
    assert "有 2 项，应为 12 项" in rows[2]["refusal"]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"report_id,agency\n1,2\n", "表头应为"),
        (_csv(GOOD, header=COLUMNS).replace("report_id", "agency", 1).encode(), "表头应为"),
        (b"\xff\xfe\x00\x01", "不是文本文件"),
        (b"\x81" * 9, "编码"),
        (b"", "表头应为"),
        (b"a" * (MAX_BYTES + 1), "超过 5 MB"),
    ],
    ids=["header", "header twice", "binary", "encoding", "empty", "huge"],
)
def test_a_bad_file_costs_only_itself(tmp_path: Path, content: bytes, problem: str) -> None:
    (tmp_path / "一.csv").write_bytes(content)
    (tmp_path / "二.csv").write_text(_csv(GOOD), encoding="utf-8")
    bad, good = _read(tmp_path)
    assert problem in bad["refusal"]
    assert bad["refusal"].endswith("整个文件未采用")
    assert good["refusal"] is None


def test_a_quote_that_never_closes_and_a_field_without_end_are_refused(tmp_path: Path) -> None:
    (tmp_path / "一.csv").write_text(_csv(GOOD) + '"' + "长" * 200_000, encoding="utf-8")
    good, bad = _read(tmp_path)
    assert good["refusal"] is None
    assert "CSV 写法有误" in bad["refusal"]


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside.csv"
    outside.write_text(_csv(GOOD), encoding="utf-8")
    folder = tmp_path / "corrections"
    folder.mkdir()
    (folder / "link.csv").symlink_to(outside)
    assert ["不是普通文件" in row["refusal"] for row in _read(folder)] == [True]


def test_a_line_above_does_not_make_it_another_correction(tmp_path: Path) -> None:
    (tmp_path / "一.csv").write_text(_csv(GOOD), encoding="utf-8")
    (before,) = _read(tmp_path)
    (tmp_path / "一.csv").write_text(_csv(GOOD | {"value": "x"}, GOOD), encoding="utf-8")
    assert _read(tmp_path)[1]["correction_id"] == before["correction_id"]


def test_landing_keeps_every_line_and_repeating_it_changes_nothing(tmp_path: Path) -> None:
    home = Home(tmp_path)
    assert land_corrections(home, "20261122T020000-0001", TODAY) == []
    home.corrections.mkdir()
    (home.corrections / "一.csv").write_text(_csv(GOOD, GOOD | {"value": "x"}), encoding="utf-8")
    for _ in range(2):
        (refused,) = land_corrections(home, "20261122T020000-0001", TODAY)
        assert "第 3 行" in refused
        landed = read_load(home.landing, "corrections", "20261122T020000-0001").to_pylist()
        assert [(row["line"], row["value"]) for row in landed] == [(2, Decimal(18)), (3, None)]
