"""The nightly load: pull, extract, gate, build, gate, publish, report.

Thin on purpose: every task calls one function of `gongkai.pipeline`, and nothing heavy is imported while this
file is parsed.
"""

from __future__ import annotations

import pendulum
from airflow.sdk import CronTriggerTimetable, Param, dag, get_current_context, task

from gongkai.airflow_tasks import begin_load, run_step
from gongkai.load_dag import STEPS, WAITING, due, finish_load, load_dag

DOC = f"""
### 每晚加载 · nightly load
拉取各来源的政府信息公开工作年度报告，抽取、检查、建模，
检查通过后一次性发布到 `warehouse.duckdb`（schema `marts`）。

| 步骤 | 做什么 |
| --- | --- |
| `open_load` | 取得本目录的租约（一次只有一个加载，另一个在进行时等它结束），建立加载记录 |
| `pull` | 每批来源一个任务：文件按 sha256 存入 landing；一个来源失败不影响其他来源 |
{STEPS.strip()}

参数 `sources`：`sources/` 里的名称或路径，空表示全部启用的来源；`mode`：`incremental` 或 `full`。
应在 06:00 前完成（开始后四小时），逾时即告警（Deadline Alert）。
命令行 `gongkai run` 在前台运行的就是这个 DAG。
"""


@dag(
    **load_dag(
        dag_id="nightly_load",
        schedule=CronTriggerTimetable("0 2 * * *", timezone="Asia/Shanghai"),
        start_date=pendulum.datetime(2026, 1, 1, tz="Asia/Shanghai"),
        doc_md=DOC,
        deadline=due(),
        params={
            "sources": Param(
                [],
                type="array",
                items={"type": "string", "minLength": 1},
                uniqueItems=True,
                description="sources/ 里的名称或路径；空表示全部启用的来源",
            ),
            "mode": Param(
                "incremental",
                enum=["incremental", "full"],
                description="incremental 只读新文件，full 全部重读",
            ),
        },
    )
)
def nightly_load() -> None:
    """Wire the steps; see `DOC`."""

    @task(**WAITING)
    def open_load() -> list[list[str]]:
        params = get_current_context()["params"]
        return begin_load("open_load", sources=params["sources"], mode=params["mode"])

    @task(map_index_template="{{ label }}")
    def pull(sources: list[str]) -> dict[str, int]:
        get_current_context()["label"] = "、".join(sources[:3]) + ("…" if len(sources) > 3 else "")  # type: ignore[typeddict-unknown-key]
        return run_step("pull", sources=sources)

    opened = open_load()
    finish_load(opened, pull.expand(sources=opened))


nightly_load()
