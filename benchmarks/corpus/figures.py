"""Random but coherent figures for one report: every identity holds, unless one is broken on purpose.

Numbers come first (`Figures.numbers`), then how each is printed (`Figures.cells`): blanks for zeros, slashes,
full-width digits, units in the cell, remarks behind the number. What is printed is the truth.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from random import Random

from benchmarks.corpus.keys import (
    APPLICANTS,
    PARTS,
    PROACTIVE,
    REVIEW_GROUPS,
    all_keys,
    outcome_metrics,
    request_rows,
    unit_of,
)

Key = tuple[str, str]

SCALES = ("zero", "few", "tens", "hundreds", "thousands")
BLANKS = ("none", "applicants", "zeros", "all", "partly")
CHANGE_STYLES = ("plain", "plus", "words", "fullwidth", "minus", "pair")
AMOUNT_STYLES = ("bare", "cell_yuan", "cell_wan", "header_yuan", "header_wan")
INJECTIONS = (
    "row_total",
    "outcome_total",
    "balance",
    "review_total",
    "litigation_direct_total",
    "litigation_after_review_total",
)


@dataclass(frozen=True, slots=True)
class Printed:
    """What a cell shows: the text, and what FORM says it means."""

    raw: str
    status: str
    value: Decimal | None
    unit: str | None


@dataclass(frozen=True, slots=True)
class Injected:
    """An identity broken on purpose: the cell that was changed, what the sum gives and what is printed."""

    rule: str
    metric: str
    applicant: str
    expected: Decimal
    found: Decimal


@dataclass(frozen=True, slots=True)
class FigureOptions:
    """How large the figures are and how they are printed.

    Attributes:
        generation: form generation, `2019` or `2021`.
        one_other: one row 其他处理 instead of three (2021).
        scale: size of the counts, one of `SCALES`.
        blanks: which zeros of sections three and four are left blank, one of `BLANKS`. `applicants`: the six
            parts of every row and of section four, totals printed; `all`: every one; `partly`: some.
        slashes: rows of section two printed as `/`, `-`, `—`, `无` where zero.
        fullwidth: digits １２３ instead of 123.
        thousands: a comma in numbers of four digits and more.
        chinese_zero: zeros of section four printed as 零.
        cell_units: section two prints 件 behind the number.
        change_style: how signed changes look, one of `CHANGE_STYLES`.
        amount_style: where the unit of the procurement amount stands, one of `AMOUNT_STYLES`.
        fee_unit_in_cell: 12.5万元 instead of 12.5.
        remark: a remark behind a number of section two.
        text_cell: one cell says 详见附表.
        inject: identities to break, of `INJECTIONS`.
    """

    generation: str = "2021"
    one_other: bool = False
    scale: str = "few"
    blanks: str = "none"
    slashes: bool = False
    fullwidth: bool = False
    thousands: bool = False
    chinese_zero: bool = False
    cell_units: bool = False
    change_style: str = "plain"
    amount_style: str = "bare"
    fee_unit_in_cell: bool = False
    remark: bool = False
    text_cell: bool = False
    inject: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of a report, as numbers and as printed."""

    options: FigureOptions
    numbers: Mapping[Key, Decimal]
    cells: Mapping[Key, Printed]
    injected: tuple[Injected, ...] = field(default=())

    @property
    def keys(self) -> list[Key]:
        return all_keys(self.options.generation, self.options.one_other)


def draw_options(rng: Random, generation: str | None = None) -> FigureOptions:
    """Options as they are met: mostly plain zeros and small counts, now and then something odd."""
    chosen = generation or rng.choice(("2019", "2021", "2021", "2021"))
    inject: tuple[str, ...] = (rng.choice(INJECTIONS),) if rng.random() < 0.15 else ()
    scale = rng.choices(SCALES, (25, 35, 20, 12, 8))[0]
    if inject and scale == "zero":
        scale = "few"
    return FigureOptions(
        generation=chosen,
        one_other=chosen == "2021" and rng.random() < 0.15,
        scale=scale,
        blanks="none" if inject else rng.choices(BLANKS, (70, 10, 7, 4, 9))[0],
        slashes=rng.random() < 0.12,
        fullwidth=rng.random() < 0.06,
        thousands=rng.random() < 0.1,
        chinese_zero=rng.random() < 0.03,
        cell_units=rng.random() < 0.06,
        change_style=rng.choice(CHANGE_STYLES),
        amount_style=rng.choice(AMOUNT_STYLES),
        fee_unit_in_cell=rng.random() < 0.12,
        remark=rng.random() < 0.1,
        text_cell=rng.random() < 0.06,
        inject=inject,
    )


