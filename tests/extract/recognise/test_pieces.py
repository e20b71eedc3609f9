"""Runs of one line put together to labels and values."""

from __future__ import annotations

import pytest

from extract.read.layout import Run
from extract.recognise.pieces import make_pieces
from extract.recognise.script import squeeze


def line(*texts: tuple[str, float]) -> list[Run]:
    """Runs of 12 points on one line: each text and where it begins."""
    runs = []
    for order, (text, x) in enumerate(texts):
        edges = tuple(x + 6 * (i + side) for i in range(len(text)) for side in (0, 1))
        runs.append(Run(text, (x, 100.0, edges[-1], 112.0), order, edges))
    return runs


@pytest.mark.parametrize("sign", ["−", "+", "－"])
def test_a_sign_of_another_font_belongs_to_its_number(sign: str) -> None:
    pieces = make_pieces(line(("92", 255), (sign, 367), ("7", 375), ("5033", 476)))
    assert [squeeze(piece.text) for piece in pieces] == ["92", f"{sign}7", "5033"]


def test_a_dash_in_the_column_before_is_no_sign() -> None:
    pieces = make_pieces(line(("92", 255), ("-", 360), ("7", 375), ("5033", 476)))
    assert [piece.text for piece in pieces] == ["92", "-", "7", "5033"]
