from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from expectations import gates
from expectations.judge import Judge
from gongkai.settings import Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


@pytest.fixture(autouse=True)
def one_judge(monkeypatch: pytest.MonkeyPatch) -> None:
    """Great Expectations is set up once for all gates of a test run: that takes longer than most of them."""
    monkeypatch.setattr(gates, "Judge", _judge)


@cache
def _judge() -> Judge:
    return Judge()
