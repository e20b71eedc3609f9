"""Runs of one line put together to labels and values."""

from __future__ import annotations

import pytest

from extract.read.layout import Run
from extract.recognise.pieces import make_pieces, piece_of, stack_values
from extract.recognise.script import squeeze


def line(*texts: tuple[str, float]) -> list[Run]:
    """Runs of 12 points on one line: each text and where it begins."""
    runs = []
    for order, (text, x) in enumerate(texts):
        edges = tuple(x + 6 * (i + side) for i in range(len(text)) for side in (0, 1))
        runs.append(Run(text, (x, 100.0, edges[-1], 112.0), order, edges))
    return runs


@pytest.mark.parametrize("sign", ["−", "+", "－", "减"])
def test_a_sign_of_another_font_belongs_to_its_number(sign: str) -> None:
    pieces = make_pieces(line(("92", 255), (sign, 367), ("7", 375), ("5033", 476)))
    assert [squeeze(piece.text) for piece in pieces] == ["92", squeeze(f"{sign}7"), "5033"]


def test_a_dash_in_the_column_before_is_no_sign() -> None:
    pieces = make_pieces(line(("92", 255), ("-", 360), ("7", 375), ("5033", 476)))
    assert [piece.text for piece in pieces] == ["92", "-", "7", "5033"]


def box_at(text: str, x: float, y: float, order: int, width: float) -> Run:
    step = width / len(text)
    edges = tuple(x + step * (i + side) for i in range(len(text)) for side in (0, 1))
    return Run(text, (x, y, x + width, y + 6.4), order, edges)


def test_a_wrapped_number_does_not_take_the_figure_of_the_row_below() -> None:
    # 102|7 is centred beside the first label; 199 stands beside the second, as near as a third line of it would
    labels = [
        piece_of([Run(text, (57, top, 200, top + 8.6), i, ())])
        for i, (text, top) in enumerate(
            (("一、本年新收政府信息公开申请数量", 606.7), ("二、上年结转政府信息公开申请数量", 622.5))
        )
    ]
    runs = [
        box_at("102", 510.7, 602.5, 2, 13.5),
        box_at("7", 515.2, 612.5, 3, 4.5),
        box_at("199", 510.7, 623.3, 4, 13.5),
    ]
    values = stack_values([piece_of([run]) for run in runs], labels, 10.0)
    assert [[run.text for run in value.runs] for value in values] == [["102", "7"], ["199"]]


def test_a_longer_number_under_a_shorter_one_is_no_rest_of_it() -> None:
    labels = [
        piece_of([Run(text, (92, top, 160, top + 8.5), i, ())])
        for i, (text, top) in enumerate((("（六）其他处理", 156.9), ("（七）总计", 172.9)))
    ]
    runs = [
        box_at("1", 515.2, 157.7, 2, 4.5),
        box_at("122", 510.7, 168.6, 3, 13.5),
        box_at("6", 515.2, 178.6, 4, 4.5),
    ]
    values = stack_values([piece_of([run]) for run in runs], labels, 10.0)
    assert [[run.text for run in value.runs] for value in values] == [["1"], ["122", "6"]]
