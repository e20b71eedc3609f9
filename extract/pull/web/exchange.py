"""One request and its answer over the wire, with everything that can go wrong named."""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO

import httpcore
import httpx

from extract.pull.web.address import Address
from extract.pull.web.decoding import EncodingError, decoder_for
from extract.pull.web.network import Line, Tape, TapeFullError
from extract.pull.web.problem import Problem

_HEAD_ROOM = 256 * 1024
"""Bytes of heads and chunk marks that may come over the line besides the body."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """What went over the wire for one request, whole or not.

    Attributes:
        address: that was asked for.
        began_at: UTC.
        peer: the IP address that answered.
        request: the bytes sent.
        response: the bytes received, as they came.
        status: None if no head came.
        headers: of the response, as they came.
        content: the body, encodings undone; what there is of it if `problem` says that it is cut.
        problem: what went wrong on the way; a status that is no success is not judged here.
    """

    address: Address
    began_at: datetime
    peer: str | None
    request: bytes
    response: bytes
    status: int | None
    headers: tuple[tuple[bytes, bytes], ...]
    content: bytes
    problem: Problem | None

    @property
    def location(self) -> str | None:
        """Where a redirect leads; bytes that are not ASCII are percent-encoded as they are, as browsers do."""
        for key, value in self.headers:
            if key.lower() == b"location":
                return "".join(chr(byte) if byte < 0x80 else f"%{byte:02X}" for byte in value)
        return None

    def header(self, name: str) -> str | None:
        """A header's value (the first), bytes read as UTF-8, else as GB 18030, else as Latin-1."""
        wanted = name.encode()
        for key, value in self.headers:
            if key.lower() == wanted:
                return header_text(value)
        return None


def header_text(value: bytes) -> str:
    """A header's bytes as text: the standard says ASCII, sites send whatever their pages are in."""
    for encoding in ("utf-8", "gb18030"):
        try:
            return value.decode(encoding)
        except UnicodeDecodeError:
            continue
    return value.decode("latin-1")


class Connection:
    """The connections to one host: kept open between requests, cookies kept for this host alone.

    Args:
        line: opens connections and keeps the tape.
        tls: verifies certificates.
        user_agent: names the operator.
        timeout: seconds for connecting and for each wait.
        total: seconds for a whole exchange.
        proxy: address of the operator's proxy, if one is to be used.
    """

    def __init__(
        self,
        line: Line,
        tls: ssl.SSLContext,
        *,
        user_agent: str,
        timeout: float,
        total: float,
        proxy: str | None = None,
    ) -> None:
        self._line = line
        self._total = total
        self._transport = _Transport(line, tls, proxy)
        self._cookies = httpx.Cookies()
        self._extensions = {"timeout": httpx.Timeout(timeout).as_dict()}
        self._headers = {
            "User-Agent": user_agent,
            "Accept": "*/*",
            "Accept-Encoding": "gzip, deflate",
            "Accept-Language": "zh-CN",
        }

    def close(self) -> None:
        """Close what is open; the next request opens it again."""
        self._transport.close()

    def ask(
        self, address: Address, headers: dict[str, str], limit: int, *, keep_start: bool = False
    ) -> Exchange:
        """Send one GET and read the answer.

        Args:
            address: whom.
            headers: besides those that every request has.
            limit: bytes that the body may have, on the line and unpacked.
            keep_start: a body over the limit is read up to it; otherwise one that announces more is not read at all.
        """
        tape = Tape(time.monotonic() + self._total, limit + _HEAD_ROOM)
        self._line.begin(tape)
        began_at = datetime.now(UTC)
        status: int | None = None
        found: tuple[tuple[bytes, bytes], ...] = ()
        body = _Body(limit, keep_start)
        problem: Problem | None = None
        try:
            response = self._send(address, headers)
            try:
                status, found = response.status_code, tuple(response.headers.raw)
                body.read(response)
            finally:
                response.close()
        except Problem as error:
            problem = error
        except _FAILURES as error:
            problem = _named(error, status is not None)
            if time.monotonic() >= tape.deadline:
                # Another try would last as long.
                problem = Problem("timeout", f"超过 {self._total:g} 秒")
        finally:
            self._line.end()
        if problem is not None and problem.status is None:
            problem.status = status
        return Exchange(
            address,
            began_at,
            tape.peer,
            tape.sent.getvalue(),
            tape.received.getvalue(),
            status,
            found,
            body.content.getvalue(),
            problem,
        )

    def _send(self, address: Address, headers: dict[str, str]) -> httpx.Response:
        """The response, its body still on the line."""
        # Not through httpx.Client: it would log a line for each of a night's requests.
        request = httpx.Request(
            "GET", address.url, headers={**self._headers, **headers}, extensions=self._extensions
        )
        # Sites put anything into cookies; what no header can hold is not sent back.
        request.headers.encoding = "utf-8"
        if self._cookies.jar:
            self._cookies.set_cookie_header(request)
            if not request.headers.get("cookie", "").isprintable():
                del request.headers["cookie"]
        response = self._transport.handle_request(request)
        response.request = request
        if "set-cookie" in response.headers:
            self._cookies.extract_cookies(response)
        return response


