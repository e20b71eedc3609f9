"""What every source says about itself, whatever its kind: the base of the models that `sources/*.yaml` must fit."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Annotated, ClassVar
from urllib.parse import unquote, urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from extract.pull.expected import Expected
from extract.pull.web.address import BadAddressError, parse_address
from gongkai.settings import PROJECT_ROOT


class SourceError(Exception):
    """A source that does not exist or whose settings are wrong; the sentence says which and what to do."""


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"正则表达式有误 / not a regular expression: {error}") from error
    return text


def _selector(text: str) -> str:
    from selectolax.lexbor import LexborHTMLParser, SelectolaxError

    try:
        LexborHTMLParser("<p></p>").css(text)
    except SelectolaxError as error:
        raise ValueError(f"CSS 选择器有误 / not a CSS selector: {text}") from error
    return text


def _web_address(text: str) -> str:
    try:
        parse_address(text)
    except BadAddressError as error:
        raise ValueError(f"不是可用的网址 / not a usable address: {error}") from error
    return text


Pattern = Annotated[str, AfterValidator(_pattern)]
"""A regular expression."""
Selector = Annotated[str, AfterValidator(_selector)]
"""A CSS selector."""
WebAddress = Annotated[str, AfterValidator(_web_address)]
"""A full address of the web."""


class Settings(BaseModel):
    """Base of everything in a source's file: unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Years(Settings):
    """Which report years are wanted; an end left out is open. A document whose year can't be told beforehand is wanted.

    Attributes:
        first: the first year.
        last: the last year.
        only: single years, instead of a range.
    """

    first: int | None = Field(default=None, ge=2008, le=2100)
    last: int | None = Field(default=None, ge=2008, le=2100)
    only: frozenset[int] | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Years:
        if self.first is not None and self.last is not None and self.first > self.last:
            raise ValueError("first 不能晚于 last / first must not be after last")
        return self

    def cover(self, year: int | None) -> bool:
        """Whether a report of this year (null: can't be told) is wanted."""
        if year is None:
            return True
        if self.only is not None:
            return year in self.only
        return (self.first is None or year >= self.first) and (self.last is None or year <= self.last)


class Thresholds(Settings):
    """From when on a source's night is a finding.

    Attributes:
        drop_share: a night that lists at most this share of what the best of the last nights listed.
        drop_from: nights that listed fewer documents than this are nothing to compare with.
        nights: how many of the last nights are looked at.
    """

    drop_share: float = Field(default=0.5, ge=0, lt=1)
    drop_from: int = Field(default=4, ge=1)
    nights: int = Field(default=7, ge=1)


class Source(Settings):
    """Where documents come from.

    Attributes:
        name: the source's name; rows in the warehouse carry it. In a file it is the file's name.
        kind: how it is pulled.
        title: what people read (Chinese).
        place: code of the division whose agencies report here; settles names that occur more than once.
        years: which report years are wanted.
        recheck_days: how often a known document is asked for again (corrections come without a word).
        owner: who looks after the source.
        alert: name of the recipient of its alerts.
        expected: which agencies must file here.
        enabled: whether nightly loads pull it by themselves.
        findings: from when on a night is a finding.
    """

    named: ClassVar[frozenset[str]] = frozenset()

    name: str = Field(min_length=1)
    kind: str
    title: str | None = None
    place: str | None = Field(default=None, pattern=r"^\d{2,12}$")
    years: Years = Years()
    recheck_days: int = Field(default=30, ge=1)
    owner: str | None = None
    alert: str | None = None
    expected: Expected | None = None
    enabled: bool = True
    findings: Thresholds = Thresholds()
    unnamed_path: str | None = Field(default=None, exclude=True, repr=False)

    @property
    def key(self) -> str:
        """Unique among named sources and paths: names the state file and the landing parts."""
        if self.unnamed_path is None:
            return self.name
        return f"{self.name}~{hashlib.sha256(self.unnamed_path.encode()).hexdigest()[:8]}"

    @property
    def hosts(self) -> tuple[str, ...]:
        """Hosts of the web it starts at; none for folders."""
        return ()


def project_path(text: str) -> Path:
    """A path of a source's file: relative to the checkout, or absolute."""
    return (PROJECT_ROOT / Path(text).expanduser()).resolve()


def local_path(address: str) -> Path:
    """The path that a `file:` address means."""
    return Path(unquote(urlsplit(address).path))
