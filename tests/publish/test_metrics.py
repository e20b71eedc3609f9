"""The definitions of metrics, and what is written from them."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from gongkai.settings import PROJECT_ROOT
from publish.metrics import MetricError, is_stale, load_metrics

MODEL = """
semantic_models:
  - name: thing
    model: ref('mart_thing')
    measures:
      - {name: part, label: 部分, description: 部分 / part, agg: sum}
      - {name: whole, label: 全部, description: 全部 / whole, agg: sum, expr: part + rest}
metrics:
  - name: part_rate
    label: 部分率
    description: 部分÷全部 / part over whole
    type: ratio
    type_params: {numerator: part, denominator: whole}
    filter: "{{ Dimension('thing__part_rate') }} is not null"
    config: {meta: {kind: share}}
"""


def test_the_committed_macro_is_fresh() -> None:
    assert not is_stale(), "run: python -m publish.metrics"


def test_every_rate_is_named_and_described_in_both_languages() -> None:
    metrics = load_metrics()
    assert len(metrics.rates) >= 18
    for described in (*metrics.rates, *metrics.measures):
        chinese, found, english = described.description.partition("/ ")
        assert described.label and chinese and found and english, described.name


def test_a_mart_describes_its_rates_as_they_are_defined() -> None:
    marts = PROJECT_ROOT / "dbt_project" / "models" / "marts"
    for rate in load_metrics().rates:
        if not rate.is_filtered:
            continue
        [model] = yaml.safe_load((marts / f"{rate.model}.yml").read_text("utf-8"))["models"]
        [column] = [column for column in model["columns"] if column["name"] == rate.name]
        assert column["data_type"] == "double"
        assert column["description"] == f"{rate.label}：{rate.description}"
        assert ("unit_interval" in column.get("data_tests", [])) == (rate.kind == "share"), rate.name


def test_sums_leave_out_the_rows_whose_rate_is_not_known(tmp_path: Path) -> None:
    (tmp_path / "thing.yml").write_text(MODEL, "utf-8")
    rate = load_metrics(tmp_path).rate("part_rate")
    assert rate.numerator_sql == "sum(case when part_rate is not null then part end)"
    assert rate.denominator_sql == "sum(case when part_rate is not null then part + rest end)"
    assert rate.rows_sql == "count(part_rate)" and rate.model == "mart_thing"


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("denominator: whole", "denominator: hole", "no measure hole"),
        ("kind: share", "kind: other", "meta.kind"),
        ("thing__part_rate", "thing__other_rate", "filtered by something else"),
        ("agg: sum, expr", "agg: average, expr", "is no sum"),
        ("name: whole, label", "name: part, label", "defined twice"),
        ("part_rate", "part", "defined twice"),
        ("ref('mart_thing')", "mart_thing", "refers to no model"),
    ],
)
def test_definitions_that_contradict_one_another_are_refused(
    tmp_path: Path, old: str, new: str, complaint: str
) -> None:
    assert old in MODEL
    (tmp_path / "thing.yml").write_text(MODEL.replace(old, new), "utf-8")
    with pytest.raises(MetricError, match=complaint):
        load_metrics(tmp_path)
