"""Whether a claim of the running text agrees with the cells it restates."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from extract.form import Form, load_form
from extract.recognise.claims import Claim
from extract.recognise.reading import Key


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
    to read them agrees with it; and never where its wording is no firm ground or its scope is another than the
    tables'.

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
    return broken[0] if claim.firm and claim.own else replace(broken[0], outcome="not_assessable")


def settle(judgements: Sequence[Judgement]) -> list[Judgement]:
    """Take back what is no contradiction once all claims are known.

    Where one claim agrees with a cell, a smaller count of the same kind in the text is a part of it.
    """
    agreed = {
        (metric, j.claim.applicant): j.claim.value
        for j in judgements
        if j.outcome == "pass"
        for metric in j.claim.metrics
    }
    settled: list[Judgement] = []
    for j in judgements:
        whole = [agreed[key] for m in j.claim.metrics if (key := (m, j.claim.applicant)) in agreed]
        part = j.outcome == "broken" and any(j.claim.value < value for value in whole)
        settled.append(replace(j, outcome="not_assessable") if part else j)
    return settled


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
        return ("broken" if found > max(claim.value, claim.most) else "not_assessable"), found
    return ("pass" if _agrees(claim, found) else "broken"), found


def _agrees(claim: Claim, found: Decimal) -> bool:
    return found == claim.value or claim.least <= found <= claim.most


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
