"""Pulling a folder and extracting it in batches, without Airflow."""

import pytest

from extract import batch as batches
from extract.landing import read_load, write_part
from extract.pull import SourceError, enabled_sources, load_source, pull, stored_document
from gongkai.settings import PROJECT_ROOT, Home

SAMPLES = PROJECT_ROOT / "samples"


def land(home: Home, load: str, folder, mode: str = "incremental") -> list[str]:
    pull(load_source(str(folder)), home, load)
    planned = batches.plan(home, load, mode)
    for name in planned:
        batches.extract_batch(home, load, name)
    return planned


def test_a_folder_lands_whole(tmp_path):
    home = Home(tmp_path / "home")
    assert land(home, "L1", SAMPLES) == ["batch-00001"]
    documents = read_load(home.landing, "documents", "L1").to_pylist()
    reports = read_load(home.landing, "reports", "L1").to_pylist()
    rejects = read_load(home.landing, "rejects", "L1").to_pylist()
    assert len(documents) == len(reports) + len(rejects) == 16
    assert [r["document_path"] for r in rejects] == ["meeting-notice.html"]
    for document in documents:
        assert stored_document(home, document["document_sha256"]).stat().st_size == document["size_bytes"]
    cells = read_load(home.landing, "cells", "L1")
    assert cells.num_rows == sum(r["cells_expected"] for r in reports)
    held = [r for r in reports if r["agency"] is None]
    assert [r["document_path"] for r in held] == ["unnamed-bureau.txt"]


def test_a_batch_extracted_twice_is_the_same(tmp_path):
    home = Home(tmp_path / "home")
    (name,) = land(home, "L1", SAMPLES)
    before = read_load(home.landing, "cells", "L1")
    batches.extract_batch(home, "L1", name)
    assert read_load(home.landing, "cells", "L1").equals(before)


def test_known_documents_are_left_out_until_a_full_load(tmp_path):
    home = Home(tmp_path / "home")
    land(home, "L1", SAMPLES)
    assert land(home, "L2", SAMPLES), "a load that was not published does not count"
    write_part(
        home.landing, "loads", "L1", "mark", [{"load_id": "L1", "reader_version": batches.READER_VERSION}]
    )
    assert land(home, "L3", SAMPLES) == []
    assert not any(row["is_new"] for row in read_load(home.landing, "documents", "L3").to_pylist())
    assert land(home, "L4", SAMPLES, "full") == ["batch-00001"]


def test_the_same_document_twice_is_read_once(tmp_path):
    home = Home(tmp_path / "home")
    folder = tmp_path / "in"
    folder.mkdir()
    for name in ("a.txt", "b.txt"):
        (folder / name).write_bytes((SAMPLES / "qinglan-education-2021.txt").read_bytes())
    land(home, "L1", folder)
    assert read_load(home.landing, "documents", "L1").num_rows == 2
    assert read_load(home.landing, "reports", "L1").num_rows == 1


def test_sources_by_name_and_path(tmp_path):
    assert "samples" in enabled_sources()
    assert load_source("samples").folder == SAMPLES
    unnamed = load_source(str(tmp_path))
    assert (unnamed.folder, unnamed.place) == (tmp_path, None)
    with pytest.raises(SourceError, match="nowhere"):
        load_source("nowhere")


def test_a_source_with_an_unknown_key_is_refused_by_name(tmp_path, monkeypatch):
    (tmp_path / "bad.yaml").write_text("kind: directory\npath: x\ncolour: red\n", encoding="utf-8")
    monkeypatch.setattr("extract.pull.source.SOURCES", tmp_path)
    with pytest.raises(SourceError, match=r"bad\.yaml(.|\n)*colour"):
        load_source("bad")
