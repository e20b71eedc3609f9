"""The web client: one address in, one judged fetch out."""

from __future__ import annotations

import email.utils
import os
import ssl
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

import httpx
import tenacity

from extract.pull.web.address import Address, BadAddressError, host_matches, parse_address
from extract.pull.web.archive import WarcArchive
from extract.pull.web.exchange import Connection, Exchange, header_text
from extract.pull.web.lanes import Lane, Turnstile
from extract.pull.web.naming import content_type, file_name
from extract.pull.web.network import AddressPolicy, Line, Resolver, system_resolver
from extract.pull.web.problem import Problem, refused
from extract.pull.web.results import Answer, Fetch, Outcome, Validators
from extract.pull.web.robots import MAX_BYTES as ROBOTS_BYTES
from extract.pull.web.robots import Robots
from extract.pull.web.settings import CA_FILE, PROXY, Operator, Politeness

_REDIRECTS = frozenset([301, 302, 303, 307, 308])
_SUCCESS = frozenset([200, 203])
_GONE = frozenset([404, 410])
_FORBIDDEN = frozenset([401, 403, 407, 451])
_WORTH_REPEATING = frozenset([408, 500, 502, 503, 504])
_SAME_ADDRESS = 2
"""Visits to one address within a fetch: sites redirect to the same place once to set a cookie."""
_LONGEST_BACKOFF = 60.0
_IN_VAIN = frozenset(["timeout", "unreachable", "unresolved", "rate_limited"])
"""Problems that cost waiting: a host that has nothing else to offer is given up."""
_OPEN_HOSTS = 64
"""Hosts to which connections are kept open."""
_NO_ORIGIN = frozenset(["private_address", "unresolved", "tls"])
"""Problems that a request for robots.txt has in common with every other one to its origin."""

Kind = Literal["list", "document"]


@dataclass(slots=True)
class _Trail:
    """One fetch under way."""

    asked: Address
    kind: Kind | None
    validators: Validators | None
    attempts: int = 0
    status: int | None = None
    archived: str | None = None
    redirects: list[tuple[int, str, str]] = field(default_factory=list)


