"""What the DAGs of loads share: how they are tried again, and the steps behind the gathering of documents.

Imported by the files in `dags/` only; nothing heavy is imported here.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from airflow.sdk import Asset, TriggerRule, get_current_context, task
from airflow.sdk.definitions.callback import AsyncCallback
from airflow.sdk.definitions.deadline import DeadlineAlert, DeadlineReference

from gongkai.airflow_tasks import (
    due_after,
    is_foreground,
    postgres_conninfo,
    record_run_failure,
    record_task_failure,
    retry_delay,
    run_step,
    tell_late,
)

WAREHOUSE: Final = Asset(name="gongkai_warehouse", uri="gongkai://warehouse/marts")
"""Updated by every publication; other DAGs may be scheduled on it."""

WAITING: Final = {"retries": 60, "retry_delay": timedelta(minutes=4)}
"""For the task that begins a load: it waits up to four hours for another load to end."""

STEPS: Final = """
| `plan_batches` · `extract_batch` | 把要读的文件分批，每批一个任务 |
| `gate_landing` · `gate_marts` | Great Expectations 检查；关键检查不通过则停止，不发布 |
| `build` | dbt 在单独的文件里建模 |
| `publish` | 原子替换已发布的库 |
| `publish_postgres` · `export_files` | 设置了才做：PostgreSQL 更新到已发布的库，写出 Parquet、CSV、XLSX；失败不影响已发布的库 |
| `report_load` · `close_load` | 无论成败都写报告、记录结果、释放租约 |
| `notify` | 无论成败都把新的、已解决的告警发到各渠道；发不出去不影响加载，下次再发 |
"""
"""The rows of a DAG's documentation that tell of `finish_load`."""


def due() -> DeadlineAlert | None:
    """When a nightly load is late: four hours after its time, 06:00. It is told of while the load is still at work.

    A load in the foreground has none: somebody is watching, and Airflow's `dag.test` can't do with deadlines.
    """
    if is_foreground():
        return None
    return DeadlineAlert(
        reference=DeadlineReference.DAGRUN_LOGICAL_DATE,
        interval=due_after(),
        callback=AsyncCallback(tell_late),
        name="due",
    )


def load_dag(**own: Any) -> dict[str, Any]:
    """The arguments of `@dag` that every load's DAG has, with its own beside them."""
    return {
        "catchup": False,
        "max_active_runs": 1,
        "tags": ["gongkai", "load"],
        "default_args": {
            "owner": "gongkai",
            "retries": 2,
            "retry_delay": retry_delay(),
            "on_failure_callback": record_task_failure,
        },
        "on_failure_callback": record_run_failure,
        **own,
    }


def finish_load(opened: Any, gathered: Any) -> None:
    """Wire the steps from the gathered documents to the published warehouse, and the closing of the load.

    Args:
        opened: the task that begins the load.
        gathered: the task (mapped or not) behind which the load's `documents` have landed.
    """

    @task
    def plan_batches() -> Any:
        return run_step("plan_batches")

    @task(map_index_template="{{ label }}")
    def extract_batch(batch: str) -> Any:
        get_current_context()["label"] = batch  # type: ignore[typeddict-unknown-key]
        return run_step("extract_batch", batch=batch)

    # with nothing new to extract there are no batches, and the gates still judge the whole
    @task(trigger_rule=TriggerRule.NONE_FAILED)
    def gate_landing() -> Any:
        return run_step("gate_landing")

    @task
    def build() -> Any:
        return run_step("build")

    @task
    def gate_marts() -> Any:
        return run_step("gate_marts")

    @task(outlets=[WAREHOUSE])
    def publish() -> Any:
        return run_step("publish")

    @task
    def publish_postgres() -> Any:
        return run_step("publish_postgres", conninfo=postgres_conninfo())

    @task
    def export_files() -> Any:
        return run_step("export_files")

    @task
    def report_load() -> Any:
        return run_step("report_load")

    @task
    def close_load() -> Any:
        return run_step("close_load")

    @task
    def notify() -> Any:
        return run_step("notify")

    @task
    def load_succeeded() -> None:
        """Succeed only if the load was published everywhere, reported and closed, so that the run of any other fails."""

    batches = plan_batches()
    extracted = extract_batch.expand(batch=batches)
    put, reported, closed, told = publish(), report_load(), close_load(), notify()
    # beside each other: neither waits for the other, and what one takes wrong leaves the other alone
    others = [publish_postgres(), export_files()]
    gathered >> batches >> extracted >> gate_landing() >> build() >> gate_marts() >> put >> others
    for other in others:
        other >> reported
    reported >> closed >> told
    # Teardowns of open_load: they run however the steps between ended, but not if the load never began.
    reported.as_teardown(setups=opened, on_failure_fail_dagrun=True)
    closed.as_teardown(setups=opened, on_failure_fail_dagrun=True)
    # that nobody could be told is on record, and no failure of the load
    told.as_teardown(setups=opened, on_failure_fail_dagrun=False)
    # The run's state is its leaf's: a teardown in that place would make a stopped load's run a success.
    [put, *others, reported, closed] >> load_succeeded()