def draw_figures(
    rng: Random,
    options: FigureOptions,
    carried_in: Mapping[str, int] | None = None,
    proactive: Mapping[str, Decimal | int] | None = None,
) -> Figures:
    """Draw the figures of a report.

    Args:
        rng: the source of chance.
        options: sizes and printing.
        carried_in: last year's `requests.carried_forward` by applicant, to make two years that fit.
        proactive: numbers of section two that are given, by metric.
    """
    numbers: dict[Key, Decimal] = {}
    _draw_proactive(rng, options, numbers)
    for metric, number in (proactive or {}).items():
        numbers[metric, "all"] = Decimal(number)
    _draw_requests(rng, options, numbers, carried_in)
    _draw_review(rng, options, numbers)
    injected = tuple(_inject(rng, kind, options, numbers) for kind in options.inject)
    cells = _print_all(rng, options, numbers)
    return Figures(options, numbers, cells, injected)


def carried_forward(figures: Figures) -> dict[str, int]:
    """What a report carries into the next year, by applicant."""
    return {a: int(figures.numbers["requests.carried_forward", a]) for a in APPLICANTS}


_SIZES = {"zero": 0, "few": 6, "tens": 60, "hundreds": 700, "thousands": 9000}


def _count(rng: Random, scale: str, chance: float = 0.5, share: float = 1.0) -> Decimal:
    top = int(_SIZES[scale] * share)
    if top <= 0 or rng.random() > chance:
        return Decimal(0)
    return Decimal(rng.randint(1, max(1, top)))


def _draw_proactive(rng: Random, options: FigureOptions, numbers: dict[Key, Decimal]) -> None:
    scale = options.scale
    for part in PROACTIVE[options.generation]:
        for row in part.rows:
            for metric in row.metrics:
                numbers[metric, "all"] = _proactive_number(rng, metric, scale)
    if options.generation == "2021":
        for stem in ("proactive.rules", "proactive.normative_documents"):
            numbers[f"{stem}.in_force", "all"] += numbers[f"{stem}.issued", "all"]
    else:
        for stem in ("proactive.rules", "proactive.normative_documents"):
            disclosed = min(numbers[f"{stem}.newly_disclosed", "all"], numbers[f"{stem}.made", "all"])
            numbers[f"{stem}.newly_disclosed", "all"] = disclosed
            numbers[f"{stem}.total_disclosed", "all"] += disclosed


def _proactive_number(rng: Random, metric: str, scale: str) -> Decimal:
    if metric == "proactive.fees.amount":
        if scale == "zero" or rng.random() < 0.5:
            return Decimal(0)
        places = rng.randint(0, 4)
        whole = Decimal(rng.randint(1, 10 ** rng.randint(2, 9))).scaleb(-places)
        return whole.normalize() + 0 if places else whole
    if metric == "proactive.procurement.amount":
        return Decimal(0) if scale == "zero" else Decimal(rng.randint(1, 9_000_000)) * rng.choice((1, 1, 100))
    if metric.startswith("proactive.rules."):
        return _count(rng, scale, 0.15, 0.1)
    if metric.endswith(".change"):
        return _count(rng, scale, 0.4, 0.1) * rng.choice((1, -1))
    if metric.endswith(".decisions"):
        return _count(rng, scale, 0.6, rng.choice((1.0, 1.0, 9.0)))
    return _count(rng, scale, 0.6, 0.4)


def _draw_requests(
    rng: Random, options: FigureOptions, numbers: dict[Key, Decimal], carried_in: Mapping[str, int] | None
) -> None:
    outcomes = outcome_metrics(options.generation, options.one_other)
    shares = {"natural_person": 1.0, "business": 0.4}
    for applicant in PARTS:
        share = shares.get(applicant, 0.1)
        chance = 0.45 if applicant == "natural_person" else 0.18 * (share > 0.1) + 0.04
        total = Decimal(0)
        for metric in outcomes:
            number = _count(rng, options.scale, chance, share * rng.choice((0.05, 0.3, 1.0)) or 0.1)
            numbers[metric, applicant] = number
            total += number
        came = Decimal(carried_in[applicant]) if carried_in else _count(rng, options.scale, 0.4 * share, 0.2)
        forward = _count(rng, options.scale, 0.5 * share, 0.2)
        if came > total + forward:
            if carried_in is None:
                came = total + forward
            else:
                forward = came - total
        numbers["requests.carried_in", applicant] = came
        numbers["requests.carried_forward", applicant] = forward
        numbers["requests.total", applicant] = total
        numbers["requests.received", applicant] = total + forward - came
    for row in request_rows(options.generation, options.one_other):
        numbers[row.metric, "total"] = sum((numbers[row.metric, a] for a in PARTS), Decimal(0))


def _draw_review(rng: Random, options: FigureOptions, numbers: dict[Key, Decimal]) -> None:
    for group in REVIEW_GROUPS:
        total = Decimal(0)
        for word in ("upheld", "corrected", "other", "pending"):
            number = _count(rng, options.scale, 0.3, 0.2)
            numbers[f"{group}.{word}", "all"] = number
            total += number
        numbers[f"{group}.total", "all"] = total