class WebClient:
    """Asks sites politely and safely; may be used by several threads.

    One request at a time goes to a host, whichever thread asks (and whichever process, where `turns` is given), with
    the longer of the source's delay and the site's crawl delay between two. Nothing is asked of a host outside the
    source, of an address that is not public, or against robots.txt. Use as a context manager: connections stay open
    between requests.

    Args:
        politeness: how the source is asked.
        operator: who asks; default from the environment.
        archive: where exchanges are kept; not closed by the client.
        own_hosts: hosts of the source itself (names, or `*.name`); `politeness.hosts` come on top.
        resolver: finds a name's addresses.
        clock: monotonic seconds, for pauses.
        sleep: waits.
        turns: folder in which processes that may ask the same hosts agree on whose turn it is.
        ca_file: certificates trusted besides the public ones; default `GONGKAI_CA_FILE`.
        proxy: an HTTP proxy to go through (no user name); default `GONGKAI_PROXY`. The usual proxy variables are not
            looked at. Addresses are judged here all the same, but it is the proxy that resolves the name again.

    Raises:
        ValueError: an impossible host among `own_hosts`, or an impossible proxy.
    """

    def __init__(
        self,
        politeness: Politeness,
        operator: Operator | None = None,
        archive: WarcArchive | None = None,
        *,
        own_hosts: Iterable[str] = (),
        resolver: Resolver = system_resolver,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        turns: Path | None = None,
        ca_file: Path | None = None,
        proxy: str | None = None,
    ) -> None:
        self._politeness = politeness
        self._operator = operator or Operator.from_environment()
        self._archive = archive
        self._hosts = Politeness(hosts=tuple(own_hosts)).hosts + politeness.hosts
        self._resolver = resolver
        self._clock = clock
        self._sleep = sleep
        self._turnstile = Turnstile(turns, sleep) if turns else None
        self._proxy = _proxy_address(proxy or os.environ.get(PROXY))
        self._policy = AddressPolicy.of(politeness.allowed_private)
        self._tls = _tls_context(ca_file or (Path(os.environ[CA_FILE]) if os.environ.get(CA_FILE) else None))
        self._robots = Robots(self._fetch_robots, politeness.max_crawl_delay_seconds)
        self._lock = threading.Lock()
        self._lanes: dict[str, tuple[Lane, Connection]] = {}
        self._open: dict[str, None] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        with self._lock:
            lanes, self._lanes, self._open = self._lanes, {}, {}
        for _, connection in lanes.values():
            connection.close()

    def get(self, address: str, *, validators: Validators | None = None, kind: Kind = "document") -> Fetch:
        """Fetch an address.

        Args:
            address: absolute.
            validators: of the copy that is known: makes the request conditional.
            kind: what is expected there; decides how large it may be.

        Raises:
            OSError: the archive can't be written. What goes wrong with the address is in the result.
        """
        try:
            asked = parse_address(address)
        except BadAddressError as error:
            return _unhappy(address, refused("bad_address", str(error)), 0, None)
        trail = _Trail(asked, kind, validators)
        try:
            exchange = self._follow(trail)
            return self._judged(address, exchange, trail)
        except Problem as problem:
            _let_go(problem)
            return _unhappy(address, problem, trail.attempts, problem.status or trail.status)

    # -- one fetch -----------------------------------------------------------------------------------------------

    def _follow(self, trail: _Trail) -> Exchange:
        """The exchange at the end of the redirects."""
        current = trail.asked
        visits: dict[str, int] = {}
        while True:
            visits[current.text] = visits.get(current.text, 0) + 1
            if visits[current.text] > _SAME_ADDRESS:
                raise Problem("redirects", current.text)
            self._check(current, trail)
            exchange = self._insist(current, trail)
            location = exchange.location if exchange.status in _REDIRECTS else None
            if location is None or exchange.status is None:
                return exchange
            if len(trail.redirects) >= self._politeness.max_redirects:
                raise Problem("redirects", f"超过 {self._politeness.max_redirects} 次")
            try:
                target = parse_address(location, base=current.text)
            except BadAddressError as error:
                raise refused("bad_address", f"跳转至 {location[:200]}：{error}") from error
            trail.redirects.append((exchange.status, current.text, target.text))
            current = target

    def _check(self, address: Address, trail: _Trail) -> None:
        if not host_matches(address.host, self._hosts):
            raise refused("host_outside", address.host)
        # A literal needs no look-up to be judged; robots.txt need not be asked for at such a place.
        if _is_literal(address.host) and not self._policy.permits(address.host):
            raise refused("private_address", address.host)
        if trail.kind is not None and self._politeness.respect_robots:
            self._robots.check(address)

    def _insist(self, address: Address, trail: _Trail) -> Exchange:
        """Ask, and ask again where that may help."""
        lane, connection = self._lane(address.host)
        before = trail.attempts
        retrying = tenacity.Retrying(
            stop=tenacity.stop_after_attempt(self._politeness.retries + 1),
            wait=self._pause,
            retry=tenacity.retry_if_exception(lambda error: isinstance(error, Problem) and error.retry),
            # The lane does the waiting, so that other threads hold off from the host as well.
            sleep=lane.hold_off,
            reraise=True,
        )
        try:
            exchange: Exchange = retrying(self._once, address, trail, lane, connection)
        except Problem as problem:
            if problem.error_class in _IN_VAIN and trail.attempts > before:
                lane.in_vain()
            raise
        return exchange

    def _once(self, address: Address, trail: _Trail, lane: Lane, connection: Connection) -> Exchange:
        politeness = self._politeness
        limit = {"list": politeness.max_list_bytes, "document": politeness.max_bytes, None: ROBOTS_BYTES}
        with lane.turn(max(politeness.delay_seconds, self._robots.delay(address))):
            trail.attempts += 1
            if self._proxy is not None:
                self._check_before_proxy(address)
            exchange = connection.ask(
                address, _conditional(trail), limit[trail.kind], keep_start=trail.kind is None
            )
        if self._archive is not None and (exchange.request or exchange.response):
            trail.archived = self._archive.write(exchange)
        trail.status = exchange.status
        if exchange.problem is None and exchange.status != 429:
            lane.went_well()
        self._raise_if_in_vain(exchange, trail, lane)
        return exchange

    def _raise_if_in_vain(self, exchange: Exchange, trail: _Trail, lane: Lane) -> None:
        status, problem = exchange.status, exchange.problem
        after = _seconds(exchange.header("retry-after")) if status in (429, 503) else None
        if after is not None and after > self._politeness.max_retry_after_seconds:
            lane.close_for(after)
            raise Problem("rate_limited", f"Retry-After {after:.0f} 秒", status=status)
        if status == 429:
            raise Problem("rate_limited", "HTTP 429", retry=True, retry_after=after, status=status)
        if status in _WORTH_REPEATING:
            raise Problem("server_error", str(status), retry=True, retry_after=after, status=status)
        # Whatever the body of a refusal or a redirect was, the head says all.
        if problem is not None and (status is None or status in _SUCCESS):
            if trail.kind is None and problem.error_class == "too_large":
                return
            raise problem

    def _pause(self, state: tenacity.RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        asked = error.retry_after if isinstance(error, Problem) else None
        _let_go(error)
        wait = self._politeness.backoff_seconds * 2.0 ** (state.attempt_number - 1)
        return max(asked or 0.0, min(wait, _LONGEST_BACKOFF))

    def _check_before_proxy(self, address: Address) -> None:
        """Judge the address here: the proxy would not. A name unknown here is left to the proxy."""
        try:
            self._policy.resolve(address.host, address.port, self._resolver)
        except Problem as problem:
            if problem.error_class != "unresolved":
                raise

    # -- what came of it -----------------------------------------------------------------------------------------

    def _judged(self, address: str, exchange: Exchange, trail: _Trail) -> Fetch:
        status = exchange.status
        if status in _SUCCESS:
            return Fetch(
                address, Outcome.fetched, _answer(exchange, trail), None, None, trail.attempts, status
            )
        if status == 304 and _conditional(trail):
            answer = _answer(exchange, trail)
            return Fetch(address, Outcome.not_modified, answer, None, None, trail.attempts, status)
        if status in _GONE:
            gone = Problem("gone", str(status), outcome=Outcome.gone)
            answer = _answer(exchange, trail)
            return Fetch(
                address, Outcome.gone, answer, "gone", gone.sentence(address), trail.attempts, status
            )
        raise _status_problem(status)

    # -- robots.txt ----------------------------------------------------------------------------------------------

    def _fetch_robots(self, address: Address) -> bytes | None:
        """The content of an origin's robots.txt; None if the origin has none.

        Raises:
            Problem: `robots_unreachable`, or what keeps the origin from being asked for anything (`_NO_ORIGIN`).
        """
        trail = _Trail(parse_address("/robots.txt", base=address.text), None, None)
        try:
            exchange = self._follow(trail)
        except Problem as problem:
            if problem.error_class in _NO_ORIGIN:
                raise
            # Redirected in circles or out of the source: there is no robots.txt to be had here.
            if problem.error_class == "redirects" or (trail.redirects and problem.outcome is Outcome.refused):
                return None
            reason = f"{address.origin}（{problem.error_class}：{problem.detail}）"
            raise refused("robots_unreachable", reason) from problem
        if exchange.status in _SUCCESS:
            return exchange.content
        if exchange.status is not None and 400 <= exchange.status < 500:
            return None
        raise refused("robots_unreachable", f"{address.origin}（HTTP {exchange.status}）")

    # -- hosts ---------------------------------------------------------------------------------------------------

    def _lane(self, host: str) -> tuple[Lane, Connection]:
        with self._lock:
            if host not in self._lanes:
                lane = Lane(host, self._clock, self._sleep, self._politeness.give_up_after, self._turnstile)
                self._lanes[host] = (lane, self._connection())
            self._open.pop(host, None)
            self._open[host] = None
            if len(self._open) > _OPEN_HOSTS:
                self._close_oldest()
            return self._lanes[host]

    def _close_oldest(self) -> None:
        """Close the connection that was used longest ago: a manifest may name thousands of hosts."""
        for host in self._open:
            lane, connection = self._lanes[host]
            if lane.while_idle(connection.close):
                del self._open[host]
                return

    def _connection(self) -> Connection:
        proxy = self._proxy
        return Connection(
            Line(self._policy, self._resolver, (proxy.host, proxy.port) if proxy else None),
            self._tls,
            user_agent=self._operator.user_agent,
            timeout=self._politeness.timeout_seconds,
            total=self._politeness.total_seconds,
            proxy=proxy.text if proxy else None,
        )


def _proxy_address(text: str | None) -> Address | None:
    if not text:
        return None
    try:
        return parse_address(text)
    except BadAddressError as error:
        raise ValueError(f"{PROXY}：{error}；请写成 http://主机:端口") from error


def _let_go(error: BaseException | None) -> None:
    """Let an exception that is dealt with forget its frames: they hold the exchange, which may be large, in a circle."""
    if error is not None:
        error.__traceback__ = None


def _tls_context(ca_file: Path | None) -> ssl.SSLContext:
    context = httpx.create_ssl_context(verify=True, trust_env=False)
    if ca_file is not None:
        context.load_verify_locations(cafile=str(ca_file))
    return context


def _is_literal(host: str) -> bool:
    return ":" in host or host.replace(".", "").isdigit()


def _conditional(trail: _Trail) -> dict[str, str]:
    """The headers that make a request conditional.

    Past a redirect only the tag counts: some other page that has not changed since the date would be taken for the
    unchanged document.
    """
    headers = {}
    if trail.validators and trail.validators.etag:
        headers["If-None-Match"] = trail.validators.etag
    if trail.validators and trail.validators.last_modified and not trail.redirects:
        headers["If-Modified-Since"] = trail.validators.last_modified
    return {name: value for name, value in headers.items() if value.isascii() and value.isprintable()}


def _seconds(retry_after: str | None) -> float | None:
    """Seconds that a Retry-After header asks for: a number or a date."""
    if retry_after is None:
        return None
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        return float(min(int(text), 10**9))
    try:
        moment = email.utils.parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (aware - datetime.now(UTC)).total_seconds())


