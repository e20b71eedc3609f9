"""What a worker does before its first document: it must do what it says, or the first document pays for it."""

from __future__ import annotations

import weakref

import pytest

from extract import warming
from extract.document import Extraction, extract
from extract.read.pdf_second import SecondReader
from extract.recognise import labels, values
from extract.recognise.values import Status


@pytest.fixture(scope="module")
def readings() -> list[tuple[str, Extraction]]:
    return [(name, extract(data, name)) for data, name in warming._documents()]


def test_each_digital_format_is_read(readings: list[tuple[str, Extraction]]) -> None:
    assert {reading.format for name, reading in readings if not name.endswith(".pdf")} == {
        "text",
        "html",
        "docx",
    }
    for name, reading in readings:
        if name.endswith(".pdf"):  # its few figures are no report
            assert reading.error is not None and reading.error.error_class == "not_a_report"
            assert reading.format == "pdf" and reading.pages == warming.PAGES
        else:
            assert reading.error is None and len(reading.reports) == 1


def test_the_rows_of_both_generations_are_known(readings: list[tuple[str, Extraction]]) -> None:
    texts = [reading.reports[0] for name, reading in readings if name.endswith(".txt")]
    assert {report.generation for report in texts} == {"2019", "2021"}
    for report in texts:
        assert {cell.status for cell in report.cells} == {Status.REPORTED}


def test_figures_are_remembered_before_the_first_document() -> None:
    warming.warm_up()
    meant, parsed = labels._meanings.cache_info(), values._parsed.cache_info()
    labels.meanings("437")
    values.parse("437", next(m for m in warming.load_form().metrics() if m.section == "requests"))
    assert labels._meanings.cache_info().misses == meant.misses
    assert values._parsed.cache_info().misses == parsed.misses


def test_a_second_reading_leaves_nothing_behind() -> None:
    with SecondReader(warming._pdf()) as second:
        assert second.text_in(warming.PAGES, (50.0, 90.0, 90.0, 110.0)) == "20"
        opened = weakref.ref(second._document)
    assert opened() is None
