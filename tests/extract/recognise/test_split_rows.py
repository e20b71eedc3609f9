"""Rows that a page break has cut, put together again."""

from __future__ import annotations

from collections.abc import Sequence

from extract.form import load_form
from extract.model import Geometry, Grid, GridCell, Place
from extract.recognise.by_column import read_by_column
from extract.recognise.reading import Why
from extract.recognise.split_rows import join_grids, join_late_label
from extract.recognise.values import Status

HEAD = ["", "自然人", "商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他", "总计"]
GRANTED = ["（一）予以公开", "1", "0", "0", "0", "0", "0", "1"]
PARTLY = "（二）部分公开"


def grid(page: int, texts: Sequence[Sequence[str]]) -> Grid:
    cells = [
        GridCell(
            row, col, text, Place(page=page, box=(50 + 60 * col, 20 * row, 110 + 60 * col, 20 * row + 20))
        )
        for row, line in enumerate(texts)
        for col, text in enumerate(line)
    ]
    return Grid(tuple(cells), Geometry.EXPLICIT, Place(page=page))


def texts(found: Grid, row: int) -> list[str]:
    return [cell.text for cell in found.cells if cell.row == row]


def test_values_at_the_foot_of_a_page_join_the_label_that_heads_the_next() -> None:
    above = grid(1, [HEAD, GRANTED, ["", "2", "0", "0", "0", "0", "0", "2"]])
    below = grid(2, [[PARTLY, *[""] * 7], ["（七）总计", "3", "0", "0", "0", "0", "0", "3"]])
    joined = join_late_label(above, below)
    assert joined is not None
    upper, lower = joined
    assert max(cell.row for cell in upper.cells) == 1
    assert texts(lower, 0) == [PARTLY, "2", "0", "0", "0", "0", "0", "2"]
    assert lower.cells[1].place.page == 1, "the figure leads to where it is printed"


def test_a_row_whose_borders_end_a_page_and_whose_text_begins_the_next_is_one() -> None:
    leaves = ["结果维持", "结果纠正", "其他结果", "尚未审结", "总计"]
    above, below = grid(1, [leaves, [""] * 5]), grid(2, [["0", "1", "0", "2", "3"]])
    joined = join_grids(above, below)
    assert joined is not None
    upper, lower = joined
    assert texts(upper, 1) == ["0", "1", "0", "2", "3"] and lower is None
    assert upper.cells[-1].place.page == 2


def test_a_row_of_values_on_a_new_page_is_its_own_where_the_row_above_is_not_wholly_blank() -> None:
    above, below = grid(1, [["结果维持", "结果纠正"], ["", "1"]]), grid(2, [["0", "1"]])
    assert join_grids(above, below) is None


def test_a_row_of_blanks_below_a_labelled_row_stays_blank() -> None:
    above = grid(1, [HEAD, GRANTED])
    below = grid(2, [[PARTLY, *[""] * 7]])
    assert join_late_label(above, below) is None


def test_a_row_with_values_of_its_own_takes_no_others() -> None:
    above = grid(1, [HEAD, ["", "2", "0", "0", "0", "0", "0", "2"]])
    below = grid(2, [[PARTLY, "5", "0", "0", "0", "0", "0", "5"]])
    assert join_late_label(above, below) is None


def test_blanks_beside_values_without_a_label_are_doubtful() -> None:
    nameless = ["", "2", "0", "0", "0", "0", "0", "2"]
    blank = [PARTLY, *[""] * 7]
    for lines in ([HEAD, GRANTED, nameless, blank], [HEAD, GRANTED, blank, nameless]):
        reading = read_by_column([grid(1, lines)], load_form().generation("2021"))
        cell = reading.cells["requests.partially_granted", "natural_person"]
        assert (cell.parsed.status, cell.doubt) == (Status.BLANK, Why.ROW)
        sure = reading.cells["requests.granted", "natural_person"]
        assert (sure.parsed.value, sure.doubt) == (1, None)
