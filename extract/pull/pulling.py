"""Pull sources: documents into the store, what became of every address on record, rows into the landing zone."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import count, islice
from pathlib import Path
from typing import Any, Final, Literal

from extract.document import READER_VERSION
from extract.landing import part_path, write_part
from extract.pull.crawl import Crawl, Night
from extract.pull.directory import DirectorySource
from extract.pull.fetching import Worker, local_fetch, refuse_local
from extract.pull.findings import SourceFinding, judge
from extract.pull.folder import walk_folder
from extract.pull.kinds import WEB_KINDS
from extract.pull.ledger import Event, Ledger, Version
from extract.pull.published import index_published, published_load_ids
from extract.pull.schema import Source, SourceError, Years
from extract.pull.source import load_source
from extract.pull.storing import store_document, stored_document
from extract.pull.web.archive import WarcArchive
from extract.pull.web.client import WebClient
from extract.pull.web.results import Fetch, Validators
from extract.pull.web_kind import WebSource
from gongkai.settings import Home

__all__ = [
    "Mode",
    "PullResult",
    "pull",
    "pull_sources",
    "store_document",
    "stored_document",
]

log = logging.getLogger(__name__)

Mode = Literal["incremental", "full"]
"""`incremental` offers to the load what no published load has read; `full` everything."""

Wanted = Years | Collection[int] | None
"""Report years that are wanted; null: those that the source wants."""
Connect = Callable[[WebSource, WarcArchive | None], WebClient]
"""Makes the web client that asks a source."""

_PART_ROWS: Final = 20_000
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class PullResult:
    """What a source came to in a load.

    Attributes:
        source: its name.
        documents: rows landed in `documents`.
        documents_new: those that no published load has read.
        listed: documents that its lists led to, or files of its folder.
        requests: addresses asked for, or files read.
        outcomes: how many addresses came to what (`new`, `not_modified`, `failed`, …).
        findings: what people should look at.
    """

    source: str
    documents: int = 0
    documents_new: int = 0
    listed: int = 0
    requests: int = 0
    outcomes: Mapping[str, int] = field(default_factory=dict)
    findings: tuple[SourceFinding, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether there is nothing about the source to look at."""
        return not self.findings


def web_client(source: WebSource, archive: WarcArchive | None) -> WebClient:
    """A client that asks a source's hosts as politely as the source says."""
    return WebClient(source.politeness, archive=archive, own_hosts=source.hosts)


def pull(
    source: Source,
    home: Home,
    load_id: str,
    *,
    mode: Mode = "incremental",
    years: Wanted = None,
    connect: Connect = web_client,
) -> PullResult:
    """Pull a source: documents into `documents/`, rows into `documents`, `fetches` and `source_findings`.

    What is wrong with a source is among its findings, not raised. Repeating it for the same load asks for nothing that it
    has asked for, replaces its own landing parts and stores nothing twice.

    Args:
        source: what to pull.
        home: where to.
        load_id: the load.
        mode: what is asked for and offered to the load.
        years: report years wanted instead of the source's own.
        connect: makes the web client.

    Raises:
        OSError: the home can't be written.
    """
    return _pull(source, home, load_id, index_published(home), mode, years, connect)


def pull_sources(
    names: Sequence[str],
    home: Home,
    load_id: str,
    *,
    mode: Mode = "incremental",
    years: Wanted = None,
    threads: int = 8,
    connect: Connect = web_client,
) -> list[PullResult]:
    """Pull several sources at a time; those that share a host one after the other.

    Args:
        names: names in `sources/` or paths.
        home: where to.
        load_id: the load.
        mode: what is asked for and offered to the load.
        years: report years wanted instead of each source's own.
        threads: sources that are pulled at the same time.
        connect: makes the web client of a source.

    Raises:
        SourceError: there is no such source, or its file is wrong.
        OSError: the home can't be written.
    """
    index = index_published(home)
    sources = {name: load_source(name) for name in names}

    def one_after_the_other(group: Sequence[str]) -> list[PullResult]:
        return [_pull(sources[name], home, load_id, index, mode, years, connect) for name in group]

    with ThreadPoolExecutor(threads, thread_name_prefix="source") as executor:
        pulled = executor.map(one_after_the_other, _groups(sources))
        by_key = {result.source: result for group in pulled for result in group}
    return [by_key[sources[name].name] for name in names]


def _groups(sources: Mapping[str, Source]) -> list[list[str]]:
    """Names of sources by the hosts that they share, directly or through another; in the order given."""
    leader = {name: name for name in sources}

    def led_by(name: str) -> str:
        while leader[name] != name:
            leader[name] = leader[leader[name]]
            name = leader[name]
        return name

    first_at: dict[str, str] = {}
    for name, source in sources.items():
        for host in source.hosts:
            leader[led_by(name)] = led_by(first_at.setdefault(host, name))
    groups: dict[str, list[str]] = {}
    for name in sources:
        groups.setdefault(led_by(name), []).append(name)
    return list(groups.values())


def _pull(
    source: Source, home: Home, load_id: str, index: Path, mode: Mode, years: Wanted, connect: Connect
) -> PullResult:
    night, met, wrong = Night(), frozenset[str](), None
    with Ledger(home.pulls / f"{source.key}.sqlite", load_id) as ledger:
        ledger.forget_events(published_load_ids(index))
        try:
            night, met = _ask(source, home, load_id, ledger, wanted_years(years, source), connect)
        except SourceError as error:
            log.warning("%s", error)
            wrong = SourceFinding("source_failed", f"来源 {source.name} 无法拉取：{error}")
        findings = _findings(source, ledger, load_id, night, wrong)
        ledger.commit()
        offered = [0, 0]
        rows = _counted(
            (
                _document_row(load_id, source, version, is_new)
                for version, is_new in ledger.versions_to_land(
                    index, READER_VERSION, met, mode != "incremental"
                )
            ),
            offered,
        )
        _land(home, "documents", load_id, source, rows)
        _land(
            home,
            "fetches",
            load_id,
            source,
            (_fetch_row(load_id, source, *event) for event in ledger.events()),
        )
        _land(
            home,
            "source_findings",
            load_id,
            source,
            (_finding_row(load_id, source, finding) for finding in findings),
        )
        outcomes = Counter(event.outcome for asked, event in ledger.events() if asked == load_id)
    return PullResult(
        source.name, offered[0], offered[1], night.listed, night.requests, dict(outcomes), tuple(findings)
    )


def _ask(
    source: Source, home: Home, load_id: str, ledger: Ledger, years: Years, connect: Connect
) -> tuple[Night, frozenset[str]]:
    """Have the source asked by what its kind is; the night and, for folders, the files met.

    Raises:
        SourceError: the source as a whole can't be pulled.
        OSError: the home can't be written.
    """
    if isinstance(source, DirectorySource):
        return walk_folder(source, ledger, home, load_id)
    if not isinstance(source, WebSource):
        raise SourceError(f"kind {source.kind}")
    kind = WEB_KINDS[source.kind]
    with (
        WarcArchive(home.archive, load_id, source.key) as archive,
        connect(source, archive) as client,
    ):
        reaches_files = getattr(source, "path", None) is not None

        def get(address: str, validators: Validators | None, kind: Literal["list", "document"]) -> Fetch:
            if address.startswith("file:"):
                return local_fetch(address) if reaches_files else refuse_local(address)
            return client.get(address, validators=validators, kind=kind)

        worker = Worker(home, source, kind, get)
        return Crawl(source, kind, worker, ledger, home, load_id, years).run(), frozenset()


def wanted_years(wanted: Wanted, source: Source) -> Years:
    """The report years that a load wants of a source."""
    if wanted is None:
        return source.years
    return wanted if isinstance(wanted, Years) else Years(only=frozenset(wanted))


def _findings(
    source: Source, ledger: Ledger, load_id: str, night: Night, wrong: SourceFinding | None
) -> list[SourceFinding]:
    """The night's findings; what it listed is kept for the nights to come."""
    if wrong is not None:
        return [wrong]
    best = ledger.best_night(source.findings.nights)
    ledger.end_night(night.listed, night.complete)
    events = (event for load, event in ledger.events() if load == load_id)
    return list(judge(source, listed=night.listed, best=best, troubles=night.troubles, events=events))


def _counted(rows: Iterable[Row], counts: list[int]) -> Iterator[Row]:
    """The rows as they are; counts them, and those that are new."""
    for row in rows:
        counts[0] += 1
        counts[1] += row["is_new"]
        yield row


def _land(home: Home, dataset: str, load_id: str, source: Source, rows: Iterable[Row]) -> None:
    """Write a source's part of a dataset (an empty one, too), in several where it is large."""
    waiting = iter(rows)
    for number in count(1):
        part = f"source-{source.key}" + (f".{number}" if number > 1 else "")
        chunk = list(islice(waiting, _PART_ROWS))
        if not chunk and number > 1:
            # an earlier try may have landed more
            part_path(home.landing, dataset, load_id, part).unlink(missing_ok=True)
            return
        write_part(home.landing, dataset, load_id, part, chunk)


def _document_row(load_id: str, source: Source, version: Version, is_new: bool) -> Row:
    return {
        "load_id": load_id,
        "document_sha256": version.sha256,
        "source": source.name,
        "source_place": source.place,
        "address": version.address,
        "name": version.name,
        "size_bytes": version.size_bytes,
        "retrieved_at": version.retrieved_at,
        "published_on": version.published_on,
        "is_new": is_new,
        "parent_address": version.parent,
        "final_address": version.final_address,
        "hint_title": version.hint_title,
        "hint_agency": version.hint_agency,
        "hint_year": version.hint_year,
        "hint_evidence": version.hint_evidence,
    }


def _fetch_row(load_id: str, source: Source, asked: str, event: Event) -> Row:
    return {
        "load_id": load_id,
        "asked_load_id": asked,
        "source": source.name,
        "address": event.address,
        "parent_address": event.parent,
        "role": event.role,
        "outcome": event.outcome,
        "status": event.status,
        "error_class": event.error_class,
        "sentence": event.sentence,
        "attempts": event.attempts,
        "document_sha256": event.sha256 if event.role == "document" else None,
        "previous_sha256": event.previous_sha256 if event.role == "document" else None,
        "moved_to": event.moved_to,
        "content_type": event.content_type,
        "size_bytes": event.size_bytes,
        "retrieved_at": event.retrieved_at,
        "archived": event.archived,
    }


def _finding_row(load_id: str, source: Source, finding: SourceFinding) -> Row:
    return {
        "load_id": load_id,
        "source": source.name,
        "rule": finding.rule,
        "outcome": "broken",
        "address": finding.address,
        "expected": finding.expected,
        "found": finding.found,
        "message": finding.message,
    }
