"""robots.txt: fetched once an origin and load, obeyed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from protego import Protego

from extract.pull.web.address import Address
from extract.pull.web.problem import Problem, refused
from extract.pull.web.settings import PRODUCT

MAX_BYTES = 512 * 1024
"""What follows is not read (RFC 9309 asks for 500 KiB at least)."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What one robots.txt says to us.

    Attributes:
        delay: seconds between two requests that it asks for.
    """

    delay: float = 0.0
    _parsed: Protego | None = None

    @classmethod
    def read(cls, content: bytes) -> Rules:
        """The rules of a file; what is no rule is passed over."""
        parsed = Protego.parse(content[:MAX_BYTES].decode("utf-8-sig", "replace"))
        asked = [parsed.crawl_delay(PRODUCT) or 0.0]
        rate = parsed.request_rate(PRODUCT)
        if rate is not None and rate.requests > 0:
            asked.append(rate.seconds / rate.requests)
        return cls(max(asked), parsed)

    def permits(self, address: Address) -> bool:
        """Whether an address may be asked for."""
        return self._parsed is None or self._parsed.can_fetch(address.text, PRODUCT)


NO_RULES = Rules()


class Robots:
    """The rules of every origin met, each fetched once.

    Args:
        fetch: content of an origin's robots.txt (an address in it is given), None where it has none.
        longest_delay: seconds; an origin that asks for more is refused.
    """

    def __init__(self, fetch: Callable[[Address], bytes | None], longest_delay: float) -> None:
        self._fetch = fetch
        self._longest_delay = longest_delay
        self._lock = threading.Lock()
        self._places: dict[str, _Place] = {}

    def check(self, address: Address) -> None:
        """Make sure that an address may be asked for.

        Raises:
            Problem: it is disallowed, robots.txt could not be read, or it asks for too long a delay.
        """
        rules = self._rules(address)
        if not rules.permits(address):
            raise refused("robots_disallowed", address.origin)
        if rules.delay > self._longest_delay:
            raise refused("robots_delay", f"{rules.delay:g}")

    def delay(self, address: Address) -> float:
        """Seconds between two requests that the origin asks for, as far as it has been asked."""
        with self._lock:
            place = self._places.get(address.origin)
        return place.rules.delay if place and place.rules else 0.0

    def _rules(self, address: Address) -> Rules:
        with self._lock:
            place = self._places.setdefault(address.origin, _Place())
        with place.lock:
            if place.rules is None and place.problem is None:
                place.load(self._fetch, address)
            if place.rules is None:
                problem = place.problem or refused("robots_unreachable", address.origin)
                raise problem.again()
            return place.rules


class _Place:
    """One origin: its rules, or why there are none."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.rules: Rules | None = None
        self.problem: Problem | None = None

    def load(self, fetch: Callable[[Address], bytes | None], address: Address) -> None:
        try:
            content = fetch(address)
        except Problem as problem:
            self.problem = problem.again()
            return
        self.rules = NO_RULES if content is None else Rules.read(content)
