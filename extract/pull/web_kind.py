"""What kinds of the web have in common: settings, and the interface by which their lists are read.

A kind names its first lists and reads each into links to documents and further lists; asking, state and landing are not
its business (`crawl.py`).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from pydantic import Field, field_validator

from extract.pull.schema import Pattern, Selector, Settings, Source, WebAddress
from extract.pull.web.address import parse_address
from extract.pull.web.settings import Politeness

TITLE = r"政府信息公开(?:工作)?(?:年度)?(?:工作)?(?:情况)?(?:的)?(?:报告|年报)|政[府务](?:信息)?公开(?:工作)?年(?:度|报)|信息公开年(?:度工作|度)?报|政府信息公开(?:工作)?年?度?(?:\.{2,}|…)"
"""Titles of reports as they are met, those that a list has cut short among them."""
NOT_TITLE = r"关于(?:做好|编制|报送|开展|组织|进一步).*通知|一图读懂|图解|模板|填报说明"
"""Titles that only speak of such reports."""


class Match(Settings):
    """Which links lead to documents; what is left out does not matter.

    Attributes:
        title: pattern that the title holds.
        not_title: pattern that the title does not hold.
        address: pattern that the address holds.
    """

    title: Pattern | None = None
    not_title: Pattern | None = None
    address: Pattern | None = None

    def accepts(self, title: str, address: str) -> bool:
        """Whether a link with this title (blanks removed) leads to a document."""
        compact = re.sub(r"\s+", "", title)
        if self.title is not None and not re.search(self.title, compact):
            return False
        if self.not_title is not None and re.search(self.not_title, compact):
            return False
        return self.address is None or re.search(self.address, address) is not None


class Detail(Settings):
    """How the page behind a link is read. A page that holds the tables is the report, else its attachments are.

    Attributes:
        content: where the article stands on the page; attachments are looked for there only.
        attachments: the links or pictures that are the report.
        attachment_title: pattern that the name of an attachment holds.
    """

    content: Selector | None = None
    attachments: Selector | None = None
    attachment_title: Pattern | None = None


class WebSource(Source):
    """A source on the web.

    Attributes:
        address: where its lists begin, one or several.
        match: which links lead to documents.
        detail: how the pages behind them are read.
        politeness: how its hosts are asked.
        max_lists: how many list pages a night asks for at most; to reach it is a finding.
    """

    address: tuple[WebAddress, ...] = Field(min_length=1)
    match: Match = Match(title=TITLE, not_title=NOT_TITLE)
    detail: Detail = Detail()
    politeness: Politeness = Politeness()
    max_lists: int = Field(default=2000, ge=1)

    @field_validator("address", mode="before")
    @classmethod
    def _one_or_several(cls, value: object) -> object:
        return (value,) if isinstance(value, str) else value

    @property
    def hosts(self) -> tuple[str, ...]:
        """The hosts its lists begin at."""
        return tuple(dict.fromkeys(parse_address(address).host for address in self.address))


@dataclass(frozen=True, slots=True)
class ListRequest:
    """A list to ask for.

    Attributes:
        address: where it is.
        page: its number in its series, from 1; sections begin anew.
        probe: whether it was only supposed to exist: if it does not, the series is over.
        depth: how many lists lead to it, the pages of one series counted as one.
        before: how many documents the pages of its series before it have listed, where that is counted.
    """

    address: str
    page: int = 1
    probe: bool = False
    depth: int = 0
    before: int = 0


@dataclass(frozen=True, slots=True)
class Link:
    """A document that a list or page leads to, with what is said about it there.

    Attributes:
        address: where it is.
        title: as the list prints it.
        agency: whose report it is, where the list says so in a field of its own.
        year: which year's, likewise, or from the title.
        published_on: the date that the list gives it.
        evidence: what agency and year come from: `title`, `stated` in fields of their own, `mixed` (only the agency is stated),
            `page` (said of a page with several documents).
    """

    address: str
    title: str | None = None
    agency: str | None = None
    year: int | None = None
    published_on: date | None = None
    evidence: str | None = None


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something about a list that people should look at.

    Attributes:
        rule: which; `docs/sources.md` lists them.
        message: the sentence.
        found: a number that belongs to it.
    """

    rule: str
    message: str
    found: float | None = None


@dataclass(frozen=True, slots=True)
class ListReading:
    """What stands on a list.

    Attributes:
        links: documents.
        more: further lists: its next page, its sections.
        troubles: what is wrong with it.
        empty_is_fine: whether a list without links is nothing strange (an index of lists).
        signature: the same for pages with the same items, wanted or not: a series that repeats itself is at its end.
    """

    links: tuple[Link, ...] = ()
    more: tuple[ListRequest, ...] = ()
    troubles: tuple[Trouble, ...] = ()
    empty_is_fine: bool = False
    signature: str = ""

    def to_json(self) -> dict[str, Any]:
        """For the source's state: what a list that has not changed says again."""
        return {
            "links": [
                [
                    link.address,
                    link.title,
                    link.agency,
                    link.year,
                    link.published_on.isoformat() if link.published_on else None,
                    link.evidence,
                ]
                for link in self.links
            ],
            "more": [[each.address, each.page, each.probe, each.depth, each.before] for each in self.more],
            "troubles": [[trouble.rule, trouble.message, trouble.found] for trouble in self.troubles],
            "empty_is_fine": self.empty_is_fine,
            "signature": self.signature,
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> ListReading:
        """What `to_json` has kept."""
        links = tuple(
            Link(address, title, agency, year, date.fromisoformat(day) if day else None, evidence)
            for address, title, agency, year, day, evidence in kept["links"]
        )
        more = tuple(ListRequest(*request) for request in kept["more"])
        troubles = tuple(Trouble(*trouble) for trouble in kept["troubles"])
        return cls(links, more, troubles, kept["empty_is_fine"], kept["signature"])


@dataclass(frozen=True, slots=True)
class ListPage:
    """A list as it was fetched: where it is after redirects, its bytes, the charset its headers name."""

    address: str
    content: bytes
    charset: str | None = None


class UnreadableListError(Exception):
    """A list that is not what its kind expects; the message is a Chinese sentence."""


class WebKind(Protocol):
    """How a kind's lists are read."""

    def start(self, source: Any) -> Sequence[ListRequest]:
        """The lists to begin with."""
        ...

    def read(self, source: Any, request: ListRequest, page: ListPage) -> ListReading:
        """What stands on a list.

        Raises:
            UnreadableListError: it is not a list of this kind.
        """
        ...


def signature_of(items: Iterable[str]) -> str:
    """The signature of a list with these items."""
    return hashlib.sha256("\n".join(items).encode()).hexdigest()[:32]
