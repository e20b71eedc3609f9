"""Old office formats: through LibreOffice where it is installed, a clear word where it is not."""

import shutil
from random import Random

import pytest

from benchmarks.corpus.office import BATCHES
from benchmarks.corpus.report import draw_report
from extract.document import extract, extract_document
from extract.read import office

RTF = b"{\\rtf1\\ansi hello}"
DOC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + "WordDocument".encode("utf-16-le").ljust(64, b"\x00")
LOCKED = (
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    + bytes(504)
    + "EncryptedPackage".encode("utf-16-le").ljust(64, b"\x00")
)
needs_soffice = pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")


@pytest.mark.parametrize(("name", "data"), [("a.rtf", RTF), ("a.doc", DOC), ("a.wps", DOC)])
def test_without_libreoffice_the_error_says_what_to_do(monkeypatch, name, data):
    monkeypatch.setattr(office, "_program", lambda: None)
    found = extract(data, name)
    assert found.error.error_class == "needs_libreoffice"
    assert name in found.error.sentence and "DOCX" in found.error.sentence


def test_locked_and_unknown_old_files():
    assert extract(LOCKED, "a.docx").error.error_class == "encrypted"
    assert extract(DOC[:512] + bytes(64), "a.doc").error.error_class == "unsupported"
    assert (
        extract(DOC[:512] + "Workbook".encode("utf-16-le").ljust(64, b"\x00"), "a.xls").error.error_class
        == "corrupt"
    )


@needs_soffice
@pytest.mark.parametrize("family", ["doc", "rtf", "odt", "xls"])
def test_converted_documents_are_read_back_whole(family):
    reports = [draw_report(Random(21))]
    ((suffix, content),) = BATCHES[family](reports, Random(21))
    (found,) = extract_document(content, f"a{suffix}")
    assert found["error"] is None and found["document"]["format"] == family
    wanted = {(c["metric"], c["applicant"]): (c["status"], c["value"]) for c in reports[0].truth()["cells"]}
    assert {(c["metric"], c["applicant"]): (c["status"], c["value"]) for c in found["cells"]} == wanted


@needs_soffice
def test_a_conversion_that_takes_too_long_is_ended(monkeypatch):
    monkeypatch.setattr(office, "SECONDS", 0.05)
    assert extract(RTF, "a.rtf").error.error_class == "timeout"
