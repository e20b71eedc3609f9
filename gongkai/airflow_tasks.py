"""Between a DAG's task and its plain function: the load's id, the home, and which failures are final."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

log = logging.getLogger(__name__)

RETRY_SECONDS = "GONGKAI_RETRY_SECONDS"
"""Pause before a failed task is tried again; well below the lease's time to live: the load keeps it."""
DUE_SECONDS = "GONGKAI_DUE_SECONDS"
"""How long after its time a nightly load is due."""
OTHER_RETRIES = 2
"""How often a task that may wait for another load is tried again for any other reason."""
POSTGRES_CONNECTION = "gongkai_postgres"
"""Airflow's connection to the PostgreSQL server that marts are published to; without it the environment counts."""
FOREGROUND_PID = "GONGKAI_FOREGROUND_PID"
"""Set by `gongkai run`: the process in which all tasks of the load run."""


def retry_delay() -> timedelta:
    """The pause before a failed task is tried again: two minutes, unless the environment says otherwise."""
    return timedelta(seconds=float(os.environ.get(RETRY_SECONDS, "120")))


def due_after() -> timedelta:
    """How long after its time a nightly load is due: four hours, unless the environment says otherwise."""
    return timedelta(seconds=float(os.environ.get(DUE_SECONDS, "14400")))


def is_foreground() -> bool:
    """Whether this process runs a load that somebody has started at a terminal."""
    return FOREGROUND_PID in os.environ


def load_id_of(dag_run: Any) -> str:
    """The load a DAG run stands for: the same run gives the same id over all tries of all tasks."""
    from gongkai.loads import make_load_id

    return make_load_id(dag_run.run_after, dag_run.run_id)


def run_step(step: str, **arguments: Any) -> Any:
    """Run a function of `gongkai.pipeline` for the current task's load.

    Args:
        step: the function's name.
        arguments: what it takes besides the home and the load's id.

    Raises:
        AirflowFailException: trying again can't mend it (a gate, a lost lease, wrong input).
        LeaseHeldError: another load is at work; the task is tried again until that one has ended.
    """
    from airflow.sdk import get_current_context
    from airflow.sdk.exceptions import AirflowFailException

    from gongkai import pipeline
    from gongkai.errors import GongkaiError, LeaseHeldError
    from gongkai.settings import Home

    context = get_current_context()
    try:
        return getattr(pipeline, step)(Home.from_environment(), load_id_of(context["dag_run"]), **arguments)
    except LeaseHeldError:
        raise
    except GongkaiError as error:
        raise AirflowFailException(str(error)) from error


def begin_load(step: str, **arguments: Any) -> Any:
    """Run the step that begins a load: tried again for long while another load is at work, briefly otherwise.

    Args:
        step: name of a function of `gongkai.pipeline`.
        arguments: what it takes besides the home, the load's id and the holder.

    Raises:
        LeaseHeldError: another load is at work.
        AirflowFailException: it can't be begun.
    """
    from airflow.sdk import get_current_context
    from airflow.sdk.exceptions import AirflowFailException

    from gongkai.errors import LeaseHeldError

    try:
        return run_step(step, holder=holder(), **arguments)
    except (LeaseHeldError, AirflowFailException):
        raise
    except Exception as error:
        if get_current_context()["ti"].try_number > OTHER_RETRIES:
            raise AirflowFailException(str(error)) from error
        raise


def postgres_conninfo() -> str | None:
    """The PostgreSQL server of the Airflow connection `gongkai_postgres`; null if there is no such connection.

    The environment's `GONGKAI_POSTGRES` is looked at where it is null.
    """
    from airflow.sdk import BaseHook
    from airflow.sdk.exceptions import AirflowNotFoundException

    try:
        found = BaseHook.get_connection(POSTGRES_CONNECTION)
    except AirflowNotFoundException:
        return None
    from psycopg.conninfo import make_conninfo

    named = {
        "host": found.host,
        "port": found.port,
        "dbname": found.schema,
        "user": found.login,
        "password": found.password,
        **found.extra_dejson,
    }
    return make_conninfo(**{name: value for name, value in named.items() if value not in (None, "")})


