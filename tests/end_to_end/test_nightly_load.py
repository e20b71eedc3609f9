"""The nightly load from end to end: what it publishes, what a second run changes, what a kill or a bad load costs."""

from __future__ import annotations

import hashlib
import json
import random
import subprocess
import sys
import time
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from alerts.ledger import Ledger
from gongkai import loads
from gongkai.settings import PROJECT_ROOT, Home
from tests.end_to_end.conftest import Run, command, copied, environment, marts, run, run_and_kill

TRUTH = PROJECT_ROOT / "samples" / "truth"
TASKS = (
    "open_load",
    "pull",
    "plan_batches",
    "extract_batch",
    "gate_landing",
    "build",
    "gate_marts",
    "publish",
    "report_load",
    "close_load",
    "notify",
    "load_succeeded",
)


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def figures_of(
    home: Home, document: str
) -> dict[tuple[str, str], tuple[str, Decimal | None, Decimal | None]]:
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        rows = connection.execute(
            "select metric_key, applicant_key, value_status, value, doubtful_reading"
            " from marts.fct_figure join marts.dim_report using (report_id) where document_name = ?",
            [document],
        ).fetchall()
    return {
        (metric, applicant): (status, value, reading) for metric, applicant, status, value, reading in rows
    }


def garbage(folder: Path) -> Path:
    """A source in which nothing is a report: as after a site has changed to a login page."""
    folder.mkdir()
    for i in range(25):
        page = f"<html><title>登录</title><body>请登录后访问（{i}）</body></html>"
        (folder / f"report-{i}.html").write_text(page, "utf-8")
    return folder


def test_samples_are_published(samples_run: Run) -> None:
    assert samples_run.code == 0, samples_run.output
    assert samples_run.record["state"] == "published"
    assert str(samples_run.home.warehouse) in samples_run.output
    report = samples_run.home.reports / samples_run.record["load_id"] / "bulletin.html"
    assert report.is_file()
    assert str(report) in samples_run.output
    for task in TASKS:
        assert f"✔ {task}" in samples_run.output
    assert loads.current_lease(samples_run.home) is None


@pytest.mark.parametrize("truth", sorted(TRUTH.glob("*.json")), ids=lambda path: path.stem)
def test_published_figures_equal_the_truth(samples_run: Run, truth: Path) -> None:
    expected: dict[str, Any] = json.loads(truth.read_text("utf-8"))
    figures = figures_of(samples_run.home, Path(expected["document"]["path"]).name)
    if expected["error"] or expected["held"]:
        assert figures == {}
        return
    wrong = []
    for cell in expected["cells"]:
        status, value, reading = figures.get((cell["metric"], cell["applicant"]), ("absent", None, None))
        found = reading if status == "doubtful" else value
        wanted = None if cell["value"] is None else Decimal(str(cell["value"]))
        if status != cell["status"] or (status == "reported" and found != wanted):
            wrong.append((cell["metric"], cell["applicant"], cell["status"], wanted, status, found))
        if status == "doubtful":
            assert value is None
    assert wrong == []
    assert len(figures) == len(expected["cells"])


def test_terminal_shows_progress_and_results_only(samples_run: Run) -> None:
    assert "airflow" not in samples_run.output.replace(str(samples_run.home.root), "").lower()
    log = samples_run.home.reports / samples_run.record["load_id"] / "airflow.log"
    assert log.stat().st_size > 0
    assert "unnamed-bureau.txt" in samples_run.output
    assert "meeting-notice.html" in samples_run.output


def test_what_is_wrong_with_the_samples_is_on_record_as_alerts(samples_run: Run) -> None:
    with Ledger(samples_run.home) as ledger:
        alerts = [entry.alert for entry in ledger.entries(None)]
        assert ledger.messages() == [], "nothing is sent unless somebody says where to"
    counted = Counter(alert.kind for alert in alerts)
    with duckdb.connect(str(samples_run.home.warehouse), read_only=True) as connection:
        [broken] = connection.execute(
            "select count(distinct (rule, agency_key, year, metric_key, applicant_key)) from marts.fct_finding"
            " where outcome = 'broken' and is_current"
        ).fetchone() or [0]
    assert counted["finding"] == broken > 0
    assert counted["revision"] == 1 and counted["held"] == 2
    narrative = next(alert for alert in alerts if alert.rule == "narrative")
    assert "北渡街道" in narrative.message and "31" in narrative.message and "32" in narrative.message
    assert narrative.place == "990102001" and "beidu-street-2024.md 第" in str(narrative.position)


