"""Brings PostgreSQL up to the published warehouse, so that no reader waits or sees two loads at once.

As a rule by *changes*: the rows that differ are deleted and written in one transaction. Readers take no notice; a query, and a
transaction of isolation level repeatable read, sees the state before or after, whole.

Where the tables themselves have changed, or most rows have, by a *swap*: everything is written into a new schema, which takes the old
one's name in one transaction. That transaction first takes all old tables for itself: without that, a query that is just
being parsed could resolve one table's name before and another's after the renaming, and join two loads. It waits for them for
some hundredths of a second only, since readers who come meanwhile wait behind it, and tries again later.

The rows are written frozen: a transaction that began before the swap and has not yet looked at a table would otherwise find it empty.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import psycopg
from psycopg import sql

from publish.catalog import Table, held_load, open_warehouse, read_catalog
from publish.postgres.digests import PARTS_COLUMNS, Difference, differences, digest_query, parts_of
from publish.postgres.layout import Physical, create_table, finish_table, grants, refer, structure
from publish.postgres.stream import copy_rows
from publish.postgres.target import READER, Target, connect, place_of, provide_reader, take_publishers_lock
from publish.snapshot import PUBLISHED_SCHEMA, PublishError

log = logging.getLogger(__name__)

STATE_SCHEMA = "marts_state"
"""What PostgreSQL holds: which load, of which structure, with which digests. Readers have no business in it."""
_NEXT, _NEXT_STATE = "marts_next", "marts_state_next"
_OLD, _OLD_STATE = "marts_before", "marts_state_before"

WAIT_FOR_READERS = 0.05
"""Seconds that one try of a swap waits for readers: readers who come meanwhile wait as long, and for the renaming."""
_PAUSE_SECONDS = (0.2, 0.8)
_DROP_TRIES, _DROP_PAUSE_SECONDS = 50, 0.1
SWAP_SHARE = 0.3
"""Where more than this share of all rows is exchanged, a swap is cheaper and leaves no dead rows behind."""
_SWAP_ROWS = 500_000
"""Fewer rows than these are always exchanged in place."""

_STATE_TABLES = """
create table {schema}.publication (
    load_id text not null, structure text not null, published_at timestamptz not null default now()
);
create table {schema}.part (table_name text not null, part text not null, digest bigint not null, row_count bigint not null);
"""


@dataclass(frozen=True, slots=True)
class Published:
    """What became of a publication.

    Attributes:
        place: host, port and database.
        load_id: the load that PostgreSQL holds now.
        how: `unchanged`, `changes` or `swap`.
        rows_written: rows that were written.
        rows_deleted: rows that were deleted (0 in a swap).
        tables: how many tables were touched.
    """

    place: str
    load_id: str
    how: str
    rows_written: int
    rows_deleted: int
    tables: int

    @property
    def sentence(self) -> str:
        """What was done, for people."""
        done = {
            "unchanged": "没有变化",
            "changes": f"改动 {self.tables} 张表，写入 {self.rows_written:,} 行，删除 {self.rows_deleted:,} 行",
            "swap": f"整体替换，{self.tables} 张表共 {self.rows_written:,} 行",
        }
        return f"PostgreSQL {self.place} 现为加载 {self.load_id}：{done[self.how]}。"


class _NotAsRecordedError(Exception):
    """PostgreSQL's tables are not what its digests say: somebody has changed them."""


def publish_postgres(warehouse: Path, target: Target, *, replace: bool = False) -> Published:
    """Make PostgreSQL hold what is published now, whatever it holds.

    Repeating it changes nothing; ended at any moment, it leaves the old or the new rows, whole.

    Args:
        warehouse: the published DuckDB file.
        target: the server.
        replace: also if what it holds is not an earlier state of this warehouse.

    Returns:
        What was done.

    Raises:
        UnavailableError: the server is not there, or went away.
        PublishError: nothing is published, or the server holds something else, refuses, or its readers are in the way.
    """
    with connect(target) as connection:
        # before the warehouse is opened: who waited for another publisher would else bring older rows
        take_publishers_lock(connection)
        with open_warehouse(warehouse) as rows:
            return _Publication(rows, connection, target).bring_up(replace=replace)


