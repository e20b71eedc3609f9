"""A cell's text -> status, value, unit."""

from decimal import Decimal

import pytest

from extract.form import load_form
from extract.recognise.values import Status, numerals, parse

COUNT = load_form().generation("2021").metric("requests.received")
CHANGE = load_form().generation("2019").metric("proactive.licensing.change")
FEES = load_form().generation("2021").metric("proactive.fees.amount")
PROCUREMENT = load_form().generation("2019").metric("proactive.procurement.amount")


@pytest.mark.parametrize(
    ("raw", "status", "value"),
    [
        ("0", "reported", 0), (" 12 ", "reported", 12), ("１２", "reported", 12), ("1,234", "reported", 1234), ("５，６７８", "reported", 5678),
        ("3件", "reported", 3), ("零", "reported", 0), ("十二", "reported", 12), ("22（其中修订16件）", "reported", 22), ("55（含自然失效 29 件）", "reported", 55),
        ("1\n2", "reported", 12), ("", "blank", None), ("\u00a0", "blank", None), ("\u3000 ", "blank", None),
        ("/", "not_applicable", None), ("—", "not_applicable", None), ("－", "not_applicable", None), ("无", "not_applicable", None), ("不适用", "not_applicable", None), ("N/A", "not_applicable", None),
        ("详见附表", "text", None), ("1 2", "doubtful", 12), ("1,45 4", "reported", 1454), ("2,301,4 56", "reported", 2301456), ("1,454 5", "doubtful", None),
        ("1, 454", "doubtful", 1454), ("12 1,454", "doubtful", 121454), ("5①", "doubtful", 5), ("3/1", "doubtful", 3), ("约20", "doubtful", 20), ("1,23", "doubtful", 1), ("\ufffd", "doubtful", None), ("1\ufffd", "doubtful", None),
        ("-3", "reported", -3), ("2.5", "reported", 2.5),
    ],
)  # fmt: skip
def test_counts(raw, status, value):
    parsed = parse(raw, COUNT)
    assert (parsed.status, parsed.value) == (Status(status), None if value is None else Decimal(str(value)))


@pytest.mark.parametrize(
    ("raw", "status", "value"),
    [("+19", "reported", 19), ("-2", "reported", -2), ("−６", "reported", -6), ("增98", "reported", 98), ("减1", "reported", -1), ("6", "reported", 6),
     ("0/0", "reported", 0), ("3/1", "doubtful", 2), ("增", "text", None), ("", "blank", None), ("/", "not_applicable", None)],
)  # fmt: skip
def test_changes(raw, status, value):
    parsed = parse(raw, CHANGE)
    assert (parsed.status, parsed.value) == (Status(status), value)


@pytest.mark.parametrize(
    ("raw", "metric", "header", "value", "unit"),
    [
        ("7730.28", FEES, "万元", "7730.28", "万元"), ("12.5万元", FEES, "万元", "12.5", "万元"), ("5000元", FEES, "万元", "0.5", "万元"),
        ("5000", FEES, "元", "0.5", "万元"), ("251000元", PROCUREMENT, None, "251000", "元"), ("712.187895万元", PROCUREMENT, None, "7121878.95", "元"),
        ("113.96", PROCUREMENT, "万元", "1139600", "元"), ("1260000", PROCUREMENT, None, "1260000", None), ("0", PROCUREMENT, None, "0", "元"),
    ],
)  # fmt: skip
def test_amounts_are_converted_to_the_metrics_unit(raw, metric, header, value, unit):
    parsed = parse(raw, metric, header)
    assert (parsed.status, parsed.value, parsed.unit) == (Status.REPORTED, Decimal(value), unit)


def test_a_footnote_mark_is_never_a_digit():
    for mark in "①²³⁵₂":
        assert parse(f"1{mark}", COUNT).status is Status.DOUBTFUL
        assert parse(f"1{mark}", COUNT).value == 1


@pytest.mark.parametrize(
    ("text", "number"),
    [("零", 0), ("十", 10), ("二十三", 23), ("一百零五", 105), ("二〇", 20), ("人", None), ("", None)],
)
def test_numerals(text, number):
    assert numerals(text) == number
