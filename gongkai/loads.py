"""The life of a load: its id, its record, and the lease that lets one load at a time work in a home.

Everything is a small JSON file under `operations/`, written whole or not at all, so that the scheduler, the
command line and people read the same state without a database:

- `loads/<load id>.json`, the record: what a load was asked to do, what its steps counted, how it ended.
- `lease.json`, who may write now. It is taken, renewed and released under a file lock (`lease.lock`), which
  the operating system drops when a process dies; the lease itself outlives single processes, since in the
  scheduler every task of a load is a process of its own. See `take_lease` for who may take over.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import logging
import os
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from gongkai.errors import LeaseHeldError, LeaseLostError, UsageError
from gongkai.settings import TIME_ZONE, Home

log = logging.getLogger(__name__)

MODES: Final = ("incremental", "full", "backfill", "reread")
WITHOUT_SOURCES: Final = frozenset({"reread"})
"""Ways to load that ask no source."""
LEASE_TTL_SECONDS: Final = 600.0
"""A lease that nobody has renewed for this long may be taken over; no pause between two tasks is longer."""
HEARTBEAT_SECONDS: Final = 15.0

RUNNING: Final = "running"
PUBLISHED: Final = "published"
STOPPED: Final = "stopped"
"""A gate stopped the load."""
FAILED: Final = "failed"
INTERRUPTED: Final = "interrupted"
"""The process died; a later load has taken over."""

_LOAD_ID = re.compile(r"\d{8}T\d{6}-[0-9a-f]{4}")


@dataclass(frozen=True, slots=True)
class Holder:
    """Who works under a lease.

    Attributes:
        by: what people know it as (`gongkai run`, `Airflow`).
        host: the machine's name.
        boot: the machine's boot id and process namespace ("" where the system has none).
        pid: the foreground process all tasks run in, or null when every task has a process of its own.
        process_start: the process's start in clock ticks after boot, against reused pids ("" if unknown).
    """

    by: str
    host: str
    boot: str
    pid: int | None
    process_start: str

    @classmethod
    def foreground(cls, pid: int | None = None) -> Holder:
        """This process (or `pid` on this machine), which runs all tasks of its load."""
        number = pid or os.getpid()
        start = _process_start(number) or ""
        return cls("gongkai run", socket.gethostname(), _boot_id(), number, start)

    @classmethod
    def scheduler(cls) -> Holder:
        """Airflow's scheduler, whose tasks are processes that come and go."""
        return cls("Airflow", socket.gethostname(), _boot_id(), None, "")

    @property
    def known_dead(self) -> bool:
        """Whether this was a foreground process of this machine that is gone for sure."""
        if self.pid is None or self.host != socket.gethostname():
            return False
        boot, _, namespace = self.boot.partition("/")
        own_boot, _, own_namespace = _boot_id().partition("/")
        if boot != own_boot:
            return True
        if namespace != own_namespace:
            return False  # a container of the same name: its processes can't be seen from here
        return _process_start(self.pid) != self.process_start


@dataclass(frozen=True, slots=True)
class Lease:
    """The lease as it stands in `lease.json`; times are seconds since the epoch."""

    load_id: str
    holder: Holder
    taken_at: float
    renewed_at: float
    ttl_seconds: float

    @property
    def live(self) -> bool:
        """Whether its load may still be at work."""
        if self.holder.known_dead:
            return False
        return time.time() < self.renewed_at + self.ttl_seconds

    @property
    def sentence(self) -> str:
        """Who holds it and since when, for people."""
        since = datetime.fromtimestamp(self.taken_at, TIME_ZONE)
        process = f"进程 {self.holder.pid}，" if self.holder.pid else ""
        seen = max(0, round(time.time() - self.renewed_at))
        return (
            f"加载 {self.load_id} 自 {since:%Y-%m-%d %H:%M:%S} 起占用本目录"
            f"（{self.holder.by}，主机 {self.holder.host}，{process}{seen} 秒前仍有心跳）"
        )


@dataclass(frozen=True, slots=True)
class Load:
    """One run over some sources.

    Attributes:
        load_id: `YYYYMMDDTHHMMSS-xxxx`, Shanghai time and four hexadecimal digits.
        mode: `incremental` (documents already published are not extracted again), `full`, `backfill` (incremental, for
            some years of one source) or `reread` (stored documents again, no source).
        sources: names in `sources/` or paths.
        started_at: when it was opened.
        options: what the mode needs to know besides (`years`, `limit`, …); plain JSON.
    """

    load_id: str
    mode: str
    sources: tuple[str, ...]
    started_at: datetime
    options: Mapping[str, Any] = field(default_factory=dict)


