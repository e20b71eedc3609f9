"""Tables that differ from the form: columns moved, missing or added, heads repeated, tables split, turned or side by side.

For each of them a reader has to be right or to say that it is not sure.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random
from typing import Any

from benchmarks.corpus import text, web
from benchmarks.corpus.figures import draw_figures, draw_options
from benchmarks.corpus.keys import APPLICANTS
from benchmarks.corpus.report import Report, assemble, draw_report
from benchmarks.corpus.tables import APPLICANT_HEADS, Table, TableCell, draw_style

Variant = tuple[str, bytes, dict[str, Any]]
HEADS = dict(zip(APPLICANTS, APPLICANT_HEADS, strict=True))
LABELS = 3
"""Columns of labels in section three."""


def rebuilt(table: Table, columns: Sequence[str], extra: Callable[[int], str] | None = None) -> Table:
    """Section three with other columns of values.

    Args:
        table: as the form has it.
        columns: an applicant's key, or the head of a column that the form does not have.
        extra: what such a column prints in a row.
    """
    count = len(columns)
    cells = [
        replace(table.cells[0], row_span=2),
        TableCell(0, LABELS, "申请人情况", 1, count),
        *(TableCell(1, LABELS + at, HEADS.get(name, name)) for at, name in enumerate(columns)),
    ]
    values: dict[int, dict[str, TableCell]] = {}
    for cell in table.cells:
        if cell.row < table.header_rows:
            continue
        if cell.key is None:
            cells.append(replace(cell, row=cell.row - 1))
        else:
            values.setdefault(cell.row, {})[cell.key[1]] = cell
    for row, found in values.items():
        for at, name in enumerate(columns):
            own = found.get(name)
            blank = TableCell(row - 1, LABELS + at, extra(row) if extra else "")
            cells.append(replace(own, row=row - 1, col=LABELS + at) if own is not None else blank)
    cells.sort(key=lambda cell: (cell.row, cell.col))
    return Table(table.name, LABELS + count, tuple(cells), 2)


def moved(table: Table, rng: Random) -> Table:
    """The applicants in another order."""
    columns = list(APPLICANTS)
    while columns == list(APPLICANTS):
        if rng.random() < 0.5:
            columns = ["total", *APPLICANTS[:-1]]
        else:
            rng.shuffle(columns)
    return rebuilt(table, columns)


def lacking(table: Table, rng: Random) -> Table:
    """An applicant's column is not there."""
    gone = rng.choice(("other_organisation", "legal_service", "total", "research"))
    return rebuilt(table, [a for a in APPLICANTS if a != gone])


def added(table: Table, rng: Random) -> Table:
    """A column that the form does not have: behind all, before all, or between."""
    name = rng.choice(("备注", "备注", "上年数", "占比", "其中：线上"))
    texts = {"备注": ("", "", "", "见附件"), "占比": ("0%", "12%")}.get(name, ("0", "1", "3"))
    at = {"备注": 7}.get(name, rng.choice((0, 7, 7, 3)))
    columns = [*APPLICANTS[:at], name, *APPLICANTS[at:]]
    return rebuilt(table, columns, lambda _: rng.choice(texts))


def with_rows(table: Table, rng: Random) -> Table:
    """Rows that the form does not have, between those it has."""
    after = rng.choice([cell.row for cell in table.cells if cell.key is not None and cell.row > LABELS + 1])
    label = rng.choice(("其中：网上申请数量", "其中：予以公开并收费", "小计", "其他需要说明的申请"))
    cells = [
        replace(cell, row=cell.row + (cell.row > after))
        if cell.row > after or cell.row + cell.row_span <= after + 1
        else replace(cell, row_span=cell.row_span + 1)
        for cell in table.cells
    ]
    taken = {
        (row, col)
        for cell in cells
        for row in range(cell.row, cell.row + cell.row_span)
        for col in range(cell.col, cell.col + cell.col_span)
    }
    free = [col for col in range(LABELS) if (after + 1, col) not in taken]
    if not free:
        return table
    cells.append(TableCell(after + 1, free[0], label, 1, len(free)))
    cells += [TableCell(after + 1, LABELS + at, str(rng.randint(0, 9))) for at in range(len(APPLICANTS))]
    cells.sort(key=lambda cell: (cell.row, cell.col))
    return replace(table, cells=tuple(cells))


