"""Counts that the running text claims, and whether they agree with the cells they restate."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Any

import yaml

from extract.form import Form, load_form
from extract.model import Block, Paragraph, Place
from extract.recognise.labels import meanings, section_of
from extract.recognise.reading import Key
from extract.recognise.rows import value_like
from extract.recognise.script import simplify, squeeze
from extract.recognise.values import MAX_DIGITS, numerals

QUOTE = 40
"""A quote is at most this long."""
_COUNT = (
    r"(?P<before>近|约|超过|超|逾|大约|不足)?(?P<number>(?<!\d)\d[\d,]*+(?:\.\d++)?|[零〇一二两三四五六七八九十百千]{1,7})"
    r"(?P<wan>万)?(?P<after>余|多|\+|来)?(?:件次|批次|人次|件|条|起|份|宗|项|篇|个|次|例|\(篇\)|封)(?P<after2>以上|左右)?"
)
_MAY_COUNT = re.compile(r"[\d零〇一二两三四五六七八九十百千]万?(?:[余多+来])?[件批人条起份宗项篇个次例(封]")
"""Without a number and its unit no count can stand in a sentence."""
_MAY_DENY = re.compile(r"[未没无零]")
_OWN_SCOPES = ("本级", "全镇", "全乡", "全街道")
"""Scopes that are the reporting organ's own; other scopes may be wider than its tables."""
_STATUTORY = ("proactive", "requests", "review")
MIN_SENTENCE = 12
"""A shorter line in a statutory section is a piece of a table."""
MAX_SENTENCE = 2000
"""A longer stretch without an end is no sentence that states a count."""
MAX_PASSAGE = 20_000
"""Lines are joined up to this length, and to the end of a line."""
_ENDS = ("。", "；", "！", "：", ":")
_SENTENCE = re.compile(r"[^。；;！!\n]+[。；;！!\n]?")


@dataclass(frozen=True, slots=True)
class Claim:
    """A count in the running text. `metrics`: every key (cell or group) that the wording fits."""

    metrics: tuple[str, ...]
    applicant: str
    value: Decimal
    approximate: bool
    scope: str | None
    quote: str
    place: Place


@dataclass(frozen=True, slots=True)
class _Pattern:
    metrics: tuple[str, ...]
    applicant: str
    regex: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class _Rules:
    counts: tuple[_Pattern, ...]
    zeros: tuple[_Pattern, ...]
    foreign: re.Pattern[str]
    scopes: tuple[str, ...]


@cache
def _rules() -> _Rules:
    data = yaml.safe_load((resources.files("extract.form") / "claims.yaml").read_text(encoding="utf-8"))

    def compiled(entry: Mapping[str, Any]) -> _Pattern:
        text = entry["pattern"].replace("{N}", f"(?:共|共计|合计|达|了)?{_COUNT}")
        text = text.replace("{P2}", r"[^\d。；;]{0,24}?").replace("{P}", r"[^\d。；;]{0,24}?")
        metrics = tuple(entry["metrics"])
        default = "total" if metrics[0].startswith("requests.") else "all"
        return _Pattern(metrics, entry.get("applicant", default), re.compile(text))

    return _Rules(
        tuple(map(compiled, data["counts"])),
        tuple(map(compiled, data["zeros"])),
        re.compile("|".join(data["foreign"])),
        tuple(data["scopes"]),
    )


def read_claims(blocks: Sequence[Block], year: int | None) -> list[Claim]:
    """Every claim of the running text (tables and headings are not text), in reading order.

    Args:
        blocks: the report's blocks.
        year: the report's year: counts of other years are not claims about this one.
    """
    claims: dict[tuple[tuple[str, ...], str, Decimal], Claim] = {}
    for text, place in _passages(blocks):
        for match in _SENTENCE.finditer(text):
            if len(match[0]) > MAX_SENTENCE:
                continue
            for claim in _sentence(match[0], place, year):
                claims.setdefault((claim.metrics, claim.applicant, claim.value), claim)
    return list(claims.values())


