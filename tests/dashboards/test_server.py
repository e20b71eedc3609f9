"""Superset itself, started as people start it, through its interface."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import duckdb
import httpx
import psutil
import pytest

from dashboards import server as serving
from dashboards.bundle import identity
from dashboards.server import Folder, environment, provision
from dashboards.spec import Spec, load_spec
from gongkai.settings import PROJECT_ROOT, Home
from tests.dashboards.conftest import Server, start, stop

pytestmark = pytest.mark.services

SPEC = load_spec()
MAY_BE_EMPTY = {
    # nothing of this kind is in the small country
    "filing/late_list",
    "quality/source_findings",
    "quality/formats",
}


def _charts(client: httpx.Client) -> dict[str, dict[str, Any]]:
    """All charts by `<board>/<chart>`."""
    names = {
        identity("chart", f"{board}/{chart}"): f"{board}/{chart}"
        for board, one in SPEC.boards.items()
        for chart in one.charts
    }
    answer = client.get("/api/v1/chart/", params={"q": "(page_size:200)"}).json()["result"]
    details = [client.get(f"/api/v1/chart/{one['id']}").json()["result"] for one in answer]
    return {names[one["uuid"]]: one for one in details}


def _data(client: httpx.Client, chart: dict[str, Any], *filters: dict[str, Any]) -> list[dict[str, Any]]:
    context = json.loads(chart["query_context"])
    for query in context["queries"]:
        query["filters"] += filters
    answer = client.post("/api/v1/chart/data", json=context)
    assert answer.status_code == 200, answer.text
    [result] = answer.json()["result"]
    assert result["error"] is None
    rows: list[dict[str, Any]] = result["data"]
    return rows


def test_every_chart_answers(server: Server) -> None:
    with server.client("reader") as client:
        charts = _charts(client)
        assert len(charts) == sum(len(board.charts) for board in SPEC.boards.values())
        empty = {name for name, chart in charts.items() if not _data(client, chart)}
    assert empty <= MAY_BE_EMPTY


def test_filters_of_place_level_and_year_narrow_the_figures(server: Server) -> None:
    with server.client("reader") as client:
        charts = _charts(client)
        county = {"col": "level_zh", "op": "IN", "val": ["县级"]}
        year = {"col": "year", "op": "IN", "val": [2024]}
        province = {"col": "province_name", "op": "IN", "val": ["江苏省"]}

        def received(*filters: dict[str, Any]) -> Any:
            [row] = _data(client, charts["overview/received"], *filters)
            return row["requests_received"]

        assert received() is None  # levels are never added up
        assert received(county, year) == 12 + 22 + 32 + 42
        assert received(county, year, province) == 12 + 22
        [unreported] = _data(client, charts["filing/missing"], year, province | {"val": ["广东省"]})
        assert unreported["missing"] == 1


def test_nobody_gets_in_without_an_account(server: Server) -> None:
    with httpx.Client(base_url=server.base, timeout=60) as client:
        assert (
            client.get("/api/v1/dashboard/").status_code == 401
            or not client.get("/api/v1/dashboard/").json()["count"]
        )
        page = client.get("/superset/dashboard/gongkai-overview/")
        assert page.status_code == 302
        assert "/login" in page.headers["location"]
        for user, password in (("admin", "admin"), ("reader", "reader"), ("admin", "general")):
            answer = client.post(
                "/api/v1/security/login", json={"username": user, "password": password, "provider": "db"}
            )
            assert answer.status_code == 401


def test_readers_can_neither_query_freely_nor_change_anything(server: Server) -> None:
    with server.client("reader") as reader, server.client("admin") as admin:
        [dashboard, *_] = admin.get("/api/v1/dashboard/").json()["result"]
        [chart, *_] = admin.get("/api/v1/chart/").json()["result"]
        [dataset, *_] = admin.get("/api/v1/dataset/").json()["result"]
        refused = [
            reader.post("/api/v1/sqllab/execute/", json={"database_id": 1, "sql": "select 1"}),
            reader.put(f"/api/v1/dashboard/{dashboard['id']}", json={"dashboard_title": "x"}),
            reader.delete(f"/api/v1/dashboard/{dashboard['id']}"),
            reader.put(f"/api/v1/chart/{chart['id']}", json={"slice_name": "x"}),
            reader.post(
                "/api/v1/chart/", json={"slice_name": "x", "datasource_id": 1, "datasource_type": "table"}
            ),
            reader.put(f"/api/v1/dataset/{dataset['id']}", json={"sql": "select 1"}),
            reader.get("/api/v1/database/"),
            reader.post("/api/v1/database/", json={"database_name": "x", "sqlalchemy_uri": "duckdb://"}),
            reader.get("/api/v1/security/users/"),
            reader.get("/api/v1/log/"),
        ]
        assert [answer.status_code for answer in refused] == [403] * len(refused), [
            (answer.url.path, answer.status_code) for answer in refused
        ]
        context = json.loads(_charts(admin)["overview/received"]["query_context"])
        context["queries"][0]["metrics"] = [
            {"expressionType": "SQL", "sqlExpression": "(select count(*) from marts.mart_load)", "label": "x"}
        ]
        assert reader.post("/api/v1/chart/data", json=context).status_code in {400, 403}


def test_administrators_can_read_the_warehouse_and_nothing_else(server: Server, tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("a\n1\n")
    with server.client("admin") as admin:

        def run(sql: str) -> httpx.Response:
            return admin.post(
                "/api/v1/sqllab/execute/",
                json={"database_id": 1, "sql": sql, "runAsync": False, "schema": "marts"},
            )

        assert run("select count(*) as n from marts.mart_agency_year").status_code == 200
        for sql in (
            f"select * from read_csv('{secret}')",
            "delete from marts.mart_agency_year",
            "create table marts.x as select 1",
            f"attach '{tmp_path}/x.duckdb'",
            "install httpfs",
        ):
            assert run(sql).status_code >= 400, sql


def test_secrets_are_the_owners_alone_and_told_once(server: Server, home: Home) -> None:
    folder = Folder(home.root / "superset")
    assert folder.root.stat().st_mode & 0o777 == 0o700
    for path in (folder.secret_key, folder.passwords, folder.database):
        assert path.stat().st_mode & 0o777 == 0o600, path
    assert json.loads(folder.passwords.read_text()) == server.passwords
    assert len(set(server.passwords.values())) == 2
    assert all(len(password) >= 20 for password in server.passwords.values())


def test_it_listens_on_this_machine_alone(server: Server) -> None:
    port = int(server.base.rsplit(":", 1)[1])
    processes = [
        psutil.Process(server.process.pid),
        *psutil.Process(server.process.pid).children(recursive=True),
    ]
    heard = {
        connection.laddr
        for process in processes
        for connection in process.net_connections(kind="inet")
        if connection.status == psutil.CONN_LISTEN
    }
    assert heard == {("127.0.0.1", port)}


def test_a_replaced_warehouse_is_seen_by_the_next_query(server: Server, home: Home, tmp_path: Path) -> None:
    kept = tmp_path / "kept.duckdb"
    shutil.copyfile(home.warehouse, kept)
    new = home.warehouse.with_name("new.duckdb")
    shutil.copyfile(home.warehouse, new)
    with duckdb.connect(str(new)) as connection:
        connection.execute("update marts.mart_agency_year set requests_received = requests_received + 1000")
    county = [{"col": "level_zh", "op": "IN", "val": ["县级"]}, {"col": "year", "op": "IN", "val": [2024]}]
    with server.client("reader") as client:
        chart = _charts(client)["overview/received"]
        assert _data(client, chart, *county) == [{"requests_received": 108}]
        new.replace(home.warehouse)
        assert _data(client, chart, *county) == [{"requests_received": 4108}]
        shutil.copyfile(kept, new)
        new.replace(home.warehouse)
        assert _data(client, chart, *county) == [{"requests_received": 108}]


def test_a_replaced_warehouse_is_seen_though_an_older_query_still_runs(
    server: Server, home: Home, tmp_path: Path, superset_python: Path
) -> None:
    code = """
