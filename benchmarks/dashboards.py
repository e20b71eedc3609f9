"""How long the queries of the dashboards take.

    python -m benchmarks.dashboards collect HOME QUERIES.json     # what Superset asks, through its chart data interface
    python -m benchmarks.dashboards run HOME_OR_DATABASE QUERIES.json

`collect` starts the dashboards on a home and asks for the SQL of every chart, and of every filter's list of values: with the filters
as they are to begin with, with a province, and with a province and a city. `run` sends each query several times, over a new connection each time
as Superset does, to the DuckDB warehouse of a home or to a PostgreSQL address, and tells the times: connecting, reading
and fetching.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import httpx

from dashboards.spec import Board, Spec, load_spec
from gongkai.settings import PROJECT_ROOT, Home

ROUNDS = 5


def main() -> None:
    """Collect or run, as the first argument says."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=["collect", "run"])
    parser.add_argument("where")
    parser.add_argument("queries", type=Path)
    parser.add_argument("--port", type=int, default=8189)
    given = parser.parse_args()
    if given.what == "collect":
        queries = collect(Home(Path(given.where).resolve()), given.port)
        given.queries.write_text(json.dumps(queries, ensure_ascii=False, indent=1), "utf-8")
        print(f"{len(queries)} queries")
    else:
        report(given.where, json.loads(given.queries.read_text("utf-8")))


def collect(home: Home, port: int) -> list[dict[str, str]]:
    """The SQL of every chart and filter, with what it is for."""
    code = "from gongkai.cli import main; main()"
    command = [sys.executable, "-c", code, "dashboards", "--home", str(home.root), "--port", str(port)]
    server = subprocess.Popen(
        command, cwd=PROJECT_ROOT, env=dict(os.environ), stdout=subprocess.PIPE, text=True
    )
    try:
        assert server.stdout is not None
        for line in server.stdout:
            if "Ctrl-C" in line:
                break
        password = json.loads((home.root / "superset" / "passwords.json").read_text("utf-8"))["admin"]
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=120) as client:
            token = client.post(
                "/api/v1/security/login", json={"username": "admin", "password": password, "provider": "db"}
            ).json()["access_token"]
            client.headers["Authorization"] = f"Bearer {token}"
            client.headers["X-CSRFToken"] = client.get("/api/v1/security/csrf_token/").json()["result"]
            client.headers["Referer"] = str(client.base_url)
            return list(_queries(client, load_spec()))
    finally:
        server.terminate()
        server.wait(60)


def _queries(client: httpx.Client, spec: Spec) -> Iterator[dict[str, str]]:
    from dashboards.bundle import identity

    listed = client.get("/api/v1/chart/", params={"q": "(page_size:200)"}).json()["result"]
    charts = {
        one["uuid"]: one
        for one in (client.get(f"/api/v1/chart/{row['id']}").json()["result"] for row in listed)
    }
    datasets = {
        one["uuid"]: one["id"]
        for one in client.get("/api/v1/dataset/", params={"q": "(page_size:200)"}).json()["result"]
    }
    for name, board in spec.boards.items():
        states = list(_states(client, board, datasets))
        for chart, one in board.charts.items():
            context = json.loads(charts[identity("chart", f"{name}/{chart}")]["query_context"])
            known = spec.datasets[one.data].columns
            for state, chosen in states:
                reaching = [
                    {"col": board.filters[key].column, "op": "IN", "val": [value]}
                    for key, value in chosen.items()
                    if chart not in board.filters[key].without and board.filters[key].column in known
                ]
                yield {"for": f"{name}/{chart} {state}", "sql": _sql(client, context, reaching)}
        for key, one in board.filters.items():
            yield {"for": f"{name} filter {key}", "sql": _sql(client, _options(one, datasets), [])}


def _states(
    client: httpx.Client, board: Board, datasets: dict[str, int]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """The filters as chosen: to begin with, with a province, with a city of it."""
    chosen: dict[str, Any] = {
        key: _first(client, one, datasets) for key, one in board.filters.items() if one.required
    }
    yield "first", dict(chosen)
    for key in ("province", "city"):
        if key in board.filters:
            chosen[key] = _first(client, board.filters[key], datasets)
            yield key, dict(chosen)


def _options(one: Any, datasets: dict[str, int]) -> dict[str, Any]:
    from dashboards.bundle import identity

    order = [[one.order_by, False]] if one.order_by else [[one.column, not one.latest]]
    query = {
        "columns": [one.column],
        "metrics": [one.order_by] if one.order_by else [],
        "filters": [],
        "orderby": order,
        "row_limit": 1000,
        "extras": {"having": "", "where": ""},
    }
    return {
        "datasource": {"id": datasets[identity("dataset", one.data)], "type": "table"},
        "queries": [query],
        "form_data": {},
        "result_format": "json",
        "result_type": "full",
    }


def _first(client: httpx.Client, one: Any, datasets: dict[str, int]) -> Any:
    answer = client.post("/api/v1/chart/data", json=_options(one, datasets))
    answer.raise_for_status()
    values = [row[one.column] for row in answer.json()["result"][0]["data"]]
    return next(value for value in values if value is not None)


def _sql(client: httpx.Client, context: dict[str, Any], filters: list[dict[str, Any]]) -> str:
    asked = json.loads(json.dumps(context)) | {"result_type": "query"}
    asked["queries"][0]["filters"] = [*asked["queries"][0].get("filters", []), *filters]
    answer = client.post("/api/v1/chart/data", json=asked)
    answer.raise_for_status()
    sql: str = answer.json()["result"][0]["query"]
    return sql.rstrip().rstrip(";")


def report(where: str, queries: list[dict[str, str]]) -> None:
    """Time the queries, print the slowest and the percentiles."""
    times: dict[str, list[float]] = {}
    for _ in range(ROUNDS):
        for query in queries:
            began = time.perf_counter()
            _ask(where, query["sql"])
            times.setdefault(query["for"], []).append(1000 * (time.perf_counter() - began))
    every = sorted(one for found in times.values() for one in found)
    print("slowest (median of a query, ms):")
    for name, found in sorted(times.items(), key=lambda pair: -statistics.median(pair[1]))[:12]:
        print(f"  {statistics.median(found):7.0f}  {name}")
    p95 = every[int(0.95 * len(every))]
    print(
        f"{len(queries)} queries x {ROUNDS}: median {statistics.median(every):.0f} ms, p95 {p95:.0f} ms, max {every[-1]:.0f} ms"
    )


def _ask(where: str, sql: str) -> None:
    if re.match("postgresql(\\+\\w+)?://", where):
        import psycopg

        with psycopg.connect(re.sub(r"^postgresql\+\w+", "postgresql", where)) as connection:
            connection.execute(sql).fetchall()
        return
    with duckdb.connect(":memory:", config={"threads": 2}) as connection:
        literal = str(Home(Path(where).resolve()).warehouse).replace("'", "''")
        connection.execute(f"attach '{literal}' as warehouse (read_only)")
        connection.execute("use warehouse.marts")
        connection.execute(sql).fetchall()


if __name__ == "__main__":
    main()
