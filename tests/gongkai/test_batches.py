from __future__ import annotations

import time

import pytest

from gongkai.batches import TASKS_AT_MOST, batch_sources, sources_a_task


def test_sources_are_divided_evenly_and_none_is_lost() -> None:
    hosts = {f"s{number:03}": [f"{number}.example"] for number in range(105)}
    batches = batch_sources(hosts, 20)
    assert sorted(map(len, batches)) == [17, 17, 17, 18, 18, 18]
    assert sorted(name for batch in batches for name in batch) == sorted(hosts)
    assert batches == batch_sources(hosts, 20)


def test_sources_with_a_common_host_share_a_batch() -> None:
    hosts = {"a": ["x"], "b": ["y"], "c": ["X", "z"], "d": ["z"], "e": []}
    assert batch_sources(hosts, 1) == [["a", "c", "d"], ["b"], ["e"]]


def test_few_sources_are_one_batch_and_none_are_none() -> None:
    assert batch_sources({"samples": []}, 20) == [["samples"]]
    assert batch_sources({}, 20) == []


def test_thousands_of_sources_fit_the_limit_on_mapped_tasks() -> None:
    hosts = {f"s{number}": [f"{number // 3}.example"] for number in range(60_000)}
    began = time.process_time()
    batches = batch_sources(hosts, 20)
    assert time.process_time() - began < 2
    assert len(batches) == TASKS_AT_MOST
    assert max(map(len, batches)) <= 63
    assert sum(map(len, batches)) == len(hosts)


def test_impossible_sizes_are_refused() -> None:
    with pytest.raises(ValueError, match="one source"):
        batch_sources({"a": []}, 0)


def test_the_size_is_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    assert sources_a_task() == 20
    monkeypatch.setenv("GONGKAI_SOURCES_A_TASK", "5")
    assert sources_a_task() == 5