def turned(table: Table, _: Random) -> Table:
    """Applicants as rows, the form's rows as columns."""
    rows = sorted({cell.row for cell in table.cells if cell.key is not None})
    labels = {
        row: [c.text for c in table.cells if c.key is None and c.row == row and c.row >= LABELS][-1]
        for row in rows
    }
    cells = [TableCell(0, 0, "申请人"), *(TableCell(0, 1 + at, labels[row]) for at, row in enumerate(rows))]
    values = {cell.key: cell for cell in table.cells if cell.key is not None}
    metrics = [next(c.key[0] for c in table.cells if c.key is not None and c.row == row) for row in rows]
    for line, applicant in enumerate(APPLICANTS, start=1):
        cells.append(TableCell(line, 0, HEADS[applicant]))
        for at, metric in enumerate(metrics):
            cells.append(replace(values[metric, applicant], row=line, col=1 + at))
    return Table(table.name, 1 + len(rows), tuple(cells), 1)


def head_again(table: Table, rng: Random) -> Table:
    """The header rows printed a second time between the rows, as after a page break."""
    starts = [cell.row for cell in table.cells if cell.key is not None and cell.row > LABELS + 2]
    at = rng.choice(starts)
    crossing = [c for c in table.cells if c.row < at < c.row + c.row_span]
    head = [replace(c, row=c.row + at) for c in table.cells if c.row < table.header_rows]
    cells = []
    for cell in table.cells:
        if cell in crossing:
            cells.append(replace(cell, row_span=at - cell.row))
            rest = cell.row + cell.row_span - at
            cells.append(
                replace(cell, row=at + table.header_rows, row_span=rest, text=rng.choice(("", cell.text)))
            )
        else:
            cells.append(replace(cell, row=cell.row + (table.header_rows if cell.row >= at else 0)))
    cells = sorted([*cells, *head], key=lambda cell: (cell.row, cell.col))
    return replace(table, cells=tuple(cells))


def halves(table: Table, rng: Random) -> list[Table]:
    """The table as two, the second with or without the header."""
    whole = head_again(table, rng)
    at = [cell.row for cell in whole.cells if cell.text == "申请人情况"][1]
    first = [cell for cell in whole.cells if cell.row < at]
    skip = rng.choice((0, table.header_rows))
    second = [replace(cell, row=cell.row - at - skip) for cell in whole.cells if cell.row >= at + skip]
    return [replace(whole, cells=tuple(first)), replace(whole, cells=tuple(second))]


def side_by_side(left: Table, right: Table, gap: int) -> Table:
    """Two tables on one line of the page, in one grid."""
    cells = [*left.cells, *(replace(c, col=c.col + left.width + gap) for c in right.cells)]
    height = max(left.height, right.height)
    for table, first in ((left, 0), (right, left.width + gap)):
        if table.height < height:
            rest = height - table.height
            cells.append(TableCell(table.height, first, "", rest, table.width))
    cells.sort(key=lambda cell: (cell.row, cell.col))
    return Table(left.name, left.width + gap + right.width, tuple(cells), left.header_rows)


def stacked(tables: Sequence[Table]) -> Table:
    """Tables under each other in one grid."""
    cells: list[TableCell] = []
    row = 0
    for table in tables:
        cells += [replace(cell, row=cell.row + row) for cell in table.cells]
        row += table.height
    return Table(tables[0].name, max(t.width for t in tables), tuple(cells), 0)


def heading(text_of: str, width: int) -> Table:
    """A row that spans a grid."""
    return Table("", width, (TableCell(0, 0, text_of, 1, width),), 0)


_ONE: dict[str, Callable[[Table, Random], Table]] = {
    "moved": moved,
    "lacking": lacking,
    "added": added,
    "rows": with_rows,
    "turned": turned,
    "head_again": head_again,
}


