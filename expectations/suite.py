"""Suites as data: what is expected of which frame, how grave a breach is, who owns it, and what it protects.

`suites/<gate>.yaml` names the frames a gate looks at (each a small table made by one SQL file or by code) and
the expectations on them. Sets that the statutory form defines are not written there but referred to
(`{form: metric_keys}`), so that the form stays in one place; facts of the load are `{load: year}`.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

from extract.form import load_form
from extract.landing import SCHEMAS


class SuiteError(Exception):
    """A suite that can't be used: unreadable, empty, or contradicting itself."""


class Severity(StrEnum):
    """What a breach does: stop the load, hold one report back, or tell."""

    CRITICAL = "critical"
    REPORT = "report"
    WARN = "warn"


Owner = Literal["extract", "warehouse", "operations", "agency"]
"""Who looks into a breach: the readers' authors, the models' authors, who is on call, or the agency that reports."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FrameSpec(_Frozen):
    """A frame that expectations look at.

    Attributes:
        sql: the file below `sql/` whose query makes it; None: made by code under its name (`expectations.contracts`, and
            `structure`, which is read from the files).
        index: the columns that name a row of it in examples and holds.
        stage: frames of stage 1 are judged before those of stage 2 are made, those before stage 3. A critical
            breach at stage 1 (tables that are not as declared) makes the later stages pointless.
        zh: what one row of it is.
    """

    sql: str | None = None
    index: tuple[str, ...]
    stage: int = Field(default=2, ge=1, le=3)
    zh: str


class ExpectationSpec(_Frozen):
    """One expectation.

    Attributes:
        id: its name, unique in the suite.
        frame: the frame it looks at; `dataset` is the landing dataset or mart it protects.
        type, kwargs: the Great Expectations type and its arguments.
        title, zh: an English title and the sentence people read.
        reason: for severity `report`: the reason on the held report.
        message: for severity `report`: a template over the frame's columns, told about the held report.
        applies_from: column -> least sum of it in the frame; below it the expectation has no data to judge.
        rows_from: column -> least value of it; rows below it, or without it, are not judged (too few to tell).
    """

    id: str
    frame: str
    dataset: str
    type: str
    kwargs: dict[str, Any]
    severity: Severity
    owner: Owner
    title: str
    zh: str
    reason: str | None = None
    message: str | None = None
    applies_from: dict[str, int] = Field(default_factory=dict)
    rows_from: dict[str, int] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _report_needs_words(self) -> ExpectationSpec:
        if (self.severity is Severity.REPORT) != bool(self.reason and self.message):
            raise ValueError(f"{self.id}: severity report, and it alone, needs a reason and a message")
        return self


class Suite(_Frozen):
    """The expectations of one gate and the frames they look at.

    Attributes:
        holds_reports: whether severity `report` may be used (a gate after the build can hold nothing back).
    """

    suite: str
    zh: str
    holds_reports: bool
    frames: dict[str, FrameSpec]
    expectations: tuple[ExpectationSpec, ...]

    @model_validator(mode="after")
    def _consistent(self) -> Suite:
        ids = [expectation.id for expectation in self.expectations]
        if not ids:
            raise ValueError(f"suite {self.suite} expects nothing")
        if repeated := sorted({i for i in ids if ids.count(i) > 1}):
            raise ValueError(f"expectation ids used twice: {', '.join(repeated)}")
        for expectation in self.expectations:
            frame = self.frames.get(expectation.frame)
            if frame is None:
                raise ValueError(f"{expectation.id}: no frame {expectation.frame}")
            if expectation.severity is not Severity.REPORT:
                continue
            if not self.holds_reports:
                raise ValueError(f"{expectation.id}: suite {self.suite} can't hold reports back")
            if "report_id" not in frame.index:
                raise ValueError(f"{expectation.id}: frame {expectation.frame} does not name reports")
        return self

    def of_frame(self, name: str) -> tuple[ExpectationSpec, ...]:
        """The expectations on a frame, in the suite's order."""
        return tuple(expectation for expectation in self.expectations if expectation.frame == name)


def load_suite(name: str) -> Suite:
    """The suite `suites/<name>.yaml`.

    Raises:
        SuiteError: no such file, not YAML, or a suite that contradicts itself; the message says what.
    """
    try:
        text = (resources.files("expectations") / "suites" / f"{name}.yaml").read_text(encoding="utf-8")
        return Suite.model_validate(yaml.safe_load(text))
    except (OSError, yaml.YAMLError, ValueError) as error:
        raise SuiteError(f"suite {name}: {error}") from error


def suite_references(load_year: int) -> Mapping[str, Mapping[str, Any]]:
    """What `{kind: name}` in a suite may name: the form, the landing zone and the load's year."""
    return {
        "form": form_references(),
        "landing": {"datasets": sorted(SCHEMAS)},
        "load": {"year": load_year},
    }


@cache
def vocabulary() -> tuple[tuple[str, str, str], ...]:
    """(dataset, column, value) of every value that a landed column may hold, from `vocabulary.yaml`.

    Raises:
        SuiteError: the file can't be read, or names a column that no dataset has.
    """
    try:
        text = (resources.files("expectations") / "vocabulary.yaml").read_text(encoding="utf-8")
        content: dict[str, dict[str, Any]] = yaml.safe_load(text)
        listed = []
        for dataset, columns in content.items():
            if unknown := columns.keys() - set(SCHEMAS[dataset].names):
                raise SuiteError(f"vocabulary: {dataset} has no column {', '.join(sorted(unknown))}")
            for column, values in resolve(columns, {"form": form_references()}).items():
                listed += [(dataset, column, str(value)) for value in values]
    except (OSError, yaml.YAMLError, KeyError, AttributeError, TypeError) as error:
        raise SuiteError(f"vocabulary: {error}") from error
    return tuple(listed)


def form_references() -> Mapping[str, Any]:
    """What `{form: …}` in a suite may name: sets and limits that the statutory form defines."""
    form = load_form()
    return {
        "metric_keys": sorted(metric.key for metric in form.metrics()),
        "applicant_keys": sorted({"all", *(applicant.key for applicant in form.shared.applicants)}),
        "generations": [generation.name for generation in form.generations],
        "rules": sorted(rule.key for rule in form.shared.rules),
        "cell_counts": sorted({len(variant) for _, _, variant in form_variants()}),
        "first_year": min(generation.years.first for generation in form.generations),
    }


def form_variants() -> tuple[tuple[str, str, tuple[tuple[str, str], ...]], ...]:
    """(generation, alternative, cell keys) of every set of cells that a report may consist of."""
    variants = []
    for generation in load_form().generations:
        names = dict.fromkeys(metric.alternative for metric in generation.metrics() if metric.alternative)
        for alternative in names or {"": None}:
            cells = generation.expected_cells(alternative or None)
            variants.append((generation.name, alternative or "", cells))
    return tuple(variants)


def resolve(kwargs: Mapping[str, Any], references: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The arguments with `{form: name}` and `{load: name}` replaced by what they name.

    Raises:
        SuiteError: a reference to something that is not there.
    """
    resolved = dict(kwargs)
    for key, value in kwargs.items():
        if not isinstance(value, dict):
            continue
        [(kind, name)] = value.items() if len(value) == 1 else [("", "")]
        if name not in references.get(kind, {}):
            raise SuiteError(f"argument {key}: nothing is called {value}")
        resolved[key] = references[kind][name]
    return resolved
