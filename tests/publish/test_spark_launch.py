"""`gongkai build --target spark` where something it needs is missing."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from gongkai.cli import main


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (None, "没有找到 Java"),
        ('openjdk version "11.0.20" 2023-07-18', "找到的是 Java 11"),
        ('java version "1.8.0_391"', "找到的是 Java 8"),
    ],
)
def test_without_a_java_that_will_do_the_command_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str | None, told: str
) -> None:
    if said:
        java = tmp_path / "bin" / "java"
        java.parent.mkdir()
        java.write_text(f"#!/bin/sh\necho '{said}' >&2\n", encoding="utf-8")
        java.chmod(0o755)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))

    done = CliRunner().invoke(main, ["build", "--target", "spark", "--home", str(tmp_path / "home")])

    assert done.exit_code == 1
    assert told in done.output
    assert "openjdk-17-jre-headless" in done.output
    assert not (tmp_path / "home").exists()
