"""Every DAG keeps the house rules: it imports cheaply and says who owns it and how it is tried again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from gongkai.airflow_home import DAGS_FOLDER
from gongkai.airflow_tasks import FOREGROUND_PID

HEAVY = (
    "alerts",
    "apprise",
    "dbt",
    "duckdb",
    "extract",
    "expectations",
    "great_expectations",
    "pdfplumber",
    "publish",
    "pyarrow",
)

# Airflow reads its settings when it is first imported, so the DAGs are looked at in a process of their own.
LOOK = """
import json, sys, time
import airflow, airflow.sdk, airflow.timetables.trigger, airflow.dag_processing.dagbag
from airflow.dag_processing.dagbag import DagBag
before, began = set(sys.modules), time.process_time()
bag = DagBag(dag_folder=sys.argv[1])
seconds = time.process_time() - began
heavy = sorted({name.partition('.')[0] for name in set(sys.modules) - before} & set(sys.argv[2].split(',')))
dags = {}
for dag in bag.dags.values():
    dag.validate()
    dags[dag.dag_id] = {
        'tags': sorted(dag.tags), 'catchup': dag.catchup, 'doc': dag.doc_md or '',
        'max_active_runs': dag.max_active_runs, 'on_failure': bool(dag.on_failure_callback),
        'expression': getattr(dag.timetable, 'expression', None),
        'timezone': str(getattr(dag.timetable, 'timezone', None)),
        'params': dag.params.dump(),
        'assets': [asset.name for asset in getattr(getattr(dag.timetable, 'asset_condition', None), 'objects', ())],
        'deadlines': [
            [type(each.reference).__name__, each.interval.total_seconds(), each.callback.path]
            for each in dag.deadline or []
        ],
        'tasks': {task.task_id: {
            'owner': task.owner, 'retries': task.retries, 'delay': task.retry_delay.total_seconds(),
            'callback': bool(task.on_failure_callback), 'teardown': task.is_teardown,
            'fails_run': getattr(task, 'on_failure_fail_dagrun', None), 'mapped': task.is_mapped, 'down': sorted(task.downstream_task_ids),
            'outlets': [getattr(outlet, 'name', None) for outlet in task.outlets],
        } for task in dag.tasks},
    }
