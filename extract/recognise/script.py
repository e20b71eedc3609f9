"""Folding of printed text for matching: width, spaces, punctuation, Traditional characters. Raw text is never changed."""

from __future__ import annotations

import re
from functools import cache, lru_cache

import opencc

_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {
    0x3000: 0x20, 0x2212: 0x2D, 0xFE63: 0x2D, 0xFE62: 0x2B, 0xFE50: 0x2C, 0xFE64: 0x3C, 0xFE65: 0x3E,
}  # fmt: skip
# Deliberately not NFKC: that would turn a footnote mark (①, ²) into a digit of the number beside it.
_INVISIBLE = dict.fromkeys(
    [
        0x00AD,
        0x200B,
        0x200C,
        0x200D,
        0x200E,
        0x200F,
        0x202A,
        0x202C,
        0x2060,
        0xFEFF,
        *range(0x00, 0x09),
        *range(0x0E, 0x20),
    ]
)
_SPACES = re.compile(r"\s+")
_PUNCTUATION = re.compile(r"[\s,，、。．.:：;；()（）\[\]【】〔〕“”\"„‟‘’'《》〈〉<>|·•*#_~～=+!！?？…/\\-]+")


def fold_width(text: str) -> str:
    """Full-width letters, digits and signs as their half-width twins; invisible characters removed."""
    return text.translate(_FULL_WIDTH).translate(_INVISIBLE)


def squeeze(text: str) -> str:
    """`fold_width` with all white space removed (no-break spaces included)."""
    return _SPACES.sub("", fold_width(text))


_CACHED = 8192
_CACHED_LENGTH = 200
"""Longer texts are folded each time: they do not come again, and a cache of them would fill the memory."""


def skeleton(text: str) -> str:
    """What label matching compares: Simplified characters, no spaces, no punctuation, half width."""
    return _skeleton(text) if len(text) <= _CACHED_LENGTH else _skeleton.__wrapped__(text)


@lru_cache(maxsize=_CACHED)
def _skeleton(text: str) -> str:
    return _PUNCTUATION.sub("", simplify(fold_width(text)))


@cache
def _converter() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


def simplify(text: str) -> str:
    """Traditional characters as Simplified ones (OpenCC's `t2s`), for matching only."""
    if text.isascii():
        return text
    return _simplified(text) if len(text) <= _CACHED_LENGTH else str(_converter().convert(text))


@lru_cache(maxsize=_CACHED)
def _simplified(text: str) -> str:
    return str(_converter().convert(text))
