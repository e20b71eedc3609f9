"""The marts as their dbt contracts promise them: empty tables in an engine, so that SQL can be tried on them."""

from __future__ import annotations

import functools
from typing import Any

import duckdb
import yaml

from gongkai.settings import PROJECT_ROOT

MARTS = PROJECT_ROOT / "dbt_project" / "models" / "marts"


@functools.cache
def contracted() -> dict[str, dict[str, str]]:
    """Every mart's columns with their types, from the YAML beside each model."""
    found: dict[str, dict[str, str]] = {}
    for path in sorted(MARTS.glob("*.yml")):
        content: dict[str, Any] = yaml.safe_load(path.read_text("utf-8")) or {}
        for model in content.get("models", []):
            found[model["name"]] = {
                one["name"]: one["data_type"] for one in model["columns"] if "data_type" in one
            }
    return found


def empty_marts() -> duckdb.DuckDBPyConnection:
    """A database with every contracted mart, without rows."""
    connection = duckdb.connect()
    connection.execute("create schema marts")
    for table, columns in contracted().items():
        listed = ", ".join(f'"{name}" {type_}' for name, type_ in columns.items())
        connection.execute(f'create table marts."{table}" ({listed})')
    return connection
