"""Readers query without a pause while loads are published: none fails, none sees two loads at once, none waits long."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import psycopg
import pytest

from benchmarks.readers import build_numbered, numbered_load, reading, write_numbered
from gongkai import loads
from gongkai.settings import Home
from publish.build import build_path
from publish.postgres.publishing import publish_postgres
from publish.postgres.target import Target, take_publishers_lock
from publish.snapshot import PublishError, publish_snapshot
from publish.state import WAREHOUSE_SCHEMA, write_stamp
from tests.dbt_project.landed import open_landing
from tests.publish.small_warehouse import SECOND, Small, write_warehouse
from tests.services.postgres import Server
from tests.services.published import FILED, Database, figures_of, revised

pytestmark = pytest.mark.services

PUBLISHES = 20


def _force_swap(conninfo: str) -> None:
    """As if the tables themselves had changed with a new version of the models."""
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute("update marts_state.publication set structure = 'older'")


def test_no_reader_of_postgres_sees_two_loads_at_once(postgres_server: Server, tmp_path: Path) -> None:
    conninfo = postgres_server.create_database("readers")
    warehouse = tmp_path / "warehouse.duckdb"
    publish_postgres(write_numbered(warehouse, 0), Target(conninfo))
    ways = []
    with reading("postgres", conninfo) as seen:
        for number in range(1, PUBLISHES + 1):
            if number % 2:
                _force_swap(conninfo)
            ways.append(publish_postgres(write_numbered(warehouse, number), Target(conninfo)).how)
            time.sleep(0.2)
    assert ways == ["swap", "changes"] * (PUBLISHES // 2)
    assert seen.errors == []
    assert seen.mixed == []
    assert seen.loads >= {0, PUBLISHES}
    assert len(seen.loads) > PUBLISHES // 2


def test_no_reader_of_the_snapshot_sees_two_loads_at_once(tmp_path: Path) -> None:
    home = Home(tmp_path)
    _publish_numbered(home, 0)
    with reading("duckdb", str(home.warehouse)) as seen:
        for number in range(1, PUBLISHES + 1):
            _publish_numbered(home, number)
            time.sleep(0.2)
    assert seen.errors == []
    assert seen.mixed == []
    assert seen.loads >= {0, PUBLISHES}
    assert len(seen.loads) > PUBLISHES // 2


def _publish_numbered(home: Home, number: int) -> None:
    load_id = numbered_load(number)
    open_landing(home, load_id)
    loads.open_load(home, sources=["samples"], mode="full", holder=loads.Holder.foreground(), load_id=load_id)
    loads.release_lease(home, load_id)
    build_numbered(build_path(home, load_id), number)
    write_stamp(build_path(home, load_id), WAREHOUSE_SCHEMA, load_id)
    publish_snapshot(home, load_id)


@pytest.fixture
def database(postgres_server: Server, tmp_path: Path, request: pytest.FixtureRequest) -> Database:
    return Database(postgres_server.create_database(request.node.name[:60]), tmp_path)


def test_a_transaction_that_has_begun_sees_one_load_to_its_end(database: Database) -> None:
    """By changes: repeatable read keeps the load it began with, read committed sees the new one with its next query."""
    database.publish(Small(filed=FILED))
    count = b"select count(*), max(value) from marts.fct_figure"
    with psycopg.connect(database.conninfo) as repeatable, psycopg.connect(database.conninfo) as committed:
        repeatable.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        before = repeatable.execute(count).fetchone()
        assert committed.execute(count).fetchone() == before
        assert database.publish(Small(load_id=SECOND, filed=revised())).how == "changes"
        assert repeatable.execute(count).fetchone() == before
        assert committed.execute(count).fetchone() != before
        repeatable.rollback()
        assert repeatable.execute(count).fetchone() == committed.execute(count).fetchone()


def test_a_transaction_older_than_a_swap_does_not_find_empty_tables(database: Database) -> None:
    database.publish(Small(filed=FILED))
    with psycopg.connect(database.conninfo) as old:
        old.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        old.execute("select 1")  # its snapshot is taken, but it has looked at no table of ours
        _force_swap(database.conninfo)
        assert database.publish(Small(load_id=SECOND, filed=revised())).how == "swap"
        found = old.execute("select agency_key, year, metric_key, value from marts.fct_figure").fetchall()
    assert {row[:3]: row[3] for row in found} == figures_of(database)


def test_a_long_reader_does_not_hold_up_other_readers_nor_a_load_for_ever(database: Database) -> None:
    database.publish(Small(filed=FILED))
    _force_swap(database.conninfo)
    old = figures_of(database)
    waits: list[float] = []
    done = threading.Event()

    def read_on() -> None:
        with psycopg.connect(database.conninfo, autocommit=True) as connection:
            while not done.is_set():
                began = time.monotonic()
                connection.execute("select count(*) from marts.dim_report")
                waits.append(time.monotonic() - began)

    with psycopg.connect(f"{database.conninfo} application_name=报表") as long:
        long.execute("select count(*) from marts.fct_figure")  # and does not end its transaction
        reader = threading.Thread(target=read_on)
        reader.start()
        began = time.monotonic()
        with pytest.raises(PublishError, match=r"一直有人在读.*报表"):
            database.publish(Small(load_id=SECOND, filed=revised()))
        seconds = time.monotonic() - began
        done.set()
        reader.join()
    assert seconds < 60
    assert max(waits) < 1, "a reader has waited for the long one"
    assert figures_of(database) == old
    assert database.publish(Small(load_id=SECOND, filed=revised())).how == "swap"


def test_two_publishers_do_not_meet(database: Database) -> None:
    write_warehouse(database.warehouse, Small(filed=FILED))
    with psycopg.connect(database.conninfo, autocommit=True) as other:
        take_publishers_lock(other)
        with pytest.raises(PublishError, match="另一个进程正在"):
            publish_postgres(database.warehouse, Target(database.conninfo))
