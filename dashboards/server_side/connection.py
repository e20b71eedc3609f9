"""How Superset connects to the warehouse: reading only, and always to the file that is published now."""

from __future__ import annotations

import functools
from typing import Any

import duckdb
from duckdb_engine import ConnectionWrapper
from sqlalchemy.engine.url import URL

CATALOG = "warehouse"
SCHEMA = "marts"
MEMORY = "2GB"
THREADS = 2
STATEMENT_SECONDS = 60


def mutate(url: URL, params: dict[str, Any], *_: object) -> tuple[URL, dict[str, Any]]:
    """Superset's `DB_CONNECTION_MUTATOR`: what is added to every connection it makes.

    Args:
        url: the database's address.
        params: keyword arguments for `create_engine`.

    Returns:
        Both, as they shall be used.
    """
    if url.drivername.startswith("duckdb"):
        params.pop("connect_args", None)
        params["creator"] = functools.partial(open_warehouse, url.database or "")
    elif url.drivername.startswith("postgresql"):
        arguments = params.setdefault("connect_args", {})
        arguments["options"] = " ".join(
            [
                arguments.get("options", ""),
                "-c default_transaction_read_only=on",
                f"-c statement_timeout={STATEMENT_SECONDS}s",
            ]
        ).strip()
    return url, params


def open_warehouse(path: str) -> ConnectionWrapper:
    """Open the warehouse for one query.

    DuckDB shares an open file among all connections of a process, so that a query that overlaps with older ones would go on
    seeing a file that has been replaced. An engine of its own for each connection, to which the file is attached, sees what is
    there now. Its SQL can read the warehouse and nothing else: no other file, no extension, no network.
    """
    connection = duckdb.connect(
        ":memory:",
        config={
            "threads": THREADS,
            "memory_limit": MEMORY,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        },
    )
    try:
        literal = "'" + path.replace("'", "''") + "'"
        connection.execute(f"attach {literal} as {CATALOG} (read_only)")
        connection.execute(f"use {CATALOG}.{SCHEMA}")
        connection.execute("set enable_external_access = false")
        connection.execute("set lock_configuration = true")
    except BaseException:
        connection.close()
        raise
    return ConnectionWrapper(connection)
