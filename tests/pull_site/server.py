"""A real HTTP/1.1 server on several loopback addresses and one port, which logs every request."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it arrived.

    Attributes:
        moment: monotonic seconds of its arrival.
        address: the loopback address it arrived at.
        host: of its Host header, without port.
        path: with query.
        headers: names in lower case.
    """

    moment: float
    address: str
    method: str
    host: str
    path: str
    headers: dict[str, str]

    @property
    def conditional(self) -> bool:
        """Whether it asks for news only."""
        return "if-none-match" in self.headers or "if-modified-since" in self.headers

    @property
    def query(self) -> dict[str, str]:
        """What stands behind the question mark."""
        return dict(parse_qsl(self.path.partition("?")[2]))


@dataclass(slots=True)
class Reply:
    """A response, and how it is to go wrong.

    Attributes:
        headers: besides Date; Content-Length is added unless `length` or `chunked` says otherwise.
        length: the Content-Length to announce instead of the real one.
        chunked: send in chunks; `cut` leaves out the last one.
        cut: close the connection after the body that there is.
        drip: seconds between two bytes of the body.
        wait: seconds before anything is said.
        silent: close without a word.
        close_delimited: announce no length at all and close.
        raw: these bytes instead of a response, then close.
    """

    status: int = 200
    body: bytes = b""
    headers: list[tuple[str, str | bytes]] = field(default_factory=list)
    length: int | None = None
    chunked: bool = False
    cut: bool = False
    drip: float = 0.0
    wait: float = 0.0
    silent: bool = False
    close_delimited: bool = False
    raw: bytes | None = None


@dataclass(frozen=True, slots=True)
class Visit:
    """A line of the log: the request and the status it was answered with (0: none)."""

    request: Request
    status: int


Answerer = Callable[[Request], Reply]


class Server:
    """Listens on `port` of every given loopback address until `stop`.

    Args:
        addresses: loopback addresses.
        answer: makes replies; called from several threads.
        port: 0 picks a free one.
    """

    def __init__(self, addresses: Iterable[str], answer: Answerer, port: int = 0) -> None:
        self.log: list[Visit] = []
        self.stopping = threading.Event()
        self._answer = answer
        self._listeners = _listen(sorted(set(addresses)), port, _handler(self))
        self.port = int(self._listeners[0].server_address[1])
        self._threads = [
            threading.Thread(target=listener.serve_forever, args=(0.05,), daemon=True)
            for listener in self._listeners
        ]
        for thread in self._threads:
            thread.start()

    def answer(self, request: Request) -> Reply:
        """The reply to a request, which is logged."""
        reply = self._answer(request)
        self.log.append(Visit(request, 0 if reply.silent else reply.status))
        return reply

    def stop(self) -> None:
        """Stop listening; whoever is being answered slowly is cut off."""
        self.stopping.set()
        for listener in self._listeners:
            listener.shutdown()
            listener.server_close()
        for thread in self._threads:
            thread.join()


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that hang up are part of the game."""


def _listen(addresses: list[str], port: int, handler: type[BaseHTTPRequestHandler]) -> list[_Listener]:
    for _ in range(50):
        listeners: list[_Listener] = []
        try:
            for address in addresses:
                chosen = listeners[0].server_address[1] if listeners else port
                listeners.append(_Listener((address, chosen), handler))
        except OSError:
            for listener in listeners:
                listener.server_close()
            if port:
                raise
        else:
            return listeners
    raise OSError("no port that is free on all addresses")


def _handler(server: Server) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = 64 * 1024
        timeout = 30

        def log_message(self, *unused: object) -> None:
            """The server's own log is enough."""

        def do_GET(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            request = Request(
                time.monotonic(),
                str(self.connection.getsockname()[0]),
                self.command,
                headers.get("host", "").rpartition(":")[0] or headers.get("host", ""),
                self.path,
                headers,
            )
            with contextlib.suppress(OSError):
                self._send(server.answer(request))

        do_POST = do_HEAD = do_PUT = do_GET  # noqa: N815 - what http.server looks for

        def _send(self, reply: Reply) -> None:
            if reply.wait and server.stopping.wait(reply.wait):
                reply = Reply(silent=True)
            if reply.raw is not None:
                self.wfile.write(reply.raw)
                self.wfile.flush()
            if reply.silent or reply.raw is not None:
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            self.send_response(reply.status)
            for name, value in reply.headers:
                raw = value if isinstance(value, bytes) else value.encode("utf-8")
                self._headers_buffer.append(name.encode() + b": " + raw + b"\r\n")
            if reply.chunked:
                self.send_header("Transfer-Encoding", "chunked")
            elif reply.status not in (204, 304) and not reply.close_delimited:
                self.send_header(
                    "Content-Length", str(len(reply.body) if reply.length is None else reply.length)
                )
            if reply.cut or reply.close_delimited:
                self.close_connection = True
            self.end_headers()
            if reply.status not in (204, 304):
                self._send_body(reply)
            self.wfile.flush()

        def _send_body(self, reply: Reply) -> None:
            if reply.drip:
                self.wfile.flush()
                for index in range(len(reply.body)):
                    if server.stopping.wait(reply.drip):
                        return
                    self.wfile.write(self._framed(reply, reply.body[index : index + 1]))
                    self.wfile.flush()
            elif reply.body:
                self.wfile.write(self._framed(reply, reply.body))
            if reply.chunked and not reply.cut:
                self.wfile.write(b"0\r\n\r\n")

        def _framed(self, reply: Reply, data: bytes) -> bytes:
            return b"%x\r\n%s\r\n" % (len(data), data) if reply.chunked else data

    return Handler
