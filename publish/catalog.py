"""What is in the published warehouse: tables, columns, their meaning, keys and references.

Types and descriptions come from the warehouse itself; keys, references and which columns are never empty come from the YAML
beside each model, where dbt tests them in every build. Every format that the warehouse is published in is made from this.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import yaml

from gongkai.settings import PROJECT_ROOT
from publish.snapshot import PUBLISHED_SCHEMA, PublishError

MODELS = PROJECT_ROOT / "dbt_project" / "models"
_REF = re.compile(r"ref\('(\w+)'\)")


@dataclass(frozen=True, slots=True)
class Column:
    """A column as DuckDB types it.

    Attributes:
        name: its name.
        type: DuckDB's type, as `DECIMAL(24,6)` or `VARCHAR[]`.
        comment: what it holds, Chinese first; "" if nobody has said.
        required: whether it is never null.
    """

    name: str
    type: str
    comment: str
    required: bool


@dataclass(frozen=True, slots=True)
class Reference:
    """A column whose values are keys of another table."""

    column: str
    table: str
    target: str


@dataclass(frozen=True, slots=True)
class Table:
    """A published table or view; to readers they are the same.

    Attributes:
        name: its name.
        comment: what a row is, Chinese first.
        columns: in order.
        key: the columns of its grain; empty if it has none that is tested.
        other_keys: further sets of columns that are unique.
        references: its columns that are keys of other published tables.
    """

    name: str
    comment: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    other_keys: tuple[tuple[str, ...], ...]
    references: tuple[Reference, ...]

    def column(self, name: str) -> Column | None:
        """A column by name, null if there is none."""
        return next((column for column in self.columns if column.name == name), None)


@dataclass(frozen=True, slots=True)
class Declared:
    """What the YAML beside a model says.

    Attributes:
        columns: name -> type, in order.
        required: the columns that are never null.
        keys: sets of columns that are unique.
        references: columns that are keys of other models.
    """

    columns: Mapping[str, str]
    required: frozenset[str]
    keys: tuple[tuple[str, ...], ...]
    references: tuple[Reference, ...]


_NOTHING_DECLARED = Declared({}, frozenset(), (), ())


@contextmanager
def open_warehouse(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Read the published warehouse as it stands now; what is published meanwhile is not seen.

    Args:
        path: the published file.

    Raises:
        PublishError: nothing is published.
    """
    if not path.is_file():
        raise PublishError(f"还没有已发布的数据仓库（{path}），请先完成一次加载（gongkai run）。")
    connection = duckdb.connect(str(path), read_only=True, config={"threads": 2})
    try:
        yield connection
    finally:
        connection.close()


def held_load(connection: duckdb.DuckDBPyConnection) -> str:
    """The load that a warehouse was published by.

    Raises:
        PublishError: the warehouse names none.
    """
    row = connection.execute(
        f"select load_id from {PUBLISHED_SCHEMA}.mart_load where published_at is not null"  # noqa: S608 - own name
        " order by published_at desc, load_id desc limit 1"
    ).fetchone()
    if row is None:
        raise PublishError("数据仓库里没有已发布的加载（mart_load 为空），无法继续。")
    return str(row[0])


def read_catalog(connection: duckdb.DuckDBPyConnection, models: Path = MODELS) -> tuple[Table, ...]:
    """The published tables, by name.

    Args:
        connection: the published warehouse.
        models: where the models' YAML is.
    """
    declared = read_declared(models)
    comments = dict(
        connection.execute(
            "select table_name, coalesce(comment, '') from duckdb_tables() where schema_name = $schema"
            " and database_name = current_database()"
            " union all select view_name, coalesce(comment, '') from duckdb_views() where schema_name = $schema"
            " and database_name = current_database() order by all",
            {"schema": PUBLISHED_SCHEMA},
        ).fetchall()
    )
    columns: dict[str, list[tuple[str, str, str]]] = {name: [] for name in comments}
    for table, *column in connection.execute(
        "select table_name, column_name, data_type, coalesce(comment, '') from duckdb_columns()"
        " where schema_name = ? and database_name = current_database() order by table_name, column_index",
        [PUBLISHED_SCHEMA],
    ).fetchall():
        columns[table].append((column[0], column[1], column[2]))
    return tuple(_table(name, comments, columns[name], declared) for name in comments)


def _table(
    name: str,
    comments: Mapping[str, str],
    columns: Sequence[tuple[str, str, str]],
    declared: Mapping[str, Declared],
) -> Table:
    said = declared.get(name, _NOTHING_DECLARED)
    present = {column for column, _, _ in columns}
    keys = [key for key in said.keys if present.issuperset(key)]
    first = columns[0][0]
    # dim_report is unique by report_id and by agency, year and revision: the grain is told by the column in front
    key = (first,) if (first,) in keys else max(keys, key=len, default=())
    return Table(
        name,
        comments[name],
        tuple(Column(column, kind, comment, column in said.required) for column, kind, comment in columns),
        key,
        tuple(other for other in keys if other != key),
        tuple(each for each in said.references if each.column in present and each.table in comments),
    )


@cache
def read_declared(models: Path = MODELS) -> dict[str, Declared]:
    """What the YAML files say of each model."""
    found: dict[str, Declared] = {}
    for path in sorted(models.rglob("*.yml")):
        content = yaml.safe_load(path.read_text("utf-8")) or {}
        for model in content.get("models", []):
            found[model["name"]] = _declared(model)
    return found


def _declared(model: Mapping[str, Any]) -> Declared:
    required: set[str] = set()
    keys, references = [], []
    for test in model.get("data_tests", []):
        if isinstance(test, dict) and "unique_together" in test:
            keys.append(tuple(test["unique_together"]["arguments"]["columns"]))
            required.update(keys[-1])  # the test finds empty ones, too
    for column in model.get("columns", []):
        name = column["name"]
        if any(constraint.get("type") == "not_null" for constraint in column.get("constraints", [])):
            required.add(name)
        for test in column.get("data_tests", []):
            if test == "unique" or (isinstance(test, dict) and "unique" in test):
                keys.append((name,))
            elif isinstance(test, dict) and "relationships" in test:
                arguments = test["relationships"]["arguments"]
                if target := _REF.search(arguments["to"]):
                    references.append(Reference(name, target[1], arguments["field"]))
    types = {column["name"]: str(column.get("data_type", "")) for column in model.get("columns", [])}
    return Declared(types, frozenset(required), tuple(keys), tuple(references))
