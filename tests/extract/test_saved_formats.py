"""Web archives (MHT), OpenDocument files without LibreOffice, and archives that are refused with a word of what to do."""

import base64
import quopri
import shutil
import zipfile
from io import BytesIO
from random import Random

import pytest

from benchmarks.corpus import web
from benchmarks.corpus.office import BATCHES
from benchmarks.corpus.pdf import convert_office
from benchmarks.corpus.report import draw_report
from benchmarks.corpus.sheets import write_workbook
from extract.document import extract, extract_document
from extract.read import office
from extract.read.kind import sniff

needs_soffice = pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")


def cells_of(found):
    return {(c["metric"], c["applicant"]): (c["status"], c["value"]) for c in found["cells"]}


def wanted_of(report):
    return {(c["metric"], c["applicant"]): (c["status"], c["value"]) for c in report.truth()["cells"]}


# --- web archives


def mht(page: bytes, charset: str = "utf-8", encoding: str = "quoted-printable", head: str = "") -> bytes:
    """A web archive as browsers and Word write it: the page, a style sheet and a picture."""
    body = quopri.encodestring(page) if encoding == "quoted-printable" else base64.encodebytes(page)
    boundary = "----MultipartBoundary--abc----"
    mark = f"--{boundary}".encode()
    return b"\r\n".join(
        [
            b"From: <Saved by Blink>",
            b"Snapshot-Content-Location: https://example.invalid/report.html",
            b"MIME-Version: 1.0",
            f'Content-Type: multipart/related; type="text/html"; boundary="{boundary}"{head}'.encode(),
            b"",
            mark,
            b"Content-Type: text/css",
            b"Content-Transfer-Encoding: quoted-printable",
            b"",
            b"p { color: red }",
            mark,
            f"Content-Type: text/html; charset={charset}".encode() if charset else b"Content-Type: text/html",
            b"Content-ID: <page@mhtml.blink>",
            f"Content-Transfer-Encoding: {encoding}".encode(),
            b"",
            body,
            mark,
            b"Content-Type: image/png",
            b"Content-Transfer-Encoding: base64",
            b"",
            base64.b64encode(b"\x89PNG nothing"),
            mark + b"--",
            b"",
        ]
    )


@pytest.mark.parametrize("encoding", ["quoted-printable", "base64"])
@pytest.mark.parametrize("charset", ["utf-8", "gb2312", ""])
def test_a_web_archive_is_read_as_its_page(encoding, charset):
    report = draw_report(Random(5))
    _, page = web.FAMILIES["html_plain"](report, Random(5))
    text = page.decode("utf-8")
    if charset == "gb2312":  # the page's own declaration is of another encoding: the archive's word counts
        page = text.encode("gb18030")
    data = mht(page, charset, encoding)
    assert sniff(data).family == "mht"
    (found,) = extract_document(data, "a.mht")
    assert found["error"] is None and found["document"]["format"] == "html"
    assert cells_of(found) == wanted_of(report)
    assert found["cells"][0]["where"]["path"].startswith("/html/body")


def test_a_web_archive_with_a_page_named_as_its_start():
    report = draw_report(Random(6))
    _, page = web.FAMILIES["html_plain"](report, Random(6))
    other = b"--X\r\nContent-Type: text/html\r\n\r\n<html><body><p>advert</p></body></html>\r\n"
    data = (
        b'MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=X; start="<main>"\r\n\r\n'
        + other
        + b"--X\r\nContent-Type: text/html\r\nContent-ID: <main>\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + base64.encodebytes(page)
        + b"--X--\r\n"
    )
    (found,) = extract_document(data, "a.mht")
    assert cells_of(found) == wanted_of(report)


def test_a_web_archive_without_a_page_or_cut_off():
    empty = b"MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=X\r\n\r\n--X\r\nContent-Type: image/png\r\n\r\nabc\r\n--X--\r\n"
    assert extract(empty, "a.mht").error.error_class == "corrupt"
    many = (
        b"MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=X\r\n\r\n"
        + b"--X\r\n\r\na\r\n" * 9000
    )
    assert extract(many, "a.mht").error.error_class == "too_large"


def test_a_letter_is_no_web_archive():
    assert sniff("政府信息公开工作年度报告\nMIME-Version: 1.0\n".encode()).family == "text"


# --- OpenDocument


@needs_soffice
@pytest.mark.parametrize("seed", [31, 32, 33, 34])
def test_odt_is_read_without_libreoffice(monkeypatch, seed):
    report = draw_report(Random(seed))
    ((suffix, content),) = BATCHES["odt"]([report], Random(seed))
    monkeypatch.setattr(office, "_program", lambda: None)
    (found,) = extract_document(content, f"a{suffix}")
    assert found["error"] is None and found["document"]["format"] == "odt"
    assert cells_of(found) == wanted_of(report)


@needs_soffice
@pytest.mark.parametrize("style", ["plain", "bare", "formats", "sheets"])
def test_ods_is_read_without_libreoffice(monkeypatch, style):
    report = draw_report(Random(41))
    (content,) = convert_office([write_workbook(report, Random(41), style)], "xlsx", "ods:calc8")
    monkeypatch.setattr(office, "_program", lambda: None)
    (found,) = extract_document(content, "a.ods")
    assert found["error"] is None and found["document"]["format"] == "ods"
    assert cells_of(found) == wanted_of(report)


def package(content: str, kind: str = "text", **parts: str) -> bytes:
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", f"application/vnd.oasis.opendocument.{kind}")
        archive.writestr("content.xml", content)
        for name, text in parts.items():
            archive.writestr({"manifest": "META-INF/manifest.xml", "meta": "meta.xml"}[name], text)
    return stream.getvalue()


