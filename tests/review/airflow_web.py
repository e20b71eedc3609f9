"""Airflow's own web interface, started as people start it (`gongkai up`), with only the DAG that asks people awake."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx

from gongkai.settings import PROJECT_ROOT, Home

DAG = "review_cases"
START_SECONDS = 420
WAIT_SECONDS = 300


@dataclass(frozen=True)
class Airflow:
    """Airflow at work: its address and the password of `admin`."""

    base: str
    password: str
    client: httpx.Client

    def trigger(self) -> str:
        """Run the DAG that asks people now; the run's id."""
        self.client.patch(f"/api/v2/dags/{DAG}", json={"is_paused": False}).raise_for_status()
        answer = self.client.post(f"/api/v2/dags/{DAG}/dagRuns", json={"logical_date": None})
        answer.raise_for_status()
        run_id: str = answer.json()["dag_run_id"]
        return run_id

    def asked(self, run_id: str, at_least: int = 1) -> list[dict[str, object]]:
        """The questions of a run that wait for an answer."""

        def look() -> list[dict[str, object]] | None:
            found = self.client.get(f"/api/v2/dags/{DAG}/dagRuns/{run_id}/hitlDetails").json()["hitl_details"]
            waiting = [one for one in found if not one["response_received"]]
            states = {one["task_instance"]["state"] for one in waiting}
            return waiting if len(waiting) >= at_least and states == {"awaiting_input"} else None

        return wait_for(look, "the questions")

    def task(self, run_id: str, task_id: str, index: int) -> tuple[str, int]:
        """The state of a question's task, and which try it is."""
        path = f"/api/v2/dags/{DAG}/dagRuns/{run_id}/taskInstances/{task_id}/{index}"
        found = self.client.get(path).json()
        return found["state"], found["try_number"]


def wait_for(look, what: str):
    """What `look` finds, as soon as it finds something."""
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(1)
    raise AssertionError(f"{what} did not come")


@contextmanager
def airflow_up(home: Home) -> Iterator[Airflow]:
    """`gongkai up` in a process of its own until the block ends."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    theirs = ("AIRFLOW", "GONGKAI")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(theirs)}
    environment |= {"AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "True", "GONGKAI_REVIEW_CASES": "3"}
    command = [sys.executable, "-c", "from gongkai.cli import main; main()", "up", "--port", str(port)]
    process = subprocess.Popen(
        [*command, "--home", str(home.root)],
        cwd=PROJECT_ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    printed: list[str] = []
    reader = threading.Thread(target=lambda: printed.extend(process.stdout or ()), daemon=True)
    reader.start()
    try:
        deadline = time.monotonic() + START_SECONDS
        while not any("Ctrl-C" in line for line in printed):
            assert process.poll() is None and time.monotonic() < deadline, "".join(printed)
            time.sleep(0.5)
        base = f"http://127.0.0.1:{port}"
        password = json.loads((home.airflow / "passwords.json").read_text("utf-8"))["admin"]
        with httpx.Client(base_url=base, timeout=60) as client:
            token = client.post("/auth/token", json={"username": "admin", "password": password})
            token.raise_for_status()
            client.headers["Authorization"] = f"Bearer {token.json()['access_token']}"
            wait_for(lambda: client.get(f"/api/v2/dags/{DAG}").status_code == 200, "the DAG")
            yield Airflow(base, password, client)
    finally:
        process.terminate()
        process.wait(60)
