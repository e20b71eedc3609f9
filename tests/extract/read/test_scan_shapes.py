"""What pages and ink look like before anything is recognised: how a page hangs, what the shape of ink says."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from extract.read.scan_lines import Line
from extract.read.scan_rulings import Inked, skew_of, straightened
from extract.read.scan_shapes import Shapes

SIZE = 30.0


def page_of_lines() -> np.ndarray:
    """A noisy page with lines of letters and grey bands behind every other one."""
    rng = np.random.default_rng(3)
    page = np.full((2300, 1650), 245, np.uint8)
    for row in range(40):
        top = 150 + 50 * row
        if row % 2:
            page[top - 12 : top + 38, 140:1500] = 226
        for column in range(45):
            if rng.random() < 0.7:
                x = 150 + 30 * column
                cv2.putText(page, "E", (x, top + 24), cv2.FONT_HERSHEY_SIMPLEX, 0.8, 30, 2)
    return page


@pytest.mark.parametrize("angle", [0.2, -0.25, 0.6, -1.45])
def test_a_page_that_hangs_by_a_hair_is_not_taken_for_straight(angle):
    hung = straightened(page_of_lines(), -angle).astype(np.float32)
    noisy = np.clip(hung + np.random.default_rng(1).normal(0, 8, hung.shape), 0, 255).astype(np.uint8)
    assert skew_of(noisy) == pytest.approx(angle, abs=0.05)


def shapes_of(ink: np.ndarray) -> tuple[Shapes, Line]:
    mask = (ink > 0).astype(np.uint8)
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    box = (int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)
    inked = Inked(255 - 255 * mask, mask, mask, (), ())
    return Shapes(inked, SIZE), Line(box, (0, 0, mask.shape[1], mask.shape[0]), is_loose=True)


def drawn(*strokes: tuple[int, int, int, int]) -> np.ndarray:
    ink = np.zeros((60, 240), np.uint8)
    for x0, top, x1, bottom in strokes:
        cv2.line(ink, (x0, top), (x1, bottom), 1, 3)
    return ink


def test_a_slash_and_a_one_are_told_apart_by_their_ink():
    slash, line = shapes_of(drawn((40, 10, 30, 40)))
    assert slash.fits(line, "/") and slash.is_slash(line) and not slash.fits(line, "1")
    one, line = shapes_of(drawn((35, 16, 35, 38)))
    assert one.fits(line, "1") and not one.is_slash(line) and not one.fits(line, "/")
    # a leaning figure is no higher than other figures
    leaning, line = shapes_of(drawn((40, 16, 33, 37)))
    assert not leaning.is_slash(line)


def test_full_width_digits_are_one_number_and_neighbouring_columns_are_two():
    full, line = shapes_of(drawn((20, 16, 20, 38), (50, 16, 50, 38), (80, 16, 80, 38)))
    assert full.gaps(line, is_figure=True) == []
    two, line = shapes_of(drawn((20, 16, 20, 38), (36, 16, 36, 38), (70, 16, 70, 38), (86, 16, 86, 38)))
    assert len(two.gaps(line, is_figure=True)) == 1
