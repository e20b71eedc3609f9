"""Ask people about the worst open cases: held reports and doubtful figures.

A DAG of its own: a question that waits for somebody holds up no load and takes no worker's place.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pendulum
from airflow.sdk import Param, dag, task

from gongkai.airflow_tasks import log_failure
from gongkai.load_dag import WAREHOUSE
from review.asking import TRIES, cases_a_run, questions, response_timeout
from review.operator import ReviewOperator

DOC = """
### 人工复核 · review cases
每次加载发布之后，就最要紧的若干件（暂缓发布的报告、存疑的数值）请人决定：按原样发布、更正、不予采用、请机关核实。
问题在网页“Required Actions”里答复；不答复不影响任何加载，到时自动结束，下次加载后再问。

| 步骤 | 做什么 |
| --- | --- |
| `find_report` · `find_cell` | 选出最要紧的待复核报告和数值（各至多 `GONGKAI_REVIEW_CASES`，10） |
| `ask_report` · `ask_cell` | 一件一问；答复写入 `review/decisions.jsonl`，下一次加载生效；写得不对的说明原因后再问 |

成批复核用 `gongkai review export` 和 `gongkai review import`；撤回用 `gongkai review withdraw`。
"""

# the page wants something where null is not allowed; a minimal length would be tested before anybody has written
REASON = Param("", type="string", maxLength=500, title="理由")
OF_A_FIGURE = {
    "reason": REASON,
    "value": Param(
        None, type=["null", "string"], maxLength=40, title="更正为（数值，或空白、不适用、文字、缺失）"
    ),
}
OF_A_REPORT = {
    "reason": REASON,
    "agency": Param(None, type=["null", "string"], maxLength=200, title="更正：机关全称"),
    "year": Param(None, type=["null", "string"], maxLength=4, title="更正：年度"),
}
"""What people fill in besides choosing a decision."""


@dag(
    dag_id="review_cases",
    schedule=[WAREHOUSE],
    start_date=pendulum.datetime(2026, 1, 1, tz="Asia/Shanghai"),
    catchup=False,
    max_active_runs=1,
    tags=["gongkai", "review"],
    default_args={
        "owner": "gongkai",
        "retries": 2,
        "retry_delay": timedelta(seconds=30),
        "on_failure_callback": log_failure,
    },
    on_failure_callback=log_failure,
    doc_md=DOC,
)
def review_cases() -> None:
    """Wire the steps; see `DOC`."""

    @task
    def find(subject: str) -> list[dict[str, Any]]:
        from gongkai.settings import Home

        return questions(Home.from_environment(), cases_a_run(), subject)

    for subject, params in (("report", OF_A_REPORT), ("cell", OF_A_FIGURE)):
        ReviewOperator.partial(
            task_id=f"ask_{subject}",
            params=params,
            response_timeout=response_timeout(),
            retries=TRIES,
            retry_delay=timedelta(seconds=30),
            map_index_template="{{ task.question(ti) }}",
        ).expand_kwargs(find.override(task_id=f"find_{subject}")(subject))


review_cases()
