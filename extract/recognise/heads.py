"""The heads of columns as they come in dumps: whether they are the form's, and in which order."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import pairwise

from extract.form import load_form
from extract.recognise.labels import meanings, of_kind
from extract.recognise.script import skeleton

MAX_HEAD = 12
REMARKS = ("备注", "说明")
"""Heads of columns that hold no figures."""
MIN_HEADS = 5
"""So many applicants in one row name every column of it."""


@cache
def applicants() -> tuple[str, ...]:
    """The applicants' keys in the order of the form."""
    return tuple(a.key for a in load_form().shared.applicants)


def printed_order(rows: Sequence[Sequence[str]]) -> tuple[str, ...] | None:
    """The order in which a table prints the applicants' columns.

    Args:
        rows: the texts of the header's rows in order; blanks, spanning heads and the note among them.

    Returns:
        The form's order where nothing speaks against it; another one where a row names all seven so; None where the heads
        are not those of the form, or can't be told from each other.
    """
    if _has_foreign(rows):
        return None
    named = [[label.keys[0] for text in row if (label := of_kind(text, "applicant"))] for row in rows]
    for keys in named:
        distinct = tuple(dict.fromkeys(keys))
        if len(distinct) == len(applicants()):
            return distinct
    found = list(dict.fromkeys(key for keys in named for key in keys))
    parts = [key for key in found if key != "total"]
    if parts != [key for key in applicants() if key in parts]:
        return None
    # 总计 may stand in a row above the others: where a row has it, it is the last
    if any("total" in keys[:-1] for keys in named):
        return None
    spanning = any(
        label.kind == "applicant_head" and label.keys == ("organisations",)
        for row in rows
        for text in row
        for label in meanings(text)
    )
    if "total" in found and found[-1] != "total" and not spanning:
        return None  # 总计 stands before others only in a row above those that 法人或其他组织 spans
    strange = any(_is_strange(text) for row in rows for text in row)
    single = {key for row, keys in zip(rows, named, strict=True) for key in keys if len(row) == 1}
    wide = max([len(single), *(len(set(keys)) for keys in named)])
    if wide >= MIN_HEADS and not strange and len(found) < len(applicants()):
        return None  # a column of the form is not printed
    return applicants()


def review_moved(heads: Sequence[str], columns: Sequence[str]) -> bool:
    """Whether section four's heads do not follow the form's order, so that its cells can't be counted.

    Args:
        heads: the keys of the groups' heads in printed order, those that were recognised.
        columns: the keys of the heads below them in printed order, those that were recognised.
    """
    shared = load_form().shared
    groups, names = [h.key for h in shared.review_heads], [c.key for c in shared.review_columns]
    tops = [groups.index(key) for key in heads if key in groups]
    # a header may be printed again on the next page
    lows = [names.index(key) for key in columns if key in names][: len(groups) * len(names)]
    return tops != sorted(tops) or sum(b <= a for a, b in pairwise(lows)) >= len(groups)


def _is_strange(text: str) -> bool:
    """A text that is no applicant, no head over several of them and no note: perhaps a piece of one."""
    kinds = {label.kind for label in meanings(text)}
    return bool(text.strip()) and not kinds & {"applicant", "applicant_head", "note"}


@cache
def _pieces() -> str:
    """All names of applicants: a text that is in none of them is not even a piece of one."""
    shared = load_form().shared
    names = [name for a in shared.applicants for name in (a.zh, *a.variants)]
    return "|".join(
        map(skeleton, [*names, *(n for kinds in shared.applicant_header.values() for n in kinds)])
    )


def _has_foreign(rows: Sequence[Sequence[str]]) -> bool:
    """Whether a head that is none of the form's, nor a piece of one, stands among the applicants or behind them."""
    singles = [row[0] for row in rows if len(row) == 1]
    return any(_is_foreign(texts) for texts in (*(row for row in rows if len(row) > 1), singles))


def _is_foreign(texts: Sequence[str]) -> bool:
    first = next((at for at, text in enumerate(texts) if of_kind(text, "applicant")), len(texts))
    return any(
        _is_strange(text) and skeleton(text) not in _pieces() and len(text) < MAX_HEAD
        for text in texts[first:]
    )
