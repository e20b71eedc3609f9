"""Homes in which something waits for a person: the bundled samples, loaded once for all tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from gongkai.settings import Home
from tests.end_to_end.conftest import Run, copied, samples_run

__all__ = ["samples_run"]


@pytest.fixture
def home(samples_run: Run, tmp_path: Path) -> Home:
    """A copy of the home with the samples that reads like it and may be changed: what is large is the same files."""
    home = Home(tmp_path / "home")
    home.root.mkdir()
    for name in ("documents", "landing", "warehouse.duckdb"):
        (home.root / name).symlink_to(samples_run.home.root / name)
    return home


@pytest.fixture
def own_home(samples_run: Run, tmp_path: Path) -> Home:
    """A real copy, in which loads can be run."""
    return copied(samples_run.home, tmp_path / "home")
