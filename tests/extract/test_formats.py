"""Every format through the front door: generated reports are read back cell by cell, and never silently wrong."""

import io
import json
import zipfile
from random import Random

import pytest

from benchmarks.corpus import gathered, sheets, web
from benchmarks.corpus.families import render_family
from benchmarks.corpus.ofd import _package, _page
from benchmarks.corpus.report import draw_report
from extract.document import extract, extract_all, extract_document

SURE = {"reported", "blank", "not_applicable"}


def read_back(family, document):
    """The objects read from a document and its truths, checked for number and headers."""
    found = extract_document(document.content, f"{document.stem}{document.suffix}")
    wanted = document.truth.get("reports") or [document.truth]
    assert [f["error"] for f in found] == [None] * len(wanted)
    for got, want in zip(found, wanted, strict=True):
        report = got["report"]
        assert (report["agency"], report["year"], report["generation"]) == (
            want["agency"],
            want["year"],
            want["generation"],
        )
    return found, wanted


def differences(got, want):
    """(key, found, wanted) of the cells that differ."""
    cells = {(c["metric"], c["applicant"]): (c["status"], c["value"]) for c in got["cells"]}
    wanted = {(c["metric"], c["applicant"]): (c["status"], c["value"]) for c in want["cells"]}
    assert cells.keys() == wanted.keys()
    return [(key, cells[key], value) for key, value in wanted.items() if cells[key] != value]


@pytest.mark.parametrize(
    "family", ["xlsx_plain", "xlsx_bare", "xlsx_formats", "xlsx_sheets", "collection_html", "zip"]
)
def test_generated_documents_are_read_back_whole(family):
    for document in render_family(family, Random(f"11/{family}"), 3):
        for got, want in zip(*read_back(family, document), strict=True):
            assert differences(got, want) == []


def test_a_text_collection_is_parted_and_never_silently_wrong():
    for document in render_family("collection_text", Random(3), 4):
        for got, want in zip(*read_back("collection_text", document), strict=True):
            assert [d for d in differences(got, want) if d[1][0] in SURE] == []


def test_a_comparison_sheet_gives_the_reports_own_year_or_doubt():
    told = set()
    for document in render_family("html_comparison", Random(5), 8):
        (got,), (want,) = read_back("html_comparison", document)
        wrong = differences(got, want)
        assert [d for d in wrong if d[1][0] in SURE] == []
        told.add(want["told"])
        if want["told"]:
            assert wrong == []
        else:
            reasons = {e for c in got["cells"] if c["status"] == "doubtful" for e in c["evidence"]}
            assert "doubt:several_years_side_by_side" in reasons
    assert told == {True, False}


# --- workbooks


def test_cells_of_workbooks_are_placed_by_name():
    report = draw_report(Random(4))
    content = sheets.write_workbook(report, Random(4), "plain")
    (found,) = extract_document(content, "a.xlsx")
    assert found["document"]["format"] == "xlsx"
    paths = {c["where"]["path"] for c in found["cells"]}
    assert len(paths) == len(found["cells"])
    assert all("!" in path and path.split("!")[1][0].isalpha() for path in paths)


def test_hidden_rows_and_sheets_are_not_read():
    report = draw_report(Random(9))
    content = sheets.write_workbook(report, Random(9), "formats")
    (found,) = extract_document(content, "a.xlsx")
    assert not any(c["where"].get("path", "").startswith("草稿") for c in found["cells"])
    assert not any(c["raw"].startswith("90") for c in found["cells"])


# --- archives


def zipped(members, flag=0x800):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def page(seed):
    report = draw_report(Random(seed))
    while not report.narrative.agency:
        seed += 100
        report = draw_report(Random(seed))
    return report.narrative.agency, web.page(
        report, web.body_html(report, Random(1), web.plain_cell)
    ).encode()


