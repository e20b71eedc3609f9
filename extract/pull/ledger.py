"""What is known of a source's addresses: one SQLite file a source under `pull/` in the home.

SQLite and not a journal of our own: a night looks up thousands of addresses among many more, each group of changes
must be there whole or not at all after a kill, and whoever is on call can query it. Write-ahead logging keeps
what is committed through the death of the process; a document's bytes are always on disk before the row that names them,
so that what a power cut takes is at most asked for again.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

_WAIT_SECONDS: Final = 60.0
_NIGHTS_KEPT: Final = 400
HISTORY: Final = ("new", "changed", "gone", "moved", "delisted")
"""Outcomes that belong to an address's history: those of a load that was not published are landed again."""

_TABLES = """
create table if not exists address (
    address text not null,
    is_list integer not null,
    role text,              -- list, page (leads to documents), document
    parent text,            -- the list or page that led here first
    sha256 text,            -- of what was there last
    etag text,
    last_modified text,
    mark text,              -- for files: unchanged as long as it is the same
    reading_key text,       -- settings that the reading was made with
    reading text,           -- JSON: what a list or page leads to
    outcome text,           -- of the last request
    failures integer not null default 0,    -- in a row
    first_seen text,
    last_seen text,         -- last listed
    checked_at text,
    checked_load text,
    good_at text,           -- when it was last there
    gone_since text,
    delisted_since text,
    moved_to text,
    primary key (address, is_list)
) without rowid;
create index if not exists address_sha256 on address (sha256);
create table if not exists version (
    number integer primary key,
    address text not null,
    sha256 text not null,
    parent text,
    final_address text,
    name text not null,
    size_bytes integer not null,
    retrieved_at text not null,
    first_load text not null,
    hint_title text,
    hint_agency text,
    hint_year integer,
    hint_evidence text,
    published_on text,
    unique (address, sha256)
);
create index if not exists version_sha256 on version (sha256);
create table if not exists event (
    load_id text not null,
    address text not null,
    role text not null,
    outcome text not null,
    parent text,
    status integer,
    error_class text,
    sentence text,
    attempts integer,
    sha256 text,
    previous_sha256 text,
    moved_to text,
    content_type text,
    size_bytes integer,
    retrieved_at text,
    archived text,
    landed_load text,       -- the load that has landed it last
    primary key (load_id, address, role, outcome)
) without rowid;
create table if not exists night (
    load_id text primary key,
    ended_at text not null,
    listed integer not null,
    complete integer not null
);
"""


@dataclass(frozen=True, slots=True)
class Known:
    """An address as it was last known; see the table `address`."""

    address: str
    role: str | None
    sha256: str | None
    etag: str | None
    last_modified: str | None
    mark: str | None
    reading_key: str | None
    reading: str | None
    outcome: str | None
    failures: int
    checked_at: str | None
    checked_load: str | None
    good_at: str | None
    gone_since: str | None
    delisted_since: str | None
    moved_to: str | None

    @property
    def links(self) -> Mapping[str, Any] | None:
        """What a list or page led to when it was last read."""
        kept: Mapping[str, Any] | None = json.loads(self.reading) if self.reading else None
        return kept

    def is_due(self, now: datetime, recheck_days: int) -> bool:
        """Whether it is to be asked for again: known ones at the interval, failed ones soon, then more and more rarely."""
        if self.checked_at is None:
            return True
        days: float = min(self.failures - 1, recheck_days) if self.failures else recheck_days
        # half a day less: nights do not begin on the minute
        return now >= datetime.fromisoformat(self.checked_at) + timedelta(days=max(days - 0.5, 0))


@dataclass(frozen=True, slots=True)
class Version:
    """A document that was once at an address; see the table `version`."""

    address: str
    sha256: str
    parent: str | None
    final_address: str | None
    name: str
    size_bytes: int
    retrieved_at: datetime
    hint_title: str | None = None
    hint_agency: str | None = None
    hint_year: int | None = None
    hint_evidence: str | None = None
    published_on: date | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """What became of an address in a load; see the landing dataset `fetches`."""

    address: str
    role: str
    outcome: str
    parent: str | None = None
    status: int | None = None
    error_class: str | None = None
    sentence: str | None = None
    attempts: int | None = None
    sha256: str | None = None
    previous_sha256: str | None = None
    moved_to: str | None = None
    content_type: str | None = None
    size_bytes: int | None = None
    retrieved_at: datetime | None = None
    archived: str | None = None


