"""The page about the warehouse's tables: each mart with its columns, what it is made from and what uses it, and the metrics.

`python -m publish.tables_page` writes `docs/tables.md` from the dbt project; `--check` tells whether it is stale.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from gongkai.settings import PROJECT_ROOT
from publish.lineage import LANDING, OPERATIONS, Exposure, Model, read_exposures, read_models, roots, users
from publish.metrics import SHARE, Metrics, load_metrics

PAGE = PROJECT_ROOT / "docs" / "tables.md"
_GROUPS = (("dim_", "维度 dimensions"), ("fct_", "事实 facts"), ("mart_", "给人看的表 marts for people"))


def tables_page(models: Mapping[str, Model], exposures: Sequence[Exposure], metrics: Metrics) -> str:
    """The page, in Markdown: Chinese with the English names that queries use."""
    marts = [model for model in models.values() if model.folder == "marts"]
    lines = [
        "# 数据表与指标 · tables and metrics",
        "",
        "由 `dbt_project/` 生成：`python -m publish.tables_page`。表样中的指标、申请人与规则见[数据字典](data-dictionary.md)。",
        "",
        "## 目录",
    ]
    for prefix, title in _GROUPS:
        listed = "、".join(f"[{m.name}](#{m.name})" for m in marts if m.name.startswith(prefix))
        lines += ["", f"**{title}**：{listed}"]
    lines += ["", *_metric_lines(metrics), "", *_picture(models), "", *_exposure_lines(exposures)]
    for prefix, title in _GROUPS:
        lines += ["", f"## {title}"]
        for model in marts:
            if model.name.startswith(prefix):
                lines += ["", *_mart_lines(model, models, exposures)]
    return "\n".join(lines) + "\n"


def _metric_lines(metrics: Metrics) -> list[str]:
    rates = [
        (
            f"`{rate.name}`",
            rate.label,
            rate.description,
            "占比" if rate.kind == SHARE else "比值",
            f"`{rate.model}`",
        )
        for rate in metrics.rates
    ]
    sums = [
        (f"`{measure.name}`", measure.label, measure.description, f"`{measure.model}`")
        for measure in metrics.measures
    ]
    return [
        "## 指标 metrics",
        "",
        "定义在 `dbt_project/models/semantic/`，只此一处；各表的列、仪表盘和 `gongkai metrics` 都由此而来。"
        "`gongkai metrics grant_rate --by province_name --by year` 用 MetricFlow 计算。",
        "",
        "- 占比：分母为 0、任一项不明、或报告自身的数使分子大于分母的，为空，不为 0 或 1。比值可以大于 1，分母为 0 或任一项不明的为空。",
        "- 多个机关合计时，是分子之和除以分母之和，不是各机关比率的平均；只计分子分母都已知的报告。",
        "",
        *_table(("键", "名称", "定义", "种类", "来自"), rates),
        "",
        "可相加的合计：",
        "",
        *_table(("键", "名称", "含义", "来自"), sums),
    ]


def _picture(models: Mapping[str, Model]) -> list[str]:
    """How the marts are made from one another, as a picture; what lies between is left out."""
    marts = {model.name for model in models.values() if model.folder == "marts"}
    edges = [
        f"    {parent} --> {model.name}"
        for model in models.values()
        if model.name in marts
        for parent in sorted(_nearest(models, model.name, marts))
    ]
    return ["## 血缘 lineage", "", "```mermaid", "flowchart LR", *edges, "```"]


def _nearest(models: Mapping[str, Model], name: str, marts: set[str]) -> set[str]:
    """The marts that a mart is made from, through whatever models stand between."""
    found: set[str] = set()
    seen: set[str] = set()
    waiting = list(models[name].parents)
    while waiting:
        parent = waiting.pop()
        if parent in marts:
            found.add(parent)
        elif parent in models and parent not in seen:
            seen.add(parent)
            waiting += models[parent].parents
    return found - {name}


def _exposure_lines(exposures: Sequence[Exposure]) -> list[str]:
    rows = [(f"`{e.name}`", e.label, e.description, str(len(e.models))) for e in exposures]
    return ["## 谁在使用 exposures", "", *_table(("键", "名称", "说明", "用到的表"), rows)]


def _mart_lines(model: Model, models: Mapping[str, Model], exposures: Sequence[Exposure]) -> list[str]:
    bottom = roots(models, model.name)
    landing = [name.removeprefix(LANDING) for name in bottom if name.startswith(LANDING)]
    records = [name.removeprefix(OPERATIONS) for name in bottom if name.startswith(OPERATIONS)]
    seeds = [name for name in bottom if not name.startswith((LANDING, OPERATIONS))]
    said = f"；运行记录 {_names(records)}" if records else ""
    used = [*users(models.values(), model.name), *(e.name for e in exposures if model.name in e.models)]
    columns = [(f"`{column.name}`", column.type, column.description) for column in model.columns]
    return [
        f"### {model.name}",
        "",
        model.description,
        "",
        f"- 直接来自 from: {_names(model.parents)}",
        f"- 最终来自 rests on: 落地数据 {_names(landing)}；种子 {_names(seeds)}{said}",
        f"- 用于 used by: {_names(used)}",
        "",
        *_table(("列", "类型", "含义"), columns),
    ]


def _names(names: Iterable[str]) -> str:
    return "、".join(f"`{name}`" for name in names) or "—"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    body = [f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |" for row in rows]
    return [f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}", *body]


def current_page() -> str:
    """The page as the project gives it now."""
    return tables_page(read_models(), read_exposures(), load_metrics())


def is_stale(page: Path = PAGE) -> bool:
    """Whether the committed page is not what the project gives."""
    return not page.is_file() or page.read_text(encoding="utf-8") != current_page()


def main() -> None:
    """Write the page, or with `--check` exit 1 if it is stale."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    if parser.parse_args().check:
        sys.exit(1 if is_stale() else 0)
    PAGE.write_text(current_page(), encoding="utf-8")


if __name__ == "__main__":
    main()
