"""Builds the warehouse with dbt in a database that no reader opens: `build/load=<id>.duckdb`.

A load is built on top of copies of what was published last where that is sound (`publish.state`), else everything
is built from the landing zone. Both give the same rows.
"""

from __future__ import annotations

import logging
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import psutil

from extract.landing import SCHEMAS
from gongkai.settings import Home
from publish.state import (
    DBT_PROJECT,
    STATE_SCHEMA,
    WAREHOUSE_SCHEMA,
    Base,
    NoBaseError,
    create_empty,
    find_base,
    state_path,
    take_copies,
    write_stamp,
)
from publish.validations import validation_files

log = logging.getLogger(__name__)

_MEMORY_SHARE = 0.4
_MEMORY_LIMIT = 6 << 30
_CLOCK = re.compile(r"^\d{2}:\d{2}:\d{2}\s*")
_TELLING_LINES = 30
_LASTING = ("tag:registry", "tag:settled")
"""Models that the last build has left as they would be made: of the seeds alone, and views of published tables."""
_DBT = """
import ctypes, signal, sys
if sys.platform == "linux":  # PR_SET_PDEATHSIG: a dbt whose load was killed must not go on building beside the next
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)
from dbt.cli.main import cli
cli()
"""


class BuildError(Exception):
    """The build failed; the message has the lines of dbt's output that say why, and where the rest is."""


def build_warehouse(home: Home, load_id: str, *, full: bool = False) -> Path:
    """Build the warehouse of the published loads and this one in a file of its own.

    Builds of earlier loads are removed: what is worth keeping of them has been published.

    Args:
        home: the installation.
        load_id: the load being built; its landing parts count although it is not published yet.
        full: build everything from the landing zone, even if the load could be built on top of the last one.

    Returns:
        `build/load=<id>.duckdb`, there only if every model was built and every dbt test has passed; its state file
        is beside it (`publish.state.state_path`).

    Raises:
        BuildError: a model or a test failed, the landing zone is incomplete, or dbt could not run.
    """
    database = build_path(home, load_id)
    # always the same names: the files name each other, and dbt need not read its project anew
    unfinished = home.build / "unfinished"
    warehouse, state = unfinished / "warehouse.duckdb", unfinished / "state.duckdb"
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    for earlier in home.build.glob("load=*.duckdb*"):
        earlier.unlink()
    base = None if full else _base(home, load_id)
    _check_landing(home, load_id if base else None)
    if base:
        take_copies(home, base, warehouse, state)
    else:
        create_empty(warehouse)
        create_empty(state)
    # unit tests judge the project, not the data: they run with the project's own tests
    arguments = ["build", "--exclude-resource-type", "unit_test"]
    if base:
        arguments += ["--exclude-resource-type", "seed", "--exclude", *_LASTING]
    run_dbt(home, load_id, arguments, database=warehouse, base=base)
    write_stamp(warehouse, WAREHOUSE_SCHEMA, load_id, base)
    write_stamp(state, STATE_SCHEMA, load_id, base)
    kept = state_path(home, load_id)
    kept.parent.mkdir(parents=True, exist_ok=True)
    state.replace(kept)
    warehouse.replace(database)
    return database


def _base(home: Home, load_id: str) -> Base | None:
    try:
        base = find_base(home, load_id)
    except NoBaseError as reason:
        log.info("load %s is built from the whole landing zone: %s", load_id, reason)
        return None
    log.info("load %s is built on top of load %s", load_id, base.load_id)
    return base


def build_path(home: Home, load_id: str) -> Path:
    """Where a load's finished build is."""
    return home.build / f"load={load_id}.duckdb"


