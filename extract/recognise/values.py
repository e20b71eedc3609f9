"""One cell's text -> value status, value and unit. The rules are the form's "What a cell can be"."""

from __future__ import annotations

import re
from decimal import Decimal
from enum import StrEnum
from functools import cache, lru_cache

from extract.form import Metric, load_form
from extract.model import PICTURE
from extract.recognise.script import REMEMBERED, SHORT, fold_width, simplify, squeeze
from extract.value_class import value_class


class Status(StrEnum):
    """Value status of a cell."""

    REPORTED = "reported"
    BLANK = "blank"
    NOT_APPLICABLE = "not_applicable"
    TEXT = "text"
    MISSING = "missing"
    DOUBTFUL = "doubtful"


@value_class(frozen=True, slots=True)
class Parsed:
    """What one cell's text says by itself.

    Attributes:
        status: never MISSING; DOUBTFUL where the text can be read in more than one way.
        value: in the metric's unit; for DOUBTFUL the best reading.
        unit: the value's unit; None where neither cell nor header names one.
        why: evidence key for anything that was not a plain number.
    """

    status: Status
    value: Decimal | None
    unit: str | None
    why: str | None = None


MAX_DIGITS = 15
"""More digits than this are no count and no amount: columns that have run together, or no report at all."""
_TOO_LONG = re.compile(r"\d(?:[\d,]{15}|\d*\.\d{15})")
_LONGEST_NUMERAL = 12
MAX_TEXT = 1000
"""A longer text in a cell is words, whatever numbers stand in it."""
_NUMBER = re.compile(r"^[+-]?(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d+)?$")
_LEADING = re.compile(r"^([+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?)(.*)$", re.DOTALL)
_REMARK = re.compile(r"^[(\[【][^)\]】]*[^\d\s)\]】][^)\]】]*[)\]】]$")
_COUNT_UNITS = ("件", "条", "项", "起", "份", "个", "宗", "篇", "次", "批次", "例", "人次")
_MONEY = {
    "元": Decimal(1),
    "万元": Decimal(10_000),
    "亿元": Decimal(100_000_000),
    "千元": Decimal(1000),
    "百万元": Decimal(1_000_000),
}
_MONEY_WORDS = {"人民币": "", "圆": "元"}
_CHANGE = re.compile(r"^(增加|增|减少|减|\+|-)?(\d+)(?:项|件|个)?$")
_CUT_GROUP = re.compile(r"^\d{1,3}(?:,\d{3})*,(?:\d\s+\d{2}|\d{2}\s+\d)$")
"""A count whose last group of thousands is wrapped: `1,45 4` is no two numbers, since `1,45` is none."""
_GROUPED = re.compile(r"^\d{1,3}(?:,\d{3})+$")
_NUMERALS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_POWERS = {"十": 10, "百": 100, "千": 1000}


@value_class(frozen=True, slots=True)
class _Kind:
    """What of a metric its cells' texts are read by."""

    unit: str
    unit_printed: bool
    signed: bool


def parse(raw: str, metric: Metric, header_unit: str | None = None) -> Parsed:
    """Read one cell.

    Args:
        raw: the cell's text as printed.
        metric: what the cell holds (its unit, whether a sign is expected).
        header_unit: money unit that the printed header names, where it does.
    """
    read = _parsed if len(raw) <= SHORT else _parsed.__wrapped__
    return read(raw, metric.unit, metric.unit_printed, metric.signed, header_unit)


@lru_cache(maxsize=REMEMBERED)
def _parsed(raw: str, unit: str, unit_printed: bool, signed: bool, header_unit: str | None) -> Parsed:
    metric = _Kind(unit, unit_printed, signed)
    text = squeeze(raw)
    if not text:
        return Parsed(Status.BLANK, None, _unit(metric, header_unit))
    if len(text) > MAX_TEXT:
        numbers = any(c.isdigit() for c in text)
        return Parsed(Status.DOUBTFUL if numbers else Status.TEXT, None, metric.unit, "value:words")
    if _TOO_LONG.search(text):
        return Parsed(Status.DOUBTFUL, None, _unit(metric, header_unit), "value:too_many_digits")
    if PICTURE in text:
        return Parsed(Status.DOUBTFUL, None, _unit(metric, header_unit), "value:content_not_text")
    if unit not in _MONEY and _CUT_GROUP.match(fold_width(raw).strip()) and _GROUPED.match(text):
        return Parsed(Status.REPORTED, _decimal(text), unit, "value:wrapped_number")
    if _inner_gap(raw):
        return _broken_number(text, metric, header_unit)
    if "\ufffd" in text:  # a character that the file gives no meaning to: never guessed
        return Parsed(Status.DOUBTFUL, None, _unit(metric, header_unit), "value:unmapped_character")
    if text in _not_applicable():
        return Parsed(Status.NOT_APPLICABLE, None, _unit(metric, header_unit))
    if signed:
        return _change(text, metric)
    if unit in _MONEY:
        return _money(text, metric, header_unit)
    return _count(text, metric)


def numerals(text: str) -> int | None:
    """A Chinese numeral below ten thousand (零, 十二, 一百零五, 二〇), else None."""
    if not text or len(text) > _LONGEST_NUMERAL or any(c not in _NUMERALS and c not in _POWERS for c in text):
        return None
    if all(c in _NUMERALS for c in text):
        return int("".join(str(_NUMERALS[c]) for c in text))
    total, digit = 0, None
    for c in text:
        if c in _NUMERALS:
            digit = _NUMERALS[c]
        else:
            total += (1 if digit is None else digit) * _POWERS[c]
            digit = None
    return total + (digit or 0)