def _passages(blocks: Sequence[Block]) -> Iterator[tuple[str, Place]]:
    """Paragraphs, with lines that a page or a dump has broken joined again."""
    text, place, section = "", Place(), None
    for block in blocks:
        line = ""
        if isinstance(block, Paragraph):
            section = section_of(block.text) or section
            line = simplify(squeeze(block.text))
            if section in _STATUTORY and _cell_like(block.text, line):
                line = ""
        ended = text.endswith(_ENDS) or len(text) > MAX_PASSAGE
        if text and (not line or ended or not isinstance(block, Paragraph)):
            yield text, place
            text = ""
        if line and isinstance(block, Paragraph):
            if not text:
                place = block.place
            text += line
    if text:
        yield text, place


def _cell_like(printed: str, line: str) -> bool:
    """In the statutory sections of a dump: a cell, a label or a piece of one, not running text."""
    return len(line) < MIN_SENTENCE or value_like(line) or bool(meanings(printed)) or "|" in line


def _sentence(sentence: str, place: Place, year: int | None) -> Iterator[Claim]:
    rules = _rules()
    taken: list[tuple[int, int]] = []
    for pattern in rules.counts if _MAY_COUNT.search(sentence) else ():
        for match in pattern.regex.finditer(sentence):
            span = match.span("number")
            value = _value(match)
            if value is None or any(a < span[1] and span[0] < b for a, b in taken):
                continue
            if _foreign(sentence, match, year, pattern.metrics):
                continue
            taken.append(span)
            approximate = any(match[name] for name in ("before", "after", "after2"))
            yield Claim(
                pattern.metrics,
                pattern.applicant,
                value,
                approximate,
                _scope(sentence, match.start()),
                _quote(sentence, match),
                place,
            )
    for pattern in rules.zeros if _MAY_DENY.search(sentence) else ():
        zero = pattern.regex.search(sentence)
        if zero is None or any(a < zero.end() and zero.start() < b for a, b in taken):
            continue
        if year is not None and _other_year(sentence[: zero.start()], year):
            continue
        yield Claim(
            pattern.metrics,
            pattern.applicant,
            Decimal(0),
            False,
            _scope(sentence, zero.start()),
            _quote(sentence, zero),
            place,
        )


def _value(match: re.Match[str]) -> Decimal | None:
    text = match["number"].replace(",", "")
    if len(text) > MAX_DIGITS:
        return None
    number = Decimal(text) if text[0].isdigit() else None
    if number is None:
        spelled = numerals(text)
        number = Decimal(spelled) if spelled is not None else None
    if number is None:
        return None
    return number * 10_000 if match["wan"] else number


def _foreign(sentence: str, match: re.Match[str], year: int | None, metrics: tuple[str, ...]) -> bool:
    """Whether the number belongs to another year or to a comparison."""
    clause_start = max(sentence.rfind(mark, 0, match.start("number")) for mark in "，,、（(") + 1
    clause = sentence[clause_start : match.end()]
    if _rules().foreign.search(clause):
        return True
    if year is None or metrics[0] in ("requests.carried_in", "requests.carried_forward"):
        return False
    return _other_year(sentence[: match.start("number")], year)


def _other_year(before: str, year: int) -> bool:
    """Whether the last year named before is not the report's."""
    years = re.findall(r"(?<![〔\[\d])(20\d\d)年", before)
    return bool(years) and int(years[-1]) != year


def _scope(sentence: str, before: int) -> str | None:
    for scope in _rules().scopes:
        at = sentence.rfind(scope, 0, before + 6)
        if at >= 0 and before - at < 20:
            return scope
    return None


