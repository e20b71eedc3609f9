"""`gongkai show`: the cell in its page, its row or its line."""

from __future__ import annotations

import zipfile
from pathlib import Path
from random import Random

import pytest
from click.testing import CliRunner
from PIL import Image

from benchmarks.corpus import ofd
from benchmarks.corpus.report import draw_report
from extract import show, show_picture
from extract.pull.pulling import store_document
from gongkai.settings import Home

SAMPLES = Path(__file__).parents[2] / "samples"
PDF = SAMPLES / "baiyu-finance-2023.pdf"


def run(*arguments: object):
    return CliRunner().invoke(show.show_command, [str(a) for a in arguments])


@pytest.mark.parametrize("with_font", [True, False])
def test_pdf_gives_a_picture_with_the_cell_boxed(tmp_path, monkeypatch, with_font):
    if not with_font:
        monkeypatch.setattr(show_picture, "find_font", lambda size: None)
    target = tmp_path / "x" / "cell.png"
    result = run(PDF, "--cell", "requests.granted:total", "--output", target)
    assert result.exit_code == 0, result.stderr
    assert "数值 value: 1 件" in result.stdout and str(target) in result.stdout
    with Image.open(target) as picture:
        colours = {colour: count for count, colour in picture.convert("RGB").getcolors(2**24)}
    assert colours[200, 30, 30] > 200


@pytest.mark.parametrize(
    ("name", "mark"),
    [
        ("qinglan-education-2021.txt", "▶     41"),
        ("shiqiao-town-2023.html", "▶ "),
        ("qinglan-education-2022.docx", "▶ 8"),
    ],
)
def test_other_formats_give_the_place_and_an_excerpt(name, mark):
    result = run(SAMPLES / name, "--cell", "requests.granted")
    assert result.exit_code == 0 and mark in result.stdout and "位置 place" in result.stdout


def test_a_stored_document_by_its_digest(tmp_path):
    home = Home(tmp_path)
    digest = "ab" * 32
    store_document(home, digest, (SAMPLES / "qinglan-education-2021.txt").read_bytes())
    assert run(digest[:10], "--cell", "review.total", "--home", tmp_path).exit_code == 0
    assert run("cd" * 32, "--cell", "review.total", "--home", tmp_path).exit_code == 2


def test_wrong_usage_and_unreadable_documents(tmp_path):
    wrong = run(PDF, "--cell", "requests.grant")
    assert wrong.exit_code == 2 and "requests.granted" in wrong.stderr
    assert run(PDF, "--cell", "requests.granted:nobody").exit_code == 2
    assert run(tmp_path / "nothing.pdf", "--cell", "review.total").exit_code == 2
    notice = run(SAMPLES / "meeting-notice.html", "--cell", "review.total")
    assert notice.exit_code == 1 and "not_a_report" in notice.stderr


def test_a_cell_of_an_archive_s_member(tmp_path):
    archive = tmp_path / "a.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        packed.write(SAMPLES / "shiqiao-town-2023.html", "one/page.html")
        packed.write(PDF, "two/report.pdf")
    page = run(archive, "--cell", "requests.granted", "--report", 0)
    assert page.exit_code == 0 and "▶ 2" in page.stdout
    target = tmp_path / "cell.png"
    assert run(archive, "--cell", "requests.granted", "--report", 1, "--output", target).exit_code == 0
    assert target.is_file()


def test_an_ofd_page_is_drawn_from_its_text_and_rulings(tmp_path):
    report = draw_report(Random(3))
    suffix, content = ofd.FAMILIES["ofd_ruled"](report, Random(3))
    path = tmp_path / f"a{suffix}"
    path.write_bytes(content)
    target = tmp_path / "cell.png"
    result = run(path, "--cell", "requests.granted:total", "--output", target)
    assert result.exit_code == 0, result.stderr
    with Image.open(target) as picture:
        colours = {colour: count for count, colour in picture.convert("RGB").getcolors(2**24)}
    assert colours[200, 30, 30] > 200 and colours[20, 20, 20] > 500


def test_a_row_of_a_table_is_one_line():
    shown = run(SAMPLES / "qinglan-education-2022.docx", "--cell", "requests.granted").stdout
    (line,) = [line for line in shown.splitlines() if line.startswith("▶")]
    assert line.count("│") == 8 and "予以公开" in line and line.endswith("▶ 8")
