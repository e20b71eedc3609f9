"""The steps of a load, one plain function a task of the DAGs; none needs Airflow.

Every step takes the home and the load's id, reads what the step before has written, can be run again, and
works under the load's lease. Heavy imports are inside the functions: the scheduler imports this module, too.
"""

from __future__ import annotations

import contextlib
import logging
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from gongkai import loads
from gongkai.batches import batch_sources, sources_a_task
from gongkai.errors import GongkaiError, LoadStoppedError, UsageError
from gongkai.settings import TIME_ZONE, Home

if TYPE_CHECKING:
    from expectations.gates import GateResult

log = logging.getLogger(__name__)

_YEARS = range(2008, 2101)
"""Years that reports can be of: the regulation is of 2008."""
_REFUSALS_TOLD = 20
_FAILED_AS_A_WHOLE = frozenset({"source_failed", "source_all_failed"})
"""Findings after which a source has brought nothing."""


def open_load(
    home: Home, load_id: str, *, sources: Sequence[str], mode: str, holder: loads.Holder
) -> list[list[str]]:
    """Begin a load: take the lease, write its record and empty landing parts.

    Args:
        home: where it happens.
        load_id: the load's id; a load that stopped or was killed may be begun again under its id.
        sources: names in `sources/` or paths; none means every enabled source.
        mode: `incremental` or `full`.
        holder: who does the work.

    Returns:
        The sources to pull, in the batches that are pulled together.

    Raises:
        UsageError: an unknown or broken source among those named, nothing to load, or the load is already published.
        LeaseHeldError: another load is at work.
    """
    from extract.pull import SourceError, load_source, source_names

    hosts: dict[str, tuple[str, ...]] = {}
    broken: dict[str, SourceError] = {}
    for name in dict.fromkeys(sources or source_names()):
        try:
            source = load_source(name)
        except SourceError as error:
            broken[name] = error
            continue
        if sources or source.enabled:
            hosts[name] = source.hosts
    # what was asked for by name must be sound before anything is touched; one file of many must not stop the night
    if broken and (sources or not hosts):
        raise UsageError("；".join(map(str, broken.values())))
    _open(home, load_id, sources=list(hosts), mode=mode, holder=holder)
    for name, reason in broken.items():
        loads.record_failure(home, load_id, f"open_load[{name}]", reason)
    return batch_sources(hosts, sources_a_task())


def open_backfill(
    home: Home, load_id: str, *, source: str, years: str, holder: loads.Holder
) -> list[list[str]]:
    """Begin a load that pulls some years of one source, enabled or not.

    What an earlier backfill has pulled before it was stopped or killed is not asked for again.

    Args:
        home: where it happens.
        load_id: the load's id.
        source: a name in `sources/` or a path.
        years: report years, `2023` or `2019-2025`.
        holder: who does the work.

    Returns:
        The source to pull, as the only batch.

    Raises:
        UsageError: an unknown or broken source, malformed years, or the load is already published.
        LeaseHeldError: another load is at work.
    """
    from extract.pull import SourceError, load_source

    first, last = parse_years(years)
    try:
        load_source(source)
    except SourceError as error:
        raise UsageError(str(error)) from error
    options = {"years": {"first": first, "last": last}}
    _open(home, load_id, sources=[source], mode="backfill", holder=holder, options=options)
    return [[source]]


def preview_backfill(home: Home, source: str, years: str) -> list[str]:
    """What a backfill would pull, in lines for people; lists are read, nothing is stored.

    Raises:
        UsageError: an unknown or broken source, or malformed years.
        GongkaiError: the source as a whole can't be read.
    """
    from extract.pull import SourceError, Years, load_source
    from extract.pull.preview import preview

    first, last = parse_years(years)
    try:
        named = load_source(source)
    except SourceError as error:
        raise UsageError(str(error)) from error
    try:
        found = preview(named, home, years=Years(first=first, last=last))
    except SourceError as error:
        raise GongkaiError(str(error)) from error
    wanted = [link for link in found.links if link.is_wanted]
    known = sum(link.known for link in wanted)
    lines = [
        f"来源 {named.name}，{years} 年度：列出 {len(found.links)} 份，其中需要 {len(wanted)} 份"
        f"（已知 {known} 份，将拉取 {len(wanted) - known} 份）。没有保存任何内容。"
    ]
    for link in wanted:
        fate = "已知" if link.known else "拉取"
        lines.append(f"{fate}  {link.year or '年度不明'}  {link.title or ''}  {link.address}")
    return lines + [f"✘ {problem}" for problem in found.problems]


