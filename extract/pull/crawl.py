"""The night of a source on the web: from its lists to its documents, asking for what is due and nothing else.

Others ask and store (`crew.py`, `fetching.py`); this thread alone decides what is due and keeps the ledger.
"""

from __future__ import annotations

import hashlib
import json
import logging
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final

from extract.pull.crew import Crew, Frontier
from extract.pull.detail import DEPTH, Document, Passage
from extract.pull.fetching import DocumentJob, ListJob, Result, Worker
from extract.pull.ledger import Event, Known, Ledger, Version
from extract.pull.schema import Years
from extract.pull.storing import is_stored
from extract.pull.web.address import BadAddressError, parse_address
from extract.pull.web.results import Outcome, Validators
from extract.pull.web_kind import Link, ListReading, ListRequest, Trouble, WebKind, WebSource
from gongkai.settings import Home

log = logging.getLogger(__name__)

READING_VERSION: Final = 1
"""Raised whenever pages or lists may be read differently: what is kept of earlier readings is then asked for anew."""
_PERMANENT: Final = frozenset([301, 308])


@dataclass(slots=True)
class Night:
    """What a night came to.

    Attributes:
        listed: documents that the lists led to, whatever their year.
        lists: list pages that were read or had not changed.
        requests: addresses asked for.
        complete: whether every list could be followed to its end.
        troubles: what is wrong with lists, with the address of each.
    """

    listed: int = 0
    lists: int = 0
    requests: int = 0
    complete: bool = True
    troubles: list[tuple[str, Trouble]] = field(default_factory=list)


