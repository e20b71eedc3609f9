"""Documents are read in worker processes: one that dies, hangs or takes too much costs its document and nothing else.

A `Pool` starts a *nursery*, a process of its own that imports the readers once, and has it fork warm workers. Nothing
is forked from the calling process, which may have threads, and no `multiprocessing` is involved: a pool works in any
process, a daemonic one of an executor included. Killing the calling process in any way ends them all.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import logging
import os
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psutil

from extract.limits import LIMITS, Limits
from extract.worker_process import kill_group, receive, send

log = logging.getLogger(__name__)

JOBS = "GONGKAI_JOBS"
"""Environment variable: how many documents are read at the same time (default: one a core)."""
_AHEAD = 16
"""Results a worker that wait for an earlier document before no new ones are begun: memory stays bounded."""
_GLANCE = 0.25
"""Seconds between two looks at the clock and at the memory of workers that are long at it."""
_STALLED = 30.0
"""Seconds in which a message that has begun must have come through."""
_BOOT = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[2]);"
    "from extract.limits import Limits; from extract.worker_process import nursery;"
    "nursery(int(sys.argv[1]), sys.argv[3], Limits(**json.loads(sys.argv[4])))"
)

_SENTENCES = {
    "timeout": "读取文件 {name} 超过时间上限（{seconds:g} 秒），已放弃；请检查文件是否正常，或拆分后重新提交",
    "too_large": "读取文件 {name} 超过内存上限（{memory} MB），已放弃；请检查文件是否正常，或拆分后重新提交",
    "too_deep": "文件 {name} 的结构嵌套过深，未读取；请检查文件是否正常",
    "reader_crashed": "读取文件 {name} 时读取进程异常退出（{detail}）；文件可能已损坏，请重新获取",
    "reader_failed": "读取文件 {name} 时程序出错（{detail}），请报告此问题",
}


class WorkerError(RuntimeError):
    """No worker can be started at all: no document's fault."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a document gave no result: `timeout`, `too_large`, `reader_crashed` or `reader_failed`."""

    kind: str
    detail: str
    limits: Limits

    @property
    def error_class(self) -> str:
        """The class that the output contract names."""
        return "too_large" if self.kind == "too_deep" else self.kind

    def sentence(self, name: str) -> str:
        """What happened, for people."""
        return _SENTENCES[self.kind].format(
            name=name,
            detail=self.detail,
            seconds=self.limits.seconds,
            memory=self.limits.memory_bytes // 2**20,
        )


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one argument: the task's value, or the failure that kept it from having one."""

    value: Any
    failure: Failure | None = None


@dataclass(slots=True)
class Counts:
    """What a pool has seen: for tests, benchmarks and logs."""

    started: int = 0
    documents: int = 0
    failures: int = 0
    resident: int = 0
    """Resident bytes of a worker after the latest document."""
    most_resident: int = 0


@dataclass(slots=True)
class _Job:
    number: int
    argument: Any
    attempts: int = 0


@dataclass(slots=True, eq=False)
class _Worker:
    pid: int
    connection: socket.socket
    folder: Path
    handled: int = 0
    job: _Job | None = None
    began: float = 0.0
    deadline: float = 0.0
    killed_for: str | None = None


