"""`gongkai extract` over folders: order, what can't be opened, a file of output that a second run continues."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from extract.command import extract_command

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "samples"


def run(*arguments: object):
    return CliRunner().invoke(extract_command, [str(a) for a in arguments])


def paths_in(text: str) -> list[str]:
    return [Path(json.loads(line)["document"]["path"]).name for line in text.splitlines()]


@pytest.fixture
def folder(tmp_path):
    """Twelve reports and what can't be read between them."""
    folder = tmp_path / "reports"
    (folder / "b").mkdir(parents=True)
    for n in range(12):
        shutil.copy(SAMPLES / "qinglan-education-2021.txt", folder / ("b" if n % 2 else ".") / f"{n:02d}.txt")
    (folder / "05-broken-link.pdf").symlink_to(folder / "nowhere.pdf")
    (folder / "06-folder.pdf").mkdir()
    (folder / "07-circle.html").symlink_to(folder / "07-circle.html")
    (folder / "08-\x1b[31mred\n.txt").write_text("x")
    os.mkfifo(folder / "09-pipe.txt")
    (folder / "no-document.exe").write_text("x")
    return folder


UNREADABLE = {"05-broken-link.pdf", "06-folder.pdf", "07-circle.html", "09-pipe.txt"}


def test_what_cant_be_opened_is_an_error_of_its_own(folder):
    result = run(folder, "--format", "jsonl", "--jobs", 2)
    assert result.exit_code == 1
    found = [json.loads(line) for line in result.stdout.splitlines()]
    classes = {Path(f["document"]["path"]).name: (f["error"] or {}).get("class") for f in found}
    assert {name for name, error in classes.items() if error == "unreadable"} == UNREADABLE
    assert sum(error is None for error in classes.values()) == 12
    paths = [Path(f["document"]["path"]).relative_to(folder).as_posix() for f in found]
    assert paths == sorted(paths) and len(paths) == 17
    assert "\x1b" not in result.stderr


def test_any_number_of_jobs_gives_the_same_output(folder):
    one, three = (run(folder, "--format", "jsonl", "--jobs", jobs).stdout for jobs in (1, 3))
    assert one == three


def test_a_file_is_continued_where_it_was_cut(folder, tmp_path):
    output = tmp_path / "out.jsonl"
    assert run(folder, "--output", output).exit_code == 1
    whole = output.read_bytes()
    assert len(whole.splitlines()) == 17
    for cut in (0, 10, len(whole) // 3, len(whole) // 2, len(whole) - 5, len(whole)):
        output.write_bytes(whole[:cut])
        assert run(folder, "--output", output).exit_code == 1
        assert output.read_bytes() == whole, cut


def test_what_has_changed_since_is_read_again(folder, tmp_path):
    output = tmp_path / "out.jsonl"
    run(folder, "--output", output)
    before = output.read_text().splitlines()
    shutil.copy(SAMPLES / "shuanghe-town-2022.txt", folder / "10.txt")
    shutil.copy(SAMPLES / "shuanghe-town-2022.txt", folder / "b" / "zz.txt")
    result = run(folder, "--output", output)
    assert "继续" in result.stderr
    after = output.read_text().splitlines()
    assert len(after) == len(before) + 1 and paths_in("\n".join(after))[-1] == "zz.txt"
    fresh = tmp_path / "fresh.jsonl"
    run(folder, "--output", fresh)
    assert fresh.read_text().splitlines() == after


def test_a_file_that_is_something_else_is_left_alone(folder, tmp_path):
    other = tmp_path / "letters.txt"
    other.write_text("亲爱的\n")
    assert run(folder, "--output", other).exit_code == 2 and other.read_text() == "亲爱的\n"
    output = tmp_path / "out.jsonl"
    run(folder / "00.txt", "--output", output)
    before = output.read_bytes()
    result = run(folder / "b", "--output", output)
    assert result.exit_code == 2 and "另一批" in result.stderr and output.read_bytes() == before
    assert run(folder, "--output", output, "--format", "csv").exit_code == 2


def test_a_killed_run_is_continued(folder, tmp_path):
    for n in range(60):
        shutil.copy(SAMPLES / "yunhai-government-2023.pdf", folder / f"p{n:02d}.pdf")
    output = tmp_path / "out.jsonl"
    code = "from extract.command import extract_command; extract_command()"
    command = [sys.executable, "-c", code, str(folder), "--output", str(output)]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + 60
        while not output.exists() or output.stat().st_size < 200_000:
            assert time.monotonic() < deadline and process.poll() is None
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
    kept = len(output.read_bytes().splitlines())
    assert 0 < kept < 77
    assert run(folder, "--output", output).exit_code == 1
    assert len(output.read_text().splitlines()) == 77
    fresh = run(folder, "--format", "jsonl")
    assert fresh.stdout == output.read_text()
