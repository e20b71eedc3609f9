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
SHORT = 64
"""What is folded once and remembered: cells and labels come again in every report, sentences do not."""
REMEMBERED = 2048
"""So many short texts are remembered by each step of reading: the labels and common numbers of all reports, and the latest
others. Four times as many save nothing and let a worker grow."""
LINE = 4000
_FOLDED = {**_FULL_WIDTH, **_INVISIBLE}
_TONES = "āáǎàōóǒòēéěèīíǐìūúǔùǖǘǚǜ"
_READING = re.compile(rf"\([a-zü]{{0,4}}[{_TONES}][a-zü{_TONES}]{{0,4}}\)")
_SPACES = re.compile(r"\s+")
_PUNCTUATION = re.compile(
    r"[\s,，、。．.:：;；()（）\[\]【】〔〕“”\"„‟‘’'《》〈〉<>|·•*#_~～=+!！?？…/\\—–-]+"
)


def fold_width(text: str) -> str:
    """Full-width letters, digits and signs as their half-width twins; invisible characters removed.

    So are the readings that some mirror pages put behind characters (`統(tǒng)計`).
    """
    if text.isascii() and text.isprintable():
        return text
    return _folded(text) if len(text) <= SHORT else _fold(text)


def _fold(text: str) -> str:
    folded = text.translate(_FOLDED)
    return _READING.sub("", folded) if "(" in folded and not folded.isascii() else folded


_folded = lru_cache(maxsize=REMEMBERED)(_fold)


def squeeze(text: str) -> str:
    """`fold_width` with all white space removed (no-break spaces included)."""
    return _squeezed(text) if len(text) <= SHORT else _SPACES.sub("", fold_width(text))


@lru_cache(maxsize=REMEMBERED)
def _squeezed(text: str) -> str:
    return _SPACES.sub("", fold_width(text))


def skeleton(text: str) -> str:
    """What label matching compares: Simplified characters, no spaces, no punctuation, half width."""
    return _skeleton(text) if len(text) <= SHORT else _skeleton.__wrapped__(text)


@lru_cache(maxsize=REMEMBERED)
def _skeleton(text: str) -> str:
    return _PUNCTUATION.sub("", simplify(fold_width(text)))


@cache
def _converter() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


def simplify(text: str) -> str:
    """Traditional characters as Simplified ones (OpenCC's `t2s`), for matching only."""
    if text.isascii():
        return text
    if len(text) <= SHORT:
        return _simplified(text)
    return _simplified_line(text) if len(text) <= LINE else str(_converter().convert(text))


@lru_cache(maxsize=REMEMBERED)
def _simplified(text: str) -> str:
    return str(_converter().convert(text))


@lru_cache(maxsize=512)
def _simplified_line(text: str) -> str:
    """A line of running text: asked for a few times while its report is read, then never again."""
    return str(_converter().convert(text))
