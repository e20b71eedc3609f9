"""Addresses in one canonical spelling, so that what is checked is what is asked for."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from urllib.parse import quote, urljoin, urlsplit

import httpx
import idna

_PORTS = {"http": 80, "https": 443}
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_ENCODED_DOT = re.compile(r"%2e", re.IGNORECASE)
_IGNORED = str.maketrans("", "", "\t\r\n")
_BLANK = "".join(chr(code) for code in range(0x21)) + "\u3000\u00a0\ufeff\u200b"
_LONGEST = 8000
_REMEMBERED = 4096
"""Addresses whose reading is kept: each is read when a list names it, when it is asked for and when it is settled."""


class BadAddressError(ValueError):
    """An address that can't be asked for; the message says why (Chinese)."""


@dataclass(frozen=True, slots=True)
class Address:
    """A canonical address: scheme and host in lower case, no fragment, everything percent-encoded.

    Attributes:
        text: the whole address.
        scheme: `http` or `https`.
        host: a name, or an IP address in its usual spelling.
        port: always a number.
        url: the same for httpx, read once.
    """

    text: str
    scheme: str
    host: str
    port: int
    url: httpx.URL = field(repr=False, compare=False)

    @property
    def origin(self) -> str:
        """Scheme, host and port: what one robots.txt speaks for."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"


@lru_cache(_REMEMBERED)
def parse_address(text: str, base: str | None = None, charset: str = "utf-8") -> Address:
    """Read an address as browsers do, relative to `base` if it is given.

    Args:
        text: the address as a page, a header or a person writes it.
        base: address of the page that it stands on.
        charset: of that page: characters in the query are sent in it.

    Raises:
        BadAddressError: another scheme, user name or password inside, an impossible host or port, too long.
    """
    path, mark, query = text.strip(_BLANK).translate(_IGNORED).partition("?")
    cleaned = path.replace("\\", "/") + mark + query
    try:
        parts = urlsplit(urljoin(base, cleaned) if base else cleaned)
        port = parts.port
    except ValueError as error:
        raise BadAddressError(f"无法解析（{error}）") from error
    if parts.scheme not in _PORTS:
        raise BadAddressError(f"只支持 http 和 https，不支持 {parts.scheme or '缺少协议的地址'}")
    if parts.username is not None or parts.password is not None:
        raise BadAddressError("网址中含有用户名或密码")
    if not parts.hostname:
        raise BadAddressError("缺少主机名")
    if port == 0:
        raise BadAddressError("端口号为 0")
    host = normal_host(parts.hostname)
    shown = f"[{host}]" if ":" in host else host
    place = shown if port in (None, _PORTS[parts.scheme]) else f"{shown}:{port}"
    place += _without_dots(_ENCODED_DOT.sub(".", _quoted(parts.path or "/", "utf-8")))
    asked = f"?{_quoted(parts.query, charset, extra='?')}" if parts.query else ""
    written = f"{parts.scheme}://{place}{asked}"
    if len(written) > _LONGEST:
        raise BadAddressError(f"网址超过 {_LONGEST} 个字符")
    return _canonical(written, parts.scheme, host, port or _PORTS[parts.scheme])


def _canonical(written: str, scheme: str, host: str, port: int) -> Address:
    try:
        url = httpx.URL(written)
    except httpx.InvalidURL as error:
        raise BadAddressError(f"无法解析（{error}）") from error
    # What is asked for must be what was checked: two readings of one address would be a way around.
    if url.raw_host.decode("ascii") != host or url.scheme != scheme or (url.port or _PORTS[scheme]) != port:
        raise BadAddressError("主机名写法有歧义")
    return Address(str(url), scheme, host, port, url)


def _quoted(text: str, charset: str, extra: str = "") -> str:
    whole = _STRAY_PERCENT.sub("%25", text)
    try:
        return quote(whole, safe="/%:@!$&'()*+,;=-._~" + extra, encoding=charset, errors="strict")
    except (UnicodeEncodeError, LookupError):
        return quote(whole, safe="/%:@!$&'()*+,;=-._~" + extra)


def _without_dots(path: str) -> str:
    """A path that begins with a slash, its `.` and `..` segments carried out."""
    kept: list[str] = []
    segments = path.removeprefix("/").split("/")
    for segment in segments:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in (".", ".."):
        kept.append("")
    return "/" + "/".join(kept)


def normal_host(host: str) -> str:
    """A host's one spelling: ASCII in lower case without a final dot; numbers as the IP address they mean.

    Browsers and system libraries read `2130706433`, `0x7f.1` and `127.1` as 127.0.0.1; so does this.

    Raises:
        BadAddressError: no host can be called that.
    """
    folded = unicodedata.normalize("NFKC", host).replace("\u3002", ".").lower().strip("[]").removesuffix(".")
    if ":" in folded:
        return _ipv6(folded, host)
    if not folded.isascii():
        try:
            folded = idna.encode(folded, uts46=True).decode("ascii")
        except idna.IDNAError as error:
            raise BadAddressError(f"主机名 {host} 不合规范") from error
    labels = folded.split(".")
    if _is_number(labels[-1]):
        return str(_ipv4(labels, host))
    if len(folded) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise BadAddressError(f"主机名 {host} 不合规范")
    return folded


def _ipv6(text: str, host: str) -> str:
    try:
        if "%" in text:
            raise BadAddressError(f"主机名 {host} 带有网卡标识")
        return IPv6Address(text).compressed
    except AddressValueError as error:
        raise BadAddressError(f"主机名 {host} 不合规范") from error


def _is_number(label: str) -> bool:
    return label.isdigit() or re.fullmatch(r"0x[0-9a-f]*", label) is not None


def _ipv4(labels: list[str], host: str) -> IPv4Address:
    """An IPv4 address in any of the spellings of inet_aton: one to four numbers, decimal, octal or hexadecimal."""
    try:
        numbers = [_number(label) for label in labels]
    except ValueError as error:
        raise BadAddressError(f"主机名 {host} 不合规范") from error
    *first, last = numbers
    if len(numbers) > 4 or any(number > 255 for number in first) or last >= 256 ** (5 - len(numbers)):
        raise BadAddressError(f"主机名 {host} 不合规范")
    value = last
    for index, number in enumerate(first):
        value += number << (8 * (3 - index))
    return IPv4Address(value)


def _number(label: str) -> int:
    if label.startswith("0x"):
        return int(label[2:] or "0", 16)
    return int(label, 8) if label.startswith("0") and len(label) > 1 else int(label, 10)


def host_matches(host: str, patterns: Iterable[str]) -> bool:
    """Whether a host is one of `patterns`: a name, or `*.name` for every host below it."""
    return any(
        host.endswith(pattern[1:]) if pattern.startswith("*.") else host == pattern for pattern in patterns
    )
