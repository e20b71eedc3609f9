"""Rates and sums as `dbt_project/models/semantic/` defines them: for marts, dashboards and docs.

The YAML files there are the one place of definition. MetricFlow reads them through dbt; marts take them from the macro
`metric_definitions`, which `python -m publish.metrics` writes (`--check` tells whether it is stale); dashboards and docs call
`load_metrics`.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from gongkai.settings import PROJECT_ROOT

DEFINITIONS = PROJECT_ROOT / "dbt_project" / "models" / "semantic"
MACRO = PROJECT_ROOT / "dbt_project" / "macros" / "metric_definitions.sql"

SHARE, RATIO = "share", "ratio"
"""Kinds of rates: a part of its whole, and two counts of different things."""


class MetricError(Exception):
    """The definitions contradict one another; the message says where."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A count that is added up.

    Attributes:
        name: its key, also the metric of its sum.
        label: its Chinese name.
        description: Chinese, a slash, English.
        model: the mart it is a column of.
        expression: SQL over columns of the mart, one value a row.
    """

    name: str
    label: str
    description: str
    model: str
    expression: str

    @property
    def sum_sql(self) -> str:
        """The sum over any rows of the mart; rows in which it is unknown are left out."""
        return f"sum({self.expression})"


@dataclass(frozen=True, slots=True)
class Rate:
    """A part over a whole, of one row of a mart or of many.

    Attributes:
        name: its key; in `mart_agency_year` also its column.
        label: its Chinese name.
        description: Chinese, a slash, English.
        kind: `share` or `ratio`.
        numerator: the part.
        denominator: the whole.
        is_filtered: whether the mart has the rate as a column, and rows in which that is null count in no sum.
    """

    name: str
    label: str
    description: str
    kind: str
    numerator: Measure
    denominator: Measure
    is_filtered: bool

    @property
    def model(self) -> str:
        """The mart it is computed from."""
        return self.numerator.model

    @property
    def numerator_sql(self) -> str:
        """The sum of the parts over many rows, of those whose rate is known."""
        return f"sum({self._known(self.numerator.expression)})"

    @property
    def denominator_sql(self) -> str:
        """The sum of the wholes over the same rows."""
        return f"sum({self._known(self.denominator.expression)})"

    @property
    def sql(self) -> str:
        """The rate of many rows, a ratio of sums, for DuckDB and PostgreSQL; null where the wholes add up to 0."""
        return f"cast({self.numerator_sql} as double precision) / nullif({self.denominator_sql}, 0)"

    @property
    def rows_sql(self) -> str:
        """How many rows the rate of many rows rests on."""
        return f"count({self.name})" if self.is_filtered else "count(*)"

    def _known(self, expression: str) -> str:
        return f"case when {self.name} is not null then {expression} end" if self.is_filtered else expression


@dataclass(frozen=True, slots=True)
class Metrics:
    """All definitions: counts that are added up, and rates made of them."""

    measures: tuple[Measure, ...]
    rates: tuple[Rate, ...]

    def rate(self, name: str) -> Rate:
        """The rate of a name; KeyError if there is none."""
        return {rate.name: rate for rate in self.rates}[name]


def load_metrics(folder: Path = DEFINITIONS) -> Metrics:
    """Read the definitions.

    Raises:
        MetricError: a name is used twice, a rate refers to nothing, mixes marts, or filters by another column than its own.
    """
    files = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.yml"))]
    measures: dict[str, Measure] = {}
    for model in (model for file in files for model in file.get("semantic_models", ())):
        for measure in _measures(model):
            if measure.name in measures:
                raise MetricError(f"measure {measure.name} is defined twice")
            measures[measure.name] = measure
    listed = [metric for file in files for metric in file.get("metrics", ())]
    rates = tuple(_rate(metric, measures) for metric in listed if metric["type"] == "ratio")
    names = [*measures, *(rate.name for rate in rates)]
    if twice := {name for name in names if names.count(name) > 1}:
        raise MetricError(f"defined twice: {', '.join(sorted(twice))}")
    return Metrics(tuple(measures.values()), rates)


def _measures(model: Mapping[str, Any]) -> Sequence[Measure]:
    found = re.fullmatch(r"ref\('(\w+)'\)", model["model"])
    if found is None:
        raise MetricError(f"semantic model {model['name']} refers to no model: {model['model']}")
    return [
        Measure(row["name"], row["label"], row["description"], found[1], str(row.get("expr", row["name"])))
        for row in model["measures"]
        if _is_sum(row)
    ]


def _is_sum(row: Mapping[str, Any]) -> bool:
    if row["agg"] != "sum":
        raise MetricError(f"measure {row['name']} is no sum: rates of many rows are made of sums only")
    return True


def _rate(row: Mapping[str, Any], measures: Mapping[str, Measure]) -> Rate:
    name, parts = row["name"], row["type_params"]
    for part in ("numerator", "denominator"):
        if parts[part] not in measures:
            raise MetricError(f"metric {name}: there is no measure {parts[part]}")
    numerator, denominator = measures[parts["numerator"]], measures[parts["denominator"]]
    if numerator.model != denominator.model:
        raise MetricError(
            f"metric {name} divides counts of {numerator.model} by counts of {denominator.model}"
        )
    kind = row.get("config", {}).get("meta", {}).get("kind")
    if kind not in (SHARE, RATIO):
        raise MetricError(f"metric {name}: meta.kind must be {SHARE} or {RATIO}")
    condition = row.get("filter")
    if condition and not re.fullmatch(rf"{{{{ Dimension\('\w+__{name}'\) }}}} is not null", condition):
        raise MetricError(
            f"metric {name} is filtered by something else than whether it is known: {condition}"
        )
    return Rate(name, row["label"], row["description"], kind, numerator, denominator, bool(condition))


# --- for the marts ---

_HEAD = "{# Written by `python -m publish.metrics` from models/semantic; not by hand. #}\n"


def macro_text(metrics: Metrics) -> str:
    """The macro `metric_definitions`: each rate's parts by its name."""
    parts = {
        rate.name: {
            "kind": rate.kind,
            "numerator": rate.numerator.expression,
            "denominator": rate.denominator.expression,
            "is_filtered": rate.is_filtered,
        }
        for rate in metrics.rates
    }
    lines = ",\n".join(f"    {json.dumps(name)}: {json.dumps(part)}" for name, part in parts.items())
    return (
        f"{_HEAD}{{% macro metric_definitions() -%}}\n{{{{ return({{\n{lines}\n}}) }}}}\n{{%- endmacro %}}\n"
    )


def is_stale(path: Path = MACRO) -> bool:
    """Whether the committed macro is not what the definitions give."""
    return not path.is_file() or path.read_text(encoding="utf-8") != macro_text(load_metrics())


def main() -> None:
    """Write the macro, or with `--check` exit 1 if it is stale."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    if parser.parse_args().check:
        sys.exit(1 if is_stale() else 0)
    MACRO.write_text(macro_text(load_metrics()), encoding="utf-8")


if __name__ == "__main__":
    main()
