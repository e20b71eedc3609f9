"""Pages of the test site: content that can change, with validators as servers really send them."""

from __future__ import annotations

import email.utils
import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from tests.pull_site.server import Reply, Request

_BEGINNING = datetime(2025, 1, 20, 1, 0, 0, tzinfo=UTC)

TYPES = {
    ".html": "text/html; charset=utf-8",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".pdf": "application/pdf",
    ".zip": "application/zip",
    ".xml": "text/xml; charset=utf-8",
    ".csv": "text/csv; charset=utf-8",
    ".json": "application/json;charset=UTF-8",
}


@dataclass(slots=True)
class Page:
    """Something at an address.

    Attributes:
        validators: `both`, `etag`, `weak` (a weak ETag), `date` (Last-Modified alone), `none`.
        disposition: Content-Disposition as sent.
        status: 200, or 404 / 410 once deleted.
        moved_to: address that a 301 names instead.
        first: replies that come before the page itself, one a request: the faults that pass.
    """

    content: bytes
    content_type: str
    validators: str = "both"
    disposition: bytes | None = None
    status: int = 200
    moved_to: str | None = None
    version: int = 0
    first: list[Reply] = field(default_factory=list)

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    def reply(self, request: Request) -> Reply:
        """What a server says: 304 where the request's validators still hold."""
        if self.first:
            return self.first.pop(0)
        if self.moved_to is not None:
            return Reply(301, headers=[("Location", self.moved_to)])
        if self.status != 200:
            return Reply(self.status, "页面不存在".encode(), [("Content-Type", TYPES[".html"])])
        return conditional(
            request, self.content, self.content_type, self.validators, self.version, self.disposition
        )


def conditional(
    request: Request,
    content: bytes,
    content_type: str,
    validators: str = "both",
    version: int = 0,
    disposition: bytes | None = None,
) -> Reply:
    """200 with validators, or 304 if the request has them already."""
    tag = f'"{hashlib.sha1(content, usedforsecurity=False).hexdigest()[:16]}"'
    tag = f"W/{tag}" if validators == "weak" else tag
    date = email.utils.format_datetime(_BEGINNING + timedelta(days=version), usegmt=True)
    found: list[tuple[str, str | bytes]] = []
    if validators in ("both", "etag", "weak"):
        found.append(("ETag", tag))
    if validators in ("both", "date"):
        found.append(("Last-Modified", date))
    if found and _still_holds(request, tag, date, validators):
        return Reply(304, headers=found)
    found.append(("Content-Type", content_type))
    if disposition is not None:
        found.append(("Content-Disposition", disposition))
    return Reply(200, content, found)


def _still_holds(request: Request, tag: str, date: str, validators: str) -> bool:
    if "if-none-match" in request.headers and validators != "date":
        return request.headers["if-none-match"] == tag
    return validators in ("both", "date") and request.headers.get("if-modified-since") == date
