from __future__ import annotations

from decimal import Decimal

import pyarrow.parquet as pq
import pytest

from expectations import gates
from expectations.gates import GateCrashed, GateResult, run_landing_gate
from expectations.records import read_validations
from expectations.suite import SuiteError, load_suite
from extract.landing import part_path, read_load, write_part
from gongkai.settings import Home
from tests.expectations.landed import LOAD, Report, land, many

RECEIVED = ("requests.received", "total")


def failed(result: GateResult) -> dict[str, str]:
    return {outcome.expectation_id: outcome.severity for outcome in result.outcomes if not outcome.passed}


def held(home: Home) -> dict[str, set[str]]:
    reasons: dict[str, set[str]] = {}
    for row in read_load(home.landing, "quarantine", LOAD).to_pylist():
        reasons.setdefault(row["report_id"], set()).add(row["reason"])
    return reasons


def test_a_sound_load_passes_and_every_expectation_is_on_record(home: Home) -> None:
    one_row = Report(agency="白石镇", alternative="other_one")
    old_form = Report(agency="红山县", year=2020, generation="2019")
    land(home, [Report(), one_row, old_form], rejects=[{"document_sha256": "f" * 64}])

    result = run_landing_gate(home, LOAD)

    assert result.passed and not failed(result)
    assert held(home) == {}
    records = read_validations(home, LOAD).to_pylist()
    suite = load_suite("landing")
    assert [row["expectation_id"] for row in records] == [spec.id for spec in suite.expectations]
    assert {row["outcome"] for row in records} == {"passed", "no_data"}
    assert all(row["load_id"] == LOAD and row["gate"] == "landing" and row["sentence"] for row in records)


def test_an_empty_load_passes_and_its_structure_is_judged_all_the_same(home: Home) -> None:
    land(home, documents=[{"document_sha256": "a" * 64, "is_new": False}])

    result = run_landing_gate(home, LOAD)

    outcomes = {outcome.expectation_id: outcome.outcome for outcome in result.outcomes}
    assert result.passed and not failed(result)
    assert outcomes["landing_schemas_as_declared"] == "passed"
    assert outcomes["landing_keys_unique"] == "passed"
    assert outcomes["report_year_known"] == "no_data"
    assert outcomes["load_rejects_all"] == "no_data"


def test_a_load_that_has_landed_nothing_at_all_does_not_pass(home: Home) -> None:
    result = run_landing_gate(home, LOAD)

    assert not result.passed
    assert failed(result)["landing_datasets_present"] == "critical"


def test_a_column_that_is_gone_stops_the_load_and_is_named(home: Home) -> None:
    land(home, [Report()])
    part = part_path(home.landing, "cells", LOAD, "batch-0001")
    pq.write_table(pq.ParquetFile(part).read().drop_columns(["raw"]), part)

    result = run_landing_gate(home, LOAD)

    assert not result.passed
    broken = next(o for o in result.outcomes if o.expectation_id == "landing_schemas_as_declared")
    assert broken.severity == "critical" and broken.outcome == "failed"
    assert "cells raw" in broken.examples[0]
    assert "cells raw" in broken.message


def test_a_column_of_another_type_stops_the_load(home: Home) -> None:
    land(home, [Report()])
    part = part_path(home.landing, "reports", LOAD, "batch-0001")
    table = pq.ParquetFile(part).read()
    text_year = table.column("year").cast("string")
    pq.write_table(table.set_column(table.schema.get_field_index("year"), "year", text_year), part)

    assert not run_landing_gate(home, LOAD).passed


def test_a_part_that_is_no_parquet_file_stops_the_load(home: Home) -> None:
    land(home, [Report()])
    part_path(home.landing, "findings", LOAD, "batch-0002").write_bytes(b"half a file")

    result = run_landing_gate(home, LOAD)

    assert not result.passed
    assert "landing_schemas_as_declared" in failed(result)


def test_a_lost_document_stops_the_load(home: Home) -> None:
    land(home, [Report()], documents=[{"document_sha256": "b" * 64, "name": "丢了.html"}])

    result = run_landing_gate(home, LOAD)

    assert not result.passed
    lost = next(o for o in result.outcomes if o.expectation_id == "documents_accounted_for")
    assert lost.outcome == "failed" and lost.unexpected_count == 1
    assert "丢了.html" in lost.message


