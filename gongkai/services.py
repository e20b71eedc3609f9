"""`gongkai up`: Airflow's services on this machine, started and ended together."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from typing import Final

from gongkai import airflow_home, processes
from gongkai.errors import GongkaiError
from gongkai.settings import Home

SERVICES: Final = ("api-server", "scheduler", "dag-processor", "triggerer")
START_SECONDS: Final = 180.0


def run(home: Home, *, port: int, write: Callable[[str], object]) -> None:
    """Run Airflow's services until Ctrl-C.

    Args:
        home: whose scheduler this is.
        port: of the web interface and the tasks' API, on 127.0.0.1 only.
        write: takes the lines people read.

    Raises:
        GongkaiError: a service could not start or ended by itself; the sentence names its log.
    """
    processes.require_free(port)
    prepared = airflow_home.prepare(home, port=port)
    environment = airflow_home.environment(prepared, home)
    address = f"http://127.0.0.1:{port}"
    with processes.stop_on_signal():
        _migrate(prepared, environment, write)
        running: dict[str, subprocess.Popen[bytes]] = {}
        try:
            for name in SERVICES:
                running[name] = _start(name, _log(prepared, name), environment)
            write("正在启动 Airflow，约需半分钟…")
            _await_healthy(running, prepared, f"{address}/api/v2/monitor/health")
            write(f"网页 web: {address}")
            write(f"用户 user: admin，密码在 password in: {prepared.passwords}")
            write(f"日志 logs: {prepared.root / 'logs'}")
            write("DAG nightly_load 每晚 02:00（Asia/Shanghai）运行；按 Ctrl-C 停止。")
            while True:
                _check(running, prepared)
                time.sleep(1)
        except processes.StopRequestedError:
            write("正在停止…")
        finally:
            processes.stop(running)


def _migrate(
    prepared: airflow_home.AirflowHome, environment: dict[str, str], write: Callable[[str], object]
) -> None:
    """Bring the metadata database up to the installed Airflow, unless that has been done."""
    stamp = airflow_home.migrated_stamp(prepared)
    if stamp.exists() and prepared.database.exists():
        return
    write("正在准备 Airflow 的元数据库…")
    log = _log(prepared, "db-migrate")
    with log.open("ab") as out:
        code = subprocess.run(
            _airflow("db", "migrate"), env=environment, stdout=out, stderr=out, check=False
        ).returncode
    if code:
        raise GongkaiError(f"Airflow 元数据库准备失败，日志在 {log}。")
    stamp.touch()


def _start(name: str, log: Path, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    with log.open("ab") as out:
        # a session of its own: Ctrl-C reaches this process only, which then ends the services in order
        return subprocess.Popen(
            _airflow(name),
            env=environment,
            stdout=out,
            stderr=out,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )


def _airflow(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "airflow", *arguments]


def _log(prepared: airflow_home.AirflowHome, name: str) -> Path:
    folder = prepared.root / "logs"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{name}.log"


def _await_healthy(
    running: dict[str, subprocess.Popen[bytes]], prepared: airflow_home.AirflowHome, address: str
) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        _check(running, prepared)
        with (
            contextlib.suppress(urllib.error.URLError, ConnectionError, TimeoutError),
            urllib.request.urlopen(address, timeout=5) as answer,  # noqa: S310 - our own address
        ):
            if answer.status == HTTPStatus.OK:
                return
        time.sleep(0.5)
    raise GongkaiError(f"Airflow 在 {START_SECONDS:.0f} 秒内没有就绪，日志在 {prepared.root / 'logs'}。")


def _check(running: dict[str, subprocess.Popen[bytes]], prepared: airflow_home.AirflowHome) -> None:
    for name, process in running.items():
        if process.poll() is not None:
            raise GongkaiError(
                f"Airflow 的 {name} 已退出（状态 {process.returncode}），日志在 {_log(prepared, name)}。"
            )
