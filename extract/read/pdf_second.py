"""The second, independent reading of a PDF: pdfplumber on pdfminer's characters, asked only where there is doubt."""

from __future__ import annotations

import copy
import gc
import io
import logging
import re
from collections import Counter
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Self

import pdfplumber
from pdfminer.converter import PDFPageAggregator
from pdfminer.layout import LTChar, LTContainer
from pdfminer.pdfinterp import PDFPageInterpreter
from pdfminer.pdftypes import PDFObjRef, PDFStream, dict_value, list_value, stream_value

from extract.model import Box
from extract.read.flow import RADICALS, cell_text
from extract.read.layout import Run

# pdfminer remarks on every font it finds odd; the first reader has judged the file already
logging.getLogger("pdfminer").setLevel(logging.ERROR)

MATCH = 0.5
"""Share of their common area that two boxes have to overlap in to be the same cell."""


class SecondReader:
    """Reads boxes of a document again with pdfminer. Opens the file at the first question, keeps pages it has read.

    All boxes are points from the top left corner of the page as displayed. Not thread-safe.

    Args:
        data: the PDF file.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._document: Any = None
        self._characters: dict[int, list[dict[str, Any]]] = {}
        self._tables: dict[int, list[list[tuple[Box, str]]]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the document and of all pages read."""
        self._characters.clear()
        self._tables.clear()
        if self._document is not None:
            self._document.close()
            self._document = None
            # its objects refer to each other in circles; without this a worker holds 17 MB of them after 250 documents
            gc.collect(1)

    def text_in(self, page: int, box: Box) -> str:
        """The text that pdfminer sees inside a box: characters whose middle lies in it, joined as in a cell.

        Args:
            page: page number from 1.
            box: the box, as displayed.
        """
        x0, top, x1, bottom = box
        inside = [
            character
            for character in self._page_characters(page)
            if x0 <= (character["x0"] + character["x1"]) / 2 <= x1
            and top <= (character["top"] + character["bottom"]) / 2 <= bottom
        ]
        return _joined(inside, box)

    def tables(self, page: int) -> list[list[tuple[Box, str]]]:
        """The tables that pdfplumber itself finds on a page: for each its cells as (box, text)."""
        if page not in self._tables:
            self._tables[page] = [
                [
                    (cell, self.text_in(page, cell))
                    for cell in sorted(table.cells, key=lambda cell: (cell[1], cell[0]))
                ]
                for table in self._page(page).find_tables()
            ]
        return self._tables[page]

    def cell_at(self, page: int, box: Box) -> str | None:
        """The text of pdfplumber's own cell where ours is, None where it finds no such cell."""
        best = max(
            ((_overlap(box, cell), text) for table in self.tables(page) for cell, text in table),
            default=(0.0, ""),
        )
        return best[1] if best[0] >= MATCH else None

    def _page(self, page: int) -> Any:
        if self._document is None:
            self._document = pdfplumber.open(io.BytesIO(self._data))
        return self._document.pages[page - 1]

    def _page_characters(self, page: int) -> list[dict[str, Any]]:
        if page not in self._characters:
            self._characters[page] = [
                character for character in _characters_of(self._page(page)) if character["text"].strip()
            ]
        return self._characters[page]


_NUMBERS = rb"(?:[-+.\d]+\s+)"
_NO_TEXT = re.compile(
    rb"(?<=\s)(?:"
    # whole paths with their painting
    rb"(?:(?:" + _NUMBERS + rb"{2,6}(?:re|[mlcvy])|h)\s+)+(?:W\*?\s+)?(?:[fBb]\*?|[FSsn])"
    # colours, line widths, graphics states
    rb"|" + _NUMBERS + rb"{1,4}(?:rg|RG|[gGkKw])|/\w+\s+gs"
    # which piece of the document's structure this is
    rb"|/\w+\s*<<\s*/MCID\s+\d+\s*>>\s*BDC|EMC"
    rb")(?=\s)"
)
"""More than half of what stands on a page of tables. Where it stands in a text, the two readings differ: a doubt."""


class _TextDevice(PDFPageAggregator):
    """Collects characters only."""

    def paint_path(self, *arguments: Any, **options: Any) -> None:
        """Paths are no text."""

    def render_image(self, *arguments: Any, **options: Any) -> None:
        """Images are no text."""


