"""Steps of a load without Airflow: sources in batches, one that fails, stored documents chosen again."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from extract.landing import read_load
from extract.reread import choose
from gongkai import loads, pipeline
from gongkai.errors import GongkaiError, UsageError
from gongkai.settings import Home
from tests.dbt_project.landed import Report, land, publish_mark

LOAD = "20260301T020000-0001"
OTHER = "20260302T020000-0002"
HOLDER = loads.Holder.scheduler()


def folders(tmp_path: Path, *names: str) -> list[str]:
    for name in names:
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{name}.txt").write_text(name, "utf-8")
    return [str(tmp_path / name) for name in names]


def opened(home: Home, sources: Sequence[str]) -> list[list[str]]:
    return pipeline.open_load(home, LOAD, sources=sources, mode="incremental", holder=HOLDER)


def test_sources_are_pulled_in_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GONGKAI_SOURCES_A_TASK", "2")
    home = Home(tmp_path / "home")
    batches = opened(home, folders(tmp_path, "a", "b", "c"))
    assert [len(batch) for batch in batches] == [2, 1]
    for batch in batches:
        assert pipeline.pull(home, LOAD, batch) == {
            "sources": len(batch),
            "failed": 0,
            "documents": len(batch),
        }
    assert sorted(read_load(home.landing, "documents", LOAD).column("name").to_pylist()) == [
        "a.txt",
        "b.txt",
        "c.txt",
    ]
    assert set(read_load(home.landing, "expected_agencies", LOAD).column("origin").to_pylist()) == {"none"}


def test_a_source_that_fails_is_on_record_and_leaves_the_others_alone(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    good, gone = folders(tmp_path, "good", "gone")
    [batch] = opened(home, [good, gone])
    shutil.rmtree(gone)

    assert pipeline.pull(home, LOAD, batch) == {"sources": 2, "failed": 1, "documents": 1}

    assert pipeline.plan_batches(home, LOAD) == ["batch-00001"]
    record = loads.read_record(home, LOAD)
    assert record is not None
    assert [failure["task"] for failure in record["failures"]] == [f"pull[{gone}]"]


def test_a_load_whose_sources_all_fail_ends_there(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    [gone] = folders(tmp_path, "gone")
    [batch] = opened(home, [gone])
    shutil.rmtree(gone)
    pipeline.pull(home, LOAD, batch)
    with pytest.raises(GongkaiError, match="所有来源"):
        pipeline.plan_batches(home, LOAD)


@pytest.mark.parametrize("years", ["", "23", "2025-2019", "1999", "2019-", "2019/2020"])
def test_years_that_mean_nothing_are_refused(years: str) -> None:
    with pytest.raises(UsageError, match="写法不对"):
        pipeline.parse_years(years)


def test_years_are_one_or_a_range() -> None:
    assert pipeline.parse_years("2023") == (2023, 2023)
    assert pipeline.parse_years(" 2019-2025 ") == (2019, 2025)


def stored(home: Home, *reports: Report) -> None:
    """Bytes for the documents of landed reports."""
    for report in reports:
        path = home.documents / report.sha256[:2] / report.sha256
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")


def chosen(home: Home) -> list[str]:
    return sorted(read_load(home.landing, "documents", OTHER).column("name").to_pylist())


def test_documents_of_an_older_reader_are_chosen_in_bounded_numbers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("extract.reread.READER_VERSION", "newer")
    home = Home(tmp_path)
    reports = [Report(f"document {number}", "石桥镇", 2020 + number) for number in range(5)]
    land(home, LOAD, reports)
    publish_mark(home, LOAD)
    stored(home, *reports[:4])

    assert choose(home, OTHER, limit=3) == {"chosen": 3, "remaining": 1}  # one is no longer stored
    first = chosen(home)
    assert choose(home, OTHER, limit=3) == {"chosen": 3, "remaining": 1}
    assert chosen(home) == first
    assert choose(home, OTHER, limit=9) == {"chosen": 4, "remaining": 0}
    rows = read_load(home.landing, "documents", OTHER).to_pylist()
    assert all(row["is_new"] and row["load_id"] == OTHER and row["source"] == "folder" for row in rows)


def test_documents_are_chosen_by_name(tmp_path: Path) -> None:
    home = Home(tmp_path)
    one, two = Report("one", "石桥镇", 2021), Report("two", "石桥镇", 2022)
    land(home, LOAD, [one, two])
    publish_mark(home, LOAD)
    stored(home, one, two)
    assert choose(home, OTHER, limit=9, documents=[two.sha256[:8]]) == {"chosen": 1, "remaining": 0}
    assert chosen(home) == ["two"]
    with pytest.raises(UsageError, match="00000000"):
        choose(home, OTHER, limit=9, documents=["00000000"])


def test_a_load_that_was_not_published_has_read_nothing(tmp_path: Path) -> None:
    home = Home(tmp_path)
    report = Report("one", "石桥镇", 2021)
    land(home, LOAD, [report])
    stored(home, report)
    assert choose(home, OTHER, limit=9) == {"chosen": 0, "remaining": 0}
