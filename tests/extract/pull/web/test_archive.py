"""The archive: everything that went over the wire, readable by the format's own tools whatever happened."""

from __future__ import annotations

import errno
import gzip
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from warcio.archiveiterator import ArchiveIterator
from warcio.checker import Checker

from extract.pull.web import Validators, WarcArchive, WebClient, read_archived
from tests.pull_site import PullSite


def _records(path: Path) -> list[tuple[Any, bytes]]:
    with path.open("rb") as stream:
        return [
            (record, record.content_stream().read())
            for record in ArchiveIterator(stream, check_digests="raise")
        ]


@pytest.fixture
def archived(tmp_path: Path, site: PullSite, client: Callable[..., WebClient]) -> list[tuple[Any, bytes]]:
    with WarcArchive(tmp_path, "L1", "源 a/b") as archive:
        asker = client(archive=archive)
        for name in ("gbk", "moved", "packed", "chunks", "missing", "cut", "download", "silent"):
            asker.get(site.faults[name].address)
        asker.get(site.sections["numbered"].documents[0], validators=_current(site, client))
    (path,) = (tmp_path / "L1").iterdir()
    assert path.name == "源_a_b-00001.warc.gz"
    return _records(path)


def _current(site: PullSite, client: Callable[..., WebClient]) -> Validators:
    answer = client().get(site.sections["numbered"].documents[0]).answer
    assert answer is not None
    return answer.validators


def _of(records: list[tuple[Any, bytes]], kind: str, end: str) -> tuple[Any, bytes]:
    return next(
        (r, c)
        for r, c in records
        if r.rec_type == kind and r.rec_headers.get_header("WARC-Target-URI").endswith(end)
    )


def test_requests_and_responses_with_their_headers(archived: list[tuple[Any, bytes]], site: PullSite) -> None:
    assert archived[0][0].rec_type == "warcinfo"
    assert b"test@example.invalid" not in archived[0][1], "the archive has an operator of its own"
    response, content = _of(archived, "response", "/nb/gbk.html")
    report = site.faults["gbk"].report
    assert report is not None
    assert content == report.content
    assert response.http_headers.get_statuscode() == "200"
    assert response.http_headers.get_header("Content-Type") == "text/html"
    assert response.http_headers.get_header("Date")
    assert response.rec_headers.get_header("WARC-IP-Address") == "127.0.0.10"
    request, _ = _of(archived, "request", "/nb/gbk.html")
    assert request.http_headers.get_header("User-Agent").startswith("gongkai/")
    assert request.http_headers.get_header("Host") == f"faults.test:{site.port}"
    assert request.rec_headers.get_header("WARC-Concurrent-To") == response.rec_headers.get_header(
        "WARC-Record-ID"
    )


def test_what_is_proof_of_something_else(archived: list[tuple[Any, bytes]], site: PullSite) -> None:
    """Redirects, 404s, robots.txt, unchanged pages, bodies that were cut off, requests without an answer."""
    assert _of(archived, "response", "/nb/moved.html")[0].http_headers.get_statuscode() == "301"
    assert _of(archived, "response", "/nb/missing.html")[0].http_headers.get_statuscode() == "404"
    assert b"Disallow" in _of(archived, "response", "/robots.txt")[1]
    cut, _ = _of(archived, "response", "/nb/cut.html")
    assert cut.rec_headers.get_header("WARC-Truncated") == "disconnect"
    assert b"outcome: truncated" in _of(archived, "metadata", "/nb/cut.html")[1]
    assert b"outcome: unreachable" in _of(archived, "metadata", "/nb/silent.html")[1]
    for name in ("packed", "chunks"):
        report = site.faults[name].report
        assert report is not None
        assert _of(archived, "response", f"/nb/{name}.html")[1] == report.content
    (revisit,) = [record for record, _ in archived if record.rec_type == "revisit"]
    assert revisit.http_headers.get_statuscode() == "304"
    assert revisit.rec_headers.get_header("WARC-Profile").endswith("/server-not-modified")


def test_headers_are_kept_byte_by_byte(
    tmp_path: Path, site: PullSite, client: Callable[..., WebClient]
) -> None:
    with WarcArchive(tmp_path, "L1", "s") as archive:
        client(archive=archive).get(site.faults["download"].address)
    raw = gzip.decompress((tmp_path / "L1" / "s-00001.warc.gz").read_bytes())
    assert "filename=年度报告.html".encode("gbk") in raw


def test_an_answer_names_its_record(tmp_path: Path, site: PullSite, client: Callable[..., WebClient]) -> None:
    with WarcArchive(tmp_path, "L1", "s", max_file_bytes=20_000) as archive:
        asker = client(archive=archive)
        answers = [asker.get(address).answer for address in site.sections["next"].documents[:8]]
    assert len(list((tmp_path / "L1").iterdir())) > 1, "a full file is followed by the next"
    for answer in answers:
        assert answer is not None
        assert answer.archived is not None
        assert read_archived(tmp_path, answer.archived) == answer.content
    for path in (tmp_path / "L1").iterdir():
        checker = Checker(_Arguments([str(path)]))
        checker.process_all()
        assert checker.exit_value == 0


