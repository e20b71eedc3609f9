"""The metric dictionary in memory: what each metric counts, and which metric of the other generation it compares with.

Source: `dictionary.yaml` beside this module.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from importlib import resources
from typing import Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict

from extract.form.model import Form, Metric, load_form

Comparability = Literal["same", "limited", "none"]
Additivity = Literal["additive", "semi_additive", "non_additive"]


class DictionaryError(Exception):
    """The dictionary and the form disagree; the message names the metrics."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Definition(_Frozen):
    """What the metrics that match count; `{row}` stands for the name of a metric's row."""

    metrics: tuple[str, ...]
    zh: str
    en: str


class Comparison(_Frozen):
    """How metrics that one generation alone prints compare with those of the other."""

    metrics: tuple[str, ...]
    counterpart: str | None = None
    comparability: Literal["limited", "none"]
    why_zh: str


class _Dictionary(_Frozen):
    definitions: tuple[Definition, ...]
    comparisons: tuple[Comparison, ...]
    same_zh: str
    not_over_years: tuple[str, ...]
    additivity: Mapping[Additivity, str]
    comparability: Mapping[Comparability, str]


_Said = TypeVar("_Said", Definition, Comparison)


@dataclass(frozen=True, slots=True)
class Entry:
    """What is said of one metric.

    Attributes:
        counterpart: the metric of the other generation that looks like it; where `comparability` is `none` it must not
            stand in one series with it.
        predecessor, successor: the older or newer metric that it may be compared with.
    """

    definition_zh: str
    definition_en: str
    additivity: Additivity
    additivity_zh: str
    comparability: Comparability
    comparability_zh: str
    why_zh: str
    counterpart: str | None
    predecessor: str | None
    successor: str | None


@cache
def load_dictionary() -> Mapping[str, Entry]:
    """Metric key -> its entry, for every metric of the form.

    Raises:
        pydantic.ValidationError: the file has an unknown key or an impossible value.
        DictionaryError: a metric has no definition or several, or its comparability is not stated.
    """
    text = (resources.files("extract.form") / "dictionary.yaml").read_text(encoding="utf-8")
    return entries(_Dictionary.model_validate(yaml.safe_load(text)), load_form())


def entries(said: _Dictionary, form: Form) -> Mapping[str, Entry]:
    """The entries of all metrics of a form (see `load_dictionary`)."""
    metrics = {metric.key: metric for metric in form.metrics()}
    newest = form.generations[-1].name
    definitions = _one_each(metrics, said.definitions, "定义")
    alone = {key for key, metric in metrics.items() if len(metric.generations) < len(form.generations)}
    comparisons = _one_each(alone, said.comparisons, "可比性说明")
    strangers = {c.counterpart for c in said.comparisons if c.counterpart} - metrics.keys()
    if strangers:
        raise DictionaryError(f"指标字典引用了表样没有的指标：{'、'.join(sorted(strangers))}")
    return {
        key: _entry(said, metric, definitions[key], comparisons.get(key), newest)
        for key, metric in metrics.items()
    }


def _entry(
    said: _Dictionary, metric: Metric, definition: Definition, comparison: Comparison | None, newest: str
) -> Entry:
    comparability: Comparability = comparison.comparability if comparison else "same"
    stays = metric.additivity == "stock" or any(fnmatchcase(metric.key, p) for p in said.not_over_years)
    additivity: Additivity = "semi_additive" if stays else "additive"
    counterpart = comparison.counterpart if comparison else None
    comparable = counterpart if comparability != "none" else None
    is_new = newest in metric.generations
    return Entry(
        definition_zh=definition.zh.replace("{row}", metric.name_zh.partition("：")[0]),
        definition_en=definition.en.replace("{row}", metric.name_en.partition(": ")[0]),
        additivity=additivity,
        additivity_zh=said.additivity[additivity],
        comparability=comparability,
        comparability_zh=said.comparability[comparability],
        why_zh=comparison.why_zh if comparison else said.same_zh,
        counterpart=counterpart,
        predecessor=comparable if is_new else None,
        successor=None if is_new else comparable,
    )


def _one_each(keys: Iterable[str], said: Iterable[_Said], what: str) -> dict[str, _Said]:
    """What is said of each key.

    Raises:
        DictionaryError: nothing is said of a key, or two things are.
    """
    matched: list[tuple[str, _Said]] = [
        (key, one)
        for one in said
        for key in keys
        if any(fnmatchcase(key, pattern) for pattern in one.metrics)
    ]
    counted = Counter(key for key, _ in matched)
    wrong = [key for key in keys if counted[key] != 1]
    if wrong:
        raise DictionaryError(f"指标字典中以下指标的{what}不是恰好一条：{'、'.join(sorted(wrong))}")
    return dict(matched)