def preview_lines(source: str, years: str) -> list[str]:
    """What a backfill would pull, in lines.

    Raises:
        AirflowFailException: wrong input, or the source can't be read.
    """
    from airflow.sdk.exceptions import AirflowFailException

    from gongkai.errors import GongkaiError
    from gongkai.pipeline import preview_backfill
    from gongkai.settings import Home

    try:
        return preview_backfill(Home.from_environment(), source, years)
    except GongkaiError as error:
        raise AirflowFailException(str(error)) from error


def holder() -> Any:
    """Who runs the current task's load: a foreground process or the scheduler."""
    from gongkai.loads import Holder

    pid = os.environ.get(FOREGROUND_PID)
    return Holder.foreground(int(pid)) if pid else Holder.scheduler()


def record_task_failure(context: Mapping[str, Any]) -> None:
    """Callback of a task that has failed for good: keep it in the load's record."""
    from gongkai.loads import record_failure
    from gongkai.settings import Home

    instance = context["ti"]
    index = instance.map_index if instance.map_index is not None else -1
    name = instance.task_id if index < 0 else f"{instance.task_id}[{index}]"
    # no exception reaches the callback when the task's process was killed from outside
    error = context.get("exception") or "任务进程被外部终止。"
    record_failure(Home.from_environment(), load_id_of(context["dag_run"]), name, error)


def record_run_failure(context: Mapping[str, Any]) -> None:
    """Callback of a failed DAG run: end its load if no task could (run stopped by hand, worker lost)."""
    from gongkai import loads
    from gongkai.settings import Home

    home, load_id = Home.from_environment(), load_id_of(context["dag_run"])
    record = loads.read_record(home, load_id)
    if record is not None and record["ended_at"] is None:
        reason = f"DAG 运行 {context['dag_run'].run_id} 失败。"
        loads.record_failure(home, load_id, context["dag_run"].dag_id, context.get("reason") or reason)
        record = loads.close_load(home, load_id)
    if record is not None and "notify" not in record["steps"]:
        _tell_of_failure(home, load_id)


def log_failure(context: Mapping[str, Any]) -> None:
    """Callback of what fails outside of any load: nothing depends on it, and Airflow keeps the record."""
    log.error(
        "%s has failed: %s",
        context.get("ti") or context["dag_run"],
        context.get("exception") or context.get("reason"),
    )


def _tell_of_failure(home: Any, load_id: str) -> None:
    """Tell of a load whose own task for that did not run: it never began, or was ended from outside."""
    from gongkai import pipeline

    try:
        pipeline.notify(home, load_id)
    except Exception:
        log.exception("nobody could be told of the failure of load %s", load_id)
        raise


async def tell_late(context: Mapping[str, Any], **_: Any) -> None:
    """Callback of a missed deadline, run by the triggerer beside the load: tell that it is late.

    Args:
        context: `dag_run` and `deadline` as the scheduler's plain data.
    """
    # the triggerer serves others: what waits for services does so in a thread, from which its own loop can be asked
    from asgiref.sync import sync_to_async

    await sync_to_async(_tell_late, thread_sensitive=False)(context)


def _tell_late(context: Mapping[str, Any]) -> None:
    from alerts.notify import notify_late
    from gongkai.loads import make_load_id
    from gongkai.settings import Home

    run, due_at = context["dag_run"], _moment(context["deadline"]["deadline_time"])
    load_id = make_load_id(_moment(run["run_after"]), run["dag_run_id"])
    counts = notify_late(Home.from_environment(), load_id, due_at)
    log.warning("load %s is late (due %s): %s", load_id, due_at, counts)


def _moment(value: Any) -> datetime:
    return value if isinstance(value, datetime) else datetime.fromisoformat(value)
