"""Readers that query the published warehouse all the time, and say of each query how long it took and which loads it saw.

Every synthetic load has a number, which stands in several tables: a query that joins them and finds two numbers has seen
two loads at once.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from tests.publish.small_warehouse import Filed, Small, write_warehouse

READERS = 8
QUERIES_A_SECOND = 200
METRIC = "requests.received"

QUERY = """
select
    (select count(*) from marts.mart_load) as loads,
    (select min(value) from marts.fct_figure) as least,
    (select max(value) from marts.fct_figure) as most,
    (select count(*) from marts.dim_report) as reports,
    (
        select max(figure.value)
        from marts.dim_report as report
        inner join marts.fct_figure as figure using (report_id)
        inner join marts.mart_agency_year as wide on wide.report_id = report.report_id
        inner join marts.dim_agency as agency on agency.agency_key = report.agency_key
    ) as joined,
    (select count(*) from marts.dim_report as report inner join marts.fct_figure as figure using (report_id)) as pairs
"""
"""What each reader asks: over five tables, by counts, by values and by joins."""
BASE = 200
"""Reports of load number 0; each further load has one more."""

# Each reader is a process of its own: argv are kind, address, queries a second, the file to write to; it ends at a line on stdin.
_READER = """
import json, sys, threading, time
kind, address, rate, out, query, base = sys.argv[1:]
pause, base = 1 / float(rate), int(base)
stop = threading.Event()
threading.Thread(target=lambda: (sys.stdin.readline(), stop.set()), daemon=True).start()
if kind == 'postgres':
    import psycopg
    connection = psycopg.connect(address, autocommit=True)
    ask = lambda: connection.execute(query).fetchone()
else:
    import duckdb, os
    held = [None, None]
    def ask():  # opens the file again when it is another one, as a driver's pool does
        now = os.stat(address).st_ino
        if held[0] != now:
            if held[1] is not None:
                held[1].close()
            held[:] = now, duckdb.connect(address, read_only=True, config={'threads': 1})
        return held[1].execute(query).fetchone()
ask()
print('ready', flush=True)
found, due = [], time.monotonic()
while not stop.is_set():
    began = time.monotonic()
    try:
        loads, least, most, reports, joined, pairs = ask()
        numbers = [int(loads) - 1, int(least), int(most), int(reports) - base, int(joined), int(pairs) - base]
        error = None
    except Exception as problem:
        numbers, error = [], f'{type(problem).__name__}: {problem}'
    ended = time.monotonic()
    found.append((began, ended - began, sorted(set(numbers)), error))
    due = max(due + pause, ended - 1)  # behind by more than a second is not made up for
    stop.wait(max(0.0, due - time.monotonic()))
with open(out, 'w') as file:
    json.dump(found, file)
"""


@dataclass
class Seen:
    """What the readers have seen.

    Attributes:
        queries: seconds (monotonic) at which each began, and how long it took.
        errors: sentences of queries that failed.
        mixed: the numbers of each query that saw two loads at once.
        loads: the numbers of all loads that were seen.
    """

    queries: list[tuple[float, float]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    mixed: list[list[int]] = field(default_factory=list)
    loads: set[int] = field(default_factory=set)

    @property
    def rate(self) -> float:
        """Queries a second."""
        begins = [began for began, _ in self.queries]
        return len(begins) / max(0.001, max(begins) - min(begins))

    def quantile(self, share: float) -> float:
        """How long a query took at most, of the fastest share of them; seconds."""
        taken = sorted(seconds for _, seconds in self.queries)
        return taken[min(len(taken) - 1, int(share * len(taken)))]

    @property
    def longest(self) -> float:
        return max(seconds for _, seconds in self.queries)


@contextmanager
def reading(
    kind: str, address: str, readers: int = READERS, queries_a_second: float = QUERIES_A_SECOND
) -> Iterator[Seen]:
    """Let readers query while the body runs; what they saw is complete when it has ended.

    Args:
        kind: `postgres` or `duckdb`.
        address: a connection string or a path.
        readers: how many processes.
        queries_a_second: of all of them together.
    """
    seen = Seen()
    with tempfile.TemporaryDirectory(prefix="gongkai-seen-") as folder:
        outs = [Path(folder) / f"{number}.json" for number in range(readers)]
        processes = [_start(kind, address, queries_a_second / readers, out) for out in outs]
        try:
            for process in processes:
                assert process.stdout is not None
                assert process.stdout.readline() == "ready\n"
            yield seen
        finally:
            for process in processes:
                process.communicate("\n", timeout=120)
        for out in outs:
            _take(seen, json.loads(out.read_text()))


def _start(kind: str, address: str, rate: float, out: Path) -> subprocess.Popen[str]:
    arguments: Sequence[object] = (kind, address, rate, out, QUERY, BASE)
    return subprocess.Popen(
        [sys.executable, "-c", _READER, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def _take(seen: Seen, found: Sequence[Any]) -> None:
    for began, seconds, numbers, error in found:
        seen.queries.append((began, seconds))
        seen.loads.update(numbers)
        if error is not None:
            seen.errors.append(error)
        elif len(numbers) != 1:
            seen.mixed.append(numbers)


def numbered_load(number: int) -> str:
    """The id of a synthetic load."""
    return f"{datetime(2026, 1, 1, 2) + timedelta(days=number):%Y%m%dT%H%M%S}-{number:04x}"  # noqa: DTZ001


def numbered(number: int) -> Small:
    """A load in which every figure's value is the load's number, and which has one report more than the one before."""
    filed = [
        Filed(f"99{report:04}", 2024, {METRIC: number}, load_id=numbered_load(number))
        for report in range(BASE + number)
    ]
    loads = [
        {"load_id": numbered_load(earlier), "published_at": datetime(2026, 1, 1) + timedelta(days=earlier)}  # noqa: DTZ001
        for earlier in range(number + 1)
    ]
    return Small(load_id="", filed=filed, more={"mart_load": loads})


def write_numbered(path: Path, number: int) -> Path:
    """A published warehouse of a synthetic load."""
    return write_warehouse(path, numbered(number))


def build_numbered(path: Path, number: int) -> Path:
    """The same as a finished build, as `publish.snapshot` takes it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_warehouse(path, numbered(number))
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "update marts.mart_load set published_at = null where load_id = ?", [numbered_load(number)]
        )
    return path
