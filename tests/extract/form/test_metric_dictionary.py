"""The metric dictionary: every metric is defined, and what can't be compared says so."""

from __future__ import annotations

import pytest

from extract.form import load_form
from extract.form.dictionary import (
    Comparison,
    Definition,
    DictionaryError,
    _Dictionary,
    entries,
    load_dictionary,
)


def test_every_metric_has_a_definition_without_a_hole() -> None:
    dictionary = load_dictionary()
    assert dictionary.keys() == {metric.key for metric in load_form().metrics()}
    for entry in dictionary.values():
        assert "{" not in entry.definition_zh + entry.definition_en


def test_stocks_and_pending_cases_are_not_added_over_years() -> None:
    dictionary = load_dictionary()
    semi = {key for key, entry in dictionary.items() if entry.additivity == "semi_additive"}
    assert {"requests.carried_in", "proactive.rules.in_force", "review.pending", "review.total"} <= semi
    assert not {"requests.received", "requests.granted", "review.corrected"} & semi


def test_what_looks_alike_and_is_not_comparable_says_why() -> None:
    entry = load_dictionary()["proactive.normative_documents.in_force"]
    assert (entry.comparability, entry.counterpart) == (
        "none",
        "proactive.normative_documents.total_disclosed",
    )
    assert (entry.predecessor, entry.successor) == (None, None)
    assert entry.why_zh.startswith("不可比")


def test_comparisons_hold_in_both_directions() -> None:
    dictionary = load_dictionary()
    for key, entry in dictionary.items():
        if entry.predecessor:
            assert dictionary[entry.predecessor].successor == key
        if entry.comparability == "limited":
            assert entry.counterpart and dictionary[entry.counterpart].counterpart == key
    for metric in load_form().metrics():
        both = len(metric.generations) == len(load_form().generations)
        assert (dictionary[metric.key].comparability == "same") == both


def _said(definitions: tuple[Definition, ...], comparisons: tuple[Comparison, ...] = ()) -> _Dictionary:
    words = {"additive": "", "semi_additive": "", "non_additive": ""}
    return _Dictionary(
        definitions=definitions,
        comparisons=comparisons,
        same_zh="",
        not_over_years=(),
        additivity=words,
        comparability={"same": "", "limited": "", "none": ""},
    )


def test_a_metric_without_definition_or_with_two_is_an_error() -> None:
    every = Definition(metrics=("*",), zh="数", en="number")
    with pytest.raises(DictionaryError, match=r"requests\.received"):
        entries(_said((every, every)), load_form())
    with pytest.raises(DictionaryError, match="可比性说明"):
        entries(_said((every,)), load_form())
