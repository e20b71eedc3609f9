"""Section four whose one row is blank and stands on the page behind its heads."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from extract.read.flow import assemble
from extract.read.layout import LaidOutDocument, PageLayout, Run, Segment
from extract.read.ruled import read_ruled
from extract.recognise.geometry import settle
from extract.recognise.report import Cell, recognise
from extract.recognise.values import Status

WIDTH, HEIGHT, SIZE = 595.0, 842.0, 7.0
LEAVES = ("结果维持", "结果纠正", "其他结果", "尚未审结", "总计") * 3
COLUMNS = [40.0 + 34 * i for i in range(16)]
TOP, BOTTOM = 740.0, 785.0
HEADING = ("五、存在的主要问题及改进情况", 40.0, 80.0)
VALUES = [("0", COLUMNS[i] + 12, 60.0) for i in range(15)]

Text = tuple[str, float, float]


def run(order: int, text: Text) -> Run:
    words, x, y = text
    edges = tuple(x + SIZE * (i + side) for i in range(len(words)) for side in (0, 1))
    return Run(words, (x, y, edges[-1], y + SIZE), order, edges)


def heads() -> list[Text]:
    over = [("行政复议", 90.0, TOP + 2), ("行政诉讼", 350.0, TOP + 2)]
    over += [("未经复议直接起诉", 250.0, TOP + 17), ("复议后起诉", 430.0, TOP + 17)]
    return [*over, *((words, COLUMNS[i] + 3, TOP + 34) for i, words in enumerate(LEAVES))]


def rules(ys: Sequence[float], *, upright: bool) -> tuple[tuple[Segment, ...], tuple[Segment, ...]]:
    level = tuple(Segment(y, COLUMNS[0], COLUMNS[-1]) for y in ys)
    return level, tuple(Segment(x, ys[0], ys[-1]) for x in COLUMNS) if upright else ()


def layout(number: int, texts: Sequence[Text], level=(), uprights=(), pictures=()) -> PageLayout:
    runs = tuple(run(i, text) for i, text in enumerate(texts))
    return PageLayout(number, WIDTH, HEIGHT, runs, level, uprights, pictures=pictures)


def read(*layouts: PageLayout) -> list[Cell]:
    """The cells of section four."""
    texts = ("柳河镇2022年政府信息公开工作年度报告", "四、政府信息公开行政复议、行政诉讼情况")
    title = layout(0, [(text, 100.0, 100.0 + 40 * i) for i, text in enumerate(texts)])
    pages = tuple(read_ruled(page) for page in (title, *layouts))
    document = settle(LaidOutDocument("pdf", assemble(pages), len(pages), read_pages=pages))
    (report,) = recognise(document, "a.pdf")
    return [cell for cell in report.cells if cell.metric.startswith(("review.", "litigation."))]


def statuses(cells: Sequence[Cell]) -> list[Status]:
    return [cell.status for cell in cells]


def head_page(*, ruled: bool) -> PageLayout:
    level, uprights = rules([TOP, TOP + 15, TOP + 30, BOTTOM], upright=True) if ruled else ((), ())
    # the heads span several columns: no uprights in the first two rows but the outer ones and those between groups
    spanning = (COLUMNS[0], COLUMNS[5], COLUMNS[10], COLUMNS[15])
    uprights = tuple(Segment(line.at, TOP if line.at in spanning else TOP + 30, BOTTOM) for line in uprights)
    return layout(1, heads(), level, uprights)


@pytest.mark.parametrize("ruled", [True, False])
def test_a_blank_row_on_the_page_behind_the_heads_is_blank_and_not_missing(ruled: bool) -> None:
    level, uprights = rules([50.0, 72.0], upright=True) if ruled else ((), ())
    cells = read(head_page(ruled=ruled), layout(2, [HEADING], level, uprights))
    assert statuses(cells) == [Status.BLANK] * 15
    assert {cell.place.page for cell in cells} == {2}


def test_a_blank_row_at_the_end_of_the_document_is_blank() -> None:
    assert statuses(read(head_page(ruled=False))) == [Status.BLANK] * 15


@pytest.mark.parametrize("ruled", [True, False])
def test_figures_on_the_page_behind_the_heads_are_still_read(ruled: bool) -> None:
    level, uprights = rules([50.0, 72.0], upright=True) if ruled else ((), ())
    cells = read(head_page(ruled=ruled), layout(2, [*VALUES, HEADING], level, uprights))
    assert statuses(cells) == [Status.REPORTED] * 15


def test_a_picture_where_the_row_is_due_is_no_blank() -> None:
    pictures = tuple((COLUMNS[i] + 8, 55.0, COLUMNS[i] + 20, 70.0) for i in range(15))
    cells = read(head_page(ruled=False), layout(2, [HEADING], pictures=pictures))
    assert set(statuses(cells)) & {Status.BLANK, Status.REPORTED} == set()


def test_words_where_the_row_is_due_are_not_passed_over() -> None:
    cells = read(head_page(ruled=False), layout(2, [("详见附表", 40.0, 60.0), HEADING]))
    assert Status.BLANK not in statuses(cells)
