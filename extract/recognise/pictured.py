"""Figures recognised in pictures: what the two readings of a cell's ink say of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from extract.model import Box, Place, ReadDocument, Spot
from extract.recognise.reading import CellReading, Why
from extract.recognise.script import squeeze
from extract.recognise.values import Status

_WHY = {
    "ocr:low_confidence": Why.OCR_LOW,
    "ocr:readings_differ": Why.OCR_DIFFER,
    "ocr:ink_without_reading": Why.OCR_INK,
}


class Pictured:
    """The spots of a document's picture pages, by place.

    Args:
        document: as read.
    """

    def __init__(self, document: ReadDocument) -> None:
        self._pages = document.pictured
        self._spots: dict[int | None, list[tuple[float, float, Spot]]] = {}
        for spot in document.spots:
            if spot.place.box is not None:
                x0, top, x1, bottom = spot.place.box
                self._spots.setdefault(spot.place.page, []).append(((x0 + x1) / 2, (top + bottom) / 2, spot))

    def __bool__(self) -> bool:
        return bool(self._pages)

    def holds(self, place: Place) -> bool:
        """Whether a place was recognised in a picture."""
        return place.page in self._pages and place.box is not None

    def judged(self, cell: CellReading) -> CellReading:
        """A cell with what recognition knows of it: doubtful unless two readings agree, or there is no ink at all."""
        if not self.holds(cell.place) or cell.place.box is None:
            return cell
        spots = self._inside(cell.place.page, cell.place.box)
        why = next((_WHY[spot.why] for spot in spots if spot.why is not None), None)
        if why is None and cell.parsed.status is Status.BLANK:
            why = Why.OCR_INK if spots else None
            evidence = Why.OCR_EMPTY
        else:
            evidence = Why.OCR_AGREE
            if why is None and _joined(spots) != squeeze(cell.raw):
                why = Why.OCR_LOW
        if why is not None:
            return replace(cell, doubt=cell.doubt or why)
        return replace(cell, evidence=(*cell.evidence, evidence))

    def second(self, place: Place) -> str | None:
        """The second reading of a cell, '' where there is no ink; None where it was read once only."""
        if not self.holds(place) or place.box is None:
            return None
        return "".join(spot.second for spot in self._inside(place.page, place.box))

    def doubts(self, place: Place, count: Decimal) -> bool:
        """Whether a count in running text (which may go on to the next page) was not surely read off a picture."""
        if place.page is None or place.page not in self._pages:
            return False
        number = f"{count.normalize():f}"
        return any(
            number in (spot.text.replace(",", ""), spot.second.replace(",", ""))
            for page in (place.page, place.page + 1)
            for _, _, spot in self._spots.get(page, ())
            if spot.why is not None
        )

    def _inside(self, page: int | None, box: Box) -> list[Spot]:
        x0, top, x1, bottom = box
        return [spot for x, y, spot in self._spots.get(page, ()) if x0 <= x <= x1 and top <= y <= bottom]


def _joined(spots: Iterable[Spot]) -> str:
    return squeeze("".join(spot.text for spot in spots))
