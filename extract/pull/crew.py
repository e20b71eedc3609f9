"""Who asks and stores while a source is pulled: a thread for each host, a few that write to disk, one bounded queue of results.

Documents go before lists, so that what waits to be asked stays about as long as one list.
"""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Self
from urllib.parse import urlsplit

from extract.pull.fetching import DocumentJob, Job, ListJob, Result, Worker

THREADS: Final = 16
"""Hosts that one source is asked at the same time."""
_STORERS: Final = 4
_UNSTORED: Final = 4
"""Documents of one host that may wait for the disk: they are held in memory."""
_WAITING: Final = 64
"""Results that may wait to be settled: a thread that is ahead waits."""
_HANDED: Final = 16
"""Jobs a host's thread is given at a time."""


class Frontier:
    """What is still to be asked, by host; documents first."""

    def __init__(self) -> None:
        self._waiting: dict[str, tuple[deque[Job], deque[Job]]] = {}

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def add_list(self, job: ListJob) -> None:
        """Add a list, behind all documents of its host."""
        self._of(job.request.address)[1].append(job)

    def add_document(self, job: DocumentJob) -> None:
        """Add a document."""
        self._of(job.link.address)[0].append(job)

    def _of(self, address: str) -> tuple[deque[Job], deque[Job]]:
        return self._waiting.setdefault(urlsplit(address).hostname or "", (deque(), deque()))

    def take(self, busy: set[str]) -> Iterator[tuple[str, list[Job]]]:
        """A handful of jobs for each host but those that are asked now."""
        for host in [host for host in self._waiting if host not in busy]:
            documents, lists = self._waiting[host]
            jobs = [documents.popleft() for _ in range(min(len(documents), _HANDED))] or [lists.popleft()]
            if not documents and not lists:
                del self._waiting[host]
            yield host, jobs


class Crew:
    """The threads. Use as a context manager, from one thread."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self._results: queue.Queue[Result | _Done] = queue.Queue(_WAITING)
        self._stop = threading.Event()
        self._askers = ThreadPoolExecutor(THREADS, thread_name_prefix="ask")
        self._storers = ThreadPoolExecutor(_STORERS, thread_name_prefix="store")
        self.busy: set[str] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._askers.shutdown(wait=True)
        self._storers.shutdown(wait=True)

    @property
    def caught_up(self) -> bool:
        """Whether no result waits."""
        return self._results.empty()

    def give(self, host: str, jobs: list[Job]) -> None:
        """Have a host asked."""
        self.busy.add(host)
        self._askers.submit(self._ask, host, jobs)

    def next_result(self) -> Result | None:
        """The next result, waited for as long as a host is asked; null when one is through with its jobs, or none is asked.

        A document is stored before its result comes.

        Raises:
            BaseException: what ended a thread.
        """
        if not self.busy:
            return None
        result = self._results.get()
        if isinstance(result, Result):
            return result
        self.busy.discard(result.host)
        if result.error is not None:
            raise result.error
        return None

    def _ask(self, host: str, jobs: list[Job]) -> None:
        error: BaseException | None = None
        unstored: deque[Future[None]] = deque()
        try:
            for job in jobs:
                if self._stop.is_set():
                    break
                result, content = self._worker.ask(job)
                if content is None:
                    self._put(result)
                    continue
                # the disk is waited for by others: the next request need not
                unstored.append(self._storers.submit(self._store, result, content))
                if len(unstored) >= _UNSTORED:
                    unstored.popleft().result()
            for storing in unstored:
                storing.result()
        except BaseException as raised:  # noqa: BLE001 - it is raised again where the results are taken
            error = raised
        self._put(_Done(host, error))

    def _store(self, result: Result, content: bytes) -> None:
        self._worker.store(result, content)
        self._put(result)

    def _put(self, result: Result | _Done) -> None:
        while not self._stop.is_set():
            try:
                self._results.put(result, timeout=0.2)
            except queue.Full:
                continue
            return


@dataclass(frozen=True, slots=True)
class _Done:
    """A host's thread is through with its jobs, or was ended by an error."""

    host: str
    error: BaseException | None
