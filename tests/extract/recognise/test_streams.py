"""Dumps with a cell a line: which pipes and empty lines are blank cells."""

from __future__ import annotations

import pytest

from extract.read.text import read_text
from extract.recognise.report import Cell, recognise

TITLE = "柳河镇2022年政府信息公开工作年度报告"
NOTE = "（本列数据的勾稽关系为：第一项加第二项之和，等于第三项加第四项之和）"
APPLICANTS = [
    "自然人",
    "法人或其他组织",
    "总计",
    "商业企业",
    "科研机构",
    "社会公益组织",
    "法律服务机构",
    "其他",
]
REQUESTS = {
    "一、本年新收政府信息公开申请数量": ["1", "", "", "", "", "", "1"],
    "二、上年结转政府信息公开申请数量": [""] * 7,
    "（七）总计": ["1", "", "", "", "", "", "1"],
    "四、结转下年度继续办理": [""] * 7,
}
OUTCOMES = ["结果维持", "结果纠正", "其他结果", "尚未审结", "总计"]
HEAD_ROWS = [
    ["行政复议", "行政诉讼"],
    [*OUTCOMES, "未经复议直接起诉", "复议后起诉"],
    OUTCOMES * 2,
]
BLANK = [""] * 15
FILLED = ["", "1", "", "", "1", *[""] * 5, "", "2", "", "", "2"]


def piped(rows: list[list[str]], ending: bool) -> list[str]:
    """`cell |` a line; a pipe more where rows end."""
    return [line for row in rows for line in [*(f"{c} |" if c else "|" for c in row), *(["|"] * ending)]]


def apart(rows: list[list[str]], _: bool) -> list[str]:
    """A cell a paragraph."""
    return [line for row in rows for cell in row for line in (cell, "")]


def document(review: list[str], rows=piped, requests_ending: bool = False) -> bytes:
    table = [[NOTE, "申请人情况"], APPLICANTS, *([label, *values] for label, values in REQUESTS.items())]
    lines = [TITLE, "三、收到和处理政府信息公开申请情况", *rows(table, requests_ending)]
    lines += ["四、政府信息公开行政复议、行政诉讼情况", *review]
    lines += ["五、存在的主要问题及改进情况", "公开的内容还不够全面。"]
    return "\n".join(lines).encode()


def cells(data: bytes, prefix: tuple[str, ...]) -> list[tuple[str, int | None]]:
    (report,) = recognise(read_text(data, "a.txt"), "a.txt")
    found: list[Cell] = [cell for cell in report.cells if cell.metric.startswith(prefix)]
    return [(str(cell.status), None if cell.value is None else int(cell.value)) for cell in found]


REVIEW = ("review.", "litigation.")
FULL = ["0", "1", "0", "0", "1", *["0"] * 5, "0", "2", "0", "0", "2"]
PRINTED = [("reported", int(v)) if v else ("blank", None) for v in FILLED]


@pytest.mark.parametrize("ending", [False, True])
@pytest.mark.parametrize("requests_ending", [False, True])
def test_section_four_of_bare_pipes_is_blank(ending: bool, requests_ending: bool) -> None:
    data = document(piped([*HEAD_ROWS, BLANK], ending), requests_ending=requests_ending)
    assert cells(data, REVIEW) == [("blank", None)] * 15


@pytest.mark.parametrize("ending", [False, True])
@pytest.mark.parametrize("requests_ending", [False, True])
def test_pipes_of_the_heads_tell_where_section_four_has_its_blanks(
    ending: bool, requests_ending: bool
) -> None:
    data = document(piped([*HEAD_ROWS, FILLED], ending), requests_ending=requests_ending)
    assert cells(data, REVIEW) == PRINTED


@pytest.mark.parametrize("ending", [False, True])
@pytest.mark.parametrize("requests_ending", [False, True])
def test_a_full_row_of_section_four_is_sure_whether_or_not_rows_end_with_a_pipe(
    ending: bool, requests_ending: bool
) -> None:
    data = document(piped([*HEAD_ROWS, FULL], ending), requests_ending=requests_ending)
    assert cells(data, REVIEW) == [("reported", int(v)) for v in FULL]


def test_section_four_whose_row_is_gone_stays_missing() -> None:
    assert cells(document(piped(HEAD_ROWS, ending=True)), REVIEW) == [("missing", None)] * 15


def test_section_four_with_a_cell_lost_is_doubtful() -> None:
    lost = [*FILLED[:3], *FILLED[4:]]
    assert {status for status, _ in cells(document(piped([*HEAD_ROWS, lost], ending=False)), REVIEW)} == {
        "doubtful"
    }


@pytest.mark.parametrize(("row", "wanted"), [(BLANK, [("blank", None)] * 15), (FILLED, PRINTED)])
def test_empty_lines_behind_heads_that_were_broken_are_blanks_of_section_four(
    row: list[str], wanted: list[tuple[str, int | None]]
) -> None:
    broken = [[part for head in line for part in (head[:2], head[2:]) if part] for line in HEAD_ROWS]
    broken[0], broken[1][-4:] = HEAD_ROWS[0], HEAD_ROWS[1][-2:]
    assert cells(document(apart([*broken, row], False), apart), REVIEW) == wanted


def test_a_blank_row_before_section_four_is_not_taken_for_one_that_lost_its_label() -> None:
    data = document(piped([*HEAD_ROWS, FILLED], ending=False))
    assert cells(data, ("requests.carried_forward",)) == [("blank", None)] * 7


def test_a_figure_is_sure_where_most_rows_of_its_section_are_blank() -> None:
    lines = ["二、主动公开政府信息情况"]
    rows = [
        ["第二十条第（五）项"],
        ["信息内容", "本年处理决定数量"],
        ["行政许可", "3"],
        ["第二十条第（六）项"],
    ]
    rows += [["信息内容", "本年处理决定数量"], ["行政处罚", ""], ["行政强制", ""]]
    data = "\n".join([TITLE, *lines, *piped(rows, False), *document([]).decode().split("\n")[1:]]).encode()
    assert cells(data, ("proactive.licensing",)) == [("reported", 3)]


def test_a_row_of_tabs_alone_is_a_row_of_blanks() -> None:
    heads = [
        "行政复议\t\t\t\t\t行政诉讼",
        "\t".join([*OUTCOMES, "未经复议直接起诉", "复议后起诉"]),
        "\t".join(OUTCOMES * 2),
    ]
    data = document([*heads, "", "- 5 -", "", "\t" * 14, ""])
    assert cells(data, REVIEW) == [("blank", None)] * 15
