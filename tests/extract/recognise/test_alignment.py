"""Cells in order -> columns: sure only where a single way is left."""

from extract.recognise.alignment import OrderedRow, align
from extract.recognise.reading import Why


def row(pattern: str, label_at: int = 0, depth: int = 0) -> OrderedRow:
    """`x` a filled cell, `.` an empty one."""
    return OrderedRow(label_at, tuple(c == "x" for c in pattern), depth)


def test_as_many_cells_as_columns_is_sure():
    (aligned,) = align([row("..x...x")], 7, None)
    assert aligned.doubt is None and aligned.readings == (tuple(range(7)),)


def test_extra_cells_are_sure_where_one_way_is_left():
    (aligned,) = align([row("xxxxxxx..")], 7, None)
    assert aligned.doubt is None and aligned.readings[0] == tuple(range(7))


def test_several_ways_are_doubtful_and_all_listed():
    (aligned,) = align([row("......x..")], 7, None)
    assert aligned.doubt is Why.SHIFT
    assert len(aligned.readings) == 3
    assert aligned.readings[0] == tuple(range(7)), "the reading with the total filled comes first"


def test_a_header_that_spells_out_all_columns_settles_it():
    (aligned,) = align([row(".......x.")], 7, 2)
    assert (aligned.doubt, aligned.why) == (None, Why.ANCHOR)
    assert aligned.readings[0] == tuple(range(1, 8))


def test_a_short_row_makes_the_header_worthless():
    aligned = align([row("......x.."), row("xxxx")], 7, 1)
    assert [a.doubt for a in aligned] == [Why.SHIFT, Why.FEWER]
    best = (None, None, None, 0, 1, 2, 3)
    assert aligned[1].readings == (best,), (
        "cells that are lost may be anybody's: no other way is worth a word"
    )


def test_one_cell_too_many_lists_every_cell_as_the_extra_one():
    (aligned,) = align([row("x" * 16)], 15, 0)
    assert aligned.doubt is Why.MORE and len(aligned.readings) == 16


def test_a_slipped_label_needs_the_other_rows_totals():
    others = [row("......x", 2, 2) for _ in range(6)]
    (*_, slipped) = align([*others, row(".......x.", 0, 2)], 7, 2)
    assert (slipped.doubt, slipped.why) == (None, Why.TOTALS)
    assert slipped.readings[0][-1] == 7
    (*_, alone) = align([row("......x", 2, 2), row("......x", 2, 2), row(".......x.", 0, 2)], 7, 2)
    assert alone.doubt is Why.SHIFT, "two witnesses are too few, and a slipped row's header proves nothing"
