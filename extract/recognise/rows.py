"""What kind of row a table row is, from the labels in it; shared by all walks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import Enum, auto
from functools import lru_cache

from extract.recognise.labels import Label, meanings
from extract.recognise.script import REMEMBERED, SHORT, squeeze
from extract.recognise.values import numerals
from extract.value_class import value_class

MAX_ROW = 400
"""Characters of a row whose kind is remembered."""
MAX_WORDS = 12
"""A longer text behind a label is no value, not even one in words."""


class RowKind(Enum):
    """Row kinds of the statutory tables."""

    ARTICLE = auto()
    PROACTIVE_HEADER = auto()
    PROACTIVE_DATA = auto()
    REQUESTS_HEADER = auto()
    REQUESTS_DATA = auto()
    REVIEW_HEADER = auto()
    VALUES = auto()
    """No label, only values and blanks."""
    EMPTY = auto()
    OTHER = auto()


@value_class(frozen=True, slots=True)
class RowFacts:
    """A row's kind and, for data rows, which slot holds the label and what it says."""

    kind: RowKind
    label_at: int = -1
    label: Label | None = None


_VALUE = re.compile(
    r"^(?:[+-]?\d[\d,]*(?:[./]\d+)?%?(?:[件条项起份个宗篇次例元万亿千百批]{0,3}|[^\w\s]{1,2})(?:[(\[【].*)?"
    r"|[增减][加少]?\d*[项件个]?|[/\\—–―*-]+|无|不适用|[Nn]/?[Aa])$",
    re.DOTALL,
)


def value_like(text: str) -> bool:
    """A number (with a remark or unit), a blank or a not-applicable mark: nothing that names a row."""
    return _value_like(text) if len(text) <= SHORT else _value_like.__wrapped__(text)


@lru_cache(maxsize=REMEMBERED)
def _value_like(text: str) -> bool:
    plain = squeeze(text)
    return not plain or _VALUE.match(plain) is not None or numerals(plain) is not None


def classify(texts: Sequence[str]) -> RowFacts:
    """The kind of a row, from the texts of its cells in order, blanks included."""
    row = tuple(texts)
    return _classified(row) if sum(map(len, row)) <= MAX_ROW else _classified.__wrapped__(row)


@lru_cache(maxsize=REMEMBERED)
def _classified(texts: tuple[str, ...]) -> RowFacts:
    labels = [meanings(text) if text.strip() else () for text in texts]
    kinds = [{label.kind for label in found} for found in labels if found]
    named = {kind for found in kinds for kind in found}
    if "article" in named:
        return RowFacts(RowKind.ARTICLE)
    if "content" in named or ("proactive_column" in named and not any(_digit(t) for t in texts)):
        return RowFacts(RowKind.PROACTIVE_HEADER)
    review = sum(bool(k & {"review_head", "litigation_head"}) or k == {"review_column"} for k in kinds)
    if review and not any("requests_row" in k and "review_column" not in k for k in kinds):
        return RowFacts(RowKind.REVIEW_HEADER)
    applicants = [k for k in kinds if "applicant" in k]
    clear = sum(k == {"applicant"} for k in applicants)
    if named & {"applicant_head", "note"} or clear >= 2 or (clear and len(applicants) >= 2):
        return RowFacts(RowKind.REQUESTS_HEADER)
    data = _data_row(texts, labels)
    if data is not None:
        return data
    if clear and not any(_digit(t) for t in texts):
        return RowFacts(RowKind.REQUESTS_HEADER)
    if all(value_like(text) for text in texts):
        return RowFacts(RowKind.VALUES if any(squeeze(text) for text in texts) else RowKind.EMPTY)
    return RowFacts(RowKind.OTHER)


def _data_row(texts: Sequence[str], labels: Sequence[tuple[Label, ...]]) -> RowFacts | None:
    """The rightmost slot that names a row, if only group labels stand before it and only values behind it."""
    for at in range(len(texts) - 1, -1, -1):
        for label in labels[at]:
            if label.kind in ("requests_row", "proactive_row") and _may_stand_before(texts[:at], labels[:at]):
                kind = RowKind.REQUESTS_DATA if label.kind == "requests_row" else RowKind.PROACTIVE_DATA
                return RowFacts(kind, at, label)
        if not value_like(texts[at]) and at > 0 and len(texts[at].strip()) > MAX_WORDS:
            return None
    return None


def _may_stand_before(texts: Sequence[str], labels: Sequence[tuple[Label, ...]]) -> bool:
    """Left of a row's label: the labels of the groups it belongs to, one of which may be damaged beyond recognition."""
    unknown = [
        text
        for text, found in zip(texts, labels, strict=True)
        if text.strip() and not any(x.kind in ("requests_group", "requests_row") for x in found)
    ]
    return len(unknown) <= 1


def _digit(text: str) -> bool:
    plain = squeeze(text)
    return bool(plain) and plain[0].isdigit()