def parse_years(text: str) -> tuple[int, int]:
    """The first and last report year of `2023` or `2019-2025`.

    Raises:
        UsageError: it is neither, or no report can be of such a year.
    """
    match = re.fullmatch(r"(\d{4})(?:-(\d{4}))?", text.strip())
    first, last = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
    if not _YEARS.start <= first <= last < _YEARS.stop:
        raise UsageError(f"年度 {text} 的写法不对，应如 2023 或 2019-2025。")
    return first, last


def open_reread(
    home: Home, load_id: str, *, holder: loads.Holder, limit: int, documents: Sequence[str] = ()
) -> None:
    """Begin a load that reads stored documents again and asks no source.

    Args:
        home: where it happens.
        load_id: the load's id.
        holder: who does the work.
        limit: how many documents at most.
        documents: sha256 of the documents, or their first eight digits or more; none means those last read by an
            older reader.

    Raises:
        UsageError: the load is already published, or the limit is below one.
        LeaseHeldError: another load is at work.
    """
    if limit < 1:
        raise UsageError("重读的份数上限至少为 1。")
    options = {"limit": limit, "documents": list(documents)}
    _open(home, load_id, sources=[], mode="reread", holder=holder, options=options)


def _open(
    home: Home,
    load_id: str,
    *,
    sources: Sequence[str],
    mode: str,
    holder: loads.Holder,
    options: Mapping[str, Any] | None = None,
) -> None:
    from extract.landing import SCHEMAS, drop_load, write_part
    from gongkai.corrections import land_corrections
    from review.decisions import land_decisions

    if loads.published_at(home, load_id):
        # its landing parts feed every later build: to begin again would lose what its sources no longer offer
        raise UsageError(
            f"加载 {load_id} 已经发布，不能重新开始；要全部重读，请以 full 方式运行一次新的加载。"
        )
    loads.open_load(home, sources=sources, mode=mode, holder=holder, load_id=load_id, options=options)
    with loads.holding(home, load_id):
        for dataset in SCHEMAS:
            drop_load(home.landing, dataset, load_id)  # an earlier attempt may have been batched otherwise
            write_part(home.landing, dataset, load_id, "open", [])
        refused = land_corrections(home, load_id, datetime.now(TIME_ZONE).date())
        unclear = land_decisions(home, load_id)
    # a line that says nonsense costs only itself, and is told; all of them are in mart_correction and mart_decision
    for what, sentences in (("corrections", refused), ("decisions", unclear)):
        for sentence in sentences[:_REFUSALS_TOLD]:
            loads.record_failure(home, load_id, f"open_load[{what}]", sentence)


