"""Starts a build on Spark from the project's environment: Java and Spark's environment are looked for, then it runs there."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import psutil

from gongkai.errors import GongkaiError
from gongkai.settings import PROJECT_ROOT, Home

ENVIRONMENT: Final = "GONGKAI_SPARK_ENVIRONMENT"
"""Setting: the folder of Spark's Python environment (default: `.venv-spark` in the checkout)."""
JAVA: Final = 17
"""The oldest Java that Spark 4 runs on."""
_MEMORY_SHARE: Final = 0.3
_LOAD_ID = re.compile(r"\d{8}T\d{6}-[0-9a-f]{4}")


def build_on_spark(
    home: Home,
    *,
    write: Callable[[str], object],
    landing: str | None = None,
    warehouse: str | None = None,
    load_id: str | None = None,
    master: str = "local[*]",
    with_tests: bool = True,
    settings: Sequence[str] = (),
) -> str:
    """Build everything from a landing zone on Spark.

    Args:
        home: whose landing zone is read and whose `spark/` is written, unless other places are given.
        write: takes the lines people read.
        landing: folder or address of another landing zone.
        warehouse: folder or address to keep the tables under; without it they go to `spark/load=<id>` in the home, whole
            or not at all, and earlier builds there are removed.
        load_id: the load to show, which may still be unpublished; None is the one published last.
        master: where the work is done.
        with_tests: whether dbt's tests run, too.
        settings: Spark's settings, `name=value` each.

    Returns:
        Where the tables are.

    Raises:
        GongkaiError: Java or Spark's environment is missing, or the build failed; the sentence says what to do.
    """
    _require_java()
    python = prepare_environment(write)
    folder = home.root / "spark"
    unfinished = folder / "unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    log = folder / "build.log"
    folder.mkdir(parents=True, exist_ok=True)
    arguments = ["--landing", landing or str(home.landing), "--warehouse", warehouse or str(unfinished)]
    arguments += [
        "--master",
        master,
        "--memory",
        f"{int(psutil.virtual_memory().total * _MEMORY_SHARE) >> 20}m",
    ]
    arguments += ["--work", str(folder / "dbt")]
    arguments += [part for setting in settings for part in ("--conf", setting)]
    arguments += [] if landing else ["--validations", str(home.operations / "validations")]
    arguments += ["--load-id", load_id] if load_id else []
    arguments += [] if with_tests else ["--no-tests"]
    arguments += [] if warehouse else ["--files"]
    built = _run(python, arguments, log, write)
    if warehouse:
        return warehouse
    finished = folder / f"load={built}"
    for earlier in folder.glob("load=*"):
        shutil.rmtree(earlier)
    unfinished.rename(finished)
    return str(finished)


def prepare_environment(write: Callable[[str], object]) -> Path:
    """Make sure that Spark's environment is there as locked; returns its Python.

    Raises:
        GongkaiError: it could not be set up; the installer's words are in the sentence.
    """
    target = Path(os.environ.get(ENVIRONMENT) or PROJECT_ROOT / ".venv-spark")
    if not (target / ".installed.txt").exists():
        write("正在安装 Spark（只在第一次，安装后约 730 MB）…")
    done = subprocess.run(
        [str(PROJECT_ROOT / "scripts" / "bootstrap-spark"), sys.prefix, str(target)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise GongkaiError(f"Spark 没有装好：{done.stdout.strip()}")
    return target / "bin" / "python"


def java_version() -> int | None:
    """The main version of the Java that Spark would start; None where there is none."""
    home = os.environ.get("JAVA_HOME")
    java = Path(home, "bin", "java") if home else shutil.which("java")
    if not java or not Path(java).exists():
        return None
    said = subprocess.run([str(java), "-version"], capture_output=True, text=True, check=False).stderr
    found = re.search(r'version "(?:1\.)?(\d+)', said)
    return int(found[1]) if found else None


def _require_java() -> None:
    version = java_version()
    if version is None or version < JAVA:
        found = "没有找到 Java" if version is None else f"找到的是 Java {version}"
        raise GongkaiError(
            f"Spark 需要 Java {JAVA} 或更新（{found}）：Debian 上 apt-get install openjdk-17-jre-headless，或设 JAVA_HOME。"
        )


def _run(python: Path, arguments: Sequence[str], log: Path, write: Callable[[str], object]) -> str:
    """Run the build, hand its lines on and keep them; returns the load that it shows."""
    with log.open("w", encoding="utf-8") as kept:
        process = subprocess.Popen(
            [str(python), "-m", "publish.spark.build", *arguments],
            # the checkout and nothing else: Spark's environment has packages of its own
            env={**os.environ, "PYTHONPATH": str(PROJECT_ROOT), "PYTHONUTF8": "1"},
            cwd=log.parent,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
        )
        last = ""
        try:
            for line in process.stdout or ():
                kept.write(line)
                kept.flush()
                write(line.rstrip("\n"))
                last = line.strip() or last
            code = process.wait()
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait()
    if code:
        raise GongkaiError(f"Spark 上的构建失败（{last}），全部输出见 {log}")
    if not _LOAD_ID.fullmatch(last):
        raise GongkaiError(f"Spark 上的构建没有说出是哪次加载（{last}），全部输出见 {log}")
    return last
