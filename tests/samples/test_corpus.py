"""The generated corpus: same seed same documents, identities hold, keys are the form's."""

from __future__ import annotations

from random import Random

import pytest

from benchmarks.corpus.families import family_names, render_family
from benchmarks.corpus.figures import FigureOptions, draw_figures
from benchmarks.corpus.keys import all_keys, unit_of
from benchmarks.corpus.pdf import PRINTED
from benchmarks.corpus.report import draw_report
from benchmarks.corpus.truth import broken_identities
from extract.form import load_form

QUICK = [name for name in family_names("text_*,markdown_*,html_*,docx_*") if name not in PRINTED]


@pytest.mark.parametrize("name", QUICK)
def test_same_seed_same_documents(name: str) -> None:
    first = [(d.content, d.truth) for d in render_family(name, Random(f"5/{name}"), 2)]
    again = [(d.content, d.truth) for d in render_family(name, Random(f"5/{name}"), 2)]
    assert first == again


def test_identities_hold_unless_broken_on_purpose() -> None:
    for seed in range(200):
        report = draw_report(Random(seed))
        broken = broken_identities(report.figures)
        assert bool(broken) == bool(report.figures.injected), seed


def test_printed_figures_add_up_in_both_generations() -> None:
    for generation in ("2019", "2021"):
        figures = draw_figures(Random(7), FigureOptions(generation=generation, scale="hundreds"))
        assert broken_identities(figures) == []
        assert figures.numbers["requests.received", "total"] > 0


@pytest.mark.parametrize("generation", ["2019", "2021"])
def test_corpus_and_form_know_the_same_keys(generation: str) -> None:
    form = load_form().generation(generation)
    wanted = set(all_keys(generation, one_other=False)) | set(all_keys(generation, one_other=True))
    assert {(m.key, applicant) for m in form.metrics() for applicant in form.applicant_keys(m)} == wanted
    assert {m.key: m.unit for m in form.metrics()} == {metric: unit_of(metric) for metric, _ in wanted}
