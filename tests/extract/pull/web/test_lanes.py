"""The pause between two requests, with a clock that stands still."""

from __future__ import annotations

import pytest

from extract.pull.web.lanes import Lane
from extract.pull.web.problem import Problem


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
    lane.unanswered()
    lane.answered()
    lane.unanswered()
    with lane.turn(0):
        pass
    lane.unanswered()
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
