"""The other side of `extract.worker`: the nursery that imports the readers once and forks workers, and a worker's loop.

The nursery has one thread and reads nothing, so that forking it is safe and a worker is ready in milliseconds. A
worker limits itself (processor time, memory, size of files, no network) before it reads its first document.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import json
import logging
import os
import pickle
import resource
import signal
import socket
import struct
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from extract.limits import Limits, on_request

log = logging.getLogger(__name__)

Task = Callable[[Any], Any]
_LENGTH = struct.Struct("!Q")
_PR_SET_PDEATHSIG = 1
_SPARE_ADDRESSES = 4 * 1024**3
"""Address space beyond the memory limit: libraries, mapped models, what allocators reserve and never use."""
_GROWN = 3 * 1024**2
"""When a worker holds so much more than it did when it last gave back what is free, it does so again. A second reading
leaves 10 MB free in pieces, which the allocator keeps; giving back costs one to five milliseconds."""
_YOUNG = 50_000
"""Objects between two looks for cycles. A document makes as many and hardly a cycle; at Python's own 700, looking
costs a twelfth of a reading."""
_OUTSIDE = frozenset([socket.AF_INET, socket.AF_INET6])
_NETWORK_EVENTS = frozenset(
    ["socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr", "socket.sendto", "urllib.Request"]
)


class NetworkForbiddenError(PermissionError):
    """A reader tried to reach the network; documents never make it do so."""


def send(connection: socket.socket, message: Any) -> None:
    """Send one message."""
    body = pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)
    connection.sendall(_LENGTH.pack(len(body)) + body)


def receive(connection: socket.socket) -> Any:
    """The next message.

    Raises:
        EOFError: the other side is gone.
    """
    (length,) = _LENGTH.unpack(_exactly(connection, _LENGTH.size))
    return pickle.loads(_exactly(connection, length))  # noqa: S301  (from our own process)


def _exactly(connection: socket.socket, size: int) -> bytes:
    buffer = bytearray(size)
    view = memoryview(buffer)
    at = 0
    while at < size:
        count = connection.recv_into(view[at:])
        if count == 0:
            raise EOFError("the other side is gone")
        at += count
    return bytes(buffer)


def nursery(control_fd: int, task_name: str, limits: Limits) -> None:
    """Import a task's module, then fork a worker for each request until the parent is gone.

    Args:
        control_fd: a sequenced-packet socket to the parent. Requests are JSON: `{"fork": folder}` with the worker's
            own socket attached is answered by `{"pid": …}`, `{"reap": pid}` by `{"status": …, "peak": bytes}`.
        task_name: `module:function`; the function is called with each argument the parent sends.
        limits: what a document may cost.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends us, after its own business
    module, _, function = task_name.partition(":")
    task: Task = getattr(importlib.import_module(module), function)
    warm = getattr(importlib.import_module(module), "warm_up", None)
    if warm is not None:
        warm()
    gc.collect()
    gc.freeze()  # what is imported stays shared between the workers
    gc.set_threshold(_YOUNG, 20, 50)
    control = socket.socket(fileno=control_fd)
    children: set[int] = set()
    try:
        while True:
            packet, fds, _, _ = socket.recv_fds(control, 65536, 1)
            if not packet:
                return
            request = json.loads(packet)
            if "fork" in request:
                pid = os.fork()
                if pid == 0:
                    control.close()
                    _work(socket.socket(fileno=fds[0]), task, limits, Path(request["fork"]), warm)
                os.close(fds[0])
                children.add(pid)
                answer: dict[str, int | None] = {"pid": pid}
            else:
                answer = _reaped(request["reap"])
                children.discard(request["reap"])
            control.send(json.dumps(answer).encode())
    finally:
        for pid in children:
            kill_group(pid)


def _reaped(pid: int) -> dict[str, int | None]:
    try:
        _, status, usage = os.wait4(pid, 0)
    except ChildProcessError:  # a worker of the nursery before this one
        return {"status": None, "peak": None}
    return {"status": status, "peak": usage.ru_maxrss * 1024}


def kill_group(pid: int) -> None:
    """End a worker and whatever it has started."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, signal.SIGKILL)


def _work(
    connection: socket.socket, task: Task, limits: Limits, folder: Path, warm: Callable[[], object] | None
) -> None:
    """A worker's whole life; never returns."""
    status = 1
    try:
        _confine(limits, folder)
        if warm is not None:
            # once more: a forked process has none of the libraries' pages at hand, and the first document would pay
            warm()
        _serve(connection, task, limits)
        status = 0
    except (EOFError, OSError):
        status = 0  # the parent has let go of us
    except BaseException:
        log.exception("worker failed")
    finally:
        sys.stderr.flush()
        os._exit(status)


def _confine(limits: Limits, folder: Path) -> None:
    os.setsid()
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    os.environ["TMPDIR"] = tempfile.tempdir = str(folder)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_FSIZE, limits.written_bytes)
    _limit(resource.RLIMIT_DATA, limits.memory_bytes)
    _limit(resource.RLIMIT_AS, limits.memory_bytes + _SPARE_ADDRESSES)
    sys.addaudithook(_no_network)
    sys.setrecursionlimit(5000)  # walks go as deep as parsers let elements nest (256), some frames an element


def _limit(what: int, most: int) -> None:
    _, hard = resource.getrlimit(what)
    soft = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(what, (soft, hard))


def _no_network(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "socket.__new__":
        if arguments[1] in _OUTSIDE:
            raise NetworkForbiddenError("readers do not use the network")
    elif event in _NETWORK_EVENTS:
        raise NetworkForbiddenError("readers do not use the network")


def _serve(connection: socket.socket, task: Task, limits: Limits) -> None:
    usual = _resident()
    while True:
        argument = receive(connection)
        _Allowance(connection, limits)
        reply = _attempt(task, argument)
        if _resident() > usual + _GROWN:
            _give_back()
            usual = _resident()
        try:
            send(connection, (*reply, _resident()))
        except MemoryError:
            send(connection, ("failed", "too_large", _resident()))


def _give_back() -> None:
    """Have the allocator return what documents have left free."""
    gc.collect()
    with contextlib.suppress(AttributeError):  # glibc only
        ctypes.CDLL(None).malloc_trim(0)


class _Allowance:
    """The time of one document: limited when made, extended when its reader asks."""

    def __init__(self, connection: socket.socket, limits: Limits) -> None:
        self.connection, self.limits = connection, limits
        self.began = time.process_time()
        self.seconds = limits.cpu_seconds
        self._apply()
        on_request(self.grant)

    def grant(self, seconds: float) -> None:
        """Allow more, up to the most that any document may have; the parent's clock is told."""
        self.seconds = min(self.seconds + seconds, self.limits.most_seconds)
        self._apply()
        send(self.connection, ("time", seconds))

    def _apply(self) -> None:
        _limit(resource.RLIMIT_CPU, int(self.began + self.seconds) + 1)


def _attempt(task: Task, argument: Any) -> tuple[str, Any]:
    try:
        return "done", task(argument)
    except MemoryError:
        return "failed", "too_large"
    except RecursionError:
        return "failed", "too_deep"
    except Exception as fault:
        log.exception("a document could not be read")
        return "fault", f"{type(fault).__name__}: {fault}"[:300]


def _resident() -> int:
    """Resident memory of this process in bytes."""
    try:
        with Path("/proc/self/statm").open("rb") as file:
            return int(file.read().split()[1]) * resource.getpagesize()
    except OSError:  # no /proc on this system: the highest ever, in its place
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
