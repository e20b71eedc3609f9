"""Section four whose heads stand in another order than the form's."""

from __future__ import annotations

import pytest

from extract.form import load_form
from extract.model import Geometry, Grid, GridCell, Place
from extract.recognise.by_column import read_by_column
from extract.recognise.by_order import Slot, read_by_order
from extract.recognise.heads import review_moved

FORM = load_form().generation("2021")
LEAVES = ["结果维持", "结果纠正", "其他结果", "尚未审结", "总计"]
KEYS = ["upheld", "corrected", "other", "pending", "total"]
FIGURES = ["5", "0", "0", "2", "7", "1", "0", "3", "0", "4", "0", "6", "0", "0", "6"]
MIRRORED = FIGURES[::-1]


def header(*, mirrored: bool, damaged: bool) -> list[list[tuple[str, int, int]]]:
    """Rows of (text, column, columns spanned)."""
    groups = [("行政复议", 0, 5), ("行政诉讼", 5, 10)]
    inner = [("未经复议直接起诉", 5, 5), ("复议后起诉", 10, 5)]
    leaves = [(name, i, 1) for i, name in enumerate(LEAVES * 3)]
    if damaged:
        leaves[3] = ("？", 3, 1)
    rows = [groups, inner, leaves]
    if mirrored:
        rows = [[(text, 15 - at - wide, wide) for text, at, wide in reversed(row)] for row in rows]
    return rows


def grid_of(rows: list[list[tuple[str, int, int]]], figures: list[str]) -> Grid:
    lines = [*rows, [(text, i, 1) for i, text in enumerate(figures)]]
    cells = [
        GridCell(row, at, text, Place(path=f"{row}/{at}"), 1, wide)
        for row, line in enumerate(lines)
        for text, at, wide in line
    ]
    return Grid(tuple(cells), Geometry.EXPLICIT, Place())


def test_mirrored_columns_are_read_by_their_heads() -> None:
    reading = read_by_column([grid_of(header(mirrored=True, damaged=False), MIRRORED)], FORM)
    wanted = dict(zip([f"review.{key}" for key in KEYS], FIGURES, strict=False))
    assert {m: str(reading.cells[m, "all"].parsed.value) for m in wanted} == wanted
    assert all(cell.doubt is None for cell in reading.cells.values())


@pytest.mark.parametrize("mirrored", [True, False])
def test_columns_are_counted_only_where_the_heads_that_are_left_follow_the_form(mirrored: bool) -> None:
    figures = MIRRORED if mirrored else FIGURES
    reading = read_by_column([grid_of(header(mirrored=mirrored, damaged=True), figures)], FORM)
    assert [cell.doubt is not None for cell in reading.cells.values()] == [mirrored] * 15


def test_the_walk_by_order_does_not_count_columns_that_are_not_the_forms() -> None:
    for mirrored in (True, False):
        rows = [[text for text, _, _ in row] for row in header(mirrored=mirrored, damaged=False)]
        rows.append(MIRRORED if mirrored else FIGURES)
        slots = [[Slot(text, Place(line=i)) for text in row] for i, row in enumerate(rows)]
        reading = read_by_order(slots, FORM)
        assert [cell.doubt is not None for cell in reading.cells.values()] == [mirrored] * 15


def test_a_header_printed_again_is_no_other_order() -> None:
    assert not review_moved(["review", "litigation.direct", "litigation.after_review"], KEYS * 6)
    assert review_moved(["litigation.direct", "review"], KEYS)