def header_money_unit(header: str) -> str | None:
    """The money unit a header names (`本年收费金额（单位：万元）` -> `万元`), else None."""
    text = simplify(squeeze(header))
    found = re.findall(r"(亿元|百万元|万元|千元|元)", text)
    return found[0] if found else None


@cache
def _not_applicable() -> frozenset[str]:
    return frozenset(squeeze(token) for token in load_form().shared.not_applicable)


def _unit(metric: _Kind, header_unit: str | None) -> str | None:
    if metric.unit in _MONEY and not metric.unit_printed and header_unit is None:
        return None
    return metric.unit


def _inner_gap(raw: str) -> bool:
    """Whether white space stands between two digits or their signs: `1 2` is not surely 12, nor `1. 2` surely 1.2."""
    return re.search(r"[\d.,][^\S\r\n]+[\d.,]", fold_width(raw).strip()) is not None


def _broken_number(text: str, metric: _Kind, header_unit: str | None) -> Parsed:
    number = _decimal(text)
    return Parsed(Status.DOUBTFUL, number, _unit(metric, header_unit), "value:space_inside_number")


def _decimal(text: str) -> Decimal | None:
    return Decimal(text.replace(",", "")) if _NUMBER.match(text) else None


def _count(text: str, metric: _Kind) -> Parsed:
    number = _decimal(text)
    if number is not None:
        return Parsed(Status.REPORTED, number, metric.unit)
    spelled = numerals(_without_unit(simplify(text)))
    if spelled is not None:
        return Parsed(Status.REPORTED, Decimal(spelled), metric.unit, "value:chinese_numeral")
    return _number_with_tail(text, metric)


def _without_unit(text: str) -> str:
    for unit in _COUNT_UNITS:
        if text.endswith(unit):
            return text[: -len(unit)]
    return text


def _number_with_tail(text: str, metric: _Kind) -> Parsed:
    match = _LEADING.match(text)
    if match is None:
        if re.search(r"\d", text):
            digits = re.findall(r"\d+(?:\.\d+)?", text)
            best = Decimal(digits[0]) if len(digits) == 1 else None
            return Parsed(Status.DOUBTFUL, best, metric.unit, "value:number_inside_words")
        return Parsed(Status.TEXT, None, metric.unit, "value:words")
    number, tail = Decimal(match[1].replace(",", "")), simplify(match[2])
    for unit in sorted(_COUNT_UNITS, key=len, reverse=True):
        if tail.startswith(unit):
            tail = tail[len(unit) :]
            break
    if not tail:
        return Parsed(Status.REPORTED, number, metric.unit, "value:unit_in_cell")
    if _REMARK.match(tail):
        return Parsed(Status.REPORTED, number, metric.unit, "value:remark_in_cell")
    return Parsed(Status.DOUBTFUL, number, metric.unit, "value:number_with_words")


def _money(text: str, metric: _Kind, header_unit: str | None) -> Parsed:
    words = simplify(text)
    for word, plain in _MONEY_WORDS.items():
        words = words.replace(word, plain)
    match = _LEADING.match(words)
    if match is None:
        spelled = numerals(words.removesuffix("元"))
        if spelled == 0:
            return Parsed(Status.REPORTED, Decimal(0), _unit(metric, header_unit), "value:chinese_numeral")
        return _number_with_tail(text, metric)
    number, tail = Decimal(match[1].replace(",", "")), match[2]
    for unit in sorted(_MONEY, key=len, reverse=True):
        if tail == unit or (tail.startswith(unit) and _REMARK.match(tail[len(unit) :])):
            return Parsed(
                Status.REPORTED, _convert(number, unit, metric.unit), metric.unit, "value:unit_in_cell"
            )
    if not tail or _REMARK.match(tail):
        why = "value:remark_in_cell" if tail else None
        stated = header_unit or (metric.unit if metric.unit_printed else None)
        if stated is None:  # zero is zero in every unit
            return Parsed(
                Status.REPORTED,
                number,
                metric.unit if number == 0 else None,
                "unit:unknown" if number else why,
            )
        if stated != metric.unit:
            return Parsed(
                Status.REPORTED, _convert(number, stated, metric.unit), metric.unit, "unit:from_header"
            )
        return Parsed(Status.REPORTED, number, metric.unit, why)
    return Parsed(Status.DOUBTFUL, number, None, "value:number_with_words")


def _convert(number: Decimal, unit: str, target: str) -> Decimal:
    return (number * _MONEY[unit] / _MONEY[target]).normalize()


def _change(text: str, metric: _Kind) -> Parsed:
    words = simplify(text)
    match = _CHANGE.match(words)
    if match is not None:
        sign = -1 if match[1] in ("减", "减少", "-") else 1
        return Parsed(
            Status.REPORTED, Decimal(sign * int(match[2])), metric.unit, "value:signed" if match[1] else None
        )
    pair = re.match(r"^(?:增)?(\d+)/(?:减)?(\d+)$", words)
    if pair is not None:
        gained, lost = int(pair[1]), int(pair[2])
        if gained == lost == 0:
            return Parsed(Status.REPORTED, Decimal(0), metric.unit, "value:zero_pair")
        return Parsed(Status.DOUBTFUL, Decimal(gained - lost), metric.unit, "value:pair")
    spelled = numerals(words)
    if spelled is not None:
        return Parsed(Status.REPORTED, Decimal(spelled), metric.unit, "value:chinese_numeral")
    return _number_with_tail(text, metric)