errors = {str(path): str(error) for path, error in bag.import_errors.items()}
print(json.dumps({'errors': errors, 'heavy': heavy, 'seconds': seconds, 'dags': dags}))
"""


@pytest.fixture(scope="module")
def bag(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return looked_into(tmp_path_factory.mktemp("airflow"))


def looked_into(home: Path, **more: str) -> dict[str, Any]:
    theirs = ("AIRFLOW", "GONGKAI")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(theirs)}
    environment |= {"AIRFLOW_HOME": str(home), "AIRFLOW__CORE__LOAD_EXAMPLES": "False", **more}
    done = subprocess.run(
        [sys.executable, "-c", LOOK, str(DAGS_FOLDER), ",".join(HEAVY)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.fixture(scope="module")
def nightly(bag: Mapping[str, Any]) -> dict[str, Any]:
    dag: dict[str, Any] = bag["dags"]["nightly_load"]
    return dag


def test_every_dag_imports(bag: Mapping[str, Any]) -> None:
    assert bag["errors"] == {}
    assert bag["dags"]


def test_parsing_is_cheap_and_imports_nothing_heavy(bag: Mapping[str, Any]) -> None:
    assert bag["heavy"] == []
    assert bag["seconds"] < 2


def test_every_dag_has_tags_words_and_a_failure_callback(bag: Mapping[str, Any]) -> None:
    for dag_id, dag in bag["dags"].items():
        assert "gongkai" in dag["tags"], dag_id
        assert dag["doc"].strip(), dag_id
        assert dag["on_failure"], dag_id
        assert dag["catchup"] is False, dag_id


def test_every_task_has_an_owner_retries_and_a_failure_callback(bag: Mapping[str, Any]) -> None:
    for dag_id, dag in bag["dags"].items():
        for task_id, task in dag["tasks"].items():
            where = f"{dag_id}.{task_id}"
            assert task["owner"] == "gongkai", where
            assert task["retries"] >= 1, where
            assert 30 <= task["delay"] < 300, (
                where
            )  # below the lease's ten minutes, with room for the scheduler
            assert task["callback"], where


def test_dag_files_do_not_import_each_other() -> None:
    names = {path.stem for path in DAGS_FOLDER.glob("*.py")}
    for path in DAGS_FOLDER.glob("*.py"):
        text = Path(path).read_text("utf-8")
        assert not [name for name in names if f"import {name}" in text or f"from {name}" in text], path.name


def test_other_loads_are_run_by_hand(bag: Mapping[str, Any]) -> None:
    assert [dag_id for dag_id, dag in bag["dags"].items() if dag["expression"]] == ["nightly_load"]
    assert bag["dags"]["reread_documents"]["params"] == {"limit": 2000, "documents": []}
    assert bag["dags"]["backfill_source"]["params"] == {"source": None, "years": None, "dry_run": False}
    assert bag["dags"]["backfill_source"]["tasks"]["show_plan"]["down"] >= ["open_load"]


def test_nightly_load_runs_at_two_in_shanghai_one_at_a_time(nightly: Mapping[str, Any]) -> None:
    assert nightly["expression"] == "0 2 * * *"
    assert nightly["timezone"] == "Asia/Shanghai"
    assert nightly["max_active_runs"] == 1


def test_nightly_load_takes_all_enabled_sources_and_new_documents_unless_told_otherwise(
    nightly: Mapping[str, Any],
) -> None:
    assert nightly["params"] == {"sources": [], "mode": "incremental"}


GATHERING = {
    "nightly_load": ["pull"],
    "backfill_source": ["pull"],
    "reread_documents": ["choose_documents"],
}
"""How each DAG of a load comes by its documents."""
OTHER_TARGETS = ("publish_postgres", "export_files")
"""Where a load is published besides the warehouse."""


def test_every_load_has_the_same_steps_behind_the_gathering_of_its_documents(bag: Mapping[str, Any]) -> None:
    assert bag["dags"].keys() == GATHERING.keys() | {"review_cases"}
    steps = (
        "plan_batches",
        "extract_batch",
        "gate_landing",
        "build",
        "gate_marts",
        "publish",
    )
    for dag_id, gathering in GATHERING.items():
        tasks = bag["dags"][dag_id]["tasks"]
        for step, following in pairwise(("open_load", *gathering, *steps)):
            assert following in tasks[step]["down"], (dag_id, step)
        for other in OTHER_TARGETS:
            for step, following in pairwise(("publish", other, "report_load", "close_load", "notify")):
                assert following in tasks[step]["down"], (dag_id, step)
        mapped = {name for name, task in tasks.items() if task["mapped"]}
        assert mapped == {"extract_batch"} | ({"pull"} & set(gathering)), dag_id


def test_loads_wait_for_one_another_and_run_one_at_a_time(bag: Mapping[str, Any]) -> None:
    for dag_id in GATHERING:
        dag = bag["dags"][dag_id]
        assert dag["max_active_runs"] == 1, dag_id
        opening = dag["tasks"]["open_load"]
        assert opening["retries"] * opening["delay"] == 4 * 3600, dag_id


def test_only_publishing_updates_the_warehouse_asset(bag: Mapping[str, Any]) -> None:
    for dag_id in GATHERING:
        tasks = bag["dags"][dag_id]["tasks"]
        outlets = {name: task["outlets"] for name, task in tasks.items() if task["outlets"]}
        assert outlets == {"publish": ["gongkai_warehouse"]}, dag_id


def test_a_run_succeeds_only_with_its_publication_report_and_closing(bag: Mapping[str, Any]) -> None:
    for dag_id in GATHERING:
        tasks = bag["dags"][dag_id]["tasks"]
        teardowns = {name: task["fails_run"] for name, task in tasks.items() if task["teardown"]}
        assert teardowns == {"report_load": True, "close_load": True, "notify": False}
        # a leaf that is a teardown has no say in the state of the run
        assert [name for name, task in tasks.items() if not task["down"]] == ["notify", "load_succeeded"]
        for name in ("publish", *OTHER_TARGETS, "report_load", "close_load"):
            assert "load_succeeded" in tasks[name]["down"]


def test_the_nightly_load_is_due_four_hours_after_it_begins(bag: Mapping[str, Any]) -> None:
    due = {dag_id: dag["deadlines"] for dag_id, dag in bag["dags"].items() if dag["deadlines"]}
    assert due == {
        "nightly_load": [["DagRunLogicalDateDeadline", 4 * 3600, "gongkai.airflow_tasks.tell_late"]]
    }


def test_a_load_in_the_foreground_has_no_deadline_which_airflow_could_not_test_with(tmp_path: Path) -> None:
    found = looked_into(tmp_path, **{FOREGROUND_PID: "1"})
    assert not found["errors"] and not any(dag["deadlines"] for dag in found["dags"].values())


def test_people_are_asked_after_each_publication_one_question_a_case(bag: Mapping[str, Any]) -> None:
    dag = bag["dags"]["review_cases"]
    assert dag["assets"] == ["gongkai_warehouse"]
    mapped = {name: task["mapped"] for name, task in dag["tasks"].items()}
    assert mapped == {"find_report": False, "ask_report": True, "find_cell": False, "ask_cell": True}
    # no pool or slot of the loads', and none of their tasks waits for it
    assert dag["tasks"]["ask_report"]["down"] == dag["tasks"]["ask_cell"]["down"] == []
