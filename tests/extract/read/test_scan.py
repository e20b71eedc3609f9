"""Pictures of reports: what is read is right, what is not surely read is doubtful, and nothing is fetched."""

from __future__ import annotations

import io
import json
import shutil
import socket
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import PIL.Image
import PIL.ImageDraw
import PIL.ImageFont
import pypdfium2 as pdfium
import pytest

from benchmarks.corpus.families import family_names, render_family
from extract.document import extract_document
from extract.model import Grid, UnreadableError
from extract.read import read_document
from extract.read.scan_lines import Line
from extract.read.scan_network import LineReading
from extract.read.scan_page import LEGIBLE, legibility_of

FIXTURES = Path(__file__).parents[2] / "fixtures" / "scan"
SAMPLES = Path(__file__).parents[3] / "samples"
SAMPLE = "baiyu-finance-2023"
SURE = {"reported", "blank", "not_applicable"}
DPI = 150


def pictures_of(content: bytes, skew: float = 0.0, noise: float = 0.0) -> list[PIL.Image.Image]:
    """The pages of a PDF as they come from a scanner."""
    pages = []
    with pdfium.PdfDocument(content) as document:
        for page in document:
            picture = page.render(scale=DPI / 72, grayscale=True).to_pil().convert("L")
            picture = picture.rotate(skew, PIL.Image.Resampling.BICUBIC, fillcolor=255)
            shades = np.asarray(picture, dtype=np.float32) * 0.84 + 30
            shades += np.random.default_rng(1).normal(0, noise, shades.shape)
            pages.append(PIL.Image.fromarray(np.clip(shades, 0, 255).astype(np.uint8)))
    return pages


def pdf_of(pages: list[PIL.Image.Image], quality: int = 50) -> bytes:
    out = io.BytesIO()
    pages[0].save(out, "PDF", save_all=True, append_images=pages[1:], resolution=DPI, quality=quality)
    return out.getvalue()


@cache
def sample() -> bytes:
    return (SAMPLES / f"{SAMPLE}.pdf").read_bytes()


def truth_of(cells: list[dict[str, Any]]) -> dict[tuple[str, str], tuple[str, Any]]:
    return {(c["metric"], c["applicant"]): (c["status"], c["value"]) for c in cells}


def differing(
    got: list[dict[str, Any]], want: dict[tuple[str, str], tuple[str, Any]]
) -> list[dict[str, Any]]:
    return [c for c in got if (c["status"], c["value"]) != want[c["metric"], c["applicant"]]]