class _Fonts(dict[object, Any]):
    """The fonts of a page, each opened when text is first set in it: pages list those of the whole document."""

    def __init__(self, manager: Any, listed: dict[object, Any]) -> None:
        self._manager, self._listed = manager, listed

    def __missing__(self, name: object) -> Any:
        spec = self._listed[name]
        number = spec.objid if isinstance(spec, PDFObjRef) else None
        self[name] = self._manager.get_font(number, dict_value(spec))
        return self[name]


class _TextInterpreter(PDFPageInterpreter):
    def init_resources(self, resources: dict[object, object]) -> None:
        """All resources but the fonts, which can wait."""
        listed = dict_value(resources)
        super().init_resources({kind: found for kind, found in listed.items() if kind != "Font"})
        self.resources = resources
        if "Font" in listed:
            self.fontmap = _Fonts(self.rsrcmgr, dict_value(listed["Font"]))


def _characters_of(page: Any) -> Iterator[dict[str, Any]]:
    """The characters of a pdfplumber page, as `page.chars` has them but for what is not asked for here.

    pdfplumber makes objects of all rulings and gives each object its colours and tags, which takes most of the time.
    """
    manager = page.pdf.rsrcmgr
    device = _TextDevice(manager, pageno=page.page_number, laparams=None)
    text_only = copy.copy(page.page_obj)
    text_only.contents = [_bare(stream_value(stream)) for stream in list_value(text_only.contents)]
    _TextInterpreter(manager, device).process_page(text_only)
    left, top = page.mediabox[:2]
    for item in _items(device.get_result()):
        yield {
            "text": item.get_text().translate(RADICALS),
            "x0": item.x0 + left,
            "x1": item.x1 + left,
            "top": page.height - item.y1 + top,
            "bottom": page.height - item.y0 + top,
            "matrix": item.matrix,
        }


def _bare(stream: PDFStream) -> PDFStream:
    """A content stream without what sets no text."""
    bare = PDFStream({}, _NO_TEXT.sub(b"", stream.get_data()))
    if stream.objid is not None and stream.genno is not None:  # else pdfminer passes it over
        bare.set_objid(stream.objid, stream.genno)
    return bare


def _items(container: LTContainer[Any]) -> Iterator[LTChar]:
    for item in container:
        if isinstance(item, LTContainer):
            yield from _items(item)
        elif isinstance(item, LTChar):
            yield item


def _overlap(one: Box, other: Box) -> float:
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    if width <= 0 or height <= 0:
        return 0.0
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (one, other)]
    return width * height / (sum(areas) - width * height)


def _joined(characters: list[dict[str, Any]], box: Box) -> str:
    if not characters:
        return ""
    turn = Counter(_direction(character["matrix"]) for character in characters).most_common(1)[0][0]
    runs: list[Run] = []
    for order, character in enumerate(characters):
        x0, top, x1, bottom = _turned(
            (character["x0"], character["top"], character["x1"], character["bottom"]), turn
        )
        previous = runs[-1] if runs else None
        if previous is not None and _follows(previous, x0, top, bottom):
            left, up, _, down = previous.box
            runs[-1] = Run(
                previous.text + character["text"],
                (left, min(up, top), x1, max(down, bottom)),
                previous.order,
                (*previous.edges, x0, x1),
            )
        else:
            runs.append(Run(character["text"], (x0, top, x1, bottom), order, (x0, x1)))
    return cell_text(runs, _turned(box, turn))


def _direction(matrix: tuple[float, ...]) -> int:
    """Quarter turns clockwise that make a character stand upright; its matrix is as displayed."""
    a, b = matrix[0], matrix[1]
    if abs(a) >= abs(b):
        return 0 if a >= 0 else 2
    return 1 if b > 0 else 3


def _turned(box: Box, quarters: int) -> Box:
    x0, top, x1, bottom = box
    if quarters == 1:
        return (-bottom, x0, -top, x1)
    if quarters == 2:
        return (-x1, -bottom, -x0, -top)
    if quarters == 3:
        return (top, -x1, bottom, -x0)
    return box


def _follows(previous: Run, x0: float, top: float, bottom: float) -> bool:
    size = min(previous.size, bottom - top)
    middle = (previous.box[1] + previous.box[3]) / 2
    gap = x0 - previous.box[2]
    return abs(middle - (top + bottom) / 2) <= 0.4 * size and -0.6 * size <= gap <= 0.3 * size
