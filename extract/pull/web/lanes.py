"""One request at a time to a host, with a pause between two: over the threads of a process, and over processes."""

from __future__ import annotations

import fcntl
import os
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from extract.pull.web.problem import Problem

_MOMENT = struct.Struct("<dd")
"""Until when a host is to be left in peace, and how long that pause was."""


class Turnstile:
    """Turns that several processes share: a folder with a small file a host, locked while somebody asks the host.

    A process that dies lets go of its lock; the file says until when the host is to be left in peace.

    Args:
        folder: the same for all of them; created when first used.
        sleep: waits that many seconds.
        clock: seconds since the epoch, the same for all of them.
    """

    def __init__(
        self,
        folder: Path,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._folder = folder
        self._sleep = sleep
        self._clock = clock

    @contextmanager
    def turn(self, host: str, delay: float) -> Iterator[None]:
        """Wait until no other process asks the host, and for the pause after the request before.

        Raises:
            OSError: the folder can't be written.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        file = os.open(self._folder / host, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            wait = self._free_at(file) - self._clock()
            if wait > 0:
                self._sleep(wait)
            try:
                yield
            finally:
                os.pwrite(file, _MOMENT.pack(self._clock() + delay, delay), 0)
        finally:
            os.close(file)

    def _free_at(self, file: int) -> float:
        content = os.pread(file, _MOMENT.size, 0)
        if len(content) < _MOMENT.size:
            return 0.0
        free_at, delay = (float(number) for number in _MOMENT.unpack(content))
        # A clock that was set back must not make anybody wait for longer than the pause was.
        return min(free_at, self._clock() + delay)


class Lane:
    """The way to one host: whoever has the turn may ask, the others wait.

    Args:
        host: the host's name.
        clock: seconds, never running backwards.
        sleep: waits that many seconds.
        give_up_after: consecutive fetches that brought nothing but waiting after which the lane is closed.
        turnstile: shared with other processes that may ask the same host.
    """

    def __init__(
        self,
        host: str,
        clock: Callable[[], float],
        sleep: Callable[[float], None],
        give_up_after: int,
        turnstile: Turnstile | None = None,
    ) -> None:
        self.host = host
        self._clock = clock
        self._sleep = sleep
        self._give_up_after = give_up_after
        self._turnstile = turnstile
        self._turn = threading.Lock()
        self._state = threading.Lock()
        self._free_at = float("-inf")
        self._closed_until = float("-inf")
        self._in_vain = 0

    @contextmanager
    def turn(self, delay: float) -> Iterator[None]:
        """Wait for one's turn and for the pause after the request before; `delay` is the pause after this one.

        Raises:
            Problem: the host was asked in vain several times, or asked for a longer pause than is waited for.
        """
        with self._turn:
            self._check_open()
            while (wait := self._free_at - self._clock()) > 0:
                self._sleep(wait)
            shared = self._turnstile.turn(self.host, delay) if self._turnstile else nullcontext()
            try:
                with shared:
                    yield
            finally:
                self.hold_off(delay)

    def while_idle(self, action: Callable[[], None]) -> bool:
        """Do something unless somebody has the turn; returns whether it was done."""
        if not self._turn.acquire(blocking=False):
            return False
        try:
            action()
        finally:
            self._turn.release()
        return True

    def hold_off(self, seconds: float) -> None:
        """No request before that many seconds have passed."""
        with self._state:
            self._free_at = max(self._free_at, self._clock() + seconds)

    def close_for(self, seconds: float) -> None:
        """No request in the coming seconds: fetches fail at once instead of waiting."""
        with self._state:
            self._closed_until = max(self._closed_until, self._clock() + seconds)

    def went_well(self) -> None:
        """The host answered, whatever it said."""
        with self._state:
            self._in_vain = 0

    def in_vain(self) -> None:
        """A fetch, its repetitions included, brought nothing but waiting."""
        with self._state:
            self._in_vain += 1

    def _check_open(self) -> None:
        with self._state:
            if self._in_vain >= self._give_up_after:
                raise Problem("host_given_up", self.host)
            left = self._closed_until - self._clock()
        if left > 0:
            raise Problem("rate_limited", f"还需等待 {left:.0f} 秒")
