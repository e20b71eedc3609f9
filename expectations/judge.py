"""Let Great Expectations judge frames: the one module that imports it, when a gate runs and not before."""

from __future__ import annotations

import json
import logging
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from expectations.frames import example
from expectations.records import ERROR, FAILED, NO_DATA, PASSED, ExpectationOutcome
from expectations.suite import ExpectationSpec, FrameSpec, Severity, Suite, SuiteError, resolve

if TYPE_CHECKING:
    from great_expectations.core import ExpectationValidationResult
    from great_expectations.expectations.expectation import Expectation

log = logging.getLogger(__name__)

EXAMPLES_KEPT = 20


class Judge:
    """Great Expectations in memory: no files, no telemetry, no progress bars, no Data Docs."""

    def __init__(self) -> None:
        os.environ["GX_ANALYTICS_ENABLED"] = "False"  # read at import by releases that report usage
        import great_expectations as gx  # takes seconds, so nobody but a running gate pays
        from great_expectations.data_context.types.base import ProgressBarsConfig

        logging.getLogger("great_expectations").setLevel(logging.WARNING)
        context = gx.get_context(mode="ephemeral")
        context.enable_analytics(enable=False)
        context.variables.progress_bars = ProgressBarsConfig(globally=False)
        self._gx = gx
        self._asset = context.data_sources.add_pandas("frames").add_dataframe_asset("frame")
        self._batches = self._asset.add_batch_definition_whole_dataframe("whole")

    def judge(
        self,
        suite: Suite,
        name: str,
        frame: pd.DataFrame,
        references: Mapping[str, Mapping[str, Any]],
    ) -> list[ExpectationOutcome]:
        """Judge one frame by all the suite's expectations on it, in the suite's order.

        Raises:
            SuiteError: an expectation whose type or arguments Great Expectations does not take.
        """
        specs = suite.of_frame(name)
        alike: dict[tuple[tuple[str, int], ...], list[ExpectationSpec]] = {}
        for spec in specs:
            alike.setdefault(tuple(spec.rows_from.items()), []).append(spec)
        outcomes: dict[str, ExpectationOutcome] = {}
        for conditions, some in alike.items():
            rows = frame
            for column, least in conditions:
                rows = rows[rows[column].fillna(-1) >= least]
            outcomes |= self._judge_rows(suite, name, rows, some, references)
        return [outcomes[spec.id] for spec in specs]

    def _judge_rows(
        self,
        suite: Suite,
        name: str,
        frame: pd.DataFrame,
        specs: Sequence[ExpectationSpec],
        references: Mapping[str, Mapping[str, Any]],
    ) -> dict[str, ExpectationOutcome]:
        """Judge rows by the expectations that are about just these; outcomes by expectation."""
        index = suite.frames[name].index
        arguments = {spec.id: resolve(spec.kwargs, references) for spec in specs}
        expectations = self._gx.ExpectationSuite(name=f"{suite.suite}.{name}")
        for spec in specs:
            expectations.add_expectation(self._build(spec, arguments[spec.id]))
        batch = self._batches.get_batch(batch_parameters={"dataframe": frame})
        # COMPLETE with index columns names every row that broke an expectation; plain lists are cut at 200
        wanted = {"result_format": "COMPLETE", "unexpected_index_column_names": list(index)}
        results = {
            str((result.expectation_config.meta or {}).get("id")): result
            for result in batch.validate(expectations, result_format=wanted).results
            if result.expectation_config is not None
        }
        return {
            spec.id: self._outcome(suite, spec, arguments[spec.id], frame, results.get(spec.id))
            for spec in specs
        }

    def _build(self, spec: ExpectationSpec, arguments: dict[str, Any]) -> Expectation:
        class_name = "".join(part.capitalize() for part in spec.type.split("_"))
        kind = getattr(self._gx.expectations, class_name, None)
        if kind is None:
            raise SuiteError(f"{spec.id}: Great Expectations knows no {spec.type}")
        try:
            expectation: Expectation = kind(**arguments, meta={"id": spec.id})
        except (ValueError, TypeError) as error:
            raise SuiteError(f"{spec.id}: {error}") from error
        return expectation

    def _outcome(
        self,
        suite: Suite,
        spec: ExpectationSpec,
        arguments: dict[str, Any],
        frame: pd.DataFrame,
        result: ExpectationValidationResult | None,
    ) -> ExpectationOutcome:
        if result is None:
            return outcome_of(suite, spec, arguments, ERROR, "Great Expectations 没有给出结果")
        if exception := _exception(result):
            return outcome_of(suite, spec, arguments, ERROR, exception)
        observed = _observed(suite.frames[spec.frame], arguments, frame, result)
        # stage 1 is about presence: an empty frame is a breach there, not a lack of data
        if suite.frames[spec.frame].stage > 1 and not _has_data(spec, frame):
            return outcome_of(suite, spec, arguments, NO_DATA, observed)
        details = result.result
        rows: Sequence[dict[str, Any]] = details.get("unexpected_index_list") or []
        index = suite.frames[spec.frame].index
        reports = tuple(sorted({str(row["report_id"]) for row in rows})) if "report_id" in index else ()
        if not result.success and spec.severity is Severity.REPORT and not reports:
            return outcome_of(suite, spec, arguments, ERROR, "不成立，却没有说出是哪些报告")
        outcome = outcome_of(suite, spec, arguments, PASSED if result.success else FAILED, observed)
        return replace(
            outcome,
            unexpected_count=int(details.get("unexpected_count") or (0 if result.success else 1)),
            # the one row of a frame about the whole load is what was observed, not an example
            examples=tuple(example(row, index) for row in rows[:EXAMPLES_KEPT]) if len(frame) > 1 else (),
            report_ids=reports,
        )


