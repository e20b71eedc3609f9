"""Which generation of the form a report uses: told by the tables themselves, and only without them by the year."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache

from extract.form import Generation, load_form
from extract.model import Block, Grid
from extract.recognise.labels import meanings
from extract.recognise.script import REMEMBERED, simplify, squeeze

MAX_LABEL = 40
MAX_CELL = 200
"""A longer text is no label, whatever remark in brackets stands behind it."""


def recognise_generation(blocks: Sequence[Block], year: int | None) -> tuple[Generation, bool]:
    """The generation whose own columns and rows are printed most.

    Returns:
        The generation, and whether the tables themselves told it.
    """
    form = load_form()
    votes: Counter[str] = Counter()
    for text in _texts(blocks):
        if found := _votes(text):
            votes.update(found)
    if votes:
        return form.generation(votes.most_common(1)[0][0]), True
    fitting = [g for g in form.generations if year is not None and g.covers(year)]
    return (fitting or [form.generations[-1]])[0], False


@lru_cache(maxsize=REMEMBERED)
def _votes(text: str) -> tuple[str, ...]:
    """The generations that a text speaks for, each as often as it does."""
    votes: list[str] = []
    for label in meanings(text):
        votes += [owner for key in label.keys if (owner := _owners().get((label.kind, key)))]
        if label.kind == "proactive_column" and "amount" in label.keys:
            votes.append("2021" if "收费" in simplify(squeeze(text)) else "2019")
    return tuple(votes)


@cache
def _owners() -> dict[tuple[str, str], str]:
    """Columns and rows that one generation alone prints."""
    form = load_form()
    seen: dict[tuple[str, str], set[str]] = {}
    for generation in form.generations:
        for block in generation.proactive:
            for column in block.columns:
                if column.key != "amount":  # fees in one generation, procurement in the other
                    seen.setdefault(("proactive_column", column.key), set()).add(generation.name)
            for row in block.rows:
                seen.setdefault(("proactive_row", row.key), set()).add(generation.name)
        for item in generation.requests.rows:
            if item.key != "requests.other.other":  # its label is printed elsewhere too
                seen.setdefault(("requests_row", item.key), set()).add(generation.name)
    return {key: next(iter(names)) for key, names in seen.items() if len(names) == 1}


def _texts(blocks: Sequence[Block]) -> Iterable[str]:
    for block in blocks:
        if isinstance(block, Grid):
            yield from (c.text for c in block.cells if len(c.text) <= MAX_CELL and not c.text.isascii())
        else:
            for piece in block.text.split("|"):
                if 0 < len(piece.strip()) <= MAX_LABEL:
                    yield piece.strip()
            if "信息内容" in block.text and len(block.text) <= MAX_CELL:  # the head on a line of its own
                yield from block.text.split()
