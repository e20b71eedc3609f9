"""Answers questions about metrics from the published warehouse, with MetricFlow.

MetricFlow writes the SQL from the definitions in `dbt_project/models/semantic/`; it is run over a read-only connection, so a question
neither blocks a load nor is blocked by one. Its command line is not used: it asks the network for a newer version at every start.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from gongkai.errors import GongkaiError
from gongkai.settings import Home
from publish.build import BuildError, run_dbt
from publish.metrics import load_metrics

_NO_LOAD = "metrics"
YEAR = "year"
"""The group "by year", whatever the metrics are of."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Rows that answer a question, and the SQL they come from."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    sql: str


def ask(home: Home, names: Sequence[str], by: Sequence[str] = (), *, year: int | None = None) -> Answer:
    """Compute metrics over the published warehouse.

    Args:
        home: whose warehouse is asked.
        names: metrics: rates or sums.
        by: what to group by: `year`, `agency`, dimensions of the first metric's semantic model (`level`, `province_name`), or
            MetricFlow's own names (`agency_year__level`).
        year: only this report year.

    Returns:
        One row a group, ordered by it; a metric is null where its denominator is 0.

    Raises:
        GongkaiError: nothing is published, a metric is unknown, or MetricFlow can't group the metrics so.
    """
    if not home.warehouse.exists():
        raise GongkaiError("还没有已发布的数据仓库。")
    models = _models(names)
    manifest = _semantic_manifest(home)
    sql = _sql(manifest, names, _groups(manifest, models[0], by), year)
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        result = connection.execute(sql)
        columns = tuple(column[0] for column in result.description or ())
        return Answer(columns, tuple(result.fetchall()), sql)


def _semantic_manifest(home: Home) -> Any:
    """The definitions as MetricFlow takes them, over the tables of the published warehouse."""
    from metricflow_semantics.model.dbt_manifest_parser import parse_manifest_from_dbt_generated_manifest

    work = home.build / "metrics"
    try:
        run_dbt(home, _NO_LOAD, ["parse"], database=home.warehouse, work=work)
    except BuildError as error:
        raise GongkaiError(str(error)) from error
    text = (work / "target" / "semantic_manifest.json").read_text(encoding="utf-8")
    return parse_manifest_from_dbt_generated_manifest(text)


def _models(names: Sequence[str]) -> list[str]:
    """The marts that metrics are of.

    Raises:
        GongkaiError: there is no such metric.
    """
    metrics = load_metrics()
    models = {rate.name: rate.model for rate in metrics.rates}
    models |= {measure.name: measure.model for measure in metrics.measures}
    if unknown := [name for name in names if name not in models]:
        raise GongkaiError(f"没有名为 {'、'.join(unknown)} 的指标，`gongkai metrics` 列出全部指标。")
    return [models[name] for name in names]


def _groups(manifest: Any, model: str, by: Sequence[str]) -> list[str]:
    """MetricFlow's names of the groups: dimensions without a prefix are those of the mart."""
    [entity] = [
        found.primary_entity for found in manifest.semantic_models if found.node_relation.alias == model
    ]
    known = {joined.name: joined.name for found in manifest.semantic_models for joined in found.entities}
    known[YEAR] = "metric_time__year"
    return [known.get(group, group if "__" in group else f"{entity}__{group}") for group in by]


def _sql(manifest: Any, names: Sequence[str], groups: Sequence[str], year: int | None) -> str:
    from metricflow.engine.metricflow_engine import MetricFlowEngine, MetricFlowQueryRequest
    from metricflow_semantics.errors.error_classes import MetricFlowException
    from metricflow_semantics.model.semantic_manifest_lookup import SemanticManifestLookup

    where = [f"{{{{ TimeDimension('metric_time', 'year') }}}} = make_date({year}, 1, 1)"] if year else None
    request = MetricFlowQueryRequest.create(
        metric_names=list(names),
        group_by_names=list(groups),
        where_constraints=where,
        order_by_names=list(groups),
    )
    dialect: Any = _DuckDbDialect()
    engine = MetricFlowEngine(semantic_manifest_lookup=SemanticManifestLookup(manifest), sql_client=dialect)
    try:
        return str(engine.explain(request).sql_statement.without_descriptions.sql)
    except MetricFlowException as error:
        asked = f"{'、'.join(names)}（按 {'、'.join(groups) or '全部'}）"
        raise GongkaiError(f"无法查询 {asked}：{_first_lines(str(error))}") from error


class _DuckDbDialect:
    """What MetricFlow's engine wants to know of a database to write SQL for it; it runs nothing."""

    def __init__(self) -> None:
        from metricflow.protocols.sql_client import SqlEngine
        from metricflow.sql.render.duckdb_renderer import DuckDbSqlPlanRenderer

        self.sql_engine_type = SqlEngine.DUCKDB
        self.sql_plan_renderer = DuckDbSqlPlanRenderer()


def _first_lines(text: str) -> str:
    return " ".join(line.strip() for line in re.split(r"\n+", text)[:6] if line.strip())
