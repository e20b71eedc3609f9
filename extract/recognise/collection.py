"""Documents that hold several reports: cut where one agency's report ends and the next begins."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from extract.model import Block, Grid, Paragraph
from extract.recognise.header import names_report
from extract.recognise.labels import meanings, section_of

_RECEIVED = "requests.received"
_MARK = "新收"
"""Stands in the label of section three's first row, whatever its spelling."""
MAX_FRONT = 80
"""Blocks before a report's first heading that may hold its title."""
MAX_LABEL = 40


def split_reports(blocks: Sequence[Block]) -> list[Sequence[Block]]:
    """The blocks of each report in a document, in order; all of them as one where there is but one.

    A document holds several reports where the first row of section three comes again behind another first heading
    or title. The same table printed again without either belongs to the report it stands in.
    """
    blocks = _with_grids_cut(blocks)
    tables = [at for at, block in enumerate(blocks) if _MARK in _text(block) and _has_received(block)]
    if len(tables) < 2:
        return [blocks]
    starts = [0]
    for before, after in pairwise(tables):
        start = _start_between(blocks, before + 1, after)
        if start is not None:
            starts.append(start)
    return [blocks[a:b] for a, b in zip(starts, [*starts[1:], len(blocks)], strict=True)]


def _with_grids_cut(blocks: Sequence[Block]) -> Sequence[Block]:
    """The blocks with grids that hold several reports cut at the rows of their titles; each title a paragraph."""
    if not any(isinstance(block, Grid) and len(_received_rows(block)) > 1 for block in blocks):
        return blocks
    return [part for block in blocks for part in (_cut(block) if isinstance(block, Grid) else (block,))]


def _received_rows(grid: Grid) -> set[int]:
    marked = [cell for cell in grid.cells if len(cell.text) <= MAX_LABEL and _MARK in cell.text]
    if len(marked) < 2:
        return set()
    return {c.row for c in marked if any(_RECEIVED in x.keys and x.exact for x in meanings(c.text))}


def _cut(grid: Grid) -> Iterator[Block]:
    received = sorted(_received_rows(grid))
    titles = {c.row: c for c in reversed(grid.cells) if len(received) > 1 and names_report(c.text.strip())}
    starts = sorted(titles)
    parted = all(any(a < row < b for row in starts) for a, b in pairwise(received))
    if len(received) < 2 or not parted:
        yield grid
        return
    height = max(cell.row + cell.row_span for cell in grid.cells)
    for first, end in pairwise([*([0] if starts[0] else []), *starts, height]):
        if first in titles:
            yield Paragraph(titles[first].text, titles[first].place)
        cells = [
            replace(cell, row=max(cell.row, first) - first, row_span=min(cell.row + cell.row_span, end) - max(cell.row, first))
            for cell in grid.cells
            if cell.row < end and cell.row + cell.row_span > first and cell is not titles.get(first)
        ]  # fmt: skip
        if cells:
            yield replace(grid, cells=tuple(cells))


def _text(block: Block) -> str:
    if isinstance(block, Paragraph):
        return block.text if len(block.text) <= MAX_LABEL else ""
    return " ".join(cell.text for cell in block.cells if _MARK in cell.text)


def _has_received(block: Block) -> bool:
    texts = [block.text] if isinstance(block, Paragraph) else [cell.text for cell in block.cells]
    return any(
        _RECEIVED in label.keys
        for text in texts
        if _MARK in text
        for label in meanings(text.strip("| \t"))
        if label.exact
    )


def _start_between(blocks: Sequence[Block], first: int, last: int) -> int | None:
    """Where the next report begins: at its title, else at its first heading; None if there is neither.

    The title is the first one of those that stand together before the heading, behind the last section of the
    report before.
    """
    headings = [at for at in range(first, last) if _section(blocks[at]) == "overview"]
    until = headings[-1] if headings else last
    title = None
    for at in range(until - 1, max(first, until - MAX_FRONT) - 1, -1):
        if _section(blocks[at]) is not None:
            break
        if _is_title(blocks, at, until):
            title = at
    if title is not None:
        return title
    return headings[-1] if headings else None


def _section(block: Block) -> str | None:
    if isinstance(block, Grid):
        return None
    return section_of(block.text)


def _is_title(blocks: Sequence[Block], at: int, until: int) -> bool:
    """Whether a line, or it with the next one where a title is broken in two, names a report."""
    text = _line(blocks[at])
    if not text:
        return False
    if names_report(text):
        return True
    following = next((line for block in blocks[at + 1 : min(at + 3, until)] if (line := _line(block))), "")
    return bool(following) and not names_report(following, alone=True) and names_report(text + following)


def _line(block: Block) -> str:
    return block.text.strip() if isinstance(block, Paragraph) else ""
