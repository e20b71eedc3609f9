"""Every bundled sample reads as its truth file says: cells, header, findings, claims, errors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from extract.document import extract_document
from samples import make_samples
from tests.samples.test_truth import NAMES, RULES, SAMPLES, load


def read(file: str) -> dict[str, Any]:
    [report] = extract_document((SAMPLES / file).read_bytes(), file)
    return report


@pytest.mark.parametrize("file", NAMES)
def test_sample_reads_as_its_truth(file: str) -> None:
    truth, got = load(file), read(file)
    assert got["error"] is None
    assert got["document"]["format"] == truth["document"]["format"]
    assert {key: got["report"][key] for key in ("agency", "year", "generation")} == truth["report"]
    cells = {(cell["metric"], cell["applicant"]): cell for cell in got["cells"]}
    assert len(cells) == len(got["cells"])
    wanted = {(cell["metric"], cell["applicant"]): cell for cell in truth["cells"]}
    assert cells.keys() == wanted.keys()
    differing = {key: (cells[key], want) for key, want in wanted.items() if not same(cells[key], want)}
    assert not differing


def same(got: dict[str, Any], want: dict[str, Any]) -> bool:
    """Status, value and unit are equal; of a cell that can only be doubtful the status alone counts."""
    if want["status"] == "doubtful":
        return bool(got["status"] == "doubtful")
    return (got["status"], got["value"]) == (want["status"], want["value"]) and (
        want["value"] is None or got["unit"] == want["unit"]
    )


@pytest.mark.parametrize("file", NAMES)
def test_sample_has_the_findings_of_its_truth_and_no_others(file: str) -> None:
    truth, got = load(file), read(file)
    assert _broken(got["findings"]) == _broken(truth["findings"])
    for name in ("generation_year", "unit_unknown"):
        assert [f["metric"] for f in got["findings"] if f["rule"] == name] == [
            f["metric"] for f in truth["findings"] if f["rule"] == name
        ]


def _broken(findings: list[dict[str, Any]]) -> set[tuple[str, str, float, float]]:
    """Rule, place and both numbers of what is broken; sides in either order."""
    found = set()
    for finding in findings:
        if finding["outcome"] == "broken" and finding["rule"] in (RULES | {"narrative"}):
            place = (
                finding["metric"] if finding["rule"] in ("row_total", "narrative") else finding["applicant"]
            )
            numbers = sorted((finding["expected"], finding["found"]))
            found.add((finding["rule"], place, *numbers))
    return found


@pytest.mark.parametrize("file", NAMES)
def test_sample_claims_are_read(file: str) -> None:
    truth, got = load(file), read(file)
    claims = {(tuple(claim["metrics"]), claim["value"]) for claim in got["claims"]}
    wanted = {(tuple(claim["metrics"]), claim["value"]) for claim in truth["claims"]}
    if (("review_and_litigation.total",), 0) in claims:
        claims = claims - {(("review_and_litigation.total",), 0)} | {
            claim
            for claim in wanted
            if claim[0] in (("review.total",), ("litigation.total",)) and claim[1] == 0
        }
    assert claims == wanted


def test_document_that_is_no_report_says_so() -> None:
    got = read(make_samples.NOTICE)
    assert got["error"]["class"] == load(make_samples.NOTICE)["error"]["class"]
    assert got["cells"] == []


def test_samples_are_small() -> None:
    sizes = {path.name: path.stat().st_size for path in Path(SAMPLES).iterdir() if path.is_file()}
    assert max(sizes.values()) < 100_000
    assert sum(sizes.values()) < 500_000
