"""Printed labels, with the spellings and damages met in real reports."""

import pytest

from extract.recognise.labels import of_kind, section_of


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("（一）予以公开", "requests.granted"), ("(一) 予以公开", "requests.granted"),
        ("2.其他法律行政止公开", "requests.denied.prohibited_by_law"), ("3.危及„三安全一稳定”", "requests.denied.endangers_security"),
        ("危及“国家安全”", "requests.denied.endangers_security"), ("6.属于过程性信息", "requests.denied.process_information"),
        ("5.要求行政机关确认或重 新出具\n已获取信息", "requests.not_processed.reconfirmation"),
        ("1.申请人无正当理由逾期不补正，行政机关不再处理其政府信息公开申请", "requests.other.not_corrected"), ("1.逾期不补正", "requests.other.not_corrected"),
        ("四、结转下一年度继续办理", "requests.carried_forward"), ("（七）总计", "requests.total"), ("(七) 总 计", "requests.total"),
        ("（六）其他", "requests.other"), ("3. 其他", "requests.other.other"),
        ("二、上年結轉政府信息公開申請數量", "requests.carried_in"),
    ],
)  # fmt: skip
def test_rows_of_section_three(text, key):
    label = of_kind(text, "requests_row")
    assert label is not None and label.keys == (key,)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("规章(含各行政机关以本机关名义印发的公文)", "proactive.rules"),
        ("規範性檔案(行政機關制定發布的", "proactive.normative_documents"),
        ("行政事业型收费", "proactive.fees"),
    ],
)
def test_rows_of_section_two(text, key):
    label = of_kind(text, "proactive_row")
    assert label is not None and label.keys == (key,)


@pytest.mark.parametrize("text", ["0", "12", "其中修订", "我乡主动公开政府信息244条", "今年以来", "序号"])
def test_other_texts_name_nothing(text):
    assert of_kind(text, "requests_row", "proactive_row") is None


@pytest.mark.parametrize(
    ("text", "section"),
    [
        ("一、总体情况、", "overview"), ("### 三、收到和处理政府信息公开申请情况", "requests"), ("三、依申请公开政府信息办理情况", "requests"),
        ("四、因政府信息公开工作被申请行政复议、提起行政诉讼情况", "review"), ("五、存在的主要问题及下一步打算", "problems"), ("六、其他需要报告的事项", "other_matters"),
        ("三、本年度办理结果", None), ("一、本年新收政府信息公开申请数量", None), ("四、结转下年度继续办理", None), ("一是加强组织领导", None),
    ],
)  # fmt: skip
def test_headings(text, section):
    assert section_of(text) == section
