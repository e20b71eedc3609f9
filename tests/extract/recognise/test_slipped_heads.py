"""Grids of converters whose heads do not stand over their figures: doubtful, or read by order where that is sure."""

from __future__ import annotations

from collections.abc import Sequence

from extract.model import Geometry, Grid, GridCell, Paragraph, Place, ReadDocument
from extract.recognise.report import recognise

TITLE = "柳河镇2022年政府信息公开工作年度报告"
HEADS = ["自然人", "商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他", "总计"]
ROWS = ["一、本年新收政府信息公开申请数量", "二、上年结转政府信息公开申请数量", "四、结转下年度继续办理"]

Line = Sequence[tuple[int, int, str]]
"""column, columns covered, text of each cell"""


def read(*lines: Line) -> dict[tuple[str, str], tuple[str, int | None]]:
    cells = tuple(
        GridCell(r, col, text, Place(path=f"{r}/{col}"), 1, span)
        for r, line in enumerate(lines)
        for col, span, text in line
    )
    blocks = (Paragraph(TITLE, Place()), Grid(cells, Geometry.EXPLICIT, Place()))
    (report,) = recognise(ReadDocument("xlsx", blocks), "a.xlsx")
    return {
        (c.metric, c.applicant): (str(c.status), None if c.value is None else int(c.value))
        for c in report.cells
    }


def test_figures_left_of_heads_that_slipped_to_the_right_are_not_blanks() -> None:
    head = [
        (0, 4, "第二十条第（一）项"),
        (4, 1, "信息内容"),
        (5, 1, "本年制发件数"),
        (6, 1, "本年废止件数"),
        (7, 1, "现行有效件数"),
    ]
    row = [(0, 1, "规章"), (1, 1, "19"), (2, 1, "0"), (3, 1, "7"), *((col, 1, "") for col in range(4, 8))]
    found = read(head, row)
    assert {found[f"proactive.rules.{c}", "all"][0] for c in ("issued", "repealed", "in_force")} == {
        "doubtful"
    }


def test_a_figure_under_no_head_makes_its_row_doubtful() -> None:
    heads = [(0, 1, "申请人情况"), *((1 + i, 1, text) for i, text in enumerate(HEADS))]
    heads[6:] = [(6, 1, ""), (7, 1, "总计"), (8, 1, "其他")]  # 其他 has slipped behind the last column
    values = ["5", "1", "0", "0", "0", "3", "9", ""]
    found = read(heads, *([(0, 1, label), *((1 + i, 1, v) for i, v in enumerate(values))] for label in ROWS))
    assert found["requests.received", "other_organisation"] != ("blank", None)
    assert found["requests.received", "other_organisation"][0] == "doubtful"


def spread(values: Sequence[str], edges: Sequence[int]) -> list[tuple[int, int, str]]:
    return [(at, end - at, v) for v, at, end in zip(values, edges, edges[1:], strict=False)]


HEAD_EDGES, ROW_EDGES = [1, 2, 3, 5, 6, 7, 9, 10], [1, 2, 4, 6, 7, 8, 9, 10]


def test_a_full_row_that_adds_up_is_sure_where_a_converter_has_moved_its_columns_a_little() -> None:
    rows = [["5", "1", "0", "2", "0", "3", "11"], ["0"] * 7, ["1", "0", "0", "0", "0", "0", "1"]]
    lines = [[(0, 1, label), *spread(row, ROW_EDGES)] for label, row in zip(ROWS, rows, strict=True)]
    found = read([(0, 1, "申请人情况"), *spread(HEADS, HEAD_EDGES)], *lines)
    got = [
        found["requests.received", a]
        for a in ("natural_person", "business", "research", "nonprofit", "total")
    ]
    assert got == [("reported", n) for n in (5, 1, 0, 2, 11)]


def test_such_a_row_is_doubtful_where_it_does_not_add_up_or_has_a_blank() -> None:
    rows = [["5", "1", "0", "2", "0", "3", "12"], ["5", "1", "0", "", "0", "0", "6"], ["0"] * 7]
    lines = [[(0, 1, label), *spread(row, ROW_EDGES)] for label, row in zip(ROWS, rows, strict=True)]
    found = read([(0, 1, "申请人情况"), *spread(HEADS, HEAD_EDGES)], *lines)
    assert {found["requests.received", "research"][0], found["requests.carried_in", "research"][0]} == {
        "doubtful"
    }
