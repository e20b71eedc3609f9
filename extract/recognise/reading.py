"""What one walk over a document's tables found, before identities have been tested."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from extract.model import Place
from extract.recognise.values import Parsed
from extract.value_class import value_class

Key = tuple[str, str]
"""(metric key, applicant key)."""


class Why(StrEnum):
    """Evidence keys: how a cell's row and column were found, and what makes it doubtful."""

    LABEL = "row:label"
    LABEL_DAMAGED = "row:damaged_label"
    HEADER = "column:header"
    HEADER_PARTIAL = "column:partial_header"
    COUNT = "column:count"
    ANCHOR = "column:header_position"
    SPANS = "column:empty_cells_for_spans"
    PADDING = "column:padding_of_like_rows"
    TOTALS = "column:total_filled_as_in_other_rows"
    GAPS = "column:empty_lines"
    POSITION = "column:position_on_line"
    SUM = "column:sum_holds_in_one_way"
    CONTINUED = "column:table_continued"
    FEWER = "doubt:fewer_cells_than_columns"
    MORE = "doubt:more_cells_than_columns"
    SHIFT = "doubt:columns_may_be_shifted"
    ROW = "doubt:row_label_unsure"
    HEADS = "doubt:columns_not_those_of_the_form"
    MERGED = "doubt:cell_spans_columns"
    VALUE = "doubt:value_unsure"
    READINGS = "doubt:readings_differ"
    REPEATED = "doubt:row_printed_twice"
    YEARS = "doubt:several_years_side_by_side"
    OCR_AGREE = "ocr:two_readings_agree"
    OCR_EMPTY = "ocr:no_ink"
    OCR_LOW = "ocr:low_confidence"
    OCR_DIFFER = "ocr:readings_differ"
    OCR_INK = "ocr:ink_without_reading"
    SECOND_AGREES = "second_reading:agrees"
    SECOND_DIFFERS = "second_reading:differs"


@value_class(frozen=True, slots=True)
class CellReading:
    """One cell as one walk read it.

    Attributes:
        parsed: status, value and unit from the cell's text alone.
        doubt: why row or column are not sure; None where they are.
        evidence: how row and column were found.
    """

    parsed: Parsed
    raw: str
    place: Place
    evidence: tuple[Why, ...]
    doubt: Why | None = None


@value_class(frozen=True, slots=True)
class Extra:
    """A row that the form does not know, as printed."""

    label: str
    raw: tuple[str, ...]
    place: Place


@dataclass(slots=True)
class Reading:
    """Everything one walk read.

    Attributes:
        cells: by (metric, applicant); a key that is absent was not found.
        alternatives: for cells whose columns are unsure, every way they could be read: each entry holds whole
            readings of the same cells, of which exactly one is right.
    """

    cells: dict[Key, CellReading] = field(default_factory=dict)
    alternatives: list[tuple[Mapping[Key, Parsed], ...]] = field(default_factory=list)
    extras: list[Extra] = field(default_factory=list)