class _Publication:
    """One publication over two open connections."""

    def __init__(
        self, rows: duckdb.DuckDBPyConnection, connection: psycopg.Connection, target: Target
    ) -> None:
        self._rows = rows
        self._connection = connection
        self._target = target
        self._physical = Physical.load()
        self._tables = read_catalog(rows)
        self._load_id = held_load(rows)
        self._structure = structure(self._tables, self._physical)

    def bring_up(self, *, replace: bool) -> Published:
        _drop_leftovers(self._connection)
        provide_reader(self._connection, self._target)
        held = _held(self._connection)
        if held is None:
            self._require_room(replace=replace)
            return self._swap()
        self._require_ours(held[0], replace=replace)
        if held[1] != self._structure:
            return self._swap()
        try:
            return self._change()
        except _NotAsRecordedError:
            log.warning("tables in PostgreSQL are not what was published there; they are written anew")
            return self._swap()

    # --- what may be replaced ---

    def _require_room(self, *, replace: bool) -> None:
        """A schema of the name that somebody else has made is not ours to drop."""
        taken = self._connection.execute(
            "select 1 from pg_class where relnamespace = to_regnamespace(%s) limit 1", [PUBLISHED_SCHEMA]
        ).fetchone()
        if taken and not replace:
            raise PublishError(
                f"{self._place} 里已有模式 {PUBLISHED_SCHEMA}，而且不是由本程序发布的；"
                "换一个数据库，或者确认可以替换后运行 gongkai publish --postgres --replace。"
            )

    def _require_ours(self, load_id: str, *, replace: bool) -> None:
        """A server that holds loads this warehouse knows nothing of belongs to another installation."""
        known = self._rows.execute(
            f"select 1 from {PUBLISHED_SCHEMA}.mart_load where load_id = ?",  # noqa: S608 - own name
            [load_id],
        ).fetchone()
        if not known and not replace:
            raise PublishError(
                f"{self._place} 里是加载 {load_id}，本仓库没有这次加载，可能是另一套安装发布的；"
                "确认可以替换后运行 gongkai publish --postgres --replace。"
            )

    @property
    def _place(self) -> str:
        return place_of(self._connection)

    # --- by changes ---

    def _change(self) -> Published:
        """Exchange the rows that differ, in one transaction; a swap if these are most."""
        written = deleted = touched = 0
        with self._connection.transaction():
            for table in self._tables:
                with differences(self._rows, self._connection, STATE_SCHEMA, table) as difference:
                    if difference is None:
                        continue
                    if _most(difference):
                        log.info("most rows of %s differ", table.name)
                        swap = True
                        break
                    self._exchange(difference)
                    written += difference.rows_come
                    deleted += difference.rows_gone
                    touched += 1
            else:
                swap = False
                self._record(STATE_SCHEMA)
            if swap:
                raise psycopg.Rollback
        if swap:
            return self._swap()
        how = "changes" if touched else "unchanged"
        log.info("%s: %d rows written, %d deleted in %d tables", how, written, deleted, touched)
        return Published(self._place, self._load_id, how, written, deleted, touched)

    def _exchange(self, difference: Difference) -> None:
        """Delete the parts that are gone, write those that have come, and keep their digests."""
        table = difference.table
        name = sql.Identifier(PUBLISHED_SCHEMA, table.name)
        gone = sql.Identifier("pg_temp", "gone")
        self._connection.execute("create temp table gone (part text not null) on commit drop")
        copy_rows(self._rows, "select part from gone", PARTS_COLUMNS[1:2], self._connection, gone)
        self._connection.execute("analyze pg_temp.gone")
        deleted = self._connection.execute(
            sql.SQL("delete from {} as t using {} as gone where {} = gone.part").format(
                name, gone, parts_of(table).in_postgres
            )
        ).rowcount
        self._connection.execute(
            sql.SQL(
                "delete from {} as p using {} as gone where p.table_name = {} and p.part = gone.part"
            ).format(sql.Identifier(STATE_SCHEMA, "part"), gone, sql.Literal(table.name))
        )
        self._connection.execute("drop table pg_temp.gone")
        come = f"where {parts_of(table).in_duckdb} in (select part from come)"  # noqa: S608 - own names
        written = self._copy(table, name, come, frozen=False)
        if (deleted, written) != (difference.rows_gone, difference.rows_come):
            raise _NotAsRecordedError(table.name)
        copy_rows(
            self._rows,
            "select table_name, part, digest, row_count from come",
            PARTS_COLUMNS,
            self._connection,
            sql.Identifier(STATE_SCHEMA, "part"),
        )
        self._connection.execute(sql.SQL("analyze {}").format(name))

    # --- by a swap ---

    def _swap(self) -> Published:
        """Write everything into a new schema and put it in the place of the old one."""
        self._refuse_if_others_depend()
        written = self._fill()
        self._exchange_schemas()
        _drop_leftovers(self._connection)
        log.info("swap: %d rows written in %d tables", written, len(self._tables))
        return Published(self._place, self._load_id, "swap", written, 0, len(self._tables))

    def _refuse_if_others_depend(self) -> None:
        """Views that people have made over our tables would go with them."""
        found = self._connection.execute(
            """
            select distinct view.oid::regclass::text
            from pg_depend as depends
            join pg_rewrite as rule on depends.classid = 'pg_rewrite'::regclass and depends.objid = rule.oid
            join pg_class as view on view.oid = rule.ev_class
            join pg_class as ours on depends.refclassid = 'pg_class'::regclass and depends.refobjid = ours.oid
            where ours.relnamespace = to_regnamespace(%s) and view.relnamespace <> ours.relnamespace
            order by 1
            """,
            [PUBLISHED_SCHEMA],
        ).fetchall()
        if found:
            names = "、".join(name for (name,) in found)
            raise PublishError(
                f"这次要整体替换 {self._place} 里的 {PUBLISHED_SCHEMA}（表结构有变或大部分数据有变），但这些视图建在它上面：{names}。"
                "请保存它们的定义并删除，运行 gongkai publish --postgres 之后再重建。"
            )

    def _fill(self) -> int:
        """Write all tables, their keys, indexes, comments and digests into the new schemas; the number of rows."""
        for schema in (_NEXT, _NEXT_STATE):
            self._connection.execute(sql.SQL("create schema {}").format(sql.Identifier(schema)))
        state = sql.SQL(_STATE_TABLES).format(schema=sql.Identifier(_NEXT_STATE))
        self._connection.execute(state)
        written = sum(self._write(table) for table in self._tables)
        by_name = {table.name: table for table in self._tables}
        for table in self._tables:
            for statement in (*refer(_NEXT, table, by_name), *grants(_NEXT, table)):
                self._connection.execute(statement)
        self._connection.execute(
            sql.SQL("create index on {} (table_name, part)").format(sql.Identifier(_NEXT_STATE, "part"))
        )
        self._connection.execute(sql.SQL("analyze {}").format(sql.Identifier(_NEXT_STATE, "part")))
        self._record(_NEXT_STATE)
        return written

    def _write(self, table: Table) -> int:
        """One table, whole; the number of its rows."""
        name = sql.Identifier(_NEXT, table.name)
        with self._connection.transaction():
            self._connection.execute(create_table(_NEXT, table))
            written = sum(self._copy(table, name, piece, frozen=True) for piece in self._pieces(table))
        for statement in finish_table(_NEXT, table, self._physical):
            self._connection.execute(statement)
        self._connection.execute(sql.SQL("analyze {}").format(name))
        copy_rows(
            self._rows,
            digest_query(table),
            PARTS_COLUMNS,
            self._connection,
            sql.Identifier(_NEXT_STATE, "part"),
        )
        self._require_all(table, name, written)
        return written

    def _require_all(self, table: Table, name: sql.Identifier, written: int) -> None:
        """What stands in PostgreSQL must be as many rows as are published."""
        [(published,)] = self._rows.execute(
            f'select count(*) from {PUBLISHED_SCHEMA}."{table.name}"'  # noqa: S608 - own names
        ).fetchall()
        row = self._connection.execute(sql.SQL("select count(*) from {}").format(name)).fetchone()
        if not row or {row[0], written} != {published}:
            raise PublishError(
                f"表 {table.name} 应有 {published} 行，写入 {written} 行，PostgreSQL 里有 {row and row[0]} 行；没有替换。"
            )

    def _pieces(self, table: Table) -> Sequence[str]:
        """Conditions that divide a table's rows, and the order of each piece."""
        order = [name for name in self._physical.order.get(table.name, ()) if table.column(name)]
        by = self._physical.pieces.get(table.name)
        ordered = f"order by {', '.join(order)}" if order else ""
        if by is None or table.column(by) is None:
            return [ordered]
        values = self._rows.execute(
            f'select distinct {by} from {PUBLISHED_SCHEMA}."{table.name}" order by all'  # noqa: S608 - own names
        ).fetchall()
        return [f"where {by} is not distinct from {_literal(value)} {ordered}" for (value,) in values]

    def _exchange_schemas(self) -> None:
        """Put the new schemas in the place of the old ones, as soon as readers leave the old tables for an instant."""
        if self._connection.execute("select to_regnamespace(%s)", [PUBLISHED_SCHEMA]).fetchone() == (None,):
            with self._connection.transaction():
                self._rename()
            return
        deadline = time.monotonic() + self._target.patience_seconds
        while not self._try_to_exchange():
            if time.monotonic() > deadline:
                raise PublishError(
                    f"等了 {self._target.patience_seconds:.0f} 秒，{PUBLISHED_SCHEMA} 里的表一直有人在读，没有替换，"
                    f"PostgreSQL 仍是原来的数据，下一次加载会再发布。占用者：{_readers(self._connection)}"
                )
            time.sleep(random.uniform(*_PAUSE_SECONDS))  # noqa: S311 - no secret

    def _try_to_exchange(self) -> bool:
        try:
            with self._connection.transaction():
                # of the whole statement: a lock's own limit would hold for each table anew
                self._connection.execute(f"set local statement_timeout = '{WAIT_FOR_READERS * 1000:.0f}ms'")
                _lock_tables(self._connection, PUBLISHED_SCHEMA, sql.SQL(""))
                self._connection.execute("set local statement_timeout = '5s'")
                self._rename()
        except (psycopg.errors.QueryCanceled, psycopg.errors.DeadlockDetected):
            return False
        return True

    def _rename(self) -> None:
        for current, old, new in (
            (PUBLISHED_SCHEMA, _OLD, _NEXT),
            (STATE_SCHEMA, _OLD_STATE, _NEXT_STATE),
        ):
            if self._connection.execute("select to_regnamespace(%s)", [current]).fetchone() != (None,):
                self._connection.execute(_rename_schema(current, old))
            self._connection.execute(_rename_schema(new, current))
        # granted last, so that nobody reads the new schema under its provisional name
        schema, role = sql.Identifier(PUBLISHED_SCHEMA), sql.Identifier(READER)
        self._connection.execute(sql.SQL("grant usage on schema {} to {}").format(schema, role))

    # --- both ---

    def _copy(self, table: Table, name: sql.Identifier, which: str, *, frozen: bool) -> int:
        columns = ", ".join(f'"{column.name}"' for column in table.columns)
        query = f'select {columns} from {PUBLISHED_SCHEMA}."{table.name}" {which}'  # noqa: S608 - own names
        return copy_rows(self._rows, query, table.columns, self._connection, name, frozen=frozen)

    def _record(self, state: str) -> None:
        """Say which load the rows are of."""
        name = sql.Identifier(state, "publication")
        self._connection.execute(sql.SQL("delete from {}").format(name))
        self._connection.execute(
            sql.SQL("insert into {} (load_id, structure) values ({}, {})").format(
                name, sql.Literal(self._load_id), sql.Literal(self._structure)
            )
        )


