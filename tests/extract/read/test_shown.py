"""What a cell shows: struck, hidden and raised text, pictures and fields must not become digits or blanks."""

from __future__ import annotations

import zipfile
from io import BytesIO

import pytest

from extract.form import load_form
from extract.model import PICTURE, Grid
from extract.read.docx import read_docx
from extract.read.html import read_html
from extract.read.xlsx import read_xlsx
from extract.recognise.values import Status, parse

COUNT = next(m for m in load_form().generation("2021").metrics() if m.key == "requests.received")


def html_cell(inner: str) -> str:
    page = f"<html><body><table><tr><td>规章</td><td>{inner}</td></tr></table></body></html>"
    [grid] = [b for b in read_html(page.encode(), "x.html").blocks if isinstance(b, Grid)]
    return grid.cells[1].text


def docx_cell(inner: str) -> str:
    w = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    m = "http://schemas.openxmlformats.org/officeDocument/2006/math"
    body = (
        f'<w:document xmlns:w="{w}" xmlns:m="{m}"><w:body><w:tbl><w:tr>'
        f"<w:tc><w:p><w:r><w:t>规章</w:t></w:r></w:p></w:tc><w:tc><w:p>{inner}</w:p></w:tc>"
        "</w:tr></w:tbl></w:body></w:document>"
    )
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        package.writestr("word/document.xml", body)
    [grid] = [b for b in read_docx(out.getvalue(), "x.docx").blocks if isinstance(b, Grid)]
    return grid.cells[1].text


def run(text: str, properties: str = "") -> str:
    return f"<w:r><w:rPr>{properties}</w:rPr><w:t>{text}</w:t></w:r>"


@pytest.mark.parametrize(
    "inner",
    [
        "<del>8</del>9",
        "<s>8</s>9",
        '<span style="text-decoration: line-through">8</span>9',
        '<span style="font-size:0">8</span>9',
        '<span style="opacity:0;color:red">8</span>9',
        '<span style="position:absolute;left:-9999px">8</span>9',
        '<input type="text" value="9">',
        '<input type="hidden" value="8">9',
        "<select><option>8</option><option selected>9</option></select>",
        '<img src="/images/icon.gif">9',
        '<img src="x.png" width="1" height="1">9',
    ],
)
def test_a_page_cell_shows_nine(inner: str) -> None:
    assert html_cell(inner) == "9"


@pytest.mark.parametrize(
    "inner",
    [
        run("8", "<w:strike/>") + run("9"),
        run("8", "<w:dstrike/>") + run("9"),
        run("8", "<w:vanish/>") + run("9"),
        run("9", '<w:strike w:val="0"/>'),
        "<m:oMath><m:r><m:t>9</m:t></m:r></m:oMath>",
    ],
)
def test_a_word_cell_shows_nine(inner: str) -> None:
    assert docx_cell(inner) == "9"


def styled_row(style: str, cell: str) -> list[str]:
    """The cells of a row as read, the label first, then the cell, then a 5."""
    page = (
        f"<html><head><style>{style}</style></head><body><table>"
        f"<tr><td>规章</td>{cell}<td>5</td></tr></table></body></html>"
    )
    [grid] = [b for b in read_html(page.encode(), "x.html").blocks if isinstance(b, Grid)]
    return [c.text for c in grid.cells]


@pytest.mark.parametrize(
    ("style", "cell"),
    [
        (".x{display:none}", "<td>9<span class=x>8</span></td>"),
        ("@media screen{span.x{visibility:hidden}}", "<td>9<span class='y x'>8</span></td>"),
        ("@media print{b{display:none}}", "<td><b>9</b></td>"),
        (".x{display:none} .x.on{display:inline}", "<td>9<span class=y>\u200b</span></td>"),
        (".fix:after{content:'.';visibility:hidden}", "<td class=fix>9</td>"),
        ("td:hover{display:none}", "<td>9</td>"),
        ("", "<td><button>9</button></td>"),
        ("", "<td><input type=button value=9></td>"),
    ],
)
def test_style_sheets_that_leave_a_nine(style: str, cell: str) -> None:
    row = styled_row(style, cell)
    assert (parse(row[1], COUNT).value, row[2]) == (9, "5")