@pytest.fixture
def offline(monkeypatch):
    def refuse(*_):
        raise AssertionError("a reader went to the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)


def test_a_fax_of_three_pages(offline):
    (report,) = extract_document((FIXTURES / "bilevel.tif").read_bytes(), "年报.tif")
    truth = json.loads((FIXTURES / "bilevel.truth.json").read_text("utf-8"))
    assert report["document"]["format"] == "image" and report["document"]["pages"] == 3
    assert {key: report["report"][key] for key in ("agency", "year", "generation")} == {
        key: truth[key] for key in ("agency", "year", "generation")
    }
    wrong = differing(report["cells"], truth_of(truth["cells"]))
    assert not [c for c in wrong if c["status"] in SURE]
    assert len(wrong) <= 0.02 * len(truth["cells"])


def test_an_askew_noisy_scan_reads_as_its_original():
    (report,) = extract_document(pdf_of(pictures_of(sample(), skew=1.3, noise=8)), "扫描件.pdf")
    (original,) = extract_document(sample(), "原件.pdf")
    assert report["document"]["format"] == "scan"
    assert report["report"]["agency"] == original["report"]["agency"]
    wrong = differing(report["cells"], truth_of(original["cells"]))
    assert not [c for c in wrong if c["status"] in SURE]
    assert len(wrong) <= 0.02 * len(original["cells"])
    places = {(c["metric"], c["applicant"]): c["where"] for c in original["cells"]}
    for cell in report["cells"]:
        if cell["status"] == "reported":
            where = places[cell["metric"], cell["applicant"]]
            assert cell["where"]["page"] == where["page"]
            assert {"ocr:two_readings_agree"} <= set(cell["evidence"])
    found = {(f["rule"], f["metric"], f["applicant"]) for f in report["findings"] if f["outcome"] == "broken"}
    assert found <= {
        (f["rule"], f["metric"], f["applicant"]) for f in original["findings"] if f["outcome"] == "broken"
    }


def test_only_the_picture_pages_of_a_mixed_file_are_recognised():
    pictures = pdf_of(pictures_of(sample()), quality=85)
    with pdfium.PdfDocument(sample()) as text, pdfium.PdfDocument(pictures) as scanned:
        count = len(text)
        whole = pdfium.PdfDocument.new()
        whole.import_pages(text, list(range(count - 1)))
        whole.import_pages(scanned, [count - 1])
        out = io.BytesIO()
        whole.save(out)
        whole.close()
    (report,) = extract_document(out.getvalue(), "混合.pdf")
    (original,) = extract_document(sample(), "原件.pdf")
    assert report["document"]["format"] == "pdf"
    for cell in report["cells"]:
        recognised = any(e.startswith("ocr:") for e in cell["evidence"])
        assert recognised == (cell["where"].get("page") == count), cell
    wrong = differing(report["cells"], truth_of(original["cells"]))
    assert not [c for c in wrong if c["status"] in SURE]


def table_page(scribble: tuple[float, float] | None) -> bytes:
    """A small table of section three, with a scribble (in points) where nothing is printed."""
    scale = 200 / 72
    page = PIL.Image.new("L", (round(400 * scale), round(500 * scale)), 255)
    draw = PIL.ImageDraw.Draw(page)
    for row in range(5):
        draw.line([(20 * scale, (40 + 30 * row) * scale), (380 * scale, (40 + 30 * row) * scale)], 0, 2)
    for column in range(5):
        draw.line([((20 + 90 * column) * scale, 40 * scale), ((20 + 90 * column) * scale, 160 * scale)], 0, 2)
    font = PIL.ImageFont.load_default(30)
    for row in range(4):
        for column in (0, 1, 3):
            draw.text(((60 + 90 * column) * scale, (48 + 30 * row) * scale), str(10 * row + column), 0, font)
    if scribble is not None:
        x, y = scribble[0] * scale, scribble[1] * scale
        draw.line([(x, y), (x + 12, y - 9), (x + 16, y + 8), (x + 30, y - 2)], 60, 2)
    out = io.BytesIO()
    page.save(out, "PNG", dpi=(200, 200))
    return out.getvalue()


def test_ink_that_reads_as_nothing_is_never_an_empty_cell():
    clean, dirty = (read_document(table_page(mark), "a.png") for mark in (None, (230, 85)))
    box = (200, 70, 290, 100)

    def inside(document):
        return [
            spot
            for spot in document.spots
            if box[0] < spot.place.box[0] < box[2] and box[1] < spot.place.box[1] < box[3]
        ]

    assert inside(clean) == []
    assert {spot.text for spot in clean.spots if spot.why is None} >= {"10", "11", "13", "31", "33"}
    assert inside(dirty) and all(spot.why is not None for spot in inside(dirty))


def rows_of(name):
    """The texts of the one grid on a picture, row by row."""
    document = read_document((FIXTURES / name).read_bytes(), name)
    (grid,) = [block for block in document.blocks if isinstance(block, Grid)]
    return [
        [cell.text for cell in grid.cells if cell.row == row]
        for row in range(max(cell.row for cell in grid.cells) + 1)
    ]


def test_a_page_with_little_on_it_that_hangs_by_a_quarter_is_turned():
    first, second = rows_of("two_rows_sideways.tif")
    assert first == ["一、本年新收政府信息公开申请数量", "12", "4", "0", "0", "0", "1", "17"]
    assert second == ["二、上年结转政府信息公开申请数量", *["0"] * 7]


def sample_of(*found):
    """Lines by the width and height of their ink, and what they were read as with which probability."""
    return [
        (Line((0, 0, width, height), (0, 0, width, height)), LineReading(text, mean, mean, ()))
        for width, height, text, mean in found
    ]


def test_characters_lying_on_their_side_do_not_pass_for_a_legible_page():
    # what was read off pages that hung by a quarter, each sure of itself
    dashes = sample_of(*[(54, 4, "一", 0.9)] * 6)
    signs = sample_of(*[(47, 49, text, 1.0) for text in "政息办府信公"])
    columns = sample_of((648, 36, "热刮校", 0.58), (261, 29, "（十二", 0.96), (331, 29, "：", 0.92))
    upright = sample_of(
        (442, 27, "一、本年新收政府信息公开申请数量", 1.0), (30, 21, "17", 1.0), (15, 21, "0", 0.89)
    )
    assert all(legibility_of(lines) < LEGIBLE for lines in (dashes, signs, columns))
    assert legibility_of(upright) >= LEGIBLE
    assert legibility_of([]) == 1.0


def test_uprights_of_a_low_row_that_end_at_the_far_side_of_its_rulings_are_rulings():
    (row,) = rows_of("low_row.tif")
    assert row == ["1", "0", "0", "1", "2", *["0"] * 5, "1", "0", "0", "0", "1"]


def test_pictures_that_can_not_be_read():
    blank = io.BytesIO()
    PIL.Image.new("L", (1200, 1700), 250).save(blank, "PNG")
    whole = table_page(None)
    for content, error_class in ((blank.getvalue(), "no_text"), (whole[: len(whole) // 2], "corrupt")):
        with pytest.raises(UnreadableError) as caught:
            read_document(content, "图.png")
        assert caught.value.error_class == error_class
        assert "图.png" in caught.value.sentence


def test_too_many_pixels_are_refused():
    huge = io.BytesIO()
    PIL.Image.new("1", (30000, 30000)).save(huge, "PNG")
    with pytest.raises(UnreadableError) as caught:
        read_document(huge.getvalue(), "大图.png")
    assert caught.value.error_class == "too_large"


@pytest.mark.soak
@pytest.mark.skipif(shutil.which("chromium") is None, reason="the corpus is printed with Chromium")
@pytest.mark.parametrize("family", family_names("scan_*,image_*"))
def test_families_of_scans(family):
    for document in render_family(family, Random(f"11/{family}"), 2):
        (report,) = extract_document(document.content, f"{document.stem}{document.suffix}")
        want = truth_of(document.truth["cells"])
        wrong = differing(report["cells"], want)
        assert not [c for c in wrong if c["status"] in SURE]
        assert len(wrong) <= 0.04 * len(want)
