"""Rows of which only the order of the cells is known: what must be sure, and what must not pass for sure."""

from __future__ import annotations

from collections.abc import Sequence

from extract.form import load_form
from extract.model import Place
from extract.recognise.by_order import Slot, read_by_order
from extract.recognise.reading import Reading, Why

FORM = load_form().generation("2021")
HEADER = ["自然人", "商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他", "总计"]
ROWS = [
    ("requests.received", ["一、本年新收政府信息公开申请数量"]),
    ("requests.carried_in", ["二、上年结转政府信息公开申请数量"]),
    ("requests.granted", ["三、本年度办理结果", "（一）予以公开"]),
    ("requests.partially_granted", ["（二）部分公开（区分处理的，只计这一情形，不计其他情形）"]),
    ("requests.denied.state_secret", ["（三）不予公开", "1.属于国家秘密"]),
    ("requests.denied.prohibited_by_law", ["2.其他法律行政法规禁止公开"]),
    ("requests.denied.endangers_security", ["3.危及“三安全一稳定”"]),
    ("requests.denied.third_party_rights", ["4.保护第三方合法权益"]),
    ("requests.denied.internal_affairs", ["5.属于三类内部事务信息"]),
    ("requests.denied.process_information", ["6.属于四类过程性信息"]),
    ("requests.denied.enforcement_file", ["7.属于行政执法案卷"]),
    ("requests.denied.administrative_inquiry", ["8.属于行政查询事项"]),
    ("requests.unavailable.not_held", ["（四）无法提供", "1.本机关不掌握相关政府信息"]),
    ("requests.unavailable.needs_creation", ["2.没有现成信息需要另行制作"]),
    ("requests.unavailable.unclear_after_correction", ["3.补正后申请内容仍不明确"]),
    ("requests.not_processed.petition", ["（五）不予处理", "1.信访举报投诉类申请"]),
    ("requests.not_processed.repeated", ["2.重复申请"]),
    ("requests.not_processed.publication", ["3.要求提供公开出版物"]),
    ("requests.not_processed.excessive", ["4.无正当理由大量反复申请"]),
    ("requests.not_processed.reconfirmation", ["5.要求行政机关确认或重新出具已获取信息"]),
    ("requests.total", ["（七）总计"]),
    ("requests.carried_forward", ["四、结转下年度继续办理"]),
]
ZEROS = ["0"] * 7
SPANS = {"requests.received": 2, "requests.carried_in": 2, "requests.carried_forward": 2,
         "requests.granted": 1, "requests.partially_granted": 1, "requests.total": 1}  # fmt: skip


def read(lines: Sequence[Sequence[str]]) -> Reading:
    return read_by_order(
        [[Slot(text, Place(line=at + 1)) for text in line] for at, line in enumerate(lines)], FORM
    )


def table(values: dict[str, list[str]] | None = None, *, spans: bool = False) -> list[list[str]]:
    lines = [HEADER]
    for key, labels in ROWS:
        padding = [""] * SPANS.get(key, 0) if spans else []
        lines.append([*labels, *padding, *(values or {}).get(key, ZEROS)])
    return lines


def values_of(reading: Reading, key: str) -> list[tuple[int | None, Why | None]]:
    applicants = [applicant.key for applicant in FORM.shared.applicants]
    cells = [reading.cells[key, applicant] for applicant in applicants]
    return [(None if c.parsed.value is None else int(c.parsed.value), c.doubt) for c in cells]


def test_blanks_are_sure_where_every_row_keeps_the_empty_cells_of_its_labels_span() -> None:
    blank = ["", "", "3", "", "", "", "3"]
    reading = read(table({"requests.received": blank, "requests.denied.state_secret": blank}, spans=True))
    for key in ("requests.received", "requests.denied.state_secret"):
        assert values_of(reading, key) == [(v, None) for v in (None, None, 3, None, None, None, 3)]


def test_blanks_are_not_sure_where_one_row_does_not_keep_them() -> None:
    lines = table({"requests.received": ["", "", "3", "", "", "", "3"]}, spans=True)
    lines[3].remove("")
    assert all(doubt is not None for _, doubt in values_of(read(lines), "requests.received"))


def test_two_numbers_in_one_cell_are_two_columns_where_the_row_ties() -> None:
    crowded = ["", "", "62", "50", "4", "2", "0 2", "120"]
    reading = read(table({"requests.received": crowded}))
    assert values_of(reading, "requests.received") == [(v, None) for v in (62, 50, 4, 2, 0, 2, 120)]


def test_two_numbers_in_one_cell_are_doubtful_where_the_row_does_not_tie() -> None:
    crowded = ["", "62", "50", "4", "2", "0 2", "121"]
    reading = read(table({"requests.received": crowded}))
    assert {doubt for _, doubt in values_of(reading, "requests.received")} == {Why.MERGED}
    assert reading.alternatives == []


def test_blanks_beside_values_whose_label_is_lost_are_doubtful() -> None:
    lines = table({"requests.granted": [""] * 7})
    lines.insert(4, ["申请处理的其余文字", "6", "0", "0", "0", "0", "0", "6"])
    assert {doubt for _, doubt in values_of(read(lines), "requests.granted")} == {Why.ROW}
    assert {doubt for _, doubt in values_of(read(lines), "requests.received")} == {None}


def test_rows_out_of_order_are_doubtful_where_their_values_are_lines_of_their_own() -> None:
    places = iter(range(1, 1000))
    rows = [
        [Slot(text, Place(line=next(places))) for text in line]
        for line in [table()[0], *reversed(table()[1:])]
    ]
    reading = read_by_order(rows, FORM)
    assert {doubt for _, doubt in values_of(reading, "requests.received")} == {Why.ROW}


def test_a_repeated_value_is_not_taken_for_a_span_where_the_row_has_a_blank() -> None:
    header = ["信息内容", "本年制发件数", "本年废止件数", "现行有效件数", ""]
    reading = read([["第二十条第（一）项"], header, ["规章", "", "1", "0", "0"]])
    cell = reading.cells["proactive.rules.issued", "all"]
    assert (cell.parsed.value, cell.doubt) != (None, None)


def test_totals_that_an_agency_leaves_blank_in_many_rows_are_blanks() -> None:
    without = ["14", "1", "0", "0", "0", "0", ""]
    lacking = [key for key, _ in ROWS[2:8]]
    reading = read(table(dict.fromkeys(lacking, without)))
    for key in lacking:
        assert values_of(reading, key) == [(v, None) for v in (14, 1, 0, 0, 0, 0, None)]


def test_a_total_that_one_row_lacks_may_be_a_lost_cell() -> None:
    reading = read(table({"requests.granted": ["14", "1", "0", "0", "0", "0", ""]}))
    assert all(doubt is not None for _, doubt in values_of(reading, "requests.granted"))


def test_a_note_alone_in_a_cell_is_no_number_and_no_reason_to_give_up() -> None:
    # ² passes for a digit where Python is asked, and no number can be made of it
    reading = read(table({"requests.received": ["²", "1", "1", "0", "0", "0", "2"]}))
    assert reading.cells["requests.granted", "total"].parsed.value == 0
