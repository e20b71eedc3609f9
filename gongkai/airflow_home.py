"""Airflow's own folders and settings, prepared without anybody's help.

A home has two Airflow homes. `airflow/` belongs to the scheduler and the web interface (`gongkai up`) and
keeps their history. `airflow/foreground/` belongs to `gongkai run`: its metadata database starts afresh from
a template every time, so a run that was killed leaves nothing behind that could block the next, and no
scheduler picks up half of it. What must outlive a run is in the operations records, not in Airflow.

Nothing here imports Airflow at module level: its settings are read once, when it is first imported, so the
environment has to be right before that.
"""

from __future__ import annotations

import base64
import configparser
import json
import os
import secrets
import shutil
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Final

from gongkai import lineage
from gongkai.settings import PROJECT_ROOT, Home

DAGS_FOLDER: Final = PROJECT_ROOT / "dags"
_OVERRIDDEN: Final = (
    "AIRFLOW__CORE__",
    "AIRFLOW__DATABASE__",
    "AIRFLOW__LOGGING__",
    "AIRFLOW__DAG_PROCESSOR__",
    "AIRFLOW__OPENLINEAGE__",
)
"""Sections that an environment made for another Airflow must not change under a foreground run."""
_SECRETS: Final = (("core", "fernet_key"), ("api", "secret_key"), ("api_auth", "jwt_secret"))


@dataclass(frozen=True, slots=True)
class AirflowHome:
    """One prepared Airflow home.

    Attributes:
        root: its folder (`AIRFLOW_HOME`).
        config: the written `airflow.cfg` (readable by its owner only: it holds generated keys).
        database: the SQLite metadata database.
        passwords: generated passwords of the web interface, by user name.
    """

    root: Path
    config: Path
    database: Path
    passwords: Path


def prepare(home: Home, *, port: int = 8080) -> AirflowHome:
    """Prepare the scheduler's Airflow home: settings, generated keys, a generated password for `admin`."""
    prepared = _at(home.airflow)
    prepared.root.mkdir(parents=True, exist_ok=True)
    _write_config(prepared, port=port)
    if not prepared.passwords.exists():
        _write_private(prepared.passwords, json.dumps({"admin": secrets.token_urlsafe(15)}) + "\n")
    return prepared


def existing(home: Home) -> AirflowHome | None:
    """The scheduler's Airflow home as it is, untouched: it may be at work; null if there is none yet."""
    found = _at(home.airflow)
    return found if found.config.exists() and found.database.exists() else None


def prepare_foreground(home: Home) -> AirflowHome:
    """Prepare the Airflow home of one foreground run; the caller holds the lease of the home.

    The database is still missing: see `enter_foreground`.
    """
    prepared = _at(home.airflow / "foreground")
    prepared.root.mkdir(parents=True, exist_ok=True)
    _write_config(prepared, port=8080)
    return prepared


def enter_foreground(prepared: AirflowHome) -> None:
    """Point this process at a foreground home with a fresh metadata database; then Airflow may be imported.

    The first run in a home builds the template, which takes some seconds; another Airflow gets its own.
    """
    for name in list(os.environ):
        if name.startswith(_OVERRIDDEN):
            del os.environ[name]
    os.environ["AIRFLOW_HOME"] = str(prepared.root)
    os.environ["AIRFLOW_CONFIG"] = str(prepared.config)
    template = prepared.root / f"template-{metadata.version('apache-airflow-core')}.db"
    for leftover in prepared.root.glob(f"{prepared.database.name}*"):
        leftover.unlink()
    if template.exists():
        shutil.copyfile(template, prepared.database)
        return
    from airflow import settings
    from airflow.utils import db

    db.initdb()
    if settings.engine is not None:
        settings.engine.dispose()
    copy = template.with_suffix(".tmp")
    shutil.copyfile(prepared.database, copy)
    copy.replace(template)


def environment(prepared: AirflowHome, home: Home) -> dict[str, str]:
    """The environment in which Airflow's own commands work on a prepared home."""
    return {
        **os.environ,
        "AIRFLOW_HOME": str(prepared.root),
        "AIRFLOW_CONFIG": str(prepared.config),
        "GONGKAI_HOME": str(home.root),
    }


def migrated_stamp(prepared: AirflowHome) -> Path:
    """A file that is there once the metadata database suits the installed Airflow."""
    return prepared.root / f".migrated-{metadata.version('apache-airflow-core')}"


def _at(root: Path) -> AirflowHome:
    return AirflowHome(root, root / "airflow.cfg", root / "airflow.db", root / "passwords.json")


def _write_config(prepared: AirflowHome, *, port: int) -> None:
    """Write `airflow.cfg`: our settings anew, the generated keys as they were."""
    config = configparser.ConfigParser(interpolation=None)
    config.read_dict(_settings(prepared, port))
    before = configparser.ConfigParser(interpolation=None)
    before.read(prepared.config, "utf-8")
    for section, key in _SECRETS:
        fresh = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode("ascii")
        config.setdefault(section, {})
        config[section][key] = before.get(section, key, fallback=fresh)
    lines = [
        "# Written by gongkai: the keys are kept, everything else is written anew; AIRFLOW__* overrides it.\n"
    ]
    for section in config.sections():
        lines += [f"[{section}]\n", *(f"{key} = {value}\n" for key, value in config[section].items()), "\n"]
    _write_private(prepared.config, "".join(lines))


def _settings(prepared: AirflowHome, port: int) -> dict[str, dict[str, str]]:
    return {
        "core": {
            "dags_folder": str(DAGS_FOLDER),
            "executor": "LocalExecutor",
            "parallelism": str(max(2, os.cpu_count() or 2)),
            "load_examples": "False",
            "default_timezone": "Asia/Shanghai",
            # it is a nightly job: it shall run once the scheduler is up
            "dags_are_paused_at_creation": "False",
            "execution_api_server_url": f"http://127.0.0.1:{port}/execution/",
            "simple_auth_manager_users": "admin:admin",
            "simple_auth_manager_passwords_file": str(prepared.passwords),
        },
        "database": {"sql_alchemy_conn": f"sqlite:///{prepared.database}"},
        "api": {
            "host": "127.0.0.1",
            "port": str(port),
            "base_url": f"http://127.0.0.1:{port}",
            "workers": "1",
            "expose_config": "False",
        },
        "api_auth": {},
        "logging": {
            "base_log_folder": str(prepared.root / "logs"),
            "colored_console_log": "False",
        },
        "usage_data_collection": {"enabled": "False"},
        "openlineage": lineage.settings(),
    }


def _write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, whole or not at all."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    temporary.unlink(missing_ok=True)
    with os.fdopen(
        os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
    ) as out:
        out.write(text)
    temporary.replace(path)
