"""A print of a report's running text, by which the warehouse finds text copied from last year or from a neighbour."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from extract.model import Block, Grid
from extract.recognise.labels import section_of

_NOT_CHINESE = re.compile(r"[^㐀-䶿一-鿿]+")
_OFFICES = ("人民政府办公室", "人民政府办公厅", "街道办事处", "人民政府", "办事处", "管理委员会", "管委会")
_TABLES = frozenset({"proactive", "requests", "review"})
"""Sections that are statutory tables: in texts and dumps their labels stand among the lines."""


@dataclass(frozen=True, slots=True)
class NarrativePrint:
    """Hash and length (in Chinese characters) of the text outside the tables, without numbers and the agency's name."""

    sha256: str
    characters: int


def narrative_print(blocks: Sequence[Block], agency: str | None) -> NarrativePrint | None:
    """The print of a report's running text: that before the first and behind the last of the statutory tables.

    Args:
        blocks: the report's blocks in order.
        agency: its name as printed, which is left out of the text.

    Returns:
        None where the sections' headings don't tell the text from the tables, or there is no text.
    """
    texts: list[str] = []
    seen: set[str] = set()
    in_tables = False
    for block in blocks:
        if isinstance(block, Grid):
            continue
        section = section_of(block.text)
        if section is not None:
            seen.add(section)
            in_tables = section in _TABLES
        elif not in_tables:
            texts.append(block.text)
    if "problems" not in seen or not seen & _TABLES:
        return None
    text = _NOT_CHINESE.sub("", "".join(texts))
    for name in _names(agency):
        text = text.replace(name, "")
    return NarrativePrint(hashlib.sha256(text.encode()).hexdigest(), len(text)) if text else None


def _names(agency: str | None) -> list[str]:
    """What the text may call the agency, the longest first."""
    name = _NOT_CHINESE.sub("", agency or "")
    names = {name}
    for office in _OFFICES:
        if name.endswith(office):
            names.add(name.removesuffix(office))
    return sorted((n for n in names if len(n) > 1), key=len, reverse=True)
