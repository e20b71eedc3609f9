"""Write, audit, publish: whatever a gate finds, or fails to find, the warehouse, PostgreSQL and the files stay as they were."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import duckdb
import psycopg
import pytest

from expectations.records import read_validations
from gongkai import loads
from gongkai.settings import Home
from tests.end_to_end.conftest import TIMEOUT_SECONDS, command, environment
from tests.services.postgres import Server

pytestmark = pytest.mark.services

BROKEN = {
    # a model has gone wrong: gate two sees regions that do not add up
    "a critical breach in the marts": (
        "from publish import build\nwhole = build.build_warehouse\n"
        "def broken(*given, **named):\n"
        "    import duckdb\n"
        "    path = whole(*given, **named)\n"
        "    with duckdb.connect(str(path)) as connection:\n"
        "        connection.execute('update marts.mart_region_year set requests_received = requests_received + 1')\n"
        "    return path\n"
        "build.build_warehouse = broken\n",
        ("stopped", "gate_marts", "regions_add_up", "failed"),
    ),
    # what was landed is not what was read: gate one sees it
    "a critical breach in the landing zone": (
        "from expectations import gates\nwhole = gates.landing_connection\n"
        "import contextlib\n"
        "@contextlib.contextmanager\n"
        "def broken(*given, **named):\n"
        "    with whole(*given, **named) as connection:\n"
        "        connection.execute('create or replace temp view documents as select * replace (null as address) from documents')\n"
        "        yield connection\n"
        "gates.landing_connection = broken\n",
        ("stopped", "gate_landing", "documents_provenance_present", "failed"),
    ),
    "a gate that crashes": (
        "from expectations import gates\n"
        "def broken(*given):\n    raise MemoryError('no room')\n"
        "gates.query_frame = broken\n",
        ("failed", "gate_landing", "report_year_known", "error"),
    ),
    "a gate that judges nothing": (
        "from expectations import gates\nwhole = gates.load_suite\n"
        "gates.load_suite = lambda name: whole(name).model_copy(update={'expectations': ()})\n",
        ("failed", "gate_landing", "gate_judges", "error"),
    ),
}


def _run(home: Home, conninfo: str, patch: str = "") -> int:
    code = f"{patch}from gongkai.cli import main\nmain()"
    done = subprocess.run(
        [sys.executable, "-c", code, *command(home)[3:]],
        env=environment() | {"GONGKAI_POSTGRES": conninfo},
        capture_output=True,
        check=False,
        timeout=TIMEOUT_SECONDS * 2,
    )
    return done.returncode


def _published(home: Home, conninfo: str) -> dict[str, str]:
    """What readers have, everywhere: digests of the file, of the exported files, of every table in PostgreSQL."""
    files = [home.warehouse, *(path for path in sorted(home.exports.rglob("*")) if path.is_file())]
    found = {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        tables = [
            name
            for (name,) in connection.execute(
                "select table_name from information_schema.tables where table_schema = 'marts'"
            ).fetchall()
        ]
    with psycopg.connect(conninfo) as connection:
        for table in tables:
            row = connection.execute(
                f"select md5(coalesce(string_agg(t::text, '|' order by t::text), '')) from marts.{table} as t".encode()
            ).fetchone()
            found[table] = str(row)
    return found


def test_what_a_gate_stops_reaches_no_reader_and_is_on_record(
    postgres_server: Server, tmp_path: Path
) -> None:
    home = Home(tmp_path / "home")
    home.root.mkdir()
    (home.root / "exports.yaml").write_text("parquet: true\n", "utf-8")
    conninfo = postgres_server.create_database("audited")
    assert _run(home, conninfo) == 0
    before = _published(home, conninfo)
    assert len(before) > 40

    for patch, (state, task, expectation, outcome) in BROKEN.values():
        assert _run(home, conninfo, patch) == 1
        record = loads.list_records(home)[0]
        assert (record["state"], record["failures"][0]["task"]) == (state, task)
        said = {
            row["expectation_id"]: row["outcome"]
            for row in read_validations(home, record["load_id"]).to_pylist()
        }
        assert said[expectation] == outcome
        assert expectation in (home.reports / record["load_id"] / "validation.html").read_text("utf-8")
        assert _published(home, conninfo) == before

    # the next good load tells of those that were stopped
    assert _run(home, conninfo) == 0
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        told = connection.execute(
            "select load_id, bool_or(is_published) from marts.fct_validation group by load_id order by load_id"
        ).fetchall()
    assert [is_published for _, is_published in told] == [True, False, False, False, False, True]
