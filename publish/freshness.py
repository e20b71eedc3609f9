"""How fresh the landing zone is: `dbt source freshness` over its sources."""

from __future__ import annotations

import contextlib
import json
import shutil
from dataclasses import dataclass
from pathlib import Path

from gongkai.settings import Home
from publish.build import BuildError, run_dbt

_NO_LOAD = "freshness"


@dataclass(frozen=True, slots=True)
class Freshness:
    """A landing dataset.

    Attributes:
        dataset: its name.
        status: `pass`, `warn`, `error`, or `runtime error`.
        last: when its last row was brought, in UTC; null if there is none.
        reason: why nothing can be said, if so.
    """

    dataset: str
    status: str
    last: str | None
    reason: str | None


def check_freshness(home: Home) -> list[Freshness]:
    """Let dbt look at the landing datasets that have a bound on their age.

    Raises:
        BuildError: dbt could not look at all.
    """
    results = home.build / "dbt" / "target" / "sources.json"
    results.unlink(missing_ok=True)
    folder = home.build / "freshness"
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with contextlib.suppress(BuildError):  # how dbt says that something is stale: the results say what
            run_dbt(home, _NO_LOAD, ["source", "freshness"], database=folder / "warehouse.duckdb")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if not results.is_file():
        raise BuildError(f"dbt source freshness 没有结果，见 {home.reports / _NO_LOAD / 'dbt.log'}")
    return _read(results)


def _read(results: Path) -> list[Freshness]:
    found = []
    for result in json.loads(results.read_text("utf-8"))["results"]:
        last = result.get("max_loaded_at")
        # dbt's word for no row at all is the first day of all time
        known = last if last and not last.startswith("0001-") else None
        dataset = result["unique_id"].rpartition(".")[2]
        found.append(Freshness(dataset, result["status"], known, result.get("error")))
    return sorted(found, key=lambda freshness: freshness.dataset)
