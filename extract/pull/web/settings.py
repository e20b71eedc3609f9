"""How a source is asked politely, and who asks: the settings of the web client."""

from __future__ import annotations

import os
from dataclasses import dataclass
from importlib.metadata import version
from ipaddress import ip_network
from typing import Self
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field, field_validator

from extract.pull.web.address import BadAddressError, normal_host

PRODUCT = "gongkai"
"""The name that robots.txt files may address."""

OPERATOR = "GONGKAI_OPERATOR"
CONTACT = "GONGKAI_CONTACT"
PROXY = "GONGKAI_PROXY"
CA_FILE = "GONGKAI_CA_FILE"


class Politeness(BaseModel):
    """How one source is asked.

    Attributes:
        delay_seconds: least time between the end of one request to a host and the next one to it.
        respect_robots: whether robots.txt is fetched and obeyed.
        timeout_seconds: how long a connection, and each wait for more bytes, may take.
        total_seconds: how long one request may take from connecting to its last byte.
        max_bytes: largest document, unpacked from its transfer encoding.
        max_list_bytes: largest list page, feed or answer of a search interface.
        retries: how often a request is repeated after what may pass (time-outs, 429, 5xx, truncated bodies).
        backoff_seconds: first wait before a repetition; it doubles each time, up to a minute.
        max_redirects: how many redirects one address may take.
        max_retry_after_seconds: longest `Retry-After` that is waited for; a host that asks for more is left alone.
        max_crawl_delay_seconds: longest crawl delay that is kept; a host that asks for more is not pulled.
        give_up_after: consecutive fetches that brought nothing but waiting after which a host is left alone for this load.
        allowed_private: networks (CIDR) that this source may reach although they are not public.
        hosts: hosts that redirects and attachments may go to besides the source's own; `*.name` is any host below.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    delay_seconds: float = Field(default=1.0, ge=0, le=3600)
    respect_robots: bool = True
    timeout_seconds: float = Field(default=30.0, gt=0, le=600)
    total_seconds: float = Field(default=300.0, gt=0, le=3600)
    max_bytes: int = Field(default=64 * 2**20, gt=0)
    max_list_bytes: int = Field(default=8 * 2**20, gt=0)
    retries: int = Field(default=3, ge=0, le=10)
    backoff_seconds: float = Field(default=1.0, ge=0, le=60)
    max_redirects: int = Field(default=5, ge=0, le=20)
    max_retry_after_seconds: float = Field(default=120.0, ge=0, le=3600)
    max_crawl_delay_seconds: float = Field(default=60.0, ge=0, le=3600)
    give_up_after: int = Field(default=5, ge=1)
    allowed_private: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()

    @field_validator("allowed_private")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(str(ip_network(network)) for network in value)

    @field_validator("hosts")
    @classmethod
    def _host_names(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(_host_pattern(host) for host in value)


def _host_pattern(text: str) -> str:
    below = text.startswith("*.")
    try:
        host = normal_host(text[2:] if below else text)
    except BadAddressError as error:
        raise ValueError(str(error)) from error
    return f"*.{host}" if below else host


@dataclass(frozen=True, slots=True)
class Operator:
    """Who runs this installation; sites read it in their logs.

    Attributes:
        name: the office or person (`GONGKAI_OPERATOR`).
        contact: a mail address or page for complaints (`GONGKAI_CONTACT`).
    """

    name: str = "operator not named"
    contact: str = "no contact given"

    @classmethod
    def from_environment(cls) -> Self:
        """The operator that `GONGKAI_OPERATOR` and `GONGKAI_CONTACT` name; what is missing is said to be missing."""
        blank = cls()
        return cls(os.environ.get(OPERATOR) or blank.name, os.environ.get(CONTACT) or blank.contact)

    @property
    def user_agent(self) -> str:
        """`gongkai/<version> (+contact; operator name)`; what is not ASCII is percent-encoded UTF-8."""
        return f"{PRODUCT}/{version(PRODUCT)} (+{_printable(self.contact)}; operator {_printable(self.name)})"


def _printable(text: str) -> str:
    return quote(" ".join(text.split()), safe=" !#$%&'*+-./:=?@^_`|~,;[]{}")
