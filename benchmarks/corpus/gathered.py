"""Several reports in one file: pages that collect agencies, ZIP archives, and comparison sheets of two years."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from random import Random
from typing import Any

from benchmarks.corpus import sheets, text, variants, web, word
from benchmarks.corpus.figures import draw_figures, draw_options
from benchmarks.corpus.report import Report, assemble, draw_report
from benchmarks.corpus.tables import Table, TableCell, draw_style

Gathered = tuple[str, bytes, dict[str, Any]]
"""suffix, content, truth"""


def _reports(rng: Random, index: int, count: int) -> list[Report]:
    """Reports of different agencies, each with its name in the title."""
    found: list[Report] = []
    while len(found) < count:
        report = draw_report(rng, draw_options(rng, ("2021", "2019")[(index + len(found)) % 2]))
        if report.narrative.agency and not any(
            report.narrative.agency == other.narrative.agency for other in found
        ):
            found.append(report)
    return found


def _truth(reports: list[Report]) -> dict[str, Any]:
    return {"reports": [report.truth() for report in reports]}


def _collection_html(rng: Random, index: int) -> Gathered:
    reports = _reports(rng, index, rng.randint(2, 4))
    bodies = [web.body_html(report, rng, rng.choice((web.plain_cell, web.word_cell))) for report in reports]
    joint = rng.choice(("<hr/>", '<div class="gap"></div>', "<p>&nbsp;</p>"))
    body = "<h1>各部门政府信息公开工作年度报告汇编</h1>" + joint.join(bodies)
    page = web.page(reports[0], body).replace(
        f"<title>{''.join(reports[0].narrative.title)}", "<title>年度报告汇编"
    )
    return ".html", page.encode(), _truth(reports)


def _collection_text(rng: Random, index: int) -> Gathered:
    reports = _reports(rng, index, rng.randint(2, 3))
    render = text.FAMILIES[rng.choice(("text_pipe_flat", "text_tab", "text_cell_lone_pipe"))]
    contents = [render(report, rng)[1].decode() for report in reports]
    return ".txt", "\n\n".join(contents).encode(), _truth(reports)


_KINDS: tuple[Callable[[Report, Random], tuple[str, bytes]], ...] = (
    web.FAMILIES["html_plain"],
    text.FAMILIES["text_pipe"],
    word.FAMILIES["docx_merged"],
    sheets.FAMILIES["xlsx_plain"],
)


def _archive(rng: Random, index: int) -> Gathered:
    reports = _reports(rng, index, rng.randint(2, 4))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, report in enumerate(reports):
            suffix, content = rng.choice(_KINDS)(report, rng)
            name = f"{report.narrative.agency}年报{number}{suffix}"
            if rng.random() < 0.25:  # an archive in the archive
                content, name = _zipped({name: content}), f"附件{number}.zip"
            _add(archive, name, content, gbk=rng.random() < 0.5)
        _add(archive, "__MACOSX/._年报.docx", b"\x00\x05\x16\x07", gbk=False)
        _add(archive, "Thumbs.db", b"\xd0\xcf\x11\xe0", gbk=False)
    return ".zip", out.getvalue(), _truth(reports)


def _zipped(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            _add(archive, name, content, gbk=False)
    return out.getvalue()


def _add(archive: zipfile.ZipFile, name: str, content: bytes, *, gbk: bool) -> None:
    info = zipfile.ZipInfo(name, (2024, 1, 1, 0, 0, 0))
    if gbk:  # as Windows packs it: the name in the Chinese code page, no flag
        info = _GbkInfo(name, (2024, 1, 1, 0, 0, 0))
    info.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(info, content)


class _GbkInfo(zipfile.ZipInfo):
    def _encodeFilenameFlags(self) -> tuple[bytes, int]:  # noqa: N802 (the name it has in the library)
        return self.filename.encode("gb18030"), self.flag_bits & ~0x800


# -- comparison sheets ---------------------------------------------------------------------------------------


def beside(own: Table, other: Table, years: tuple[str, str], labels: int, *, repeated: bool) -> Table:
    """Two tables of the same rows side by side, a row of years above.

    Args:
        own: the left table.
        other: the right table.
        years: what stands above each.
        labels: columns of labels on the left of each.
        repeated: the right table prints its labels too.
    """
    shift = own.width - (0 if repeated else labels)
    cells = [TableCell(0, 0, years[0], 1, own.width), TableCell(0, own.width, years[1], 1, shift)]
    if not repeated and labels:
        cells[0] = TableCell(0, labels, years[0], 1, own.width - labels)
        cells.insert(0, TableCell(0, 0, "项目", 1, labels))
    for table, by in ((own, 0), (other, shift)):
        for cell in table.cells:
            left = cell.col + by
            if by and not repeated and cell.col < labels:
                continue
            cells.append(replace(cell, row=cell.row + 1, col=left, key=cell.key if by == 0 else None))
    cells.sort(key=lambda cell: (cell.row, cell.col))
    return Table(own.name, own.width + shift, tuple(cells), own.header_rows + 1)


def _comparison(rng: Random, index: int) -> Gathered:
    options = replace(draw_options(rng, "2021"), one_other=False)
    (report,) = (r for r in [draw_report(rng, options)])
    while not report.narrative.agency:
        report = draw_report(rng, options)
    figures = draw_figures(rng, options)
    other = assemble(figures, report.narrative, draw_style(rng))
    year = report.narrative.year
    own_first = rng.random() < 0.5
    repeated = rng.random() < 0.5
    told = rng.random() < 0.7
    names = (f"{year}年", f"{year - 1}年") if told else ("情况一", "情况二")
    tables = dict(report.tables)
    for name, labels in (("三", 3), ("四", 0)):
        pair = (report.tables[name], other.tables[name])
        heads = names
        if not own_first:
            pair, heads = (pair[1], pair[0]), (names[1], names[0])
        tables[name] = beside(*pair, heads, labels, repeated=repeated and labels > 0)
    sheet = replace(report, tables=tables)
    truth = report.truth() | {"told": told}
    body = web.body_html(sheet, rng, web.plain_cell)
    return ".html", web.page(sheet, body).encode(), truth


FAMILIES: dict[str, Callable[[Random, int], Gathered]] = {
    "collection_html": _collection_html,
    "collection_text": _collection_text,
    "zip": _archive,
    "html_comparison": _comparison,
    **variants.FAMILIES,
}
"""Family name -> renderer returning (suffix, bytes, truth)."""


def render(name: str, rng: Random, count: int) -> Iterator[Gathered]:
    """Draw and print `count` files of a family."""
    for index in range(count):
        suffix, content, truth = FAMILIES[name](rng, index)
        yield suffix, content, json.loads(json.dumps(truth))
