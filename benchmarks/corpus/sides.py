"""Two tables of one section side by side: last year's figures, or another agency's, beside the report's own.

In one grid with two halves, or as two tables on one line of the page; and one after the other, each under its caption.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape
from random import Random

from benchmarks.corpus import web
from benchmarks.corpus.figures import draw_figures
from benchmarks.corpus.gathered import beside
from benchmarks.corpus.pdf import PageStyle, page_html, print_html, table_of_page
from benchmarks.corpus.report import Report, assemble
from benchmarks.corpus.tables import Table, draw_style

Rendered = tuple[str, bytes]
OTHER = "云岭县民政局"
"""The agency whose figures stand beside the report's own."""


def _pairs(report: Report, rng: Random) -> dict[str, list[tuple[Table, str]]]:
    """For each section its two tables with what stands over them, from left to right."""
    other = assemble(draw_figures(rng, report.figures.options), report.narrative, draw_style(rng))
    year, agency = report.narrative.year, report.narrative.agency
    heads = (agency, OTHER) if agency and rng.random() < 0.5 else (f"{year}年", f"{year - 1}年")
    first = rng.random() < 0.5
    found = {}
    for name, table in report.tables.items():
        pair = [(table, heads[0]), (other.tables[name], heads[1])]
        found[name] = pair if first else pair[::-1]
    return found


def _page(
    report: Report, rng: Random, lay: Callable[[str, list[tuple[Table, str]], PageStyle], str]
) -> Rendered:
    style = PageStyle(
        rulings=rng.choice(("all", "none", "horizontal", "open", "zebra")),
        font_size=8,
        landscape=True,
        row_height=14,
    )
    html = page_html(report, style)
    for name, pair in _pairs(report, rng).items():
        html = html.replace(table_of_page(report.tables[name], style), lay(name, pair, style))
    kept = (
        "table,div.pair{page-break-inside:avoid}"  # the heads of section four are not parted from each other
    )
    return ".pdf", print_html(
        html.replace("A4 landscape", "A3 landscape").replace("<style>", f"<style>{kept}")
    )


def _free(table: Table, style: PageStyle) -> str:
    """A table whose columns have no set widths."""
    return re.sub("<colgroup>.*?</colgroup>", "", table_of_page(table, style))


def _in_one_grid(name: str, pair: list[tuple[Table, str]], style: PageStyle) -> str:
    (left, left_head), (right, right_head) = pair
    labels = {"二": 1, "三": 3}.get(name, 0)
    return _free(beside(left, right, (left_head, right_head), labels, repeated=True), style)


def _on_one_line(_: str, pair: list[tuple[Table, str]], style: PageStyle) -> str:
    tables = "".join(
        f'<div style="flex:1"><div style="text-align:center">{escape(head)}</div>{_free(table, style)}</div>'
        for table, head in pair
    )
    return f'<div class="pair" style="display:flex;gap:16pt">{tables}</div>'


def _grid(report: Report, rng: Random) -> Rendered:
    return _page(report, rng, _in_one_grid)


def _two(report: Report, rng: Random) -> Rendered:
    return _page(report, rng, _on_one_line)


def _captioned(report: Report, rng: Random) -> Rendered:
    """A web page with each table twice, one after the other, each under the year or the agency it is of."""
    body = web.body_html(report, rng, web.plain_cell)
    for name, pair in _pairs(report, rng).items():
        printed = "".join(
            f"<p>{escape(head)}</p>{web.table_html(table, rng, web.plain_cell)}" for table, head in pair
        )
        body = web.replace_table(body, name, printed)
    return ".html", web.page(report, body).encode()


FAMILIES: dict[str, Callable[[Report, Random], Rendered]] = {
    "pdf_beside_grid": _grid,
    "pdf_beside": _two,
    "html_captioned": _captioned,
}
"""Family name -> renderer returning (suffix, bytes)."""
