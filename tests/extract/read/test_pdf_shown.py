"""What a PDF shows counts, not what its text layer says: annotations, and pictures under, over and beside the text."""

from __future__ import annotations

import ctypes
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import PIL.Image
import pypdfium2 as pdfium
import pypdfium2.raw as raw
import pytest

from extract.document import extract_document
from extract.model import Box, UnreadableError
from extract.read.pdf import read_pdf
from extract.read.pdf_drawing import is_doubled

FIXTURES = Path(__file__).parents[2] / "fixtures" / "pdf"
RULED = (FIXTURES / "horizontal.pdf").read_bytes()
Cell = dict[str, Any]


def cells_of(content: bytes) -> dict[tuple[str, str], Cell]:
    (report,) = extract_document(content, "年报.pdf")
    return {(cell["metric"], cell["applicant"]): cell for cell in report["cells"]}


def a_blank(content: bytes) -> Cell:
    return next(cell for cell in cells_of(content).values() if cell["status"] == "blank")


def wide(text: str) -> Any:
    return ctypes.cast(ctypes.create_string_buffer((text + "\0").encode("utf-16-le")), raw.FPDF_WIDESTRING)


def saved(document: pdfium.PdfDocument) -> bytes:
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def with_annotation(
    content: bytes, cell: Cell, kind: int, words: str, *, drawn: bool, flags: int = 0
) -> bytes:
    """An annotation over a cell: with words, and with a drawing of them or without one."""
    document = pdfium.PdfDocument(content)
    page = document[cell["where"]["page"] - 1]
    x0, top, x1, bottom = cell["where"]["box"]
    height = page.get_height()
    note = raw.FPDFPage_CreateAnnot(page.raw, kind)
    raw.FPDFAnnot_SetFlags(note, flags)
    raw.FPDFAnnot_SetRect(note, raw.FS_RECTF(x0 + 2, height - top - 2, x1 - 2, height - bottom + 2))
    raw.FPDFAnnot_SetStringValue(note, b"Contents", wide(words))
    if drawn:
        text = raw.FPDFPageObj_NewTextObj(document.raw, b"Helvetica", 9.0)
        raw.FPDFText_SetText(text, wide(words))
        raw.FPDFPageObj_Transform(text, 1, 0, 0, 1, (x0 + x1) / 2 - 3, height - (top + bottom) / 2 - 3)
        assert raw.FPDFAnnot_AppendObject(note, text)
    raw.FPDFPage_CloseAnnot(note)
    return saved(document)


def test_a_figure_typed_over_the_page_is_read() -> None:
    blank = a_blank(RULED)
    key = blank["metric"], blank["applicant"]
    cell = cells_of(with_annotation(RULED, blank, raw.FPDF_ANNOT_STAMP, "7", drawn=True))[key]
    assert (cell["status"], cell["value"]) == ("reported", 7)


@pytest.mark.parametrize("kind", [raw.FPDF_ANNOT_FREETEXT, raw.FPDF_ANNOT_WIDGET])
def test_a_figure_typed_over_the_page_that_only_its_viewer_can_draw_is_no_blank(kind: int) -> None:
    blank = a_blank(RULED)
    content = with_annotation(RULED, blank, raw.FPDF_ANNOT_FREETEXT, "7", drawn=False)
    if kind == raw.FPDF_ANNOT_WIDGET:
        content = content.replace(b"/FreeText", b"/Widget  ").replace(b"/Contents(", b"/V       (")
        assert b"/V       (" in content
    cell = cells_of(content)[blank["metric"], blank["applicant"]]
    assert cell["status"] == "doubtful"


@pytest.mark.parametrize("flags", [raw.FPDF_ANNOT_FLAG_HIDDEN, raw.FPDF_ANNOT_FLAG_NOVIEW])
def test_an_annotation_that_nobody_sees_changes_nothing(flags: int) -> None:
    blank = a_blank(RULED)
    content = with_annotation(RULED, blank, raw.FPDF_ANNOT_STAMP, "7", drawn=True, flags=flags)
    assert cells_of(content)[blank["metric"], blank["applicant"]]["status"] == "blank"


# -- pictures ----------------------------------------------------------------------------------------------------


def with_pictures(
    content: bytes,
    draw: Callable[[PIL.Image.Image], PIL.Image.Image],
    box: Box | None = None,
    *,
    below: bool = False,
) -> bytes:
    """Every page with a picture over (or below) its text, made from what the page looks like; `box`: over which part."""
    document = pdfium.PdfDocument(content)
    for page in document:
        seen = draw(page.render(scale=150 / 72).to_pil().convert("RGB"))
        left, low, right, high = box or (0.0, 0.0, 1.0, 1.0)
        width, height = page.get_size()
        picture = raw.FPDFPageObj_NewImageObj(document.raw)
        bitmap = pdfium.PdfBitmap.from_pil(seen)
        raw.FPDFImageObj_SetBitmap(None, 0, picture, bitmap.raw)
        size = (right - left) * width, (high - low) * height
        raw.FPDFImageObj_SetMatrix(picture, size[0], 0, 0, size[1], left * width, low * height)
        last = raw.FPDFPage_CountObjects(page.raw)
        assert raw.FPDFPage_InsertObjectAtIndex(page.raw, picture, 0 if below else last)
        page.gen_content()
    return saved(document)


