"""The figures of real reports, printed in the layouts of the generator: all cells read, and the agencies' slips found."""

import shutil
from random import Random

import pytest

from benchmarks.corpus import pdf, text, web, word
from benchmarks.score import _same_value
from extract.document import extract_document
from tests.extract.real_reports import as_report, real_reports

REPORTS = real_reports()
RENDERERS = {**text.FAMILIES, **web.FAMILIES, **word.FAMILIES, **pdf.FAMILIES}
LAYOUTS = (
    "html_plain", "html_word", "html_nested", "docx_merged", "text_tab", "text_pipe", "text_cell_pipe", "text_page_marks",
)  # fmt: skip
CERTAIN = ("html_plain", "html_word", "html_nested", "docx_merged", "text_pipe")
"""Layouts that keep every blank; in the others a blank may be doubtful or seem to be missing."""
SLIPS = {
    "hongze-district-2023": {("review_total", "all"), ("litigation_after_review_total", "all")},
    "huiyi-town-2021": {("row_total", "requests.received"), ("row_total", "requests.granted")},
}
"""What the notes to the real figures say does not add up in the tables of section three and four."""
SUMS = ("row_total", "outcome_total", "balance", "review_total", "litigation_direct_total", "litigation_after_review_total")  # fmt: skip

pytestmark = pytest.mark.skipif(not REPORTS, reason="the real figures are not beside the checkout")


def printed(content, layout):
    report = as_report(content)
    suffix, body = RENDERERS[layout](report, Random(1))
    (found,) = extract_document(body, f"report{suffix}")
    assert found["error"] is None
    return report.truth(), found


def misread(want, got, layout):
    """Whether a cell is given as sure and is something else."""
    if got["status"] == "doubtful" or (got["status"] == "missing" and want["status"] == "blank"):
        return layout in CERTAIN
    same = got["status"] == want["status"] and _same_value(got["value"], want["value"])
    return not same or bool(want["value"] and got["unit"] != want["unit"])


def check_cells(layout):
    wrong, cells = [], 0
    for name, content in REPORTS:
        truth, found = printed(content, layout)
        read = {(c["metric"], c["applicant"]): c for c in found["cells"]}
        assert read.keys() == {(c["metric"], c["applicant"]) for c in truth["cells"]}
        for want in truth["cells"]:
            got = read[want["metric"], want["applicant"]]
            cells += 1
            if misread(want, got, layout):
                wrong.append(f"{name} {want} -> {got['status']} {got['value']} {got['unit']}")
    assert not wrong
    assert cells > 8000


@pytest.mark.parametrize("layout", LAYOUTS)
def test_all_cells_of_real_reports_are_read(layout):
    check_cells(layout)


@pytest.mark.soak
@pytest.mark.skipif(shutil.which("chromium") is None, reason="needs Chromium to print")
@pytest.mark.parametrize("layout", ["pdf_ruled", "pdf_horizontal", "pdf_no_borders"])
def test_all_cells_of_real_reports_are_read_from_pdf(layout):
    check_cells(layout)


@pytest.mark.parametrize("layout", ["html_plain", "text_pipe"])
def test_slips_of_the_agencies_are_found_and_no_others(layout):
    for name, content in REPORTS:
        truth, found = printed(content, layout)
        broken = {
            (f["rule"], f["metric"] if f["rule"] == "row_total" else f["applicant"])
            for f in found["findings"]
            if f["outcome"] == "broken" and f["rule"] in SUMS
        }
        expected = {
            (b["rule"], b["metric"] if b["rule"] == "row_total" else b["applicant"]) for b in truth["broken"]
        }
        assert broken == expected == SLIPS.get(name, set()), name


def test_no_claim_of_a_real_report_is_held_against_its_tables():
    """The quotes of the real texts agree with the real tables, or can't be compared: nobody is to be blamed."""
    for name, content in REPORTS:
        _, found = printed(content, "html_plain")
        broken = [
            f["message"] for f in found["findings"] if f["rule"] == "narrative" and f["outcome"] == "broken"
        ]
        assert not broken, name
