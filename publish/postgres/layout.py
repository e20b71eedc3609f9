"""How published tables look in PostgreSQL: columns, keys, indexes and comments, as SQL."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import yaml
from psycopg import sql
from pydantic import BaseModel, ConfigDict

from publish.catalog import Column, Table
from publish.postgres.target import READER
from publish.snapshot import PublishError

_TYPES: Mapping[str, str] = {
    "VARCHAR": "text",
    "BOOLEAN": "boolean",
    "TINYINT": "smallint",
    "UTINYINT": "smallint",
    "SMALLINT": "smallint",
    "USMALLINT": "integer",
    "INTEGER": "integer",
    "UINTEGER": "bigint",
    "BIGINT": "bigint",
    "UBIGINT": "numeric(20,0)",
    "HUGEINT": "numeric(38,0)",
    "FLOAT": "real",
    "DOUBLE": "double precision",
    "DATE": "date",
    "TIMESTAMP": "timestamp",
    "TIMESTAMP WITH TIME ZONE": "timestamptz",
}
_DECIMAL = re.compile(r"DECIMAL\((\d+),\s*(\d+)\)")
_NAME_BYTES = 63
"""PostgreSQL cuts longer names."""


class _Index(BaseModel):
    """An index of its own."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    columns: tuple[str, ...]
    include: tuple[str, ...] = ()
    where: str | None = None


