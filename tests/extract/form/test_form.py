"""The form as data: keys, counts and identities are the output contract's."""

import pytest
from pydantic import ValidationError

from extract.form import load_form
from extract.form.model import Column, Identity


@pytest.mark.parametrize(
    ("generation", "alternative", "cells"),
    [("2021", None, 200), ("2021", "other_one", 186), ("2019", None, 198)],
)
def test_number_of_cells(generation, alternative, cells):
    keys = load_form().generation(generation).expected_cells(alternative)
    assert len(keys) == len(set(keys)) == cells


def test_every_metric_has_names_and_a_unit():
    for metric in load_form().metrics():
        assert metric.name_zh and metric.name_en and metric.unit in ("件", "项", "元", "万元")
    names = [(m.section, m.name_zh) for m in load_form().metrics()]
    assert len(names) == len(set(names))


def test_identities_name_metrics_of_their_generation():
    for generation in load_form().generations:
        keys = {m.key for m in generation.metrics()}
        for identity in generation.identities:
            for name in (
                *identity.parts,
                *identity.left,
                *identity.right,
                *([identity.total] if identity.total else []),
            ):
                assert name in keys or any(k.startswith(name.removesuffix("*")) for k in keys), name
            assert load_form().rule(identity.rule).scope == "report"


def test_unknown_keys_are_refused():
    with pytest.raises(ValidationError, match="colour"):
        Column.model_validate({"key": "a", "zh": "甲", "en": "a", "colour": "red"})
    with pytest.raises(ValidationError, match="give one of"):
        Identity(rule="x", total="a", parts=("b",), left=("c",), right=("d",))