def test_what_is_wrong_with_one_report_holds_that_report_alone(home: Home) -> None:
    cell_faults: dict[str, dict[str, object]] = {
        "value_absent": {"value": None},
        "value_unfounded": {"status": "blank"},
        "place_absent": {"line": None},
        "count_unchecked": {"value": Decimal(-1)},
    }
    faulty = [
        (Report(agency=None), {"agency_unknown"}),
        (Report(agency="  "), {"agency_unknown"}),
        (Report(year=None), {"year_unknown"}),
        (Report(agency=None, year=None), {"agency_unknown", "year_unknown"}),
        (Report(year=2018), {"year_implausible"}),
        (Report(year=2027), {"year_implausible"}),
        (Report(name="少一格", without=[RECEIVED]), {"cells_incomplete", "cells_miscounted"}),
        (Report(name="不适用", cells={RECEIVED: {"status": "not_applicable"}}), {"value_unfounded"}),
        (Report(name="缺失", cells={RECEIVED: {"status": "missing"}}), {"value_unfounded"}),
        (Report(name="半件", cells={RECEIVED: {"value": Decimal("1.5")}}), {"count_unchecked"}),
        *((Report(name=reason, cells={RECEIVED: fault}), {reason}) for reason, fault in cell_faults.items()),
    ]
    land(home, [*many(20), *(report for report, _ in faulty)])

    result = run_landing_gate(home, LOAD)

    assert result.passed
    assert held(home) == {report.report_id: reasons for report, reasons in faulty}
    messages = [row["message"] for row in read_load(home.landing, "quarantine", LOAD).to_pylist()]
    assert all("报告“" in message and "暂不发布" in message and "{" not in message for message in messages)


def test_the_form_printed_with_both_alternatives_of_one_row_is_held(home: Home) -> None:
    report = Report()
    land(home, [report])
    extra = {**read_load(home.landing, "cells", LOAD).to_pylist()[0], "metric": "requests.other"}
    write_part(home.landing, "cells", LOAD, "batch-0002", [{**extra, "applicant": "total"}])

    assert run_landing_gate(home, LOAD).passed
    assert held(home) == {report.report_id: {"cells_foreign", "cells_miscounted"}}


def test_the_years_from_the_first_form_to_the_year_of_the_load_are_plausible(home: Home) -> None:
    land(home, [Report(year=2019), Report(year=2026)])

    assert run_landing_gate(home, LOAD).passed
    assert held(home) == {}


@pytest.mark.parametrize(
    ("generation", "key", "value", "raw"),
    [
        ("2019", ("proactive.licensing.change", "all"), Decimal(-3), "-3"),
        ("2021", ("proactive.fees.amount", "all"), Decimal("12.5"), "12.5"),
    ],
)
def test_changes_may_be_negative_and_amounts_may_have_a_fraction(
    home: Home, generation: str, key: tuple[str, str], value: Decimal, raw: str
) -> None:
    land(home, [Report(generation=generation, cells={key: {"value": value, "raw": raw}})])

    assert not failed(run_landing_gate(home, LOAD))


def test_a_negative_count_with_its_finding_is_published_and_told(home: Home) -> None:
    finding = {"rule": "non_negative", "metric": RECEIVED[0], "applicant": RECEIVED[1], "message": "为负"}
    land(home, [Report(cells={RECEIVED: {"value": Decimal(-1)}}, findings=[finding])])

    assert failed(run_landing_gate(home, LOAD)) == {"report_counts_whole": "warn"}
    assert held(home) == {}


def test_blanks_and_doubt_hold_nothing_back(home: Home) -> None:
    blank = {"status": "blank", "value": None, "raw": ""}
    doubtful = {"status": "doubtful", "value": Decimal(7), "raw": "7"}
    land(home, [Report(cells={RECEIVED: blank, ("requests.total", "total"): doubtful})])

    assert not failed(run_landing_gate(home, LOAD))
    assert held(home) == {}


def test_a_report_without_any_table_is_held_for_that_and_nothing_else(home: Home) -> None:
    missing = {"status": "missing", "value": None, "raw": None, "line": None}
    report = Report()
    land(home, [report])
    cells = read_load(home.landing, "cells", LOAD).to_pylist()
    write_part(home.landing, "cells", LOAD, "batch-0001", [{**cell, **missing} for cell in cells])

    assert run_landing_gate(home, LOAD).passed
    assert held(home) == {report.report_id: {"no_table"}}


def test_five_hundred_broken_reports_are_all_held(home: Home) -> None:
    broken = [Report(agency=None, name=f"无名{index}.txt") for index in range(500)]
    land(home, [*many(600), *broken])

    result = run_landing_gate(home, LOAD)

    assert result.passed
    assert held(home) == {report.report_id: {"agency_unknown"} for report in broken}
    assert failed(result) == {"report_agency_known": "report", "load_held_many": "warn"}


