"""Bytes -> text for documents that do not reliably say their encoding."""

from __future__ import annotations

import codecs
import re

_DECLARED = re.compile(rb"""charset\s*=\s*["']?\s*([A-Za-z0-9_\-]+)""", re.IGNORECASE)
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def decode(data: bytes) -> str:
    """Decode by byte order mark, else UTF-8 if it is valid, else what is declared, else GB18030.

    UTF-8 comes before the declaration: bytes that are valid UTF-8 with Chinese in them are never GBK by accident,
    while declarations are often wrong. What no candidate decodes is replaced, never guessed.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data.decode(encoding, errors="replace")
    candidates = ["utf-8"]
    if declared := _DECLARED.search(data[:4096]):
        candidates.append(_widest(declared[1].decode("ascii")))
    candidates += ["gb18030", "big5"]
    for encoding in candidates:
        try:
            return data.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
    # a few damaged bytes: keep the encoding that loses least
    tries = [data.decode(encoding, errors="replace") for encoding in ("utf-8", "gb18030")]
    return min(tries, key=lambda text: text.count("\ufffd"))


def _widest(encoding: str) -> str:
    return "gb18030" if encoding.lower() in ("gb2312", "gbk", "gb18030", "x-gbk", "gb_2312-80") else encoding