def test_members_are_named_and_junk_is_passed_over():
    (one, first), (two, second) = page(1), page(2)
    inner = zipped({"乙/二.html": second, "../../evil.html": first})
    data = zipped(
        {"甲/一.html": first, "__MACOSX/甲/._一.html": b"x", "甲/.DS_Store": b"x", "附件.zip": inner}
    )
    found = extract_document(data, "a.zip", path="folder/a.zip")
    assert [f["document"]["member"] for f in found] == [
        "甲/一.html",
        "附件.zip/乙/二.html",
        "附件.zip/../../evil.html",
    ]
    assert [f["report"]["agency"] for f in found] == [one, two, one]
    assert {f["document"]["path"] for f in found} == {"folder/a.zip"}
    assert len({f["document"]["sha256"] for f in found}) == 1


def test_names_in_the_chinese_code_page():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        gathered._add(archive, "某县年报.html", page(1)[1], gbk=True)
    (found,) = extract_document(out.getvalue(), "a.zip")
    assert found["document"]["member"] == "某县年报.html" and found["error"] is None


def test_faults_of_members_stay_their_own():
    good = page(1)[1]
    bomb = zipped({"big.txt": b"0" * (60 * 2**20)})
    deep = zipped({"b.zip": zipped({"c.zip": zipped({"d.html": good})})})
    data = zipped({"notes.txt": "会议纪要".encode(), "bomb.zip": bomb, "deep.zip": deep, "good.html": good})
    found = {e.member: e for e in extract_all(data, "a.zip")}
    assert found["notes.txt"].error.error_class == "not_a_report"
    assert found["bomb.zip/big.txt"].error.error_class == "too_large"
    assert found["deep.zip/b.zip"].error.error_class == "unsupported"
    assert found["good.html"].error is None and len(found["good.html"].reports) == 1


def test_encrypted_members_and_empty_archives():
    data = bytearray(zipped({"a.html": b"<p>x</p>"}))
    data[6] |= 1  # the flag in the local header
    data[data.index(b"PK\x01\x02") + 8] |= 1
    (found,) = extract_all(bytes(data), "a.zip")
    assert found.error.error_class == "encrypted"
    (empty,) = extract_all(zipped({"__MACOSX/x": b""}), "a.zip")
    assert empty.error.error_class == "unsupported" and "a.zip" in empty.error.sentence


def test_too_many_members():
    (found,) = extract_all(zipped({f"{i}.txt": b"x" for i in range(1001)}), "a.zip")
    assert found.error.error_class == "too_large"


# --- OFD


def ofd_text(x, y, text, step=4.0):
    return (
        f'<ofd:TextObject ID="1" Boundary="{x} {y} 100 6" Size="4"><ofd:TextCode X="0" Y="4" '
        f'DeltaX="g {max(len(text) - 1, 1)} {step}">{text}</ofd:TextCode></ofd:TextObject>'
    )


def test_ofd_titles_and_tables_without_any_renderer():
    area = "<ofd:Area><ofd:PhysicalBox>0 0 210 297</ofd:PhysicalBox></ofd:Area>"
    lines = "".join(
        f'<ofd:PathObject ID="2" Boundary="20 {y} 160 0.1"><ofd:AbbreviatedData>M 0 0 L 160 0</ofd:AbbreviatedData></ofd:PathObject>'
        for y in (60, 70, 80)
    ) + "".join(
        f'<ofd:PathObject ID="2" Boundary="{x} 60 0.1 20"><ofd:AbbreviatedData>M 0 0 L 0 20</ofd:AbbreviatedData></ofd:PathObject>'
        for x in (20, 60, 100, 140, 180)
    )
    heads = ("信息内容", "本年制发件数", "本年废止件数", "现行有效件数")
    row = ("规章", "1", "", "12")
    texts = ofd_text(30, 20, "某某县教育局2023年政府信息公开工作年度报告")
    texts += ofd_text(20, 40, "一、总体情况") + ofd_text(20, 50, "二、主动公开政府信息情况")
    for y, cells in ((62, heads), (72, row)):
        texts += "".join(ofd_text(22 + 40 * i, y, text, 4) for i, text in enumerate(cells) if text)
    content = _package([_page(area, lines + texts)], [], "某某县教育局2023年政府信息公开工作年度报告")
    (found,) = extract_document(content, "a.ofd")
    assert found["document"]["format"] == "ofd" and found["document"]["pages"] == 1
    assert (found["report"]["agency"], found["report"]["year"]) == ("某某县教育局", 2023)
    cells = {c["metric"]: c for c in found["cells"]}
    assert (cells["proactive.rules.issued"]["status"], cells["proactive.rules.issued"]["value"]) == (
        "reported",
        1,
    )
    assert cells["proactive.rules.repealed"]["status"] == "blank"
    assert cells["proactive.rules.in_force"]["value"] == 12
    x0, top, x1, bottom = cells["proactive.rules.in_force"]["where"]["box"]
    mm = 72 / 25.4
    assert abs(x0 - 140 * mm) < 2 and abs(x1 - 180 * mm) < 2 and abs(top - 70 * mm) < 2 and bottom > top


