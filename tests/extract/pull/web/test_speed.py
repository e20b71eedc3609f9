"""How much the client itself costs: politeness is to be the only brake."""

from __future__ import annotations

from pathlib import Path

from benchmarks.pull import pull
from tests.pull_site import PullSite


def test_a_document_costs_little_and_memory_stays(tmp_path: Path, site: PullSite) -> None:
    """150 documents a second on 2 cores are 13 ms of processor each; here the site's share is in it too."""
    truth = {t.address: t.sha256 for t in site.truth.values() if t.section not in ("faults", "numbered")}
    pull(truth, {}, tmp_path, "L0")
    nights = [pull(truth, {}, tmp_path, f"L{number}") for number in range(1, 6)]
    assert min(night.cpu / night.documents for night in nights) < 0.006
    assert nights[-1].resident - nights[0].resident < 8 * 2**20
