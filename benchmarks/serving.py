"""What readers of a published warehouse meet while loads are published.

    python -m benchmarks.serving [--publications 20] [--queries-a-second 200]

Eight processes query all the time while 20 loads are published one after the other: first the DuckDB snapshot, then
PostgreSQL (a server of its own on loopback, where Debian's postgresql is installed), half of the times by changes and half by a
swap of the whole schema. Told are the rate that was reached, failed queries, queries that saw two loads at once, and how long the
slowest took: a swap that readers wait for shows there.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import psycopg

from benchmarks.readers import QUERIES_A_SECOND, Seen, build_numbered, numbered_load, reading, write_numbered
from gongkai import loads
from gongkai.settings import Home
from publish.build import build_path
from publish.postgres.publishing import publish_postgres
from publish.postgres.target import Target
from publish.snapshot import publish_snapshot
from publish.state import WAREHOUSE_SCHEMA, write_stamp
from tests.dbt_project.landed import open_landing
from tests.services.postgres import find_programs, running_server

PAUSE = 0.2


def main() -> None:
    """Measure both and print a line each."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.serving", description=__doc__.partition("\n")[0]
    )
    parser.add_argument("--publications", type=int, default=20)
    parser.add_argument("--queries-a-second", type=float, default=QUERIES_A_SECOND)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="gongkai-serving-") as folder:
        Path(folder).chmod(0o755)  # the server runs as another user
        tell("snapshot", serve_snapshot(Path(folder) / "home", given.publications, given.queries_a_second))
        if find_programs() is None:
            print("postgres: left out, PostgreSQL is not installed (apt-get install postgresql)")
            return
        with running_server(Path(folder) / "server") as server:
            conninfo = server.create_database("serving")
            seen = serve_postgres(conninfo, Path(folder), given.publications, given.queries_a_second)
            tell("postgres", seen)


def tell(name: str, seen: Seen) -> None:
    """Print what the readers have seen."""
    print(
        f"{name}: {len(seen.queries)} queries, {seen.rate:.0f} a second, {len(seen.errors)} failed, {len(seen.mixed)} saw two loads"
        f" at once, {len(seen.loads)} loads seen; half within {seen.quantile(0.5) * 1000:.0f} ms, 95 % within"
        f" {seen.quantile(0.95) * 1000:.0f} ms, 99.9 % within {seen.quantile(0.999) * 1000:.0f} ms, longest {seen.longest * 1000:.0f} ms",
        flush=True,
    )


def serve_snapshot(folder: Path, publications: int, rate: float) -> Seen:
    """Readers of the DuckDB file while it is replaced; the builds are made before, so that only publishing is measured."""
    folder.mkdir()
    home = Home(folder)
    for number in range(publications + 1):
        load_id = numbered_load(number)
        open_landing(home, load_id)
        loads.open_load(
            home, sources=["synthetic"], mode="full", holder=loads.Holder.foreground(), load_id=load_id
        )
        loads.release_lease(home, load_id)
        build_numbered(build_path(home, load_id), number)
        write_stamp(build_path(home, load_id), WAREHOUSE_SCHEMA, load_id)
    publish_snapshot(home, numbered_load(0))
    with reading("duckdb", str(home.warehouse), queries_a_second=rate) as seen:
        for number in range(1, publications + 1):
            publish_snapshot(home, numbered_load(number))
            time.sleep(PAUSE)
    return seen


def serve_postgres(conninfo: str, folder: Path, publications: int, rate: float) -> Seen:
    """Readers of PostgreSQL while loads are published into it, every other one by a swap."""
    editions = [
        write_numbered(folder / f"edition-{number}.duckdb", number) for number in range(publications + 1)
    ]
    publish_postgres(editions[0], Target(conninfo))
    with reading("postgres", conninfo, queries_a_second=rate) as seen:
        for number in range(1, publications + 1):
            if number % 2:
                with psycopg.connect(conninfo, autocommit=True) as connection:
                    connection.execute("update marts_state.publication set structure = 'older'")
            publish_postgres(editions[number], Target(conninfo))
            time.sleep(PAUSE)
    return seen


if __name__ == "__main__":
    main()
