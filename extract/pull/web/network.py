"""Which network addresses may be reached, and connections to exactly the address that was checked.

A name is resolved here, every address it has is judged, and the connection goes to a judged address: no second
look-up comes between decision and connection.
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

import httpcore

from extract.pull.web.problem import Problem, refused

Resolver = Callable[[str, int], Sequence[str]]
"""Host and port to the IP addresses of the host; raises OSError if it has none."""

IpAddress = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_CLOSED = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
        "::/96",
        "::ffff:0:0/96",
        "::ffff:0:0:0/96",
        "64:ff9b:1::/48",
        "100::/64",
        "2001::/23",
        "2001:db8::/32",
        "3fff::/20",
        "5f00::/16",
        "fc00::/7",
        "fe80::/10",
        "fec0::/10",
        "ff00::/8",
    )
)
"""Networks that are not public; `ipaddress` knows most, but which ones depends on its version."""

_NAT64 = ip_network("64:ff9b::/96")
_SIX_TO_FOUR = ip_network("2002::/16")
_ISATAP = (0x00005EFE, 0x02005EFE)


def system_resolver(host: str, port: int) -> Sequence[str]:
    """What the system says."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


@dataclass(frozen=True, slots=True)
class AddressPolicy:
    """Public addresses, and the networks that a source names.

    Attributes:
        allowed: networks that may be reached though they are not public.
    """

    allowed: tuple[Network, ...] = ()

    @classmethod
    def of(cls, networks: Iterable[str]) -> AddressPolicy:
        """The policy that allows these networks (CIDR) besides what is public."""
        return cls(tuple(ip_network(network) for network in networks))

    def permits(self, address: str) -> bool:
        """Whether an IP address may be reached: it, and the IPv4 address it stands for, if it stands for one."""
        try:
            found = ip_address(address)
        except ValueError:
            return False
        carried = _carried(found)
        if carried is not None and not self._permits(carried):
            return False
        # An IPv4 address in IPv6 spelling is that IPv4 address; a tunnel's own address has to be open as well.
        mapped = isinstance(found, IPv6Address) and found.ipv4_mapped is not None
        return mapped or self._permits(found)

    def _permits(self, address: IpAddress) -> bool:
        if any(address.version == network.version and address in network for network in self.allowed):
            return True
        if any(address.version == network.version and address in network for network in _CLOSED):
            return False
        return (address.version == 6 and address in _NAT64) or _is_public(address)

    def resolve(self, host: str, port: int, resolver: Resolver) -> tuple[str, ...]:
        """The addresses of a host, all of them permitted.

        Raises:
            Problem: `private_address` if any of them is not permitted (one bad among good is how names are
                rebound); `unresolved` if there is none.
        """
        found = self._literal(host) or _looked_up(host, port, resolver)
        for address in found:
            if not self.permits(address):
                raise refused("private_address", f"{host} → {address}" if host != address else host)
        return found

    def _literal(self, host: str) -> tuple[str, ...]:
        try:
            return (str(ip_address(host)),)
        except ValueError:
            return ()


def _is_public(address: IpAddress) -> bool:
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def _carried(address: IpAddress) -> IPv4Address | None:
    """The IPv4 address inside an IPv6 address that is mapped, translated or tunnelled."""
    if not isinstance(address, IPv6Address):
        return None
    number = int(address)
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in _NAT64 or (number >> 32) & 0xFFFFFFFF in _ISATAP:
        return IPv4Address(number & 0xFFFFFFFF)
    if address in _SIX_TO_FOUR:
        return address.sixtofour
    return address.teredo[1] if address.teredo else None


def _looked_up(host: str, port: int, resolver: Resolver) -> tuple[str, ...]:
    try:
        found = tuple(resolver(host, port))
    except (OSError, UnicodeError) as error:
        again = isinstance(error, socket.gaierror) and error.errno == socket.EAI_AGAIN
        raise Problem("unresolved", f"{host}：{error}", retry=again) from error
    if not found:
        raise Problem("unresolved", host)
    return found


