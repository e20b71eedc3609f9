"""The command line, from outside."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from gongkai import loads
from gongkai.cli import main
from gongkai.settings import Home

LOAD = "20261122T020000-aaaa"


def test_help_names_every_command_and_imports_nothing_heavy() -> None:
    code = (
        "import sys\nfrom gongkai.cli import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        "heavy = {'airflow', 'dbt', 'duckdb', 'extract', 'pandas', 'pyarrow'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    for command in ("docs", "extract", "run", "status", "up"):
        assert f"\n  {command} " in done.stdout


def test_unknown_source_is_wrong_usage(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["run", "--source", "no-such-source", "--home", str(tmp_path)])
    assert result.exit_code == 2
    assert "no-such-source" in result.output
    assert not list(tmp_path.iterdir())


def test_run_is_refused_at_once_while_another_load_is_at_work(tmp_path: Path) -> None:
    home = Home(tmp_path)
    loads.open_load(home, sources=["samples"], mode="full", holder=loads.Holder.scheduler(), load_id=LOAD)
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", "from gongkai.cli import main; main()", "run", "--home", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 1
    assert LOAD in done.stderr
    assert time.monotonic() - began < 5
    assert not home.airflow.exists()


def test_status_of_an_empty_home(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["status", "--home", str(tmp_path)])
    assert result.exit_code == 0
    assert "还没有已发布的数据仓库" in result.output


@pytest.mark.parametrize(("live", "shown"), [(True, "进行中"), (False, "中断")])
def test_status_tells_a_load_at_work_from_one_that_was_killed(tmp_path: Path, live: bool, shown: str) -> None:
    home = Home(tmp_path)
    holder = loads.Holder.foreground()
    if not live:
        holder = loads.Holder(holder.by, holder.host, holder.boot, 2**22 + 1, "1")
    loads.open_load(home, sources=["samples"], mode="full", holder=holder, load_id=LOAD)
    result = CliRunner().invoke(main, ["status", "--home", str(tmp_path)])
    assert f"{LOAD}  {shown}" in result.output


def test_status_says_why_a_load_failed(tmp_path: Path) -> None:
    home = Home(tmp_path)
    loads.open_load(home, sources=["samples"], mode="full", holder=loads.Holder.scheduler(), load_id=LOAD)
    loads.record_failure(home, LOAD, "pull[0]", "来源 samples 打不开。")
    loads.close_load(home, LOAD)
    result = CliRunner().invoke(main, ["status", "--home", str(tmp_path)])
    assert "pull[0]：来源 samples 打不开。" in result.output
