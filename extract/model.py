"""What readers hand to the recogniser: a document as blocks of text and grids, each piece with its place.

Readers (`extract.read`) make these and know nothing of the statutory form; the recogniser
(`extract.recognise`) takes them and knows nothing of file formats.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from enum import StrEnum

from extract.value_class import value_class

Box = tuple[float, float, float, float]
"""x0, top, x1, bottom in PDF points from the top left corner of the page as displayed."""

PICTURE = "\ufffc"
"""Stands in the text of a cell for a picture, or for anything else that shows something and is no text."""
NOTE_SCRIPTS: Mapping[str, Mapping[int, str]] = {
    "superscript": {ord(plain): raised for plain, raised in zip("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹", strict=True)},
    "subscript": {ord(plain): low for plain, low in zip("0123456789", "₀₁₂₃₄₅₆₇₈₉", strict=True)},
}
"""For `str.translate`: a raised figure is the number of a note and must not become a digit of the number before it."""


@value_class(frozen=True, slots=True)
class Place:
    """A spot in a document: page and box (PDF, scan), element path (HTML, office files) or line (texts)."""

    page: int | None = None
    box: Box | None = None
    path: str | None = None
    line: int | None = None


@value_class(frozen=True, slots=True)
class Paragraph:
    """A run of text outside of grids; `text` may be empty (an empty line is a fact in some dumps)."""

    text: str
    place: Place


@value_class(frozen=True, slots=True)
class GridCell:
    """A cell of a grid at (row, col), both from 0, covering `row_span` rows and `col_span` columns."""

    row: int
    col: int
    text: str
    place: Place
    row_span: int = 1
    col_span: int = 1


class Geometry(StrEnum):
    """How far the columns of a grid can be trusted."""

    EXPLICIT = "explicit"
    """Rows, columns and spans are stated by the format or by rulings."""
    INFERRED = "inferred"
    """Columns come from where the text stands on the page."""
    RAGGED = "ragged"
    """Only the order of the cells in a row is known (tab- and pipe-separated dumps)."""


@value_class(frozen=True, slots=True)
class Grid:
    """A table as found, before anyone knows what it means. Cells are in reading order and never overlap."""

    cells: tuple[GridCell, ...]
    geometry: Geometry
    place: Place


Block = Paragraph | Grid


@value_class(frozen=True, slots=True)
class Spot:
    """A short text that was recognised in a picture twice, from different crops.

    Attributes:
        place: where its ink is, as displayed.
        text: the first reading; '' where there is ink that neither reading could make anything of.
        second: the second reading.
        why: None where the readings agree and are sure, else what is wrong (an evidence key).
    """

    place: Place
    text: str
    second: str
    why: str | None = None


@value_class(frozen=True, slots=True)
class ReadDocument:
    """A document as read: its blocks in reading order.

    Attributes:
        format: one of the format names of the output contract (`pdf`, `html`, `docx`, `text`, `markdown`, …).
        blocks: paragraphs and grids in reading order.
        pages: number of pages, where the format has pages.
        metadata: properties the file states about itself (`title`, …); evidence of the last resort.
        pictured: pages (from 1) whose text was recognised in pictures.
        spots: on those pages, every text that could be a figure, read twice. What is no spot there has been read
            once only (labels, running text) or has no ink at all.
    """

    format: str
    blocks: Sequence[Block]
    pages: int | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    pictured: frozenset[int] = frozenset()
    spots: tuple[Spot, ...] = ()


class UnreadableError(Exception):
    """A document that can't be read, with the class that the output contract names and a sentence.

    Args:
        error_class: `empty`, `corrupt`, `encrypted`, `unsupported`, `not_a_report`, `older_form`, `too_large`,
            `timeout`, `no_text`, …
        sentence: what is wrong and what to do, for people.
    """

    def __init__(self, error_class: str, sentence: str) -> None:
        super().__init__(sentence)
        self.error_class = error_class
        self.sentence = sentence

    def __reduce__(self) -> tuple[type[UnreadableError], tuple[str, str]]:
        return UnreadableError, (self.error_class, self.sentence)
