"""A PostgreSQL server of the test's own: in a temporary folder, on loopback, gone afterwards."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

PROGRAMS = Path("/usr/lib/postgresql")
"""Where Debian keeps the server's programs, a folder a version."""
_UNPRIVILEGED = "postgres"


@dataclass(frozen=True)
class Server:
    """A running server; `owner` may do everything in it."""

    port: int
    folder: Path
    owner: str = "owner"

    def conninfo(self, database: str = "postgres", user: str | None = None) -> str:
        return f"host=127.0.0.1 port={self.port} dbname={database} user={user or self.owner}"

    def create_database(self, name: str, options: str = "") -> str:
        """Make an empty database; its connection string."""
        with psycopg.connect(self.conninfo(), autocommit=True) as connection:
            connection.execute(f'drop database if exists "{name}" with (force)')
            connection.execute(f'create database "{name}" {options}')
        return self.conninfo(name)


def find_programs() -> Path | None:
    """The newest server's programs, null if there are none."""
    found = sorted(PROGRAMS.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return found[-1].parent if found else None


@contextmanager
def running_server(folder: Path, settings: Sequence[str] = ()) -> Iterator[Server]:
    """Start a server and stop it in the end.

    Args:
        folder: an empty or missing folder that the server may keep its files in.
        settings: further lines of its configuration.
    """
    programs = find_programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed (apt-get install postgresql)")
    data = folder / "data"
    folder.mkdir(parents=True, exist_ok=True)
    _give_away(folder)
    _run(
        programs / "initdb", "-D", data, "-U", "owner", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N"
    )
    port = _free_port()
    lines = [
        f"port = {port}",
        "listen_addresses = '127.0.0.1'",
        "unix_socket_directories = ''",
        # a test's server need not outlive the machine
        "fsync = off",
        "synchronous_commit = off",
        "full_page_writes = off",
        "wal_level = minimal",
        "max_wal_senders = 0",
        *settings,
    ]
    with (data / "postgresql.conf").open("a") as file:
        file.write("\n".join(lines) + "\n")
    _run(programs / "pg_ctl", "-D", data, "-w", "-l", folder / "log", "start")
    try:
        yield Server(port, folder)
    finally:
        _run(programs / "pg_ctl", "-D", data, "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def server_in_temporary_folder() -> Iterator[Server]:
    """A server in a folder of its own: pytest's folders may not be entered by the server's user."""
    with tempfile.TemporaryDirectory(prefix="gongkai-postgres-") as folder:
        Path(folder).chmod(0o755)
        with running_server(Path(folder) / "server") as server:
            yield server


def _give_away(folder: Path) -> None:
    """The server refuses to run as root: Debian's own user for it does."""
    if os.geteuid() == 0:
        shutil.chown(folder, _UNPRIVILEGED)


def _run(program: Path, *arguments: object) -> None:
    user = _UNPRIVILEGED if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
    done = subprocess.run(
        [program, *map(str, arguments)],
        user=user if os.geteuid() == 0 else None,
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, f"{program.name}: {done.stdout}"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
