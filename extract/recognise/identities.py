"""The form's arithmetic identities, tested on the cells of one report."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from extract.form import Generation, Identity, load_form
from extract.recognise.reading import Key
from extract.recognise.values import Parsed, Status

Values = Mapping[Key, Decimal | None]
"""A number, or None where none is printed (blank, missing, words)."""


@dataclass(frozen=True, slots=True)
class Test:
    """One identity at one place: `expected` is the computed side, `found` the printed one; keys are its operands."""

    rule: str
    metric: str
    applicant: str
    computed: tuple[Key, ...]
    printed: tuple[Key, ...]

    @property
    def keys(self) -> tuple[Key, ...]:
        """All operands."""
        return (*self.computed, *self.printed)


@dataclass(frozen=True, slots=True)
class Result:
    """`outcome`: pass, broken or not_assessable."""

    test: Test
    outcome: str
    expected: Decimal | None
    found: Decimal | None


def tests_of(generation: Generation, keys: Iterable[Key]) -> Sequence[Test]:
    """Every identity of the form that applies to a report with these cells."""
    return _tests(generation.name, tuple(dict.fromkeys(metric for metric, _ in keys)))


@lru_cache(maxsize=64)
def _tests(name: str, present: tuple[str, ...]) -> Sequence[Test]:
    generation = load_form().generation(name)
    tests: list[Test] = []
    applicants = [a.key for a in generation.shared.applicants]
    for identity in generation.identities:
        if identity.across:
            for metric in _expand([identity.over or ""], present):
                tests.append(
                    Test(
                        identity.rule,
                        metric,
                        "total",
                        tuple((metric, a) for a in applicants[:-1]),
                        ((metric, "total"),),
                    )
                )
            continue
        columns = applicants if (identity.total or identity.left[0]).startswith("requests.") else ["all"]
        tests.extend(_by_column(identity, present, column) for column in columns)
    return tests


def _by_column(identity: Identity, present: Sequence[str], column: str) -> Test:
    if identity.total:
        parts = tuple((m, column) for m in _expand(identity.parts, present))
        return Test(identity.rule, identity.total, column, parts, ((identity.total, column),))
    left = tuple((m, column) for m in identity.left)
    right = tuple((m, column) for m in identity.right)
    return Test(identity.rule, identity.right[0], column, left, right)


def _expand(names: Sequence[str], present: Sequence[str]) -> list[str]:
    """`prefix.*` is every row below the prefix; a row that stands for rows below it takes their place if printed."""
    found: list[str] = []
    for name in names:
        if name.endswith(".*"):
            found += [m for m in present if m.startswith(name[:-1]) and m not in found]
        elif name in present:
            found.append(name)
        else:
            found += [m for m in present if m.startswith(f"{name}.")]
    return found


def judge(test: Test, value: Callable[[Key], Decimal | None]) -> Result:
    """Test one identity.

    A blank is no operand. Counts are not negative, so with a part unknown a known sum above the total is broken and
    one equal to it passes; everything else with an unknown operand can't be assessed.
    """
    computed = [value(key) for key in test.computed]
    printed = [value(key) for key in test.printed]
    # `None in` would compare with each Decimal, which takes longer than the whole sum
    computed_known = [v for v in computed if v is not None]
    printed_known = [v for v in printed if v is not None]
    left, right = sum(computed_known, Decimal(0)), sum(printed_known, Decimal(0))
    left_known, right_known = len(computed_known) == len(computed), len(printed_known) == len(printed)
    expected = left if left_known else None
    found = right if right_known else None
    if not computed or (not left_known and not right_known):
        return Result(test, "not_assessable", expected, found)
    if left_known and right_known:
        return Result(test, "pass" if left == right else "broken", left, right)
    known, whole = (left, right) if right_known else (right, left)
    if len(test.printed) == 1 and not right_known:  # the total itself is not printed
        return Result(test, "not_assessable", expected, None)
    if known > whole:
        return Result(test, "broken", left, right)
    if known == whole:  # nothing but blanks against a printed zero, too
        return Result(test, "pass", left, right)
    return Result(test, "not_assessable", expected, found)


def judge_readings(
    test: Test, sure: Values, doubted: Sequence[Sequence[Mapping[Key, Parsed]]], unknown: set[Key]
) -> Result:
    """Test an identity that may have doubtful operands.

    Args:
        test: the identity.
        sure: values of the cells that are not doubtful.
        doubted: for each group of cells that share a doubt, all their readings.
        unknown: doubtful cells without a list of readings.

    Returns:
        The common result of all readings, else not assessable.
    """
    if not doubted and not unknown:  # as in most reports
        return judge(test, sure.get)
    keys = set(test.keys)
    if keys & unknown:
        return Result(test, "not_assessable", None, None)
    groups = [group for group in doubted if any(not way.keys().isdisjoint(keys) for way in group)]
    if not groups:
        return judge(test, sure.get)
    if len(groups) > 1:
        return Result(test, "not_assessable", None, None)
    results: list[Result] = []
    for way in groups[0]:
        numbers = {k: (p.value if p.status is Status.REPORTED else None) for k, p in way.items()}
        results.append(judge(test, lambda key, n=numbers: n[key] if key in n else sure.get(key)))  # type: ignore[misc]
    if len({r.outcome for r in results}) == 1 and results[0].outcome != "not_assessable":
        return results[0]
    return Result(test, "not_assessable", None, None)