def _report(rng: Random, index: int) -> Report:
    options = replace(draw_options(rng, ("2021", "2019")[index % 2]), inject=())
    report = draw_report(rng, options)
    while not report.narrative.agency:
        report = draw_report(rng, options)
    return report


def _truth(report: Report, tables: Sequence[Table], variant: str) -> dict[str, Any]:
    """The truth with `missing` for every cell that the tables do not print."""
    printed = {cell.key for table in tables for cell in table.cells if cell.key is not None}
    truth = report.truth() | {"variant": variant}
    for cell in truth["cells"]:
        if (cell["metric"], cell["applicant"]) not in printed:
            cell.update(status="missing", value=None, raw="")
    return json.loads(json.dumps(truth))  # type: ignore[no-any-return]


def _html(rng: Random, index: int) -> Variant:
    report = _report(rng, index)
    kind = (*_ONE, "halves", "beside")[index % (len(_ONE) + 2)]
    table = report.tables["三"]
    tables = dict(report.tables)
    if kind == "beside":
        parts = [side_by_side(tables["三"], tables["二"], rng.choice((0, 1)))]
        if rng.random() < 0.5:
            parts = [side_by_side(tables["二"], tables["三"], rng.choice((0, 1)))]
    else:
        parts = halves(table, rng) if kind == "halves" else [_ONE[kind](table, rng)]
    body = web.body_html(report, rng, web.plain_cell)
    between = rng.choice(("", "<p>（续表）</p>", "<p>&nbsp;</p>"))
    printed = between.join(web.table_html(part, rng, web.plain_cell) for part in parts)
    body = web.replace_table(body, "三", printed)
    if kind == "beside":
        body = web.replace_table(body, "二", "<p>见下表</p>")
    own = [*parts, *(t for name, t in tables.items() if name != "三" and (kind != "beside" or name != "二"))]
    return ".html", web.page(report, body).encode(), _truth(report, own, kind)


def _text(rng: Random, index: int) -> Variant:
    report = _report(rng, index)
    kind = tuple(_ONE)[index % len(_ONE)]
    tables = dict(report.tables)
    tables["三"] = _ONE[kind](tables["三"], rng)
    writer = rng.choice(
        (
            text.tab_rows("grid"), text.tab_rows("compact"), text.pipe_rows(tails=True), text.pipe_rows(tails=False),
            text.markdown_rows(repeat=True), text.markdown_rows(repeat=False), text.cell_lone_pipe, text.cell_paragraphs,
            text.cell_pipe, text.flip_lines,
        )
    )  # fmt: skip
    changed = replace(report, tables=tables)
    return (
        ".txt",
        text.write_document(changed, rng, writer).encode(),
        _truth(report, list(tables.values()), kind),
    )


def _one_grid(rng: Random, index: int) -> Variant:
    """Reports of several agencies in one table, a row with the title before each."""
    reports = [_report(rng, index + n) for n in range(rng.randint(2, 3))]
    parts: list[Table] = []
    for report in reports:
        parts.append(heading("".join(report.narrative.title), 15))
        for section in report.narrative.sections:
            if section.table:
                parts += [heading(section.heading, 15), report.tables[section.table]]
    page = web.page(reports[0], "<h1>年度报告汇编</h1>" + web.table_html(stacked(parts), rng, web.plain_cell))
    title = "".join(reports[0].narrative.title)
    content = page.replace(f"<title>{title}", "<title>年度报告汇编")
    truths = [_truth(report, list(report.tables.values()), "one_grid") | {"claims": []} for report in reports]
    return ".html", content.encode(), {"reports": truths}


def _agencies(rng: Random, index: int) -> Variant:
    """Two agencies' tables side by side; the page is the first one's report."""
    report, other = _report(rng, index), _report(rng, index)
    tables = dict(report.tables)
    foreign = replace(
        other.tables["三"], cells=tuple(replace(cell, key=None) for cell in other.tables["三"].cells)
    )
    pair = side_by_side(tables["三"], foreign, rng.choice((0, 1)))
    named = rng.random() < 0.5
    if named:
        heads = [TableCell(0, 0, report.narrative.agency or "", 1, 10)]
        heads.append(TableCell(0, 10, other.narrative.agency or "", 1, pair.width - 10))
        pair = stacked([Table("三", pair.width, tuple(heads), 1), pair])
    body = web.body_html(report, rng, web.plain_cell)
    body = web.replace_table(body, "三", web.table_html(pair, rng, web.plain_cell))
    return ".html", web.page(report, body).encode(), _truth(report, [*tables.values()], "agencies")


