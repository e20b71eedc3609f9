"""Plain text and markdown dumps: lines -> paragraphs and ragged grids.

Rows that tabs or pipes spell out become ragged grids (only the order of their cells is known). Everything else,
one-cell-a-line dumps included, stays a paragraph a line, empty lines too: they may be blank cells, and only
someone who knows the form can tell. A form feed is a paragraph of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from extract.limits import LIMITS
from extract.model import Block, Geometry, Grid, GridCell, Paragraph, Place, ReadDocument, UnreadableError
from extract.read.drawn import drawn_table
from extract.read.encoding import decode
from extract.read.flow import RADICALS

MIN_EMPTY_CELLS = 5
"""A line of pipes or tabs with nothing between them is a row of empty cells from this many on."""
_RULE = re.compile(r"^[\s|:：\-—+=]+$")
_HEADING = re.compile(r"^#{1,6}\s", re.MULTILINE)
_TABLE_RULE = re.compile(r"^[^\S\n]*+\|?[^\S\n]*+:?-{2,}+:?[^\S\n]*+\|", re.MULTILINE)
_ESCAPE = re.compile(r"\\([\\`*_{}\[\]()#+\-.!<>~])")
"""Punctuation that a converter to markdown has marked as no markup (`1\\.属于`, `\\(一\\)`)."""
_RADICAL = re.compile("[\u2e80-\u2fdf]")
"""What extractors print for characters that a PDF's font maps to the radical of the same shape."""
_INLINE_TAG = re.compile(
    r"</?(?:span|div|p|br|b|strong|em|i|u|font|sup|sub|a)(?:\s[^<>]*)?/?>", re.IGNORECASE
)
_BOOKMARK = re.compile(r"\[bookmark: [^\]]*\]")


def read_text(data: bytes, name: str) -> ReadDocument:
    """Read a text or markdown document.

    Args:
        data: its bytes, in any of the encodings that `extract.read.encoding` knows.
        name: its file name (`.md` is markdown whatever it holds).

    Raises:
        UnreadableError: `too_large`.
    """
    text = decode(data).replace("\r\n", "\n").replace("\r", "\n")
    if _RADICAL.search(text):
        text = text.translate(RADICALS)
    pages = text.count("\f") + 1 if "\f" in text else None
    lines = text.replace("｜", "|").split("\n")
    if len(text) > LIMITS.characters or len(lines) > LIMITS.lines:
        raise UnreadableError("too_large", f"文件 {name} 的文字过多，未读取；请拆分后重新提交")
    markdown = name.lower().endswith((".md", ".markdown")) or bool(
        _TABLE_RULE.search(text) or _HEADING.search(text)
    )
    if markdown:
        if "</" in text:
            lines = [_INLINE_TAG.sub("", line) for line in lines]
        lines = [_ESCAPE.sub(r"\1", line) if "\\" in line else line for line in lines]
    return ReadDocument("markdown" if markdown else "text", tuple(_blocks(lines)), pages)


def _blocks(lines: list[str]) -> Iterator[Block]:
    is_row = list(map(_is_pipe_row, lines))
    piped = [line.lstrip() for line, row in zip(lines, is_row, strict=True) if row]
    framed = sum(line.startswith("|") for line in piped) * 2 > len(
        piped
    )  # else a leading pipe follows an empty cell
    at = 0
    while at < len(lines):
        if "\f" in lines[at]:
            before, lines[at] = lines[at].rsplit("\f", 1)
            is_row[at] = _is_pipe_row(lines[at])
            if before.strip("\f"):
                yield Paragraph(before.replace("\f", " "), Place(line=at + 1))
            yield Paragraph("\f", Place(line=at + 1))
        if (drawn := drawn_table(lines, at)) is not None:
            end = drawn.end
            yield drawn.grid
        elif _is_cell_line(lines, at):
            end = _cell_lines_end(lines, at)
            yield _grid(_cell_line_rows(lines, at, end))
        elif "\t" in lines[at] and (lines[at].strip() or lines[at].count("\t") >= MIN_EMPTY_CELLS):
            end = at
            while end < len(lines) and "\t" in lines[end] and not _is_cell_line(lines, end):
                end += 1
            yield _grid([(n + 1, [(n + 1, cell) for cell in lines[n].split("\t")]) for n in range(at, end)])
        elif is_row[at]:
            end = at
            while end < len(lines) and (
                is_row[end] or _is_pipe_rule(lines[end]) or _is_blank_row(lines[end])
            ):
                end += 1
            split = {
                n + 1: _pipe_cells(lines[n], framed) for n in range(at, end) if not _is_pipe_rule(lines[n])
            }
            rows = [(n, [(n, cell) for cell in cells]) for n, (cells, _) in split.items()]
            yield _grid(rows, {n: tail for n, (_, tail) in split.items()})
        else:
            if not _is_pipe_rule(lines[at]):
                yield Paragraph(_BOOKMARK.sub("", lines[at]), Place(line=at + 1))
            end = at + 1
        at = max(end, at + 1)


