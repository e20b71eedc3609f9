"""Secrets in Airflow's connections: asked of Airflow itself, wherever this runs.

A task asks the way tasks do. The command line, a foreground load (whose Airflow begins with an empty database) and what the
scheduler runs outside of tasks ask the Airflow of the home, in a process of its own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from typing import Any

from gongkai import airflow_home
from gongkai.settings import PROJECT_ROOT, Home

_SECONDS = 90
_NOT_THERE = 3
"""Exit status that says that there is no such connection."""


class ConnectionUnavailableError(Exception):
    """Airflow could not be asked for a connection; the sentence names it, never what is in it."""


def connection_secret(home: Home, name: str) -> str | None:
    """The password of an Airflow connection, or with `#key` an entry of its extra; null if there is none.

    Raises:
        ConnectionUnavailableError: Airflow gave no answer.
    """
    connection_id, _, entry = name.partition("#")
    if "airflow.sdk" in sys.modules and (found := _asked_by_task(connection_id)) is not None:
        return _value(found.password, found.extra_dejson, entry)
    return _asked_apart(home, connection_id, entry)


def _asked_by_task(connection_id: str) -> Any:
    from airflow.sdk import Connection
    from airflow.sdk.exceptions import AirflowException

    try:
        return Connection.get(connection_id)
    except (AirflowException, RuntimeError):
        return None  # not there, or this is no task: Airflow is asked apart


def _asked_apart(home: Home, connection_id: str, entry: str) -> str | None:
    prepared = airflow_home.existing(home)
    with tempfile.TemporaryDirectory() as folder:
        # without an Airflow in the home the environment may still name one, or hold the connection itself
        own = airflow_home.environment(prepared, home) if prepared else {"AIRFLOW_HOME": folder, **os.environ}
        try:
            done = subprocess.run(
                [sys.executable, "-m", "alerts.connections", connection_id, entry],
                cwd=PROJECT_ROOT,
                env={**own, "_AIRFLOW_PROCESS_CONTEXT": "server"},
                capture_output=True,
                text=True,
                timeout=_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise ConnectionUnavailableError(
                f"Airflow 在 {_SECONDS} 秒内没有给出连接 {connection_id}"
            ) from None
    if done.returncode == _NOT_THERE:
        return None
    if done.returncode != 0:
        # whatever it has printed stays here: it may hold the secret
        raise ConnectionUnavailableError(f"Airflow 没有给出连接 {connection_id}（状态 {done.returncode}）")
    found: str | None = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def _value(password: str | None, extra: Any, entry: str) -> str | None:
    value = extra.get(entry) if entry else password
    return None if value is None else str(value)


def main() -> int:
    """Print the secret as JSON on the last line of the output; status 3 if there is no such connection."""
    connection_id, entry = sys.argv[1:3]
    from airflow.models import Connection
    from airflow.sdk.exceptions import AirflowNotFoundException

    try:
        found = Connection.get_connection_from_secrets(connection_id)
    except AirflowNotFoundException:
        return _NOT_THERE
    sys.stdout.write(json.dumps(_value(found.password, found.extra_dejson, entry)) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
