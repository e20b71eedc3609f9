from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from pydantic import ValidationError

import expectations
from expectations.judge import Judge
from expectations.suite import (
    Severity,
    Suite,
    SuiteError,
    form_references,
    form_variants,
    load_suite,
    resolve,
    suite_references,
)

FOLDER = Path(expectations.__file__).parent
SUITES = sorted(path.stem for path in (FOLDER / "suites").glob("*.yaml"))


def raw(name: str = "landing") -> dict[str, Any]:
    return yaml.safe_load((FOLDER / "suites" / f"{name}.yaml").read_text("utf-8"))


def test_the_two_gates_have_a_suite() -> None:
    assert SUITES == ["landing", "marts"]


@pytest.mark.parametrize("name", SUITES)
def test_each_expectation_says_what_it_protects_and_who_owns_it(name: str) -> None:
    suite = load_suite(name)
    for spec in suite.expectations:
        assert len(spec.zh) > 5 and any("一" <= character <= "鿿" for character in spec.zh), spec.id
        assert spec.title.isascii(), spec.id
    assert all(suite.of_frame(frame) for frame in suite.frames), "a frame that nothing is expected of"


@pytest.mark.parametrize("name", SUITES)
def test_each_frame_has_its_sql_with_the_grain_on_top_and_no_sql_is_left_over(name: str) -> None:
    named = {spec.sql for spec in load_suite(name).frames.values() if spec.sql}
    assert named == {f"{name}/{path.name}" for path in (FOLDER / "sql" / name).glob("*.sql")}
    for sql in named:
        assert (FOLDER / "sql" / sql).read_text("utf-8").startswith("-- Grain: "), sql


def test_the_form_gives_the_cell_counts_and_keys() -> None:
    references = form_references()
    assert references["cell_counts"] == [186, 198, 200]
    assert references["first_year"] == 2019
    assert len(references["applicant_keys"]) == 8
    assert {(generation, len(keys)) for generation, _, keys in form_variants()} == {
        ("2019", 198),
        ("2021", 200),
        ("2021", 186),
    }


@pytest.mark.parametrize("name", SUITES)
def test_great_expectations_takes_every_expectation(name: str) -> None:
    suite = load_suite(name)
    references = suite_references(2026)
    judge = Judge()
    for spec in suite.expectations:
        judge._build(spec, resolve(spec.kwargs, references))


def test_a_reference_to_nothing_is_refused() -> None:
    with pytest.raises(SuiteError, match="weather"):
        resolve({"value_set": {"form": "weather"}}, {"form": form_references()})


def test_an_unknown_type_is_refused() -> None:
    suite = load_suite("landing")
    spec = suite.expectations[0].model_copy(update={"type": "expect_miracles", "frame": "keys"})
    with pytest.raises(SuiteError, match="expect_miracles"):
        Judge()._build(spec, {})


def broken_suites() -> dict[str, dict[str, Any]]:
    """Suites that contradict themselves, by what is wrong with them."""
    nothing, twice, no_frame, unknown, wordless = (raw() for _ in range(5))
    nothing["expectations"] = []
    twice["expectations"].append(twice["expectations"][0])
    no_frame["expectations"][0]["frame"] = "nowhere"
    unknown["expectations"][0]["colour"] = "red"
    held = next(e for e in wordless["expectations"] if e["severity"] == "report")
    del held["message"]
    holds_late = raw("marts")
    late = {"severity": "report", "reason": "late", "message": "太晚"}
    holds_late["expectations"][0] = {**holds_late["expectations"][0], **late}
    return {
        "expects nothing": nothing,
        "used twice": twice,
        "no frame nowhere": no_frame,
        "colour": unknown,
        "needs a reason": wordless,
        "can't hold reports back": holds_late,
    }


@pytest.mark.parametrize("fault", list(broken_suites()))
def test_a_suite_that_contradicts_itself_is_refused(fault: str) -> None:
    with pytest.raises(ValidationError, match=fault):
        Suite.model_validate(broken_suites()[fault])


def test_a_suite_that_is_not_there_is_refused() -> None:
    with pytest.raises(SuiteError, match="nowhere"):
        load_suite("nowhere")


def test_a_breach_names_its_rows_and_every_report() -> None:
    suite = load_suite("landing")
    frame = pd.DataFrame(
        {"report_id": [f"r{n}" for n in range(300)], "agency": ["某镇"] * 300, "year": [float("nan")] * 300}
    )
    only = tuple(spec for spec in suite.expectations if spec.id == "report_year_known")
    [outcome] = Judge().judge(suite.model_copy(update={"expectations": only}), "reports", frame, {})

    assert outcome.severity == Severity.REPORT and outcome.unexpected_count == 300
    assert len(outcome.report_ids) == 300 and len(outcome.examples) == 20
    assert outcome.examples[0] == "r0 某镇"
