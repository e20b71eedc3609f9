"""Which PostgreSQL server the marts are published to, and as whom people read there."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import psycopg
from psycopg import sql

from publish.snapshot import PublishError

READER = "gongkai_reader"
"""The role that may read what is published, and nothing else; people and tools are made members of it."""
CONNECTION = "GONGKAI_POSTGRES"
"""Environment: a connection string or URI as libpq takes it; empty means that nothing goes to PostgreSQL."""
READER_PASSWORD = "GONGKAI_POSTGRES_READER_PASSWORD"  # noqa: S105 - the variable's name
"""Environment: lets the reader's role log in with this password; without it the role can't log in."""
PATIENCE = "GONGKAI_POSTGRES_PATIENCE"
"""Environment: how many seconds a swap waits for readers who are in its way."""
_PATIENCE_SECONDS = 600.0
_PUBLISHER_LOCK = 7_026_116_512  # "gongkai" has no number of its own; any will do that no other program takes
_ENCODING = "UTF8"
_CONNECTION_LOST = frozenset({"08", "57"})
"""Classes of PostgreSQL's states that say that there is no (longer a) server to talk to."""


class UnavailableError(Exception):
    """The server can't be reached, went away, or could not do it now; trying again may help."""


@dataclass(frozen=True, slots=True)
class Target:
    """A server to publish to.

    Attributes:
        conninfo: as libpq takes it; may hold a password, so it is never printed.
        reader_password: what the reader's role logs in with; null leaves the role without login.
        patience_seconds: how long a swap waits for readers in its way.
    """

    conninfo: str = field(repr=False)
    reader_password: str | None = field(default=None, repr=False)
    patience_seconds: float = _PATIENCE_SECONDS

    @classmethod
    def from_environment(cls, conninfo: str | None = None) -> Target | None:
        """The server that the environment (or the caller) names; null if none is named."""
        named = conninfo or os.environ.get(CONNECTION)
        if not named:
            return None
        patience = float(os.environ.get(PATIENCE) or _PATIENCE_SECONDS)
        return cls(named, os.environ.get(READER_PASSWORD) or None, patience)


@contextmanager
def connect(target: Target) -> Iterator[psycopg.Connection]:
    """A connection that commits each statement unless in a `transaction()`.

    Raises:
        UnavailableError: there is no such server, or it went away.
        PublishError: the server refused something.
    """
    try:
        with psycopg.connect(
            target.conninfo,
            autocommit=True,
            connect_timeout=10,
            fallback_application_name="gongkai",
        ) as connection:
            _prepare(connection)
            yield connection
    except psycopg.OperationalError as error:
        what = (
            "这时没能完成发布" if (error.sqlstate or "08")[:2] not in _CONNECTION_LOST else "连不上或中途断开"
        )
        raise UnavailableError(f"PostgreSQL {what}，原有数据不变：{_first_line(error)}") from error
    except psycopg.Error as error:
        raise PublishError(f"PostgreSQL 拒绝了发布，原有数据不变：{_first_line(error)}") from error


def place_of(connection: psycopg.Connection) -> str:
    """Where a connection leads, for people: host, port and database, no user, no password."""
    info = connection.info
    return f"{info.host or 'localhost'}:{info.port}/{info.dbname}"


def take_publishers_lock(connection: psycopg.Connection) -> None:
    """Make sure that no other publisher works on this database; released with the connection.

    Raises:
        PublishError: another one is at work.
    """
    row = connection.execute("select pg_try_advisory_lock(%s)", [_PUBLISHER_LOCK]).fetchone()
    if not (row and row[0]):
        raise PublishError(f"另一个进程正在向 {place_of(connection)} 发布，请等它结束后再试。")


def provide_reader(connection: psycopg.Connection, target: Target) -> None:
    """See to it that the reader's role is there, with the password that was asked for, or without login.

    Raises:
        PublishError: the role is missing and may not be made.
    """
    role = sql.Identifier(READER)
    known = connection.execute("select 1 from pg_roles where rolname = %s", [READER]).fetchone()
    if not known:
        try:
            connection.execute(sql.SQL("create role {} nologin").format(role))
            connection.execute(
                sql.SQL("comment on role {} is {}").format(role, "政务公开年报数据仓库的只读角色")
            )
            # a habit, not the protection: the role has no right to write anything
            connection.execute(sql.SQL("alter role {} set default_transaction_read_only = on").format(role))
        except psycopg.errors.InsufficientPrivilege as error:
            raise PublishError(
                f"PostgreSQL 里没有只读角色 {READER}，发布用户也无权创建；请管理员执行：create role {READER} nologin;"
            ) from error
    if target.reader_password:
        # hashed here, so that the password is in no statement that the server could log
        password = connection.pgconn.encrypt_password(
            target.reader_password.encode(), READER.encode(), b"scram-sha-256"
        ).decode()
        connection.execute(sql.SQL("alter role {} login password {}").format(role, password))


def _prepare(connection: psycopg.Connection) -> None:
    # waits of the publisher are bounded; of its locks only those of a swap could make readers wait, and it sets its own
    connection.execute("set lock_timeout = '30s'")
    connection.execute("set client_min_messages = warning")
    connection.execute("set default_transaction_isolation = 'read committed'")
    row = connection.execute("show server_encoding").fetchone()
    if row is None or row[0] != _ENCODING:
        raise PublishError(
            f"数据库 {place_of(connection)} 的编码不是 {_ENCODING}，不能存中文；"
            f"请用 create database … encoding 'UTF8' template template0 新建一个。"
        )


def _first_line(error: psycopg.Error) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return "；".join(lines[:3]) or type(error).__name__
