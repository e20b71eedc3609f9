"""PDF files as they come: every layout of tests/fixtures/pdf has each value in its row and column."""

from __future__ import annotations

import ctypes
import io
import json
import re
import zlib
from collections import Counter
from pathlib import Path

import pdfplumber
import pypdfium2 as pdfium
import pytest

from extract.model import Geometry, Grid, GridCell, Paragraph, ReadDocument, UnreadableError
from extract.read.flow import RADICALS
from extract.read.pdf import MAX_PAGES, SecondReader, read_pdf
from extract.recognise.geometry import settle

FIXTURES = Path(__file__).parents[2] / "fixtures" / "pdf"
LAYOUTS = sorted(path.stem for path in FIXTURES.glob("*.json"))
UNRULED = {"horizontal", "no_borders", "no_borders_right", "zebra", "narrow_no_borders", "pages_no_borders"}
UNRULED |= {"turned_horizontal", "office_no_borders"}
REAL = Path(__file__).parents[4] / "shared" / "real"


def content_of(name: str) -> bytes:
    return (FIXTURES / f"{name}.pdf").read_bytes()


def read(name: str) -> ReadDocument:
    return settle(read_pdf(content_of(name), f"{name}.pdf"))


def grids_of(document: ReadDocument) -> list[Grid]:
    return [block for block in document.blocks if isinstance(block, Grid)]


def rows_of(document: ReadDocument) -> list[list[GridCell]]:
    """For each row of each grid the cells that stand in it, spanning ones too, from left to right."""
    rows = []
    for grid in grids_of(document):
        height = max(cell.row + cell.row_span for cell in grid.cells)
        for i in range(height):
            inside = [cell for cell in grid.cells if cell.row <= i < cell.row + cell.row_span]
            rows.append(sorted(inside, key=lambda cell: cell.col))
    return rows


def squeezed(text: str) -> str:
    return re.sub(r"\s", "", text)


def printed(document: ReadDocument, wanted: list[list[str]]) -> list[list[str]]:
    """The wanted rows as they are read: found by their labels, in order; values are what stands right of the label."""
    rows, at, found = rows_of(document), 0, []
    for label, *values in wanted:
        for i in range(at, len(rows)):
            row = rows[i]
            own = [k for k, cell in enumerate(row) if label and squeezed(cell.text) == squeezed(label)]
            start = own[-1] + 1 if own else 0
            texts = [squeezed(cell.text) for cell in row[start:]]
            alike = own if label else len(row) == len(values) and not re.search(r"[一-鿿]", "".join(texts))
            if alike and len(texts) == len(values):
                found.append([label, *texts])
                at = i + 1
                break
        else:
            found.append([label, "no such row"])
    return found


@pytest.mark.parametrize("name", LAYOUTS)
def test_every_value_is_in_its_row_and_column(name: str) -> None:
    wanted = [[squeezed(text) for text in row] for row in json.loads((FIXTURES / f"{name}.json").read_text())]
    assert printed(read(name), wanted) == wanted


@pytest.mark.parametrize("name", LAYOUTS)
def test_grids_say_how_far_their_columns_can_be_trusted(name: str) -> None:
    geometries = {grid.geometry for grid in grids_of(read(name))}
    assert geometries == ({Geometry.INFERRED} if name in UNRULED else {Geometry.EXPLICIT})


@pytest.mark.parametrize("name", LAYOUTS)
def test_grids_are_complete_and_do_not_overlap(name: str) -> None:
    for grid in grids_of(read(name)):
        places = [
            (row, col)
            for cell in grid.cells
            for row in range(cell.row, cell.row + cell.row_span)
            for col in range(cell.col, cell.col + cell.col_span)
        ]
        assert len(places) == len(set(places))
        if grid.geometry is Geometry.EXPLICIT:
            assert len(places) == (max(places)[0] + 1) * (max(col for _, col in places) + 1)


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_second_reader_sees_the_same_text_in_the_same_boxes(name: str) -> None:
    with SecondReader(content_of(name)) as second:
        for grid in grids_of(read(name)):
            for cell in grid.cells:
                if cell.text and cell.text.isdigit():
                    assert cell.place.page is not None
                    assert cell.place.box is not None
                    assert squeezed(second.text_in(cell.place.page, cell.place.box)) == squeezed(cell.text)


