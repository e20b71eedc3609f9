"""Which records of gates a build reads, and the last word of gate two in the warehouse that is published.

Every load that was ever judged leaves its records in `operations/validations/`, published or not. A build of everything reads them
all, a build on top of the last one those that are new.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import duckdb
import pyarrow.parquet as pq

from expectations.records import SCHEMA, read_validations
from gongkai.settings import Home
from publish.state import STATE_SCHEMA, Base

TABLE: Final = "fct_validation"
_FILE = re.compile(r"load=(?P<load_id>.+)-(?P<gate>[a-z]+)\.parquet")
_LISTED_AT_MOST = 200
"""More files than this are not named one by one: an environment variable has an end."""
_SLACK_SECONDS = 86_400
"""Records that are younger than the last state less a day are read again: a load that was begun anew under its id replaces its own."""


def validation_files(home: Home, base: Base | None) -> list[Path]:
    """The records that a build takes up: of a build on top of the last one those that are not in it as they are now.

    One file without rows is always among them, so that there is something to read before the first load was judged.

    Args:
        home: the installation.
        base: what the load is built on top of; null for a build of everything.
    """
    folder = home.operations / "validations"
    nothing = home.build / "dbt" / "no-validations.parquet"
    if not nothing.is_file():
        nothing.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(SCHEMA.empty_table(), nothing)
    found = sorted(folder.glob("load=*.parquet"))
    if base is None:
        return [nothing, *([folder / "load=*.parquet"] if found else [])]
    known = _known(base)
    since = base.state.stat().st_mtime - _SLACK_SECONDS
    new = [path for path in found if _key(path) not in known or path.stat().st_mtime >= since]
    return [nothing, *(new if len(new) <= _LISTED_AT_MOST else [folder / "load=*.parquet"])]


def _known(base: Base) -> set[tuple[str, str]]:
    with duckdb.connect(str(base.state), read_only=True) as connection:
        rows = connection.execute(
            f"select distinct load_id, gate from {STATE_SCHEMA}.stg_validation"  # noqa: S608 - own name
        ).fetchall()
    return {(str(load_id), str(gate)) for load_id, gate in rows}


def _key(path: Path) -> tuple[str, str]:
    match = _FILE.fullmatch(path.name)
    return (match["load_id"], match["gate"]) if match else ("", path.name)


def add_last_word(connection: duckdb.DuckDBPyConnection, home: Home, load_id: str) -> None:
    """Put all that the gates have said of a load into the warehouse that it is about to publish; repeating it changes nothing.

    Args:
        connection: the built warehouse, for writing.
        home: the installation.
        load_id: the load.
    """
    tables = connection.execute(
        "select count(*) from duckdb_tables() where table_name = ?", [TABLE]
    ).fetchone()
    said = read_validations(home, load_id)
    if not tables or not tables[0] or not said.num_rows:
        return
    connection.register("said", said)
    connection.execute(f"delete from marts.{TABLE} where load_id = ?", [load_id])  # noqa: S608 - own name
    connection.execute(
        f"""
        insert into marts.{TABLE} by name
        select said.* exclude (suite) replace (validated_at at time zone 'Asia/Shanghai' as validated_at), true as is_published
        from said
        """  # noqa: S608 - own name
    )
    connection.unregister("said")
