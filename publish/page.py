"""A page of sections and tables, rendered as self-contained HTML (no script, no outside file) or Markdown.

Contents are plain text and a few marked kinds of cell; only the renderers make markup, and they escape all.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass

GOOD, NOTICE, BAD, QUIET = "good", "notice", "bad", "quiet"
"""Tones of a badge or a callout."""


@dataclass(frozen=True, slots=True)
class Badge:
    """A word in a coloured frame."""

    text: str
    tone: str


@dataclass(frozen=True, slots=True)
class Bar:
    """Shares of a whole: (what, how many, CSS class) in order."""

    parts: tuple[tuple[str, int, str], ...]


@dataclass(frozen=True, slots=True)
class Number:
    """A number or quantity, set to the right."""

    text: str


Cell = str | Number | Badge | Bar


@dataclass(frozen=True, slots=True)
class Table:
    """A table; `more` says what was left out, if anything was."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    more: str = ""


@dataclass(frozen=True, slots=True)
class Callout:
    """Sentences set apart."""

    lines: tuple[str, ...]
    tone: str


@dataclass(frozen=True, slots=True)
class Fold:
    """A table that opens on a click; on paper it stands as it was left."""

    summary: str
    table: Table


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading inside a section, with a count and a sentence."""

    text: str
    note: str = ""


Block = str | Table | Callout | Fold | Heading


@dataclass(frozen=True, slots=True)
class Section:
    """A titled part of the page."""

    key: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Figure:
    """A headline number with its label, a remark and a tone."""

    label: str
    value: str
    remark: str = ""
    tone: str = QUIET


@dataclass(frozen=True, slots=True)
class Page:
    """A whole page: title, state, facts below the title, headline numbers, sections."""

    title: str
    state: Badge
    facts: tuple[tuple[str, str], ...]
    figures: tuple[Figure, ...]
    sections: tuple[Section, ...]
    footer: str


# --- HTML ---

_NEVER_BROKEN = 7
"""Cells of so few characters stay on one line."""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def to_html(page: Page) -> str:
    """The page as one HTML file that needs nothing else."""
    facts = "".join(f"<div><dt>{_h(name)}</dt><dd>{_h(value)}</dd></div>" for name, value in page.facts)
    figures = "".join(
        f'<li class="{figure.tone}"><span>{_h(figure.label)}</span><strong>{_h(figure.value)}</strong>'
        f"<small>{_h(figure.remark)}</small></li>"
        for figure in page.figures
    )
    contents = "".join(f'<a href="#{_h(s.key)}">{_h(s.title)}</a>' for s in page.sections)
    sections = "".join(
        f'<section id="{_h(section.key)}"><h2>{_h(section.title)}</h2>'
        f"{''.join(_html_block(block) for block in section.blocks)}</section>\n"
        for section in page.sections
    )
    return (
        '<!doctype html>\n<html lang="zh-CN">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        # nothing may be fetched, run or submitted, whatever a document's name or title contains
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        f"<title>{_h(page.title)}</title>\n<style>{_CSS}</style>\n</head>\n<body>\n<main>\n"
        f"<header><h1>{_h(page.title)} {_html_cell(page.state)}</h1><dl>{facts}</dl></header>\n"
        f'<ul class="figures">{figures}</ul>\n<nav>{contents}</nav>\n{sections}'
        f"<footer>{_h(page.footer)}</footer>\n</main>\n</body>\n</html>\n"
    )


def _h(text: str) -> str:
    return html.escape(_printable(text), quote=True)


def _printable(text: str) -> str:
    """Without control characters and direction overrides, which can make a name look like another."""
    return re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069]", "\ufffd", text)


def _html_block(block: Block) -> str:
    match block:
        case Table():
            return _html_table(block)
        case Callout():
            lines = "".join(f"<p>{_h(line)}</p>" for line in block.lines)
            return f'<div class="callout {block.tone}">{lines}</div>'
        case Fold():
            return f"<details><summary>{_h(block.summary)}</summary>{_html_table(block.table)}</details>"
        case Heading():
            note = f'<p class="note">{_h(block.note)}</p>' if block.note else ""
            return f"<h3>{_h(block.text)}</h3>{note}"
        case str():
            return f"<p>{_h(block)}</p>"


def _html_table(table: Table) -> str:
    right = _number_columns(table)
    head = "".join(
        f'<th class="number">{_h(name)}</th>' if index in right else f"<th>{_h(name)}</th>"
        for index, name in enumerate(table.columns)
    )
    body = "".join(f"<tr>{''.join(_html_td(cell) for cell in row)}</tr>" for row in table.rows)
    more = f'<p class="more">{_h(table.more)}</p>' if table.more else ""
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>{more}'


def _number_columns(table: Table) -> set[int]:
    return {
        index
        for index in range(len(table.columns))
        if table.rows and all(isinstance(row[index], Number) for row in table.rows)
    }


def _html_td(cell: Cell) -> str:
    kind = "number" if isinstance(cell, Number) else ""
    if isinstance(cell, str) and len(cell) <= _NEVER_BROKEN:
        kind = "short"  # a year or a column name reads badly over two lines
    attribute = f' class="{kind}"' if kind else ""
    return f"<td{attribute}>{_html_cell(cell)}</td>"


def _html_cell(cell: Cell) -> str:
    match cell:
        case Number():
            return _h(cell.text)
        case Badge():
            return f'<span class="badge {cell.tone}">{_h(cell.text)}</span>'
        case Bar():
            return _svg(cell)
        case str():
            return _h(cell).replace("\n", "<br>")


def _svg(bar: Bar) -> str:
    whole = sum(count for _, count, _ in bar.parts)
    if not whole:
        return ""
    width, drawn, x = 120.0, "", 0.0
    for _, count, kind in bar.parts:
        share = width * count / whole
        # what is there but rare must still be seen
        shown = max(share, 2.0) if count else 0.0
        if shown:
            left = min(x, width - shown)
            drawn += f'<rect class="{kind}" x="{left:.1f}" y="0" width="{shown:.1f}" height="10"/>'
        x += share
    words = _h(_bar_words(bar))
    return (
        f'<svg viewBox="0 0 {width:.0f} 10" width="{width:.0f}" height="10" role="img" aria-label="{words}">'
        f"<title>{words}</title>{drawn}</svg>"
    )


def _bar_words(bar: Bar) -> str:
    return "，".join(f"{name} {count}" for name, count, _ in bar.parts if count)


# --- Markdown ---


def to_markdown(page: Page) -> str:
    """The page as Markdown, readable as it is."""
    lines = [f"# {_m(page.title)}", "", f"**{_m(page.state.text)}**", ""]
    lines += [f"- {_m(name)}：{_m(value)}" for name, value in page.facts]
    lines += ["", *_markdown_table(_figures_table(page.figures))]
    for section in page.sections:
        lines += ["", f"## {_m(section.title)}", ""]
        for block in section.blocks:
            lines += [*_markdown_block(block), ""]
    return "\n".join([*lines, "", _m(page.footer), ""])


def _figures_table(figures: Sequence[Figure]) -> Table:
    rows = tuple((figure.label, Number(figure.value), figure.remark) for figure in figures)
    return Table(("项目", "数量", "说明"), rows)


def _m(text: str) -> str:
    """Text that no Markdown reader takes for markup: escaped where it could be, on one line."""
    escaped = re.sub(r"([\\`*_\[\]|#~!])", r"\\\1", _printable(text))
    return re.sub(r"\s*\n\s*", " ", escaped.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"))


def _markdown_block(block: Block) -> list[str]:
    match block:
        case Table():
            return _markdown_table(block)
        case Callout():
            return [f"> {_m(line)}" for line in block.lines]
        case Fold():
            return [f"**{_m(block.summary)}**", "", *_markdown_table(block.table)]
        case Heading():
            return [f"### {_m(block.text)}", *(["", _m(block.note)] if block.note else [])]
        case str():
            return [_m(block)]


def _markdown_table(table: Table) -> list[str]:
    right = _number_columns(table)
    rule = ["---:" if index in right else "---" for index in range(len(table.columns))]
    lines = [f"| {' | '.join(_m(name) for name in table.columns)} |", f"| {' | '.join(rule)} |"]
    lines += [f"| {' | '.join(_m(_markdown_cell(cell)) for cell in row)} |" for row in table.rows]
    return [*lines, "", _m(table.more)] if table.more else lines


def _markdown_cell(cell: Cell) -> str:
    match cell:
        case Number() | Badge():
            return cell.text
        case Bar():
            return _bar_words(cell)
        case str():
            return cell


_CSS = """
:root { --ink: #1f2933; --soft: #5f6b7a; --line: #dfe4ea; --paper: #fff; --ground: #f4f6f8;
  --good: #1a7f4b; --notice: #a15c00; --bad: #b3261e; --accent: #24508f; }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); line-height: 1.6; font-size: 14px;
  font-family: "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Source Han Sans SC",
  "WenQuanYi Zen Hei", system-ui, sans-serif; }
