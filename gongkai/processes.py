"""What the commands that start servers and wait (`gongkai up`, `gongkai dashboards`) have in common."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from types import FrameType
from typing import Final

from gongkai.errors import GongkaiError

STOP_SECONDS: Final = 20.0


class StopRequestedError(Exception):
    """Ctrl-C or termination: end the servers in order."""


def require_free(port: int) -> None:
    """Make sure that nobody listens on a port of 127.0.0.1.

    Raises:
        GongkaiError: somebody does.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise GongkaiError(
                f"端口 {port} 已被占用；请停掉占用它的程序，或用 --port 换一个端口。"
            ) from error


def stop(running: Mapping[str, subprocess.Popen[bytes]]) -> None:
    """End processes that lead a session of their own: politely, then with the children they started."""
    for process in running.values():
        process.terminate()
    deadline = time.monotonic() + STOP_SECONDS
    for process in running.values():
        try:
            process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


@contextlib.contextmanager
def stop_on_signal() -> Iterator[None]:
    """Raise `StopRequestedError` at Ctrl-C or termination within the block, which ends quietly with it."""

    def request(_number: int, _frame: FrameType | None) -> None:
        raise StopRequestedError

    before = {number: signal.signal(number, request) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    except StopRequestedError:
        return
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
