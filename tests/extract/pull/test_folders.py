"""Folders on this machine and in object stores."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fsspec
import pytest

from extract.landing import read_load
from extract.pull import PullResult, Source, pull
from extract.pull.directory import DirectorySource, Met, files
from gongkai.settings import PROJECT_ROOT, Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "reports"
    for name, text in (("a.txt", "甲"), ("b/c.pdf", "乙"), ("b/d.html", "丙")):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    for name in ("notes.xyz", "README.md", ".hidden.txt", ".git/x.txt", "~$a.docx"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("no document", encoding="utf-8")
    old = time.time() - 100
    for path in folder.rglob("*"):
        os.utime(path, (old, old))
    return folder


@pytest.fixture
def bucket() -> Iterator[Any]:
    store = fsspec.filesystem("memory")
    store.pipe({"/reports/a.txt": b"a", "/reports/b/c.pdf": b"c", "/reports/README.md": b"no"})
    yield store
    store.rm("/reports", recursive=True)


def source(path: object) -> Source:
    return DirectorySource(name="office", kind="directory", path=str(path))


def rows(home: Home, load_id: str, dataset: str = "documents") -> list[dict[str, Any]]:
    return read_load(home.landing, dataset, load_id).to_pylist()


def outcomes(home: Home, load_id: str) -> dict[str, str]:
    return {row["address"].rpartition("/")[2]: row["outcome"] for row in rows(home, load_id, "fetches")}


def night(home: Home, path: object, load_id: str) -> PullResult:
    return pull(source(path), home, load_id)


def test_a_folder_lands_with_the_addresses_of_its_files(home: Home, folder: Path) -> None:
    result = night(home, folder, "L1")
    landed = {row["name"]: row for row in rows(home, "L1")}
    assert landed.keys() == {"a.txt", "b/c.pdf", "b/d.html"}
    assert landed["b/c.pdf"]["address"] == (folder / "b/c.pdf").as_uri()
    assert landed["a.txt"]["retrieved_at"].timestamp() == pytest.approx((folder / "a.txt").stat().st_mtime)
    assert (result.documents, result.listed, result.findings) == (3, 3, ())
    by_address = night(home, folder.as_uri(), "L2")
    assert by_address.documents == 3
    single = pull(source(folder / "a.txt"), Home(home.root / "single"), "L1")
    assert single.listed == 1


def test_every_night_offers_all_files_and_reads_those_that_may_have_changed(
    home: Home, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # times of change can't be set back: let them count as settled
    monkeypatch.setattr("extract.pull.directory._SETTLED_SECONDS", -1e9)
    assert night(home, folder, "L1").requests == 3
    second = night(home, folder, "L2")
    assert (second.requests, second.documents) == (0, 3)
    assert outcomes(home, "L2") == {"a.txt": "new", "c.pdf": "new", "d.html": "new"}, "L1 was not published"
    (folder / "a.txt").write_text("甲乙", encoding="utf-8")
    third = night(home, folder, "L3")
    assert third.requests == 1 and third.outcomes == {"changed": 1}
    assert len(rows(home, "L3")) == 4, "neither version has been published"


def test_a_file_changed_within_its_time_stamp_is_noticed(home: Home, folder: Path) -> None:
    """As git's index does: a fresh file is not trusted by its times."""
    path = folder / "a.txt"
    path.write_text("1", encoding="utf-8")
    seen = path.stat()
    night(home, folder, "L1")
    path.write_text("2", encoding="utf-8")
    os.utime(path, ns=(seen.st_atime_ns, seen.st_mtime_ns))
    assert night(home, folder, "L2").outcomes["changed"] == 1


