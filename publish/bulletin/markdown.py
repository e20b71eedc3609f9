"""A page as short Markdown for messages and terminals: what matters, the first rows of each table; the HTML page has the rest."""

from __future__ import annotations

import re
from collections.abc import Sequence

from publish.bulletin.page import (
    Badge,
    Bar,
    Bars,
    Block,
    Callout,
    Cell,
    Figure,
    Fold,
    Heading,
    Line,
    Number,
    Page,
    Table,
    bar_words,
    printable,
)

ROWS = 10
"""How many rows of a table are shown."""


def to_markdown(page: Page) -> str:
    """The page as Markdown, readable as it is."""
    lines = [f"# {_m(page.title)}", "", f"**{_m(page.state.text)}**", ""]
    lines += [line for sentence in page.lead for line in (_m(sentence), "")]
    lines += [f"- {_m(name)}：{_m(value)}" for name, value in page.facts]
    lines += [f"- {_m(words)}：{_m(file)}" for words, file in page.links]
    lines += ["", *_table(_figures_table(page.figures))]
    for section in page.sections:
        lines += ["", f"## {_m(section.title)}", ""]
        for block in section.blocks:
            lines += [*_block(block), ""]
    return "\n".join([*lines, "", _m(page.footer), ""])


def _figures_table(figures: Sequence[Figure]) -> Table:
    rows = tuple((figure.label, Number(figure.value), figure.remark) for figure in figures)
    return Table(("项目", "数量", "说明"), rows)


def _m(text: str) -> str:
    """Text that no Markdown reader takes for markup: escaped where it could be, on one line."""
    escaped = re.sub(r"([\\`*_\[\]|#~!])", r"\\\1", printable(text))
    escaped = escaped.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    # addresses are not to become links by themselves
    escaped = re.sub(r"(?i)\b(https?|ftp|mailto|www)([:.])", r"\1&#8203;\2", escaped)
    line = re.sub(r"\s*\n\s*", " ", escaped)
    # what would begin a list, a rule or a numbered item if the text opened a line
    line = re.sub(r"^(\s*)([-+](?=\s|$)|[-=]{3,})", r"\1\\\2", line)
    return re.sub(r"^(\s*\d+)([.)])(?=\s|$)", r"\1\\\2", line)


def _block(block: Block) -> list[str]:
    match block:
        case Table():
            return _table(block)
        case Callout():
            return [line for text in block.lines for line in (f"> {_m(text)}", ">")][:-1]
        case Fold():
            return [f"{_m(block.summary)}（见网页）"]
        case Heading():
            return [f"### {_m(block.text)}", *(["", _m(block.note)] if block.note else [])]
        case Bars():
            rows = tuple((label, Number(words)) for label, _, words in block.rows)
            return [f"### {_m(block.title)}", "", *_table(Table(("项目", "数量"), rows, block.more))]
        case Line():
            return [_m(block.words())]
        case str():
            return [_m(block)]


def _table(table: Table) -> list[str]:
    right = table.number_columns()
    rule = ["---:" if index in right else "---" for index in range(len(table.columns))]
    lines = [f"| {' | '.join(_m(name) for name in table.columns)} |", f"| {' | '.join(rule)} |"]
    lines += [f"| {' | '.join(_m(_text(cell)) for cell in row)} |" for row in table.rows[:ROWS]]
    if len(table.rows) > ROWS:
        lines += ["", f"其余 {len(table.rows) - ROWS} 行见网页。"]
    return [*lines, "", _m(table.more)] if table.more else lines


def _text(cell: Cell) -> str:
    match cell:
        case Number() | Badge():
            return cell.text
        case Bar():
            return bar_words(cell)
        case str():
            return cell
