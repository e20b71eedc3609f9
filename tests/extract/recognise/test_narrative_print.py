"""The print of a report's running text: equal for copies, whatever the numbers and the agency's name."""

from __future__ import annotations

from extract.model import Paragraph, Place
from extract.recognise.narrative_print import narrative_print

NOWHERE = Place()


def _blocks(agency: str, year: int, count: int, problem: str = "栏目更新不够及时。") -> list[Paragraph]:
    lines = [
        f"{agency}{year}年政府信息公开工作年度报告",
        "一、总体情况",
        f"{year}年，{agency}坚持以公开为常态，主动公开信息{count}条。",
        "二、主动公开政府信息情况",
        "规章",
        str(count),
        "三、收到和处理政府信息公开申请情况",
        "本年新收政府信息公开申请数量",
        "五、存在的主要问题及改进情况",
        problem,
        "六、其他需要报告的事项",
        "无。",
    ]
    return [Paragraph(line, NOWHERE) for line in lines]


def test_a_copy_with_other_numbers_and_another_name_has_the_same_print() -> None:
    one = narrative_print(_blocks("鹿固乡人民政府", 2022, 13), "鹿固乡人民政府")
    other = narrative_print(_blocks("小铺乡人民政府", 2023, 1204), "小铺乡人民政府")
    assert one is not None
    assert one == other


def test_another_sentence_is_another_print() -> None:
    one = narrative_print(_blocks("鹿固乡", 2022, 13), "鹿固乡")
    other = narrative_print(_blocks("鹿固乡", 2022, 13, "人员变动较大。"), "鹿固乡")
    assert one is not None and other is not None
    assert one.sha256 != other.sha256


def test_the_tables_labels_are_no_text() -> None:
    whole = narrative_print(_blocks("鹿固乡", 2022, 13), "鹿固乡")
    without_table = [b for b in _blocks("鹿固乡", 2022, 13) if b.text not in ("规章", "13")]
    assert whole == narrative_print(without_table, "鹿固乡")


def test_without_headings_there_is_no_telling_text_from_tables() -> None:
    assert narrative_print(_blocks("鹿固乡", 2022, 13)[:4], "鹿固乡") is None
    assert narrative_print([], None) is None
