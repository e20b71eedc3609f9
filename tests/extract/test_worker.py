"""Workers: what goes wrong with a document stays with that document."""

from __future__ import annotations

import multiprocessing
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from extract.limits import Limits
from extract.worker import Pool
from tests.extract.misbehaviour import in_a_daemon

TASK = "tests.extract.misbehaviour:behave"
TIGHT = Limits(
    seconds=2, cpu_seconds=1, most_seconds=8, memory_bytes=400 * 2**20, written_bytes=2**20, documents=20
)
GOOD = [2 * n for n in range(6)]


@pytest.fixture(scope="module")
def pool():
    with Pool(TASK, jobs=2, limits=TIGHT) as pool:
        yield pool


def among_good_ones(pool: Pool, bad: str):
    """Put a bad argument among good ones; its failure."""
    arguments = [0, 1, bad, 2, 3, 4, 5]
    outcomes = list(pool.map(arguments))
    assert [argument for argument, _ in outcomes] == arguments
    assert [outcome.value for argument, outcome in outcomes if argument != bad] == GOOD
    return outcomes[2][1].failure


@pytest.mark.parametrize(
    ("bad", "error_class"),
    [
        ("crash", "reader_crashed"),
        ("exit", "reader_crashed"),
        ("null", "reader_crashed"),
        ("sleep:60", "timeout"),
        ("spin", "timeout"),
        ("spin_in_threads", "timeout"),
        ("memory:3000", "too_large"),
        ("recursion", "too_large"),
        ("fault", "reader_failed"),
        ("network:80", "reader_failed"),
        ("resolve", "reader_failed"),
        ("write:9000000", "reader_failed"),
    ],
)
def test_only_the_bad_one_fails(pool, bad, error_class):
    failure = among_good_ones(pool, bad)
    assert failure is not None and failure.error_class == error_class
    sentence = failure.sentence("甲.pdf")
    assert "甲.pdf" in sentence and "{" not in sentence


def test_no_reader_reaches_the_network(pool):
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        failure = among_good_ones(pool, f"network:{server.getsockname()[1]}")
        assert "NetworkForbidden" in failure.detail
        with pytest.raises(TimeoutError):
            server.accept()


def test_a_reader_may_ask_for_time(pool):
    assert among_good_ones(pool, "slow_but_said:3") is None
    failure = among_good_ones(pool, "slow_but_said:9")
    assert failure is not None and failure.error_class == "timeout", "but not for ever"


def test_what_a_worker_has_started_ends_with_it(pool, tmp_path):
    note = tmp_path / "pid"
    assert among_good_ones(pool, f"child:{note}").error_class == "timeout"
    child = int(note.read_text())
    deadline = time.monotonic() + 5
    while psutil.pid_exists(child) and psutil.Process(child).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_temporary_files_go_with_the_pool():
    with Pool(TASK, jobs=1, limits=TIGHT) as pool:
        ((_, outcome),) = pool.map(["temporary"])
        folder = Path(outcome.value)
        assert folder.is_dir()
    assert not folder.exists()


def test_workers_are_replaced_after_their_share_of_documents():
    with Pool(TASK, jobs=1, limits=TIGHT) as pool:
        pids = [outcome.value for _, outcome in pool.map(["pid"] * 50)]
    assert [len(set(pids[at : at + 20])) for at in (0, 20, 40)] == [1, 1, 1] and len(set(pids)) == 3


def test_an_idle_worker_that_died_costs_nothing():
    with Pool(TASK, jobs=1, limits=TIGHT) as pool:
        ((_, outcome),) = pool.map(["pid"])
        os.kill(outcome.value, 9)
        assert [outcome.value for _, outcome in pool.map(range(6))] == GOOD


def test_a_dead_nursery_is_started_again():
    with Pool(TASK, jobs=2, limits=TIGHT) as pool:
        list(pool.map([1]))
        pool._nursery.kill()
        pool._nursery.wait()
        assert [outcome.value for _, outcome in pool.map(range(6))] == GOOD


def test_results_in_order_and_a_bounded_number_ahead():
    taken = []

    def arguments():
        for n in range(200):
            taken.append(n)
            yield "sleep:0.5" if n == 0 else n

    with Pool(TASK, jobs=2, limits=TIGHT) as pool:
        results = pool.map(arguments())
        assert next(results)[0] == "sleep:0.5"
        assert len(taken) < 60
        assert [argument for argument, _ in results] == list(range(1, 200))


def test_a_pool_works_in_a_daemonic_process():
    context = multiprocessing.get_context("spawn")
    results = context.Queue()
    process = context.Process(target=in_a_daemon, args=(results,), daemon=True)
    process.start()
    assert results.get(timeout=60) == [0, 2, 4, 6, 8]
    process.join(timeout=30)


def test_killing_the_caller_ends_its_workers(tmp_path):
    script = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from extract.worker import Pool\n"
        f"pool = Pool({TASK!r}, jobs=1)\n"
        "((_, outcome),) = pool.map(['pid'])\n"
        "print(outcome.value, flush=True)\n"
        "list(pool.map(['sleep:600']))\n"
    )
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", script, str(root)], stdout=subprocess.PIPE, text=True
    ) as caller:
        worker = int(caller.stdout.readline())
        time.sleep(0.3)
        caller.kill()
    deadline = time.monotonic() + 5
    while psutil.pid_exists(worker) and psutil.Process(worker).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline
        time.sleep(0.05)
