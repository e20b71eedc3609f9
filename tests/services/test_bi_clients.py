"""What BI tools ask PostgreSQL when somebody connects them: the queries of their drivers, as the reader's role."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from publish.postgres.publishing import publish_postgres
from publish.postgres.target import READER, Target
from tests.publish.small_warehouse import Small, write_warehouse
from tests.services.postgres import Server
from tests.services.published import FILED

pytestmark = pytest.mark.services

POWER_BI_TABLES = """
select table_schema, table_name, table_type from information_schema.tables
where table_schema not in ('information_schema', 'pg_catalog') order by table_schema, table_name
"""
POWER_BI_COLUMNS = """
select column_name, ordinal_position, is_nullable,
    case when (data_type like '%unsigned%') then data_type || ' unsigned' else data_type end as data_type
from information_schema.columns where table_schema = 'marts' and table_name = 'fct_figure' order by ordinal_position
"""
POWER_BI_RELATIONS = """
select pkcol.column_name as pk_column_name, fkcol.table_schema as fk_table_schema, fkcol.table_name as fk_table_name,
    fkcol.column_name as fk_column_name, fkcol.ordinal_position as ordinal, fkcon.constraint_name as fk_name
from (select distinct constraint_catalog, constraint_schema, unique_constraint_schema, constraint_name, unique_constraint_name
      from information_schema.referential_constraints) fkcon
inner join information_schema.key_column_usage fkcol
    on fkcon.constraint_schema = fkcol.constraint_schema and fkcon.constraint_name = fkcol.constraint_name
inner join information_schema.key_column_usage pkcol
    on fkcon.unique_constraint_schema = pkcol.constraint_schema and fkcon.unique_constraint_name = pkcol.constraint_name
where pkcol.table_schema = 'marts' and pkcol.table_name = 'dim_report' and pkcol.ordinal_position = fkcol.ordinal_position
order by fkcon.constraint_name, fkcol.ordinal_position
"""
TABLEAU_TABLES = """
select null::text as table_cat, n.nspname as table_schem, c.relname as table_name, d.description as remarks
from pg_catalog.pg_namespace n, pg_catalog.pg_class c
left join pg_catalog.pg_description d on (c.oid = d.objoid and d.objsubid = 0 and d.classoid = 'pg_class'::regclass)
where c.relnamespace = n.oid and n.nspname like 'marts' and c.relkind in ('r', 'p') order by 2, 3
"""
TABLEAU_KEYS = """
select ct.relname as table_name, a.attname as column_name, (information_schema._pg_expandarray(i.indkey)).n as key_seq,
    ci.relname as pk_name
from pg_catalog.pg_class ct
join pg_catalog.pg_attribute a on (ct.oid = a.attrelid)
join pg_catalog.pg_namespace n on (ct.relnamespace = n.oid)
join pg_catalog.pg_index i on (a.attrelid = i.indrelid)
join pg_catalog.pg_class ci on (ci.oid = i.indexrelid)
where n.nspname = 'marts' and ct.relname = 'dim_agency' and i.indisprimary and a.attnum = any (i.indkey)
"""
METABASE_FIELDS = """
select c.column_name as name, c.udt_name as "database-type", c.ordinal_position - 1 as "database-position", c.table_schema, c.table_name,
    pk.column_name is not null as "pk?", col_description(cast(cast(format('%I.%I', cast(c.table_schema as text), cast(c.table_name as text)) as regclass) as oid),
    c.ordinal_position) as "field-comment", c.is_nullable
from information_schema.columns as c
left join (select tc.table_schema, tc.table_name, kc.column_name from information_schema.table_constraints as tc
    inner join information_schema.key_column_usage as kc on tc.constraint_name = kc.constraint_name and tc.table_schema = kc.table_schema
    and tc.table_name = kc.table_name where tc.constraint_type = 'PRIMARY KEY') as pk
    on c.table_schema = pk.table_schema and c.table_name = pk.table_name and c.column_name = pk.column_name
where c.table_schema !~ '^information_schema|catalog_history|pg_' and c.table_schema in ('marts') order by c.table_name, c.ordinal_position
"""
METABASE_KEYS = """
select fk_ns.nspname as "fk-table-schema", fk_table.relname as "fk-table-name", fk_column.attname as "fk-column-name",
    pk_ns.nspname as "pk-table-schema", pk_table.relname as "pk-table-name", pk_column.attname as "pk-column-name"