def make_load_id(when: datetime, key: str) -> str:
    """The id of a load that belongs to a moment and a key (a DAG run's id): the same two give the same id."""
    digits = hashlib.sha256(key.encode()).hexdigest()[:4]
    return f"{when.astimezone(TIME_ZONE):%Y%m%dT%H%M%S}-{digits}"


def open_load(
    home: Home,
    *,
    sources: Sequence[str],
    mode: str,
    holder: Holder,
    load_id: str | None = None,
    options: Mapping[str, Any] | None = None,
) -> Load:
    """Take the lease and begin (or, under the same id, begin again) a load.

    Args:
        home: where it happens.
        sources: what to load, at least one (none to read stored documents again).
        mode: one of `MODES`.
        holder: who will do the work.
        load_id: the id to use; made from the current time if null.
        options: what the mode needs to know besides; plain JSON.

    Returns:
        The load, whose record now says `running`.

    Raises:
        UsageError: no sources, an unknown mode or a malformed id.
        LeaseHeldError: another load is at work.
    """
    if not sources and mode not in WITHOUT_SOURCES:
        raise UsageError("没有可加载的来源：sources/ 里没有启用的来源，也没有用 --source 指定。")
    if mode not in MODES:
        raise UsageError(f"未知的加载方式 {mode}，可用：{'、'.join(MODES)}。")
    now = datetime.now(TIME_ZONE)
    load = Load(
        load_id or make_load_id(now, os.urandom(8).hex()), mode, tuple(sources), now, dict(options or {})
    )
    if not _LOAD_ID.fullmatch(load.load_id):
        raise UsageError(f"加载编号 {load.load_id} 的格式不对，应为 YYYYMMDDTHHMMSS-xxxx。")
    take_lease(home, load.load_id, holder)
    begun: dict[str, Any] = {
        "load_id": load.load_id,
        "state": RUNNING,
        "mode": mode,
        "sources": list(sources),
        "options": dict(load.options),
        "started_at": _stamp(now),
        "ended_at": None,
        "published_at": None,
        "holder": {"by": holder.by, "host": holder.host, "pid": holder.pid},
        "counts": {},
        "steps": {},
        "gates": {},
        "failures": [],
        "error": None,
    }
    with _locked(home.operations / "loads" / ".lock"):
        _write_json(record_path(home, load.load_id), begun)
    return load


# --- records ---


def record_path(home: Home, load_id: str) -> Path:
    """Where a load's record lives."""
    return home.operations / "loads" / f"{load_id}.json"


def read_record(home: Home, load_id: str) -> dict[str, Any] | None:
    """A load's record, or null if it never began."""
    return _read_json(record_path(home, load_id))


def list_records(home: Home, limit: int | None = None) -> list[dict[str, Any]]:
    """The records of all loads (or the last `limit`), newest first."""
    paths = sorted((home.operations / "loads").glob("*T*-*.json"), reverse=True)[:limit]
    return [record for record in map(_read_json, paths) if record is not None]


def get_load(home: Home, load_id: str) -> Load:
    """A load from its record.

    Raises:
        UsageError: there is no record.
    """
    record = read_record(home, load_id)
    if record is None:
        raise UsageError(f"没有加载 {load_id} 的记录。")
    started_at = datetime.fromisoformat(record["started_at"])
    return Load(load_id, record["mode"], tuple(record["sources"]), started_at, record.get("options") or {})


def published_at(home: Home, load_id: str) -> datetime | None:
    """When a load was published, from its commit mark in the landing zone; null if it was not."""
    from extract.landing import read_load  # slow to import: pyarrow

    marks = read_load(home.landing, "loads", load_id).column("published_at").to_pylist()
    stamps = [mark for mark in marks if mark is not None]
    return max(stamps).astimezone(TIME_ZONE) if stamps else None


def targets_behind(record: Mapping[str, Any]) -> list[str]:
    """The places besides the warehouse (`postgres`, `exports`) that a published load did not reach."""
    if record["state"] != PUBLISHED:
        return []
    return [name for name, said in record.get("targets", {}).items() if said["state"] != PUBLISHED]


