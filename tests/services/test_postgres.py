"""The way to PostgreSQL through a real server: what it refuses, what a kill leaves, what BI tools find."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from publish.postgres.publishing import publish_postgres
from publish.postgres.target import READER, Target, UnavailableError
from publish.snapshot import PublishError
from tests.publish.small_warehouse import FIRST, SECOND, THIRD, Small, write_warehouse
from tests.services.postgres import Server
from tests.services.published import FILED, Database, figures_of, revised

pytestmark = pytest.mark.services


@pytest.fixture
def database(postgres_server: Server, tmp_path: Path, request: pytest.FixtureRequest) -> Database:
    return Database(postgres_server.create_database(request.node.name[:60]), tmp_path)


def test_changes_and_a_swap_give_the_same_rows(postgres_server: Server, tmp_path: Path) -> None:
    step_by_step = Database(postgres_server.create_database("steps"), tmp_path / "a")
    at_once = Database(postgres_server.create_database("once"), tmp_path / "b")
    last = Small(load_id=THIRD, filed=[*revised(THIRD)[1:], FILED[3]], names={"99": "改名"})
    for small in (Small(filed=FILED), Small(load_id=SECOND, filed=revised()), last):
        done = step_by_step.publish(small)
    assert (done.how, at_once.publish(last).how) == ("changes", "swap")
    tables = step_by_step.query(
        "select table_name from information_schema.tables where table_schema = 'marts'"
    )
    assert len(tables) > 15
    for (table,) in tables:
        sql = f"select t::text from marts.{table} as t order by 1"
        assert step_by_step.query(sql) == at_once.query(sql), table


def test_a_server_that_has_missed_loads_is_caught_up(database: Database) -> None:
    database.publish(Small(filed=FILED))
    last = Small(load_id=THIRD, filed=revised(THIRD))
    assert database.publish(last).how == "changes"
    assert database.query("select load_id from marts_state.publication") == [(THIRD,)]


def test_rows_that_somebody_has_changed_are_written_anew(database: Database) -> None:
    database.publish(Small(filed=FILED))
    database.query("delete from marts.fct_figure where agency_key = '99' and year = 2024")
    assert database.publish(Small(load_id=SECOND, filed=revised())).how == "swap"
    assert figures_of(database)["99", 2024, "requests.received"] == 40


def test_another_installations_data_is_not_replaced_unless_told(database: Database) -> None:
    database.publish(Small(load_id=SECOND, filed=FILED))
    with pytest.raises(PublishError, match=f"加载 {SECOND}.*--replace"):
        database.publish(Small(load_id=FIRST, filed=FILED[:1]))
    assert len(figures_of(database)) == 5
    assert database.publish(Small(load_id=FIRST, filed=FILED[:1]), replace=True).load_id == FIRST
    assert len(figures_of(database)) == 2


def test_a_schema_of_somebody_elses_is_not_replaced_unless_told(database: Database) -> None:
    database.query("create schema marts")
    database.query("create table marts.precious as select 1 as one")
    with pytest.raises(PublishError, match="不是由本程序发布的"):
        database.publish(Small(filed=FILED))
    assert database.query("select one from marts.precious") == [(1,)]


def test_a_swap_does_not_drop_views_that_people_have_made(database: Database) -> None:
    database.publish(Small(filed=FILED))
    database.query("create schema mine")
    database.query("create view mine.received as select value from marts.fct_figure")
    assert database.publish(Small(load_id=SECOND, filed=revised())).how == "changes"
    database.query("update marts_state.publication set structure = 'older'")
    with pytest.raises(PublishError, match=r"mine\.received"):
        database.publish(Small(load_id=THIRD, filed=revised(THIRD)))
    assert len(database.query("select * from mine.received")) == 5
    database.query("drop view mine.received")
    assert database.publish(Small(load_id=THIRD, filed=revised(THIRD))).how == "swap"


def test_the_reader_may_read_and_nothing_else(database: Database) -> None:
    database.publish(Small(filed=FILED))
    role = database.query(
        "select rolcanlogin, rolsuper, rolcreatedb, rolcreaterole from pg_roles where rolname = %s", READER
    )
    assert role == [(False, False, False, False)]
    for load_id in (FIRST, SECOND):
        if load_id == SECOND:
            database.query("update marts_state.publication set structure = 'older'")
            assert database.publish(Small(load_id=SECOND, filed=FILED)).how == "swap"
        with psycopg.connect(database.conninfo, autocommit=True) as connection:
            connection.execute(f"set role {READER}")
            assert connection.execute("select count(*) from marts.fct_figure").fetchone() == (5,)
            for forbidden in (
                "delete from marts.fct_figure",
                "create table marts.mine (a int)",
                "select * from marts_state.part",
            ):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    connection.execute(forbidden.encode())


def test_a_password_lets_the_reader_log_in_and_is_stored_hashed(database: Database) -> None:
    write_warehouse(database.warehouse, Small(filed=FILED))
    target = Target(database.conninfo, reader_password="geheim und lang")
    publish_postgres(database.warehouse, target)
    [(can_login, stored)] = database.query(
        "select rolcanlogin, rolpassword from pg_authid where rolname = %s", READER
    )
    assert can_login
    assert stored.startswith("SCRAM-SHA-256$")
    assert "geheim" not in repr(target)
    database.query(f"alter role {READER} nologin password null")


def test_names_comments_keys_and_references_are_where_bi_tools_look(database: Database) -> None:
    database.publish(Small(filed=FILED))
    uncommented = database.query(
        "select c.relname, a.attname from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum >= 0"
        " where c.relnamespace = 'marts'::regnamespace and c.relkind = 'r' and not a.attisdropped"
        " and col_description(c.oid, a.attnum) is null"
    )
    assert uncommented == []
    assert database.query("select obj_description('marts.fct_figure'::regclass)")[0][0].startswith("数值：")
    keys = database.query(
        "select k.column_name from information_schema.table_constraints t"
        " join information_schema.key_column_usage k using (constraint_schema, constraint_name)"
        " where t.table_schema = 'marts' and t.table_name = 'fct_figure' and t.constraint_type = 'PRIMARY KEY'"
        " order by k.ordinal_position"
    )
    assert keys == [("report_id",), ("metric_key",), ("applicant_key",)]
    references = database.query(
        "select k.column_name, u.table_name, u.column_name from information_schema.referential_constraints r"
        " join information_schema.key_column_usage k using (constraint_schema, constraint_name)"
        " join information_schema.constraint_column_usage u using (constraint_schema, constraint_name)"
        " where k.table_schema = 'marts' and k.table_name = 'fct_figure' order by 1"
    )
    assert references == [
        ("agency_key", "dim_agency", "agency_key"),
        ("applicant_key", "dim_applicant", "applicant_key"),
        ("metric_key", "dim_metric", "metric_key"),
        ("report_id", "dim_report", "report_id"),
    ]
    without = database.query(
        "select table_name from information_schema.tables t where table_schema = 'marts' and not exists ("
        " select from information_schema.table_constraints c where c.table_schema = 'marts'"
        " and c.table_name = t.table_name and c.constraint_type in ('PRIMARY KEY', 'UNIQUE'))"
    )
    assert without == []
    estimates = database.query("select reltuples::int from pg_class where oid = 'marts.fct_figure'::regclass")
    assert estimates == [(5,)]


@pytest.mark.parametrize("step", ["_rename", "_record", "_write", "_exchange"])
def test_killed_at_any_step_it_leaves_the_old_rows_or_the_new(database: Database, step: str) -> None:
    database.publish(Small(filed=FILED))
    old = figures_of(database)
    by_swap = step != "_exchange"
    if by_swap:
        database.query("update marts_state.publication set structure = 'older'")
    write_warehouse(database.warehouse, Small(load_id=SECOND, filed=revised()))
    # on its second call, so that something has been written before
    killed = subprocess.run(
        [
            sys.executable,
            "-c",
            "import os, sys, pathlib, publish.postgres.publishing as p\n"
            "from publish.postgres.target import Target\n"
            "calls, name = [], sys.argv[3]\n"
            "real = getattr(p._Publication, name)\n"
            "def dying(self, *a):\n"
            "    done = real(self, *a)\n"
            "    calls.append(1)\n"
            "    if len(calls) > (name in ('_write', '_exchange')): os._exit(9)\n"
            "    return done\n"
            "setattr(p._Publication, name, dying)\n"
            "p.publish_postgres(pathlib.Path(sys.argv[1]), Target(sys.argv[2]))",
            database.warehouse,
            database.conninfo,
            step,
        ],
        check=False,
    )
    assert killed.returncode == 9
    assert figures_of(database) == old
    done = database.publish(Small(load_id=SECOND, filed=revised()))
    assert done.how == ("swap" if by_swap else "changes")
    assert figures_of(database)["99", 2024, "requests.received"] == 40
    schemas = database.query("select nspname from pg_namespace where nspname like 'marts%%' order by 1")
    assert schemas == [("marts",), ("marts_state",)]


def test_a_server_that_is_not_there_is_told_without_the_password(tmp_path: Path) -> None:
    warehouse = write_warehouse(tmp_path / "warehouse.duckdb", Small(filed=FILED[:1]))
    target = Target("host=127.0.0.1 port=9 dbname=x user=u password=topsecret")
    with pytest.raises(UnavailableError, match="连不上") as caught:
        publish_postgres(warehouse, target)
    assert "topsecret" not in str(caught.value) + repr(target)