main { max-width: 1180px; margin: 0 auto; padding: 28px 24px 48px; }
h1 { font-size: 24px; margin: 0 0 10px; line-height: 1.35; }
h1 .badge { font-size: 14px; vertical-align: 3px; margin-left: 6px; }
h2 { font-size: 18px; margin: 0 0 12px; padding-left: 10px; border-left: 4px solid var(--accent); }
h3 { font-size: 15px; margin: 20px 0 2px; }
p { margin: 4px 0 8px; }
.note, .more, footer { color: var(--soft); font-size: 13px; }
header dl { display: flex; flex-wrap: wrap; gap: 2px 28px; margin: 0; font-size: 13px; }
header dl div { display: flex; gap: 8px; min-width: 0; }
header dt { color: var(--soft); flex: none; } header dd { margin: 0; overflow-wrap: anywhere; }
ul.figures { list-style: none; margin: 18px 0; padding: 0; display: grid; gap: 12px;
  grid-template-columns: repeat(auto-fit, minmax(136px, 1fr)); }
ul.figures li { background: var(--paper); border: 1px solid var(--line); border-top: 3px solid #b8c2cf;
  border-radius: 6px; padding: 10px 14px; display: flex; flex-direction: column; }
ul.figures li.good { border-top-color: var(--good); } ul.figures li.notice { border-top-color: #e0a030; }
ul.figures li.bad { border-top-color: var(--bad); }
ul.figures span { color: var(--soft); } ul.figures strong { font-size: 24px; line-height: 1.3;
  font-variant-numeric: tabular-nums; }
ul.figures small { color: var(--soft); min-height: 1.6em; }
nav { display: flex; flex-wrap: wrap; gap: 4px 18px; margin-bottom: 14px; }
nav a { color: var(--accent); text-decoration: none; } nav a:hover { text-decoration: underline; }
section { background: var(--paper); border: 1px solid var(--line); border-radius: 6px;
  padding: 18px 20px 14px; margin-bottom: 16px; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; margin: 6px 0 8px; font-size: 13px; }
th, td { text-align: left; vertical-align: top; padding: 5px 10px; border-bottom: 1px solid var(--line);
  overflow-wrap: anywhere; }
td.short { white-space: nowrap; }
th { color: var(--soft); font-weight: 600; white-space: nowrap; overflow-wrap: normal;
  border-bottom: 2px solid var(--line);
  background: var(--paper); }
tbody tr:nth-child(even) { background: #fafbfc; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.badge { display: inline-block; border-radius: 4px; padding: 0 7px; font-size: 12px; font-weight: 600;
  white-space: nowrap; background: #e9edf2; color: var(--soft); }
.badge.good { background: #e2f4ea; color: var(--good); }
.badge.notice { background: #fdf0d8; color: var(--notice); }
.badge.bad { background: #fbe4e2; color: var(--bad); }
.callout { border-left: 4px solid #b8c2cf; background: #f4f6f8; border-radius: 4px; padding: 8px 14px;
  margin: 6px 0 12px; }
.callout.good { border-color: var(--good); background: #f0f9f4; }
.callout.notice { border-color: #e0a030; background: #fef8ec; }
.callout.bad { border-color: var(--bad); background: #fdf1f0; }
.callout p { margin: 2px 0; }
details { margin: 8px 0; } summary { cursor: pointer; color: var(--accent); }
svg { display: inline-block; vertical-align: -1px; border-radius: 2px; background: #eef1f4; }
rect.reported { fill: #3f7cc0; } rect.blank { fill: #c6d3e2; } rect.doubtful { fill: #e0a030; }
rect.missing { fill: #b3261e; }
rect.broken { fill: #e0a030; } rect.unclear { fill: #c6d3e2; } rect.pending { fill: #dfe4ea; }
rect.unreadable { fill: #8573b0; }
footer { margin-top: 18px; overflow-wrap: anywhere; }
@media print {
  @page { size: A4; margin: 14mm 12mm; }
  body { background: #fff; font-size: 11px; } main { max-width: none; padding: 0; }
  nav { display: none; } section { border: 0; padding: 0; margin-bottom: 14px; }
  table { font-size: 10px; } th, td { padding: 3px 6px; } thead { display: table-header-group; }
  tr, ul.figures li, .callout { break-inside: avoid; } h2, h3 { break-after: avoid; }
  ul.figures { grid-template-columns: repeat(4, 1fr); gap: 8px; } ul.figures strong { font-size: 18px; }
  .wide { overflow: visible; } summary { list-style: none; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
"""
