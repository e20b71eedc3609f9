"""The bundled samples' truth files are complete and coherent, and the generator prints what is committed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.corpus.keys import APPLICANTS, PARTS, all_keys, outcome_metrics, unit_of
from samples import make_samples

SAMPLES = Path(make_samples.__file__).parent
NAMES = [sample.file for sample in make_samples.SAMPLES]


def load(file: str) -> dict[str, Any]:
    return json.loads((SAMPLES / "truth" / f"{Path(file).stem}.json").read_text("utf-8"))


def test_the_list_and_its_truth_are_what_the_generator_prints() -> None:
    for name, text in (
        ("expected.csv", make_samples.expected_list()),
        ("truth/filing.csv", make_samples.filing_truth()),
        ("truth/revision.csv", make_samples.revision_truth()),
    ):
        assert (SAMPLES / name).read_text("utf-8") == text, name


def test_every_sample_has_its_truth_and_no_truth_is_left_over() -> None:
    files = {p.name for p in SAMPLES.iterdir() if p.suffix in make_samples.FORMATS and p.name != "README.md"}
    assert files == {*NAMES, make_samples.NOTICE}
    assert {p.stem for p in (SAMPLES / "truth").glob("*.json")} == {Path(file).stem for file in files}


def test_samples_cover_formats_generations_and_faults() -> None:
    truths = [load(file) for file in NAMES]
    assert {t["document"]["format"] for t in truths} == set(make_samples.FORMATS.values())
    assert {t["report"]["generation"] for t in truths} == {"2019", "2021"}
    assert {f["rule"] for t in truths for f in t["findings"]} >= {
        "row_total",
        "outcome_total",
        "balance",
        "narrative",
        "generation_year",
        "unit_unknown",
    }
    assert {c["status"] for t in truths for c in t["cells"]} >= {"reported", "blank", "doubtful"}
    assert {a["outcome"] for t in truths for a in t["across"]} == {"holds", "broken"}
    assert any(t["held"] for t in truths)


@pytest.mark.parametrize("file", NAMES)
def test_truth_holds_every_cell_once_and_its_identities(file: str) -> None:
    truth = load(file)
    generation = truth["report"]["generation"]
    one_other = any(cell["metric"] == "requests.other" for cell in truth["cells"])
    keys = [(cell["metric"], cell["applicant"]) for cell in truth["cells"]]
    assert keys == all_keys(generation, one_other and generation == "2021")
    assert len(keys) == {"2019": 198, "2021": 186 if one_other else 200}[generation]
    values = {(c["metric"], c["applicant"]): c["value"] for c in truth["cells"]}
    listed = {
        (f["rule"], f["metric"] if f["rule"] == "row_total" else f["applicant"]) for f in truth["findings"]
    }
    assert {f for f in listed if f[0] in RULES} == broken(values, generation, one_other)


RULES = {
    "row_total",
    "outcome_total",
    "balance",
    "review_total",
    "litigation_direct_total",
    "litigation_after_review_total",
}


def broken(values: dict[tuple[str, str], Any], generation: str, one_other: bool) -> set[tuple[str, str]]:
    """FORM's identities over a truth file, written apart from the generator's own."""
    found: set[tuple[str, str]] = set()

    def test(rule: str, name: str, total: Any, parts: list[Any]) -> None:
        known = sum(part for part in parts if part is not None)
        if total is not None and (known > total or (None not in parts and known != total)):
            found.add((rule, name))

    metrics = {metric for metric, applicant in values if applicant == "natural_person"}
    for metric in metrics:
        test("row_total", metric, values[metric, "total"], [values[metric, part] for part in PARTS])
    for applicant in APPLICANTS:
        parts = [values[metric, applicant] for metric in outcome_metrics(generation, one_other)]
        test("outcome_total", applicant, values["requests.total", applicant], parts)
        sides = [
            values[f"requests.{name}", applicant]
            for name in ("received", "carried_in", "total", "carried_forward")
        ]
        if None not in sides and sides[0] + sides[1] != sides[2] + sides[3]:
            found.add(("balance", applicant))
    for rule, group in zip(
        ("review_total", "litigation_direct_total", "litigation_after_review_total"),
        ("review", "litigation.direct", "litigation.after_review"),
        strict=True,
    ):
        words = [values[f"{group}.{word}", "all"] for word in ("upheld", "corrected", "other", "pending")]
        test(rule, "all", values[f"{group}.total", "all"], words)
    return found


@pytest.mark.parametrize("sample", make_samples.SAMPLES, ids=NAMES)
def test_generator_prints_the_committed_files(sample: make_samples.Sample) -> None:
    assert json.loads(json.dumps(make_samples.truth(sample))) == load(sample.file)
    if not sample.file.endswith(".pdf"):
        assert make_samples.print_sample(sample) == (SAMPLES / sample.file).read_bytes()


def test_units_are_the_forms() -> None:
    assert unit_of("proactive.fees.amount") == "万元"
    assert unit_of("proactive.procurement.amount") == "元"
    assert unit_of("proactive.licensing.change") == "项"
    assert unit_of("review.total") == "件"
