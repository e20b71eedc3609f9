"""What a fetch gives back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Outcome(StrEnum):
    """How a fetch ended."""

    fetched = "fetched"
    not_modified = "not_modified"
    gone = "gone"
    """The site says that there is nothing at the address (any more): 404 or 410."""
    refused = "refused"
    """We did not ask: robots.txt, a host outside the source, a private address, an impossible address."""
    failed = "failed"
    """We asked and got no usable answer."""


@dataclass(frozen=True, slots=True)
class Validators:
    """What makes the next request for the same address conditional."""

    etag: str | None = None
    last_modified: str | None = None

    def __bool__(self) -> bool:
        return bool(self.etag or self.last_modified)


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer of a site.

    Attributes:
        address: the address asked for, in canonical spelling.
        final_address: where the content is after redirects.
        status: of the last response.
        headers: of the last response, names in lower case, repeated ones joined by commas.
        content: the body, its transfer and content encoding undone; empty for `not_modified`.
        content_type: without parameters, in lower case; None if the site names none.
        charset: that the Content-Type header names, as it names it.
        file_name: from Content-Disposition, else the last part of the final address's path; None if that is empty.
        validators: for the next request; those sent, where a 304 names none.
        retrieved_at: when the last response began, UTC.
        redirects: (status, from, to) in order.
        archived: where the exchange is kept: `<file below the archive's folder>#<offset>`; None without archive.
    """

    address: str
    final_address: str
    status: int
    headers: Mapping[str, str]
    content: bytes
    content_type: str | None
    charset: str | None
    file_name: str | None
    validators: Validators
    retrieved_at: datetime
    redirects: tuple[tuple[int, str, str], ...]
    archived: str | None


@dataclass(frozen=True, slots=True)
class Fetch:
    """What became of one address.

    Attributes:
        address: as it was asked for.
        outcome: how it ended.
        answer: for `fetched`, `not_modified` and `gone`; else None.
        error_class: for `gone`, `refused` and `failed`; else None.
        sentence: what happened and what to do, in Chinese, where there is an error class.
        attempts: requests made for it, redirects and repetitions included, robots.txt not.
        status: of the last response, None if there was none.
    """

    address: str
    outcome: Outcome
    answer: Answer | None
    error_class: str | None
    sentence: str | None
    attempts: int
    status: int | None
