"""What can't be read gets a class and a sentence and costs nothing else."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from extract.command import extract_command
from extract.document import extract

SAMPLES = Path(__file__).parents[2] / "samples"
LOGIN = "<html><head><title>用户登录</title></head><body><form>用户名<input><br>密码<input type=password><button>登录</button></form></body></html>"
OLD_FORM = """某某县2018年政府信息公开工作年度报告

一、概述

2018年，我县主动公开政府信息1024条。

二、主动公开政府信息情况

全年公开信息1024条，其中通过网站公开900条。

三、依申请公开政府信息情况

2018年收到申请3件，均已答复。
"""


def documents() -> dict[str, tuple[bytes, str]]:
    pdf = (SAMPLES / "baiyu-finance-2023.pdf").read_bytes()
    return {
        "empty.pdf": (b"", "empty"),
        "blank.txt": (b" \n\n", "empty"),
        "picture.pdf": (b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + bytes(500), "corrupt"),
        "truncated.pdf": (pdf[: len(pdf) // 3], "corrupt"),
        "login.html": (LOGIN.encode(), "not_a_report"),
        "older.txt": (OLD_FORM.encode(), "older_form"),
        "noise.docx": (b"PK\x03\x04" + bytes(range(256)) * 4, "unsupported"),
        "notes.txt": ("会议纪要\n\n今天下雨。".encode(), "not_a_report"),
    }


@pytest.mark.parametrize("name", sorted(documents()))
def test_class_and_sentence(name):
    data, error_class = documents()[name]
    extraction = extract(data, name)
    assert extraction.error is not None and extraction.reports == ()
    assert extraction.error.error_class == error_class
    assert name in extraction.error.sentence
    assert len(extraction.error.sentence) > 12


def test_the_others_are_read_all_the_same(tmp_path):
    for name, (data, _) in documents().items():
        (tmp_path / name).write_bytes(data)
    (tmp_path / "good.txt").write_bytes((SAMPLES / "qinglan-education-2021.txt").read_bytes())
    result = CliRunner().invoke(extract_command, [str(tmp_path), "--format", "jsonl"])
    assert result.exit_code == 1
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert [Path(line["document"]["path"]).name for line in lines] == sorted([*documents(), "good.txt"])
    classes = {Path(line["document"]["path"]).name: (line["error"] or {}).get("class") for line in lines}
    assert classes == {name: error_class for name, (_, error_class) in documents().items()} | {
        "good.txt": None
    }


def test_wrong_usage_is_status_2(tmp_path):
    assert CliRunner().invoke(extract_command, [str(tmp_path / "nothing.pdf")]).exit_code == 2
    assert CliRunner().invoke(extract_command, []).exit_code == 2


def test_a_fault_of_the_reader_is_a_reject_too(monkeypatch):
    def fail(*_):
        raise ZeroDivisionError("boom")

    monkeypatch.setattr("extract.document.read_document", fail)
    extraction = extract(b"x", "a.txt")
    assert extraction.error is not None and extraction.error.error_class == "reader_failed"
