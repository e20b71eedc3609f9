"""The whole test site of more than two thousand reports, pulled, pulled again, and pulled by a process that is killed."""

from __future__ import annotations

import json
import random
import resource
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from extract.document import READER_VERSION
from extract.landing import read_load, write_part
from extract.pull import PullResult, pull, stored_document
from extract.pull.web.archive import read_archived
from gongkai.settings import PROJECT_ROOT, Home
from tests.extract.pull.sites import connect, settings_of, source_of
from tests.pull_site import PullSite

QUICK = {"timeout_seconds": 0.6, "total_seconds": 0.8}
"""The faults that never answer need not be waited for as long as everything else."""


@pytest.fixture(scope="module")
def site() -> Iterator[PullSite]:
    with PullSite() as site:
        yield site


def settings(site: PullSite) -> list[dict[str, Any]]:
    every = [settings_of(site, name) for name in site.sections]
    for each in every:
        if each["name"] == "faults":
            each["politeness"] |= QUICK
    return every


def pull_all(site: PullSite, home: Home, load_id: str) -> dict[str, PullResult]:
    return {
        each["name"]: pull(
            source_of(site, each["name"], politeness=each["politeness"]), home, load_id, connect=connect
        )
        for each in settings(site)
    }


def landed(home: Home, load_id: str, dataset: str) -> list[dict[str, Any]]:
    return read_load(home.landing, dataset, load_id).to_pylist()


def assert_whole(site: PullSite, home: Home, load_id: str) -> None:
    """Every reachable report once, its bytes in the store, and nothing besides."""
    truth = site.truth
    rows = landed(home, load_id, "documents")
    assert Counter(row["address"] for row in rows) == Counter(truth.keys())
    assert {row["address"]: row["document_sha256"] for row in rows} == {a: t.sha256 for a, t in truth.items()}
    assert {row["address"]: row["source"] for row in rows} == {a: t.section for a, t in truth.items()}
    stored = [path for path in home.documents.rglob("*") if path.is_file()]
    assert {path.name for path in stored} == {row["document_sha256"] for row in rows}
    assert all(
        stored_document(home, row["document_sha256"]).stat().st_size == row["size_bytes"] for row in rows
    )


def assert_nothing_forbidden(site: PullSite) -> None:
    """Both servers' logs: nothing that robots.txt, the source or good sense forbids."""
    assert site.internal_log == [] and site.foreign_log == []
    for visit in site.log:
        request = visit.request
        assert not (request.host == "faults.test" and request.path.startswith("/private/"))
        assert not (request.host == "faults.test" and "print=" in request.path)
        assert request.host not in ("closed.test",) or request.path == "/robots.txt"


def test_the_site_is_pulled_whole_and_the_second_night_is_conditional(site: PullSite, tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    began, memory = time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    results = pull_all(site, home, "L1")
    seconds = time.process_time() - began
    assert len(site.truth) >= 2_000
    assert_whole(site, home, "L1")
    assert_nothing_forbidden(site)
    fetches = landed(home, "L1", "fetches")
    failed = {row["address"]: row for row in fetches if row["outcome"] in ("failed", "refused", "gone")}
    unhappy = {
        fault.address: (fault.outcome, fault.error_class)
        for fault in site.faults.values()
        if fault.outcome != "fetched"
    }
    login = {site.faults[name].address for name in ("login", "to_login", "empty")}
    assert failed.keys() == unhappy.keys() | login
    assert {a: (row["outcome"], row["error_class"]) for a, row in failed.items() if a in unhappy} == unhappy
    assert all(row["sentence"] for row in failed.values())
    assert all(result.findings == () for result in results.values())
    archived = next(row for row in fetches if row["document_sha256"] and row["address"].endswith(".html"))
    assert read_archived(home.archive, archived["archived"])
    # both the site and the pull ran in this process; on two idle cores the limit asked for is 150 a second
    assert len(site.truth) / seconds > 75
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory < 150_000, "kB more than before"

    read = [{"load_id": "L1", "document_sha256": truth.sha256} for truth in site.truth.values()]
    write_part(home.landing, "rejects", "L1", "batch", read)
    write_part(home.landing, "loads", "L1", "mark", [{"load_id": "L1", "reader_version": READER_VERSION}])
    site.clear_log()
    pull_all(site, home, "L2")
    assert landed(home, "L2", "documents") == []
    again = set(map(_path, failed))
    lists = sum(row["role"] == "list" for row in fetches)
    asked = [visit.request for visit in site.log if visit.request.path != "/robots.txt"]
    known = [request for request in asked if f"{request.host}{request.path}" not in again]
    known = [
        request for request in known if not request.path.startswith("/hop/") and request.path != "/login.html"
    ]
    assert all(request.conditional for request in known), "only what failed is asked for without condition"
    assert len(known) == lists
    assert_nothing_forbidden(site)


def _path(address: str) -> str:
    host, _, path = address.removeprefix("http://").partition("/")
    return f"{host.partition(':')[0]}/{path}"


def test_a_pull_that_is_killed_anywhere_loses_and_doubles_nothing(site: PullSite, tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    sections = [each for each in settings(site) if each["name"] != "faults"]
    task = tmp_path / "task.json"
    task.write_text(
        json.dumps({"home": str(home.root), "load_id": "L1", "sources": sections}), encoding="utf-8"
    )
    site.clear_log()
    seed = random.SystemRandom().randrange(10**6)
    chance = random.Random(seed)
    kills = 0
    while True:
        met = len(site.log)
        # killed after so many more requests: slow machines and fast ones die at the same places
        limit = met + chance.randint(5, 700) if kills < 6 else 10**9
        with (tmp_path / "log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.extract.pull.puller", str(task)],
                cwd=PROJECT_ROOT,
                stdout=subprocess.PIPE,
                stderr=log,
            )
        while process.poll() is None and len(site.log) < limit:
            time.sleep(0.001)
        if process.poll() is not None:
            break
        process.kill()
        process.wait()
        kills += 1
    said = process.stdout.read() if process.stdout else b""
    assert process.returncode == 0 and said == b"done\n", (tmp_path / "log").read_text(encoding="utf-8")
    assert kills >= 4, f"seed {seed}"
    truth = {address: t for address, t in site.truth.items() if t.section != "faults"}
    rows = landed(home, "L1", "documents")
    assert Counter(row["address"] for row in rows) == Counter(truth.keys()), f"seed {seed}"
    assert {row["address"]: row["document_sha256"] for row in rows} == {a: t.sha256 for a, t in truth.items()}
    new = [
        row["address"]
        for row in landed(home, "L1", "fetches")
        if row["outcome"] == "new" and row["role"] == "document"
    ]
    assert Counter(new) == Counter(truth.keys())
    for row in rows:
        assert stored_document(home, row["document_sha256"]).stat().st_size == row["size_bytes"]
    # what was had before a kill is not had again, but for what was under way
    times = Counter(
        f"{visit.request.host}{visit.request.path}"
        for visit in site.log
        if visit.request.path != "/robots.txt" and visit.status == 200
    )
    twice = sum(count - 1 for count in times.values())
    assert twice <= kills * 64, f"{twice} answers had twice, {kills} kills, seed {seed}"