class TapeFullError(Exception):
    """More came over the line than the exchange may bring."""


@dataclass(slots=True)
class Tape:
    """What went over the line in one exchange, and how long it may last."""

    deadline: float
    limit: int
    peer: str | None = None
    sent: BytesIO = field(default_factory=BytesIO)
    received: BytesIO = field(default_factory=BytesIO)

    def keep(self, data: bytes) -> None:
        """Note what came.

        Raises:
            TapeFullError: more than `limit`.
        """
        self.received.write(data)
        if self.received.tell() > self.limit:
            raise TapeFullError

    def rewind(self) -> None:
        """Forget what was said so far."""
        self.sent, self.received = BytesIO(), BytesIO()

    def seconds_left(self, timeout: float | None) -> float:
        """How long the next step may take.

        Raises:
            TimeoutError: the exchange's time is over.
        """
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left if timeout is None else min(left, timeout)


class Line(httpcore.NetworkBackend):
    """Opens connections to permitted addresses alone and keeps a tape of the exchange that the thread is in.

    Args:
        policy: judges addresses.
        resolver: finds them.
        proxy: host and port of the operator's own proxy, which is connected to unjudged; its use means that
            the proxy resolves the names.
    """

    def __init__(
        self, policy: AddressPolicy, resolver: Resolver, proxy: tuple[str, int] | None = None
    ) -> None:
        self._policy = policy
        self._resolver = resolver
        self._proxy = proxy
        self._backend = httpcore.SyncBackend()
        self._here = threading.local()

    def begin(self, tape: Tape) -> None:
        """Put in the tape for the exchange that this thread begins."""
        self._here.tape = tape

    def end(self) -> None:
        """Take the tape out: it may be as long as the largest document."""
        del self._here.tape

    @property
    def tape(self) -> Tape:
        """The tape of the exchange that this thread is in."""
        tape: Tape = self._here.tape
        return tape

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first of the host's addresses that answers, if all of them are permitted."""
        if (host, port) == self._proxy:
            addresses = _looked_up(host, port, self._resolver)
        else:
            addresses = self._policy.resolve(host, port, self._resolver)
        for index, address in enumerate(addresses):
            try:
                stream = self._backend.connect_tcp(
                    address, port, self._seconds(timeout), local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if index == len(addresses) - 1:
                    raise
            else:
                self.tape.peer = address
                return _Stream(stream, self, address)
        raise httpcore.ConnectError(host)

    def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore.NetworkStream:
        """Never: sites are not on this machine's sockets."""
        raise httpcore.ConnectError(path)

    def sleep(self, seconds: float) -> None:
        """Never needed: repetitions are the client's."""

    def _seconds(self, timeout: float | None) -> float:
        try:
            return self.tape.seconds_left(timeout)
        except TimeoutError as error:
            raise httpcore.ConnectTimeout from error


class _Stream(httpcore.NetworkStream):
    """A connection that keeps to the exchange's deadline and writes its tape."""

    def __init__(self, stream: httpcore.NetworkStream, line: Line, peer: str) -> None:
        self._stream = stream
        self._line = line
        self._peer = peer

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        tape = self._line.tape
        tape.peer = self._peer
        try:
            data = self._stream.read(max_bytes, tape.seconds_left(timeout))
        except TimeoutError as error:
            raise httpcore.ReadTimeout from error
        tape.keep(data)
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        tape = self._line.tape
        try:
            self._stream.write(buffer, tape.seconds_left(timeout))
        except TimeoutError as error:
            raise httpcore.WriteTimeout from error
        tape.sent.write(buffer)

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        tape = self._line.tape
        # What was said to a proxy before is not part of the exchange.
        tape.rewind()
        try:
            secured = self._stream.start_tls(ssl_context, server_hostname, tape.seconds_left(timeout))
        except TimeoutError as error:
            raise httpcore.ConnectTimeout from error
        return _Stream(secured, self._line, self._peer)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
