"""A page as one HTML file that needs nothing else: no script, nothing fetched, all text escaped."""

from __future__ import annotations

import base64
import hashlib
import html
from importlib import resources

from publish.bulletin.charts import bar_svg, line_svg
from publish.bulletin.page import (
    Badge,
    Bar,
    Bars,
    Block,
    Callout,
    Cell,
    Fold,
    Heading,
    Line,
    Number,
    Page,
    Table,
    bar_words,
    printable,
)

_NEVER_BROKEN = 7
"""Cells of so few characters stay on one line."""
_STACKED = 6
"""Tables of so many columns or more are set as cards on a phone."""


def to_html(page: Page) -> str:
    """The page as HTML."""
    style = (resources.files("publish.bulletin") / "style.css").read_text(encoding="utf-8")
    facts = "".join(f"<div><dt>{_h(name)}</dt><dd>{_h(value)}</dd></div>" for name, value in page.facts)
    lead = "".join(f"<p>{_h(sentence)}</p>" for sentence in page.lead)
    figures = "".join(
        f'<li class="{figure.tone}"><span>{_h(figure.label)}</span><strong>{_h(figure.value)}</strong>'
        f"<small>{_h(figure.remark)}</small></li>"
        for figure in page.figures
    )
    contents = "".join(f'<a href="#{_h(s.key)}">{_h(s.title)}</a>' for s in page.sections)
    contents += "".join(f'<a class="page" href="{_h(file)}">{_h(words)}</a>' for words, file in page.links)
    sections = "".join(
        f'<section id="{_h(section.key)}"><h2>{_h(section.title)}</h2>'
        f"{''.join(_block(block) for block in section.blocks)}</section>\n"
        for section in page.sections
    )
    return (
        '<!doctype html>\n<html lang="zh-CN">\n<head>\n<meta charset="utf-8">\n'
        # nothing may be fetched, run, framed or submitted, whatever a document's name or title contains
        f'<meta http-equiv="Content-Security-Policy" content="{_policy(style)}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n<meta name="referrer" content="no-referrer">\n'
        f"<title>{_h(page.title)} {_h(page.state.text)}</title>\n<style>{style}</style>\n</head>\n<body>\n<main>\n"
        f"<header><h1>{_h(page.title)} {_cell(page.state)}</h1><dl>{facts}</dl></header>\n"
        f'<div class="lead">{lead}</div>\n<ul class="figures">{figures}</ul>\n<nav>{contents}</nav>\n{sections}'
        f"<footer>{_h(page.footer)}</footer>\n</main>\n</body>\n</html>\n"
    )


def _policy(style: str) -> str:
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode("ascii")
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def _h(text: str) -> str:
    return html.escape(printable(text), quote=True)


def _block(block: Block) -> str:
    match block:
        case Table():
            return _table(block)
        case Callout():
            lines = "".join(f"<p>{_h(line)}</p>" for line in block.lines)
            return f'<div class="callout {block.tone}">{lines}</div>'
        case Fold():
            return f"<details><summary>{_h(block.summary)}</summary>{_table(block.table)}</details>"
        case Heading():
            note = f'<p class="note">{_h(block.note)}</p>' if block.note else ""
            return f"<h3>{_h(block.text)}</h3>{note}"
        case Bars():
            return _bars(block)
        case Line():
            return f"<figure><figcaption>{_h(block.title)}</figcaption>{line_svg(block, _h(block.words()))}</figure>"
        case str():
            return f"<p>{_h(block)}</p>"


def _bars(chart: Bars) -> str:
    legend = "".join(
        f'<li><svg viewBox="0 0 10 10" width="10" height="10" aria-hidden="true">'
        f'<rect class="{kind}" width="10" height="10"/></svg>{_h(name)}</li>'
        for name, kind in chart.legend
    )
    rows = "".join(
        f'<tr><th scope="row">{_h(label)}</th><td>{_cell(bar)}</td>'
        f'<td class="number{" long" if len(words) > _NEVER_BROKEN else ""}">{_h(words)}</td></tr>'
        for label, bar, words in chart.rows
    )
    named = f'<ul class="legend">{legend}</ul>' if legend else ""
    more = f'<p class="more">{_h(chart.more)}</p>' if chart.more else ""
    return f'<figure><figcaption>{_h(chart.title)}</figcaption>{named}<table class="bars">{rows}</table>{more}</figure>'


def _table(table: Table) -> str:
    right = table.number_columns()
    head = "".join(
        f'<th scope="col"{_class("number" if index in right else "")}>{_h(name)}</th>'
        for index, name in enumerate(table.columns)
    )
    is_stacked = len(table.columns) >= _STACKED
    labels = [f' data-label="{_h(name)}"' if is_stacked else "" for name in table.columns]
    body = "".join(
        f"<tr>{''.join(_td(cell, label) for cell, label in zip(row, labels, strict=True))}</tr>"
        for row in table.rows
    )
    more = f'<p class="more">{_h(table.more)}</p>' if table.more else ""
    kind = _class("stacked" if is_stacked else "")
    return f'<div class="wide"><table{kind}><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>{more}'


def _td(cell: Cell, label: str) -> str:
    kind = "number" if isinstance(cell, Number) else ""
    if isinstance(cell, str) and len(cell) <= _NEVER_BROKEN:
        kind = "short"  # a year or a column name reads badly over two lines
    return f"<td{_class(kind)}{label}>{_cell(cell)}</td>"


def _class(name: str) -> str:
    return f' class="{name}"' if name else ""


def _cell(cell: Cell) -> str:
    match cell:
        case Number():
            return _h(cell.text)
        case Badge():
            return f'<span class="badge {cell.tone}">{_h(cell.text)}</span>'
        case Bar():
            return bar_svg(cell, _h(bar_words(cell)))
        case str():
            return _h(cell).replace("\n", "<br>")