def _quote(sentence: str, match: re.Match[str]) -> str:
    start = max(0, min(match.start(), match.end() - QUOTE))
    spare = max(0, QUOTE - (match.end() - start))
    start = max(0, start - spare // 2)
    return sentence[start : start + QUOTE].strip("，,。；; ")


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a claim says against the tables: `outcome` pass, broken or not_assessable; `found` is the cells' number.

    `doubtful`: the cells can be read in several ways, and the outcome is that of all of them.
    """

    claim: Claim
    outcome: str
    metric: str
    found: Decimal | None
    doubtful: bool = False


Ways = Sequence[Mapping[Key, Decimal | None]]
"""A report's numbers; several entries where the cells concerned are doubtful, one for each way to read them."""


def judge_claim(claim: Claim, ways_of: Callable[[str], Ways], present: set[str]) -> Judgement | None:
    """Compare a claim with the cells it restates; None if it restates none.

    A claim that fits several keys is broken only if it fits none of them; against doubtful cells, only if no way
    to read them agrees with it.

    Args:
        claim: the claim.
        ways_of: the report's numbers as they bear on a metric or group.
        present: metric keys with cells in this report.
    """
    verdicts = [
        v for metric in claim.metrics if (v := _verdict(claim, metric, ways_of(metric), present)) is not None
    ]
    if not verdicts:
        return None
    if passed := [v for v in verdicts if v.outcome == "pass"]:
        return passed[0]
    broken = [v for v in verdicts if v.outcome == "broken"]
    if not broken or any(v.outcome == "not_assessable" and v.found is not None for v in verdicts):
        return next(v for v in verdicts if v.outcome == "not_assessable")
    foreign_scope = claim.scope is not None and claim.scope not in _OWN_SCOPES
    return replace(broken[0], outcome="not_assessable") if foreign_scope else broken[0]


def _verdict(claim: Claim, metric: str, ways: Ways, present: set[str]) -> Judgement | None:
    outcomes = [o for numbers in ways if (o := _against(claim, metric, numbers, present)) is not None]
    if not outcomes:
        return None
    kinds = {outcome for outcome, _ in outcomes}
    if kinds == {"pass"}:
        return Judgement(claim, "pass", metric, outcomes[0][1])
    if "broken" in kinds and "pass" not in kinds:
        found = next(number for outcome, number in outcomes if outcome == "broken")
        return Judgement(claim, "broken", metric, found, len(ways) > 1)
    return Judgement(claim, "not_assessable", metric, outcomes[0][1])


def _against(
    claim: Claim, metric: str, numbers: Mapping[Key, Decimal | None], present: set[str]
) -> tuple[str, Decimal | None] | None:
    """Outcome and number of the cells for one way to read them; None if the key has no cells in this report."""
    members = members_of(load_form(), metric, present)
    if not members:
        return None
    values = [numbers.get((m, claim.applicant if m.startswith("requests.") else "all")) for m in members]
    known = [v for v in values if v is not None]
    if not known:
        return "not_assessable", None
    found = sum(known, Decimal(0))
    if claim.value == 0 and found == 0:  # none at all: no result of any kind may be printed either
        heads = {
            m.rsplit(".", 1)[0] for m in members if m.endswith(".total") and not m.startswith("requests.")
        }
        parts = [numbers.get((m, "all")) for m in present if m.rsplit(".", 1)[0] in heads]
        found = sum((v for v in parts if v is not None), Decimal(0))
    if len(known) < len(values):
        # counts are not negative: what is known may already be more than the claim
        return ("broken" if found > claim.value and not claim.approximate else "not_assessable"), found
    return ("pass" if _agrees(claim, found) else "broken"), found


def _agrees(claim: Claim, found: Decimal) -> bool:
    if not claim.approximate:
        return found == claim.value
    return abs(found - claim.value) * 5 <= max(claim.value, Decimal(1))


def members_of(form: Form, metric: str, present: set[str]) -> list[str]:
    """The metric keys that a claim's key sums: itself, or a group's members in this report."""
    if metric in present:
        return [metric]
    group = next((g for g in form.shared.groups if g.key == metric), None)
    if group is None:
        return []
    found: list[str] = []
    for member in group.members:
        found += (
            [m for m in sorted(present) if m.startswith(member[:-1])] if member.endswith(".*") else [member]
        )
    return found
