"""The life of a load: ids, records, and the lease."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from extract.landing import write_part
from gongkai import loads
from gongkai.errors import LeaseHeldError, LeaseLostError, UsageError
from gongkai.settings import Home

A, B = "20261122T020000-aaaa", "20261123T020000-bbbb"
SCHEDULER = loads.Holder.scheduler()


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def open_load(home: Home, load_id: str, holder: loads.Holder = SCHEDULER) -> loads.Load:
    return loads.open_load(home, sources=["samples"], mode="incremental", holder=holder, load_id=load_id)


def age_lease(home: Home, seconds: float) -> None:
    path = home.operations / "lease.json"
    lease = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps({**lease, "renewed_at": lease["renewed_at"] - seconds}), "utf-8")


def mark_published(home: Home, load_id: str) -> None:
    write_part(
        home.landing, "loads", load_id, "mark", [{"load_id": load_id, "published_at": datetime.now(UTC)}]
    )


def start_foreground(home: Home, load_id: str) -> subprocess.Popen[str]:
    """A process that takes the lease as its own and then hangs."""
    code = (
        "import time; from pathlib import Path\n"
        "from gongkai import loads; from gongkai.settings import Home\n"
        f"loads.open_load(Home(Path({str(home.root)!r})), sources=['samples'], mode='full',"
        f" holder=loads.Holder.foreground(), load_id={load_id!r})\n"
        "print('taken', flush=True); time.sleep(600)"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "taken\n"
    return process


def test_same_run_gives_same_id_in_shanghai_time() -> None:
    when = datetime(2026, 11, 21, 18, 0, tzinfo=UTC)
    first = loads.make_load_id(when, "scheduled__2026-11-21T18:00:00+00:00")
    assert first == loads.make_load_id(when, "scheduled__2026-11-21T18:00:00+00:00")
    assert first.startswith("20261122T020000-")
    assert first != loads.make_load_id(when, "manual__2026-11-21T18:00:00+00:00")


def test_open_load_begins_a_record_and_takes_the_lease(home: Home) -> None:
    load = open_load(home, A)
    record = loads.read_record(home, A)
    assert record is not None
    assert (record["state"], record["mode"], record["sources"]) == ("running", "incremental", ["samples"])
    assert loads.get_load(home, A).load_id == load.load_id
    lease = loads.current_lease(home)
    assert lease is not None
    assert lease.load_id == A
    assert lease.live


@pytest.mark.parametrize(
    ("sources", "mode", "load_id"),
    [([], "full", A), (["samples"], "some", A), (["samples"], "full", "../elsewhere")],
)
def test_impossible_loads_are_refused_before_anything_is_written(
    home: Home, sources: list[str], mode: str, load_id: str
) -> None:
    with pytest.raises(UsageError):
        loads.open_load(home, sources=sources, mode=mode, holder=SCHEDULER, load_id=load_id)
    assert not home.operations.exists()


def test_second_load_is_refused_and_told_by_whom(home: Home) -> None:
    open_load(home, A)
    with pytest.raises(LeaseHeldError, match=A) as refused:
        open_load(home, B)
    assert "Airflow" in str(refused.value)
    assert loads.read_record(home, B) is None
    record = loads.read_record(home, A)
    assert record is not None
    assert record["state"] == "running"


def test_of_many_at_once_one_gets_the_lease(home: Home) -> None:
    code = (
        "import sys; from pathlib import Path\n"
        "from gongkai import loads, errors; from gongkai.settings import Home\n"
        "sys.stdin.readline()\n"
        "try:\n"
        f"    loads.take_lease(Home(Path({str(home.root)!r})), sys.argv[1], loads.Holder.scheduler())\n"
        "    print('taken')\n"
        "except errors.LeaseHeldError:\n"
        "    print('refused')\n"
    )
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", code, f"20261122T02000{i}-aaaa"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for i in range(4)
    ]
    for racer in racers:
        assert racer.stdin is not None
        racer.stdin.write("go\n")
        racer.stdin.flush()
    answers = sorted(racer.communicate(timeout=60)[0].strip() for racer in racers)
    assert answers == ["refused", "refused", "refused", "taken"]


def test_same_load_enters_again(home: Home) -> None:
    open_load(home, A)
    open_load(home, A)
    with loads.holding(home, A):
        pass


def test_dead_foreground_process_is_taken_over_at_once(home: Home) -> None:
    process = start_foreground(home, A)
    with pytest.raises(LeaseHeldError, match=f"进程 {process.pid}"):
        open_load(home, B)
    process.send_signal(signal.SIGKILL)
    # not reaped: a zombie is as dead as a process that is gone
    deadline = time.monotonic() + 10
    while (lease := loads.current_lease(home)) and lease.live and time.monotonic() < deadline:
        time.sleep(0.01)
    open_load(home, B)
    process.communicate()
    record = loads.read_record(home, A)
    assert record is not None
    assert record["state"] == "interrupted"
    assert B in record["error"]


def test_reused_pid_is_not_taken_for_the_holder(home: Home) -> None:
    open_load(home, A, replace(loads.Holder.foreground(), process_start="1"))
    open_load(home, B)


def test_foreground_process_of_another_machine_has_its_time_to_live(home: Home) -> None:
    open_load(home, A, replace(loads.Holder.foreground(), host="elsewhere", pid=2**22 + 1))
    with pytest.raises(LeaseHeldError):
        open_load(home, B)
    age_lease(home, loads.LEASE_TTL_SECONDS + 1)
    open_load(home, B)


def test_stale_lease_is_taken_over_and_its_load_can_write_no_more(home: Home) -> None:
    open_load(home, A)
    age_lease(home, loads.LEASE_TTL_SECONDS - 30)
    with pytest.raises(LeaseHeldError):
        open_load(home, B)
    age_lease(home, 31)
    open_load(home, B)
    with pytest.raises(LeaseLostError, match=B), loads.holding(home, A):
        pytest.fail("a load without the lease must not begin a step")
    with pytest.raises(LeaseLostError, match=B), loads.fenced(home, A):
        pytest.fail("a load without the lease must not publish")
    assert not loads.release_lease(home, A)
    lease = loads.current_lease(home)
    assert lease is not None
    assert lease.load_id == B


def test_step_whose_lease_is_lost_while_it_works_fails_at_its_end(home: Home) -> None:
    open_load(home, A)
    with pytest.raises(LeaseLostError), loads.holding(home, A):
        age_lease(home, loads.LEASE_TTL_SECONDS + 1)
        open_load(home, B)


def test_heartbeat_keeps_the_lease_of_a_working_step(home: Home) -> None:
    open_load(home, A)
    with loads.holding(home, A, heartbeat_seconds=0.05):
        age_lease(home, loads.LEASE_TTL_SECONDS + 1)
        deadline = time.monotonic() + 10
        while (lease := loads.current_lease(home)) and not lease.live and time.monotonic() < deadline:
            time.sleep(0.02)
        with pytest.raises(LeaseHeldError):
            open_load(home, B)


def test_nobody_takes_over_while_a_load_publishes(home: Home) -> None:
    open_load(home, A)
    code = (
        "import sys; from pathlib import Path; from gongkai import loads; from gongkai.settings import Home\n"
        f"loads.take_lease(Home(Path({str(home.root)!r})), {B!r}, loads.Holder.scheduler())"
    )
    with loads.fenced(home, A):
        age_lease(home, loads.LEASE_TTL_SECONDS + 1)
        other = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True)
        with pytest.raises(subprocess.TimeoutExpired):
            other.wait(2)
    _, errors = other.communicate(timeout=30)
    assert other.returncode == 1
    assert "LeaseHeldError" in errors


def test_close_releases_the_lease_and_settles_the_outcome(home: Home) -> None:
    open_load(home, A)
    mark_published(home, A)
    record = loads.close_load(home, A)
    assert (record["state"], record["error"]) == ("published", None)
    assert record["published_at"] is not None
    assert record["ended_at"] is not None
    assert loads.current_lease(home) is None
    open_load(home, B)


def test_outcome_without_publication_names_the_first_failure(home: Home) -> None:
    open_load(home, A)
    loads.record_failure(home, A, "build", RuntimeError("dbt: 第 3 行有误"))
    loads.record_failure(home, A, "build", RuntimeError("dbt: 第 3 行有误"))
    record = loads.close_load(home, A)
    assert (record["state"], record["error"]) == ("failed", "build：dbt: 第 3 行有误")
    assert len(record["failures"]) == 1


def test_gate_that_did_not_pass_makes_it_stopped(home: Home) -> None:
    open_load(home, A)
    loads.record_update(home, A, lambda record: record["gates"].update(landing={"passed": False}))
    assert loads.close_load(home, A)["state"] == "stopped"


def test_load_killed_after_its_publication_counts_as_published(home: Home) -> None:
    process = start_foreground(home, A)
    mark_published(home, A)
    process.kill()
    process.communicate()
    open_load(home, B)
    record = loads.read_record(home, A)
    assert record is not None
    assert record["state"] == "published"


def test_records_are_listed_newest_first(home: Home) -> None:
    open_load(home, A)
    loads.close_load(home, A)
    open_load(home, B)
    assert [record["load_id"] for record in loads.list_records(home)] == [B, A]
    assert [record["load_id"] for record in loads.list_records(home, 1)] == [B]


def test_records_are_written_whole(home: Home) -> None:
    open_load(home, A)
    for i in range(20):
        loads.record_step(home, A, "plan_batches", 0.1, {"batches": i})
    names = sorted(path.name for path in (home.operations / "loads").iterdir())
    assert names == [".lock", f"{A}.json"]
    assert loads.record_path(home, A).stat().st_size > 0


def test_a_load_killed_between_its_lease_and_its_record_is_recorded_as_interrupted(tmp_path: Path) -> None:
    home = Home(tmp_path)
    gone = loads.Holder.foreground(pid=_dead_pid())
    loads.take_lease(home, "20260101T020000-dead", gone)
    loads.take_lease(home, "20260101T030000-next", loads.Holder.foreground())
    record = loads.read_record(home, "20260101T020000-dead")
    assert record is not None and record["state"] == loads.INTERRUPTED


def _dead_pid() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid
