"""Rows of a table without rulings whose values may belong to a neighbour."""

from __future__ import annotations

from extract.recognise.geometry import _unsure_rows


def test_an_empty_row_beside_one_with_two_values_in_a_column_is_not_surely_empty():
    # labels of three rows were cut wrongly: the values of all stand in the first
    assert _unsure_rows([[0, 1], [0, 0, 1, 1], [], [0, 1]], [True] * 4) == {1, 2}


def test_an_empty_row_beside_values_that_no_label_names_is_not_surely_empty():
    assert _unsure_rows([[0, 1], [], [0, 1]], [True, True, False]) == {1}


def test_a_row_left_empty_among_full_ones_is_empty():
    assert _unsure_rows([[0, 1], [], [0, 1]], [True] * 3) == set()
