"""Printed text -> what it names in the form: rows, groups, columns, headings. One index a process, built from the form data."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache, lru_cache
from typing import Literal

from extract.form import Form, load_form
from extract.recognise.script import REMEMBERED, simplify, skeleton, squeeze

Kind = Literal[
    "article", "content", "proactive_column", "proactive_row", "requests_row", "requests_group",
    "applicant", "applicant_head", "note", "review_column", "review_head", "litigation_head",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Label:
    """A text's meaning: `kind` and the keys it may stand for (several where only the context tells).

    `exact` is false for a label that is damaged or cut but can be nothing else.
    """

    kind: Kind
    keys: tuple[str, ...]
    exact: bool = True


_NUMBERING = re.compile(
    r"^(?:[(（][一二三四五六七八九十]+[)）]|[一二三四五六七八九十]+、|[(（]?\d{1,2}[)）]?[.、．,，:：]|\d{1,2}[.、．])"
)
MAX_LABEL = 400
"""A longer text names nothing."""
_CUT_LENGTH = 4
"""A cut or damaged label is recognised from this many characters on."""
_SIMILARITY = 0.82
MAX_LABEL = 600
"""A longer text names nothing: the longest label has some 40 characters, and spaces between them at worst."""


def body(text: str) -> str:
    """A label without its numbering (`（三）`, `2.`, `四、`), folded for comparison."""
    folded = squeeze(text)
    stripped = _NUMBERING.sub("", folded)
    return skeleton(stripped or folded)


@dataclass(frozen=True, slots=True)
class _Index:
    exact: dict[str, tuple[Label, ...]]
    long_rows: tuple[tuple[str, str, frozenset[str]], ...]
    """Body, key and characters of the rows whose label is long enough to survive damage."""


def _bodies(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(b for name in names if (b := body(name))))


@cache
def _index() -> _Index:
    form = load_form()
    meanings: dict[str, dict[Kind, list[str]]] = {}

    def add(kind: Kind, key: str, names: Iterable[str]) -> None:
        for name in _bodies(names):
            keys = meanings.setdefault(name, {}).setdefault(kind, [])
            if key not in keys:
                keys.append(key)

    _add_sections(form, add)
    long_rows: dict[tuple[str, str], None] = {}
    for generation in form.generations:
        for row in generation.requests.rows:
            for name in _bodies((row.label, *row.variants)):
                if len(name) > _CUT_LENGTH:
                    long_rows[name, row.key] = None
    exact = {
        name: tuple(Label(kind, tuple(keys)) for kind, keys in kinds.items())
        for name, kinds in meanings.items()
    }
    return _Index(exact, tuple((name, key, frozenset(name)) for name, key in long_rows))


def _add_sections(form: Form, add: Callable[[Kind, str, Iterable[str]], None]) -> None:
    shared = form.shared
    for generation in form.generations:
        for block in generation.proactive:
            add("article", block.article, [block.article])
            for column in block.columns:
                add("proactive_column", column.key, (column.zh, *column.variants))
            for row in block.rows:
                add("proactive_row", row.key, (row.zh, *row.variants))
        for item in generation.requests.rows:
            add("requests_row", item.key, (item.label, *item.variants))
        for group in generation.requests.groups:
            add("requests_group", group.key, (group.label, *group.variants))
    add("content", "content", ["信息内容"])
    for applicant in shared.applicants:
        add("applicant", applicant.key, (applicant.zh, *applicant.variants))
    for key, names in shared.applicant_header.items():
        add("note" if key == "note" else "applicant_head", key, names)
    for column in shared.review_columns:
        add("review_column", column.key, (column.zh, *column.variants))
    for head in shared.review_heads:
        add("review_head", head.key, (head.zh, *head.variants))
    add("litigation_head", "litigation", (shared.litigation_head.zh, *shared.litigation_head.variants))


def meanings(text: str) -> tuple[Label, ...]:
    """Everything a cell's text may name in the form; empty if it names nothing.

    A remark in brackets behind a label (`规章（含…）`) does not change what it names.
    """
    return _meanings(text) if len(text) <= MAX_LABEL else ()


@lru_cache(maxsize=REMEMBERED)
def _meanings(text: str) -> tuple[Label, ...]:
    name = body(text)
    if not name or name.isdigit():
        return ()
    found = _index().exact.get(name)
    if found:
        return _narrowed(found, text)
    plain = simplify(squeeze(text))
    if "勾稽关系" in plain or "第一项加第二项" in plain:
        return (Label("note", ("note",)),)
    if article := re.search(r"第二十条第?[(（]?([一二三四五六七八九]?)[)）]?项?", plain):
        return (Label("article", (f"第二十条第（{article[1]}）项" if article[1] else "",), exact=False),)
    for lead in _litigation_heads():
        if name.startswith(lead) and (rest := _index().exact.get(name.removeprefix(lead))):
            return tuple(label for label in rest if label.kind == "review_head")
    head = re.split(r"[(（\[【]", plain, maxsplit=1)
    if len(head) == 2 and head[0] and (bare := _index().exact.get(body(head[0]))):
        return tuple(label for label in bare if label.kind not in ("requests_group", "applicant"))
    return () if "。" in text else _damaged(name)


@cache
def _litigation_heads() -> tuple[str, ...]:
    """行政诉讼 printed in front of the head below it (`行政诉讼——复议后起诉`)."""
    return tuple(
        name for name, labels in _index().exact.items() if any(x.kind == "litigation_head" for x in labels)
    )


def _narrowed(found: tuple[Label, ...], text: str) -> tuple[Label, ...]:
    """Use the printed numbering where it settles which row is meant (`（六）其他处理`, `3.其他`)."""
    folded = squeeze(text)
    if re.match(r"^[(]?七[)]|^\(六\)总计|^[(]?七[)]?总计", folded):
        return tuple(label for label in found if label.kind == "requests_row") or found
    if re.match(r"^3[.、]", folded):
        return tuple(label for label in found if label.kind == "requests_row") or found
    if re.match(r"^\(六\)", folded):  # the group over three rows, or the one row that stands for them
        return (Label("requests_row", ("requests.other",)), Label("requests_group", ("other",)))
    return found


def _damaged(name: str) -> tuple[Label, ...]:
    """A long row label that was cut or lost characters, if exactly one row can be meant."""
    if len(name) < _CUT_LENGTH:
        return ()
    scores: dict[str, float] = {}
    matcher = SequenceMatcher(None, "", name, autojunk=False)
    characters = set(name)
    length = len(name)
    for label, key, own in _index().long_rows:
        if abs(len(label) - length) > max(len(label), length) * 0.7:
            continue
        if length >= _CUT_LENGTH + 2 and (
            label.startswith(name) or label.endswith(name) or name.startswith(label)
        ):
            score = 0.95
        elif 2 * min(len(label), length) < _SIMILARITY * (len(label) + length):
            continue  # as most are: what they have in common can't be enough
        else:
            most = min(len(label), len(name) - len(characters - own), len(label) - len(own - characters))
            if 2 * most < _SIMILARITY * (len(label) + len(name)):
                continue
            matcher.set_seq1(label)
            if matcher.real_quick_ratio() < _SIMILARITY or matcher.quick_ratio() < _SIMILARITY:
                continue
            score = matcher.ratio()
        scores[key] = max(score, scores.get(key, 0.0))
    ranked = sorted(scores.items(), key=lambda item: -item[1])
    if not ranked or ranked[0][1] < _SIMILARITY or (len(ranked) > 1 and ranked[1][1] > ranked[0][1] - 0.05):
        return ()
    return (Label("requests_row", (ranked[0][0],), exact=False),)


def of_kind(text: str, *kinds: Kind) -> Label | None:
    """The text's meaning of one of these kinds, or None."""
    for label in meanings(text):
        if label.kind in kinds:
            return label
    return None


_HEADING = re.compile(
    r"^[#*\s>]*(?:第?[一二三四五六七八九十]{1,2}(?:、|，|,|\.|．|部分|\s)|[(（][一二三四五六][)）])?\s*"
)


@cache
def _headings() -> dict[str, str]:
    return {skeleton(name): h.key for h in load_form().shared.sections for name in (h.zh, *h.variants)}


@cache
def _numbered_headings() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple(
        (
            h.key,
            re.compile(
                rf"^[#*>]*(?:第?{h.number}(?:、|,|[.]|部分)?|[(]{h.number}[)])(?=\D)[^。；;]*?(?:{h.pattern})"
            ),
        )
        for h in load_form().shared.sections
    )


def section_of(text: str) -> str | None:
    """The report section that a line is the heading of, or None."""
    return _section_of(text) if len(text) <= 60 else None


@lru_cache(maxsize=REMEMBERED)
def _section_of(text: str) -> str | None:
    name = skeleton(_HEADING.sub("", text.strip()))
    if name in _headings():
        return _headings()[name]
    plain = simplify(squeeze(text))
    if len(plain) > 45 or re.search(r"[。；;]", plain):
        return None
    return next((key for key, pattern in _numbered_headings() if pattern.match(plain)), None)
