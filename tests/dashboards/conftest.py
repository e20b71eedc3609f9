"""A small country in a real warehouse, and the dashboards on it, started as people start them."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from extract.landing import write_part
from gongkai.settings import PROJECT_ROOT, Home
from publish.build import build_path, build_warehouse
from tests.dbt_project.landed import WHEN, Report, land

LOAD = "20261122T020000-0001"
HOSTILE = "<img src=x onerror=alert(1)><b>小铺</b>局"
EXPECTED = {"江苏省淮安市洪泽区": "320813", "广东省广州市越秀区": "440104", "广东省广州市荔湾区": "440103"}
PLACES = (
    "江苏省淮安市洪泽区",
    "江苏省淮安市淮阴区",
    "广东省广州市越秀区",
    "广东省广州市海珠区",
    "江苏省淮安市",
    "广东省",
)
START_SECONDS = 900


def _reports() -> Iterator[Report]:
    for number, place in enumerate(PLACES, start=1):
        for year in (2022, 2023, 2024):
            received = 10 * number + year - 2022
            yield Report(
                f"{place} {year}",
                f"{place}人民政府",
                year,
                figures={
                    ("requests.received", "total"): received,
                    ("requests.granted", "total"): received - 4,
                    ("requests.denied.state_secret", "total"): 4,
                    ("requests.total", "total"): received,
                    ("review.upheld", "all"): 2,
                    ("review.corrected", "all"): 1,
                    ("review.total", "all"): 3,
                },
                statuses={("requests.carried_in", "total"): "doubtful"} if number == 1 else {},
                findings=[
                    {
                        "rule": "row_total",
                        "outcome": "broken",
                        "message": f"{place}{year}年报告：合计与各列之和不符。",
                    }
                ]
                if number == 2
                else (),
            )
    yield Report("hostile", HOSTILE, 2024, figures={("requests.received", "total"): 7})
    yield Report("=cmd|x", "=1+1局", 2024)
    yield Report("yearless", "洪泽区", None, held="year_unknown")


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with a published warehouse."""
    home = Home(tmp_path_factory.mktemp("dashboards") / "家 it's")
    land(home, LOAD, list(_reports()))
    expected = [
        {
            "load_id": LOAD,
            "source": "folder",
            "row_index": row,
            "origin": "list",
            "agency_name": f"{place}人民政府",
            "agency_key": code,
            "first_year": 2022,
            "pulled_at": WHEN,
        }
        for row, (place, code) in enumerate(EXPECTED.items())
    ]
    write_part(home.landing, "expected_agencies", LOAD, "folder", expected)
    build_warehouse(home, LOAD)
    shutil.copyfile(build_path(home, LOAD), home.warehouse)
    return home


@dataclass(frozen=True)
class Server:
    """Dashboards at work: their address, what was printed, and the passwords."""

    base: str
    process: subprocess.Popen[str]
    printed: list[str]
    passwords: dict[str, str]

    @contextmanager
    def client(self, user: str) -> Iterator[httpx.Client]:
        """An HTTP client logged in as a user."""
        with httpx.Client(base_url=self.base, timeout=120) as client:
            answer = client.post(
                "/api/v1/security/login",
                json={"username": user, "password": self.passwords[user], "provider": "db", "refresh": False},
            )
            answer.raise_for_status()
            client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
            client.headers["X-CSRFToken"] = client.get("/api/v1/security/csrf_token/").json()["result"]
            client.headers["Referer"] = self.base
            yield client


def start(home: Home, **settings: str) -> Server:
    """`gongkai dashboards` in a process of its own, until it says that it is ready."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "from gongkai.cli import main; main()",
            "dashboards",
            "--home",
            str(home.root),
            "--port",
            str(port),
        ],
        cwd=PROJECT_ROOT,
        env=os.environ | settings,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    printed: list[str] = []
    assert process.stdout is not None
    reader = threading.Thread(target=lambda: printed.extend(process.stdout or ()), daemon=True)
    reader.start()
    deadline = time.monotonic() + START_SECONDS
    while not any("Ctrl-C" in line for line in printed):
        if process.poll() is not None or time.monotonic() > deadline:
            process.terminate()
            pytest.fail("the dashboards did not start: " + "".join(printed))
        time.sleep(0.3)
    passwords = dict(re.findall(r"^  (admin|reader)：(\S+)$", "".join(printed), flags=re.M))
    return Server(f"http://127.0.0.1:{port}", process, printed, passwords)


def stop(server: Server) -> None:
    server.process.terminate()
    server.process.wait(60)


@pytest.fixture(scope="session")
def server(home: Home) -> Iterator[Server]:
    """The dashboards on the small country, started for the first time."""
    server = start(home)
    yield server
    stop(server)


@pytest.fixture(scope="session")
def superset_python() -> Path:
    """The Python of Superset's environment (which `server` has set up)."""
    folder = Path(os.environ.get("GONGKAI_SUPERSET_ENVIRONMENT") or PROJECT_ROOT / ".venv-superset")
    return folder / "bin" / "python"
