"""The wordings of claims, compiled from the form's data (`extract/form/claims.yaml` says what an entry may have)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import yaml

_NUMBER = (
    r"(?P<before>近|约|超过|超|逾|大约|不足|将近|接近)?"
    r"(?P<number>(?<![\d.第])(?<!\d[-~—至到])\d[\d,]*+(?:\.\d++)?|(?<![数几好上第])[零〇一二两三四五六七八九十百千]{1,7})"
    r"(?P<after>余|多|\+|来)?"
)
_UNIT = (
    r"(?:件|条|篇|份)\([^)\d]{1,3}\)|件次|批次|人次|宗次|件|条|起|份|宗|项|篇|个|次|例|\(篇\)|封|单|笔|则|部"
)
_MORE = r"(?P<more>余|多|\+|来)?"
_ROUGHLY = r"(?P<roughly>以上|左右|上下)?"
_COUNT = rf"{_NUMBER}(?P<scale>万)?{_MORE}(?:{_UNIT}){_ROUGHLY}"
_BARE = rf"{_NUMBER}(?P<scale>万)?{_MORE}(?:(?:{_UNIT}){_ROUGHLY}|(?<=\d)(?=[,，。;；)]|$))"
_MONEY = rf"{_NUMBER}(?P<scale>亿|千万|百万|万|千)?{_MORE}元{_ROUGHLY}"
MAY_COUNT = re.compile(
    r"[\d零〇一二两三四五六七八九十百千](?:余|多|\+|来)?[万亿]?[余多+来]?(?:[件批人条起份宗项篇个次例封单笔则部(千百元]|$|[,，。;；)])"
)
"""Without a number and its unit no count can stand in a sentence."""
MAY_DENY = re.compile(r"[未没无零]|为0")
"""Nor can a wording of none without one of these."""
_WORD = re.compile(r"<([A-Z_]+)>")


@dataclass(frozen=True, slots=True)
class Pattern:
    """One wording: what it claims and on what conditions. Fields as in the data file."""

    metrics: tuple[str, ...]
    applicant: str
    regex: re.Pattern[str]
    has: tuple[str, ...]
    needs: re.Pattern[str] | None
    firm: re.Pattern[str] | None
    unless: re.Pattern[str] | None
    follows: frozenset[str]
    part_of: frozenset[str]
    each: str | None


@dataclass(frozen=True, slots=True)
class Patterns:
    """Wordings in their order, found by the words one of which a sentence must have."""

    every: tuple[Pattern, ...]
    by_word: Mapping[str, tuple[int, ...]]

    @classmethod
    def of(cls, every: tuple[Pattern, ...]) -> Patterns:
        """Index the patterns."""
        by_word: dict[str, list[int]] = {}
        for number, pattern in enumerate(every):
            for word in pattern.has:
                by_word.setdefault(word, []).append(number)
        return cls(every, {word: tuple(numbers) for word, numbers in by_word.items()})

    def possible(self, sentence: str) -> list[Pattern]:
        """The wordings that the sentence may hold, in order."""
        numbers = {n for word, found in self.by_word.items() if word in sentence for n in found}
        return [self.every[n] for n in sorted(numbers)]


@dataclass(frozen=True, slots=True)
class Scopes:
    """Words that say whose count it is. Several words match at one spot the longest first."""

    own: re.Pattern[str]
    stated: re.Pattern[str]
    channel: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class ClaimPatterns:
    """All that the data file says."""

    counts: Patterns
    zeros: Patterns
    foreign: re.Pattern[str]
    not_years: re.Pattern[str]
    scopes: Scopes


@cache
def claim_patterns() -> ClaimPatterns:
    """Load and compile the data file, once a process."""
    data = yaml.safe_load((resources.files("extract.form") / "claims.yaml").read_text(encoding="utf-8"))
    words = {**data["words"], "N": _COUNT, "Q": _BARE, "M": _MONEY}
    scopes = data["scopes"]
    own, other = (sorted(scopes[key], key=len, reverse=True) for key in ("own", "other"))
    return ClaimPatterns(
        Patterns.of(tuple(_compiled(entry, words) for entry in [*data["counts"], *_leaves(data)])),
        Patterns.of(tuple(_compiled(entry, words) for entry in data["zeros"])),
        re.compile("|".join(data["foreign"])),
        re.compile("|".join(data["not_years"])),
        Scopes(
            re.compile("|".join(own)),
            re.compile("|".join([*other, *own])),
            re.compile(f"(?:{'|'.join(scopes['channel'])})(?![^,，。;；]{{0,12}}等)"),
        ),
    )


def _leaves(data: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """An entry for each leaf of the form and each place of its count."""
    for metric, leaf in data["leaves"].items():
        for form in data["leaf_forms"]:
            yield {
                "metrics": [metric],
                "has": leaf["has"],
                "pattern": form.replace("<WORDS>", leaf["words"]),
                "firm": data["leaf_firm"],
                "needs": leaf.get("needs"),
            }


def _compiled(entry: Mapping[str, Any], words: Mapping[str, str]) -> Pattern:
    text = entry["pattern"]
    while _WORD.search(text):  # a word may name another
        text = _WORD.sub(lambda match: words[match[1]], text)
    metrics = tuple(entry["metrics"])
    default = "total" if metrics[0].startswith("requests.") else "all"
    return Pattern(
        metrics,
        entry.get("applicant", default),
        re.compile(text),
        tuple(entry["has"]),
        _optional(entry.get("needs")),
        _optional("(?!)" if entry.get("firm") == "never" else entry.get("firm")),
        _optional(entry.get("unless")),
        frozenset(entry.get("follows", ())),
        frozenset(entry.get("part_of", ())),
        entry.get("each"),
    )


def _optional(pattern: str | None) -> re.Pattern[str] | None:
    return None if pattern is None else re.compile(pattern)
