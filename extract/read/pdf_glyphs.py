"""Type 3 fonts without their drawings: what browsers print characters with, made cheap to read.

Chromium prints a font that may not be embedded as Type 3 fonts, one drawing a glyph. To know where text stands, pdfium
inflates and interprets each drawing: a third to three fifths of the time that such a file costs. What it needs of a
drawing is the operator `d1` at its beginning, which states the glyph's width and extent: the text and all its boxes are
the same without the rest.
"""

from __future__ import annotations

import re
import zlib
from functools import lru_cache

_STREAM = re.compile(
    rb"\s*<<\s*(?:/Filter\s*/FlateDecode\s*/Length\s+(\d+)|/Length\s+(\d+)\s*/Filter\s*/FlateDecode)\s*>>"
    rb"\s*stream\r?\n"
)
_EXTENT = re.compile(rb"\s*(?:[-+.\d]+\s+){6}d1(?=\s|$)")
_HEAD = 120
"""So many bytes of a drawing hold its first operator, inflated or not."""


def without_drawings(data: bytes) -> bytes:
    """A PDF file in which the drawings of Type 3 glyphs end behind their extent; any other file as it is.

    Nothing moves: each stream is rewritten in its own place, and what is left of it stands between two objects.
    """
    if b"/CharProcs" not in data:
        return data
    parts: list[bytes] = []
    done, at = 0, data.find(b" obj")
    while at >= 0:
        at += 4
        head = _STREAM.match(data, at)
        if head is not None:
            start = head.end()
            end = start + int(head[1] or head[2])
            if data[end : end + 11].lstrip().startswith(b"endstream"):  # else the length is not true
                short = _shortened(data[start : min(start + _HEAD, end)])
                if short is not None and at + len(short) <= end:
                    parts += (data[done:at], short)
                    done = at + len(short)
                at = end
        at = data.find(b" obj", at)
    parts.append(data[done:])
    return b"".join(parts)


@lru_cache(maxsize=8192)  # documents that one program has printed share fonts, and with them glyphs
def _shortened(compressed: bytes) -> bytes | None:
    """The stream of a glyph with nothing in it but its extent, None where this is no glyph."""
    try:
        first = zlib.decompressobj().decompress(compressed, _HEAD)
    except zlib.error:
        return None
    extent = _EXTENT.match(first)
    if extent is None:
        return None
    return b"<</Length %d>>stream\n%b\nendstream endobj " % (len(extent[0]), extent[0])