def years_as_columns(own: Table, other: Table, names: tuple[str, str], own_first: bool) -> Table:
    """Every applicant's column parted in two years."""
    base = rebuilt(own, list(APPLICANTS))
    cells = []
    for cell in base.cells:
        if cell.row == 0 and cell.col == 0:
            cells.append(replace(cell, row_span=3))
        elif cell.row == 0:
            cells.append(replace(cell, col_span=2 * len(APPLICANTS)))
        elif cell.row == 1:
            at = LABELS + 2 * (cell.col - LABELS)
            cells.append(replace(cell, col=at, col_span=2))
            cells += [TableCell(2, at + n, name) for n, name in enumerate(names)]
        elif cell.key is None:
            cells.append(replace(cell, row=cell.row + 1))
        else:
            at = LABELS + 2 * (cell.col - LABELS)
            cells.append(replace(cell, row=cell.row + 1, col=at + (not own_first)))
    for cell in rebuilt(other, list(APPLICANTS)).cells:
        if cell.key is not None:
            at = LABELS + 2 * (cell.col - LABELS) + own_first
            cells.append(replace(cell, row=cell.row + 1, col=at, key=None))
    cells.sort(key=lambda cell: (cell.row, cell.col))
    return Table(own.name, LABELS + 2 * len(APPLICANTS), tuple(cells), 3)


def years_as_rows(own: Table, other: Table, names: tuple[str, str], own_first: bool) -> Table:
    """Every row printed for two years, one under the other, the year in a column of its own."""
    cells = []
    body = own.header_rows
    for cell in own.cells:
        col = cell.col + (cell.col >= LABELS)
        if cell.row < body:
            cells.append(replace(cell, col=col, col_span=cell.col_span + (cell.row == 0 and cell.col == 0)))
        elif cell.key is None:
            cells.append(replace(cell, row=body + 2 * (cell.row - body), row_span=2 * cell.row_span))
        else:
            cells.append(replace(cell, row=body + 2 * (cell.row - body) + (not own_first), col=col))
    for cell in other.cells:
        if cell.key is not None:
            row = body + 2 * (cell.row - body) + own_first
            cells.append(replace(cell, row=row, col=cell.col + 1, key=None))
    for row in range(body, own.height):
        cells += [TableCell(body + 2 * (row - body) + n, LABELS, name) for n, name in enumerate(names)]
    cells.sort(key=lambda cell: (cell.row, cell.col))
    return Table(own.name, own.width + 1, tuple(cells), body)


def _years(rng: Random, index: int) -> Variant:
    """Last year's figures beside or below this year's, column by column or row by row."""
    report = _report(rng, index)
    other = assemble(draw_figures(rng, report.figures.options), report.narrative, draw_style(rng))
    year, own_first = report.narrative.year, rng.random() < 0.5
    own, last = rng.choice(
        ((f"{year}年", f"{year - 1}年"), ("本年", "上年"), (str(year), str(year - 1)), ("A", "B"))
    )
    names = (own, last) if own_first else (last, own)
    lay = years_as_columns if index % 2 else years_as_rows
    tables = dict(report.tables)
    tables["三"] = lay(tables["三"], other.tables["三"], names, own_first)
    body = web.replace_table(
        web.body_html(report, rng, web.plain_cell), "三", web.table_html(tables["三"], rng, web.plain_cell)
    )
    return ".html", web.page(report, body).encode(), _truth(report, list(tables.values()), lay.__name__)


FAMILIES: dict[str, Callable[[Random, int], Variant]] = {
    "html_variants": _html,
    "text_variants": _text,
    "html_one_grid": _one_grid,
    "html_agencies_beside": _agencies,
    "html_years": _years,
}
"""Family name -> renderer returning (suffix, bytes, truth)."""