def default_jobs() -> int:
    """How many documents are read at the same time: `GONGKAI_JOBS`, else the cores this process may use."""
    wanted = os.environ.get(JOBS, "")
    if wanted.isdigit() and int(wanted) > 0:
        return int(wanted)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Pool:
    """Warm workers that call one function.

    Args:
        task: `module:function`; called in a worker with one argument that can be pickled. If its module has a
            function `warm_up`, that is called once before workers are forked.
        jobs: how many workers; `default_jobs()` by default.
        limits: what a document may cost.
    """

    def __init__(self, task: str, *, jobs: int | None = None, limits: Limits = LIMITS) -> None:
        self.task = task
        self.jobs = jobs or default_jobs()
        self.limits = limits
        self.counts = Counts()
        self.owner = os.getpid()
        self._folder = Path(tempfile.mkdtemp(prefix="gongkai-readers-"))
        self._selector = selectors.DefaultSelector()
        self._idle: list[_Worker] = []
        self._busy: set[_Worker] = set()
        self._nursery: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._start_nursery()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the workers and the nursery; what they were at is lost."""
        if os.getpid() != self.owner:  # a forked copy of the caller: the workers are not its own
            return
        for worker in [*self._idle, *self._busy]:
            self._discard(worker)
        self._stop_nursery()
        self._selector.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def map(self, arguments: Iterable[Any]) -> Iterator[tuple[Any, Outcome]]:
        """Call the task for each argument; pairs of argument and outcome in the arguments' order.

        Arguments are taken as workers become free, a bounded number ahead of the result that is due.
        """
        source = enumerate(arguments)
        again: deque[_Job] = deque()
        finished: dict[int, tuple[Any, Outcome]] = {}
        begun = due = 0
        more = True
        try:
            while True:
                while len(self._busy) < self.jobs and (again or (more and begun - due < self.jobs * _AHEAD)):
                    job = again.popleft() if again else None
                    if job is None:
                        following = next(source, None)
                        if following is None:
                            more = False
                            break
                        job = _Job(*following)
                        begun += 1
                    self._begin(job)
                while due in finished:
                    yield finished.pop(due)
                    due += 1
                if not self._busy:
                    if not more and not again:
                        return
                    continue
                for job, outcome in self._wait():
                    if outcome is None:
                        again.append(job)
                    else:
                        finished[job.number] = (job.argument, outcome)
        finally:
            for worker in list(self._busy):  # the caller has lost interest
                self._discard(worker)

    # --- jobs

    def _begin(self, job: _Job) -> None:
        job.attempts += 1
        while True:
            fresh = not self._idle
            worker = self._idle.pop() if self._idle else self._fork()
            try:
                send(worker.connection, job.argument)
            except OSError:
                self._discard(worker)  # died while it had nothing to do
                if fresh:
                    raise WorkerError("a fresh worker does not take its first document") from None
                continue
            worker.job = job
            worker.began = time.monotonic()
            worker.deadline = worker.began + self.limits.seconds
            self._busy.add(worker)
            self._selector.register(worker.connection, selectors.EVENT_READ, worker)
            return

    def _wait(self) -> Iterator[tuple[_Job, Outcome | None]]:
        """Jobs that have ended; an outcome of None wants the job to be begun again."""
        now = time.monotonic()
        nearest = min((worker.deadline for worker in self._busy), default=now) - now
        ready = self._selector.select(max(0.0, min(nearest, _GLANCE)))
        for key, _ in ready:
            worker: _Worker = key.data
            try:
                message = receive(worker.connection)
            except (EOFError, OSError):
                yield self._died(worker)
                continue
            if message[0] == "time":
                most = worker.began + self.limits.most_seconds
                worker.deadline = min(worker.deadline + message[1], most)
                continue
            yield self._answered(worker, message)
        if len(ready) < len(self._busy):
            self._end_the_excessive({key.data for key, _ in ready})

    def _answered(self, worker: _Worker, message: tuple[str, Any, int]) -> tuple[_Job, Outcome]:
        kind, value, resident = message
        job = self._release(worker)
        worker.handled += 1
        self.counts.documents += 1
        self.counts.resident = resident
        self.counts.most_resident = max(self.counts.most_resident, resident)
        worn = worker.handled >= self.limits.documents or resident > self.limits.resident_bytes
        if worn or kind == "failed":
            self._discard(worker)
        else:
            self._idle.append(worker)
        if kind == "done":
            return job, Outcome(value)
        self.counts.failures += 1
        reason, detail = ("reader_failed", value) if kind == "fault" else (value, "")
        return job, Outcome(None, Failure(reason, detail, self.limits))

    def _died(self, worker: _Worker) -> tuple[_Job, Outcome | None]:
        """What a dead worker means for its document."""
        job = self._release(worker)
        end = self._discard(worker)
        if end is None:
            kind, detail = "reader_crashed", "未知原因"
        else:
            status, peak = end
            kind, detail = self._cause(worker, status, peak)
        # a worker that has read other documents may have been damaged by one of those
        unfair = end is None or (worker.handled > 0 and kind != "timeout")
        if unfair and job.attempts == 1 and worker.killed_for is None:
            return job, None
        self.counts.documents += 1
        self.counts.failures += 1
        log.warning("a worker ended (%s): %s", kind, detail or "limit")
        return job, Outcome(None, Failure(kind, detail, self.limits))

    def _cause(self, worker: _Worker, status: int, peak: int) -> tuple[str, str]:
        if worker.killed_for is not None:
            return worker.killed_for, ""
        if not os.WIFSIGNALED(status):
            return "reader_crashed", f"退出码 {os.waitstatus_to_exitcode(status)}"
        number = os.WTERMSIG(status)
        if number == signal.SIGXCPU:
            return "timeout", ""
        # an allocation that fails ends most C code by a signal; SIGKILL that is not ours is the system's
        if number == signal.SIGKILL or peak > 0.6 * self.limits.memory_bytes:
            return "too_large", ""
        return "reader_crashed", signal.Signals(number).name

    def _end_the_excessive(self, answered: set[_Worker]) -> None:
        """Kill workers that are past their time or hold too much; their end is seen at the next wait."""
        now = time.monotonic()
        for worker in self._busy - answered:
            if worker.killed_for is not None:
                continue
            if now >= worker.deadline:
                worker.killed_for = "timeout"
            elif now - worker.began > 2 * _GLANCE and self._memory(worker) > self.limits.memory_bytes:
                worker.killed_for = "too_large"
            if worker.killed_for is not None:
                kill_group(worker.pid)

    def _memory(self, worker: _Worker) -> int:
        try:
            return int(psutil.Process(worker.pid).memory_info().rss)
        except psutil.Error:
            return 0

    def _release(self, worker: _Worker) -> _Job:
        self._busy.discard(worker)
        with contextlib.suppress(KeyError, ValueError):
            self._selector.unregister(worker.connection)
        job, worker.job = worker.job, None
        if job is None:
            raise WorkerError("a worker without a document has answered")
        return job

    # --- processes

    def _fork(self) -> _Worker:
        for attempt in (1, 2):
            ours, theirs = socket.socketpair()
            folder = Path(tempfile.mkdtemp(dir=self._folder))
            try:
                reply = self._ask({"fork": str(folder)}, theirs)
            except OSError:
                ours.close()
                if attempt == 1 and self._nursery is not None:
                    self._stop_nursery()
                    self._start_nursery()
                continue
            finally:
                theirs.close()
            ours.settimeout(_STALLED)
            self.counts.started += 1
            return _Worker(reply["pid"], ours, folder)
        raise WorkerError(f"the process that starts readers does not run (task {self.task})")

    def _discard(self, worker: _Worker) -> tuple[int, int] | None:
        """End a worker; its wait status and peak memory, None if these can't be told."""
        self._busy.discard(worker)
        if worker in self._idle:
            self._idle.remove(worker)
        with contextlib.suppress(KeyError, ValueError):
            self._selector.unregister(worker.connection)
        worker.connection.close()
        kill_group(worker.pid)
        try:
            reply = self._ask({"reap": worker.pid})
        except OSError:
            return None
        finally:
            shutil.rmtree(worker.folder, ignore_errors=True)
        return None if reply["status"] is None else (reply["status"], reply["peak"])

    def _ask(self, request: dict[str, Any], attached: socket.socket | None = None) -> dict[str, Any]:
        if self._control is None:
            raise ConnectionError("no nursery")
        packet = json.dumps(request).encode()
        socket.send_fds(self._control, [packet], [attached.fileno()] if attached is not None else [])
        answer = self._control.recv(65536)
        if not answer:
            raise ConnectionError("the nursery is gone")
        reply: dict[str, Any] = json.loads(answer)
        return reply

    def _start_nursery(self) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        limits = json.dumps({name: getattr(self.limits, name) for name in Limits.__slots__})
        paths = json.dumps([str(Path(entry).resolve()) for entry in sys.path])
        with theirs:
            self._nursery = subprocess.Popen(
                [sys.executable, "-c", _BOOT, str(theirs.fileno()), paths, self.task, limits],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,  # standard output carries results only
                env={"OPENBLAS_NUM_THREADS": "1", **os.environ},
            )
        self._control = ours

    def _stop_nursery(self) -> None:
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._nursery is not None:
            try:
                self._nursery.wait(timeout=5)
            except subprocess.TimeoutExpired:
                self._nursery.kill()
                self._nursery.wait()
            self._nursery = None


@dataclass(slots=True)
class _Shared:
    pools: dict[str, Pool] = field(default_factory=dict)


_shared = _Shared()


def shared_pool(task: str) -> Pool:
    """This process's own pool for a task, started at the first call and kept warm until the process ends."""
    pool = _shared.pools.get(task)
    if pool is None or pool.owner != os.getpid():
        pool = _shared.pools[task] = Pool(task)
        atexit.register(pool.close)
    return pool
