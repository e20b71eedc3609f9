"""`gongkai dashboards`: Superset on the published warehouse, on this machine, in an environment of its own."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import secrets
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

import yaml

from dashboards.bundle import OWNED, compile_bundle, slug
from dashboards.spec import FOLDER, Spec, load_spec
from gongkai import processes
from gongkai.errors import GongkaiError
from gongkai.settings import PROJECT_ROOT, Home

DATABASE: Final = "GONGKAI_DASHBOARD_DATABASE"
"""Setting: the SQLAlchemy address of a PostgreSQL that holds the marts, instead of the DuckDB snapshot."""
ENVIRONMENT: Final = "GONGKAI_SUPERSET_ENVIRONMENT"
"""Setting: the folder of Superset's Python environment (default: `.venv-superset` in the checkout)."""
ADMIN: Final = "admin"
READER: Final = "reader"
START_SECONDS: Final = 180.0
SERVER_SIDE: Final = FOLDER / "server_side"
_THREADS: Final = 8


@dataclass(frozen=True, slots=True)
class Folder:
    """Superset's folder in a home.

    Attributes:
        root: the folder, which only its owner can enter.
    """

    root: Path

    @property
    def database(self) -> Path:
        """Superset's metadata: accounts, dashboards."""
        return self.root / "superset.db"

    @property
    def secret_key(self) -> Path:
        """The generated key that sessions are signed with and stored passwords encrypted."""
        return self.root / "secret_key"

    @property
    def passwords(self) -> Path:
        """The generated passwords, by account."""
        return self.root / "passwords.json"

    @property
    def lock(self) -> Path:
        """Held by whoever starts Superset in this home."""
        return self.root / ".lock"

    @property
    def stamp(self) -> Path:
        """Names the lock file of the environment for which the metadata has been brought up to date."""
        return self.root / "renewed.json"

    def log(self, name: str) -> Path:
        """Where a process writes."""
        folder = self.root / "logs"
        folder.mkdir(parents=True, exist_ok=True)
        return folder / f"{name}.log"


def run(home: Home, *, port: int, write: Callable[[str], object]) -> None:
    """Run Superset on the warehouse until Ctrl-C.

    Args:
        home: whose warehouse it shows; it keeps Superset's own data too.
        port: on 127.0.0.1 only.
        write: takes the lines people read.

    Raises:
        GongkaiError: it could not start, or ended by itself; the sentence says why or names a log.
    """
    uri = database_uri(home)
    spec = load_spec()
    processes.require_free(port)
    with processes.stop_on_signal():
        python = prepare_environment(write)
        with _held(prepare_folder(home)) as folder:
            provision(folder, python, spec, uri, write)
            server = _start(folder, python, port, uri)
            try:
                address = f"http://127.0.0.1:{port}"
                _await_healthy(server, folder, f"{address}/health")
                for line in _greeting(spec, folder, address):
                    write(line)
                while True:
                    _check(server, folder)
                    time.sleep(1)
            except processes.StopRequestedError:
                write("正在停止…")
            finally:
                processes.stop({"superset": server})


def database_uri(home: Home) -> str:
    """The SQLAlchemy address of what the dashboards show.

    Raises:
        GongkaiError: nothing has been published, or the setting names another kind of database.
    """
    setting = os.environ.get(DATABASE, "")
    if setting:
        if not setting.startswith(("postgresql://", "postgresql+psycopg2://")):
            raise GongkaiError(f"{DATABASE} 须以 postgresql:// 开头（不设则用家目录里的 DuckDB 数据仓库）。")
        return setting
    if not home.warehouse.is_file():
        raise GongkaiError(f"还没有发布的数据仓库（{home.warehouse}）；请先运行 gongkai run。")
    return f"duckdb:///{home.warehouse}"


