"""The script that takes figures from other extractors' tables, as a person would write it."""

from benchmarks.compare import core, figures, markdown, value_of
from benchmarks.corpus.keys import APPLICANTS


def test_labels_without_their_numbers_and_points():
    assert core("（一）予以公开") == core("(一) 予以公开") == "予以公开"
    assert core("1 属于国家秘密\n.") == core("1.属于国家秘密") == "属于国家秘密"
    assert core("本年新收政府信息公开申请数量\n一\n、") == core("一、本年新收政府信息公开申请数量")


def test_values():
    assert value_of("review.total", " 1\n234 ") == ("reported", 1234.0)
    assert value_of("review.total", "") == ("blank", None)
    assert value_of("proactive.rules.issued", "／") == ("not_applicable", None)
    assert value_of("proactive.licensing.change", "减2") == ("reported", -2.0)
    assert value_of("proactive.procurement.amount", "12.5万元") == ("reported", 125000.0)
    assert value_of("proactive.licensing.decisions", "详见附表") == ("text", None)


def test_rows_of_all_three_tables():
    tables = [
        [["第二十条第（一）项", None, None, None], ["信息内容", "本年制发件数", "本年废止件数", "现行有效件数"], ["规章", "0", "1", "2"]],
        [["三、本年度办理结果", "（一）予以公开", None, "5", "0", "0", "0", "0", "0", "5"]],
        [["结果维持"] * 15, [str(n) for n in range(15)]],
    ]  # fmt: skip
    found = {(c["metric"], c["applicant"]): c["value"] for c in figures(tables, "2021", one_other=False)}
    assert found["proactive.rules.repealed", "all"] == 1
    assert [found["requests.granted", a] for a in APPLICANTS] == [5, 0, 0, 0, 0, 0, 5]
    assert (found["review.upheld", "all"], found["litigation.after_review.total", "all"]) == (0, 14)


def test_a_tool_that_is_not_installed_has_a_line():
    assert "not installed" in markdown([{"tool": "camelot", "documents": 0}])