def test_a_load_whose_reports_are_mostly_held_stops(home: Home) -> None:
    land(home, [*many(10), *[Report(year=None, name=f"{index}.txt") for index in range(15)]])

    result = run_landing_gate(home, LOAD)

    assert not result.passed
    assert failed(result)["load_held_all"] == "critical"


def test_a_larger_load_that_is_rejected_stops_and_a_small_one_does_not(home: Home) -> None:
    rejects = [{"document_sha256": f"{index:064d}"} for index in range(25)]
    land(home, [Report()], rejects=rejects[:3])
    assert run_landing_gate(home, LOAD).passed

    land(home, [Report()], rejects=rejects)
    result = run_landing_gate(home, LOAD)
    assert not result.passed
    assert failed(result)["load_rejects_all"] == "critical"


def test_a_second_run_replaces_the_first(home: Home) -> None:
    report = Report(year=None)
    land(home, [report, Report(agency="白石镇")])
    run_landing_gate(home, LOAD)
    first = read_validations(home, LOAD).num_rows
    run_landing_gate(home, LOAD)

    assert read_load(home.landing, "quarantine", LOAD).num_rows == 1
    assert read_validations(home, LOAD).num_rows == first


def test_a_gate_whose_query_breaks_is_a_crash_with_its_rows_on_record(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    land(home, [Report()])
    suite = load_suite("landing")
    frames = {**suite.frames, "reports": suite.frames["reports"].model_copy(update={"index": ("nowhere",)})}
    monkeypatch.setattr(gates, "load_suite", lambda _: suite.model_copy(update={"frames": frames}))

    with pytest.raises(GateCrashed, match="nowhere"):
        run_landing_gate(home, LOAD)

    outcomes = {r["expectation_id"]: r["outcome"] for r in read_validations(home, LOAD).to_pylist()}
    assert outcomes["report_year_known"] == "error"
    assert outcomes["landing_keys_unique"] == "passed"


def test_an_exception_in_the_gate_is_a_crash_with_its_rows_on_record(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    land(home, [Report()])

    def explode(*_: object) -> None:
        raise RuntimeError("out of memory")

    monkeypatch.setattr(gates, "query_frame", explode)
    with pytest.raises(GateCrashed, match="out of memory"):
        run_landing_gate(home, LOAD)

    records = read_validations(home, LOAD).to_pylist()
    assert len(records) == len(load_suite("landing").expectations)
    assert any("out of memory" in row["observed"] for row in records if row["outcome"] == "error")


def test_an_expectation_on_a_column_that_is_not_there_is_a_crash_not_a_pass(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    land(home, [Report()])
    suite = load_suite("landing")
    wrong = suite.expectations[-1].model_copy(update={"kwargs": {"column": "nowhere", "min_value": 0}})
    changed = suite.model_copy(update={"expectations": (*suite.expectations[:-1], wrong)})
    monkeypatch.setattr(gates, "load_suite", lambda _: changed)

    with pytest.raises(GateCrashed, match="nowhere"):
        run_landing_gate(home, LOAD)


def test_a_suite_that_validates_nothing_is_a_crash(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    land(home)
    suite = load_suite("landing")
    only_rows = tuple(spec for spec in suite.expectations if spec.frame == "reports")
    monkeypatch.setattr(gates, "load_suite", lambda _: suite.model_copy(update={"expectations": only_rows}))
    with pytest.raises(GateCrashed, match="什么也没有检查到"):
        run_landing_gate(home, LOAD)

    monkeypatch.setattr(gates, "load_suite", lambda _: suite.model_copy(update={"expectations": ()}))
    with pytest.raises(GateCrashed, match="什么也没有检查到"):
        run_landing_gate(home, LOAD)
    assert [row["expectation_id"] for row in read_validations(home, LOAD).to_pylist()] == ["gate_judges"]


def test_a_suite_that_can_not_be_read_is_a_crash(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def unreadable(name: str) -> None:
        raise SuiteError(f"suite {name}: not YAML")

    monkeypatch.setattr(gates, "load_suite", unreadable)
    with pytest.raises(GateCrashed, match="not YAML"):
        run_landing_gate(home, LOAD)
    [row] = read_validations(home, LOAD).to_pylist()
    assert (row["expectation_id"], row["outcome"]) == ("gate_judges", "error") and "not YAML" in row[
        "observed"
    ]