def _answer(exchange: Exchange, trail: _Trail) -> Answer:
    headers: dict[str, str] = {}
    for name, value in exchange.headers:
        key, text = name.decode("latin-1").lower(), header_text(value)
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    kind, charset = content_type(headers.get("content-type"))
    disposition = next((v for n, v in exchange.headers if n.lower() == b"content-disposition"), None)
    found = Validators(headers.get("etag"), headers.get("last-modified"))
    kept = exchange.status == 304 and trail.validators is not None and not found
    return Answer(
        address=trail.asked.text,
        final_address=exchange.address.text,
        status=exchange.status or 0,
        headers=headers,
        content=b"" if exchange.status == 304 else exchange.content,
        content_type=kind,
        charset=charset,
        file_name=file_name(disposition, exchange.address),
        validators=trail.validators if kept and trail.validators is not None else found,
        retrieved_at=exchange.began_at,
        redirects=tuple(trail.redirects),
        archived=trail.archived,
    )


def _status_problem(status: int | None) -> Problem:
    if status in _FORBIDDEN:
        return Problem("forbidden", str(status), status=status)
    if status is not None and status >= 500:
        return Problem("server_error", str(status), status=status)
    return Problem("http_status", str(status), status=status)


def _unhappy(address: str, problem: Problem, attempts: int, status: int | None) -> Fetch:
    return Fetch(
        address, problem.outcome, None, problem.error_class, problem.sentence(address), attempts, status
    )