SPACES = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" '
    'xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0" '
    'xmlns:loext="urn:org:documentfoundation:names:experimental:office:xmlns:loext:1.0"'
)


def odt(body: str, styles: str = "", head: str = "") -> bytes:
    return package(
        f"{head}<office:document-content {SPACES}><office:automatic-styles>{styles}</office:automatic-styles>"
        f"<office:body><office:text>{body}</office:text></office:body></office:document-content>"
    )


def blocks(data):
    from extract.read import read_document

    return read_document(data, "a.odt").blocks


def test_odt_spaces_footnotes_hidden_text_and_tracked_changes():
    hidden = '<style:style style:name="T1"><style:text-properties text:display="none"/></style:style>'
    body = (
        "<text:tracked-changes><text:changed-region><text:deletion><text:p>gone</text:p></text:deletion></text:changed-region>"
        '</text:tracked-changes><text:p>12<text:note><text:note-citation>1</text:note-citation></text:note><text:s text:c="2"/>件'
        '<text:span text:style-name="T1">99</text:span></text:p>'
    )
    assert [b.text for b in blocks(odt(body, hidden))] == ["12  件"]


def test_odt_tables_in_shapes_are_read_once_where_they_stand():
    table = (
        '<loext:table><loext:table-row><loext:table-cell table:number-columns-spanned="2"><text:p>a</text:p></loext:table-cell>'
        "<loext:covered-table-cell/><loext:table-cell><text:p>7</text:p></loext:table-cell></loext:table-row></loext:table>"
    )
    shape = f"<draw:custom-shape><text:p>before</text:p>{table}</draw:custom-shape>"
    for body in (f"<text:p>text{shape}</text:p>", f"<text:p>text</text:p>{shape}"):
        text, before, grid = blocks(odt(body))
        assert (text.text, before.text) == ("text", "before")
        assert [(c.col, c.col_span, c.text) for c in grid.cells] == [(0, 2, "a"), (2, 1, "7")]


def test_odt_spans_covered_and_repeated_cells():
    body = (
        '<table:table><table:table-row><table:table-cell table:number-columns-spanned="2"><text:p>a</text:p></table:table-cell>'
        "<table:covered-table-cell/><table:table-cell><text:p>b</text:p></table:table-cell></table:table-row>"
        '<table:table-row><table:table-cell table:number-columns-repeated="3"><text:p>0</text:p></table:table-cell></table:table-row>'
        "</table:table>"
    )
    (grid,) = blocks(odt(body))
    assert [(c.row, c.col, c.col_span, c.text) for c in grid.cells] == [
        (0, 0, 2, "a"), (0, 2, 1, "b"), (1, 0, 1, "0"), (1, 1, 1, "0"), (1, 2, 1, "0"),
    ]  # fmt: skip


def test_odt_spans_without_covered_cells_as_some_converters_write_them():
    wide = '<table:table-cell table:number-columns-spanned="2"><text:p>甲</text:p></table:table-cell>'
    tall = '<table:table-cell table:number-rows-spanned="2"><text:p>乙</text:p></table:table-cell>'
    plain = "<table:table-cell><text:p>{}</text:p></table:table-cell>"
    body = (
        f"<table:table><table:table-row>{wide}{tall}{plain.format('丙')}</table:table-row>"
        f"<table:table-row>{plain.format('1')}{plain.format('2')}{plain.format('3')}</table:table-row></table:table>"
    )
    (grid,) = blocks(odt(body))
    assert [(c.row, c.col, c.text) for c in grid.cells] == [
        (0, 0, "甲"), (0, 2, "乙"), (0, 3, "丙"), (1, 0, "1"), (1, 1, "2"), (1, 3, "3"),
    ]  # fmt: skip


def test_hostile_opendocument_files():
    bomb = odt("<text:p>&lol;</text:p>", head='<!DOCTYPE x [<!ENTITY lol "ha">]>')
    assert extract(bomb, "a.odt").error.error_class == "corrupt"
    many = odt("<text:p/>" * 2_100_000)
    assert extract(many, "a.odt").error.error_class == "too_large"
    wide = odt(
        '<table:table><table:table-row table:number-rows-repeated="999999999"><table:table-cell '
        'table:number-columns-repeated="999999999"><text:p>0</text:p></table:table-cell></table:table-row></table:table>'
    )
    assert extract(wide, "a.odt").error.error_class == "not_a_report"  # cut to what a table can be
    rows = '<table:table-row table:number-rows-repeated="200"><table:table-cell table:number-columns-repeated="200"/></table:table-row>'
    assert extract(odt(f"<table:table>{rows * 50}</table:table>"), "a.odt").error.error_class == "too_large"
    locked = package("x", manifest="<manifest:encryption-data/>")
    assert extract(locked, "a.odt").error.error_class == "encrypted"
    assert extract(package("<a/>"), "a.odt").error.error_class == "corrupt"
    assert extract(package("<a/>", "spreadsheet"), "a.ods").error.error_class == "corrupt"


# --- archives that are not opened


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"Rar!\x1a\x07\x01\x00" + bytes(99), "RAR"),
        (b"7z\xbc\xaf\x27\x1c" + bytes(99), "7Z"),
        (b"\x1f\x8b\x08" + bytes(99), "GZ"),
        (b"a.txt".ljust(257, b"\x00") + b"ustar\x0000" + bytes(300), "TAR"),
    ],
)
def test_other_archives_are_refused_with_what_to_do(data, kind):
    error = extract(data, "a.rar").error
    assert error.error_class == "unsupported"
    assert kind in error.sentence and "解压" in error.sentence and "ZIP" in error.sentence