def record_update(home: Home, load_id: str, change: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    """Change a load's record in place, safe against others who do so now; returns the new record."""
    with _locked(home.operations / "loads" / ".lock"):
        record = read_record(home, load_id) or _bare_record(load_id)
        change(record)
        _write_json(record_path(home, load_id), record)
    return record


def record_step(home: Home, load_id: str, step: str, seconds: float, result: Mapping[str, Any]) -> None:
    """Keep what a step took and counted; a step that runs again replaces its entry."""

    def change(record: dict[str, Any]) -> None:
        record["steps"][step] = {"ended_at": _stamp(), "seconds": round(seconds, 3), **result}

    record_update(home, load_id, change)


def record_failure(home: Home, load_id: str, task: str, error: BaseException | str) -> None:
    """Keep that a task has failed for good; the same task and sentence are kept once."""
    kind = type(error).__name__ if isinstance(error, BaseException) else "Failure"
    failure = {"task": task, "kind": kind, "message": str(error).strip() or kind}

    def change(record: dict[str, Any]) -> None:
        known = [{key: entry[key] for key in failure} for entry in record["failures"]]
        if failure not in known:
            record["failures"].append({**failure, "at": _stamp()})

    record_update(home, load_id, change)


def record_outcome(home: Home, load_id: str) -> dict[str, Any]:
    """Settle how a load ended, from its gates, its publication and its failures; returns the record.

    `published` needs the load's commit mark; a gate that did not pass makes it `stopped`; else it `failed`.
    """
    mark = published_at(home, load_id)

    def change(record: dict[str, Any]) -> None:
        record["published_at"] = _stamp(mark) if mark else None
        stopped = [gate for gate, result in record["gates"].items() if not result["passed"]]
        record["state"] = PUBLISHED if mark else STOPPED if stopped else FAILED
        first = record["failures"][0] if record["failures"] else None
        record["error"] = f"{first['task']}：{first['message']}" if first else None
        if record["state"] == FAILED and first is None:
            record["error"] = "加载没有发布，也没有留下失败原因，请看 airflow 日志。"

    return record_update(home, load_id, change)


def close_load(home: Home, load_id: str) -> dict[str, Any]:
    """End a load: settle its outcome, note the time, release its lease; returns the record."""
    record_outcome(home, load_id)
    record = record_update(home, load_id, lambda record: record.update(ended_at=_stamp()))
    release_lease(home, load_id)
    return record


# --- the lease ---


def current_lease(home: Home) -> Lease | None:
    """The lease as it stands, live or not; null if nobody holds it."""
    return _read_lease(home)


def take_lease(home: Home, load_id: str, holder: Holder, ttl_seconds: float = LEASE_TTL_SECONDS) -> Lease:
    """Take the lease for a load.

    The same load re-enters. Another load's lease is taken over if its foreground process is gone from this
    machine, or if nobody has renewed it within its time to live; that load is then recorded as interrupted.

    Raises:
        LeaseHeldError: a live load holds it; the sentence names the load, its holder and since when.
    """
    with _locked(_lease_lock(home)):
        before = _read_lease(home)
        if before is not None and before.load_id != load_id and before.live:
            raise LeaseHeldError(f"{before.sentence}；同一目录一次只能有一个加载，请等它结束后再试。")
        now = time.time()
        again = before is not None and before.load_id == load_id
        taken_at = before.taken_at if before is not None and again else now
        lease = Lease(load_id, holder, taken_at, now, ttl_seconds)
        _write_json(_lease_path(home), asdict(lease))
    if before is not None and not again:
        log.info("load %s takes over the lease of load %s", load_id, before.load_id)
        _record_interrupted(home, before.load_id, by=load_id)
    return lease


def renew_lease(home: Home, load_id: str) -> Lease:
    """Say that a load is still at work.

    Raises:
        LeaseLostError: it does not hold the lease (any more).
    """
    with _locked(_lease_lock(home)):
        lease = _renew(home, load_id)
    return lease


def release_lease(home: Home, load_id: str) -> bool:
    """Give the lease back if this load holds it; whether it did."""
    with _locked(_lease_lock(home)):
        lease = _read_lease(home)
        if lease is None or lease.load_id != load_id:
            return False
        _lease_path(home).unlink()
        return True


@contextlib.contextmanager
def holding(home: Home, load_id: str, heartbeat_seconds: float = HEARTBEAT_SECONDS) -> Iterator[None]:
    """Work under the load's lease: renewed on entry and by a heartbeat, checked at the end.

    Raises:
        LeaseLostError: the load does not hold the lease on entry, or lost it while the body ran.
    """
    renew_lease(home, load_id)
    done = threading.Event()
    beat = threading.Thread(
        target=_heartbeat, args=(home, load_id, done, heartbeat_seconds), name="lease-heartbeat", daemon=True
    )
    beat.start()
    try:
        yield
    finally:
        done.set()
        beat.join()
    renew_lease(home, load_id)


@contextlib.contextmanager
def fenced(home: Home, load_id: str) -> Iterator[None]:
    """Work that must not happen without the lease (publishing): nobody can take it over while the body runs.

    Keep it short: everyone else who wants to look at or renew the lease waits.

    Raises:
        LeaseLostError: the load does not hold the lease.
    """
    with _locked(_lease_lock(home)):
        _renew(home, load_id)
        yield
        _renew(home, load_id)


def _heartbeat(home: Home, load_id: str, done: threading.Event, seconds: float) -> None:
    while not done.wait(seconds):
        try:
            renew_lease(home, load_id)
        except LeaseLostError:
            log.exception("lease of load %s lost while working", load_id)
            return  # the step's closing check raises it to the task
        except OSError:
            log.exception("lease of load %s could not be renewed, trying again", load_id)


def _renew(home: Home, load_id: str) -> Lease:
    lease = _read_lease(home)
    if lease is None or lease.load_id != load_id:
        now_held = f"现在{lease.sentence}" if lease else "租约已被释放"
        raise LeaseLostError(
            f"加载 {load_id} 已不再持有本目录的租约（{now_held}），因此不再写入任何内容；请重新运行。"
        )
    renewed = Lease(lease.load_id, lease.holder, lease.taken_at, time.time(), lease.ttl_seconds)
    _write_json(_lease_path(home), asdict(renewed))
    return renewed


def _lease_path(home: Home) -> Path:
    return home.operations / "lease.json"


def _lease_lock(home: Home) -> Path:
    return home.operations / "lease.lock"


def _read_lease(home: Home) -> Lease | None:
    raw = _read_json(_lease_path(home))
    if raw is None:
        return None
    return Lease(**{**raw, "holder": Holder(**raw["holder"])})


def _record_interrupted(home: Home, load_id: str, by: str) -> None:
    mark = published_at(home, load_id)
    unrecorded = (
        read_record(home, load_id) is None
    )  # killed between taking the lease and beginning its record

    def change(record: dict[str, Any]) -> None:
        if record["state"] == RUNNING or unrecorded:
            # killed between its publication and its closing: what it published stands
            record["state"] = PUBLISHED if mark else INTERRUPTED
            record["published_at"] = _stamp(mark) if mark else None
            record["ended_at"] = _stamp()
            record["error"] = f"加载中断（进程已不在），由加载 {by} 接手。"

    record_update(home, load_id, change)


# --- files and processes ---


def _bare_record(load_id: str) -> dict[str, Any]:
    """The record of a load that failed before it began."""
    return {
        "load_id": load_id,
        "state": FAILED,
        "mode": None,
        "sources": [],
        "options": {},
        "started_at": _stamp(),
        "ended_at": _stamp(),
        "published_at": None,
        "holder": None,
        "counts": {},
        "steps": {},
        "gates": {},
        "failures": [],
        "error": None,
    }


def _stamp(when: datetime | None = None) -> str:
    return (when or datetime.now(TIME_ZONE)).isoformat(timespec="milliseconds")


def _read_json(path: Path) -> dict[str, Any] | None:
    try:
        content: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return None
    return content


def _write_json(path: Path, content: Mapping[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}.tmp")
    with temporary.open("w", encoding="utf-8") as out:
        json.dump(content, out, ensure_ascii=False, indent=1)
        out.flush()
        os.fsync(out.fileno())
    temporary.replace(path)


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold a file lock that the operating system drops when this process dies."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield  # closing the file releases the lock


def _boot_id() -> str:
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
        return f"{boot}/{Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return ""


def _process_start(pid: int) -> str | None:
    """When a process of this machine started, in clock ticks after boot; null if it is gone or a zombie."""
    if not Path("/proc/self/stat").exists():
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return None
        except PermissionError:
            return ""
        return ""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text("ascii", errors="replace")
    except OSError:
        return None
    # the second field, the program's name in brackets, may itself hold blanks and brackets
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] in {"Z", "X"} else fields[19]
