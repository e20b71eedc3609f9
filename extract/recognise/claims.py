"""Counts that the running text claims: value, approximation, scope, and the cells they restate."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import field, replace
from decimal import Decimal

from extract.model import Block, Paragraph, Place
from extract.recognise.claim_patterns import MAY_COUNT, MAY_DENY, Pattern, claim_patterns
from extract.recognise.labels import meanings, section_of
from extract.recognise.rows import value_like
from extract.recognise.script import simplify, squeeze
from extract.recognise.values import MAX_DIGITS, numerals
from extract.value_class import value_class

QUOTE = 40
"""A quote is at most this long."""
MIN_SENTENCE = 12
"""A shorter line in a statutory section is a piece of a table."""
MAX_SENTENCE = 2000
"""A longer stretch without an end is no sentence that states a count."""
MAX_PASSAGE = 20_000
"""Lines are joined up to this length, and to the end of a line."""
_NEAR = 24
"""A scope stands at most this many characters before its count."""
_JUST_BEFORE = 12
_STATUTORY = {
    "proactive": "",
    "requests": "收到和处理政府信息公开申请情况。",
    "review": "政府信息公开行政复议、行政诉讼情况。",
}
"""What the heading of a statutory section says about the text below it."""
_ENDS = ("。", "；", "！", "：", ":")
_SENTENCE = re.compile(r"[^。；;！!\n]+[。；;！!\n]?")
_CLAUSE_STARTS = "，,、（("
_SCALES = {"千": 10**3, "万": 10**4, "百万": 10**6, "千万": 10**7, "亿": 10**8}
_RECEIVED = frozenset({"requests.received", "requests.handled", "requests.total"})
_SIGNS = ("before", "after", "more", "roughly")
_AT_LEAST = frozenset({"余", "多", "+", "来", "超过", "超", "逾", "以上"})
_AT_MOST = frozenset({"近", "不足", "将近", "接近"})


@value_class(frozen=True, slots=True)
class Claim:
    """A count in the running text.

    Attributes:
        metrics: every key (cell or group) that the wording fits.
        applicant: the column, `all` for metrics that have none.
        value: the number; of an amount in the metric's unit.
        approximate: whether the text says that it is about, nearly or more than the number.
        scope: whose count it is, as the text names it; None if it names nobody.
        quote: the words around the count.
        place: the spot of the paragraph.
        firm: whether the wording is ground enough to call a table that differs wrong.
        least, most: the numbers that the wording can mean.
        own: whether the scope is the reporting organ itself.
    """

    metrics: tuple[str, ...]
    applicant: str
    value: Decimal
    approximate: bool
    scope: str | None
    quote: str
    place: Place
    firm: bool = True
    least: Decimal = field(default=Decimal(0), repr=False)
    most: Decimal = field(default=Decimal(0), repr=False)
    own: bool = True


@value_class(frozen=True, slots=True)
class _Passage:
    text: str
    place: Place
    heading: str


def read_claims(
    blocks: Sequence[Block], year: int | None, known: Collection[str] | None = None
) -> list[Claim]:
    """Every claim of the running text (tables and headings are not text), in reading order.

    Args:
        blocks: the report's blocks.
        year: the report's year: counts of other years are not claims about this one.
        known: metric keys and groups that the report's generation has; a claim keeps those of its keys that are
            known, and is dropped if none is. None: all.
    """
    claims: dict[tuple[tuple[str, ...], str, Decimal], Claim] = {}
    for passage in _passages(blocks):
        reader = _PassageReader(passage, year)
        for claim in reader.claims():
            metrics = tuple(m for m in claim.metrics if known is None or m in known)
            if metrics:
                kept = replace(claim, metrics=metrics)
                claims.setdefault((metrics, claim.applicant, claim.value), kept)
    return list(claims.values())


def _passages(blocks: Sequence[Block]) -> Iterator[_Passage]:
    """Paragraphs, with lines that a page or a dump has broken joined again."""
    text, place, section = "", Place(), None
    heading = ""
    for block in blocks:
        line = ""
        if isinstance(block, Paragraph):
            section = section_of(block.text) or section
            line = simplify(squeeze(block.text))
            if section in _STATUTORY and _cell_like(block.text, line):
                line = ""
        ended = text.endswith(_ENDS) or len(text) > MAX_PASSAGE
        if text and (not line or ended or not isinstance(block, Paragraph)):
            yield _Passage(text, place, heading)
            text = ""
        if line and isinstance(block, Paragraph):
            if not text:
                place, heading = block.place, _STATUTORY.get(section or "", "")
            text += line
    if text:
        yield _Passage(text, place, heading)


def _cell_like(printed: str, line: str) -> bool:
    """In the statutory sections of a dump: a cell, a label or a piece of one, not running text."""
    return len(line) < MIN_SENTENCE or value_like(line) or bool(meanings(printed)) or "|" in line


class _PassageReader:
    """Reads one paragraph; what its earlier sentences have said is the context of the later ones."""

    def __init__(self, passage: _Passage, year: int | None) -> None:
        self.passage = passage
        self.year = year
        self.said = passage.heading
        self.last: tuple[str, ...] = ()
        self.whole: tuple[str, ...] = ()

    def claims(self) -> Iterator[Claim]:
        for match in _SENTENCE.finditer(self.passage.text):
            if len(match[0]) <= MAX_SENTENCE:
                yield from self._sentence(match[0])
            self.said += match[0]

    def _sentence(self, sentence: str) -> list[Claim]:
        found: list[_Found] = []
        taken: list[tuple[int, int]] = []
        if MAY_COUNT.search(sentence):
            self._counts(sentence, found, taken)
        if MAY_DENY.search(sentence):
            self._zeros(sentence, found, taken)
        return self._in_context(sentence, sorted(found, key=lambda item: item.at))

    def _counts(self, sentence: str, found: list[_Found], taken: list[tuple[int, int]]) -> None:
        for pattern in claim_patterns().counts.possible(sentence):
            for match in pattern.regex.finditer(sentence):
                span = match.span("number")
                number = _number(match)
                if number is None or any(a < span[1] and span[0] < b for a, b in taken):
                    continue
                metrics = self._metrics(pattern, match)
                if metrics is None or self._refused(pattern, sentence, match, metrics):
                    continue
                taken.append(span)
                claim = self._claim(pattern, metrics, number, sentence, match)
                found += _one_or_each(span[0], pattern, claim)

    def _zeros(self, sentence: str, found: list[_Found], taken: list[tuple[int, int]]) -> None:
        for pattern in claim_patterns().zeros.possible(sentence):
            zero = pattern.regex.search(sentence)
            if zero is None or any(a < zero.end() and zero.start() < b for a, b in taken):
                continue
            before = sentence[: zero.start()]
            if (self.year is not None and _other_year(before, self.year)) or _last_clause_foreign(before):
                continue
            claim = self._claim(pattern, pattern.metrics, _ZERO, sentence, zero)
            found += _one_or_each(zero.start(), pattern, claim)

    def _metrics(self, pattern: Pattern, match: re.Match[str]) -> tuple[str, ...] | None:
        """The pattern's keys, by the year that it names for what was carried over; None if that is no year of ours."""
        named = match.groupdict()
        if self.year is None:
            return pattern.metrics
        if named.get("last"):
            gap = self.year - int(named["last"])
            return {1: ("requests.carried_in",), 0: ("requests.carried_forward",)}.get(gap)
        if named.get("next"):
            gap = int(named["next"]) - self.year
            return {1: ("requests.carried_forward",), 0: ("requests.carried_in",)}.get(gap)
        return pattern.metrics

    def _refused(
        self, pattern: Pattern, sentence: str, match: re.Match[str], metrics: tuple[str, ...]
    ) -> bool:
        """Whether the number belongs to another year, to a comparison, or to something else than the wording says."""
        at = match.start("number")
        clause_start = max(sentence.rfind(mark, 0, at) for mark in _CLAUSE_STARTS) + 1
        if claim_patterns().foreign.search(sentence[clause_start : match.end()]):
            return True
        context = self.said + sentence
        if pattern.needs and not pattern.needs.search(context):
            return True
        if pattern.unless and pattern.unless.search(sentence[max(0, at - 60) : match.end()]):
            return True
        if self.year is None or metrics[0] in ("requests.carried_in", "requests.carried_forward"):
            return False
        return _other_year(sentence[:at], self.year)

    def _claim(
        self,
        pattern: Pattern,
        metrics: tuple[str, ...],
        number: _Number,
        sentence: str,
        match: re.Match[str],
    ) -> Claim:
        at = match.start("number") if "number" in match.re.groupindex else match.start()
        scope, own = _scope(sentence, match.start(), at)
        if metrics == (
            "proactive.fees.amount",
        ):  # the text's money is in yuan, the form's fees in ten thousands
            number = number.scaled(Decimal("0.0001"))
        firm = pattern.firm is None or bool(pattern.firm.search(self.said + sentence))
        return Claim(
            metrics,
            pattern.applicant,
            number.value,
            number.approximate,
            scope,
            _quote(sentence, match),
            self.passage.place,
            firm,
            number.least,
            number.most,
            own,
        )

    def _in_context(self, sentence: str, found: list[_Found]) -> list[Claim]:
        """Drop what restates a part of a count named before it; give parts the sum that they are parts of."""
        kept: list[_Found] = []
        for one in found:
            pattern, claim = one.pattern, one.claim
            if pattern.follows and not pattern.follows & set(self.last):
                continue
            if pattern.part_of:
                whole = self.whole if pattern.part_of & set(self.whole) else claim.metrics
                kept.append(replace(one, claim=replace(claim, metrics=whole)))
                continue
            if _of_these(sentence, one, kept):
                continue
            kept.append(one)
            if not pattern.follows:
                self.last = claim.metrics
            if _RECEIVED & set(claim.metrics):
                self.whole = claim.metrics
        return [one.claim for one in _with_carried_in(sentence, kept)]