@pytest.mark.parametrize(
    ("style", "cell"),
    [
        ("i.n7::before{content:'7'}", "<td><i class=n7></i></td>"),
        ("td.g::after{content:attr(data-n)}", "<td class=g data-n=7></td>"),
        (".a .x{display:none}", "<td>9<span class=x>8</span></td>"),
        (".x{display:none} .x.on{display:inline}", "<td>9<span class='x on'>8</span></td>"),
        ("", "<td><svg><text>9</text></svg></td>"),
        ("", "<td><canvas></canvas></td>"),
        ("", "<td><object data='7.svg'></object></td>"),
        ("", "<td><iframe src='7.html'></iframe></td>"),
        ("", "<td><meter value=7>9</meter></td>"),
        ("", "<td style='background:url(7.png)'></td>"),
        ("", "<td><span style='background-image:url(7.png)'></span></td>"),
        ("", "<td><i class='num-7'></i></td>"),
        ("", "<td><bdo dir=rtl>12</bdo></td>"),
        ("", "<td style='direction:rtl;unicode-bidi:bidi-override'>12</td>"),
        ("", "<td><script>document.write(9)</script></td>"),
        ("", "<td ng-bind='row.n'></td>"),
        ("", "<td><ol start=9><li></li></ol></td>"),
        ("", "<td><del>9</del></td>"),
        ("", "<td style='text-decoration:line-through'>9</td>"),
    ],
)
def test_a_page_cell_that_shows_more_than_its_text_is_doubtful(style: str, cell: str) -> None:
    row = styled_row(style, cell)
    assert parse(row[1], COUNT).status is Status.DOUBTFUL
    assert row[0].startswith("规章") and row[2] == "5"


@pytest.mark.parametrize("style", ["visibility:hidden", "opacity:0", "font-size:0"])
def test_a_cell_whose_text_is_not_seen_keeps_its_place(style: str) -> None:
    assert styled_row("", f'<td style="{style}">9</td>') == ["规章", "", "5"]


def test_a_cell_that_is_not_there_has_no_place() -> None:
    assert styled_row(".x{display:none}", "<td class=x>9</td>") == ["规章", "5"]


def test_the_number_of_a_note_is_no_digit() -> None:
    shown = html_cell("9<sup>1</sup>"), docx_cell(run("9") + run("1", '<w:vertAlign w:val="superscript"/>'))
    for text in shown:
        parsed = parse(text, COUNT)
        assert (parsed.status, parsed.value) == (Status.DOUBTFUL, 9)


def test_a_picture_in_place_of_a_number_is_doubtful_and_no_blank() -> None:
    shown = html_cell('<img src="n.png" alt="">'), docx_cell("<w:r><w:drawing/></w:r>")
    for text in shown:
        assert text == PICTURE
        assert parse(text, COUNT).status is Status.DOUBTFUL


def test_a_picture_beside_a_label_is_nothing() -> None:
    assert html_cell('<img src="n.png">（一）予以公开') == "（一）予以公开"
    assert docx_cell("<w:r><w:drawing/></w:r>" + run("（一）予以公开")) == "（一）予以公开"


def test_a_symbol_of_a_symbol_font_is_doubtful() -> None:
    text = docx_cell('<w:r><w:sym w:font="Wingdings" w:char="F0FC"/></w:r>')
    assert parse(text, COUNT).status is Status.DOUBTFUL


def workbook_cell(cell: str) -> str:
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        package.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{main}" xmlns:r="{relation}"><sheets>'
            '<sheet name="表" sheetId="1" r:id="r1"/></sheets></workbook>',
        )
        package.writestr(
            "xl/_rels/workbook.xml.rels",
            '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            f'<Relationship Id="r1" Type="{relation}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        )
        package.writestr(
            "xl/worksheets/sheet1.xml",
            f'<worksheet xmlns="{main}"><sheetData><row r="1">'
            f'<c r="A1" t="inlineStr"><is><t>规章</t></is></c>{cell}<c r="C1"><v>1</v></c></row>'
            '<row r="2"><c r="A2"><v>1</v></c><c r="B2"><v>1</v></c><c r="C2"><v>1</v></c></row></sheetData></worksheet>',
        )
    [grid] = [b for b in read_xlsx(out.getvalue(), "x.xlsx").blocks if isinstance(b, Grid)]
    return grid.cells[1].text


def test_a_formula_that_was_never_computed_is_no_blank() -> None:
    text = workbook_cell('<c r="B1"><f>SUM(4,5)</f><v></v></c>')
    assert parse(text, COUNT).status is Status.DOUBTFUL
    assert workbook_cell('<c r="B1" t="str"><f>""</f><v></v></c>') == ""
    assert workbook_cell('<c r="B1"><f>SUM(4,5)</f><v>9</v></c>') == "9"


def test_struck_and_raised_runs_of_a_workbook() -> None:
    struck = "<r><rPr><strike/></rPr><t>8</t></r><r><t>9</t></r>"
    raised = '<r><t>9</t></r><r><rPr><vertAlign val="superscript"/></rPr><t>1</t></r>'
    assert workbook_cell(f'<c r="B1" t="inlineStr"><is>{struck}</is></c>') == "9"
    assert workbook_cell(f'<c r="B1" t="inlineStr"><is>{raised}</is></c>') == "9¹"