class _Arguments:
    def __init__(self, inputs: list[str]) -> None:
        self.inputs = inputs
        self.verbose = False


def test_a_new_run_never_writes_into_an_old_file(
    tmp_path: Path, site: PullSite, client: Callable[..., WebClient]
) -> None:
    sizes: list[int] = []
    for _ in range(2):
        with WarcArchive(tmp_path, "L1", "s") as archive:
            client(archive=archive).get(site.faults["gbk"].address)
        sizes.append((tmp_path / "L1" / "s-00001.warc.gz").stat().st_size)
    assert sizes[0] == sizes[1]
    assert sorted(p.name for p in (tmp_path / "L1").iterdir()) == ["s-00001.warc.gz", "s-00002.warc.gz"]


def test_a_torn_end_costs_nothing_before_it(
    tmp_path: Path, site: PullSite, client: Callable[..., WebClient]
) -> None:
    with WarcArchive(tmp_path, "L1", "s") as archive:
        asker = client(archive=archive)
        answers = [asker.get(address).answer for address in site.sections["next"].documents[:3]]
    path = tmp_path / "L1" / "s-00001.warc.gz"
    whole = path.read_bytes()
    last = answers[-1]
    assert last is not None
    assert last.archived is not None
    start = int(last.archived.partition("#")[2])
    before = sum(1 for record, _ in _records(path) if record.rec_type == "response") - 1
    for end in (start + 1, start + 40, (start + len(whole)) // 2, start + 1500):
        path.write_bytes(whole[:end])
        assert _readable(path) >= before
        for answer in answers[:-1]:
            assert answer is not None
            assert answer.archived is not None
            assert read_archived(tmp_path, answer.archived) == answer.content


def _readable(path: Path) -> int:
    """Responses that warcio reads before it meets the torn end."""
    found = 0
    with path.open("rb") as stream:
        try:
            for record in ArchiveIterator(stream):
                record.content_stream().read()
                found += record.rec_type == "response"
        except (OSError, EOFError, ValueError):
            return found
    return found


def test_a_full_disk_stops_the_pull_and_hides_nothing(
    tmp_path: Path, site: PullSite, client: Callable[..., WebClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    documents = site.sections["next"].documents
    real = os.write

    def full(file: int, data: memoryview) -> int:
        if len(data) > 1_000:
            return real(file, data[:700])
        raise OSError(errno.ENOSPC, "no space left")

    with WarcArchive(tmp_path, "L1", "s") as archive:
        asker = client(archive=archive)
        assert asker.get(documents[0]).answer is not None
        with monkeypatch.context() as patch:
            patch.setattr(os, "write", full)
            with pytest.raises(OSError, match="no space"):
                asker.get(documents[1])
        answer = asker.get(documents[2]).answer
    assert answer is not None
    assert answer.archived is not None
    assert read_archived(tmp_path, answer.archived) == answer.content
    kinds = [record.rec_type for record, _ in _records(tmp_path / "L1" / "s-00001.warc.gz")]
    assert kinds == ["warcinfo", *["response", "request"] * 3], "robots.txt and two documents"


_PULL = """
import sys
from pathlib import Path
from extract.pull.web import Politeness, WarcArchive, WebClient
from tests.pull_site import SITE_NETWORK, resolve
root, addresses = Path(sys.argv[1]), sys.argv[2:]
with WarcArchive(root, "L1", "s") as archive, WebClient(
    Politeness(delay_seconds=0, allowed_private=(SITE_NETWORK,)), None, archive,
    own_hosts=("*.test",), resolver=resolve,
) as client:
    while True:
        for address in addresses:
            print(client.get(address).answer.archived, flush=True)
"""


def test_a_killed_pull_leaves_whole_records(tmp_path: Path, site: PullSite) -> None:
    addresses = site.sections["next"].documents[:5]
    command = [sys.executable, "-c", textwrap.dedent(_PULL), str(tmp_path), *addresses]
    root = Path(__file__).resolve().parents[4]
    told: list[str] = []
    for seconds in (0.05, 0.11, 0.2):
        process = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=root, text=True)
        assert process.stdout is not None
        told.append(process.stdout.readline().strip())
        time.sleep(seconds)
        os.kill(process.pid, signal.SIGKILL)
        told += [line.strip() for line in process.stdout if line.endswith("\n")]
        process.wait()
        process.stdout.close()
    assert len(list((tmp_path / "L1").iterdir())) == 3
    assert len(told) > 3
    for reference in told:
        assert b"</html>" in read_archived(tmp_path, reference)
    for path in (tmp_path / "L1").iterdir():
        assert _readable(path) >= sum(reference.startswith(f"L1/{path.name}#") for reference in told)