_KNOWN = ", ".join(Known.__dataclass_fields__)
_VERSION = tuple(Version.__dataclass_fields__)
_EVENT = tuple(Event.__dataclass_fields__)


class Ledger:
    """A source's state while one load pulls it. Use as a context manager, from one thread.

    Args:
        path: the SQLite file.
        load_id: the load at work.
    """

    def __init__(self, path: Path, load_id: str) -> None:
        self._path = path
        self._load_id = load_id

    def __enter__(self) -> Self:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._connection = sqlite3.connect(self._path, timeout=_WAIT_SECONDS, isolation_level=None)
        self._connection.execute("pragma journal_mode=wal")
        self._connection.execute("pragma synchronous=normal")
        self._connection.executescript(_TABLES)
        self._connection.execute("begin immediate")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # what was settled before an error stands: the next try goes on from there
        self._connection.execute("commit")
        self._connection.close()

    def commit(self) -> None:
        """Make everything so far outlive this process."""
        self._connection.execute("commit")
        self._connection.execute("begin immediate")

    # --- addresses ---

    def known(self, address: str, is_list: bool) -> Known | None:
        """An address as it was last known."""
        row = self._connection.execute(
            f"select {_KNOWN} from address where address = ? and is_list = ?",  # noqa: S608 - our own columns
            (address, is_list),
        ).fetchone()
        return Known(*row) if row else None

    def settle(self, address: str, is_list: bool, **changes: object) -> None:
        """Change what is known of an address (columns by name), adding it where it is new."""
        self._connection.execute(
            "insert or ignore into address (address, is_list, first_seen, last_seen) values (?1, ?2, ?3, ?3)",
            (address, is_list, _now()),
        )
        assignments = ", ".join(f"{column} = ?" for column in changes)
        self._connection.execute(
            f"update address set {assignments} where address = ? and is_list = ?",  # noqa: S608 - our own columns
            (*changes.values(), address, is_list),
        )

    def mark_listed(self, addresses: Iterable[str]) -> None:
        """Note that these were on a list, or behind a page that was, tonight."""
        now = _now()
        self._connection.executemany(
            "update address set last_seen = ?, delisted_since = null where address = ? and not is_list",
            ((now, address) for address in addresses),
        )

    def documents(self) -> Iterator[tuple[str, str | None]]:
        """Addresses of documents and of pages that lead to them, with what led there; those known to be gone are left out."""
        yield from self._connection.execute(
            "select address, parent from address where not is_list and gone_since is null and good_at is not null"
        ).fetchall()

    # --- versions ---

    def add_version(self, version: Version) -> None:
        """Keep that a document was at an address; known ones stay as they are."""
        row = [getattr(version, column) for column in _VERSION]
        self._connection.execute(
            f"insert or ignore into version ({', '.join(_VERSION)}, first_load)"  # noqa: S608 - our own columns
            f" values ({', '.join('?' * len(row))}, ?)",
            (*map(_stored, row), self._load_id),
        )

    def version_size(self, address: str, sha256: str) -> int | None:
        """Bytes of a document that was at an address; null if it never was."""
        row = self._connection.execute(
            "select size_bytes from version where address = ? and sha256 = ?", (address, sha256)
        ).fetchone()
        return int(row[0]) if row else None

    def other_address(self, sha256: str, besides: str, among: Container[str] | None = None) -> str | None:
        """Another address where a document is now, the one met last first."""
        rows = self._connection.execute(
            "select address from address where sha256 = ? and address <> ? and gone_since is null"
            " and not is_list order by first_seen desc",
            (sha256, besides),
        )
        return next((str(address) for (address,) in rows if among is None or address in among), None)

    def versions_to_land(
        self, published: Path, reader_version: str, met: frozenset[str], everything: bool
    ) -> Iterator[tuple[Version, bool]]:
        """Documents to offer to this load, and whether a published load has yet to read them.

        Args:
            published: index of what published loads have read.
            reader_version: reader whose readings count.
            met: addresses whose present document is offered, known or not (folders are listed whole).
            everything: whether all are offered.
        """
        self.commit()
        self._connection.execute("commit")  # a database can't be attached inside a transaction
        self._connection.execute("attach ? as published", (str(published),))
        self._connection.execute("begin")
        rows = self._connection.execute(
            f"""
            select {", ".join(f"version.{column}" for column in _VERSION)},
                   not exists (
                       select 1 from published.document join published.load using (load_id)
                       where document.sha256 = version.sha256 and load.reader_version = ?
                   ) as is_new,
                   address.sha256 = version.sha256 as is_present
            from version left join address on address.address = version.address and not address.is_list
            order by version.number
            """,  # noqa: S608 - our own columns
            (reader_version,),
        )
        for row in rows:
            version, is_new, is_present = _version(row[: len(_VERSION)]), bool(row[-2]), bool(row[-1])
            if everything or is_new or (is_present and version.address in met):
                yield version, is_new
        self._connection.execute("commit")
        self._connection.execute("detach published")
        self._connection.execute("begin immediate")

    # --- events ---

    def forget_events(self, published: set[str]) -> None:
        """Drop the events that a published load has landed, and what is no history of those that none has."""
        landed = {load for (load,) in self._connection.execute("select distinct landed_load from event")}
        self._connection.executemany(
            "delete from event where landed_load = ?",
            ((load,) for load in sorted((landed & published) - {None})),
        )
        marks = ", ".join("?" * len(HISTORY))
        self._connection.execute(
            f"delete from event where load_id <> ? and outcome not in ({marks})",  # noqa: S608 - our own words
            (self._load_id, *HISTORY),
        )

    def add_event(self, event: Event) -> None:
        """Keep what became of an address in this load; the same outcome again replaces it."""
        row = [getattr(event, column) for column in _EVENT]
        self._connection.execute(
            f"insert or replace into event (load_id, {', '.join(_EVENT)})"  # noqa: S608 - our own columns
            f" values (?, {', '.join('?' * len(row))})",
            (self._load_id, *map(_stored, row)),
        )

    def events(self) -> Iterator[tuple[str, Event]]:
        """The events to land, with the load that each happened in; whoever takes them lands them."""
        self._connection.execute("update event set landed_load = ?", (self._load_id,))
        for load, *row in self._connection.execute(
            f"select load_id, {', '.join(_EVENT)} from event order by load_id, address, role, outcome"  # noqa: S608
        ):
            values = dict(zip(_EVENT, row, strict=True))
            values["retrieved_at"] = _moment(values["retrieved_at"])
            yield load, Event(**values)

    # --- nights ---

    def best_night(self, nights: int) -> int | None:
        """The most documents that one of the last nights before this load listed; null if there was none."""
        row = self._connection.execute(
            "select max(listed) from (select listed from night where complete and load_id <> ?"
            " order by ended_at desc limit ?)",
            (self._load_id, nights),
        ).fetchone()
        return int(row[0]) if row and row[0] is not None else None

    def end_night(self, listed: int, complete: bool) -> None:
        """Keep how many documents the lists of this load led to."""
        self._connection.execute(
            "insert or replace into night values (?, ?, ?, ?)", (self._load_id, _now(), listed, complete)
        )
        self._connection.execute(
            "delete from night where load_id not in (select load_id from night order by ended_at desc limit ?)",
            (_NIGHTS_KEPT,),
        )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")


def _stored(value: object) -> object:
    return value.isoformat() if isinstance(value, (date, datetime)) else value


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _version(row: tuple[Any, ...]) -> Version:
    values = dict(zip(_VERSION, row, strict=True))
    values["retrieved_at"] = datetime.fromisoformat(values["retrieved_at"])
    if values["published_on"]:
        values["published_on"] = date.fromisoformat(values["published_on"])
    return Version(**values)