def pull(home: Home, load_id: str, sources: Sequence[str]) -> dict[str, int]:
    """Pull a batch of sources: their documents and what they expect to be filed, into the landing zone.

    What is wrong with a source is put on record and leaves the others alone.

    Returns:
        Numbers: `sources` pulled, `failed` among them as a whole, `documents` landed.
    """
    from extract.pull import SourceError, Years, load_source, pull_sources
    from extract.pull.expected import ExpectedError, land_expected

    load = loads.get_load(home, load_id)
    asked = {}
    failures: dict[str, str] = {}
    for name in sources:
        try:
            asked[name] = load_source(name)
        except SourceError as error:
            failures[name] = str(error)
    with _step(home, load_id):
        years = Years(**load.options["years"]) if "years" in load.options else None
        mode: Any = "full" if load.mode == "full" else "incremental"
        results = pull_sources(list(asked), home, load_id, mode=mode, years=years)
        for (name, source), result in zip(asked.items(), results, strict=True):
            for finding in result.findings:
                if finding.rule in _FAILED_AS_A_WHOLE:
                    failures.setdefault(name, finding.message)
            try:
                land_expected(source, home, load_id)
            except ExpectedError as error:
                loads.record_failure(home, load_id, f"pull[{name}]", str(error))
    documents = sum(result.documents for result in results)
    counts = {"sources": len(sources), "failed": len(failures), "documents": documents}
    for name, sentence in failures.items():
        loads.record_failure(home, load_id, f"pull[{name}]", sentence)
    loads.record_update(
        home, load_id, lambda record: record.setdefault("pulled", {}).update({sources[0]: counts})
    )
    return counts


def choose_documents(home: Home, load_id: str) -> dict[str, int]:
    """Choose the stored documents that a load reads again, as `open_reread` was told.

    Returns:
        Numbers: `chosen`, and `remaining` for a further load.

    Raises:
        UsageError: a document is named that no load has read.
    """
    from extract.reread import choose

    options = loads.get_load(home, load_id).options
    with _step(home, load_id, "choose_documents") as counts:
        chosen = choose(home, load_id, limit=options["limit"], documents=options["documents"])
        counts.update(chosen)
    return chosen


def plan_batches(home: Home, load_id: str) -> list[str]:
    """Divide the documents to extract into batches; the batches' names, none if nothing is new.

    Raises:
        GongkaiError: every source has failed.
    """
    from extract.batch import plan
    from review.applying import land_reconsidered

    load = loads.get_load(home, load_id)
    with _step(home, load_id, "plan_batches") as counts:
        _require_some_source(home, load_id)
        batches = plan(home, load_id, load.mode, land_reconsidered(home, load_id))
        counts["batches"] = len(batches)
    return batches


def extract_batch(home: Home, load_id: str, batch: str) -> dict[str, int]:
    """Extract one batch's documents into landing parts; what was counted."""
    from extract.batch import extract_batch as extract
    from review.applying import in_force

    with _step(home, load_id):
        return extract(home, load_id, batch, in_force(home, load_id).identities)


def gate_landing(home: Home, load_id: str) -> dict[str, int]:
    """Audit what the load has landed; how many expectations passed and failed.

    Raises:
        LoadStoppedError: the gate did not pass.
    """
    from expectations.gates import run_landing_gate
    from review.applying import said_of

    with _step(home, load_id, "gate_landing") as counts:
        return _judge(home, load_id, run_landing_gate(home, load_id, partial(said_of, home, load_id)), counts)


def build(home: Home, load_id: str) -> str:
    """Build the marts in a database that no reader opens; the database's path.

    Raises:
        GongkaiError: dbt failed, with the lines that matter.
    """
    from publish.build import BuildError, build_warehouse

    full = loads.get_load(home, load_id).mode == "full"
    with _step(home, load_id, "build"):
        try:
            return str(build_warehouse(home, load_id, full=full))
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
    from publish.snapshot import PublishError, keep_for_next, publish_snapshot

    with _step(home, load_id, "publish"), loads.fenced(home, load_id):
        try:
            warehouse = publish_snapshot(home, load_id)
        except PublishError as error:
            raise GongkaiError(str(error)) from error
    with _step(home, load_id, "keep_for_next"):
        keep_for_next(home, load_id)
    return str(warehouse)