def run_dbt(
    home: Home,
    load_id: str,
    arguments: Sequence[str],
    *,
    database: Path,
    base: Base | None = None,
    work: Path | None = None,
) -> None:
    """Run one dbt command over the project in a process of its own, which frees DuckDB's lock when it ends.

    dbt's own files go to a folder of the build's or the given one, its output is added to `reports/<load id>/dbt.log`.

    Args:
        home: whose landing zone is read.
        load_id: the load being built.
        arguments: dbt's subcommand and options.
        database: the DuckDB file that dbt works in; its state file is `state.duckdb` beside it.
        base: what the two files hold already, so that dbt adds this load to them; null to build everything.
        work: where dbt's own files go, `build/dbt/` if none is given: what may run beside a build needs another.

    Raises:
        BuildError: dbt ended with an error; the message has the lines that matter.
    """
    output = home.reports / load_id / "dbt.log"
    output.parent.mkdir(parents=True, exist_ok=True)
    work = work or home.build / "dbt"
    work.mkdir(parents=True, exist_ok=True)
    options = {
        "--project-dir": DBT_PROJECT,
        "--profiles-dir": DBT_PROJECT,
        "--target-path": work / "target",
        "--log-path": work / "logs",
    }
    command = [sys.executable, "-c", _DBT, *arguments, "--no-use-colors"]
    command += [str(part) for option in options.items() for part in option]
    done = subprocess.run(
        command,
        env=_environment(home, load_id, database, base),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    with output.open("a", encoding="utf-8") as file:
        file.write(f"$ dbt {' '.join(arguments)}\n{done.stdout}\n")
    if done.returncode:
        raise BuildError(f"dbt {arguments[0]} 失败，全部输出见 {output}\n{_what_matters(done.stdout)}")
    log.info("dbt %s done, output in %s", arguments[0], output)


def _check_landing(home: Home, load_id: str | None) -> None:
    """Every dataset needs one part at least (of one load, if one is named): a pattern without a file is an error to DuckDB."""
    pattern = f"{_load_folder(load_id)}/part-*.parquet"
    empty = [name for name in SCHEMAS if next((home.landing / name).glob(pattern), None) is None]
    if empty:
        names = "、".join(empty)
        raise BuildError(f"落地区 {home.landing} 中这些数据集没有任何分片，加载可能没有正常打开：{names}")


def _environment(home: Home, load_id: str, database: Path, base: Base | None) -> dict[str, str]:
    """What profiles.yml, the sources and the macros of the project ask for."""
    landing = _in_pattern(home.landing)
    marks = f"{landing}/loads/{_load_folder(base.load_id if base else None)}/part-*.parquet"
    memory = min(_MEMORY_LIMIT, int(psutil.virtual_memory().total * _MEMORY_SHARE))
    return os.environ | {
        "GONGKAI_BUILD": "slice" if base else "full",
        "GONGKAI_BUILD_DATABASE": str(database),
        "GONGKAI_STATE_DATABASE": str(database.with_name("state.duckdb")),
        "GONGKAI_BUILD_MEMORY": f"{memory >> 20}MiB",
        "GONGKAI_BUILD_THREADS": os.environ.get("GONGKAI_BUILD_THREADS") or str(os.cpu_count() or 2),
        "GONGKAI_BUILD_SPILL": str(home.build / "spill"),
        "GONGKAI_LANDING": landing,
        "GONGKAI_PARTS": _load_folder(load_id if base else None),
        "GONGKAI_MARKS": f"'{marks}'",
        "GONGKAI_VALIDATIONS": _listed(validation_files(home, base)),
        "GONGKAI_LOAD_ID": load_id,
        "DO_NOT_TRACK": "1",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "PYTHONUTF8": "1",
    }


def _listed(files: Sequence[Path]) -> str:
    """Files as a list in SQL, for the location of a source; a pattern may be in the name of the last folder's files alone."""
    named = (f"{_in_pattern(path.parent)}/{path.name}" for path in files)
    return "[" + ", ".join(f"'{name}'" for name in named) + "]"


def _load_folder(load_id: str | None) -> str:
    """A load's folder below a dataset, or the pattern of all."""
    return f"load={load_id}" if load_id else "*"


def _in_pattern(folder: Path) -> str:
    """A folder's path as the sources' location takes it: a glob in an SQL literal in a format string."""
    path = re.sub(r"([\[*?])", r"[\1]", str(folder.resolve()))
    return path.replace("'", "''").replace("{", "{{").replace("}", "}}")


def _what_matters(output: str) -> str:
    """The end of dbt's output, from its list of errors on if it has one."""
    lines = [_CLOCK.sub("", line).rstrip() for line in output.splitlines()]
    first = next((i for i, line in enumerate(lines) if line.startswith("Completed with")), 0)
    telling = [line for line in lines[first:] if line]
    return "\n".join(telling[-_TELLING_LINES:])
