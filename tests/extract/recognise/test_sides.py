"""Two tables of one section side by side, or one after the other: whose figures are whose."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from extract.model import Block, Geometry, Grid, GridCell, Paragraph, Place, ReadDocument
from extract.read.flow import assemble
from extract.read.layout import LaidOutDocument, PageLayout, Run, Segment
from extract.read.ruled import read_ruled
from extract.recognise.geometry import settle
from extract.recognise.report import Cell, recognise

AGENCY, OTHER = "青岚县教育局", "青岚县民政局"
TITLE = f"{AGENCY}2022年政府信息公开工作年度报告"
HEADING = "三、收到和处理政府信息公开申请情况"
HEADS = ("自然人", "商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他", "总计")
ROWS = ("一、本年新收政府信息公开申请数量", "二、上年结转政府信息公开申请数量", "四、结转下年度继续办理")
OWN = (
    ("5", "1", "0", "0", "0", "0", "6"),
    ("0", "0", "0", "0", "0", "0", "0"),
    ("1", "0", "0", "0", "0", "0", "1"),
)
ALIEN = (
    ("7", "0", "0", "2", "0", "0", "9"),
    ("3", "0", "0", "0", "0", "0", "3"),
    ("0", "4", "0", "0", "0", "0", "4"),
)
SIZE, PITCH, TOP = 7.0, 20.0, 200.0

Figures = Sequence[Sequence[str]]
Text = tuple[str, float, float]


def table_texts(
    left: float, figures: Figures, rows: Sequence[str] = ROWS, *, head: bool = True
) -> list[Text]:
    columns = [left + 150 + 52 * i for i in range(7)]
    texts = [(words, x, TOP) for words, x in zip(HEADS, columns, strict=True)] if head else []
    texts += [("申请人情况", left + 270, TOP - 12)] if head else []
    for i, (label, row) in enumerate(zip(rows, figures, strict=True)):
        y = TOP + PITCH * (i + 1)
        texts += [
            (label, left, y),
            *((value, x + 10, y) for value, x in zip(row, columns, strict=True) if value),
        ]
    return texts


def rules(left: float, count: int) -> tuple[tuple[Segment, ...], tuple[Segment, ...]]:
    """The rulings of a table of so many rows and a head."""
    xs = [left - 4, *(left + 146 + 52 * i for i in range(8))]
    ys = [TOP - 14, *(TOP + 14 + PITCH * i for i in range(count + 1))]
    return tuple(Segment(y, xs[0], xs[-1]) for y in ys), tuple(Segment(x, ys[0], ys[-1]) for x in xs)


def layout(number: int, texts: Sequence[Text], level=(), upright=()) -> PageLayout:
    runs = []
    for order, (words, x, y) in enumerate(texts):
        edges = tuple(x + SIZE * 0.8 * (i + side) for i in range(len(words)) for side in (0, 1))
        runs.append(Run(words, (x, y, edges[-1], y + SIZE), order, edges))
    return PageLayout(number, 1190.0, 842.0, tuple(runs), level, upright)


def received(cells: Sequence[Cell]) -> list[tuple[str, int | None]]:
    found = [
        c
        for c in cells
        if c.metric in ("requests.received", "requests.carried_in", "requests.carried_forward")
    ]
    return [(str(c.status), None if c.value is None else int(c.value)) for c in found]


def printed(figures: Figures) -> list[tuple[str, int | None]]:
    return [("reported", int(value)) for row in figures for value in row]


def read(*layouts: PageLayout) -> list[tuple[str, int | None]]:
    front = layout(0, [(TITLE, 100.0, 100.0), (HEADING, 100.0, 140.0)])
    pages = tuple(read_ruled(page) for page in (front, *layouts))
    document = settle(LaidOutDocument("pdf", assemble(pages), len(pages), read_pages=pages))
    (report,) = recognise(document, "a.pdf")
    return received(report.cells)


def captions(*names: str) -> list[Text]:
    return [(name, left + 150, TOP - 32) for name, left in zip(names, (40.0, 600.0), strict=True)]


@pytest.mark.parametrize("ruled", [False, True])
@pytest.mark.parametrize(("own", "alien"), [("2022年", "2021年"), (AGENCY, OTHER), ("本年", "上年")])
@pytest.mark.parametrize("first", [False, True])
def test_of_two_tables_on_one_line_the_reports_own_is_read(
    own: str, alien: str, first: bool, ruled: bool
) -> None:
    figures, names = ((OWN, ALIEN), (own, alien)) if first else ((ALIEN, OWN), (alien, own))
    texts = [*captions(*names), *table_texts(40.0, figures[0]), *table_texts(600.0, figures[1])]
    level, upright = rules(40.0, 3) if ruled else ((), ())
    more = rules(600.0, 3) if ruled else ((), ())
    assert read(layout(1, texts, (*level, *more[0]), (*upright, *more[1]))) == printed(OWN)


@pytest.mark.parametrize("names", [("表甲", "表乙"), (OTHER, "青岚县财政局"), ("2020年", "2021年")])
def test_two_tables_on_one_line_are_doubtful_where_nothing_names_the_reports_own(
    names: tuple[str, str],
) -> None:
    texts = [*captions(*names), *table_texts(40.0, ALIEN), *table_texts(600.0, OWN)]
    assert {status for status, _ in read(layout(1, texts))} == {"doubtful"}


def test_sides_go_on_over_a_page_without_heads_and_captions() -> None:
    first = [
        *captions("2021年", "2022年"),
        *table_texts(40.0, ALIEN[:2], ROWS[:2]),
        *table_texts(600.0, OWN[:2], ROWS[:2]),
    ]
    second = [
        *table_texts(40.0, ALIEN[2:], ROWS[2:], head=False),
        *table_texts(600.0, OWN[2:], ROWS[2:], head=False),
    ]
    found = read(layout(1, first), layout(2, second))
    assert found[:14] == printed(OWN[:2])
    # one label alone shows no second table: what is read of it may not be the other side's
    assert all(
        got == want or got[0] != "reported" for got, want in zip(found[14:], printed(OWN[2:]), strict=True)
    )


def grid(
    figures: Sequence[Figures], heads: Sequence[str] = (), rows: Sequence[str] = ROWS, *, head: bool = True
) -> Grid:
    """A grid with a table for each set of figures, each with its own labels."""
    lines: list[list[tuple[str, int]]] = [[(text, 8) for text in heads]] if heads else []
    lines += (
        [[cell for _ in figures for cell in (("申请人", 1), *((text, 1) for text in HEADS))]] if head else []
    )
    for i, label in enumerate(rows):
        lines.append([cell for table in figures for cell in ((label, 1), *((v, 1) for v in table[i]))])
    cells = []
    for r, line in enumerate(lines):
        col = 0
        for text, span in line:
            cells.append(GridCell(r, col, text, Place(path=f"{r}/{col}"), 1, span))
            col += span
    return Grid(tuple(cells), Geometry.EXPLICIT, Place())


def read_blocks(*blocks: Block) -> list[tuple[str, int | None]]:
    front = [Paragraph(text, Place()) for text in (TITLE, HEADING)]
    (report,) = recognise(ReadDocument("html", (*front, *blocks)), "a.html")
    return received(report.cells)


@pytest.mark.parametrize(
    ("names", "figures"), [((AGENCY, OTHER), (OWN, ALIEN)), ((OTHER, "教育局"), (ALIEN, OWN))]
)
def test_one_grid_of_two_agencies_gives_the_reports_own(
    names: tuple[str, str], figures: tuple[Figures, Figures]
) -> None:
    assert read_blocks(grid(figures, names)) == printed(OWN)


def test_one_grid_of_two_other_agencies_is_doubtful() -> None:
    assert {s for s, _ in read_blocks(grid((ALIEN, OWN), (OTHER, "青岚县财政局")))} == {"doubtful"}


def test_the_second_grid_of_a_comparison_is_cut_by_its_labels() -> None:
    rows = (*ROWS[:2], "（七）总计", ROWS[2])
    own, alien = (*OWN[:2], OWN[2], OWN[2]), (*ALIEN[:2], ALIEN[2], ALIEN[2])
    parts = [
        grid((alien[:1], own[:1]), ("2021年", "2022年"), rows[:1]),
        grid((alien[1:], own[1:]), (), rows[1:], head=False),
    ]
    assert read_blocks(*parts) == printed(OWN)


@pytest.mark.parametrize(
    ("names", "figures"), [((AGENCY, OTHER), (OWN, ALIEN)), (("2021年", "2022年"), (ALIEN, OWN))]
)
def test_of_tables_under_each_other_the_one_under_the_reports_own_name_is_read(
    names: tuple[str, str], figures: tuple[Figures, Figures]
) -> None:
    blocks: list[Block] = []
    for name, table in zip(names, figures, strict=True):
        blocks += [Paragraph(name, Place()), grid([table])]
    assert read_blocks(*blocks) == printed(OWN)


def test_tables_under_each_other_without_names_are_doubtful_where_they_differ() -> None:
    found = read_blocks(Paragraph("表一", Place()), grid([ALIEN]), Paragraph("表二", Place()), grid([OWN]))
    differing = [
        a != o for alien, own in zip(ALIEN, OWN, strict=True) for a, o in zip(alien, own, strict=True)
    ]
    assert [status == "doubtful" for status, _ in found] == differing


def test_blocks_of_section_two_on_a_turned_page_are_not_taken_for_two_sides() -> None:
    def part(article: str, label: str, value: str, left: float) -> Grid:
        texts = [[article], ["信息内容", "本年处理决定数量"], [label, value]]
        places = Place(1, (left, 100.0, left + 50, 400.0))
        cells = [
            GridCell(r, c, text, places, 1, 3 - len(line))
            for r, line in enumerate(texts)
            for c, text in enumerate(line)
        ]
        return Grid(tuple(cells), Geometry.EXPLICIT, places)

    front = [Paragraph(text, Place()) for text in (TITLE, "二、主动公开政府信息情况")]
    parts = [
        part("第二十条第（五）项", "行政许可", "7", 100.0),
        part("第二十条第（六）项", "行政处罚", "8", 160.0),
    ]
    (report,) = recognise(ReadDocument("pdf", (*front, *parts)), "a.pdf")
    found = {cell.metric: cell for cell in report.cells if cell.status == "reported"}
    assert {metric: int(cell.value or 0) for metric, cell in found.items()} == {
        "proactive.licensing.decisions": 7,
        "proactive.penalty.decisions": 8,
    }
