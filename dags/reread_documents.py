"""Read stored documents again: those last read by an older reader, or named ones, so many a load.

Nothing is pulled. A further run takes the next ones, until none is left; one that was stopped or killed counts for
nothing, and the next run chooses the same documents.
"""

from __future__ import annotations

import pendulum
from airflow.sdk import Param, dag, get_current_context, task

from gongkai.airflow_tasks import begin_load, run_step
from gongkai.load_dag import STEPS, WAITING, finish_load, load_dag

DOC = f"""
### 重读 · reread documents
读取器更新之后，把已存的文件按新版本重读一遍；也可以点名重读。不访问任何来源。
每次运行最多读 `limit` 份，剩多少见 `choose_documents` 的返回值；再次运行接着读下去。

| 步骤 | 做什么 |
| --- | --- |
| `open_load` | 取得租约（另一个加载在进行时等它结束），建立加载记录 |
| `choose_documents` | 选出上次由旧版读取器读取的文件（最久未读的在前），或参数 `documents` 点名的文件 |
{STEPS.strip()}

命令行 `gongkai reread` 在前台运行的就是这个 DAG。
"""


@dag(
    **load_dag(
        dag_id="reread_documents",
        schedule=None,
        start_date=pendulum.datetime(2026, 1, 1, tz="Asia/Shanghai"),
        doc_md=DOC,
        params={
            "limit": Param(2000, type="integer", minimum=1, description="这次最多重读多少份文件"),
            "documents": Param(
                [],
                type="array",
                items={"type": "string", "pattern": "^[0-9a-f]{8,64}$"},
                uniqueItems=True,
                description="文件的 sha256（至少前八位）；空表示由旧版读取器读取的文件",
            ),
        },
    )
)
def reread_documents() -> None:
    """Wire the steps; see `DOC`."""

    @task(**WAITING)
    def open_load() -> None:
        params = get_current_context()["params"]
        begin_load("open_reread", limit=params["limit"], documents=params["documents"])

    @task
    def choose_documents() -> dict[str, int]:
        return run_step("choose_documents")

    opened, chosen = open_load(), choose_documents()
    opened >> chosen
    finish_load(opened, chosen)


reread_documents()
