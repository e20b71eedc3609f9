"""One request at a time to a host, with a pause between two."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from extract.pull.web.problem import Problem


class Lane:
    """The way to one host: whoever has the turn may ask, the others wait.

    Args:
        host: the host's name.
        clock: seconds, never running backwards.
        sleep: waits that many seconds.
        give_up_after: consecutive fetches without any answer after which the lane is closed.
    """

    def __init__(
        self, host: str, clock: Callable[[], float], sleep: Callable[[float], None], give_up_after: int
    ) -> None:
        self.host = host
        self._clock = clock
        self._sleep = sleep
        self._give_up_after = give_up_after
        self._turn = threading.Lock()
        self._state = threading.Lock()
        self._free_at = float("-inf")
        self._closed_until = float("-inf")
        self._silent = 0

    @contextmanager
    def turn(self, delay: float) -> Iterator[None]:
        """Wait for one's turn and for the pause after the request before; `delay` is the pause after this one.

        Raises:
            Problem: the host gave no answer several times, or asked for a longer pause than is waited for.
        """
        with self._turn:
            self._check_open()
            while (wait := self._free_at - self._clock()) > 0:
                self._sleep(wait)
            try:
                yield
            finally:
                self.hold_off(delay)

    def hold_off(self, seconds: float) -> None:
        """No request before that many seconds have passed."""
        with self._state:
            self._free_at = max(self._free_at, self._clock() + seconds)

    def close_for(self, seconds: float) -> None:
        """No request in the coming seconds: fetches fail at once instead of waiting."""
        with self._state:
            self._closed_until = max(self._closed_until, self._clock() + seconds)

    def answered(self) -> None:
        """The host said something."""
        with self._state:
            self._silent = 0

    def unanswered(self) -> None:
        """A fetch, its repetitions included, had no answer at all."""
        with self._state:
            self._silent += 1

    def _check_open(self) -> None:
        with self._state:
            if self._silent >= self._give_up_after:
                raise Problem("host_given_up", self.host)
            left = self._closed_until - self._clock()
        if left > 0:
            raise Problem("rate_limited", f"还需等待 {left:.0f} 秒")