@pytest.mark.parametrize("name", ["ruled", "zebra", "turned_horizontal", "office_no_borders"])
def test_the_second_reader_sees_all_that_pdfplumber_sees(name: str) -> None:
    """It reads characters only, without paths, colours and fonts that are not used."""
    content = content_of(name)
    with pdfplumber.open(io.BytesIO(content)) as document, SecondReader(content) as second:
        for page in document.pages:
            wanted = "".join(character["text"] for character in page.chars)
            read = second.text_in(page.page_number, page.bbox)
            assert Counter(squeezed(read)) == Counter(squeezed(wanted.translate(RADICALS)))


def test_second_reader_finds_the_cell_of_a_ruled_table() -> None:
    with SecondReader(content_of("ruled")) as second:
        cells = [cell for grid in grids_of(read("ruled")) for cell in grid.cells if cell.text.isdigit()]
        place = cells[-1].place
        assert second.cell_at(place.page or 0, place.box or (0, 0, 0, 0)) == cells[-1].text
        assert second.cell_at(1, (0, 0, 5, 5)) is None


def test_page_numbers_and_running_heads_are_no_cells() -> None:
    document = read("pages_header")
    texts = [block.text for block in document.blocks if isinstance(block, Paragraph)]
    title = texts[0]
    assert texts.count(title) > 1
    assert not [cell for grid in grids_of(document) for cell in grid.cells if cell.text == title]


def test_two_tables_side_by_side_are_two_grids() -> None:
    left, right = grids_of(read("side_by_side"))[:2]
    assert left.place.page == right.place.page
    assert left.place.box is not None
    assert right.place.box is not None
    assert left.place.box[2] < right.place.box[0]


def test_upright_text_is_read_from_top_to_bottom() -> None:
    texts = [cell.text for grid in grids_of(read("vertical")) for cell in grid.cells]
    assert "三、本年度办理结果" in texts


def test_a_turned_page_has_boxes_as_displayed() -> None:
    pages = pdfium.PdfDocument(content_of("turned"))
    for grid in grids_of(read("turned")):
        width, height = pages[(grid.place.page or 1) - 1].get_size()
        for cell in grid.cells:
            x0, top, x1, bottom = cell.place.box or (0, 0, 0, 0)
            assert -1 <= x0 < x1 <= width + 1
            assert -1 <= top < bottom <= height + 1


def error_of(content: bytes, name: str = "a.pdf") -> str:
    with pytest.raises(UnreadableError) as caught:
        read_pdf(content, name)
    assert caught.value.sentence
    return caught.value.error_class


def test_a_file_locked_against_changes_opens() -> None:
    texts = [block.text for block in read("locked_open").blocks if isinstance(block, Paragraph)]
    assert texts == ["政府信息公开工作年度报告"]


def test_a_file_that_asks_for_a_password_is_encrypted() -> None:
    assert error_of(content_of("locked_closed")) == "encrypted"


@pytest.mark.parametrize("share", [0.999, 0.9, 0.5, 0.1])
def test_a_cut_file_is_never_read(share: float) -> None:
    content = content_of("ruled")
    assert error_of(content[: int(len(content) * share)]) == "corrupt"


def test_other_files_with_the_name_of_a_pdf() -> None:
    assert error_of(b"") == "empty"
    assert error_of(b"\xff\xd8\xff\xe0" + bytes(4000)) == "unsupported"
    assert error_of(b"no pdf at all") == "corrupt"
    assert error_of(b"%PDF-1.7\nnothing\n%%EOF\n") == "corrupt"


def with_pictures(words: str = "") -> bytes:
    """Two pages that a picture covers, with words printed over it."""
    document = pdfium.PdfDocument.new()
    for _ in range(2):
        page = document.new_page(200, 300)
        picture = pdfium.PdfImage.new(document)
        bitmap = pdfium.PdfBitmap.new_native(20, 30, pdfium.raw.FPDFBitmap_BGR)
        bitmap.fill_rect((255, 0, 0, 255), 0, 0, 20, 30)
        picture.set_bitmap(bitmap)
        picture.set_matrix(pdfium.PdfMatrix(200, 0, 0, 300, 0, 0))
        page.insert_obj(picture)
        if words:
            text = pdfium.raw.FPDFPageObj_NewTextObj(document, b"Helvetica", 8)
            coded = ctypes.create_string_buffer(words.encode("utf-16-le") + b"\0\0")
            pdfium.raw.FPDFText_SetText(text, ctypes.cast(coded, pdfium.raw.FPDF_WIDESTRING))
            page.insert_obj(pdfium.PdfObject(text, pdf=document))
        page.gen_content()
    return saved(document)


