"""Tables that converters draw with characters."""

from __future__ import annotations

from extract.model import Geometry, Grid, Paragraph
from extract.read.text import read_text

BOXED = """二、主动公开政府信息情况

┌──────────────────────────────────┐
│第二十条第（一）项                │
├───────────────┬──────────┬───────┤
│信息内容       │本年制发件│现行有 │
│               │数        │效件数 │
├───────────────┼──────────┼───────┤
│规章           │0         │       │
├───────────────┼──────────┼───────┤
│行政规范性文件 │12        │3      │
└───────────────┴──────────┴───────┘
三、收到和处理政府信息公开申请情况
"""

SPANNED = """+------+--------------+---+---+
| 组   | 行           | 甲| 乙|
+======+==============+===+===+
| 三、 | （一）予以公 | 1 | 2 |
| 办理 | 开           | 0 |   |
| 结果 +--------------+---+---+
|      | （二）部分   | 3 |   |
+------+--------------+---+---+
"""

SHELL = """+----------------+------+------+
| 信息内容       | 制发 | 有效 |
+----------------+------+------+
| 规章           | 0    | 1    |
| 行政规范性文件 | 2    | 3    |
+----------------+------+------+
"""


def grids(text: str, name: str = "report.txt") -> list[Grid]:
    return [block for block in read_text(text.encode(), name).blocks if isinstance(block, Grid)]


def texts(grid: Grid) -> list[list[str]]:
    height = max(cell.row for cell in grid.cells) + 1
    return [[cell.text for cell in grid.cells if cell.row == row] for row in range(height)]


def test_a_boxed_table_is_a_grid_with_its_spans_and_wrapped_cells() -> None:
    [grid] = grids(BOXED)
    assert grid.geometry is Geometry.EXPLICIT
    assert texts(grid) == [
        ["第二十条第（一）项"],
        ["信息内容", "本年制发件数", "现行有效件数"],
        ["规章", "0", ""],
        ["行政规范性文件", "12", "3"],
    ]
    assert grid.cells[0].col_span == 3


def test_cells_lead_to_their_line() -> None:
    [grid] = grids(BOXED)
    lines = BOXED.split("\n")
    for cell in grid.cells:
        if cell.text and cell.place.line is not None:
            assert cell.text[:2] in lines[cell.place.line - 1]


def test_the_text_around_a_drawn_table_stays() -> None:
    blocks = read_text(BOXED.encode(), "report.txt").blocks
    paragraphs = [block.text for block in blocks if isinstance(block, Paragraph) and block.text]
    assert paragraphs == ["二、主动公开政府信息情况", "三、收到和处理政府信息公开申请情况"]


def test_rulings_beside_a_spanning_cell_part_rows_and_wrapped_digits_are_one_number() -> None:
    [grid] = grids(SPANNED)
    assert texts(grid) == [
        ["组", "行", "甲", "乙"],
        ["三、办理结果", "（一）予以公开", "10", "2"],
        ["（二）部分", "3", ""],
    ]


def test_rows_that_no_ruling_parts_are_left_to_the_pipes() -> None:
    [grid] = grids(SHELL)
    assert grid.geometry is Geometry.RAGGED
    assert next(row for row in texts(grid) if row[0].strip() == "规章")[1].strip() == "0"


def test_a_blank_of_a_carelessly_drawn_row_is_no_cell() -> None:
    careless = SPANNED.replace("|      | （二）部分   | 3 |   |", "|      | （二）部分 | 3   |   |")
    [grid] = grids(careless)
    assert grid.geometry is Geometry.RAGGED
    assert not any(cell.row == 2 and cell.text == "" for cell in grid.cells)


def test_escapes_of_markdown_are_no_text() -> None:
    blocks = read_text("# 标题\n\n\\(一\\)予以公开\n\n1\\.属于国家秘密\n".encode(), "report.md").blocks
    assert [b.text for b in blocks if isinstance(b, Paragraph) and b.text][1:] == [
        "(一)予以公开",
        "1.属于国家秘密",
    ]