@value_class(frozen=True, slots=True)
class _Found:
    """A claim, the pattern that read it and where it stands in its sentence."""

    at: int
    pattern: Pattern
    claim: Claim


def _one_or_each(at: int, pattern: Pattern, claim: Claim) -> list[_Found]:
    """The claim; where the text counts two things alike (`均为 2 件`), one for each."""
    found = [_Found(at, pattern, claim)]
    return [*found, _Found(at, pattern, replace(claim, metrics=(pattern.each,)))] if pattern.each else found


def _with_carried_in(sentence: str, found: Sequence[_Found]) -> Iterator[_Found]:
    """A count received "of which so many carried over" may be the sum of both."""
    carried = [one.at for one in found if one.claim.metrics == ("requests.carried_in",)]
    for one in found:
        of_which = any(re.search(r"其中|含|包括", sentence[one.at : at]) for at in carried if at > one.at)
        if (
            of_which
            and one.claim.metrics == ("requests.received",)
            and "新收" not in _before(sentence, one.at)
        ):
            yield replace(one, claim=replace(one.claim, metrics=("requests.received", "requests.handled")))
        else:
            yield one


def _before(sentence: str, at: int) -> str:
    return sentence[max(0, at - _JUST_BEFORE) : at]


def _of_these(sentence: str, one: _Found, kept: Sequence[_Found]) -> bool:
    """Whether `其中` before a count of requests makes it a part of another count of requests."""
    claim = one.claim
    if not _RECEIVED & set(claim.metrics) or claim.applicant != "total" or not kept:
        return False
    of_these = sentence.rfind("其中", 0, one.at)
    return any(
        other.at < of_these
        and _RECEIVED & set(other.claim.metrics)
        and "新收" not in _before(sentence, one.at)
        for other in kept
    )