def test_an_ofd_of_pictures_says_so():
    content = _package([_page("", '<ofd:ImageObject ID="1" Boundary="0 0 210 297"/>')], [], "扫描")
    found = extract(content, "a.ofd")
    assert found.error.error_class == "no_text" and found.format is None


# --- web pages that hold the report in other ways


def body_of(content):
    text = content.decode()
    return (
        text[text.index("<body>") + 6 : text.index("</body>")]
        .replace("<script>", "")
        .replace("</script>", "")
    )


@pytest.mark.parametrize("ascii_only", [True, False])
def test_a_table_that_a_script_writes(ascii_only):
    agency, content = page(1)
    (plain,) = extract_document(content, "a.html")
    literal = json.dumps(body_of(content), ensure_ascii=ascii_only).replace("</", "<\\/")
    literal = literal.replace("<", "\\u003c") if ascii_only else literal
    script = f"<html><head><title>x</title></head><body><div></div><script>var s={literal};show(s)</script></body></html>"
    (found,) = extract_document(script.encode(), "a.html")
    assert found["report"]["agency"] == agency
    values = [[(c["status"], c["value"]) for c in f["cells"]] for f in (plain, found)]
    assert values[0] == values[1]
    (raw,) = extract_document(json.dumps(body_of(content), ensure_ascii=False).encode(), "a.html")
    assert [(c["status"], c["value"]) for c in raw["cells"]] == values[0]


TITLE = "某某县教育局2023年政府信息公开工作年度报告"


@pytest.mark.parametrize(
    ("body", "named"),
    [
        (
            f'<h1>{TITLE}</h1><p>附件：<a href="./P1.pdf">{TITLE}.pdf</a></p><img src="/img/logo.png">',
            "./P1.pdf",
        ),
        (f'<h1>{TITLE}</h1><p><img src="/img/icon.gif"><img src="W1.jpg"></p>', "W1.jpg"),
        ('<iframe src="/viewer.html?file=/a/b.pdf"></iframe>', "/viewer.html?file=/a/b.pdf"),
    ],
)
def test_a_page_that_points_elsewhere_names_where(body, named):
    found = extract(f"<html><head><title>{TITLE}</title></head><body>{body}</body></html>".encode(), "a.html")
    assert found.error.error_class == "elsewhere"
    assert found.error.sentence.endswith(f"请获取：{named}")


@pytest.mark.parametrize(
    ("was", "taken"), [("utf-8", "gb18030"), ("utf-8", "latin-1"), ("gb18030", "latin-1"), ("utf-8", "ascii")]
)
def test_text_in_a_wrong_encoding_is_refused(was, taken):
    wrong = page(1)[1].decode().encode(was).decode(taken, "replace")
    found = extract(wrong.encode(), "a.html")
    assert found.error is not None and found.error.error_class == "garbled"


def test_readings_behind_characters_change_nothing():
    _, content = page(1)
    text = content.decode().replace("统", "统(tǒng)").replace("开", "开(kāi)").replace("业", "业(yè)")
    values = [
        [(c["status"], c["value"]) for c in extract_document(data, "a.html")[0]["cells"]]
        for data in (content, text.encode())
    ]
    assert values[0] == values[1]
