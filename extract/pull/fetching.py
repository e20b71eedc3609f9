"""Asking for one address and judging what came: what a thread does, without knowing of state."""

from __future__ import annotations

import hashlib
import logging
import mimetypes
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal

from extract.pull.detail import Document, Mistaken, Passage, examine
from extract.pull.schema import local_path
from extract.pull.storing import store_document
from extract.pull.web.results import Answer, Fetch, Outcome, Validators
from extract.pull.web_kind import (
    Link,
    ListPage,
    ListReading,
    ListRequest,
    UnreadableListError,
    WebKind,
    WebSource,
)
from gongkai.settings import Home

log = logging.getLogger(__name__)

Get = Callable[[str, Validators | None, Literal["list", "document"]], Fetch]
"""Fetches an address: the web client, or for an office's own CSV a file of this machine."""


@dataclass(frozen=True, slots=True)
class ListJob:
    """A list to ask for. `known_sha256`: what was there when it was last read by the same settings."""

    request: ListRequest
    parent: str | None
    validators: Validators | None
    known_sha256: str | None


@dataclass(frozen=True, slots=True)
class DocumentJob:
    """A document, or a page that may lead to one, to ask for. `depth`: how many pages led to it."""

    link: Link
    parent: str | None
    depth: int
    validators: Validators | None


Job = ListJob | DocumentJob


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a job. The content itself is not carried along.

    Attributes:
        job: the job.
        fetch: with an answer whose content is left out.
        sha256: of the content.
        size: of the content.
        found: what a document's answer is, if it was fetched.
        reading: what a list's answer says, if it was fetched and differs from what is known.
    """

    job: Job
    fetch: Fetch
    sha256: str | None = None
    size: int = 0
    found: Document | Passage | None = None
    reading: ListReading | None = None


class Worker:
    """Does jobs. May be used by several threads.

    Args:
        home: where documents are stored.
        source: what is pulled.
        kind: reads its lists.
        get: fetches an address.
    """

    def __init__(self, home: Home, source: WebSource, kind: WebKind, get: Get) -> None:
        self._home = home
        self._source = source
        self._kind = kind
        self._get = get

    def ask(self, job: Job) -> tuple[Result, bytes | None]:
        """Do one job but for storing; the result, and the bytes of a document that is to be stored before it counts.

        What is wrong with the address or its content is in the result.

        Raises:
            OSError: the archive can't be written.
        """
        address = job.request.address if isinstance(job, ListJob) else job.link.address
        fetch = self._get(address, job.validators, "list" if isinstance(job, ListJob) else "document")
        answer = fetch.answer
        if fetch.outcome is not Outcome.fetched or answer is None:
            return Result(job, fetch if answer is None else replace(fetch, answer=_bare(answer))), None
        bare = replace(fetch, answer=_bare(answer))
        digest = hashlib.sha256(answer.content).hexdigest()
        result = Result(job, bare, digest, len(answer.content))
        try:
            if isinstance(job, ListJob):
                return self._list(job, answer, result), None
            found = examine(answer, job.link, self._source.detail, job.depth)
        except UnreadableListError as error:
            return replace(result, fetch=_failed(bare, "list_unreadable", str(error))), None
        except Exception as fault:  # one page that breaks the reading of pages costs itself alone
            log.exception("reading %s failed", address)
            sentence = f"{address} 的内容处理出错（{type(fault).__name__}: {fault}），请报告此问题"
            return replace(result, fetch=_failed(bare, "page_unreadable", sentence)), None
        if isinstance(found, Mistaken):
            return replace(result, fetch=_failed(bare, found.rule, found.sentence)), None
        return replace(result, found=found), answer.content if isinstance(found, Document) else None

    def store(self, result: Result, content: bytes) -> None:
        """Store a document.

        Raises:
            OSError: the home can't be written.
        """
        if result.sha256 is None:
            raise ValueError("a document without its digest")
        store_document(self._home, result.sha256, content)

    def _list(self, job: ListJob, answer: Answer, result: Result) -> Result:
        if result.sha256 == job.known_sha256:
            return result
        page = ListPage(answer.final_address, answer.content, answer.charset)
        return replace(result, reading=self._kind.read(self._source, job.request, page))


def local_fetch(address: str) -> Fetch:
    """A file of this machine as if it had been fetched; for the CSV that an office keeps here, and what it names."""
    path = local_path(address)
    try:
        content = path.read_bytes()
    except OSError as error:
        outcome = Outcome.gone if isinstance(error, FileNotFoundError) else Outcome.failed
        sentence = f"文件 {path} 读不出（{error.strerror or error}）；请检查清单和文件"
        error_class = "gone" if outcome is Outcome.gone else "file_unreadable"
        return Fetch(address, outcome, None, error_class, sentence, 1, None)
    answer = Answer(
        address=address,
        final_address=address,
        status=200,
        headers={},
        content=content,
        content_type=mimetypes.guess_type(path.name)[0],
        charset=None,
        file_name=path.name,
        validators=Validators(),
        retrieved_at=datetime.now(UTC),
        redirects=(),
        archived=None,
    )
    return Fetch(address, Outcome.fetched, answer, None, None, 1, 200)


def refuse_local(address: str) -> Fetch:
    """An address of this machine that the web has named: never asked for."""
    sentence = f"{address} 是本机文件的地址，来自网上的列表，未读取；请联系网站"
    return Fetch(address, Outcome.refused, None, "bad_address", sentence, 0, None)


def _bare(answer: Answer) -> Answer:
    return replace(answer, content=b"")


def _failed(fetch: Fetch, error_class: str, sentence: str) -> Fetch:
    return replace(fetch, outcome=Outcome.failed, error_class=error_class, sentence=sentence)
