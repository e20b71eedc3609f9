from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from extract.landing import read_load
from gongkai import loads
from gongkai.settings import Home
from publish.build import build_path
from publish.snapshot import PublishError, keep_for_next, publish_snapshot
from publish.state import WAREHOUSE_SCHEMA, create_empty, next_paths, state_path, write_stamp
from tests.dbt_project.landed import open_landing

FIRST = "20261120T020000-0001"
SECOND = "20261121T020000-0002"

_BUILD = """
create schema marts;
create table marts.mart_load (load_id varchar not null, mode varchar, sources varchar[], started_at timestamp,
    published_at timestamp, reader_version varchar);
insert into marts.mart_load (load_id) values ('20261119T020000-0000'), ('{load_id}');
create table marts.fct_figure (report_id varchar not null, value decimal(24, 6));
insert into marts.fct_figure select 'r' || (range * 7919) % 5000, range from range({rows});
comment on table marts.fct_figure is '数值：一行一个''报告''';
comment on column marts.fct_figure.value is '值';
"""


def _built(home: Home, load_id: str, rows: int = 5000) -> None:
    """A load that was opened and built; the build is made by hand, as small as it can be."""
    open_landing(home, load_id)
    holder = loads.Holder.foreground()
    loads.open_load(
        home, sources=["samples", "/folder/of/reports"], mode="full", holder=holder, load_id=load_id
    )
    loads.release_lease(home, load_id)
    home.build.mkdir(exist_ok=True)
    create_empty(build_path(home, load_id))
    connection = duckdb.connect(str(build_path(home, load_id)))
    connection.execute(_BUILD.format(load_id=load_id, rows=rows))
    connection.close()
    write_stamp(build_path(home, load_id), WAREHOUSE_SCHEMA, load_id)


def _rows(warehouse: Path) -> list[object]:
    """All rows in the order they stand in the file."""
    connection = duckdb.connect(str(warehouse), read_only=True)
    tables = ("mart_load", "fct_figure")
    rows = [connection.execute(f"select * from marts.{table}").fetchall() for table in tables]
    connection.close()
    return rows


def _count(warehouse: Path) -> int:
    connection = duckdb.connect(str(warehouse), read_only=True)
    (count,) = connection.execute("select count(*) from marts.fct_figure").fetchone() or (0,)
    connection.close()
    return int(count)


def test_the_warehouse_keeps_its_descriptions_and_stands_alone(tmp_path: Path) -> None:
    home = Home(tmp_path / "数据 it's")
    _built(home, FIRST)
    warehouse = publish_snapshot(home, FIRST)

    connection = duckdb.connect(str(warehouse), read_only=True)
    assert connection.execute(
        "select comment from duckdb_tables() where table_name = 'fct_figure'"
    ).fetchone() == ("数值：一行一个'报告'",)
    assert connection.execute(
        "select comment from duckdb_columns() where column_name = 'value'"
    ).fetchone() == ("值",)
    assert "v1.0.0" in str(
        connection.execute("select tags from duckdb_databases() where not internal").fetchall()
    )
    connection.close()
    assert [path.name for path in home.root.iterdir() if "warehouse" in path.name] == ["warehouse.duckdb"]


def test_copies_for_the_next_load_are_those_of_the_last_one(tmp_path: Path) -> None:
    home = Home(tmp_path)
    for load_id, rows in ((FIRST, 10), (SECOND, 20)):
        _built(home, load_id, rows)
        state_path(home, load_id).parent.mkdir(parents=True, exist_ok=True)
        state_path(home, load_id).write_bytes(load_id.encode())
        publish_snapshot(home, load_id)
        keep_for_next(home, load_id)

    warehouse, state = next_paths(home, SECOND)
    assert _count(warehouse) == 20
    assert state.read_bytes() == SECOND.encode()
    assert not state_path(home, FIRST).exists()
    assert not any(path.exists() for path in next_paths(home, FIRST))


def test_the_commit_mark_and_the_published_load_say_the_same(tmp_path: Path) -> None:
    home = Home(tmp_path)
    _built(home, FIRST)
    assert loads.published_at(home, FIRST) is None
    warehouse = publish_snapshot(home, FIRST)

    (mark,) = read_load(home.landing, "loads", FIRST).to_pylist()
    assert (mark["mode"], mark["sources"]) == ("full", ["samples", "/folder/of/reports"])
    connection = duckdb.connect(str(warehouse), read_only=True)
    row = connection.execute(
        "select mode, sources, published_at from marts.mart_load where load_id = ?", [FIRST]
    ).fetchone()
    connection.close()
    published_at = mark["published_at"].astimezone(loads.TIME_ZONE).replace(tzinfo=None)
    assert row == ("full", ["samples", "reports"], published_at)


def test_publishing_again_changes_neither_rows_nor_mark(tmp_path: Path) -> None:
    home = Home(tmp_path)
    _built(home, FIRST)
    first = _rows(publish_snapshot(home, FIRST))
    mark = read_load(home.landing, "loads", FIRST).to_pylist()
    (home.root / ".warehouse.duckdb.of-a-killed-run").write_bytes(b"half a file")

    assert _rows(publish_snapshot(home, FIRST)) == first
    assert read_load(home.landing, "loads", FIRST).to_pylist() == mark
    assert not list(home.root.glob(".warehouse*"))


def test_a_reader_in_another_process_keeps_the_old_warehouse(tmp_path: Path) -> None:
    home = Home(tmp_path)
    _built(home, FIRST, rows=10)
    warehouse = publish_snapshot(home, FIRST)
    reader = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import duckdb, sys\n"
            "c = duckdb.connect(sys.argv[1], read_only=True)\n"
            "print('open', flush=True)\n"
            "sys.stdin.readline()\n"
            "print(c.execute('select count(*), sum(value)::int from marts.fct_figure').fetchone())",
            str(warehouse),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert reader.stdout is not None
    assert reader.stdout.readline() == "open\n"

    _built(home, SECOND, rows=20)
    publish_snapshot(home, SECOND)

    out, _ = reader.communicate("\n", timeout=30)
    assert out == "(10, 45)\n"
    assert _count(warehouse) == 20


@pytest.mark.parametrize("step", ["publish.snapshot._replace", "publish.snapshot.write_part"])
def test_a_publication_killed_at_any_step_can_be_repeated(tmp_path: Path, step: str) -> None:
    home = Home(tmp_path)
    _built(home, FIRST, rows=10)
    publish_snapshot(home, FIRST)
    _built(home, SECOND, rows=20)
    killed = subprocess.run(
        [
            sys.executable,
            "-c",
            "import os, sys, pathlib, unittest.mock\n"
            "from gongkai.settings import Home\n"
            "import publish.snapshot as snapshot\n"
            f"with unittest.mock.patch('{step}', lambda *a: os._exit(9)):\n"
            "    snapshot.publish_snapshot(Home(pathlib.Path(sys.argv[1])), sys.argv[2])",
            str(home.root),
            SECOND,
        ],
        check=False,
    )
    assert killed.returncode == 9
    assert loads.published_at(home, SECOND) is None
    assert _count(home.warehouse) in (10, 20)

    publish_snapshot(home, SECOND)
    assert _count(home.warehouse) == 20
    assert loads.published_at(home, SECOND) is not None
    assert not list(home.root.glob(".warehouse*"))


def test_there_is_nothing_to_publish_without_a_build(tmp_path: Path) -> None:
    with pytest.raises(PublishError, match=FIRST):
        publish_snapshot(Home(tmp_path), FIRST)