def _held(connection: psycopg.Connection) -> tuple[str, str] | None:
    """The load and the structure that PostgreSQL holds; null if nothing was published there."""
    there = connection.execute(
        "select to_regclass(%s) is not null and to_regnamespace(%s) is not null",
        [f"{STATE_SCHEMA}.publication", PUBLISHED_SCHEMA],
    ).fetchone()
    if not (there and there[0]):
        return None
    row = connection.execute(
        sql.SQL("select load_id, structure from {}").format(sql.Identifier(STATE_SCHEMA, "publication"))
    ).fetchone()
    return (str(row[0]), str(row[1])) if row else None


def _drop_leftovers(connection: psycopg.Connection) -> None:
    """Remove what was replaced, and what a publication that was killed has left.

    A prepared query that waited while its tables were replaced takes hold of the old ones once more, one by one, before it finds
    out. To wait for one of them while holding others could end in a deadlock with it, whose victim may be the reader: so all are
    taken at once, or none. What can't be removed now, the next publication removes.
    """
    for schema in (_NEXT, _NEXT_STATE, _OLD, _OLD_STATE):
        for _ in range(_DROP_TRIES):
            try:
                with connection.transaction():
                    _lock_tables(connection, schema, sql.SQL(" nowait"))
                    connection.execute(
                        sql.SQL("drop schema if exists {} cascade").format(sql.Identifier(schema))
                    )
                break
            except psycopg.errors.LockNotAvailable:
                time.sleep(_DROP_PAUSE_SECONDS)