def test_second_run_changes_no_rows_and_is_no_failure_if_nobody_can_be_told(
    samples_run: Run, tmp_path: Path
) -> None:
    home = copied(samples_run.home, tmp_path / "home")
    before = marts(home)
    (home.root / "alerts.yaml").write_text("channels: {office: {service: pager}}\n", "utf-8")
    again = run(home)
    assert again.code == 0, again.output
    assert again.record["counts"]["documents_new"] == 0
    assert marts(home) == before
    assert [failure["task"] for failure in again.record["failures"]] == ["notify"]
    assert "channels.office" in again.output


def test_bad_load_stops_at_the_gate_and_changes_no_byte(samples_run: Run, tmp_path: Path) -> None:
    home = copied(samples_run.home, tmp_path / "home")
    before = digest(home.warehouse)
    stopped = run(home, "--source", str(garbage(tmp_path / "site")))
    assert stopped.code == 1, stopped.output
    assert stopped.record["state"] == "stopped"
    assert stopped.record["failures"][0]["task"] == "gate_landing"
    assert stopped.record["failures"][0]["message"] in stopped.output
    assert "build" not in stopped.record["steps"]
    assert (home.reports / stopped.record["load_id"] / "bulletin.html").is_file()
    said = (home.reports / stopped.record["load_id"] / "validation.html").read_text("utf-8")
    assert "load_rejects_all" in said and "已发布的数据保持不变" in said
    assert digest(home.warehouse) == before
    assert loads.current_lease(home) is None


def test_load_without_documents_or_sources_says_so(fresh: Home, tmp_path: Path) -> None:
    home = copied(fresh, tmp_path / "home")
    done = run(home, "--source", str(tmp_path / "nothing-here"))
    assert done.code == 2
    assert "nothing-here" in done.output


def check_killed_at(task: str, fresh: Home, undisturbed: Run, folder: Path) -> None:
    home = copied(fresh, folder / "home")
    printed = run_and_kill(home, task)
    assert f"✔ {task}" not in printed
    again = run(home)
    assert again.code == 0, again.output
    assert again.record["state"] == "published"
    assert marts(home) == marts(undisturbed.home)
    states = [record["state"] for record in loads.list_records(home)]
    # killed before its record was begun, it has none; killed after its publication, what it published stands
    published_before = TASKS.index(task) > TASKS.index("publish")
    assert states in (["published"], ["published", "published" if published_before else "interrupted"])


@pytest.mark.parametrize("task", ["publish"])
def test_rerun_after_a_kill_gives_the_same_warehouse(
    fresh: Home, samples_run: Run, tmp_path: Path, task: str
) -> None:
    check_killed_at(task, fresh, samples_run, tmp_path)


@pytest.mark.soak
@pytest.mark.parametrize("task", [task for task in TASKS if task != "publish"])
def test_rerun_after_a_kill_at_any_other_task_gives_the_same_warehouse(
    fresh: Home, samples_run: Run, tmp_path: Path, task: str
) -> None:
    check_killed_at(task, fresh, samples_run, tmp_path)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(8))
def test_rerun_after_a_kill_at_any_moment_gives_the_same_warehouse(
    fresh: Home, samples_run: Run, tmp_path: Path, seed: int
) -> None:
    home = copied(fresh, tmp_path / "home")
    process = subprocess.Popen(
        command(home), env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    time.sleep(random.Random(seed).uniform(3, 30))
    process.kill()
    process.wait()
    again = run(home)
    assert again.code == 0, again.output
    assert marts(home) == marts(samples_run.home)


def test_interrupt_ends_the_load_at_once_and_the_next_one_works(
    fresh: Home, tmp_path: Path, samples_run: Run
) -> None:
    home = copied(fresh, tmp_path / "home")
    code = (
        "import os, signal, sys\n"
        "from gongkai import pipeline\n"
        "pipeline.plan_batches = lambda home, load_id: os.kill(os.getpid(), signal.SIGINT)\n"
        "from gongkai.cli import main\nmain()"
    )
    interrupted = subprocess.run(
        [sys.executable, "-c", code, *command(home)[3:]],
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=120,
    )
    assert interrupted.returncode == 130, interrupted.stdout
    assert "已中断" in interrupted.stdout
    again = run(home)
    assert again.code == 0, again.output
    assert [record["state"] for record in loads.list_records(home)] == ["published", "interrupted"]
    assert marts(home) == marts(samples_run.home)
