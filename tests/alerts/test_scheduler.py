"""Alerts under Airflow's own scheduler: a load that is late, secrets from a connection, the end of the load."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from alerts.connections import connection_secret
from gongkai import airflow_home
from gongkai.settings import PROJECT_ROOT, Home
from tests.alerts.services import SIGNING, Service, webhook

pytestmark = pytest.mark.services
SECONDS = 1800


def awaited(what: str, found: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    end = time.monotonic() + SECONDS
    while not found():
        assert process.poll() is None, f"ended before {what}"
        assert time.monotonic() < end, f"no {what}"
        time.sleep(0.5)


@pytest.fixture
def up(tmp_path: Path) -> Iterator[tuple[Home, subprocess.Popen[str], dict[str, str], Path]]:
    home, log = Home(tmp_path / "home"), tmp_path / "up.log"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")}
    environment |= {"GONGKAI_HOME": str(home.root), "GONGKAI_DUE_SECONDS": "5", "GONGKAI_RETRY_SECONDS": "1"}
    command = [sys.executable, "-c", "from gongkai.cli import main; main()", "up", "--port", str(port)]
    with log.open("w") as out:
        process = subprocess.Popen(
            command, cwd=PROJECT_ROOT, env=environment, stdout=out, stderr=out, text=True
        )
    try:
        yield home, process, environment, log
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)


def test_a_late_load_is_told_while_it_is_at_work_and_resolved_when_it_is_through(
    up: tuple[Home, subprocess.Popen[str], dict[str, str], Path],
) -> None:
    home, process, environment, log = up
    awaited("web interface", lambda: "网页 web" in log.read_text("utf-8"), process)
    prepared = airflow_home.existing(home)
    assert prepared is not None
    own = {**environment, "AIRFLOW_HOME": str(prepared.root), "AIRFLOW_CONFIG": str(prepared.config)}

    def airflow(*arguments: str) -> None:
        done = subprocess.run(
            [sys.executable, "-m", "airflow", *arguments],
            env=own,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-2000:]

    with Service(webhook) as service:
        address = service.address("/hooks/secrettoken0001")
        extra = f'{{"signing": "{SIGNING}"}}'
        airflow(
            "connections",
            "add",
            "alarm",
            "--conn-type",
            "generic",
            "--conn-password",
            address,
            "--conn-extra",
            extra,
        )
        hook = {
            "service": "webhook",
            "address": "airflow:alarm",
            "signing": "airflow:alarm#signing",
            "allow_http": True,
        }
        settings = {"channels": {"duty": hook}, "routes": [{"to": ["duty"]}]}
        (home.root / "alerts.yaml").write_text(yaml.safe_dump(settings), "utf-8")
        assert connection_secret(home, "alarm") == address
        assert connection_secret(home, "alarm#signing") == SIGNING
        assert connection_secret(home, "other") is None

        now = datetime.now(UTC).isoformat()
        conf = f'{{"sources": ["{PROJECT_ROOT / "samples"}"], "mode": "incremental"}}'
        airflow("dags", "trigger", "nightly_load", "--logical-date", now, "--conf", conf)
        awaited("late alert", lambda: any("逾时" in each.json["title"] for each in service.posted), process)
        awaited("end", lambda: any("已发布" in each.json["title"] for each in service.posted), process)
    late = next(each.json for each in service.posted if "逾时" in each.json["title"])
    assert [alert["kind"] for alert in late["new"]] == ["load_late"]
    through = next(each.json for each in service.posted if "已发布" in each.json["title"])
    assert "load_late" in {alert["kind"] for alert in through["resolved"]}
    assert "finding" in {alert["kind"] for alert in through["new"]}
    kept = [path for path in home.root.rglob("*") if path.is_file() and path.name != "airflow.db"]
    for path in kept:
        if path.suffix in (".log", ".sqlite", ".json", ".html") or "logs" in path.parts:
            content = path.read_bytes()
            assert b"secrettoken0001" not in content and SIGNING.encode() not in content, path
