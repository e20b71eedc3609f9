"""`gongkai run` and its like: a load's DAG in this very process, with one line of progress a task.

Airflow's `DAG.test()` runs every task through Airflow (trigger rules, mapping, retries, callbacks, assets)
without a scheduler. All tasks share this process, so a kill ends the whole load at once, and its lease with it.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any, TextIO

import pluggy

from gongkai import airflow_home, loads
from gongkai.airflow_tasks import FOREGROUND_PID, RETRY_SECONDS
from gongkai.errors import GongkaiError
from gongkai.settings import Home

_hookimpl = pluggy.HookimplMarker("airflow")


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a foreground run ended.

    Attributes:
        record: the load's record.
        succeeded: whether every task of the DAG run did what it should.
        log: Airflow's log of the run.
    """

    record: dict[str, Any]
    succeeded: bool
    log: Path


def run(home: Home, dag_id: str, conf: Mapping[str, Any], *, out: TextIO) -> Outcome:
    """Run a load's DAG now and wait for its end.

    Args:
        home: where it happens.
        dag_id: a DAG of `dags/<dag_id>.py` that begins with `open_load`.
        conf: its parameters.
        out: where progress goes.

    Returns:
        The outcome; a load that fails or stops is an outcome, not an error.

    Raises:
        LeaseHeldError: another load is at work.
        GongkaiError: the DAG could not be run at all.
    """
    now = datetime.now(UTC)
    run_id = f"manual__{now.isoformat()}"  # what DAG.test() makes of the same moment
    load_id = loads.make_load_id(now, run_id)
    # taken here, before Airflow starts: a second run is told at once, and no two share one database
    before = loads.current_lease(home)
    loads.take_lease(home, load_id, loads.Holder.foreground())
    log = home.reports / load_id / "airflow.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    try:
        with _terminal_kept(log, out) as terminal, _signals_end_it(terminal):
            if before is not None:
                terminal.write(f"上一个加载 {before.load_id} 已中断，由本次接手。\n")
            terminal.write(f"加载 load: {load_id}（{conf.get('mode', dag_id)}）\n")
            succeeded = _run_dag(home, dag_id, now, conf, terminal)
        record = loads.read_record(home, load_id)
        if record is None:
            raise GongkaiError(f"加载没有开始，Airflow 的日志在 {log}。")
    finally:
        loads.release_lease(home, load_id)
    return Outcome(record, succeeded, log)


def _run_dag(home: Home, dag_id: str, now: datetime, conf: Mapping[str, Any], terminal: TextIO) -> bool:
    """Prepare Airflow and run the DAG; whether the run succeeded."""
    os.environ["GONGKAI_HOME"] = str(home.root)
    os.environ[FOREGROUND_PID] = str(os.getpid())
    os.environ.setdefault(RETRY_SECONDS, "5")  # somebody is waiting
    airflow_home.enter_foreground(airflow_home.prepare_foreground(home))

    from airflow.dag_processing.dagbag import DagBag
    from airflow.sdk.listener import get_listener_manager

    bag = DagBag(dag_folder=airflow_home.DAGS_FOLDER / f"{dag_id}.py")
    dag = bag.dags.get(dag_id)
    if dag is None:
        raise GongkaiError(f"DAG {dag_id} 无法读入：{'；'.join(map(str, bag.import_errors.values()))}")
    get_listener_manager().add_listener(_Progress(terminal))  # type: ignore[no-untyped-call]
    dag_run = dag.test(run_after=now, logical_date=now, run_conf=dict(conf))
    return str(dag_run.state) == "success"


@dataclass(eq=False)
class _Progress:
    """Airflow listener that tells of each task as it starts and ends."""

    terminal: TextIO
    began: dict[tuple[str, int], float] = field(default_factory=dict)

    @_hookimpl
    def on_task_instance_running(self, task_instance: Any) -> None:
        """A task has started."""
        self.began[self._key(task_instance)] = time.monotonic()
        self._write("▶", task_instance, "")

    @_hookimpl
    def on_task_instance_success(self, task_instance: Any) -> None:
        """A task has done its work."""
        self._write("✔", task_instance, self._seconds(task_instance))

    @_hookimpl
    def on_task_instance_skipped(self, task_instance: Any) -> None:
        """A task had nothing to do."""
        self._write("–", task_instance, self._seconds(task_instance))

    @_hookimpl
    def on_task_instance_failed(self, task_instance: Any, error: object) -> None:
        """A task has failed, for good or for now."""
        final = (
            type(error).__name__ == "AirflowFailException"
            or task_instance.try_number > task_instance.max_tries
        )
        again = "" if final else "（将重试 will retry）"
        self._write("✘", task_instance, f"{self._seconds(task_instance)}  {again}{error}")

    def _write(self, mark: str, task_instance: Any, note: str) -> None:
        task_id, index = self._key(task_instance)
        name = task_id if index < 0 else f"{task_id}[{index}]"
        self.terminal.write(f"  {mark} {name:<20} {note}".rstrip() + "\n")
        self.terminal.flush()

    def _seconds(self, task_instance: Any) -> str:
        began = self.began.pop(self._key(task_instance), None)
        return "" if began is None else f"{time.monotonic() - began:6.1f} s"

    @staticmethod
    def _key(task_instance: Any) -> tuple[str, int]:
        index = task_instance.map_index
        return task_instance.task_id, -1 if index is None else index


@contextlib.contextmanager
def _terminal_kept(log: Path, out: TextIO) -> Iterator[TextIO]:
    """Send whatever this process (and what it starts) prints to a file; yields a stream to the terminal."""
    out.flush()
    sys.stderr.flush()
    kept = {number: os.dup(number) for number in (1, 2)}
    with log.open("ab") as file:
        for number in kept:
            os.dup2(file.fileno(), number)
    # the caller's stream writes to one of the two that were just turned away
    target = kept.get(_number(out))
    own = out if target is None else os.fdopen(os.dup(target), "w", encoding="utf-8")
    try:
        yield own
    finally:
        if own is not out:
            own.close()
        sys.stdout.flush()
        sys.stderr.flush()
        for number, saved in kept.items():
            os.dup2(saved, number)
            os.close(saved)


def _number(stream: TextIO) -> int:
    try:
        return stream.fileno()
    except OSError:  # a stream without a file, as in tests
        return -1


@contextlib.contextmanager
def _signals_end_it(terminal: TextIO) -> Iterator[None]:
    """End the process, and what it started, at the first Ctrl-C or termination.

    Airflow would take the interrupt for a failed task and try it again. Ending on the spot is safe: each step
    leaves whole files or none, and the next load takes the lease of a process that is gone.
    """

    def end(number: int, _frame: FrameType | None) -> None:
        import psutil

        for child in psutil.Process().children(recursive=True):
            with contextlib.suppress(psutil.NoSuchProcess):
                child.kill()
        terminal.write("\n已中断；已发布的数据保持完整，再次运行会从头加载。\n")
        terminal.flush()
        os._exit(128 + number)

    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