class Crawl:
    """One source in one load.

    Args:
        source: what is pulled.
        kind: reads its lists.
        worker: asks and stores.
        ledger: what is known; kept up to date.
        home: where documents are.
        load_id: the load: what it has asked for already is not asked again.
        years: which report years are wanted.
    """

    def __init__(
        self,
        source: WebSource,
        kind: WebKind,
        worker: Worker,
        ledger: Ledger,
        home: Home,
        load_id: str,
        years: Years,
    ) -> None:
        self._source = source
        self._kind = kind
        self._worker = worker
        self._ledger = ledger
        self._home = home
        self._load_id = load_id
        self._years = years
        self._now = datetime.now(UTC)
        self._frontier = Frontier()
        self._lists_seen: set[str] = set()
        self._signatures: set[str] = set()
        self._documents_seen: set[str] = set()
        self._listed: set[str] = set()
        self._night = Night()
        settings = source.model_dump(mode="json")
        self._list_key = _key(
            {name: settings.get(name) for name in ("kind", "match", "list", "paging", "columns")}
        )
        self._detail_key = _key({"detail": settings["detail"]})

    def run(self) -> Night:
        """Pull the source; what it came to.

        Raises:
            OSError: the home can't be written.
        """
        for request in self._kind.start(self._source):
            self._want_list(request, None)
        self._drain()
        self._judge_unlisted()
        self._drain()
        self._night.listed = len(self._listed)
        return self._night

    def _drain(self) -> None:
        """Ask until nothing waits."""
        with Crew(self._worker) as crew:
            while True:
                for host, jobs in self._frontier.take(crew.busy):
                    crew.give(host, jobs)
                if not crew.busy:
                    return
                if result := crew.next_result():
                    self._settle(result)
                if crew.caught_up:
                    self._ledger.commit()

    # --- lists ---

    def _want_list(self, request: ListRequest, parent: str | None) -> None:
        address = canonical(request.address)
        if address in self._lists_seen:
            return
        if len(self._lists_seen) >= self._source.max_lists:
            self._night.complete = False
            sentence = f"列表页超过 {self._source.max_lists} 个，后面的没有拉取；请检查翻页，或调高 max_lists"
            self._trouble(
                self._source.address[0] if self._source.address else address, "list_limit", sentence
            )
            return
        self._lists_seen.add(address)
        request = replace(request, address=address)
        known = self._ledger.known(address, is_list=True)
        kept = self._kept_reading(known)
        if known is not None and known.checked_load == self._load_id:
            self._go_on(request, known, kept)
            return
        validators = _validators(known) if kept is not None else None
        self._frontier.add_list(
            ListJob(request, parent, validators, known.sha256 if known and kept is not None else None)
        )

    def _kept_reading(self, known: Known | None) -> ListReading | None:
        """What a list said when it was last read, if it was read by the settings of today."""
        if known is None or known.reading_key != self._list_key or known.links is None:
            return None
        return ListReading.from_json(known.links)

    def _go_on(self, request: ListRequest, known: Known, kept: ListReading | None) -> None:
        """Follow a list that this load has asked for before it was interrupted."""
        if known.outcome == "good" and kept is not None:
            self._follow(request, kept, changed=True)
        elif known.outcome != "absent":
            self._night.complete = False

    def _settle_list(self, job: ListJob, result: Result) -> None:
        request, fetch = job.request, result.fetch
        answer = fetch.answer
        address = request.address
        if request.probe and fetch.outcome is Outcome.gone:
            self._ledger.settle(address, True, role="list", outcome="absent", **self._checked())
            return
        good = fetch.outcome in (Outcome.fetched, Outcome.not_modified)
        if not good or answer is None:
            known = self._ledger.known(address, is_list=True)
            failures = (known.failures if known else 0) + 1
            self._ledger.settle(
                address,
                True,
                role="list",
                parent=job.parent,
                outcome="failed",
                failures=failures,
                **self._checked(),
            )
            self._ledger.add_event(_event(result, "list", fetch.outcome.value, job.parent))
            self._night.complete = False
            return
        reading = result.reading
        outcome = "not_modified" if fetch.outcome is Outcome.not_modified else "unchanged"
        if reading is None:
            reading = self._kept_reading(self._ledger.known(address, is_list=True)) or ListReading()
        else:
            outcome = "new" if job.known_sha256 is None else "changed"
            self._ledger.settle(
                address,
                True,
                sha256=result.sha256,
                reading_key=self._list_key,
                reading=_json(reading.to_json()),
            )
        self._ledger.settle(
            address,
            True,
            role="list",
            parent=job.parent,
            outcome="good",
            failures=0,
            etag=answer.validators.etag,
            last_modified=answer.validators.last_modified,
            good_at=self._stamp(),
            **self._checked(),
        )
        self._ledger.add_event(_event(result, "list", outcome, job.parent))
        self._follow(request, reading, changed=result.reading is not None)

    def _follow(self, request: ListRequest, reading: ListReading, *, changed: bool) -> None:
        """Go where a list leads."""
        self._night.lists += 1
        if not reading.links and not reading.empty_is_fine:
            sentence = f"列表页 {request.address} 上没有一个链接符合 match 的条件；请检查网站是否改版"
            self._trouble(request.address, "list_matches_nothing", sentence)
        for trouble in reading.troubles:
            self._night.troubles.append((request.address, trouble))
        for link in reading.links:
            self._offer(link, request.address, 0)
        if request.page > 1 and reading.signature and reading.signature in self._signatures:
            return  # the series repeats itself
        self._signatures.add(reading.signature)
        for more in reading.more:
            if not changed and more.probe and self._was_absent(more):
                continue  # nothing is behind the last page as long as it stays as it was
            self._want_list(more, request.address)

    def _was_absent(self, request: ListRequest) -> bool:
        known = self._ledger.known(canonical(request.address), is_list=True)
        return known is not None and known.outcome == "absent"

    # --- documents ---

    def _offer(self, link: Link, parent: str | None, depth: int) -> None:
        """Take up a document that a list or page leads to: ask for it if it is wanted and due."""
        link = replace(link, address=canonical(link.address))
        if depth == 0:
            self._listed.add(link.address)
        if link.address in self._documents_seen:
            return
        self._documents_seen.add(link.address)
        known = self._ledger.known(link.address, is_list=False)
        if known is not None:
            self._ledger.mark_listed([link.address])
        if self._years.cover(link.year) and self._is_due(known):
            self._want_document(link, parent, depth, known)
        elif known is not None and known.role == "page":
            self._offer_all(known, depth)

    def _is_due(self, known: Known | None) -> bool:
        if known is None:
            return True
        if known.checked_load == self._load_id:
            return False
        if not known.failures and not known.gone_since and not self._has(known):
            return True
        return known.is_due(self._now, self._source.recheck_days)

    def _has(self, known: Known) -> bool:
        """Whether what was at an address is still to hand, read as it would be read today."""
        if known.reading_key != self._detail_key:
            return False
        if known.role == "page":
            return known.reading is not None
        if known.role != "document" or known.sha256 is None:
            return False
        size = self._ledger.version_size(known.address, known.sha256)
        return size is not None and is_stored(self._home, known.sha256, size)

    def _want_document(self, link: Link, parent: str | None, depth: int, known: Known | None) -> None:
        validators = _validators(known) if known is not None and self._has(known) else None
        self._frontier.add_document(DocumentJob(link, parent, depth, validators))

    def _offer_all(self, known: Known, depth: int) -> None:
        """Take up what a page led to when it was last read."""
        reading = known.links
        for child in ListReading.from_json(reading).links if reading else ():
            self._offer(child, known.address, depth + 1)

    def _settle_document(self, job: DocumentJob, result: Result) -> None:
        known = self._ledger.known(job.link.address, is_list=False)
        outcome = result.fetch.outcome
        if outcome is Outcome.not_modified and known is not None:
            self._settle_unmodified(job, result, known)
        elif outcome is Outcome.gone:
            self._settle_gone(job, result, known)
        elif isinstance(result.found, Document):
            self._settle_found(job, result, known, result.found)
        elif isinstance(result.found, Passage):
            self._settle_passage(job, result, known, result.found)
        else:
            self._settle_failed(job, result, known)
        self._note_move(job, result, known)

    def _settle_unmodified(self, job: DocumentJob, result: Result, known: Known) -> None:
        self._ledger.settle(job.link.address, False, **self._good(result))
        self._ledger.add_event(
            _event(result, known.role or "document", "not_modified", job.parent, sha256=known.sha256)
        )
        if known.role == "page":
            self._offer_all(known, job.depth)

    def _settle_gone(self, job: DocumentJob, result: Result, known: Known | None) -> None:
        since = known.gone_since if known and known.gone_since else self._stamp()
        moved_to = None
        if known is not None and known.sha256 and known.role == "document":
            moved_to = self._ledger.other_address(known.sha256, job.link.address)
        self._ledger.settle(
            job.link.address,
            False,
            parent=job.parent,
            outcome="gone",
            failures=0,
            gone_since=since,
            **self._checked(),
        )
        role = known.role if known and known.role else "document"
        sha256 = known.sha256 if known else None
        self._ledger.add_event(_event(result, role, "gone", job.parent, previous=sha256, moved_to=moved_to))

    def _settle_failed(self, job: DocumentJob, result: Result, known: Known | None) -> None:
        outcome = "refused" if result.fetch.outcome is Outcome.refused else "failed"
        failures = (known.failures if known else 0) + 1
        self._ledger.settle(
            job.link.address, False, parent=job.parent, outcome=outcome, failures=failures, **self._checked()
        )
        role = known.role if known and known.role else "document"
        previous = known.sha256 if known else None
        self._ledger.add_event(_event(result, role, outcome, job.parent, previous=previous))
        if known is not None and known.role == "page":
            self._offer_all(known, job.depth)

    def _settle_found(self, job: DocumentJob, result: Result, known: Known | None, found: Document) -> None:
        answer, link, sha256 = result.fetch.answer, job.link, result.sha256
        if answer is None or sha256 is None:
            raise ValueError(f"{link.address}: a document without an answer")
        previous = known.sha256 if known and known.role == "document" else None
        self._ledger.add_version(
            Version(
                link.address,
                sha256,
                job.parent,
                answer.final_address,
                found.name,
                result.size,
                answer.retrieved_at,
                link.title,
                link.agency,
                link.year,
                link.evidence,
                link.published_on,
            )
        )
        outcome = "unchanged" if previous == sha256 else "changed" if previous else "new"
        self._ledger.settle(
            link.address,
            False,
            role="document",
            parent=job.parent,
            sha256=sha256,
            reading=None,
            reading_key=self._detail_key,
            **self._good(result),
        )
        self._ledger.add_event(
            _event(result, "document", outcome, job.parent, sha256=sha256, previous=previous)
        )

    def _settle_passage(self, job: DocumentJob, result: Result, known: Known | None, found: Passage) -> None:
        links = tuple(found.links)
        before = known.links if known and known.role == "page" else None
        reading = ListReading(links).to_json()
        same = before is not None and [entry[0] for entry in before["links"]] == [
            link.address for link in links
        ]
        outcome = "new" if before is None else "unchanged" if same else "changed"
        self._ledger.settle(
            job.link.address,
            False,
            role="page",
            parent=job.parent,
            sha256=result.sha256,
            reading=_json(reading),
            reading_key=self._detail_key,
            **self._good(result),
        )
        self._ledger.add_event(_event(result, "page", outcome, job.parent, sha256=result.sha256))
        for other in found.alternates if outcome != "unchanged" else ():
            self._skip(other, job.link.address)
        for child in links:
            self._offer(child, job.link.address, job.depth + 1)

    def _skip(self, link: Link, parent: str) -> None:
        sentence = f"{link.title or link.address} 与另一附件同名而格式不同，只拉取其中一种"
        self._ledger.add_event(
            Event(canonical(link.address), "document", "skipped", parent, None, "alternate", sentence, 0)
        )

    def _note_move(self, job: DocumentJob, result: Result, known: Known | None) -> None:
        answer = result.fetch.answer
        if answer is None or not answer.redirects:
            return
        permanent = all(status in _PERMANENT for status, _, _ in answer.redirects)
        if not permanent or answer.final_address == job.link.address:
            return
        if known is None or known.moved_to != answer.final_address:
            self._ledger.settle(job.link.address, False, moved_to=answer.final_address)
            self._ledger.add_event(
                _event(
                    result,
                    "document",
                    "moved",
                    job.parent,
                    sha256=result.sha256,
                    moved_to=answer.final_address,
                )
            )

    # --- what no list leads to any more ---

    def _judge_unlisted(self) -> None:
        """Look after documents that are known and were not met tonight; taken off the list is on record once."""
        for address, parent in self._ledger.documents():
            if address in self._documents_seen:
                continue
            known = self._ledger.known(address, is_list=False)
            if known is None:
                continue
            newly = self._night.complete and known.delisted_since is None
            if newly:
                self._ledger.settle(address, False, delisted_since=self._stamp())
                self._ledger.add_event(
                    Event(address, known.role or "document", "delisted", parent, previous_sha256=known.sha256)
                )
            again = newly and known.checked_load != self._load_id
            if again or self._is_due(known):
                self._documents_seen.add(address)
                # it no longer leads anywhere new: what is behind it is looked after by itself
                self._want_document(Link(address), parent, DEPTH, known)

    # --- shared ---

    def _settle(self, result: Result) -> None:
        self._night.requests += 1
        if isinstance(result.job, ListJob):
            self._settle_list(result.job, result)
        else:
            self._settle_document(result.job, result)

    def _trouble(self, address: str, rule: str, sentence: str) -> None:
        if (address, rule) not in {(at, trouble.rule) for at, trouble in self._night.troubles}:
            self._night.troubles.append((address, Trouble(rule, sentence)))

    def _stamp(self) -> str:
        return self._now.isoformat(timespec="microseconds")

    def _checked(self) -> dict[str, str]:
        return {
            "checked_at": datetime.now(UTC).isoformat(timespec="microseconds"),
            "checked_load": self._load_id,
        }

    def _good(self, result: Result) -> dict[str, object]:
        answer = result.fetch.answer
        return {
            "outcome": "good",
            "failures": 0,
            "etag": answer.validators.etag if answer else None,
            "last_modified": answer.validators.last_modified if answer else None,
            "good_at": self._stamp(),
            "gone_since": None,
            **self._checked(),
        }


