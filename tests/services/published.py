"""A database that a small warehouse is published to."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg

from publish.postgres.publishing import Published, publish_postgres
from publish.postgres.target import Target
from tests.publish.small_warehouse import SECOND, Filed, Small, write_warehouse

HOSTILE = "a\tb\\c\n\\.\n\r\"'\\N\0{,}　=1"
FILED = [
    Filed("99", 2023, {"requests.received": Decimal("3.000001"), "requests.granted": None}, raw=HOSTILE),
    Filed("99", 2024, {"requests.received": 4}, raw="", evidence=('x"y,\\{}', None, "", "NULL")),
    Filed("9901", 2024, {"requests.received": 5}, raw="\\N", evidence=()),
    Filed("9902", 2024, {"requests.received": 6}, raw=None, evidence=None),
]


class Database:
    """A database that is published to."""

    def __init__(self, conninfo: str, folder: Path) -> None:
        self.conninfo = conninfo
        self.warehouse = folder / "warehouse.duckdb"

    def publish(self, small: Small, **options: Any) -> Published:
        write_warehouse(self.warehouse, small)
        return publish_postgres(self.warehouse, Target(self.conninfo, patience_seconds=1), **options)

    def query(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.conninfo, autocommit=True) as connection:
            cursor = connection.execute(sql.encode(), values or None)
            return cursor.fetchall() if cursor.description else []


def figures_of(database: Database) -> dict[tuple[str, int, str], Any]:
    rows = database.query("select agency_key, year, metric_key, value from marts.fct_figure")
    return {row[:3]: row[3] for row in rows}


def revised(load_id: str = SECOND) -> list[Filed]:
    """One figure changed, one report gone, one come."""
    return [
        FILED[0],
        Filed("99", 2024, {"requests.received": 40}, load_id=load_id),
        FILED[2],
        Filed("9903", 2024, {"requests.received": 7}, load_id=load_id),
    ]
