"""What is on record about alerts: one SQLite file, `operations/alerts.sqlite`, apart from what is published.

SQLite and not a file a load: what is open is looked up by identity, and what a message has told is there whole or not at
all after a kill. Three tables:

* `alert`: every matter met, with its state. A matter that comes back after it was mended begins a new *episode*.
* `message`: every try to send one, with what became of it. The row is written before the message is sent.
* `told`: which channel knows of which episode, that it is open or that it is mended; written with the message's success.

A kill between sending and recording leaves a message in the state `sending`: the next one says the same again. So nothing is lost,
and at most that one message is repeated.
"""

from __future__ import annotations

import contextlib
import fcntl
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from alerts.alert import Alert, Severity, kinds
from gongkai.settings import TIME_ZONE, Home

OPEN: Final = "open"
RESOLVED: Final = "resolved"
EVENT: Final = "event"
"""States: something that lasts, something mended, something that has happened."""

_EVENT_DAYS: Final = 7
"""What has happened longer ago is no news to a channel that is set up today."""

_TABLES: Final = """
create table if not exists alert (
    identity text primary key,
    kind text not null,
    severity text not null,
    message text not null,
    subject text not null,
    rule text,
    source text,
    place text,
    agency_key text,
    year integer,
    position text,
    weight real not null,
    state text not null,            -- open, resolved, event
    episode integer not null,
    opened_load text not null,      -- of this episode
    opened_at text not null,
    seen_load text not null,        -- the last load that met it
    seen_at text not null,
    resolved_load text,
    resolved_at text
) without rowid;
create index if not exists alert_state on alert (state, kind);
create table if not exists message (
    number integer primary key,
    channel text not null,
    load_id text not null,
    state text not null,            -- sending, sent, failed, interrupted
    title text not null,
    new integer not null,
    resolved integer not null,
    still_open integer not null,
    began_at text not null,
    ended_at text,
    trouble text                    -- why it failed; secrets blotted out
);
create table if not exists told (
    channel text not null,
    identity text not null,
    episode integer not null,
    what text not null,             -- open, resolved
    message integer not null,
    told_at text not null,
    primary key (channel, identity, episode, what)
) without rowid;
create table if not exists gathered (
    load_id text primary key,       -- loads whose alerts have been taken up
    at text not null
) without rowid;
"""
_ALERT: Final = tuple(Alert.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class Entry:
    """An alert with what is on record of it."""

    alert: Alert
    state: str
    episode: int
    opened_load: str
    opened_at: datetime
    resolved_at: datetime | None
    told_before: bool = False


class Ledger:
    """The records. Use as a context manager: one process at a time, the others wait."""

    def __init__(self, home: Home) -> None:
        self._path = home.operations / "alerts.sqlite"
        self._held = contextlib.ExitStack()

    def __enter__(self) -> Self:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        lock = self._held.enter_context(self._path.with_suffix(".lock").open("a"))
        fcntl.flock(lock, fcntl.LOCK_EX)  # let go by the system when this process dies
        self._connection = sqlite3.connect(self._path, isolation_level=None)
        self._connection.execute("pragma journal_mode=wal")
        self._connection.execute("pragma synchronous=full")
        self._connection.executescript(_TABLES)
        # whoever was sending is gone: nobody can tell whether the message got through
        self._connection.execute("update message set state = 'interrupted' where state = 'sending'")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()
        self._held.close()

    # --- what is the matter ---

    def open_identities(self, *wanted: str) -> list[str]:
        """Identities of the open alerts of some kinds."""
        marks = ", ".join("?" * len(wanted))
        rows = self._connection.execute(
            f"select identity from alert where state = 'open' and kind in ({marks}) order by identity",  # noqa: S608
            wanted,
        )
        return [identity for (identity,) in rows]

    def take_up(
        self, load_id: str, met: Iterable[Alert], gone: Iterable[str], *, at: datetime | None = None
    ) -> None:
        """Keep what a load has met and what it has found mended, in one go.

        Args:
            load_id: the load.
            met: what there is to tell; known alerts are kept up to date.
            gone: identities that are open no more; what is among `met` stays open.
            at: when; default now.
        """
        now = _stamp(at)
        alerts = {alert.identity: alert for alert in met}
        with self._transaction():
            for alert in alerts.values():
                self._meet(alert, load_id, now)
            self._connection.executemany(
                "update alert set state = 'resolved', resolved_load = ?, resolved_at = ?"
                " where identity = ? and state = 'open'",
                ((load_id, now, identity) for identity in gone if identity not in alerts),
            )
            self._connection.execute("insert or ignore into gathered values (?, ?)", (load_id, now))

    def _meet(self, alert: Alert, load_id: str, now: str) -> None:
        values = [*(_stored(getattr(alert, column)) for column in _ALERT), load_id, now]
        columns = ", ".join(_ALERT)
        state = OPEN if kinds()[alert.kind].lasts else EVENT
        updates = ", ".join(f"{column} = excluded.{column}" for column in (*_ALERT, "seen_load", "seen_at"))
        self._connection.execute(
            f"insert into alert ({columns}, seen_load, seen_at, opened_load, opened_at, state, episode)"  # noqa: S608
            f" values ({', '.join('?' * (len(values) + 4))})"
            f" on conflict (identity) do update set {updates},"
            " opened_load = case when state = 'resolved' then excluded.opened_load else opened_load end,"
            " opened_at = case when state = 'resolved' then excluded.opened_at else opened_at end,"
            " episode = episode + (state = 'resolved'),"
            " resolved_load = null, resolved_at = null,"
            " state = case when state = 'resolved' then 'open' else state end",
            (*values, load_id, now, state, 1),
        )

    def was_gathered(self, load_id: str) -> bool:
        """Whether a load's alerts have been taken up."""
        return bool(
            self._connection.execute("select 1 from gathered where load_id = ?", (load_id,)).fetchone()
        )

    def first_gathered(self) -> str | None:
        """The first load whose alerts were taken up; null if there is none."""
        [found] = self._connection.execute("select min(load_id) from gathered").fetchone()
        return None if found is None else str(found)

    def known(self, kind: str) -> set[str]:
        """Identities of all alerts of a kind ever met."""
        return {
            identity
            for (identity,) in self._connection.execute("select identity from alert where kind = ?", (kind,))
        }

    def entries(self, state: str | None = OPEN) -> Iterator[Entry]:
        """Alerts in a state (null: all), the worst and oldest first."""
        rows = self._connection.execute(
            f"select {', '.join(_ALERT)}, state, episode, opened_load, opened_at, resolved_at, 0"  # noqa: S608
            " from alert where ?1 is null or state = ?1",
            (state,),
        )
        yield from sorted(
            map(_entry, rows), key=lambda each: (each.alert.severity, each.opened_at, each.alert.identity)
        )

    # --- who knows ---

    def to_tell(self, channel: str, *, now: datetime | None = None) -> Iterator[Entry]:
        """Alerts that a channel has not been told of, or is to be told of again."""
        moment = now or datetime.now(TIME_ZONE)
        rows = self._connection.execute(
            f"""
            select {", ".join(f"alert.{column}" for column in _ALERT)}, state, alert.episode, opened_load, opened_at,
                   resolved_at, told_at is not null, told_at
            from alert
            left join told on told.channel = ? and told.identity = alert.identity
                and told.episode = alert.episode and told.what = 'open'
            where state in ('open', 'event')
            """,  # noqa: S608 - our own columns
            (channel,),
        )
        for *row, told_at in rows:
            entry = _entry(row)
            again = kinds()[entry.alert.kind].again_days
            if told_at is None:
                fresh = entry.state == OPEN or entry.opened_at >= moment - timedelta(days=_EVENT_DAYS)
            else:
                # half a day less: nights do not begin on the minute
                fresh = (
                    entry.state == OPEN
                    and again is not None
                    and moment >= datetime.fromisoformat(told_at) + timedelta(days=again - 0.5)
                )
            if fresh:
                yield entry

    def mended(self, channel: str) -> list[Entry]:
        """Alerts that a channel was told of and does not know to be resolved."""
        rows = self._connection.execute(
            f"""
            select {", ".join(f"alert.{column}" for column in _ALERT)}, state, alert.episode, opened_load, opened_at,
                   resolved_at, 1
            from alert
            inner join told on told.channel = ?1 and told.identity = alert.identity
                and told.episode = alert.episode and told.what = 'open'
            where state = 'resolved' and not exists (
                select 1 from told as later where later.channel = ?1 and later.identity = alert.identity
                    and later.episode = alert.episode and later.what = 'resolved'
            )
            """,  # noqa: S608 - our own columns
            (channel,),
        )
        return sorted(map(_entry, rows), key=lambda each: (each.alert.severity, each.alert.identity))

    def count_all_open(self) -> int:
        """How many alerts are open, whoever knows of them."""
        [count] = self._connection.execute("select count(*) from alert where state = 'open'").fetchone()
        return int(count)

    def count_open(self, channel: str) -> int:
        """How many open alerts a channel knows of."""
        [count] = self._connection.execute(
            "select count(*) from alert inner join told using (identity, episode)"
            " where told.channel = ? and what = 'open' and state = 'open'",
            (channel,),
        ).fetchone()
        return int(count)

    # --- messages ---

    def begin_message(self, channel: str, load_id: str, title: str, counts: Mapping[str, int]) -> int:
        """Note that a message is about to be sent; its number."""
        cursor = self._connection.execute(
            "insert into message (channel, load_id, state, title, new, resolved, still_open, began_at)"
            " values (?, ?, 'sending', ?, ?, ?, ?, ?)",
            (channel, load_id, title, counts["new"], counts["resolved"], counts["still_open"], _stamp()),
        )
        return int(cursor.lastrowid or 0)

    def message_sent(self, number: int, channel: str, new: Sequence[Entry], mended: Sequence[Entry]) -> None:
        """Note that a message was taken, and with it what the channel knows now."""
        now = _stamp()
        rows = [(entry, OPEN) for entry in new] + [(entry, RESOLVED) for entry in mended]
        with self._transaction():
            self._connection.execute(
                "update message set state = 'sent', ended_at = ? where number = ?", (now, number)
            )
            self._connection.executemany(
                "insert or replace into told values (?, ?, ?, ?, ?, ?)",
                ((channel, entry.alert.identity, entry.episode, what, number, now) for entry, what in rows),
            )

    def message_failed(self, number: int, trouble: str) -> None:
        """Note that a message was not taken, and why (without secrets)."""
        self._connection.execute(
            "update message set state = 'failed', ended_at = ?, trouble = ? where number = ?",
            (_stamp(), trouble, number),
        )

    def messages(self, limit: int = 20) -> list[dict[str, Any]]:
        """The last messages, newest first."""
        cursor = self._connection.execute("select * from message order by number desc limit ?", (limit,))
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor]

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("begin immediate")
        try:
            yield
        except BaseException:
            self._connection.execute("rollback")
            raise
        self._connection.execute("commit")


def _entry(row: Sequence[Any]) -> Entry:
    values = dict(zip(_ALERT, row, strict=False))
    values["severity"] = Severity.of(values["severity"])
    state, episode, opened_load, opened_at, resolved_at, told_before = row[len(_ALERT) : len(_ALERT) + 6]
    return Entry(
        Alert(**values),
        state,
        episode,
        opened_load,
        datetime.fromisoformat(opened_at),
        datetime.fromisoformat(resolved_at) if resolved_at else None,
        bool(told_before),
    )


def _stored(value: object) -> object:
    return value.name if isinstance(value, Severity) else value


def _stamp(when: datetime | None = None) -> str:
    return (when or datetime.now(TIME_ZONE)).isoformat(timespec="seconds")


def ledger_exists(home: Home) -> bool:
    """Whether anything is on record."""
    return Path(home.operations / "alerts.sqlite").exists()
