"""Documents made to harm: each costs itself and bounded time, is rejected with its class, and the next one is read."""

from __future__ import annotations

import http.server
import json
import threading
import time

import pytest

from extract.bulk import READING, Listed
from extract.limits import Limits
from extract.worker import Pool
from tests.extract import hostile

LIMITS = Limits(seconds=40, cpu_seconds=3, memory_bytes=700 * 2**20)
GOOD = "qinglan-education-2021.txt"
COSTLY = {"timeout", "too_large"}
"""What a document may be rejected for that asks for more than it is worth."""

EXPECTED: dict[str, set[str | None]] = {
    "docx_bomb": {"too_large"},
    "docx_bomb_that_lies": {"too_large", "corrupt"},
    "docx_two_hundred_thousand_members": {"not_a_report", "too_large"},
    "docx_wrong_compression": {"corrupt"},
    "docx_names_out_of_the_folder": {None},
    "docx_billion_laughs": {"corrupt", "too_large"},
    "docx_million_cells": {"not_a_report", *COSTLY},
    "docx_deep_tables": {"corrupt", "too_large"},
    "docx_deep_within_bounds": {"not_a_report"},
    "docx_huge_spans": {"not_a_report", *COSTLY},
    "html_deep_boxes": {"too_large"},
    "html_deep_tables": {"too_large"},
    "html_deep_inline": {"too_large"},
    "html_tables_in_tables": {"not_a_report"},
    "html_million_tables": {"too_large"},
    "html_million_cells": COSTLY,
    "html_long_row": {None, *COSTLY},
    "html_huge_spans": {"too_large"},
    "html_many_headers": {None, *COSTLY},
    "html_many_attributes": {"not_a_report", *COSTLY},
    "html_every_row_a_report": {None, *COSTLY},
    "text_one_long_line": {"not_a_report", *COSTLY},
    "text_long_line_of_digits": {"not_a_report"},
    "text_chinese_digits": {"not_a_report", *COSTLY},
    "text_empty_lines": {"empty"},
    "text_white_lines": {"empty"},
    "text_tabs": {None, *COSTLY},
    "text_tab_rows": {None, *COSTLY},
    "text_pipes": {"not_a_report", *COSTLY},
    "text_claims_that_backtrack": {None},
    "text_lines_without_end": {None, *COSTLY},
    "text_long_numbers": {None},
    "text_nul_bytes": {"not_a_report"},
    "pdf_many_pages": {"too_large"},
    "pdf_says_many_pages": {"not_a_report", "too_large", "corrupt"},
    "pdf_page_tree_in_a_circle": {"corrupt"},
    "pdf_forms_in_a_circle": COSTLY,
    "pdf_forms_doubling": COSTLY,
    "pdf_huge_page": {"not_a_report", "too_large", "corrupt"},
    "pdf_no_page_size": {"not_a_report", "corrupt"},
    "pdf_million_paths": COSTLY,
    "pdf_million_characters": {"too_large"},
    "pdf_many_dense_pages": COSTLY,
    "pdf_stream_bomb": COSTLY,
    "pdf_deep_arrays": {"not_a_report", "corrupt"},
    "pdf_length_lies": {"not_a_report", "corrupt"},
}


@pytest.fixture(scope="module")
def pool():
    with Pool(READING, jobs=1, limits=LIMITS) as pool:
        yield pool


def read(pool: Pool, tmp_path, name: str, data: bytes):
    """Read the document, then a good one; error class, sentence and first result of the document."""
    kind = name.split("_", maxsplit=1)[0].replace("text", "txt")
    path, good = tmp_path / f"{name}.{kind}", tmp_path / GOOD
    path.write_bytes(data)
    good.write_bytes(hostile.sample(GOOD))
    (_, outcome), (_, after) = pool.map([Listed(path), Listed(good)])
    assert json.loads(after.value.lines[0])["report"]["agency"] == "青岚县教育局"
    if outcome.failure is not None:
        return outcome.failure.error_class, outcome.failure.sentence(path.name), None
    first = json.loads(outcome.value.lines[0])
    error = first["error"] or {"class": None, "sentence": ""}
    return error["class"], error["sentence"], first


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_rejected_with_its_class_or_read(pool, tmp_path, name):
    data = getattr(hostile, name)()
    started = time.monotonic()
    error_class, sentence, first = read(pool, tmp_path, name, data)
    assert time.monotonic() - started < LIMITS.seconds + 10
    assert error_class in EXPECTED[name], sentence
    if error_class is not None:
        assert name in sentence
    else:
        assert first["cells"]


def test_all_hostile_documents_are_expected_somewhere():
    made = {
        n for n in vars(hostile) if n.startswith(("docx_", "html_", "text_", "pdf_")) and not n.endswith("al")
    }
    others = {"docx_external_entity", "docx_external_dtd"}
    assert made - others == set(EXPECTED)


def test_long_numbers_are_no_figures(pool, tmp_path):
    _, _, first = read(pool, tmp_path, "text_long_numbers", hostile.text_long_numbers())
    values = [cell["value"] for cell in first["cells"] if cell["value"] is not None]
    assert all(abs(value) < 1e15 for value in values)
    long = [cell for cell in first["cells"] if len(cell["raw"]) > 1000]
    assert long and {cell["status"] for cell in long} <= {"doubtful", "text"}


@pytest.fixture
def server():
    """A server that notes who asks it for anything."""
    asked = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"5")

        def log_message(self, *_):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}/x", asked
        running.shutdown()


@pytest.mark.parametrize(
    "make", [hostile.docx_external_entity, hostile.docx_external_dtd, hostile.html_external]
)
def test_nothing_outside_of_the_document_is_fetched(pool, tmp_path, server, make):
    address, asked = server
    secret = tmp_path / "secret.txt"
    secret.write_text("不可外泄的内容", encoding="utf-8")
    for outside in (address, secret.as_uri()):
        error_class, _, first = read(pool, tmp_path, make.__name__, make(outside))
        assert error_class in ("corrupt", "not_a_report")
        assert "不可外泄" not in json.dumps(first, ensure_ascii=False)
    assert asked == []
