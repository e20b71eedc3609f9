"""Pull some years of one source, or show what that would pull.

What was pulled before a kill is not asked for again: run it once more and it goes on.
"""

from __future__ import annotations

import logging

import pendulum
from airflow.sdk import Param, dag, get_current_context, task

from gongkai.airflow_tasks import begin_load, preview_lines, run_step
from gongkai.load_dag import STEPS, WAITING, finish_load, load_dag

log = logging.getLogger(__name__)

DOC = f"""
### 补拉 · backfill source
拉取一个来源某些年度的报告（来源不必启用），之后的步骤与每晚加载相同。
`dry_run` 为真时只读列表，在 `show_plan` 的日志里列出会拉取什么，不保存任何内容，其余步骤跳过。
中断后再次运行即接着拉：已取得的不再请求。补拉占用租约，每晚加载会等它结束；年度多的大来源宜分年补拉。

| 步骤 | 做什么 |
| --- | --- |
| `show_plan` | 试运行时列出会拉取的文件 |
| `open_load` | 取得租约（另一个加载在进行时等它结束），建立加载记录 |
| `pull` | 拉取所需年度；看不出年度的也拉取 |
{STEPS.strip()}

命令行 `gongkai backfill` 在前台运行的就是这个 DAG。
"""


@dag(
    **load_dag(
        dag_id="backfill_source",
        schedule=None,
        start_date=pendulum.datetime(2026, 1, 1, tz="Asia/Shanghai"),
        doc_md=DOC,
        params={
            "source": Param("", type="string", minLength=1, description="sources/ 里的名称或路径"),
            "years": Param(
                "", type="string", pattern=r"^\d{4}(-\d{4})?$", description="报告年度，如 2023 或 2019-2025"
            ),
            "dry_run": Param(False, type="boolean", description="只列出会拉取什么"),
        },
    )
)
def backfill_source() -> None:
    """Wire the steps; see `DOC`."""

    @task.short_circuit(ignore_downstream_trigger_rules=True)
    def show_plan() -> bool:
        params = get_current_context()["params"]
        if not params["dry_run"]:
            return True
        for line in preview_lines(params["source"], params["years"]):
            log.info("%s", line)
        return False

    @task(**WAITING)
    def open_load() -> list[list[str]]:
        params = get_current_context()["params"]
        return begin_load("open_backfill", source=params["source"], years=params["years"])

    @task
    def pull(sources: list[str]) -> dict[str, int]:
        return run_step("pull", sources=sources)

    opened = open_load()
    show_plan() >> opened
    finish_load(opened, pull.expand(sources=opened))


backfill_source()
