"""The steps of a load, one plain function a task of the DAG `nightly_load`; none needs Airflow.

Every step takes the home and the load's id, reads what the step before has written, can be run again, and
works under the load's lease. Heavy imports are inside the functions: the scheduler imports this module, too.
"""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from gongkai import loads
from gongkai.errors import GongkaiError, LoadStoppedError, UsageError
from gongkai.settings import Home

if TYPE_CHECKING:
    from expectations.gates import GateResult

log = logging.getLogger(__name__)


def open_load(
    home: Home, load_id: str, *, sources: Sequence[str], mode: str, holder: loads.Holder
) -> list[str]:
    """Begin a load: take the lease, write its record and empty landing parts.

    Args:
        home: where it happens.
        load_id: the load's id; a load that stopped or was killed may be begun again under its id.
        sources: names in `sources/` or paths; none means every enabled source.
        mode: `incremental` or `full`.
        holder: who does the work.

    Returns:
        The sources to pull.

    Raises:
        UsageError: an unknown source, nothing to load, or the load is already published.
        LeaseHeldError: another load is at work.
    """
    from extract.landing import SCHEMAS, drop_load, write_part
    from extract.pull import SourceError, enabled_sources, load_source

    if loads.published_at(home, load_id):
        # its landing parts feed every later build: to begin again would lose what its sources no longer offer
        raise UsageError(
            f"加载 {load_id} 已经发布，不能重新开始；要全部重读，请以 full 方式运行一次新的加载。"
        )
    try:
        wanted = list(dict.fromkeys(sources)) or enabled_sources()
        for source in wanted:
            load_source(source)  # an unknown or broken source fails before anything is touched
    except SourceError as error:
        raise UsageError(str(error)) from error
    loads.open_load(home, sources=wanted, mode=mode, holder=holder, load_id=load_id)
    with loads.holding(home, load_id):
        for dataset in SCHEMAS:
            drop_load(home.landing, dataset, load_id)  # an earlier attempt may have been batched otherwise
            write_part(home.landing, dataset, load_id, "open", [])
    return wanted


def pull(home: Home, load_id: str, source: str) -> int:
    """Pull one source's documents into the landing zone; the number of documents met."""
    from extract.pull import load_source
    from extract.pull import pull as pull_source

    mode: Any = loads.get_load(home, load_id).mode
    with _step(home, load_id):
        return pull_source(load_source(source), home, load_id, mode=mode).documents


def plan_batches(home: Home, load_id: str) -> list[str]:
    """Divide the documents to extract into batches; the batches' names, none if nothing is new."""
    from extract.batch import plan

    load = loads.get_load(home, load_id)
    with _step(home, load_id, "plan_batches") as counts:
        batches = plan(home, load_id, load.mode)
        counts["batches"] = len(batches)
    return batches


def extract_batch(home: Home, load_id: str, batch: str) -> dict[str, int]:
    """Extract one batch's documents into landing parts; what was counted."""
    from extract.batch import extract_batch as extract

    with _step(home, load_id):
        return extract(home, load_id, batch)


def gate_landing(home: Home, load_id: str) -> dict[str, int]:
    """Audit what the load has landed; how many expectations passed and failed.

    Raises:
        LoadStoppedError: the gate did not pass.
    """
    from expectations.gates import run_landing_gate

    with _step(home, load_id, "gate_landing") as counts:
        return _judge(home, load_id, run_landing_gate(home, load_id), counts)


def build(home: Home, load_id: str) -> str:
    """Build the marts in a database that no reader opens; the database's path.

    Raises:
        GongkaiError: dbt failed, with the lines that matter.
    """
    from publish.build import BuildError, build_warehouse

    with _step(home, load_id, "build"):
        try:
            return str(build_warehouse(home, load_id))
        except BuildError as error:
            raise GongkaiError(str(error)) from error


def gate_marts(home: Home, load_id: str) -> dict[str, int]:
    """Audit the built marts; how many expectations passed and failed.

    Raises:
        LoadStoppedError: the gate did not pass.
    """
    from expectations.gates import run_marts_gate

    with _step(home, load_id, "gate_marts") as counts:
        return _judge(
            home, load_id, run_marts_gate(home, load_id, home.build / f"load={load_id}.duckdb"), counts
        )


def publish(home: Home, load_id: str) -> str:
    """Put the checked build in the place of the published warehouse; the warehouse's path.

    Nobody can take the lease over while the files are exchanged, so a load that was thought dead can't
    publish over a later one.
    """
    from publish.snapshot import PublishError, publish_snapshot

    with _step(home, load_id, "publish"), loads.fenced(home, load_id):
        try:
            return str(publish_snapshot(home, load_id))
        except PublishError as error:
            raise GongkaiError(str(error)) from error


def report_load(home: Home, load_id: str) -> str:
    """Settle how the load ended and write its report, published or not; the report's path."""
    from publish.report import write_load_report
    from publish.summary import count_load

    with _step(home, load_id, "report_load"):
        counts = count_load(home, load_id)
        loads.record_update(home, load_id, lambda record: record.update(counts=counts))
        loads.record_outcome(home, load_id)
        return str(write_load_report(home, load_id))


def close_load(home: Home, load_id: str) -> str:
    """End the load: settle its record and release the lease; the load's state."""
    state: str = loads.close_load(home, load_id)["state"]
    return state


@contextlib.contextmanager
def _step(home: Home, load_id: str, record_as: str | None = None) -> Iterator[dict[str, Any]]:
    """Work under the lease, then keep time and counts in the load's record (mapped steps keep none)."""
    counts: dict[str, Any] = {}
    began = time.monotonic()
    with loads.holding(home, load_id):
        yield counts
    if record_as:
        loads.record_step(home, load_id, record_as, time.monotonic() - began, counts)


def _judge(home: Home, load_id: str, result: GateResult, counts: dict[str, Any]) -> dict[str, int]:
    """Keep a gate's result in the load's record and stop the load if it did not pass."""
    failed = [outcome for outcome in result.outcomes if not outcome.passed]
    counts.update(expectations=len(result.outcomes), failed=len(failed))
    verdict = {"passed": result.passed, **counts}
    loads.record_update(home, load_id, lambda record: record["gates"].update({result.gate: verdict}))
    if not result.passed:
        reasons = "；".join(outcome.message for outcome in failed if outcome.severity == "critical")
        raise LoadStoppedError(f"质量关卡 {result.gate} 未通过，本次不发布，已发布的数据保持不变：{reasons}")
    return counts