_FAILURES = (
    httpcore.TimeoutException,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.ProxyError,
    httpx.HTTPError,
    httpx.InvalidURL,
    TapeFullError,
    EncodingError,
)


class _Body:
    """The body of a response, counted while it is unpacked."""

    def __init__(self, limit: int, keep_start: bool) -> None:
        self.content = BytesIO()
        self._limit = limit
        self._keep_start = keep_start

    def read(self, response: httpx.Response) -> None:
        """Read to the end.

        Raises:
            Problem: `too_large`.
            EncodingError: the body can't be unpacked.
        """
        announced = response.headers.get("content-length", "")
        if announced.isdigit() and int(announced) > self._limit and not self._keep_start:
            raise Problem("too_large", str(self._limit))
        decoder = decoder_for(response.headers.get("content-encoding", ""))
        for chunk in response.iter_raw():
            for piece in decoder.feed(chunk):
                self.content.write(piece)
                if self.content.tell() > self._limit:
                    self.content.truncate(self._limit)
                    raise Problem("too_large", str(self._limit))
        decoder.finish()


def _named(error: Exception, begun: bool) -> Problem:
    """The problem that an exception stands for; `begun`: the head of the response had come."""
    if isinstance(error, httpcore.TimeoutException):
        return Problem("timeout", "等待响应" if not begun else "传输内容", retry=True)
    if isinstance(error, TapeFullError):
        return Problem("too_large", "响应")
    if isinstance(error, EncodingError):
        return Problem("truncated" if error.cut else "encoding", str(error), retry=error.cut)
    if isinstance(error, httpcore.ConnectError):
        # The pool takes the cause off on the way; the exception itself is still the argument.
        cause = error.args[0] if error.args else None
        if isinstance(cause, ssl.SSLError):
            return Problem("tls", getattr(cause, "verify_message", "") or cause.reason or str(cause))
        return Problem("unreachable", str(error) or "连接被拒绝", retry=True)
    if isinstance(error, httpcore.NetworkError):
        return Problem("truncated" if begun else "unreachable", str(error) or "连接中断", retry=True)
    if isinstance(error, httpcore.RemoteProtocolError):
        return _protocol(str(error), begun)
    return Problem("protocol", str(error) or type(error).__name__)


def _protocol(message: str, begun: bool) -> Problem:
    # httpcore gives h11's words alone; these two say that the connection ended early.
    if "disconnected without sending" in message:
        return Problem("unreachable", "服务器未作应答即断开", retry=True)
    if begun and "closed connection without sending complete" in message:
        return Problem("truncated", message, retry=True)
    return Problem("protocol", message)


class _Transport(httpx.BaseTransport):
    """httpx on a pool of ours: exceptions stay httpcore's, connections are the line's."""

    def __init__(self, line: Line, tls: ssl.SSLContext, proxy: str | None) -> None:
        self._pool: httpcore.ConnectionPool
        if proxy is None:
            self._pool = httpcore.ConnectionPool(
                ssl_context=tls, max_connections=2, keepalive_expiry=30, network_backend=line
            )
        else:
            self._pool = httpcore.HTTPProxy(
                proxy, ssl_context=tls, max_connections=2, keepalive_expiry=30, network_backend=line
            )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; the body is read by who asked."""
        response = self._pool.handle_request(
            httpcore.Request(
                method=request.method,
                url=httpcore.URL(
                    scheme=request.url.raw_scheme,
                    host=request.url.raw_host,
                    port=request.url.port,
                    target=request.url.raw_path,
                ),
                headers=request.headers.raw,
                extensions=request.extensions,
            )
        )
        return httpx.Response(
            status_code=response.status,
            headers=response.headers,
            stream=_Stream(response),
            extensions=response.extensions,
        )

    def close(self) -> None:
        """Close the connections."""
        self._pool.close()


class _Stream(httpx.SyncByteStream):
    def __init__(self, response: httpcore.Response) -> None:
        self._response = response

    def __iter__(self) -> Iterator[bytes]:
        yield from self._response.iter_stream()

    def close(self) -> None:
        self._response.close()
