"""The nightly load: pull, extract, gate, build, gate, publish, report.

Thin on purpose: every task calls one function of `gongkai.pipeline`, and nothing heavy is imported while this
file is parsed.
"""

from __future__ import annotations

import pendulum
from airflow.sdk import Asset, CronTriggerTimetable, Param, TriggerRule, dag, get_current_context, task

from gongkai.airflow_tasks import holder, record_run_failure, record_task_failure, retry_delay, run_step

WAREHOUSE = Asset(name="gongkai_warehouse", uri="gongkai://warehouse/marts")
"""Updated by every publication; other DAGs may be scheduled on it."""

DOC = """
### 每晚加载 · nightly load
拉取各来源的政府信息公开工作年度报告，抽取、检查、建模，
检查通过后一次性发布到 `warehouse.duckdb`（schema `marts`）。

| 步骤 | 做什么 |
| --- | --- |
| `open_load` | 取得本目录的租约（一次只有一个加载），建立加载记录 |
| `pull` | 每个来源一个任务：文件按 sha256 存入 landing |
| `plan_batches` · `extract_batch` | 只抽取新文件（`mode=full` 时全部），每批一个任务 |
| `gate_landing` · `gate_marts` | Great Expectations 检查；关键检查不通过则停止，不发布 |
| `build` | dbt 在单独的文件里建模 |
| `publish` | 原子替换已发布的库 |
| `report_load` · `close_load` | 无论成败都写报告、记录结果、释放租约 |

参数 `sources`：`sources/` 里的名称或路径，空表示全部启用的来源；`mode`：`incremental` 或 `full`。
命令行 `gongkai run` 在前台运行的就是这个 DAG。
"""


@dag(
    dag_id="nightly_load",
    schedule=CronTriggerTimetable("0 2 * * *", timezone="Asia/Shanghai"),
    start_date=pendulum.datetime(2026, 1, 1, tz="Asia/Shanghai"),
    catchup=False,
    max_active_runs=1,
    tags=["gongkai", "load"],
    doc_md=DOC,
    default_args={
        "owner": "gongkai",
        "retries": 2,
        "retry_delay": retry_delay(),
        "on_failure_callback": record_task_failure,
    },
    on_failure_callback=record_run_failure,
    params={
        "sources": Param(
            [],
            type="array",
            items={"type": "string", "minLength": 1},
            uniqueItems=True,
            description="sources/ 里的名称或路径；空表示全部启用的来源",
        ),
        "mode": Param(
            "incremental", enum=["incremental", "full"], description="incremental 只读新文件，full 全部重读"
        ),
    },
)
def nightly_load() -> None:
    """Wire the steps; see `DOC`."""

    @task
    def open_load() -> list[str]:
        params = get_current_context()["params"]
        return run_step("open_load", sources=params["sources"], mode=params["mode"], holder=holder())

    @task(map_index_template="{{ label }}")
    def pull(source: str) -> int:
        get_current_context()["label"] = source  # type: ignore[typeddict-unknown-key]
        return run_step("pull", source=source)

    @task
    def plan_batches() -> list[str]:
        return run_step("plan_batches")

    @task(map_index_template="{{ label }}")
    def extract_batch(batch: str) -> dict[str, int]:
        get_current_context()["label"] = batch  # type: ignore[typeddict-unknown-key]
        return run_step("extract_batch", batch=batch)

    # with nothing new to extract there are no batches, and the gates still judge the whole
    @task(trigger_rule=TriggerRule.NONE_FAILED)
    def gate_landing() -> dict[str, int]:
        return run_step("gate_landing")

    @task
    def build() -> str:
        return run_step("build")

    @task
    def gate_marts() -> dict[str, int]:
        return run_step("gate_marts")

    @task(outlets=[WAREHOUSE])
    def publish() -> str:
        return run_step("publish")

    @task
    def report_load() -> str:
        return run_step("report_load")

    @task
    def close_load() -> str:
        return run_step("close_load")

    @task
    def load_succeeded() -> None:
        """Succeed only if the load was published, reported and closed, so that the run of any other fails."""

    opened = open_load()
    pulled = pull.expand(source=opened)
    batches = plan_batches()
    extracted = extract_batch.expand(batch=batches)
    gated, built, audited, put, reported, closed = (
        gate_landing(),
        build(),
        gate_marts(),
        publish(),
        report_load(),
        close_load(),
    )
    pulled >> batches >> extracted >> gated >> built >> audited >> put >> reported >> closed
    # Teardowns of open_load: they run however the steps between ended, but not if the load never began.
    reported.as_teardown(setups=opened, on_failure_fail_dagrun=True)
    closed.as_teardown(setups=opened, on_failure_fail_dagrun=True)
    # The run's state is its leaf's: a teardown in that place would make a stopped load's run a success.
    [put, reported, closed] >> load_succeeded()


nightly_load()
