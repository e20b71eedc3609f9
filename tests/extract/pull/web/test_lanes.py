"""The pause between two requests, with a clock that stands still."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from extract.pull.web import Outcome, WebClient
from extract.pull.web.lanes import Lane, Turnstile
from extract.pull.web.problem import Problem
from tests.pull_site import PullSite


class Clock:
    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def test_the_pause_counts_from_the_end_of_the_request_before() -> None:
    clock = Clock()
    lane = Lane("a.test", clock, clock.sleep, 3)
    with lane.turn(2):
        clock.now += 5
    clock.now += 0.5
    with lane.turn(2):
        pass
    assert clock.slept == [1.5]


def test_the_pause_holds_after_a_failure() -> None:
    clock = Clock()
    lane = Lane("a.test", clock, clock.sleep, 3)
    with pytest.raises(ZeroDivisionError), lane.turn(2):
        raise ZeroDivisionError
    with lane.turn(2):
        pass
    assert clock.slept == [2]


def test_given_up_after_silence_only() -> None:
    clock = Clock()
    lane = Lane("a.test", clock, clock.sleep, 2)
    lane.in_vain()
    lane.went_well()
    lane.in_vain()
    with lane.turn(0):
        pass
    lane.in_vain()
    with pytest.raises(Problem, match="host_given_up"), lane.turn(0):
        pass


def test_closed_for_a_while() -> None:
    clock = Clock()
    lane = Lane("a.test", clock, clock.sleep, 2)
    lane.close_for(10)
    with pytest.raises(Problem, match="rate_limited"), lane.turn(0):
        pass
    clock.now = 11
    with lane.turn(0):
        pass


def test_nothing_is_done_while_somebody_has_the_turn() -> None:
    clock = Clock()
    lane = Lane("a.test", clock, clock.sleep, 2)
    done: list[int] = []
    with lane.turn(0):
        assert not lane.while_idle(lambda: done.append(1))
    assert lane.while_idle(lambda: done.append(2))
    assert done == [2]


# -- over processes


def test_the_pause_holds_for_whoever_comes_next(tmp_path: Path) -> None:
    clock = Clock()
    for _ in range(3):
        with Turnstile(tmp_path, clock.sleep, clock).turn("a.test", 2):
            clock.now += 1
    with Turnstile(tmp_path, clock.sleep, clock).turn("b.test", 2):
        pass
    assert clock.slept == [2, 2]


def test_a_clock_set_back_does_not_hold_anybody_up(tmp_path: Path) -> None:
    clock = Clock()
    clock.now = 10_000
    with Turnstile(tmp_path, clock.sleep, clock).turn("a.test", 2):
        pass
    clock.now = 0
    with Turnstile(tmp_path, clock.sleep, clock).turn("a.test", 2):
        pass
    assert clock.slept == [2]


def test_two_clients_with_one_folder_take_turns(
    tmp_path: Path, site: PullSite, client: Callable[..., WebClient]
) -> None:
    """Two sources on one host, pulled by different processes: the host sees one visitor."""
    site.clear_log()
    section = site.sections["next"]
    askers = [client(turns=tmp_path, delay_seconds=0.1) for _ in range(3)]
    with ThreadPoolExecutor(3) as pool:
        fetches = list(pool.map(lambda a, d: a.get(d), askers, section.documents[:3]))
    assert all(fetch.outcome is Outcome.fetched for fetch in fetches)
    moments = sorted(visit.request.moment for visit in site.log)
    assert len(moments) == 6
    assert min(b - a for a, b in itertools.pairwise(moments)) >= 0.1


_HOLD = """
import sys, time
from pathlib import Path
from extract.pull.web.lanes import Turnstile
with Turnstile(Path(sys.argv[1])).turn("a.test", 0):
    print("in", flush=True)
    time.sleep(600)
"""


def test_a_killed_process_lets_go(tmp_path: Path) -> None:
    root = Path(__file__).resolve().parents[4]
    with subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(tmp_path)], stdout=subprocess.PIPE, cwd=root
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"in\n"
        os.kill(holder.pid, signal.SIGKILL)
        began = time.monotonic()
        with Turnstile(tmp_path).turn("a.test", 0):
            assert time.monotonic() - began < 30
