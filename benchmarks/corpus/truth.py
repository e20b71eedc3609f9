"""The truth: what was printed, in the shape of the output contract, and which identities break."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from benchmarks.corpus.figures import Figures, Key, Printed
from benchmarks.corpus.keys import APPLICANTS, OUTCOME_WORDS, PARTS, outcome_metrics, request_rows


def json_number(value: Decimal | None) -> int | float | None:
    """A decimal as the JSON number it is written as."""
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)


def truth_cells(figures: Figures) -> list[dict[str, Any]]:
    """One mapping a cell, in printed order."""
    return [
        {
            "metric": key[0],
            "applicant": key[1],
            "status": figures.cells[key].status,
            "value": json_number(figures.cells[key].value),
            "unit": figures.cells[key].unit,
            "raw": figures.cells[key].raw,
        }
        for key in figures.keys
    ]


def broken_identities(figures: Figures) -> list[dict[str, Any]]:
    """Every identity that the printed figures break, whatever made them break.

    With a blank part a known sum above the total is broken; other sums with blanks are not judged here.
    """
    cells = figures.cells
    options = figures.options
    outcomes = outcome_metrics(options.generation, options.one_other)
    found: list[dict[str, Any]] = []
    for row in request_rows(options.generation, options.one_other):
        _test(found, cells, "row_total", (row.metric, "total"), [(row.metric, a) for a in PARTS])
    for applicant in APPLICANTS:
        _test(
            found, cells, "outcome_total", ("requests.total", applicant), [(m, applicant) for m in outcomes]
        )
    for applicant in APPLICANTS:
        _test_balance(found, cells, applicant)
    for rule, group in (
        ("review_total", "review"),
        ("litigation_direct_total", "litigation.direct"),
        ("litigation_after_review_total", "litigation.after_review"),
    ):
        parts = [(f"{group}.{word}", "all") for word in OUTCOME_WORDS[:-1]]
        _test(found, cells, rule, (f"{group}.total", "all"), parts)
    return found


def _test(
    found: list[dict[str, Any]], cells: Mapping[Key, Printed], rule: str, total: Key, parts: list[Key]
) -> None:
    printed = cells[total].value
    if printed is None:
        return
    values = [cells[part].value for part in parts]
    known = sum((value for value in values if value is not None), Decimal(0))
    if known > printed or (None not in values and known != printed):
        found.append(_finding(rule, total, known, printed))


def _test_balance(found: list[dict[str, Any]], cells: Mapping[Key, Printed], applicant: str) -> None:
    names = ("received", "carried_in", "total", "carried_forward")
    received, came, total, forward = (cells[f"requests.{name}", applicant].value for name in names)
    if received is None or came is None or total is None or forward is None:
        return
    if received + came != total + forward:
        found.append(_finding("balance", ("requests.total", applicant), received + came, total + forward))


def _finding(rule: str, key: Key, expected: Decimal, found: Decimal) -> dict[str, Any]:
    return {
        "rule": rule,
        "outcome": "broken",
        "metric": key[0],
        "applicant": key[1],
        "expected": json_number(expected),
        "found": json_number(found),
    }
