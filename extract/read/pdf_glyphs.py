"""Type 3 fonts without their drawings: what browsers print characters with, made cheap to read.

Chromium prints a font that may not be embedded as Type 3 fonts, one drawing a glyph and more than a hundred fonts a
document. To know where text stands, pdfium inflates and interprets each drawing, and makes objects of each number and name
of the fonts' tables, nearly all of which say that a code is not used: three fifths to three quarters of the time that such a
file costs. What it needs of a drawing is the operator `d1` at its beginning, which states the glyph's width and extent; what
it needs of a table is the codes that have a glyph. The text and all its boxes are the same without the rest.
"""

from __future__ import annotations

import re
import zlib
from functools import lru_cache

_STREAM = re.compile(
    rb" obj\s*<<\s*(?:/Filter\s*/FlateDecode\s*/Length\s+(\d+)|/Length\s+(\d+)\s*/Filter\s*/FlateDecode)\s*>>"
    rb"\s*stream\r?\n"
)
_EXTENT = re.compile(rb"\s*([-+.\d]+)\s+(?:[-+.\d]+\s+){5}d1(?=\s|$)")
_HEAD = 120
"""So many bytes of a drawing hold its first operator, inflated or not."""

_DRAWINGS = re.compile(rb"/CharProcs\s*<<([^<>]+)>>")
_DRAWING = re.compile(rb"(/g[0-9A-F]+)\s+(\d+)\s+0\s+R")
_CODES = re.compile(rb"0(?:-+|/g[0-9A-F]+)+")
"""A table of codes from 0 on: the name of each that is used, `-` for each that is not."""
_USED = re.compile(rb"/g[0-9A-F]+")
_SPACE = b" \t\r\n\f\0"
_UNUSED = b"/g0"
"""What the printer names the codes between those that are used: the font's sign for a glyph that it lacks."""
_METRIC_CODES = (ord("A"), ord("g"))
"""pdfium takes a Type 3 font's height and depth from what these two codes draw, used or not."""
_MAX_FONT = 20_000
"""Bytes of a font's dictionary; with 256 codes it has some 3,000."""


def without_drawings(data: bytes) -> bytes:
    """A PDF file with what is not needed of its Type 3 fonts left out; any other file as it is.

    Nothing moves: each object is rewritten in its own place, and what is left of it stands between two objects.
    """
    if b"/CharProcs" not in data:
        return data
    shortened, widths = _with_short_drawings(data)
    return _with_short_fonts(shortened, widths)


def _with_short_drawings(data: bytes) -> tuple[bytes, dict[bytes, bytes]]:
    """The file with drawings that end behind their extent, and the width of each by the number of its object."""
    parts: list[bytes] = []
    widths: dict[bytes, bytes] = {}
    done, at = 0, 0
    while (head := _STREAM.search(data, at)) is not None:
        at, start = head.start() + 4, head.end()
        end = start + int(head[1] or head[2])
        if data[end : end + 11].lstrip().startswith(b"endstream"):  # else the length is not true
            short, width = _shortened(data[start : min(start + _HEAD, end)])
            if width and at + len(short) <= end:
                parts += (data[done:at], short)
                done = at + len(short)
                widths[data[max(0, at - 20) : at].split()[-3]] = width
            at = end
    parts.append(data[done:])
    return b"".join(parts), widths


@lru_cache(maxsize=2048)  # documents that one program has printed share fonts, and with them glyphs
def _shortened(compressed: bytes) -> tuple[bytes, bytes]:
    """The stream of a glyph with nothing in it but its extent, and its width; both empty where this is no glyph."""
    try:
        first = zlib.decompressobj().decompress(compressed, _HEAD)
    except zlib.error:
        return b"", b""
    extent = _EXTENT.match(first)
    if extent is None:
        return b"", b""
    return b"<</Length %d>>stream\n%b\nendstream endobj " % (len(extent[0]), extent[0]), extent[1]


def _with_short_fonts(data: bytes, widths: dict[bytes, bytes]) -> bytes:
    """The file with tables of its Type 3 fonts that say nothing of unused codes.

    Args:
        data: the file.
        widths: what a drawing states as its width, by the number of its object.
    """
    parts: list[bytes] = []
    done, at = 0, data.find(b"/Type3")
    while at >= 0:
        start, end = data.rfind(b" obj", done, at), data.find(b"endobj", at)
        if start >= 0 and at < end < start + _MAX_FONT:
            short = _short_font(data[start:end], widths)
            parts += (data[done:start], short, b"endobj", b" " * (end - start - len(short)))
            done = at = end + 6
        at = data.find(b"/Type3", at + 6)
    parts.append(data[done:])
    return b"".join(parts)


def _short_font(font: bytes, widths: dict[bytes, bytes]) -> bytes:
    start, end = _list_in(font, b"/Differences")
    drawings = _DRAWINGS.search(font)
    # most of the table is one name; as one character each, what else is in it is found at once
    codes = font[start:end].translate(None, _SPACE).replace(_UNUSED, b"-")
    if drawings is None or _CODES.fullmatch(codes) is None:
        return font
    used: list[tuple[int, bytes]] = []
    code, before = -1, 0  # the number that the table begins with is no code
    for name in _USED.finditer(codes):
        code += name.start() - before
        before = name.end()
        used.append((code, name[0]))
        code += 1
    count = code + len(codes) - before
    # a code that is named twice has its last name
    kept = [(code, _UNUSED) for code in (0, *_METRIC_CODES) if code < count] + used
    short = b"".join([b"%d%b " % pair for pair in kept])
    font = b"".join((font[:start], short, font[end:]))
    start, end = _list_in(font, b"/Widths")
    drawn = dict(_DRAWING.findall(drawings[1]))
    if _is_told_twice(font[start:end].split(), [(0, _UNUSED), *used], drawn, widths):
        font = font[: start - 1].rstrip().removesuffix(b"/Widths") + font[end + 1 :]
    return font


def _list_in(font: bytes, key: bytes) -> tuple[int, int]:
    """Where the elements of a list begin and end; nothing at the beginning where there is no such list."""
    at = font.find(key)
    start = font.find(b"[", at, at + len(key) + 3) + 1 if at >= 0 else 0
    return (start, font.find(b"]", start)) if start else (0, 0)


def _is_told_twice(
    table: list[bytes],
    used: list[tuple[int, bytes]],
    drawings: dict[bytes, bytes],
    widths: dict[bytes, bytes],
) -> bool:
    """Whether a font's table of widths says what its drawings say: pdfium asks those where there is no table.

    Args:
        table: the width of each code from 0 on.
        used: the codes that are used, with the names of their drawings.
        drawings: the number of each drawing's object.
        widths: what a drawing states as its width, by the number of its object.
    """
    if table.count(b"0") != len(table) - len(used):
        return False
    for code, name in used:
        if code >= len(table) or table[code] != widths.get(drawings.get(name, b"")):
            return False
    return True
