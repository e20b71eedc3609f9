"""Agency and year, from the titles met in real reports; what can't be told stays None."""

from datetime import date

import pytest

from extract.model import Paragraph, Place
from extract.recognise.header import read_header


def header(*lines: str, **metadata: str):
    return read_header([Paragraph(line, Place()) for line in lines], metadata)


@pytest.mark.parametrize(
    ("lines", "agency", "year"),
    [
        (("2022年上海市科学技术委员会政府信息公开工作年度报告",), "上海市科学技术委员会", 2022),
        (("浦应急〔2022〕1号", "浦东新区应急管理局", "2021年政府信息公开工作年度报告"), "浦东新区应急管理局", 2021),
        (("泉鲤应急20221", "鲤城区应急管理局2021年度政府信息公开工作年度报告"), "鲤城区应急管理局", 2021),
        (("关于印发《青岚县教育局2021年政府信息公开工作年度报告》的通知",), "青岚县教育局", 2021),
        (("市人民政府办公室政府信息公开工作年度报告（2020年度）",), "市人民政府办公室", 2020),
        (("会仪镇人民政府政府信息公开工作", "2022年度情况的报告"), "会仪镇人民政府", 2022),
        (("二〇二二年度平度市公安局政府信息公开年度报告",), "平度市公安局", 2022),
        (("营盘镇人民政府关于2021年度政府信息公开工作情况的报告",), "营盘镇人民政府", 2021),
        (("当前位置：首页 > 政府信息公开年报", "【字体：大 中 小】", "松江河镇2020年政府信息公开年报"), "松江河镇", 2020),
        (("鹿固乡政府信息公开工作年度报告", "一、总体情况", "2022年，我乡主动公开政府信息244条。"), "鹿固乡", 2022),
        (("2020年度政府信息公开工作年度报告", "一、总体情况", "2020年，东港镇人民政府认真贯彻条例。"), "东港镇人民政府", 2020),
        (("成文日期：2020-01-16", "高岭头乡2019年政府信息公开工作年度报告"), "高岭头乡", 2019),
        (("发文机关： 贵溪耳口乡", "成文日期：2024-01-04", "政府信息公开工作年度报告"), "贵溪耳口乡", 2023),
    ],
)  # fmt: skip
def test_titles(lines, agency, year):
    found = header(*lines)
    assert (found.agency, found.year) == (agency, year)


def test_what_cannot_be_told_stays_none():
    found = header("政府信息公开工作年度报告", "一、总体情况", "我局认真贯彻条例，主动公开信息3条。")
    assert (found.agency, found.year) == (None, None)


def test_a_stale_year_beside_another_is_not_guessed():
    text = (
        "政府信息公开工作年度报告",
        "一、总体情况",
        "2021年以来，我局认真贯彻。2022年收到申请3件，2021年收到2件。",
    )
    assert header(*text).year is None


def test_the_reporting_period_tells_the_year():
    text = ("我局政府信息公开工作年度报告", "统计期限自2021年1月1日起至2021年12月31日止，2020年的见上年。")
    assert header(*text).year == 2021


def test_metadata_stands_in_for_a_missing_title():
    found = header("一、总体情况", title="青岚县民政局2023年政府信息公开工作年度报告_青岚县人民政府")
    assert (found.agency, found.year, found.agency_evidence) == ("青岚县民政局", 2023, "metadata")


def test_dates_of_publication():
    assert header("发布日期：2023-01-20", "甲局2022年政府信息公开工作年度报告").published_on == date(
        2023, 1, 20
    )
    assert header("甲局2022年政府信息公开工作年度报告", "甲局", "2023年1月21日").published_on == date(
        2023, 1, 21
    )
    assert header("甲局2022年政府信息公开工作年度报告", "甲局", "2023年2月30日").published_on is None
