"""A load that publishes to PostgreSQL and writes files, and one whose server is away: `gongkai run` as people run it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path

import psycopg
import pytest

from gongkai import loads
from gongkai.settings import Home
from tests.end_to_end.conftest import TIMEOUT_SECONDS, command, environment
from tests.services.postgres import Server

pytestmark = pytest.mark.services

EXPORTS = """
parquet: true
sheets:
  - {place: 990000, years: [2024], format: xlsx}
  - {place: "99", format: csv}
"""


def _run(home: Home, own: Mapping[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(home, *arguments),
        env=environment() | own,
        capture_output=True,
        text=True,
        check=False,
        timeout=TIMEOUT_SECONDS,
    )


def _gongkai(home: Home, own: Mapping[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    [python, flag, code, _, *_] = command(home)
    return subprocess.run(
        [python, flag, code, *arguments, "--home", str(home.root)],
        env=environment() | own,
        capture_output=True,
        text=True,
        check=False,
        timeout=TIMEOUT_SECONDS,
    )


def test_a_load_goes_on_without_its_server_says_so_and_the_server_is_caught_up(
    postgres_server: Server, tmp_path: Path
) -> None:
    home = Home(tmp_path / "home")
    home.root.mkdir()
    (home.root / "exports.yaml").write_text(EXPORTS, "utf-8")
    nobody = "host=127.0.0.1 port=9 user=u password=topsecret dbname=x"

    away = _run(home, {"GONGKAI_POSTGRES": nobody})
    assert away.returncode == 4, away.stdout + away.stderr
    assert "但 PostgreSQL 没有更新" in away.stdout
    assert "topsecret" not in away.stdout + away.stderr
    [record] = loads.list_records(home)
    assert (record["state"], record["targets"]["postgres"]["state"]) == ("published", "failed")
    assert record["targets"]["exports"] == {"state": "published", "files": 3}
    assert "PostgreSQL 连不上" in record["error"]
    for path in home.operations.rglob("*.json"):
        assert "topsecret" not in path.read_text("utf-8")
    # the warehouse and the files are there all the same
    assert home.warehouse.is_file()
    package = json.loads((home.exports / "parquet" / "current" / "datapackage.json").read_text("utf-8"))
    assert package["version"] == record["load_id"]
    assert sorted(path.name for path in (home.exports / "sheets").iterdir()) == [
        "2024_99_示例省.xlsx",
        "2025_99_示例省",
    ]

    conninfo = postgres_server.create_database("caught_up")
    caught_up = _gongkai(home, {"GONGKAI_POSTGRES": conninfo}, "publish", "--postgres")
    assert caught_up.returncode == 0, caught_up.stderr
    assert record["load_id"] in caught_up.stdout

    # the next load finds the server by Airflow's connection
    port = postgres_server.port
    connection = {"AIRFLOW_CONN_GONGKAI_POSTGRES": f"postgres://owner@127.0.0.1:{port}/caught_up"}
    again = _run(home, connection)
    assert again.returncode == 0, again.stdout + again.stderr
    latest = loads.list_records(home)[0]
    assert latest["targets"]["postgres"]["how"] == "changes"
    with psycopg.connect(conninfo) as found:
        row = found.execute(
            "select load_id from marts.mart_load order by published_at desc limit 1"
        ).fetchone()
    assert row == (latest["load_id"],)


def test_a_gate_that_stops_a_load_keeps_it_from_everywhere(postgres_server: Server, tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.root.mkdir()
    (home.root / "exports.yaml").write_text(EXPORTS, "utf-8")
    conninfo = postgres_server.create_database("stopped")
    empty = tmp_path / "empty"
    empty.mkdir()
    stopped = _run(home, {"GONGKAI_POSTGRES": conninfo}, "--source", str(empty))
    assert stopped.returncode == 1
    assert loads.list_records(home)[0].get("targets") is None
    assert not home.exports.exists()
    with psycopg.connect(conninfo) as found:
        assert found.execute("select to_regnamespace('marts')").fetchone() == (None,)
