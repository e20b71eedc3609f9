"""`gongkai show`: the cell in its page, its row or its line."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from PIL import Image

from extract import show
from extract.pull.pulling import store_document
from gongkai.settings import Home

SAMPLES = Path(__file__).parents[2] / "samples"
PDF = SAMPLES / "baiyu-finance-2023.pdf"


def run(*arguments: object):
    return CliRunner().invoke(show.show_command, [str(a) for a in arguments])


@pytest.mark.parametrize("with_font", [True, False])
def test_pdf_gives_a_picture_with_the_cell_boxed(tmp_path, monkeypatch, with_font):
    if not with_font:
        monkeypatch.setattr(show, "_font", lambda size: None)
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