def canonical(address: str) -> str:
    """An address in its one spelling; one that can't be asked for as it is, for whoever asks to say so."""
    if address.startswith("file:"):
        return address
    try:
        return parse_address(address).text
    except BadAddressError:
        return address


def _validators(known: Known | None) -> Validators | None:
    validators = Validators(known.etag, known.last_modified) if known else None
    return validators or None


def _event(
    result: Result,
    role: str,
    outcome: str,
    parent: str | None,
    *,
    sha256: str | None = None,
    previous: str | None = None,
    moved_to: str | None = None,
) -> Event:
    job, fetch = result.job, result.fetch
    answer = fetch.answer
    return Event(
        job.request.address if isinstance(job, ListJob) else job.link.address,
        role,
        outcome,
        parent,
        fetch.status,
        fetch.error_class,
        fetch.sentence,
        fetch.attempts,
        sha256,
        previous,
        moved_to,
        answer.content_type if answer else None,
        result.size if result.sha256 else None,
        answer.retrieved_at if answer else None,
        answer.archived if answer else None,
    )


def _json(reading: dict[str, Any]) -> str:
    return json.dumps(reading, ensure_ascii=False, separators=(",", ":"))


def _key(settings: dict[str, Any]) -> str:
    """A digest of what a reading depends on."""
    written = json.dumps([READING_VERSION, settings], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(written.encode()).hexdigest()[:16]
