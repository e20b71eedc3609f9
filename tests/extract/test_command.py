"""`gongkai extract` as the output contract says."""

import csv
import io
import json
from pathlib import Path

from click.testing import CliRunner

from extract.command import extract_command

SAMPLES = Path(__file__).parents[2] / "samples"
SAMPLE = SAMPLES / "baiyu-finance-2023.pdf"


def run(*arguments: str):
    return CliRunner().invoke(extract_command, list(arguments))


def test_jsonl_has_the_contracts_shape():
    result = run(str(SAMPLE), "--format", "jsonl")
    assert result.exit_code == 0
    (line,) = result.stdout.splitlines()
    found = json.loads(line)
    assert set(found) == {"document", "report", "cells", "claims", "extras", "findings", "error"}
    assert set(found["document"]) == {"path", "member", "sha256", "format", "pages"}
    assert set(found["report"]) == {"index", "agency", "year", "generation", "title"}
    assert len(found["cells"]) in (200, 186)
    for cell in found["cells"]:
        assert set(cell) == {"metric", "applicant", "status", "value", "unit", "raw", "where", "evidence"}
        if cell["status"] == "reported":
            assert isinstance(cell["value"], int | float)
            assert cell["where"]["page"] >= 1 and len(cell["where"]["box"]) == 4
        elif cell["status"] != "doubtful":
            assert cell["value"] is None


def test_a_folder_is_read_in_a_stable_order_without_truth_files_and_read_me():
    result = run(str(SAMPLES), "--format", "jsonl")
    assert result.exit_code == 1, "one sample is no report"
    paths = [json.loads(line)["document"]["path"] for line in result.stdout.splitlines()]
    assert paths == sorted(paths)
    assert not any("truth" in path or "README" in path or path.endswith(".py") for path in paths)


def test_csv_and_table():
    rows = list(csv.DictReader(io.StringIO(run(str(SAMPLE), "--format", "csv").stdout)))
    assert len(rows) in (200, 186) and rows[0]["metric"] == "proactive.rules.issued"
    table = run(str(SAMPLE))
    assert table.exit_code == 0 and "白榆县财政局" in table.stdout and "✗" in table.stdout


def test_csv_neutralises_formulas(tmp_path):
    text = (SAMPLES / "qinglan-education-2021.txt").read_text(encoding="utf-8")
    path = tmp_path / "=cmd.txt"
    path.write_text(text, encoding="utf-8")
    rows = list(csv.DictReader(io.StringIO(run(str(path), "--format", "csv").stdout)))
    assert all(not value.startswith(("=", "@")) for row in rows for value in row.values())
