"""The two gates of a load. Gate one audits what has landed; gate two the marts that no reader can see yet.

A failed expectation is an answer: it comes back in the result, and the caller stops the load if a critical
one failed. A gate that can't give every answer is a crash, never a pass. Either way each expectation leaves a
row in `operations/validations/`.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa

from expectations.frames import (
    FrameError,
    add_history,
    landing_connection,
    load_year,
    marts_connection,
    query_frame,
    structure_frame,
)
from expectations.judge import Judge, outcome_of
from expectations.records import ERROR, FAILED, NO_DATA, ExpectationOutcome, write_validations
from expectations.suite import ExpectationSpec, Severity, Suite, SuiteError, load_suite, suite_references
from extract.landing import write_part
from gongkai.settings import Home

log = logging.getLogger(__name__)

LANDING = "landing"
MARTS = "marts"
QUARANTINE_PART = "gate"


class GateCrashed(Exception):  # noqa: N818 - says what happened to the gate
    """A gate that could not judge everything it is there to judge; the load must not be published."""


@dataclass(frozen=True, slots=True)
class GateResult:
    """What a gate found.

    Attributes:
        passed: no critical expectation failed.
        gate: `landing` or `marts`.
        outcomes: one an expectation, in the suite's order.
    """

    passed: bool
    gate: str
    outcomes: tuple[ExpectationOutcome, ...]

    @property
    def failed(self) -> tuple[ExpectationOutcome, ...]:
        """The expectations that did not hold, critical ones first."""
        order = [severity.value for severity in Severity]
        failed = [outcome for outcome in self.outcomes if not outcome.passed]
        return tuple(sorted(failed, key=lambda outcome: order.index(outcome.severity)))


@dataclass(frozen=True, slots=True)
class Hold:
    """A report that is held back: why, by which rule, and the sentence for people."""

    report_id: str
    reason: str
    rule: str
    message: str


@dataclass(frozen=True, slots=True)
class Said:
    """What people have decided about reports.

    Attributes:
        released: the decision that lets a report pass although it breaks a rule, by report and rule.
        contradicted: reports that are held because they no longer read as the person saw them.
    """

    released: Mapping[tuple[str, str], str] = field(default_factory=dict)
    contradicted: Sequence[Hold] = ()


def run_landing_gate(home: Home, load_id: str, decided: Callable[[], Said] | None = None) -> GateResult:
    """Audit what a load has landed, and hold back the reports that break an expectation of severity `report`.

    Writes the load's validations and its `quarantine` part (replacing those of an earlier try); a breach that a person lets pass
    goes to `releases` instead, with the decision that does.

    Args:
        home: where the landing zone is.
        load_id: the load.
        decided: tells what people have decided, once the tables are known to be sound; null for nothing.

    Raises:
        GateCrashed: an expectation could not be judged; the validations say which.
    """
    said = Said()
    holds: list[Hold] = []

    def judge_all(run: _Run) -> None:
        nonlocal said
        run.judge("structure", structure_frame(home, load_id))
        if run.broken:
            return
        said = decided() if decided else said
        with landing_connection(home, load_id) as connection:
            add_history(connection, home)
            run.judge_stage(connection, 2)
            holds.extend([*_holds(run), *said.contradicted])
            held = {hold.report_id for hold in holds if (hold.report_id, hold.rule) not in said.released}
            connection.register("held", pa.table({"report_id": pa.array(sorted(held), pa.string())}))
            run.judge_stage(connection, 3)

    result = _run_gate(home, load_id, LANDING, judge_all)
    held_at = datetime.now(UTC)
    held: list[dict[str, Any]] = []
    released: list[dict[str, Any]] = []
    for hold in holds:
        row = {"load_id": load_id, **asdict(hold)}
        decision = said.released.get((hold.report_id, hold.rule))
        if decision is None:
            held.append({**row, "held_at": held_at})
        else:
            released.append({**row, "decision_id": decision})
    write_part(home.landing, "releases", load_id, QUARANTINE_PART, released)
    write_part(home.landing, "quarantine", load_id, QUARANTINE_PART, held)
    return result


def run_marts_gate(home: Home, load_id: str, database: Path) -> GateResult:
    """Audit built marts before they are published.

    Args:
        home: where the landing zone and the published warehouse are.
        load_id: the load that is to be published.
        database: the built DuckDB file; opened read-only.

    Raises:
        GateCrashed: the database can't be opened, or an expectation could not be judged.
    """

    def judge_all(run: _Run) -> None:
        with marts_connection(home, load_id, database) as connection:
            run.judge_stage(connection, 1)
            if not run.broken:
                run.judge_stage(connection, 2)

    return _run_gate(home, load_id, MARTS, judge_all)


class _Run:
    """One run of a gate: judges frames and keeps the outcome of each expectation."""

    def __init__(self, suite: Suite, load_id: str) -> None:
        self.suite = suite
        self.outcomes: dict[str, ExpectationOutcome] = {}
        self.frames: dict[str, pd.DataFrame] = {}
        self._references = suite_references(load_year(load_id))
        self._judge = Judge()

    @property
    def broken(self) -> bool:
        """Whether the tables themselves are not as declared, so that looking further makes no sense."""
        return any(
            outcome.outcome == FAILED and outcome.severity == Severity.CRITICAL
            for spec in self.suite.expectations
            if self.suite.frames[spec.frame].stage == 1 and (outcome := self.outcomes.get(spec.id))
        )

    def judge_stage(self, connection: duckdb.DuckDBPyConnection, stage: int) -> None:
        """Make and judge a stage's SQL frames; one that can't be made is an error of its expectations."""
        for name, spec in self.suite.frames.items():
            if spec.stage != stage or name in self.frames:
                continue
            try:
                frame = query_frame(connection, name, spec)
            except FrameError as error:
                log.exception("frame %s of gate %s can't be made", name, self.suite.suite)
                why = str(error)[:500]
                for expectation in self.suite.of_frame(name):
                    self.keep(outcome_of(self.suite, expectation, expectation.kwargs, ERROR, why))
                continue
            self.judge(name, frame)

    def judge(self, name: str, frame: pd.DataFrame) -> None:
        """Judge one frame."""
        self.frames[name] = frame
        for outcome in self._judge.judge(self.suite, name, frame, self._references):
            self.keep(outcome)

    def keep(self, outcome: ExpectationOutcome) -> None:
        """Keep one outcome."""
        self.outcomes[outcome.expectation_id] = outcome


def _run_gate(home: Home, load_id: str, gate: str, judge_all: Callable[[_Run], None]) -> GateResult:
    """Run a gate, keep its validations whatever happens, and turn everything unanswered into a crash."""
    crash: Exception | None = None
    try:
        suite = load_suite(gate)
        run = _Run(suite, load_id)
    except SuiteError as error:
        why = f"质量关卡 {gate} 的期望无法读取：{error}"
        write_validations(home, load_id, gate, [_of_the_gate(gate, why)], datetime.now(UTC))
        raise GateCrashed(why) from error
    try:
        judge_all(run)
    except Exception as error:  # noqa: BLE001 - whatever it was, it is recorded below and raised as a crash
        crash = error
    outcomes = tuple(run.outcomes.get(spec.id) or _unjudged(run, spec, crash) for spec in suite.expectations)
    if all(outcome.outcome == NO_DATA for outcome in outcomes):
        why = f"质量关卡 {gate} 什么也没有检查到，不能当作通过"
        write_validations(home, load_id, gate, [*outcomes, _of_the_gate(gate, why)], datetime.now(UTC))
        raise GateCrashed(why)
    write_validations(home, load_id, gate, outcomes, datetime.now(UTC))
    result = GateResult(not _stops(outcomes), gate, outcomes)
    for outcome in result.failed:
        if outcome.outcome == FAILED:  # those without an answer are in the crash, once
            log.warning("gate %s, %s: %s", gate, outcome.severity, outcome.message)
    unanswered = [outcome for outcome in outcomes if outcome.outcome == ERROR]
    if crash or (unanswered and not run.broken):
        raise GateCrashed(
            f"质量关卡 {gate} 未能完成检查（{len(outcomes)} 条期望中 {len(unanswered)} 条没有结论）："
            f"{crash or unanswered[0].message}"
        ) from crash
    return result


def _of_the_gate(gate: str, why: str) -> ExpectationOutcome:
    """What is on record of a gate that came to judge nothing: an outcome of the gate itself."""
    return ExpectationOutcome(
        suite=gate,
        expectation_id="gate_judges",
        dataset="all",
        severity=str(Severity.CRITICAL),
        outcome=ERROR,
        observed=why,
        expected="{}",
        title="The gate judges something",
        sentence="关卡必须真正检查到数据；期望读不出来、一条也没有、或全都没有数据可查，都不能当作通过",
        owner="warehouse",
    )


def _stops(outcomes: tuple[ExpectationOutcome, ...]) -> bool:
    """Whether the load must stop: a critical breach, an expectation unanswered, or nothing judged at all."""
    critical = any(o.outcome == FAILED and o.severity == Severity.CRITICAL for o in outcomes)
    return critical or any(o.outcome == ERROR for o in outcomes) or not outcomes


def _unjudged(run: _Run, spec: ExpectationSpec, crash: Exception | None) -> ExpectationOutcome:
    if crash:
        why = f"{type(crash).__name__}: {crash}"[:500]
    elif run.broken:
        why = "表结构与声明不符，未再检查"
    else:
        why = "没有检查到这一条"
    return outcome_of(run.suite, spec, spec.kwargs, ERROR, why)


def _holds(run: _Run) -> list[Hold]:
    """One hold a report and expectation of severity `report` that it broke, with the sentence people read."""
    holds: list[Hold] = []
    for spec in run.suite.expectations:
        outcome = run.outcomes.get(spec.id)
        if spec.severity is not Severity.REPORT or outcome is None or outcome.outcome != FAILED:
            continue
        frame = run.frames[spec.frame].set_index("report_id", drop=False)
        # a report id that came twice is a critical breach of its own; its first row serves for the words
        facts = frame[~frame.index.duplicated()].astype(object).to_dict("index")
        for report_id in outcome.report_ids:
            words = {str(key): _plain(value) for key, value in facts[report_id].items()}
            message = str(spec.message).format(**words)
            holds.append(Hold(report_id, str(spec.reason), spec.id, message))
    return holds


def _plain(value: object) -> str:
    """A frame's value as people write it: whole numbers without the fraction that nulls force on a column."""
    if value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return "未知"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
