"""The committed data dictionary is what the form gives."""

from extract.form import load_form
from publish.dictionary import dictionary, is_stale


def test_the_committed_page_is_fresh():
    assert not is_stale(), "run: python -m publish.dictionary"


def test_every_metric_rule_and_applicant_is_in_it():
    page = dictionary(load_form())
    form = load_form()
    for key in (
        *(m.key for m in form.metrics()),
        *(r.key for r in form.shared.rules),
        *(a.key for a in form.shared.applicants),
    ):
        assert f"`{key}`" in page
