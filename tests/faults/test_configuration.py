"""Faults in configuration files: whoever reads the file refuses it and says what is wrong."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

from gongkai.settings import PROJECT_ROOT
from tests.faults.planting import faults

FOLDERS = (
    "alerts",
    "dashboards",
    "dbt_project",
    "expectations",
    "extract",
    "gongkai",
    "publish",
    "sources",
    "tests/faults",
)


@pytest.mark.soak
def test_a_fault_in_a_configuration_file_is_refused_with_its_name(tmp_path: Path) -> None:
    project = tmp_path / "project"
    for folder in FOLDERS:
        shutil.copytree(PROJECT_ROOT / folder, project / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("tests/__init__.py", "pyproject.toml"):
        shutil.copyfile(PROJECT_ROOT / name, project / name)
    planted = [fault for fault in faults() if fault.gate == "read"]
    (tmp_path / "faults.json").write_text(json.dumps([asdict(fault) for fault in planted]), "utf-8")

    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.read_files", str(tmp_path / "faults.json")],
        cwd=project,
        env=os.environ | {"PYTHONPATH": str(project)},
        capture_output=True,
        text=True,
        check=True,
    )

    answers = json.loads(done.stdout.splitlines()[-1])
    unseen = {
        fault.fault: answers[fault.fault]
        for fault in planted
        if fault.caught not in (answers[fault.fault] or "\0")
    }
    assert not unseen