def _grid(rows: list[tuple[int, list[tuple[int, str]]]], tails: dict[int, int] | None = None) -> Grid:
    """A ragged grid; the last cell of a row with a tail of spanned columns carries them as its own span."""
    places = {line: Place(line=line) for _, texts in rows for line, _ in texts}  # most rows are one line
    cells = tuple(
        GridCell(
            r, c, text, places[line], 1, 1 + ((tails or {}).get(number, 0) if c == len(texts) - 1 else 0)
        )
        for r, (number, texts) in enumerate(rows)
        for c, (line, text) in enumerate(texts)
    )
    return Grid(cells, Geometry.RAGGED, Place(line=rows[0][0] if rows else None))


# --- one tab-indented cell a line, rows apart by an empty line


def _is_cell_line(lines: list[str], at: int) -> bool:
    """A line that is one cell: a leading tab and no other, in company of its like."""
    line = lines[at]
    if not line.startswith("\t") or "\t" in line[1:]:
        return False
    near = [n for n in lines[max(0, at - 2) : at] + lines[at + 1 : at + 3] if n.strip() or n.startswith("\t")]
    return any(n.startswith("\t") and "\t" not in n[1:] for n in near) or (
        at > 0 and not lines[at - 1].strip()
    )


def _cell_lines_end(lines: list[str], at: int) -> int:
    """First line after the dump: two empty lines, or an untabbed line behind an empty one, end it."""
    end = at
    while end < len(lines):
        if lines[end] == "" and (end + 1 >= len(lines) or not lines[end + 1].startswith("\t")):
            return end
        if "\t" in lines[end][1:]:
            return end
        end += 1
    return end


def _cell_line_rows(lines: list[str], at: int, end: int) -> list[tuple[int, list[tuple[int, str]]]]:
    rows: list[tuple[int, list[tuple[int, str]]]] = []
    fresh = True
    for n in range(at, end):
        line = lines[n]
        if line == "":
            fresh = True
        elif line.startswith("\t"):
            if fresh:
                rows.append((n + 1, []))
                fresh = False
            rows[-1][1].append((n + 1, line[1:]))
        elif rows and rows[-1][1]:  # a cell of several lines: its value may stand on the last
            first, text = rows[-1][1][-1]
            rows[-1][1][-1] = (n + 1 if not text.strip() else first, f"{text}\n{line}")
    return rows


# --- pipes


def _is_pipe_rule(line: str) -> bool:
    """A markdown rule between header and body (`|---|---|`)."""
    return (
        ("|" in line or "+" in line)
        and "-" in line
        and re.search(r"-{2,}", line) is not None
        and bool(_RULE.match(line))
    )


def _is_pipe_row(line: str) -> bool:
    """A row spelled with pipes: two cells or more, or one cell with the tails of its span."""
    if "|" not in line or _is_pipe_rule(line):
        return False
    cells = line.strip().strip("|").split("|")
    filled = [c for c in cells if c.strip()]
    if len(filled) >= 2 or (not filled and len(cells) >= MIN_EMPTY_CELLS):
        return True
    return len(filled) == 1 and line.count("|") >= 2 and not line.strip().startswith("||")


def _is_blank_row(line: str) -> bool:
    """A row of empty cells, each with its space (`| | | |`): pipes alone may be the tail of a span."""
    return line.count("|") > 4 and not line.strip("| \u00a0\u3000") and "||" not in line


def _pipe_cells(line: str, framed: bool) -> tuple[list[str], int]:
    """The cells of a pipe row without the row's own ends, and how many columns its tail spans (`x | |||`: 3)."""
    text = line.strip()
    if framed and text.startswith("|"):
        text = text[1:]
    cells = text.split("|")
    if cells and not cells[-1].strip():
        cells.pop()  # the pipe that ends the row
    end = len(cells)
    while end and cells[end - 1] == "":
        end -= 1
    if 0 < end < len(cells):  # pipes without a space between them are columns that a cell before them spans
        if not cells[end - 1].strip():
            end -= 1
        return cells[:end], len(cells) - end
    return cells, 0