from pg_constraint as c
inner join pg_class as fk_table on c.conrelid = fk_table.oid
inner join pg_namespace as fk_ns on c.connamespace = fk_ns.oid
inner join pg_attribute as fk_column on c.conrelid = fk_column.attrelid
inner join pg_class as pk_table on c.confrelid = pk_table.oid
inner join pg_namespace as pk_ns on pk_table.relnamespace = pk_ns.oid
inner join pg_attribute as pk_column on c.confrelid = pk_column.attrelid
where c.contype = 'f' and fk_column.attnum = any (c.conkey) and pk_column.attnum = any (c.confkey) and fk_ns.nspname = 'marts'
"""
METABASE_ROWS = """
select schema, name, privileges from (
    select n.nspname as schema, c.relname as name, has_table_privilege(current_user, c.oid, 'select') as privileges
    from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relkind in ('r', 'v', 'f', 'm', 'p') and n.nspname = 'marts'
) as found where not privileges
"""
# what the tools send for a chart: Tableau with quoted names and casts, Power BI with a subquery and a limit, Metabase with quoted names
CHARTS = (
    'select "mart_agency_year"."year" as "year", sum("mart_agency_year"."requests_received") as "sum:requests_received:ok"'
    ' from "marts"."mart_agency_year" "mart_agency_year"'
    ' inner join "marts"."dim_agency" "dim_agency" on ("mart_agency_year"."agency_key" = "dim_agency"."agency_key") group by 1',
    'select "_"."agency_key", "_"."year", "_"."value" from (select * from "marts"."fct_figure") "_" where "_"."year" = 2024 limit 1001',
    'select "source"."level_zh" as "level_zh", count(*) as "count" from "marts"."mart_agency_year" as "source"'
    ' group by "source"."level_zh" order by "source"."level_zh" asc',
    'begin; declare "SQL_CUR1" cursor with hold for select * from marts.dim_metric; fetch 10 in "SQL_CUR1"; close "SQL_CUR1"; commit',
)


@pytest.fixture(scope="module")
def reader(postgres_server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[psycopg.Connection]:
    """A person's own login that was given the reader's role."""
    owner = postgres_server.create_database("bi")
    warehouse = write_warehouse(tmp_path_factory.mktemp("bi") / "warehouse.duckdb", Small(filed=FILED))
    publish_postgres(Path(warehouse), Target(owner))
    with psycopg.connect(owner, autocommit=True) as connection:
        connection.execute("drop role if exists alice")
        connection.execute("create role alice login")
        connection.execute(f"grant {READER} to alice".encode())
        connection.execute("create schema own authorization alice")
    with psycopg.connect(postgres_server.conninfo("bi", "alice"), autocommit=True) as connection:
        yield connection


def _rows(reader: psycopg.Connection, query: str) -> list[tuple[Any, ...]]:
    return reader.execute(query.encode()).fetchall()


def test_power_bi_finds_tables_columns_and_relations(reader: psycopg.Connection) -> None:
    tables = _rows(reader, POWER_BI_TABLES)
    assert {schema for schema, _, _ in tables} == {"marts"}
    assert ("marts", "fct_figure", "BASE TABLE") in tables
    types = {name: kind for name, _, _, kind in _rows(reader, POWER_BI_COLUMNS)}
    assert (types["report_id"], types["year"], types["value"]) == ("text", "integer", "numeric")
    relations = {(table, column) for _, _, table, column, _, _ in _rows(reader, POWER_BI_RELATIONS)}
    assert relations >= {("fct_figure", "report_id"), ("fct_finding", "report_id")}


def test_tableau_finds_tables_with_their_meaning_and_keys(reader: psycopg.Connection) -> None:
    remarks = {name: remark for _, _, name, remark in _rows(reader, TABLEAU_TABLES)}
    assert remarks["fct_figure"].startswith("数值")
    assert all(remarks.values())
    assert [row[1] for row in _rows(reader, TABLEAU_KEYS)] == ["agency_key"]


def test_metabase_finds_fields_with_comments_keys_and_may_read_all(reader: psycopg.Connection) -> None:
    fields = _rows(reader, METABASE_FIELDS)
    assert all(field[6] for field in fields), [field[:5] for field in fields if not field[6]]
    assert [field[0] for field in fields if field[4] == "dim_agency" and field[5]] == ["agency_key"]
    keys = {(row[1], row[2], row[4], row[5]) for row in _rows(reader, METABASE_KEYS)}
    assert ("fct_figure", "metric_key", "dim_metric", "metric_key") in keys
    assert _rows(reader, METABASE_ROWS) == []


def test_who_may_only_read_can_put_nothing_in_the_way_of_a_load(reader: psycopg.Connection) -> None:
    """The right that makes keys visible is good for nothing else, also for who has a schema of his own."""
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        reader.execute("create table own.mine (report_id text references marts.dim_report)")
    with pytest.raises(psycopg.errors.InvalidForeignKey):
        reader.execute("create table own.mine (load_id text references marts.dim_report (load_id))")
    with pytest.raises(psycopg.errors.InsufficientPrivilege), reader.transaction():
        reader.execute("lock table marts.dim_report in share mode")


@pytest.mark.parametrize("query", CHARTS)
def test_charts_are_answered(reader: psycopg.Connection, query: str) -> None:
    reader.execute(query.encode())
