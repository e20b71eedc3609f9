"""A real load, with lineage switched on by its one setting, writes OpenLineage events that name its datasets."""

from __future__ import annotations

import json
import uuid
from datetime import datetime
from typing import Any

import pytest

from extract.landing import SCHEMAS
from tests.end_to_end.conftest import Run

Event = dict[str, Any]


@pytest.fixture(scope="module")
def events(samples_run: Run) -> list[Event]:
    lines = (samples_run.home.root / "lineage.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


def of(events: list[Event], task: str, kind: str = "COMPLETE") -> Event:
    [event] = [e for e in events if e["job"]["name"] == f"nightly_load.{task}" and e["eventType"] == kind]
    return event


def names(datasets: list[dict[str, Any]]) -> set[str]:
    return {dataset["name"] for dataset in datasets}


def test_every_event_is_one(events: list[Event]) -> None:
    assert events
    for event in events:
        assert event["eventType"] in {"START", "RUNNING", "COMPLETE", "FAIL", "ABORT", "OTHER"}
        assert datetime.fromisoformat(event["eventTime"]).tzinfo is not None
        assert uuid.UUID(event["run"]["runId"])
        assert event["job"]["namespace"] == "gongkai" and event["job"]["name"].startswith("nightly_load")
        assert event["producer"].startswith("https://") and "RunEvent" in event["schemaURL"]
        for dataset in (*event["inputs"], *event["outputs"]):
            assert dataset["namespace"] and dataset["name"]


def test_tasks_name_what_they_read_and_wrote(samples_run: Run, events: list[Event]) -> None:
    landing = {str(samples_run.home.landing / dataset) for dataset in SCHEMAS}
    pulled = of(events, "pull")
    assert names(pulled["inputs"]) == {"samples"}
    assert str(samples_run.home.landing / "documents") in names(pulled["outputs"])
    assert names(of(events, "extract_batch")["outputs"]) < landing
    built = of(events, "build")
    assert names(built["inputs"]) == landing
    assert {"marts.fct_figure", "marts.mart_agency_year", "marts.mart_filing"} <= names(built["outputs"])
    put = of(events, "publish")
    assert names(put["inputs"]) == names(built["outputs"]) <= names(put["outputs"])
    [bulletin] = of(events, "report_load")["outputs"]
    assert bulletin["name"].endswith("/bulletin.html")
    assert {d["namespace"] for d in put["outputs"]} == {f"duckdb://{samples_run.home.warehouse}", "file"}


def test_what_was_written_bears_the_load(samples_run: Run, events: list[Event]) -> None:
    load_id = samples_run.record["load_id"]
    for task in ("pull", "extract_batch", "build", "publish"):
        versions = {d["facets"]["version"]["datasetVersion"] for d in of(events, task)["outputs"]}
        assert versions == {load_id}, task


def test_each_task_that_began_has_ended(events: list[Event]) -> None:
    began = {e["run"]["runId"] for e in events if e["eventType"] == "START"}
    ended = {e["run"]["runId"] for e in events if e["eventType"] in {"COMPLETE", "FAIL"}}
    assert began and began <= ended
