"""The real DAG, run as people run it: `gongkai run` in a process of its own, in a home of its own."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from gongkai import loads
from gongkai.settings import Home

TIMEOUT_SECONDS = 300
# which load brought a row, and when: these differ between loads that found the same
OF_THE_LOAD = {
    *("load_id", "first_load_id", "retrieved_at", "held_at", "started_at", "published_at"),
    *("last_pulled_at", "last_success_at", "last_new_document_at"),
}
# marts whose rows are loads, or what became of each pull
OF_LOADS = {"fct_validation", "mart_load", "mart_pull", "fct_pull_failure", "mart_source_finding"}


@dataclass(frozen=True)
class Run:
    """A finished `gongkai run`."""

    home: Home
    code: int
    output: str

    @property
    def record(self) -> dict[str, Any]:
        return loads.list_records(self.home)[0]


def command(home: Home, *arguments: str) -> list[str]:
    code = "from gongkai.cli import main; main()"
    return [sys.executable, "-c", code, "run", "--home", str(home.root), *arguments]


def environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "GONGKAI"))}
    return kept | {"GONGKAI_RETRY_SECONDS": "1"}


def run(home: Home, *arguments: str, **settings: str) -> Run:
    done = subprocess.run(
        command(home, *arguments),
        env=environment() | settings,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=TIMEOUT_SECONDS,
    )
    return Run(home, done.returncode, done.stdout)


def run_and_kill(home: Home, task: str, *arguments: str) -> str:
    """Run, and SIGKILL the process as soon as the task has started; what it had printed by then."""
    process = subprocess.Popen(
        command(home, *arguments),
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    printed = []
    for line in process.stdout:
        printed.append(line)
        if line.split()[:1] == ["▶"] and line.split()[1].partition("[")[0] == task:
            process.kill()
    process.wait()
    assert process.returncode < 0, f"{task} never started:\n{''.join(printed)}"
    return "".join(printed)


def copied(home: Home, to: Path) -> Home:
    """A home of its own with the same content."""
    shutil.copytree(home.root, to)
    return Home(to)


def marts(home: Home) -> Mapping[str, Sequence[tuple[Any, ...]]]:
    """Every mart's rows in order, without what says which load brought them; lists of loads left out."""
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        columns: dict[str, list[str]] = {}
        for table, column in connection.execute(
            "select table_name, column_name from information_schema.columns"
            " where table_schema = 'marts' order by table_name, ordinal_position"
        ).fetchall():
            if column not in OF_THE_LOAD and table not in OF_LOADS:
                columns.setdefault(table, []).append(column)
        return {
            table: connection.execute(f"select {', '.join(names)} from marts.{table} order by all").fetchall()
            for table, names in columns.items()
        }


@pytest.fixture(scope="session")
def samples_run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The bundled samples loaded into an empty home; tests that change it work on a copy.

    The processes of one test run share it: the first to come makes it, the others wait.
    """
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    home = Home(shared / "samples" / "home")
    done = shared / "samples-run.json"
    with (shared / "samples-run.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            ended = run(home, GONGKAI_LINEAGE=f"file:{home.root}/lineage.jsonl")
            done.write_text(json.dumps({"code": ended.code, "output": ended.output}), "utf-8")
        return Run(home, **json.loads(done.read_text("utf-8")))


@pytest.fixture(scope="session")
def fresh(samples_run: Run, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home in which nothing was loaded, but whose Airflow database need not be made again; to be copied."""
    home = Home(tmp_path_factory.mktemp("fresh") / "home")
    template = next((samples_run.home.airflow / "foreground").glob("template-*.db"))
    target = home.airflow / "foreground" / template.name
    target.parent.mkdir(parents=True)
    shutil.copyfile(template, target)
    return home