def pictured(content: bytes) -> str:
    """The pages that are recognised as pictures, `all` for all of them."""
    try:
        return read_pdf(content, "a.pdf").metadata.get("picture_pages", "")
    except UnreadableError as error:
        assert error.error_class == "no_text"
        return "all"


def paper(picture: PIL.Image.Image) -> PIL.Image.Image:
    """Coloured paper with a broad light band, as letterheads and watermarks have."""
    plain = PIL.Image.new("RGB", picture.size, (250, 246, 238))
    plain.paste((238, 232, 220), (0, picture.height // 3, picture.width, picture.height // 2))
    return plain


def test_the_text_that_another_program_has_recognised_in_a_scan_is_not_trusted() -> None:
    assert pictured(with_pictures(RULED, lambda seen: seen)) == "all"


def test_text_on_decorated_paper_is_text() -> None:
    assert pictured(with_pictures(first_page("horizontal"), paper)) == ""


def test_a_table_as_a_picture_among_text_has_its_page_recognised() -> None:
    def table(_: PIL.Image.Image) -> PIL.Image.Image:
        with pdfium.PdfDocument(FIXTURES / "ruled.pdf") as document:
            page = document[1].render(scale=2).to_pil().convert("RGB")
        return page.crop((0, 0, page.width, page.height // 2))

    assert pictured(with_pictures(first_page("side_by_side"), table, (0.1, 0.02, 0.9, 0.42))) == "all"


def first_page(name: str) -> bytes:
    """A page of text without the rest of its file."""
    with pdfium.PdfDocument(FIXTURES / f"{name}.pdf") as document:
        single = pdfium.PdfDocument.new()
        single.import_pages(document, [0])
        return saved(single)


def test_ink_of_a_background_picture_in_an_empty_cell_is_no_blank() -> None:
    blank = a_blank(RULED)
    x0, top, x1, bottom = (round(edge * 150 / 72) for edge in blank["where"]["box"])

    def background(seen: PIL.Image.Image) -> PIL.Image.Image:
        plain = PIL.Image.new("RGB", seen.size, (255, 255, 255))
        middle, half = (x0 + x1) // 2, (bottom - top) // 4
        plain.paste((20, 20, 20), (middle, top + half, middle + 4, bottom - half))
        return plain

    cell = cells_of(with_pictures(RULED, background))[blank["metric"], blank["applicant"]]
    assert cell["status"] == "doubtful"


def test_a_text_printed_twice_over_each_other_is_never_sure() -> None:
    def askew(seen: PIL.Image.Image) -> PIL.Image.Image:
        return seen.rotate(0.8, fillcolor=(255, 255, 255))

    for below, doubled in ((True, True), (False, False)):
        with pdfium.PdfDocument(with_pictures(first_page("horizontal"), askew, below=below)) as document:
            assert is_doubled(document[0].raw) is doubled


# -- figures over each other -------------------------------------------------------------------------------------


def typed(content: bytes, cell: Cell, words: str, *, size: float = 9.0, dx: float = 0.0) -> bytes:
    """The file with words printed into a cell."""
    document = pdfium.PdfDocument(content)
    page = document[cell["where"]["page"] - 1]
    x0, top, x1, bottom = cell["where"]["box"]
    text = raw.FPDFPageObj_NewTextObj(document.raw, b"Helvetica", size)
    raw.FPDFText_SetText(text, wide(words))
    middle = page.get_height() - (top + bottom) / 2
    raw.FPDFPageObj_Transform(text, 1, 0, 0, 1, (x0 + x1) / 2 - 3 + dx, middle - 3)
    raw.FPDFPage_InsertObject(page.raw, text)
    page.gen_content()
    return saved(document)


def after(content: bytes, cell: Cell) -> tuple[str, Any]:
    found = cells_of(content)[cell["metric"], cell["applicant"]]
    return found["status"], found["value"]


def test_a_figure_printed_over_another_one_is_not_sure() -> None:
    blank = a_blank(RULED)
    assert after(typed(typed(RULED, blank, "3"), blank, "8", dx=0.5), blank)[0] == "doubtful"


def test_a_figure_printed_twice_is_one() -> None:
    blank = a_blank(RULED)
    assert after(typed(typed(RULED, blank, "8"), blank, "8", size=9.5, dx=0.4), blank) == ("reported", 8)


def test_a_figure_too_small_to_be_seen_is_no_digit() -> None:
    blank = a_blank(RULED)
    assert after(typed(typed(RULED, blank, "8"), blank, "7", size=0.4, dx=6), blank) == ("reported", 8)


def test_a_figure_made_curves_is_no_blank() -> None:
    blank = a_blank(RULED)
    document = pdfium.PdfDocument(RULED)
    page = document[blank["where"]["page"] - 1]
    x0, top, x1, bottom = blank["where"]["box"]
    x, y = (x0 + x1) / 2, page.get_height() - (top + bottom) / 2
    path = raw.FPDFPageObj_CreateNewPath(x - 2, y - 3)
    for step in range(4):
        raw.FPDFPath_BezierTo(path, x - 2, y - 2 + step, x + 2, y - 2 + step, x + 2 - step, y - 1 + step)
    raw.FPDFPath_Close(path)
    raw.FPDFPath_SetDrawMode(path, raw.FPDF_FILLMODE_WINDING, False)
    raw.FPDFPage_InsertObject(page.raw, path)
    page.gen_content()
    assert after(saved(document), blank)[0] == "doubtful"
