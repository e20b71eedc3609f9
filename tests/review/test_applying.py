"""What people have said of reports, through the steps of a load: read again, judged anew, published or held."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from extract import batch
from extract.batch import Identity
from extract.document import READER_VERSION
from extract.landing import read_load, write_part
from gongkai import loads, pipeline
from gongkai.settings import PROJECT_ROOT, Home
from review.decisions import Decision, add_decisions, make_decision_id, withdraw

SAMPLE = PROJECT_ROOT / "samples" / "unnamed-bureau.txt"
WHEN = datetime(2026, 11, 21, 8, tzinfo=UTC)
RIGHT = ("示例省云海市青岚县林业局", 2023)
BUREAU: dict[str, Any] = {
    "subject": "report",
    "reader_version": "3",
    "rules": ("report_agency_known", "report_year_known"),
    "decision": "correct",
    "right_agency": RIGHT[0],
    "right_year": RIGHT[1],
    "decided_by": "王芳",
    "decided_at": WHEN,
    "reason": "与该局核实",
    "evidence": "电话记录",
    "channel": "command",
}


def night(
    home: Home, number: int, folder: Path, *, published: bool = True, reader_version: str = READER_VERSION
) -> str:
    """A load up to gate one, with the mark of a published one."""
    load_id = f"202611{number:02d}T020000-{number:04x}"
    holder = loads.Holder.foreground()
    batches = pipeline.open_load(home, load_id, sources=[str(folder)], mode="incremental", holder=holder)
    for sources in batches:
        pipeline.pull(home, load_id, sources)
    for name in pipeline.plan_batches(home, load_id):
        pipeline.extract_batch(home, load_id, name)
    pipeline.gate_landing(home, load_id)
    if published:
        when = WHEN.replace(day=number)
        mark = {
            "load_id": load_id,
            "mode": "incremental",
            "sources": [],
            "started_at": when,
            "published_at": when,
        }
        write_part(home.landing, "loads", load_id, "mark", [mark | {"reader_version": reader_version}])
    loads.close_load(home, load_id)
    return load_id


def read(home: Home, load_id: str, dataset: str) -> list[dict[str, Any]]:
    return read_load(home.landing, dataset, load_id).to_pylist()


def held(home: Home, load_id: str) -> list[str]:
    return [row["rule"] for row in read(home, load_id, "quarantine")]


def decided(home: Home, report: dict[str, Any], **changes: Any) -> Decision:
    key = make_decision_id(report["report_id"], *changes.items())
    names = {name: report[name] for name in ("report_id", "document_sha256", "agency", "year")}
    decision = Decision.model_validate({**BUREAU, **names, "decision_id": key, **changes})
    add_decisions(home, [decision])
    return decision


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "reports"
    folder.mkdir()
    (folder / SAMPLE.name).write_bytes(SAMPLE.read_bytes())
    return folder


def test_a_held_report_comes_back_with_a_decision_and_goes_with_its_withdrawal(
    tmp_path: Path, folder: Path
) -> None:
    home = Home(tmp_path / "home")
    first = night(home, 1, folder)
    assert held(home, first) == ["report_agency_known", "report_year_known"]
    (report,) = read(home, first, "reports")

    decision = decided(home, report)
    stopped = night(home, 2, folder, published=False)
    second = night(home, 3, folder)
    for load in (stopped, second):  # what a load that was not published has read counts for nothing
        (row,) = read(home, load, "reports")
        assert (row["agency"], row["year"], row["agency_evidence"], row["year_evidence"]) == (
            *RIGHT,
            "review",
            "review",
        )
        assert held(home, load) == []
    assert "名称不明的机关" not in "".join(row["message"] for row in read(home, second, "findings"))

    quiet = night(home, 4, folder)
    assert read(home, quiet, "reports") == []  # nothing is read again for a decision that is applied

    withdraw(home, decision.decision_id, by="李雷", reason="不是该局")
    third = night(home, 5, folder)
    assert held(home, third) == ["report_agency_known", "report_year_known"]
    assert read(home, third, "reports")[0]["agency"] is None


def test_a_line_in_the_corrections_settles_a_held_report_too(tmp_path: Path, folder: Path) -> None:
    home = Home(tmp_path / "home")
    first = night(home, 1, folder)
    (report,) = read(home, first, "reports")
    home.corrections.mkdir()
    line = (
        report["report_id"],
        *map(str, RIGHT),
        "report.identity",
        "all",
        "",
        "text",
        "",
        "王芳",
        "2026-11-01",
        "核实",
        "来函",
    )
    names = "report_id,agency,year,metric,applicant,read_value,status,value,corrected_by,corrected_on,reason,evidence"
    (home.corrections / "机关.csv").write_text(f"{names}\n{','.join(line)}\n", "utf-8")
    second = night(home, 2, folder)
    assert held(home, second) == []
    assert [(row["agency"], row["year"]) for row in read(home, second, "reports")] == [RIGHT]


def test_a_report_that_reads_otherwise_than_the_person_saw_is_held_and_says_so(
    tmp_path: Path, folder: Path
) -> None:
    home = Home(tmp_path / "home")
    named = (
        (folder / SAMPLE.name)
        .read_text("utf-8")
        .replace("政府信息公开工作年度报告", "示例省云海市水利局2022年政府信息公开工作年度报告", 1)
    )
    (folder / SAMPLE.name).write_text(named, "utf-8")
    first = night(home, 1, folder)
    (report,) = read(home, first, "reports")
    assert (report["agency"], report["year"]) == ("示例省云海市水利局", 2022)
    # as if an older reader had found neither when the person looked
    decided(home, report | {"agency": None, "year": None})
    second = night(home, 2, folder)
    assert held(home, second) == ["review_contradicted"]
    (hold,) = read(home, second, "quarantine")
    assert (
        "人工认定为 示例省云海市青岚县林业局 2023 年度，现在读作 示例省云海市水利局 2022" in hold["message"]
    )
    assert read(home, night(home, 3, folder), "reports") == []  # once is enough


def test_a_report_without_tables_passes_as_printed_only_by_a_decision(tmp_path: Path, folder: Path) -> None:
    home = Home(tmp_path / "home")
    text = (folder / SAMPLE.name).read_text("utf-8").split("第二十条第")[0]
    (folder / SAMPLE.name).write_text(
        f"示例省云海市水利局2022年政府信息公开工作年度报告\n\n{text}\n三、收到和处理政府信息公开申请情况\n\n表格见附件。\n",
        "utf-8",
    )
    first = night(home, 1, folder)
    assert held(home, first) == ["report_has_table"]
    (report,) = read(home, first, "reports")
    nothing = {"right_agency": None, "right_year": None, "rules": ("report_has_table",)}
    decision = decided(home, report, decision="publish_as_printed", **nothing)
    second = night(home, 2, folder)
    assert held(home, second) == []
    (released,) = read(home, second, "releases")
    assert (released["rule"], released["decision_id"]) == ("report_has_table", decision.decision_id)


def test_a_decision_is_of_its_document_alone(tmp_path: Path, folder: Path) -> None:
    home = Home(tmp_path / "home")
    first = night(home, 1, folder)
    decided(home, read(home, first, "reports")[0])
    (folder / "another.txt").write_text(SAMPLE.read_text("utf-8") + "\n（又一份）\n", "utf-8")
    second = night(home, 2, folder)
    agencies = sorted((row["agency"] or "", row["report_id"]) for row in read(home, second, "reports"))
    assert [agency for agency, _ in agencies] == ["", RIGHT[0]]
    assert {row["report_id"] for row in read(home, second, "quarantine")} == {agencies[0][1]}


def test_a_new_reader_version_settles_what_an_older_one_could_not_read(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home(tmp_path / "home")
    text = (folder / SAMPLE.name).read_text("utf-8")
    (folder / SAMPLE.name).write_text(
        text.replace("政府信息公开工作年度报告", "示例省云海市水利局2022年政府信息公开工作年度报告", 1),
        "utf-8",
    )
    rows_of = batch._rows_of

    def as_an_older_reader(*job: Any) -> Iterator[tuple[str, dict[str, Any]]]:
        for dataset, row in rows_of(*job):
            yield dataset, row | ({"agency": None, "reader_version": "0"} if dataset == "reports" else {})

    with monkeypatch.context() as older:
        older.setattr(batch, "_rows_of", as_an_older_reader)
        first = night(home, 1, folder, reader_version="0")
    assert held(home, first) == ["report_agency_known"]
    second = night(home, 2, folder)
    assert held(home, second) == []
    assert [row["agency"] for row in read(home, second, "reports")] == ["示例省云海市水利局"]


@pytest.mark.parametrize(
    ("agency", "year", "fits"),
    [
        (None, None, True),
        ("某 市某局", 2023, True),
        ("某市旧局", 2031, True),
        ("某市别局", 2023, False),
        ("某市某局", 2022, False),
        (None, 2022, False),
    ],
)
def test_what_is_said_counts_as_long_as_the_document_reads_as_it_did(
    agency: str | None, year: int | None, fits: bool
) -> None:
    assert Identity("某市某局", 2023, "某市旧局", 2031).fits(agency, year) is fits
