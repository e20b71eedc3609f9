"""What stands around a spot of a document: the lines of a text, the rows of a table, the beginning of it all."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_AROUND = 2
"""Lines of a text, or rows of a table, shown before and behind the cell's."""
_COLUMNS = 8
"""Blank columns behind these are not shown."""
_WIDTH = 160
"""Characters of a line, and of a cell, that are shown at most."""
_BEGINNING = 10
"""Lines that are shown of a document's beginning."""


@dataclass(frozen=True, slots=True)
class Source:
    """The bytes that hold the report: the file, or its member if it is an archive."""

    data: bytes
    name: str


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row of a table: its number from 1, its cells' texts, and which of them is the spot's (null: another row)."""

    number: int
    texts: tuple[str, ...]
    at: int | None


def load_source(path: Path, member: str | None) -> Source:
    """The bytes of a file, or of its member if it is an archive.

    Raises:
        OSError: the file can't be read.
        StopIteration: it has no such member.
    """
    data = path.read_bytes()
    if member is None:
        return Source(data, path.name)
    from extract.read.archive import read_members

    found = next(m for m in read_members(data, path.name) if m.name == member)
    return Source(found.data, found.name)


def excerpt(source: Source, where: Mapping[str, Any]) -> Iterator[str]:
    """What stands around a cell, in lines for people: lines of a text, or rows of the table in a page or an office file.

    Args:
        source: the document.
        where: `line` or `path` of the cell.
    """
    if where.get("line") is not None:
        yield from _lines(source, where["line"])
    elif where.get("path") is not None:
        for row in table_rows(source, where["path"]):
            texts = [
                f"▶ {text or '（空）'}" if at == row.at else text or "·" for at, text in enumerate(row.texts)
            ]
            while texts[-1] == "·" and len(texts) > _COLUMNS:  # a sheet is wider than its table
                texts.pop()
            yield f"{'▶' if row.at is not None else ' '} 行 {row.number:>3}  {' │ '.join(texts)}"


def _lines(source: Source, line: int) -> Iterator[str]:
    from extract.read.encoding import decode

    text = decode(source.data).replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n")
    lines = text.split("\n")
    at = line - 1
    for number in range(max(0, at - _AROUND), min(len(lines), at + _AROUND + 1)):
        yield f"{'▶' if number == at else ' '} {number + 1:>6}  {_visible(lines[number])}"


def table_rows(source: Source, element: str) -> Iterator[TableRow]:
    """The rows around an element's in its table; a cell that goes over several rows stands in its first."""
    from extract.model import Grid, GridCell
    from extract.read import read_document

    for block in read_document(source.data, source.name).blocks:
        if not isinstance(block, Grid):
            continue
        at = next((c.row for c in block.cells if c.place.path == element), None)
        if at is None:
            continue
        rows: dict[int, list[GridCell]] = {}
        for c in block.cells:
            rows.setdefault(c.row, []).append(c)
        for row in range(at - _AROUND, at + _AROUND + 1):
            if row in rows:
                which = [number for number, c in enumerate(rows[row]) if c.place.path == element]
                texts = tuple(_short(c.text) for c in rows[row])
                yield TableRow(row + 1, texts, which[0] if which else None)
        return


def beginning(source: Source) -> list[str]:
    """The first lines of a document that is no picture."""
    from extract.model import Grid, UnreadableError
    from extract.read import read_document

    try:
        blocks = read_document(source.data, source.name).blocks
    except UnreadableError as error:
        return [error.sentence]
    found: list[str] = []
    for block in blocks:
        texts = [c.text for c in block.cells] if isinstance(block, Grid) else [block.text]
        found += [_visible(re.sub(r"\s+", " ", text).strip()) for text in texts if text.strip()]
        if len(found) >= _BEGINNING:
            break
    return found[:_BEGINNING]


def _short(text: str) -> str:
    shown = _visible(re.sub(r"\s+", " ", text).strip())
    return shown if len(shown) <= 24 else shown[:23] + "…"


def _visible(text: str) -> str:
    """A line with its tabs and what can't be printed made visible; of a long one the beginning and the end."""
    shown = "".join(c if c.isprintable() else {"\t": "⇥", "\n": "⏎"}.get(c, "\ufffd") for c in text)
    return shown if len(shown) <= _WIDTH else f"{shown[: _WIDTH // 2]} … {shown[-_WIDTH // 2 :]}"