def _inject(rng: Random, kind: str, options: FigureOptions, numbers: dict[Key, Decimal]) -> Injected:
    """Change one printed number so that the identity breaks; other identities may break with it."""
    step = Decimal(rng.choice((1, 1, 2, 3, 10)))
    key: Key
    if kind == "row_total":
        rows = [r.metric for r in request_rows(options.generation, options.one_other)]
        key = (rng.choice(rows), "total")
    elif kind == "outcome_total":
        key = ("requests.total", rng.choice(PARTS))
    elif kind == "balance":
        key = ("requests.received", rng.choice(APPLICANTS))
    else:
        group = {"review_total": "review", "litigation_direct_total": "litigation.direct"}.get(
            kind, "litigation.after_review"
        )
        key = (f"{group}.total", "all")
    expected = numbers[key]
    numbers[key] = expected + step
    return Injected(kind, *key, expected=expected, found=numbers[key])


def _print_all(rng: Random, options: FigureOptions, numbers: Mapping[Key, Decimal]) -> dict[Key, Printed]:
    cells: dict[Key, Printed] = {}
    slash = rng.choice(("/", "/", "-", "—", "无", "不适用"))
    slashed = {"proactive.rules", "proactive.coercion"} if options.slashes else set()
    for key in all_keys(options.generation, options.one_other):
        metric, _ = key
        number = numbers[key]
        if number == 0 and _is_blank(rng, options, key):
            cells[key] = Printed("", "blank", None, unit_of(metric))
        elif number == 0 and metric.rsplit(".", 1)[0] in slashed:
            cells[key] = Printed(slash, "not_applicable", None, unit_of(metric))
        else:
            cells[key] = _print_number(options, metric, number)
    if options.remark:
        _add_remark(rng, options, cells)
    if options.text_cell:
        key = ("proactive.licensing.decisions", "all")
        cells[key] = Printed(
            rng.choice(("详见附表", "见附件", "详见部门年报")), "text", None, unit_of(key[0])
        )
    return cells


def _is_blank(rng: Random, options: FigureOptions, key: Key) -> bool:
    metric, applicant = key
    proactive = metric.startswith("proactive.")
    match options.blanks:
        case "applicants":
            return not proactive and applicant != "total" and not metric.endswith(".total")
        case "zeros":
            return not proactive
        case "all":
            return True
        case "partly":
            return rng.random() < 0.15 or metric.startswith("proactive.rules.")
        case _:
            return False


def _print_number(options: FigureOptions, metric: str, number: Decimal) -> Printed:
    unit: str | None = unit_of(metric)
    if metric.endswith(".change"):
        return Printed(_print_change(options, number), "reported", number, unit)
    if metric == "proactive.procurement.amount":
        return _print_amount(options, number)
    if metric == "proactive.fees.amount" and options.fee_unit_in_cell and number:
        return Printed(f"{_digits(options, number)}万元", "reported", number, unit)
    if options.chinese_zero and number == 0 and metric.startswith(("review.", "litigation.")):
        return Printed("零", "reported", number, unit)
    text = _digits(options, number)
    if options.cell_units and metric.startswith("proactive.") and unit == "件":
        text += "件"
    return Printed(text, "reported", number, unit)


def _digits(options: FigureOptions, number: Decimal) -> str:
    text = f"{number:,f}" if options.thousands else f"{number:f}"
    if options.fullwidth:
        text = text.translate(str.maketrans("0123456789.,", "０１２３４５６７８９．，"))
    return text


def _print_change(options: FigureOptions, number: Decimal) -> str:
    size = _digits(options, abs(number))
    if number == 0:
        return "0/0" if options.change_style == "pair" else _digits(options, Decimal(0))
    sign = {
        "plus": ("+", "-"),
        "words": ("增", "减"),
        "fullwidth": ("＋", "－"),
        "minus": ("", "−"),
        "pair": ("+", "-"),
    }.get(options.change_style, ("", "-"))
    return (sign[0] if number > 0 else sign[1]) + size


def _print_amount(options: FigureOptions, number: Decimal) -> Printed:
    wan = number.scaleb(-4).normalize() + 0
    match options.amount_style:
        case "cell_yuan":
            return Printed(f"{_digits(options, number)}元", "reported", number, "元")
        case "cell_wan":
            return Printed(f"{_digits(options, wan)}万元", "reported", number, "元")
        case "header_yuan":
            return Printed(_digits(options, number), "reported", number, "元")
        case "header_wan":
            return Printed(_digits(options, wan), "reported", number, "元")
        case _:
            return Printed(_digits(options, number), "reported", number, None)


def _add_remark(rng: Random, options: FigureOptions, cells: dict[Key, Printed]) -> None:
    stem = "proactive.normative_documents"
    first, last = ("issued", "repealed") if options.generation == "2021" else ("made", "total_disclosed")
    for column, words in ((first, "其中修订{}件"), (last, "含自然失效{}件")):
        cell = cells[f"{stem}.{column}", "all"]
        if cell.value is not None and cell.value > 1:
            inner = words.format(rng.randint(1, int(cell.value) - 1))
            cells[f"{stem}.{column}", "all"] = replace(cell, raw=f"{cell.raw}（{inner}）")