import os, sys, duckdb
from dashboards.server_side.connection import open_warehouse
path = sys.argv[1]
def make(value, name):
    with duckdb.connect(name) as c:
        c.execute(f"create schema marts; create table marts.t as select {value} as x")
make(1, path)
old = open_warehouse(path)
assert old.execute("select x from t").fetchall() == [(1,)]
make(2, path + ".new"); os.replace(path + ".new", path)
new = open_warehouse(path)
print(old.execute("select x from marts.t").fetchall(), new.execute("select x from marts.t").fetchall())
"""
    done = subprocess.run(
        [str(superset_python), "-c", code, str(tmp_path / "it's.duckdb")],
        env=os.environ | {"PYTHONPATH": str(PROJECT_ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == "[(1,)] [(2,)]", done.stderr


@pytest.fixture(scope="module")
def stopped(server: Server, home: Home) -> Server:
    """The server, ended as by Ctrl-C; what comes after this works on its metadata."""
    stop(server)
    return server


def test_a_second_start_changes_nothing_but_what_the_repository_changed(
    stopped: Server, home: Home, superset_python: Path
) -> None:
    folder = Folder(home.root / "superset")
    fewer = Spec(SPEC.datasets, {name: board for name, board in SPEC.boards.items() if name != "filing"})
    provision(folder, superset_python, fewer, f"duckdb:///{home.warehouse}")
    again = start(home)
    try:
        assert not again.passwords, "passwords are told once"
        known = Server(again.base, again.process, again.printed, stopped.passwords)
        with known.client("admin") as client:
            boards = client.get("/api/v1/dashboard/").json()["result"]
            charts = client.get("/api/v1/chart/").json()["count"]
        assert {board["dashboard_title"] for board in boards} == {
            board.title for board in SPEC.boards.values()
        }
        assert charts == sum(len(board.charts) for board in SPEC.boards.values())
        # the one that an older repository lacked was deleted, and made anew
        numbers = {board["slug"]: board["id"] for board in boards}
        assert numbers["gongkai-filing"] == max(numbers.values())
    finally:
        stop(again)


def test_what_can_not_start_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    empty = Home(tmp_path)
    with pytest.raises(serving.GongkaiError, match="gongkai run"):
        serving.database_uri(empty)
    monkeypatch.setenv(serving.DATABASE, "mysql://x")
    with pytest.raises(serving.GongkaiError, match="postgresql"):
        serving.database_uri(empty)


def test_settings_for_another_superset_do_not_reach_this_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SUPERSET_CONFIG_PATH", "/elsewhere")
    monkeypatch.setenv("FLASK_APP", "other")
    made = environment(Folder(tmp_path))
    assert made["SUPERSET_CONFIG_PATH"].endswith("server_side/superset_config.py")
    assert "FLASK_APP" not in made
