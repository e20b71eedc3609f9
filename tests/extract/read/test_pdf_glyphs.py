"""Type 3 fonts: text and boxes are the same whether or not the drawings of the glyphs are read."""

from __future__ import annotations

import zlib

import pypdfium2.raw as pdfium
import pytest

from extract.read.pdf_glyphs import without_drawings
from extract.read.pdf_page import read_page

DRAWING = b"q\n" + b"10 20 m 480 20 l 480 700 l 10 700 l h f\n" * 40 + b"Q"


def glyph(extent: bytes) -> bytes:
    content = zlib.compress(extent + b"\n" + DRAWING)
    return b"<</Filter/FlateDecode/Length %d>>stream\n%b\nendstream" % (len(content), content)


def a_file(extent: bytes = b"500 0 10 -20 480 700 d1", extra: bytes = b"", font: bytes = b"") -> bytes:
    """A page with the text `12` in a Type 3 font of two glyphs."""
    page = b"BT /F1 12 Tf 1 0 0 1 100 700 Tm (\x01\x02) Tj ET"
    to_unicode = (
        b"begincmap 1 begincodespacerange <00> <FF> endcodespacerange "
        b"2 beginbfchar <01> <0031> <02> <0032> endbfchar endcmap"
    )
    font = font or (
        b"<</Type/Font/Subtype/Type3/FontBBox[0 0 0 0]/FontMatrix[.001 0 0 .001 0 0]/FirstChar 1/LastChar 2"
        b"/Widths[500 500]/Encoding<</Differences[1/g1/g2]>>/CharProcs<</g1 6 0 R/g2 7 0 R>>/ToUnicode 8 0 R>>"
    )
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%b\nendstream" % (len(page), page),
        font,
        glyph(extent),
        glyph(extent),
        b"<</Length %d>>stream\n%b\nendstream" % (len(to_unicode), to_unicode),
    ]
    content, places = b"%PDF-1.4\n" + extra, []
    for number, body in enumerate(objects, 1):
        places.append(len(content))
        content += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return (
        content + b"xref\n0 9\n0000000000 65535 f \n%btrailer<</Size 9/Root 1 0 R>>\n"
        b"startxref\n%d\n%%%%EOF" % (table, len(content))
    )


def runs_of(content: bytes) -> list[tuple[str, tuple[float, ...], tuple[float, ...]]]:
    document = pdfium.FPDF_LoadMemDocument64(content, len(content), None)
    try:
        layout, _ = read_page(document, 0)
    finally:
        pdfium.FPDF_CloseDocument(document)
    return [(run.text, run.box, run.edges) for run in layout.runs]


def test_text_and_boxes_are_the_same_without_the_drawings() -> None:
    content = a_file()
    short = without_drawings(content)
    assert len(short) == len(content)
    assert short.count(b"500 0 10 -20 480 700 d1") == 2  # their extents stand there, not compressed
    assert runs_of(short) == runs_of(content)
    assert [text for text, _, _ in runs_of(short)] == ["12"]


@pytest.mark.parametrize(
    "content",
    [
        b"%PDF-1.7\nno fonts that are drawn\n1 0 obj <</Filter/FlateDecode/Length 9>>stream\nabc",
        a_file(extent=b"500 0 d0"),
        a_file()[:560],
        b"/CharProcs 1 0 obj <</Filter/FlateDecode/Length 99999999999>>stream\n" + zlib.compress(b"1 0 d0"),
    ],
    ids=["no Type 3", "no extent", "cut", "a length that is not true"],
)
def test_what_states_no_extent_stays_as_it_is(content: bytes) -> None:
    assert without_drawings(content) == content


def test_a_stream_that_its_extent_does_not_fit_into_stays() -> None:
    short = zlib.compress(b"500 0 10 -20 480 700" + b" " * 90 + b"d1")
    content = b"/CharProcs 1 0 obj<</Length %d/Filter/FlateDecode>>stream\n%b\nendstream" % (
        len(short),
        short,
    )
    assert without_drawings(content) == content


def a_font(width: bytes = b"500", unused: bytes = b"/g0") -> bytes:
    """A font as Chromium writes it: a table of 120 codes of which two are used, and the sign for what it lacks."""
    names = [unused] * 120
    names[1], names[2] = b"/g1A", b"/g2"
    widths = [b"0"] * 120
    widths[0], widths[1], widths[2] = b"500", b"500", width
    return (
        b"<</Type /Font\n/Subtype /Type3\n/FontMatrix [.001 0 0 .001 0 0]\n/FirstChar 0\n/LastChar 119\n"
        b"/FontBBox [0 -300 900 900]\n/ToUnicode 8 0 R\n/Widths [%b]\n/Encoding <</Type /Encoding\n/Differences [0 %b]>>\n"
        b"/CharProcs <</g0 6 0 R\n/g1A 6 0 R\n/g2 7 0 R>>>>" % (b" ".join(widths), b" ".join(names))
    )


def test_text_and_boxes_are_the_same_without_the_codes_that_are_not_used() -> None:
    content = a_file(font=a_font())
    short = without_drawings(content)
    assert len(short) == len(content)
    # pdfium takes the font's height from what A and g draw
    assert b"/Differences [0/g0 65/g0 103/g0 1/g1A 2/g2 ]" in short
    assert b"/Widths" not in short
    assert runs_of(short) == runs_of(content)
    assert [text for text, _, _ in runs_of(short)] == ["12"]


def test_widths_that_the_drawings_do_not_state_stay() -> None:
    content = a_file(font=a_font(width=b"700"))
    short = without_drawings(content)
    assert b"/Widths [500 500 700 0" in short
    assert runs_of(short) == runs_of(content)


@pytest.mark.parametrize(
    "unused", [b"/.notdef", b"/space", b"/g0B"], ids=["notdef", "space", "a longer number"]
)
def test_a_table_of_other_names_reads_the_same(unused: bytes) -> None:
    content = a_file(font=a_font(unused=unused))
    short = without_drawings(content)
    assert len(short) == len(content)
    assert short.count(unused) == content.count(unused)
    assert runs_of(short) == runs_of(content)
