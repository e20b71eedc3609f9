"""Tables printed on lines of text: labels wrapped, figures beside and between them, columns by position."""

import random

import pytest

from benchmarks.corpus.families import render_family
from extract.document import extract_document
from extract.form import load_form
from extract.recognise.label_path import find_rows
from extract.recognise.line_columns import Extent, place
from extract.recognise.stacked import Band, solve, total_stands_elsewhere, totals_always_printed
from extract.recognise.text_lines import Token, make_line

FORM = load_form().generation("2021")
HEAD = """某局2023年政府信息公开工作年度报告
三、收到和处理政府信息公开申请情况
（本列数据的勾稽关系为：第一项加第二项之和，等于第三项加第四项之和）
"""


def read(text):
    (found,) = extract_document(text.encode(), "x.txt")
    return {(c["metric"], c["applicant"]): (c["status"], c["value"]) for c in found["cells"]}


def row(cells, metric):
    return [cells[(metric, applicant.key)] for applicant in FORM.shared.applicants]


def spread(*texts):
    """Column by column what stands in it, from top to bottom."""
    return tuple(tuple(text.split()) for text in texts)


def test_labels_are_found_through_wraps_and_group_labels():
    lines = [
        "一、本年新收政府信息公",
        "开申请数量",
        "三、 （一）予以公开",
        "本年",
        "（三）不予 1.属",
        "于国家",
        "公开 秘密",
        "2.其他法律行政法规禁止公开",
    ]
    found = find_rows([line.split() for line in lines], FORM, "requests")
    assert [(r.key, r.first, r.last) for r in found] == [
        ("requests.received", 0, 1),
        ("requests.granted", 2, 2),
        ("requests.denied.state_secret", 4, 6),
        ("requests.denied.prohibited_by_law", 7, 7),
    ]


def test_figures_end_a_line_and_take_their_units_with_them():
    line = make_line("  行政规范性文件   22（其中修订 16 件）   0 件  （八）", None, 0)
    assert [v.text for v in line.values] == []
    line = make_line("  行政规范性文件   22（其中修订 16 件）   0 件  146", None, 0)
    assert [v.text for v in line.values] == ["22(其中修订16件)", "0件", "146"]
    assert [w.text for w in line.words] == ["行政规范性文件"]


def test_a_figure_without_a_gap_before_it_is_no_part_of_its_label():
    line = make_line("（二）部分公开（不计其他情形）2          2", None, 0)
    assert [v.text for v in line.values] == ["2", "2"]


def test_a_figure_between_two_columns_stands_in_neither():
    columns = [Extent(0, 2), Extent(10, 12), Extent(20, 22)]
    assert place([Token("1", 0, 1), Token("1", 20, 21)], columns) == (0, 2)
    assert place([Token("1", 5, 6)], columns) is None


def test_wrapped_figures_are_joined_where_the_row_adds_up_so():
    own = spread("10", "79", "1", "13", "0", "37", "11")
    below = spread("27", "", "", "", "", "", "57")
    empty = spread("", "", "", "", "", "", "")
    assert solve(empty, [Band(own, below)], full=False) == {(("1027", "79", "1", "13", "0", "37", "1157"),)}
    assert solve(empty, [Band(own, spread("27", "", "", "", "", "", "58"))], full=False) == set()


def test_a_loose_figure_goes_to_the_row_that_lacks_it():
    empty = spread("", "", "")
    bands = [Band(spread("5", "", "7"), spread("", "2", "")), Band(spread("1", "1", "2"), empty)]
    assert solve(empty, bands, full=False) == {(("5", "2", "7"), ("1", "1", "2"))}


def test_totals_tell_blanks_only_where_no_zero_is_printed():
    rows = [["3", "3"], ["1", "2", "3"], ["4", "4"], ["1", "1"], ["2", "2"], ["0"]]
    assert totals_always_printed(rows, 7)
    assert not totals_always_printed([*rows, ["0", "1", "1"]], 7)
    assert not totals_always_printed([*rows, ["1", "2"]], 7)


def test_sums_tell_that_the_total_is_not_the_last_column():
    assert total_stands_elsewhere([["3", "1", "2"], ["5", "5", "0"]], 3)
    assert not total_stands_elsewhere([["1", "2", "3"], ["5", "0", "5"]], 3)


def test_digits_of_a_wrapped_figure_are_never_left_out():
    text = (
        HEAD
        + "一、本年新收政府信息公开申请数量   10 79 1 13 0 37 11\n                     27                 58\n"
    )
    text += "二、上年结转政府信息公开申请数量   1  0  0  0  0  0  1\n（一）予以公开    2  0  0  0  0  0  2\n"
    cells = read(text)
    assert {status for status, _ in row(cells, "requests.received")} == {"doubtful"}


def test_a_row_without_figures_beside_loose_ones_is_not_blank():
    text = HEAD + "一、本年新收政府信息公开申请数量   1  0  0  0  0  0  1\n二、上年结转政府信息公开申请数量\n"
    text += "（一）予以公开\n           4   3   0   0   0   0   7\n（七）总计   5  0  0  0  0  0  5\n四、结转下年度继续办理  0  0  0  0  0  0  0\n"
    cells = read(text)
    assert {status for status, _ in row(cells, "requests.carried_in")} == {"doubtful"}
    assert row(cells, "requests.carried_forward")[0] == ("reported", 0)


def test_text_out_of_order_is_doubtful():
    text = "某局2023年政府信息公开工作年度报告\n二、主动公开政府信息情况\n第二十条第（八）项\n信息内容\n行政事业性收费\n2300\n本年收费金额（单位：万元）\n三、收到和处理政府信息公开申请情况\n"
    assert read(text)[("proactive.fees.amount", "all")][0] in ("doubtful", "missing")


@pytest.mark.parametrize("family", ["text_columns", "text_columns_wide"])
def test_tables_in_columns(family):
    right = total = 0
    for document in render_family(family, random.Random(family), 12):
        cells = read(document.content.decode())
        for want in document.truth["cells"]:
            status, value = cells.get((want["metric"], want["applicant"]), ("missing", None))
            assert status not in ("reported", "blank", "not_applicable") or (status, value) == (
                want["status"],
                want["value"],
            ), (document.stem, want)
            if want["status"] == "reported":
                total += 1
                right += status == "reported"
    assert right > 0.9 * total