class Physical(BaseModel):
    """`indexes.yaml`: in what order rows are written, in what pieces, and which indexes tables have."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    order: Mapping[str, tuple[str, ...]]
    pieces: Mapping[str, str]
    indexes: Mapping[str, tuple[_Index, ...]]

    @classmethod
    def load(cls) -> Physical:
        """As committed."""
        path = Path(__file__).with_name("indexes.yaml")
        return cls.model_validate(yaml.safe_load(path.read_text("utf-8")))


def column_type(column: Column) -> str:
    """The PostgreSQL type of a column.

    Raises:
        PublishError: there is none.
    """
    element, lists, _ = column.type.partition("[]")
    if element.startswith("ENUM"):
        element = "VARCHAR"
    decimal = _DECIMAL.fullmatch(element)
    known = f"numeric({decimal[1]},{decimal[2]})" if decimal else _TYPES.get(element)
    if known is None or column.type.count("[]") > 1:
        raise PublishError(f"列 {column.name} 的类型 {column.type} 在 PostgreSQL 里没有对应，无法发布。")
    return known + lists


def create_table(schema: str, table: Table) -> sql.Composed:
    """The statement that makes a table without keys and indexes."""
    columns = [
        sql.SQL("{} {}{}").format(
            sql.Identifier(column.name),
            sql.SQL(column_type(column)),
            sql.SQL(" not null" if column.required else ""),
        )
        for column in table.columns
    ]
    # cutting a table's empty end off is the one step of the vacuum that needs the table for itself
    return sql.SQL("create table {} ({}) with (vacuum_truncate = off)").format(
        sql.Identifier(schema, table.name), sql.SQL(", ").join(columns)
    )


def finish_table(schema: str, table: Table, physical: Physical) -> Iterator[sql.Composed]:
    """The statements that a filled table needs: keys, indexes, comments."""
    name = sql.Identifier(schema, table.name)
    required = {column.name for column in table.columns if column.required}
    if table.key and required.issuperset(table.key):
        yield sql.SQL("alter table {} add constraint {} primary key ({})").format(
            name, sql.Identifier(_fit(f"{table.name}_pkey")), _columns(table.key)
        )
    for key in table.other_keys if table.key and required.issuperset(table.key) else _all_keys(table):
        yield sql.SQL("alter table {} add constraint {} unique ({})").format(
            name, sql.Identifier(_fit(f"{table.name}_{'_'.join(key)}_key")), _columns(key)
        )
    for index in _indexes(table, physical):
        yield _create_index(name, table, index)
    yield from _comments(name, table)


def refer(schema: str, table: Table, tables: Mapping[str, Table]) -> Iterator[sql.Composed]:
    """The statements that tell PostgreSQL (and the BI tools that ask it) which columns are keys of other tables.

    Checked at the end of a transaction, so that rows of both tables can be exchanged in any order.
    """
    for each in table.references:
        target = tables[each.table]
        if (each.target,) not in {target.key, *target.other_keys}:
            continue
        yield sql.SQL(
            "alter table {} add constraint {} foreign key ({}) references {} ({}) deferrable initially deferred"
        ).format(
            sql.Identifier(schema, table.name),
            sql.Identifier(_fit(f"{table.name}_{each.column}_fkey")),
            sql.Identifier(each.column),
            sql.Identifier(schema, each.table),
            sql.Identifier(each.target),
        )


def grants(schema: str, table: Table) -> Iterator[sql.Composed]:
    """The statements that let the reader's role read a table and find its keys.

    The information schema, where Power BI looks for keys and references, hides them from who may only read. A right that serves for
    nothing shows them: to refer to a column that is no key, and that nobody therefore can refer to.
    """
    name, role = sql.Identifier(schema, table.name), sql.Identifier(READER)
    yield sql.SQL("grant select on {} to {}").format(name, role)
    in_keys = {column for key in _all_keys(table) for column in key}
    if free := [column.name for column in table.columns if column.name not in in_keys]:
        yield sql.SQL("grant references ({}) on {} to {}").format(sql.Identifier(free[-1]), name, role)


def structure(tables: Iterable[Table], physical: Physical) -> str:
    """A digest of everything about the tables but their rows: if it is the same, changed rows can be exchanged."""
    by_name = {table.name: table for table in tables}
    statements = []
    for table in by_name.values():
        statements.append(create_table("s", table).as_string())
        statements += [each.as_string() for each in finish_table("s", table, physical)]
        statements += [each.as_string() for each in refer("s", table, by_name)]
        statements += [each.as_string() for each in grants("s", table)]
    return hashlib.sha256("\n".join(statements).encode()).hexdigest()


def _all_keys(table: Table) -> tuple[tuple[str, ...], ...]:
    return (table.key, *table.other_keys) if table.key else table.other_keys


def _indexes(table: Table, physical: Physical) -> Sequence[_Index]:
    present = {column.name for column in table.columns}
    if table.name in physical.indexes:
        return [index for index in physical.indexes[table.name] if present.issuperset(index.columns)]
    begun = {key[0] for key in _all_keys(table)}
    found = []
    for column in dict.fromkeys(each.column for each in table.references):
        if column not in begun:
            found.append(_Index(columns=(column,)))
    return found


def _create_index(name: sql.Identifier, table: Table, index: _Index) -> sql.Composed:
    statement = sql.SQL("create index {} on {} ({})").format(
        sql.Identifier(_fit(f"{table.name}_{'_'.join(index.columns)}_idx")), name, _columns(index.columns)
    )
    if index.include:
        statement += sql.SQL(" include ({})").format(_columns(index.include))
    if index.where:
        statement += sql.SQL(" where {}").format(sql.Identifier(index.where))
    return statement


def _comments(name: sql.Identifier, table: Table) -> Iterator[sql.Composed]:
    if table.comment:
        yield sql.SQL("comment on table {} is {}").format(name, table.comment)
    for column in table.columns:
        if column.comment:
            yield sql.SQL("comment on column {}.{} is {}").format(
                name, sql.Identifier(column.name), column.comment
            )


def _columns(names: Iterable[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, names))


def _fit(name: str) -> str:
    """A name that PostgreSQL does not cut, still unlike others that begin alike."""
    if len(name.encode()) <= _NAME_BYTES:
        return name
    digits = hashlib.sha256(name.encode()).hexdigest()[:8]
    return f"{name[: _NAME_BYTES - 9]}_{digits}"