def test_pages_of_pictures_have_no_text() -> None:
    assert error_of(with_pictures()) == "no_text"


def test_a_stamp_over_the_picture_of_a_page_is_not_its_text() -> None:
    assert error_of(with_pictures("Scanned on 2024-01-20 by the archive of the office")) == "no_text"
    assert read_pdf(with_pictures("a page with text of its own " * 12), "x.pdf").blocks


def test_too_many_pages() -> None:
    document = pdfium.PdfDocument.new()
    for _ in range(MAX_PAGES + 1):
        document.new_page(100, 100)
    assert error_of(saved(document)) == "too_large"


def test_digits_of_a_font_without_a_map_are_never_guessed() -> None:
    content = content_of("ruled").replace(b"/ToUnicode", b"/ToUnicodx")
    assert error_of(content) == "no_unicode"


def test_digits_of_a_font_with_a_wrong_map_are_never_taken_for_true() -> None:
    assert error_of(with_wrong_map(content_of("ruled"))) == "no_unicode"


def with_wrong_map(content: bytes) -> bytes:
    """The file with maps that give Latin letters for Chinese characters, as programs do that number glyphs anew."""

    def rewritten(match: re.Match[bytes]) -> bytes:
        data = zlib.decompress(match.group(2))
        if b"beginbfchar" not in data and b"beginbfrange" not in data:
            return match.group(0)
        changed = re.sub(rb"(<[0-9A-Fa-f]{4}> )<[4-9][0-9A-Fa-f]{3}>", rb"\1<00FF>", data)
        packed = zlib.compress(changed)
        return match.group(1) + packed + b" " * max(0, len(match.group(2)) - len(packed)) + match.group(3)

    return re.sub(rb"(stream\r?\n)(.*?)(\r?\nendstream)", rewritten, content, flags=re.DOTALL)


def saved(document: pdfium.PdfDocument) -> bytes:
    import io

    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


@pytest.mark.skipif(not REAL.exists(), reason="the real report is not here")
def test_the_real_report() -> None:
    content = (REAL / "documents" / "hongze-district-2023.pdf").read_bytes()
    truth = json.loads((REAL / "figures" / "hongze-district-2023.json").read_text())
    slips = {"2.其他法律行政法规禁止公开": "2.其他法律行政止公开"}  # as printed
    labels = [row[0].split("|")[-1] for row in truth["requests"]]
    wanted = [[slips.get(name, name), *row[1:]] for name, row in zip(labels, truth["requests"], strict=True)]
    assert printed(settle(read_pdf(content, "hongze.pdf")), wanted) == wanted


def _written(text: str, *, invisible: bool) -> bytes:
    """A page with one line of text, drawn visibly or not."""
    import ctypes
    import io

    import pypdfium2 as pdfium
    import pypdfium2.raw as raw

    document = pdfium.PdfDocument.new()
    page = document.new_page(595, 842)
    item = raw.FPDFPageObj_NewTextObj(document, b"Helvetica", 12.0)
    encoded = (text + "\0").encode("utf-16-le")
    raw.FPDFText_SetText(item, ctypes.cast(encoded, raw.FPDF_WIDESTRING))
    if invisible:
        raw.FPDFTextObj_SetTextRenderMode(item, raw.FPDF_TEXTRENDERMODE_INVISIBLE)
    raw.FPDFPageObj_Transform(item, 1, 0, 0, 1, 50, 700)
    raw.FPDFPage_InsertObject(page, item)
    page.gen_content()
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def test_text_that_nobody_sees_is_no_text():
    """A scanner's own recognition lies invisibly under the picture: its digits are guesses."""
    visible = read_pdf(_written("Report 2023 of 12345 cases", invisible=False), "a.pdf")
    assert any("12345" in block.text for block in visible.blocks if isinstance(block, Paragraph))
    with pytest.raises(UnreadableError) as caught:
        read_pdf(_written("Report 2023 of 12345 cases", invisible=True), "a.pdf")
    assert caught.value.error_class == "no_text"