def _lock_tables(connection: psycopg.Connection, schema: str, how: sql.SQL) -> None:
    """Take all tables of a schema for this transaction alone."""
    tables = connection.execute(
        "select relname from pg_class where relnamespace = to_regnamespace(%s) and relkind in ('r', 'p', 'v') order by 1",
        [schema],
    ).fetchall()
    if tables:
        names = sql.SQL(", ").join(sql.Identifier(schema, name) for (name,) in tables)
        connection.execute(sql.SQL("lock table {} in access exclusive mode").format(names) + how)


def _most(difference: Difference) -> bool:
    """Whether so many rows differ that writing the table anew is cheaper."""
    differing = max(difference.rows_gone, difference.rows_come)
    everything = max(difference.rows_held, difference.rows_come)
    return differing > _SWAP_ROWS and differing > SWAP_SHARE * everything


def _readers(connection: psycopg.Connection) -> str:
    """Who reads the published tables now, for people."""
    found = connection.execute(
        """
        select distinct activity.pid, activity.usename, activity.application_name,
            extract(epoch from now() - activity.xact_start)::int
        from pg_locks as lock
        join pg_class as class on class.oid = lock.relation
        join pg_stat_activity as activity using (pid)
        where class.relnamespace = to_regnamespace(%s) and lock.granted and activity.pid <> pg_backend_pid()
        order by 4 desc nulls last
        """,
        [PUBLISHED_SCHEMA],
    ).fetchall()
    return (
        "；".join(
            f"进程 {pid}（用户 {user}，程序 {program or '未知'}，事务已 {age or 0} 秒）"
            for pid, user, program, age in found
        )
        or "现在没有了"
    )


def _rename_schema(old: str, new: str) -> sql.Composed:
    return sql.SQL("alter schema {} rename to {}").format(sql.Identifier(old), sql.Identifier(new))


def _literal(value: object) -> str:
    if value is None:
        return "null"
    return str(value) if isinstance(value, int) else "'" + str(value).replace("'", "''") + "'"
