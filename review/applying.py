"""What people have said of reports, as a load applies it: whose they are, and what may pass as printed.

A report is judged when its document is read; nothing is changed behind its back. So a decision on a report takes effect by its document being read
again: the load finds the reports about which something else is said than in the last published load (a decision is new, or was taken back; a
line came to the corrections' files, or went), and reads their documents once more. What a person has said of cells needs no reading: the
marts put corrections in the place of figures.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from expectations.gates import Hold, Said
from extract.batch import Identity, same_name
from extract.landing import published_order, read_load
from extract.reread import land_known
from gongkai.corrections import IDENTITY
from gongkai.settings import Home

log = logging.getLogger(__name__)

CONTRADICTED = "review_contradicted"
"""Rule and reason of a report that a person has said to be of one agency and year, and that now reads as of another."""


@dataclass(frozen=True, slots=True)
class InForce:
    """What a load was opened with.

    Attributes:
        identities: whose a report is, by report.
        releases: decision that lets a report pass as printed and the rules it was taken on, by report.
    """

    identities: Mapping[str, Identity]
    releases: Mapping[str, tuple[str, frozenset[str]]]

    def of(self, report_id: str) -> tuple[Any, Any]:
        """All that is said of a report."""
        return self.identities.get(report_id), self.releases.get(report_id)


def in_force(home: Home, load_id: str) -> InForce:
    """What people had said of reports when a load was opened, from its landing parts."""
    lines = [
        row
        for row in read_load(home.landing, "corrections", load_id).to_pylist()
        if row["metric"] == IDENTITY and row["refusal"] is None
    ]
    identities = {}
    # of several lines about a report the latest counts, as of several about a figure
    for row in sorted(lines, key=lambda row: (row["corrected_on"], row["file"], row["line"])):
        read_year = None if row["read_value"] is None else int(row["read_value"])
        identities[row["report_id"]] = Identity(row["agency"], row["year"], row["read_agency"], read_year)
    releases = {
        row["report_id"]: (row["decision_id"], frozenset(row["rules"]))
        for row in read_load(home.landing, "decisions", load_id).to_pylist()
        if (row["standing"], row["subject"], row["decision"]) == ("in_force", "report", "publish_as_printed")
    }
    return InForce(identities, releases)


def land_reconsidered(home: Home, load_id: str) -> set[str]:
    """Land the documents of reports about which something else is said now; repeating it replaces them.

    Returns:
        sha256 of the documents that the load has to read, besides those it has found itself.
    """
    now = in_force(home, load_id)
    published = [earlier for earlier in published_order(home.landing) if earlier != load_id]
    before = in_force(home, published[-1]) if published else InForce({}, {})
    named: set[str] = set()
    for said in (now, before):
        named.update(said.identities, said.releases)
    changed = sorted(report_id for report_id in named if now.of(report_id) != before.of(report_id))
    found = land_known(home, load_id, [report_id.partition("-")[0] for report_id in changed])
    if changed:
        log.info("%d reports are judged anew, %d documents are read for it", len(changed), len(found))
    return found


def said_of(home: Home, load_id: str) -> Said:
    """What gate one has to know: which breaches may pass, and which reports contradict what a person has said."""
    said = in_force(home, load_id)
    released = {
        (report_id, rule): decision_id
        for report_id, (decision_id, rules) in said.releases.items()
        for rule in rules
    }
    reports = read_load(home.landing, "reports", load_id).select(["report_id", "title", "agency", "year"])
    return Said(released, tuple(_contradicted(reports.to_pylist(), said.identities)))


def _contradicted(reports: Iterable[Mapping[str, Any]], identities: Mapping[str, Identity]) -> Iterable[Hold]:
    for report in reports:
        identity = identities.get(report["report_id"])
        if identity is None or (
            same_name(report["agency"], identity.agency) and report["year"] == identity.year
        ):
            continue
        now = f"{report['agency'] or '机关不明'} {report['year'] or '年度不明'}"
        message = (
            f"报告“{report['title']}”经人工认定为 {identity.agency} {identity.year} 年度，现在读作 {now}，"
            "与认定时所见不同，暂不发布，请重新认定"
        )
        yield Hold(report["report_id"], CONTRADICTED, CONTRADICTED, message)
