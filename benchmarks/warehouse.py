"""What the warehouse must hold, measured on a synthetic country: `make bench-warehouse`.

    python -m benchmarks.warehouse /folder --reports 1000000 [--nights 3]

Generates the landing zone where it is missing, builds everything, then loads nights of 1,000 reports on top of it, and
prints each figure beside its bar. CPU seconds are printed beside the wall's: a machine that does other work tells by them.
"""

from __future__ import annotations

import argparse
import json
import os
import pickle
import resource
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import duckdb
import psutil

from benchmarks.synthetic import Country, generate, write_night
from gongkai import loads
from gongkai.settings import Home
from publish.build import build_warehouse
from publish.snapshot import keep_for_next, publish_snapshot

FULL_SECONDS = 480
FULL_MEMORY = 10 << 30
NIGHT_SECONDS = 60
BYTES_A_FIGURE = 15
GATE_SECONDS = 10


@dataclass(frozen=True)
class Taken:
    """What a step took: seconds by the clock, seconds of processors, and the most memory of all processes at once."""

    wall: float
    cpu: float
    memory: int


def main() -> None:
    """Measure what the arguments ask for and print it; the figures also go to `bench.json` in the folder."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.warehouse", description=__doc__.partition("\n")[0]
    )
    parser.add_argument("home", type=Path, help="a folder of its own; the landing zone in it is used again")
    parser.add_argument("--reports", type=int, default=10_000)
    parser.add_argument("--nights", type=int, default=3)
    parser.add_argument(
        "--skip-full", action="store_true", help="only nights, on what the folder has published"
    )
    given = parser.parse_args()
    home = Home(given.home.resolve())
    country = _country(home, given.reports)
    figures: dict[str, object] = {"reports": given.reports}
    if not given.skip_full:
        figures["full"] = asdict(measure_full(home, country))
    nights = [measure_night(home, country) for _ in range(given.nights)]
    figures["nights"] = nights
    figures["bytes_a_figure"] = measure_size(home)
    (home.root / "bench.json").write_text(json.dumps(figures, indent=1), encoding="utf-8")


def _country(home: Home, reports: int) -> Country:
    kept = home.root / "country.pickle"
    if kept.is_file():
        country: Country = pickle.loads(kept.read_bytes())
        return country
    with measured("generate") as _:
        country = generate(home, reports)
    kept.write_bytes(pickle.dumps(country))
    return country


def _open_night(home: Home, country: Country) -> str:
    """Land 1,000 reports under a new load and keep what further nights must know."""
    load_id = loads.make_load_id(loads.datetime.now(loads.TIME_ZONE), os.urandom(4).hex())
    write_night(home, country, load_id, 1_000)
    loads.open_load(
        home, sources=["synthetic"], mode="incremental", holder=loads.Holder.foreground(), load_id=load_id
    )
    loads.release_lease(home, load_id)
    (home.root / "country.pickle").write_bytes(pickle.dumps(country))
    return load_id


def measure_full(home: Home, country: Country) -> Taken:
    """Build everything from the landing zone and publish it."""
    load_id = _open_night(home, country)
    with measured("full build") as taken:
        build_warehouse(home, load_id, full=True)
    publish_snapshot(home, load_id)
    with measured("copies for the next load"):
        keep_for_next(home, load_id)
    full = taken()
    print(f"  bar: {FULL_SECONDS} s, {FULL_MEMORY >> 30} GiB")
    return full


def measure_night(home: Home, country: Country) -> dict[str, dict[str, float]]:
    """Load 1,000 new reports on top of what is published: gate one, dbt, gate two, publication."""
    load_id = _open_night(home, country)
    began = time.monotonic()
    with measured("  imports") as imports:
        from expectations.gates import run_landing_gate, run_marts_gate
        from expectations.judge import Judge

        Judge()
    with measured("  gate one") as gate_one:
        run_landing_gate(home, load_id)
    with measured("  dbt") as build:
        database = build_warehouse(home, load_id)
    with measured("  gate two") as gate_two:
        result = run_marts_gate(home, load_id, database)
    with measured("  publish") as publish:
        publish_snapshot(home, load_id)
    wall = time.monotonic() - began
    print(f"night of 1,000 reports: {wall:.1f} s (bar {NIGHT_SECONDS}), gate two passed: {result.passed}")
    with measured("  copies for the next load") as copies:
        keep_for_next(home, load_id)
    steps = {"imports": imports, "gate_one": gate_one, "dbt": build, "gate_two": gate_two, "publish": publish}
    return {
        "total": {"wall": wall},
        **{name: asdict(step()) for name, step in steps.items()},
        "copies": asdict(copies()),
    }


def measure_size(home: Home) -> float:
    """Bytes of the published file a figure in it, everything included; the largest tables are listed."""
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        (figures,) = connection.execute("select count(*) from store.figure").fetchone() or (0,)
        tables = connection.execute(
            "select schema_name, table_name from duckdb_tables() where not internal"
        ).fetchall()
        (block,) = connection.execute("select block_size from pragma_database_size()").fetchone() or (0,)
        sizes = []
        for schema, table in tables:
            (blocks,) = connection.execute(
                "select count(distinct block) from (select block_id as block from pragma_storage_info(?) where block_id >= 0"
                " union all select unnest(additional_block_ids) from pragma_storage_info(?))",
                [f"{schema}.{table}"] * 2,
            ).fetchone() or (0,)
            sizes.append((blocks * block, f"{schema}.{table}"))
    total = home.warehouse.stat().st_size
    print(
        f"size: {total / 1e6:.0f} MB, {figures} figures, {total / figures:.2f} bytes a figure (bar {BYTES_A_FIGURE})"
    )
    for size, name in sorted(sizes, reverse=True)[:12]:
        print(f"  {size / figures:6.2f} bytes a figure  {name}")
    return total / figures


@contextmanager
def measured(name: str) -> Iterator[Callable[[], Taken]]:
    """Measure the body with the processes it starts; the value gives what it took, afterwards."""
    stop = threading.Event()
    peak = [0]
    watch = threading.Thread(target=_watch, args=(stop, peak), daemon=True)
    watch.start()
    began, used = time.monotonic(), _cpu()
    taken: list[Taken] = []
    yield lambda: taken[0]
    stop.set()
    watch.join()
    taken.append(Taken(time.monotonic() - began, _cpu() - used, peak[0]))
    print(
        f"{name}: {taken[0].wall:.1f} s, {taken[0].cpu:.1f} s of processors, {taken[0].memory / 2**30:.1f} GiB",
        flush=True,
    )


def _cpu() -> float:
    own, others = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + others.ru_utime + others.ru_stime


def _watch(stop: threading.Event, peak: list[int]) -> None:
    me = psutil.Process()
    while not stop.wait(0.25):
        total = 0
        for process in [me, *me.children(recursive=True)]:
            try:
                total += process.memory_info().rss
            except psutil.NoSuchProcess:
                continue
        peak[0] = max(peak[0], total)


if __name__ == "__main__":
    main()