def prepare_environment(write: Callable[[str], object]) -> Path:
    """Make sure that Superset's environment is there as locked; returns its Python.

    Raises:
        GongkaiError: it could not be set up; the installer's words are in the sentence.
    """
    target = Path(os.environ.get(ENVIRONMENT) or PROJECT_ROOT / ".venv-superset")
    if not (target / "bin" / "gunicorn").exists():
        write("正在安装 Superset（只在第一次，约需一分钟）…")
    done = subprocess.run(
        [str(PROJECT_ROOT / "scripts" / "bootstrap-superset"), sys.prefix, str(target)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise GongkaiError(f"Superset 没有装好：{done.stdout.strip()}")
    return target / "bin" / "python"


def prepare_folder(home: Home) -> Folder:
    """Superset's folder in the home, with a generated key and generated passwords in it."""
    folder = Folder(home.root / "superset")
    folder.root.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not folder.secret_key.exists():
        _write_private(folder.secret_key, secrets.token_urlsafe(48) + "\n")
    return folder


def provision(
    folder: Folder, python: Path, spec: Spec, uri: str, write: Callable[[str], object] = lambda _line: None
) -> None:
    """Bring Superset's metadata to the state of the repository: tables, roles, accounts, dashboards.

    Raises:
        GongkaiError: it could not be done; the sentence names the log.
    """
    lock = (PROJECT_ROOT / "requirements" / "superset.txt").read_text("utf-8")
    renewed = folder.stamp.exists() and folder.stamp.read_text("utf-8") == lock and folder.database.exists()
    if not renewed:
        write("正在准备 Superset 的元数据库（约需一分钟）…")
    wanted = {
        "bundle": compile_bundle(spec, uri),
        "owned": OWNED,
        "accounts": _accounts(folder, write),
        "roles": yaml.safe_load((FOLDER / "roles.yaml").read_text("utf-8")),
        "renew": not renewed,
    }
    log = folder.log("provision")
    with log.open("ab") as out:
        done = subprocess.run(
            [str(python), str(SERVER_SIDE / "provision.py")],
            input=json.dumps(wanted).encode("utf-8"),
            env=environment(folder),
            cwd=folder.root,
            stdout=out,
            stderr=out,
            check=False,
        )
    if done.returncode:
        raise GongkaiError(f"Superset 的看板没有导入成功，日志在 {log}。")
    folder.database.chmod(0o600)
    if not renewed:
        _write_private(folder.stamp, lock)


def environment(folder: Folder) -> dict[str, str]:
    """The environment in which Superset works on a prepared folder."""
    kept = {
        name: value
        for name, value in os.environ.items()
        # settings made for another Superset, Flask or Python must not change this one
        if not name.startswith(("SUPERSET_", "FLASK_", "PYTHON", "GUNICORN_")) and name != DATABASE
    }
    return {
        **kept,
        "SUPERSET_CONFIG_PATH": str(SERVER_SIDE / "superset_config.py"),
        "GONGKAI_SUPERSET_FOLDER": str(folder.root),
        "PYTHONPATH": str(PROJECT_ROOT),
        "PYTHONDONTWRITEBYTECODE": "1",
        "SCARF_ANALYTICS": "false",
        "TZ": "Asia/Shanghai",
    }


def _accounts(folder: Folder, write: Callable[[str], object]) -> list[dict[str, str]]:
    """The accounts that there shall be; passwords are generated, told once and kept in a file that only the owner can read."""
    if folder.passwords.exists():
        passwords: dict[str, str] = json.loads(folder.passwords.read_text("utf-8"))
    else:
        passwords = {ADMIN: secrets.token_urlsafe(15), READER: secrets.token_urlsafe(15)}
        _write_private(folder.passwords, json.dumps(passwords) + "\n")
        write(f"已生成密码（只显示这一次，另存于 {folder.passwords}）：")
        for name, password in passwords.items():
            write(f"  {name}：{password}")
    return [
        {"name": ADMIN, "title": "管理员", "role": "Admin", "password": passwords[ADMIN]},
        {"name": READER, "title": "读者", "role": "gongkai_reader", "password": passwords[READER]},
    ]


def _start(folder: Folder, python: Path, port: int, uri: str) -> subprocess.Popen[bytes]:
    command = [
        str(python),
        "-m",
        "gunicorn",
        "--bind",
        f"127.0.0.1:{port}",
        "--workers",
        "1",
        "--worker-class",
        "gthread",
        "--threads",
        str(_THREADS),
        "--timeout",
        "120",
        "--graceful-timeout",
        "3",
        "--worker-tmp-dir",
        str(folder.root),
        "superset.app:create_app()",
    ]
    with folder.log("server").open("ab") as out:
        # a session of its own: Ctrl-C reaches this process only, which then ends the server in order
        return subprocess.Popen(
            command,
            env=environment(folder),
            cwd=folder.root,
            stdout=out,
            stderr=out,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )


def _greeting(spec: Spec, folder: Folder, address: str) -> Iterator[str]:
    yield f"看板 dashboards: {address}/dashboard/list/"
    for name, board in spec.boards.items():
        yield f"  {board.title}: {address}/superset/dashboard/{slug(name)}/"
    yield f"用户 users: {ADMIN}（管理）、{READER}（只读），密码在 passwords in: {folder.passwords}"
    yield f"日志 log: {folder.log('server')}"
    yield "按 Ctrl-C 停止。"


def _await_healthy(server: subprocess.Popen[bytes], folder: Folder, address: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        _check(server, folder)
        with (
            contextlib.suppress(urllib.error.URLError, ConnectionError, TimeoutError),
            urllib.request.urlopen(address, timeout=5) as answer,  # noqa: S310 - our own address
        ):
            if answer.status == HTTPStatus.OK:
                return
        time.sleep(0.5)
    raise GongkaiError(f"Superset 在 {START_SECONDS:.0f} 秒内没有就绪，日志在 {folder.log('server')}。")


def _check(server: subprocess.Popen[bytes], folder: Folder) -> None:
    if server.poll() is not None:
        raise GongkaiError(f"Superset 已退出（状态 {server.returncode}），日志在 {folder.log('server')}。")


@contextlib.contextmanager
def _held(folder: Folder) -> Iterator[Folder]:
    """Keep a second start in the same home away: both would write the same metadata."""
    with folder.lock.open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise GongkaiError(f"这个家目录的看板已在运行（{folder.root}）。") from error
        yield folder


def _write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, whole or not at all."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    temporary.unlink(missing_ok=True)
    with os.fdopen(
        os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
    ) as out:
        out.write(text)
    temporary.replace(path)


def read_passwords(folder: Folder) -> dict[str, Any]:
    """The generated passwords, by account."""
    passwords: dict[str, Any] = json.loads(folder.passwords.read_text("utf-8"))
    return passwords