def outcome_of(
    suite: Suite,
    spec: ExpectationSpec,
    arguments: Mapping[str, Any],
    outcome: str,
    observed: str,
) -> ExpectationOutcome:
    """An expectation's outcome with the words of its specification."""
    return ExpectationOutcome(
        suite=suite.suite,
        expectation_id=spec.id,
        dataset=spec.dataset,
        severity=str(spec.severity),
        outcome=outcome,
        observed=observed,
        expected=json.dumps({"type": spec.type, **arguments, **_condition(spec)}, ensure_ascii=False),
        title=spec.title,
        sentence=spec.zh,
        owner=spec.owner,
    )


def _condition(spec: ExpectationSpec) -> dict[str, Any]:
    named = {"applies_from": spec.applies_from, "rows_from": spec.rows_from}
    return {name: least for name, least in named.items() if least}


def _has_data(spec: ExpectationSpec, frame: pd.DataFrame) -> bool:
    if frame.empty:
        return False
    return all(frame[column].sum() >= least for column, least in spec.applies_from.items())


def _observed(
    frame_spec: FrameSpec,
    arguments: Mapping[str, Any],
    frame: pd.DataFrame,
    result: ExpectationValidationResult,
) -> str:
    """What was seen: a value where the expectation is about one, else how many rows broke it."""
    details = result.result
    column = str(arguments.get("column", ""))
    if details.get("observed_value") is not None:
        return str(details["observed_value"])[:500]
    if len(frame) == 1 and column in frame.columns:
        value = frame[column].iloc[0]
        return f"{column} = {value:.4g}" if isinstance(value, float) else f"{column} = {value}"
    return f"{len(frame)} 行（一行为{frame_spec.zh}）中 {details.get('unexpected_count') or 0} 行不符"


def _exception(result: ExpectationValidationResult) -> str | None:
    """What an exception inside an expectation said: Great Expectations reports it, it does not raise it."""
    info = result.exception_info or {}
    if "raised_exception" in info:
        infos = [info]
    else:
        infos = [nested for nested in info.values() if isinstance(nested, dict)]
    for nested in infos:
        if nested.get("raised_exception"):
            return re.sub(r"\s+", " ", str(nested.get("exception_message")))[:500]
    return None
