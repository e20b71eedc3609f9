"""Numbers of workbooks as they are shown."""

import pytest

from extract.read.sheet import shown_number, spot_name


@pytest.mark.parametrize(
    ("value", "code", "shown"),
    [
        ("12.0", "General", "12"),
        ("12", "0", "12"),
        ("12.4", "0", "12"),
        ("1E3", "", "1000"),
        ("0.30000000000000004", "General", "0.3"),
        ("1234.5", "#,##0.00", "1,234.50"),
        ("0", '_ * #,##0_ ;_ * \\-#,##0_ ;_ * "-"_ ;_ @_ ', "-"),
        ("0", "0;-0;;@", ""),
        ("0", "#", ""),
        ("-2", "+0;-0;0", "-2"),
        ("3", "+0;-0;0", "+3"),
        ("-2", "#,##0;(#,##0)", "(2)"),
        ("12", '0"件"', "12件"),
        ("0.125", "0.0%", "12.5%"),
        ("44561", "yyyy/m/d", "2021年12月31日"),
        ("-0.4", "0", "0"),
        ("abc", "0", "abc"),
    ],
)
def test_shown_number(value, code, shown):
    assert shown_number(value, code) == shown


def test_spot_name():
    assert [spot_name("表", spot) for spot in ((6, 2), (0, 26), (0, 701))] == ["表!C7", "表!AA1", "表!ZZ1"]
