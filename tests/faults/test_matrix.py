"""Planted faults: each is caught by the gate, the expectation and the severity that the matrix names."""

from __future__ import annotations

from pathlib import Path

import pytest

from expectations import gates
from expectations.contracts import declared_marts
from expectations.gates import GateResult, run_landing_gate, run_marts_gate
from expectations.suite import Suite, load_suite
from extract.landing import SCHEMAS
from gongkai.settings import Home
from tests.end_to_end.conftest import Run
from tests.faults.planting import Fault, build_of, copy_home, faults, plant

AT_GATES = [fault for fault in faults() if fault.gate in ("landing", "marts") and not fault.file]


def run_gate(home: Home, load_id: str, gate: str) -> GateResult:
    if gate == "landing":
        return run_landing_gate(home, load_id)
    return run_marts_gate(home, load_id, build_of(home, load_id))


def of_frames(gate: str, expectation: str, others: tuple[str, ...]) -> Suite:
    """A gate's suite with the frame of one expectation, and others that it needs."""
    suite = load_suite(gate)
    [frame] = [spec.frame for spec in suite.expectations if spec.id == expectation]
    kept = {frame, *others}
    return suite.model_copy(
        update={
            "expectations": tuple(spec for spec in suite.expectations if spec.frame in kept),
            "frames": {name: spec for name, spec in suite.frames.items() if name in kept},
        }
    )


@pytest.mark.parametrize("fault", AT_GATES, ids=lambda fault: fault.fault)
def test_a_planted_fault_is_caught(
    samples_run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: Fault
) -> None:
    load_id = samples_run.record["load_id"]
    home = copy_home(samples_run.home, tmp_path / "home", load_id)
    plant(home, load_id, fault)
    suite = of_frames(fault.gate, fault.caught, tuple(fault.frames))
    monkeypatch.setattr(gates, "load_suite", lambda _: suite)

    before = [path.read_bytes() for path in (home.warehouse, build_of(home, load_id))]

    result = run_gate(home, load_id, fault.gate)

    assert [path.read_bytes() for path in (home.warehouse, build_of(home, load_id))] == before
    [outcome] = [outcome for outcome in result.outcomes if outcome.expectation_id == fault.caught]
    assert (outcome.outcome, outcome.severity) == ("failed", fault.severity)
    assert outcome.unexpected_count and outcome.observed
    if fault.severity == "critical":
        assert not result.passed


@pytest.mark.soak
@pytest.mark.parametrize("fault", AT_GATES, ids=lambda fault: fault.fault)
def test_the_whole_gate_catches_a_planted_fault(samples_run: Run, tmp_path: Path, fault: Fault) -> None:
    load_id = samples_run.record["load_id"]
    home = copy_home(samples_run.home, tmp_path / "home", load_id)
    plant(home, load_id, fault)

    result = run_gate(home, load_id, fault.gate)

    told = {outcome.expectation_id: outcome.severity for outcome in result.failed}
    assert told.get(fault.caught) == fault.severity
    assert result.passed == ("critical" not in told.values())


@pytest.mark.parametrize("gate", ["landing", "marts"])
def test_without_a_fault_no_gate_stops_the_samples(samples_run: Run, tmp_path: Path, gate: str) -> None:
    load_id = samples_run.record["load_id"]
    home = copy_home(samples_run.home, tmp_path / "home", load_id)

    result = run_gate(home, load_id, gate)

    # the samples hold one report whose agency and year can't be told
    held = {"report_agency_known", "report_year_known"} if gate == "landing" else set()
    assert result.passed and {outcome.expectation_id for outcome in result.failed} == held


def test_the_matrix_touches_every_dataset_mart_and_expectation() -> None:
    touched = {name for fault in faults() for name in fault.touched}
    assert touched >= set(SCHEMAS), set(SCHEMAS) - touched
    assert touched >= set(declared_marts()), set(declared_marts()) - touched
    for gate in ("landing", "marts"):
        caught = {fault.caught: fault.severity for fault in faults() if fault.gate == gate}
        expected = {spec.id: str(spec.severity) for spec in load_suite(gate).expectations}
        assert caught == expected
    names = [fault.fault for fault in faults()]
    assert len(names) == len(set(names))