@value_class(frozen=True, slots=True)
class _Number:
    value: Decimal
    approximate: bool
    least: Decimal
    most: Decimal

    def scaled(self, factor: Decimal) -> _Number:
        return _Number(self.value * factor, self.approximate, self.least * factor, self.most * factor)


_ZERO = _Number(Decimal(0), False, Decimal(0), Decimal(0))


def _number(match: re.Match[str]) -> _Number | None:
    """The number, and what it can stand for: `1.3万` is rounded, `100余` is up to the next hundred."""
    text = match["number"].replace(",", "")
    if len(text) > MAX_DIGITS:
        return None
    if text[0].isdigit() and text.isascii():
        number = Decimal(text)
    else:
        spelled = numerals(text)
        if spelled is None:
            return None
        number = Decimal(spelled)
    scale = Decimal(_SCALES.get(match["scale"] or "", 1))
    value = number * scale
    value = value.to_integral_value() if value == value.to_integral_value() else value
    signs = {match[name] for name in _SIGNS if match[name]}
    decimals = -int(number.as_tuple().exponent) if number != number.to_integral_value() else 0
    rounding = scale.scaleb(-decimals) / 2 if scale > 1 or decimals else Decimal(0)
    least, most = value - rounding, value + rounding
    if signs:
        slack = max(value / 5, scale.scaleb(_trailing_zeros(number)), Decimal(1))
        least = value if signs & _AT_LEAST else value - slack
        most = value if signs & _AT_MOST and not signs & _AT_LEAST else value + slack
    return _Number(value, bool(signs), least, most)


def _trailing_zeros(number: Decimal) -> int:
    digits = str(number.to_integral_value())
    return len(digits) - len(digits.rstrip("0")) if number else 0


def _last_clause_foreign(before: str) -> bool:
    start = max(before.rfind(mark) for mark in _CLAUSE_STARTS) + 1
    return bool(claim_patterns().foreign.search(before[start:]))


_YEARS = re.compile(r"(?<!\d)(20\d\d)年?[-~—至到]+(20\d\d)年(?!\d)")
_YEAR = re.compile(r"(?<![〔\[\d])(20\d\d)年")


def _other_year(before: str, year: int) -> bool:
    """Whether the last year named before is not the report's, or the first of several years is not."""
    plain = claim_patterns().not_years.sub("", before)
    span = _YEARS.search(plain)
    if span and int(span[1]) != year:
        return True
    years = _YEAR.findall(plain)
    return bool(years) and int(years[-1]) != year


def _scope(sentence: str, start: int, at: int) -> tuple[str | None, bool]:
    """Whose count it is, and whether that is the reporting organ itself."""
    scopes = claim_patterns().scopes
    stated = list(scopes.stated.finditer(sentence, max(0, start - _NEAR), at))
    if stated:
        word = stated[-1][0]
        return word, bool(scopes.own.fullmatch(word))
    clause = max(sentence.rfind(mark, 0, start) for mark in "，,、；") + 1
    channels = list(scopes.channel.finditer(sentence, clause, at))
    return (channels[-1][0], False) if channels else (None, True)


def _quote(sentence: str, match: re.Match[str]) -> str:
    start = max(0, min(match.start(), match.end() - QUOTE))
    spare = max(0, QUOTE - (match.end() - start))
    start = max(0, start - spare // 2)
    return sentence[start : start + QUOTE].strip("，,。；; ")