def test_one_unreadable_file_costs_only_itself(
    home: Home, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = Path.read_bytes

    def torn(path: Path) -> bytes:
        if path.name == "c.pdf":
            raise OSError(5, "Input/output error", str(path))
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", torn)
    (folder / "dangling.txt").symlink_to(folder / "nowhere")
    result = night(home, folder, "L1")
    assert {row["name"] for row in rows(home, "L1")} == {"a.txt", "b/d.html"}
    failed = {
        row["address"].rpartition("/")[2]: row
        for row in rows(home, "L1", "fetches")
        if row["outcome"] == "failed"
    }
    assert failed.keys() == {"c.pdf", "dangling.txt"}
    assert (
        "Input/output error" in failed["c.pdf"]["sentence"]
        and failed["c.pdf"]["error_class"] == "file_unreadable"
    )
    assert result.findings == ()
    monkeypatch.undo()
    assert night(home, folder, "L2").outcomes["new"] >= 1


def test_gone_and_moved_files_are_on_record(home: Home, folder: Path) -> None:
    night(home, folder, "L1")
    (folder / "a.txt").rename(folder / "b" / "renamed.txt")
    (folder / "b" / "d.html").unlink()
    night(home, folder, "L2")
    gone = {
        row["address"].rpartition("/")[2]: row["moved_to"]
        for row in rows(home, "L2", "fetches")
        if row["outcome"] == "gone"
    }
    assert gone == {"a.txt": (folder / "b" / "renamed.txt").as_uri(), "d.html": None}
    assert night(home, folder, "L3").outcomes == {}


def test_a_folder_that_is_not_there_is_a_finding(home: Home, tmp_path: Path) -> None:
    result = night(home, tmp_path / "nowhere", "L1")
    assert [finding.rule for finding in result.findings] == ["source_failed"]
    assert "nowhere" in rows(home, "L1", "source_findings")[0]["message"]
    for path in ("s3://", "nonsense://x/y"):
        assert [finding.rule for finding in night(home, path, "L2").findings] == ["source_failed"]


def test_a_folder_that_lost_half_of_its_files_is_a_finding(home: Home, folder: Path) -> None:
    for number in range(5):
        (folder / f"{number}.txt").write_text(str(number), encoding="utf-8")
    night(home, folder, "L1")
    for number in range(4):
        (folder / f"{number}.txt").unlink()
    [finding] = night(home, folder, "L2").findings
    assert (finding.rule, finding.expected, finding.found) == ("source_dropped", 8, 4)


def test_an_object_store_is_a_folder_like_any_other(home: Home, bucket: Any) -> None:
    result = night(home, "memory://reports", "L1")
    assert {row["address"]: row["name"] for row in rows(home, "L1")} == {
        "memory:///reports/a.txt": "a.txt",
        "memory:///reports/b/c.pdf": "b/c.pdf",
    }
    assert (result.documents, result.findings) == (2, ())
    bucket.pipe("/reports/a.txt", b"other")
    bucket.rm("/reports/b/c.pdf")
    assert night(home, "memory://reports", "L2").outcomes == {"changed": 1, "gone": 1}
    assert [finding.rule for finding in night(home, "memory://elsewhere", "L3").findings] == ["source_failed"]


def test_objects_with_a_tag_are_read_only_when_it_changes(
    home: Home, bucket: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def tagged() -> list[Met]:
        return [
            Met(file.address, file.name, file.moment, "tag", file.read)
            for file in files(source("memory://reports"))  # type: ignore[arg-type]
            if isinstance(file, Met)
        ]

    listed = tagged()
    monkeypatch.setattr("extract.pull.folder.files", lambda _: listed)
    assert night(home, "memory://reports", "L1").requests == 2
    assert night(home, "memory://reports", "L2").requests == 0


def test_one_object_that_can_t_be_had_costs_only_itself(
    home: Home, bucket: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    cat = type(bucket).cat_file

    def denied(self: Any, path: str, **more: Any) -> Any:
        if path.endswith("a.txt"):
            raise PermissionError("AccessDenied")
        return cat(self, path, **more)

    monkeypatch.setattr(type(bucket), "cat_file", denied)
    result = night(home, "memory://reports", "L1")
    assert result.outcomes == {"failed": 1, "new": 1} and result.findings == ()


def test_the_samples_are_pulled_as_ever(home: Home) -> None:
    result = pull(source(PROJECT_ROOT / "samples"), home, "L1")
    assert (result.documents, result.outcomes) == (16, {"new": 16})
