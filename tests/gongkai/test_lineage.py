"""Where lineage goes is one setting, off by default; each task of a load has its datasets."""

from __future__ import annotations

import configparser
import json
from pathlib import Path

import pytest

from gongkai import airflow_home, lineage
from gongkai.errors import UsageError
from gongkai.settings import Home


def test_nothing_is_sent_unless_asked_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv(lineage.SETTING, raising=False)
    assert lineage.settings() == {"disabled": "True"}
    monkeypatch.setenv(lineage.SETTING, "  ")
    prepared = airflow_home.prepare_foreground(Home(tmp_path))
    config = configparser.ConfigParser(interpolation=None)
    config.read(prepared.config, "utf-8")
    assert config["openlineage"]["disabled"] == "True" and "transport" not in config["openlineage"]


@pytest.mark.parametrize(
    ("wanted", "transport"),
    [
        ("console", {"type": "console"}),
        (
            "file:/var/log/it's.jsonl",
            {"type": "file", "log_file_path": "/var/log/it's.jsonl", "append": True},
        ),
        ("http://127.0.0.1:5000", {"type": "http", "url": "http://127.0.0.1:5000"}),
        ('{"type": "http", "url": "https://x.test", "auth": {"type": "api_key", "apiKey": "k"}}', None),
    ],
)
def test_one_setting_says_where_events_go(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, wanted: str, transport: dict[str, object] | None
) -> None:
    monkeypatch.setenv(lineage.SETTING, wanted)
    prepared = airflow_home.prepare_foreground(Home(tmp_path))
    config = configparser.ConfigParser(interpolation=None)
    config.read(prepared.config, "utf-8")
    section = config["openlineage"]
    assert json.loads(section["transport"]) == (transport or json.loads(wanted))
    assert section["disabled"] == "False" and section["extractors"] == lineage.EXTRACTOR


@pytest.mark.parametrize("wanted", ["file:relative.jsonl", "ftp://x", "on", "{", "{}", "[1]"])
def test_a_setting_that_means_nothing_is_refused(monkeypatch: pytest.MonkeyPatch, wanted: str) -> None:
    monkeypatch.setenv(lineage.SETTING, wanted)
    with pytest.raises(UsageError, match=lineage.SETTING):
        lineage.settings()


def test_a_task_that_is_not_of_a_load_has_no_datasets(tmp_path: Path) -> None:
    assert lineage.task_datasets(Home(tmp_path), "close_load", "L1", ()) == ([], [])


def test_every_task_with_data_has_datasets_with_the_loads_version(tmp_path: Path) -> None:
    for task in ("pull", "extract_batch", "gate_landing", "build", "publish", "report_load"):
        inputs, outputs = lineage.task_datasets(Home(tmp_path), task, "L1", ["town"])
        assert inputs and outputs, task
        assert {dataset.facets["version"].datasetVersion for dataset in outputs} == {"L1"}
    _, outputs = lineage.task_datasets(Home(tmp_path), "build", None, ())
    assert all(not dataset.facets for dataset in outputs), "its load is not known yet"