def publish_postgres(home: Home, load_id: str, *, conninfo: str | None = None) -> str:
    """Bring PostgreSQL up to the published warehouse, whichever load it holds; what was done, or that none is set up.

    What fails here undoes nothing: the warehouse stays published, PostgreSQL stays as it was, the record says so, and the next
    load catches up.

    Args:
        home: the installation.
        load_id: the load, which has been published.
        conninfo: the server; null for the one in `GONGKAI_POSTGRES`, if any.

    Raises:
        GongkaiError: the server holds something else, refuses, or its readers are in the way.
        publish.postgres.target.UnavailableError: the server is not there; trying again may help.
    """
    from publish.postgres.target import Target

    target = Target.from_environment(conninfo)
    if target is None:
        return "没有设置 PostgreSQL。"
    from publish.postgres.publishing import publish_postgres as publish_to

    with _step(home, load_id, "publish_postgres"), _target(home, load_id, "postgres") as settle:
        done = publish_to(home.warehouse, target)
        settle.update(how=done.how, holds=done.load_id, place=done.place)
    return done.sentence


def export_files(home: Home, load_id: str) -> list[str]:
    """Write the files that `exports.yaml` asks for from the published warehouse; their paths.

    Raises:
        GongkaiError: one could not be written; the warehouse stays published, the old files stay.
    """
    from publish.exports import export_wanted

    with _step(home, load_id, "export_files"), _target(home, load_id, "exports") as settle:
        written = [str(path) for path in export_wanted(home)]
        settle.update(files=len(written))
    return written


def report_load(home: Home, load_id: str) -> str:
    """Settle how the load ended and write its bulletin, published or not; the bulletin's path."""
    from publish.bulletin import write_bulletin
    from publish.summary import count_load

    with _step(home, load_id, "report_load"):
        counts = count_load(home, load_id)
        loads.record_update(home, load_id, lambda record: record.update(counts=counts))
        loads.record_outcome(home, load_id)
        return str(write_bulletin(home, load_id))


def close_load(home: Home, load_id: str) -> str:
    """End the load: settle its record and release the lease; the load's state."""
    state: str = loads.close_load(home, load_id)["state"]
    return state


def notify(home: Home, load_id: str) -> dict[str, int]:
    """Tell people what the load gives reason to tell, however it ended; see `alerts.notify`.

    The lease is given back by then: a channel that is slow to answer holds up no other load.

    Raises:
        GongkaiError: the settings of the alerts are wrong.
    """
    from alerts.notify import notify as tell

    began = time.monotonic()
    counts = tell(home, load_id)
    loads.record_step(home, load_id, "notify", time.monotonic() - began, counts)
    return counts


@contextlib.contextmanager
def _step(home: Home, load_id: str, record_as: str | None = None) -> Iterator[dict[str, Any]]:
    """Work under the lease, then keep time and counts in the load's record (mapped steps keep none)."""
    counts: dict[str, Any] = {}
    began = time.monotonic()
    with loads.holding(home, load_id):
        yield counts
    if record_as:
        loads.record_step(home, load_id, record_as, time.monotonic() - began, counts)


@contextlib.contextmanager
def _target(home: Home, load_id: str, name: str) -> Iterator[dict[str, Any]]:
    """Keep in the load's record what became of one of the places besides the warehouse that it is published to."""
    from publish.snapshot import PublishError

    def keep(state: str, **said: Any) -> None:
        loads.record_update(
            home,
            load_id,
            lambda record: record.setdefault("targets", {}).update({name: {"state": state, **said}}),
        )

    said: dict[str, Any] = {}
    keep(loads.RUNNING)  # what a killed process leaves
    try:
        yield said
    except PublishError as error:
        keep(loads.FAILED, message=str(error))
        raise GongkaiError(str(error)) from error
    except Exception as error:
        keep(loads.FAILED, message=str(error))
        raise
    keep(loads.PUBLISHED, **said)


def _require_some_source(home: Home, load_id: str) -> None:
    """One source that fails is told and the rest is loaded; if none is left, there is nothing to load."""
    record = loads.read_record(home, load_id) or {}
    pulled = list(record.get("pulled", {}).values())
    asked, failed = (sum(counts[name] for counts in pulled) for name in ("sources", "failed"))
    if asked and asked == failed:
        reasons = "；".join(dict.fromkeys(failure["message"] for failure in record["failures"]))
        raise GongkaiError(f"所有来源（{asked} 个）都没有拉取成功：{reasons}")


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
