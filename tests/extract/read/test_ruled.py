"""Grids from rulings, on pages made by hand."""

from __future__ import annotations

from dataclasses import replace

from extract.model import PICTURE
from extract.read.layout import PageLayout, Run, Segment
from extract.read.pdf_page import mark_struck
from extract.read.ruled import read_ruled

WIDTH, HEIGHT = 595.0, 842.0


def run(text: str, x: float, y: float, size: float = 10) -> Run:
    edges = tuple(x + size * (i + side) for i in range(len(text)) for side in (0, 1))
    return Run(text, (x, y, edges[-1], y + size), int(y * 1000 + x), edges)


def page(runs: list[Run], horizontals: list[Segment], verticals: list[Segment]) -> PageLayout:
    return PageLayout(1, WIDTH, HEIGHT, tuple(runs), tuple(horizontals), tuple(verticals))


def rows(layout: PageLayout) -> list[list[list[str]]]:
    """The texts of each grid, row by row."""
    read = read_ruled(layout)
    grids = []
    for grid in read.grids:
        height = max(cell.row for cell in grid.cells) + 1
        grids.append([[cell.text for cell in grid.cells if cell.row == row] for row in range(height)])
    return grids


def table(columns: list[float], ys: list[float], *, outer: bool) -> tuple[list[Segment], list[Segment]]:
    """Inner rulings of a table, and the outer ones if wanted."""
    inner = slice(None) if outer else slice(1, -1)
    return (
        [Segment(y, columns[0], columns[-1]) for y in ys[inner]],
        [Segment(x, ys[0], ys[-1]) for x in columns[inner]],
    )


COLUMNS, YS = [50.0, 250.0, 400.0, 540.0], [100.0, 120.0, 140.0, 160.0]
CELLS = [
    run(text, x + 4, y + 5)
    for y, row in zip(YS, (("甲", "乙", "丙"), ("规章", "1", "2"), ("文件", "3", "4")), strict=False)
    for x, text in zip(COLUMNS, row, strict=False)
]
WANTED = [["甲", "乙", "丙"], ["规章", "1", "2"], ["文件", "3", "4"]]


def test_text_below_a_table_without_a_bottom_border_is_not_in_its_last_row() -> None:
    horizontals, verticals = table(COLUMNS, YS, outer=False)
    below = [run("三、下一部分的标题", 50, YS[-1] + 1), run("正文在这里继续。", 50, YS[-1] + 30)]
    assert rows(page([*CELLS, *below], horizontals, verticals)) == [WANTED]


def test_text_above_a_table_without_a_top_border_is_not_in_its_first_row() -> None:
    horizontals, verticals = table(COLUMNS, YS, outer=False)
    above = [run("二、本部分的标题", 50, YS[0] - 11), run("前面的正文。", 50, YS[0] - 19)]
    assert rows(page([*above, *CELLS], horizontals, verticals)) == [WANTED]


def test_a_row_cut_by_the_foot_of_the_page_keeps_its_text() -> None:
    ys = [700.0, 720.0, 740.0, 758.0]
    horizontals, verticals = table(COLUMNS, ys, outer=True)
    cells = [
        run(text, x + 4, y + 5)
        for y, row in zip(ys, WANTED, strict=False)
        for x, text in zip(COLUMNS, row, strict=False)
    ]
    late = run("续", COLUMNS[0] + 4, ys[-1] + 1)
    [grid] = rows(page([*cells, late, run("—3—", 290, 800)], horizontals[:-1], verticals))
    assert grid[-1] == ["文件续", "3", "4"]


def test_a_table_with_ruled_columns_and_unruled_rows_is_no_grid_of_one_row() -> None:
    horizontals, verticals = table(COLUMNS, [YS[0], YS[-1]], outer=True)
    layout = page(CELLS, horizontals, verticals)
    read = read_ruled(layout)
    assert read.grids == ()
    assert read.loose == tuple(range(len(CELLS)))


def test_numbers_of_several_rows_in_one_ruled_cell_are_no_grid() -> None:
    ys = [100.0, 120.0, 300.0]
    horizontals, verticals = table(COLUMNS, ys, outer=True)
    heads = CELLS[:3]
    numbers = [run("7", x + 4, 130 + 20 * i) for i in range(6) for x in COLUMNS[:3]]
    assert read_ruled(page([*heads, *numbers], horizontals, verticals)).grids == ()


def test_a_wrapped_label_is_no_sign_of_unruled_rows() -> None:
    horizontals, verticals = table(COLUMNS, YS, outer=True)
    wrapped = [run("规章", 54, 122, 8), run("文件", 54, 131, 8)]
    others = [cell for cell in CELLS if cell.text != "规章"]
    [grid] = rows(page([*others, *wrapped], horizontals, verticals))
    assert grid[1] == ["规章文件", "1", "2"]


def test_a_box_around_paragraphs_is_no_grid() -> None:
    horizontals = [Segment(y, 50, 540) for y in (100, 200)]
    verticals = [Segment(x, 100, 200) for x in (50, 540)] + [Segment(300, 100, 110)]
    text = [run("第一行文字", 60, 110), run("第二行文字", 60, 130)]
    assert read_ruled(page(text, horizontals, verticals)).grids == ()


def test_a_picture_in_an_empty_cell_is_no_blank() -> None:
    horizontals, verticals = table(COLUMNS, YS, outer=True)
    cells = [cell for cell in CELLS if cell.text not in ("2", "4")]
    seal, figure, spot = (0.0, 0.0, 595.0, 842.0), (420.0, 124.0, 436.0, 138.0), (420.0, 142.0, 423.0, 145.0)
    layout = replace(page(cells, horizontals, verticals), pictures=(seal, figure, spot))
    [grid] = rows(layout)
    assert grid == [["甲", "乙", "丙"], ["规章", "1", PICTURE], ["文件", "3", ""]]


def test_struck_figures_are_told_from_underlined_and_ruled_ones() -> None:
    figures = [run("89", 60, 100), run("5", 160, 100), run("6", 260, 100)]
    struck, underline, ruling = Segment(105, 60, 70), Segment(109.5, 160, 170), Segment(105.5, 100, 500)
    marked = mark_struck(figures, [struck, underline, ruling])
    assert [found.text for found in marked] == ["\ufffd9", "5", "6"]
