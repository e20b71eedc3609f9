"""Tables that differ from the form: read right or called doubtful, never wrong without a word."""

import random

import pytest

from benchmarks.corpus.families import render_family
from extract.document import extract_document

SURE = ("reported", "blank", "not_applicable")


def compared(family, count):
    """For each variant: how many cells are right, how many are wrong without a word, how many there are."""
    found = {}
    for document in render_family(family, random.Random(family), count):
        reports = extract_document(document.content, document.stem + document.suffix)
        truths = document.truth.get("reports", [document.truth])
        assert len(reports) == len(truths), document.stem
        for report, truth in zip(reports, truths, strict=True):
            cells = {(c["metric"], c["applicant"]): (c["status"], c["value"]) for c in report["cells"]}
            right, silent, total = found.get(truth["variant"], (0, 0, 0))
            for want in truth["cells"]:
                got = cells.get((want["metric"], want["applicant"]), ("missing", None))
                same = got == (want["status"], want["value"])
                right, silent, total = right + same, silent + (got[0] in SURE and not same), total + 1
            found[truth["variant"]] = right, silent, total
    return found


@pytest.mark.parametrize(("family", "count"), [("html_variants", 16), ("html_one_grid", 3)])
def test_web_pages_are_read_right(family, count):
    assert all(right == total for right, _, total in compared(family, count).values())


@pytest.mark.parametrize(
    ("family", "count"), [("text_variants", 24), ("html_years", 12), ("html_agencies_beside", 6)]
)
def test_nothing_wrong_is_given_as_sure(family, count):
    assert all(silent == 0 for _, silent, _ in compared(family, count).values())
