"""One page that is a picture -> its layout in points, and every text that could be a figure read twice.

The page is straightened, rulings give the cells, and what stands in them is recognised line by line. A short text is
read a second time from another crop: laid in one row with others, at another scale. Where the readings differ a third
one is asked; what stays unsure is said so. Ink that no reading makes anything of is never taken for an empty cell.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import cv2
import numpy as np

from extract.model import Box, Place, Spot
from extract.read.layout import PageLayout, Run, Segment
from extract.read.ruled import find_frames
from extract.read.scan_lines import Line, Lines, crop
from extract.read.scan_network import LineReading, Readings, recognise_lines
from extract.read.scan_picture import Gray, Picture
from extract.read.scan_rulings import Inked, skew_of, straightened, take_apart
from extract.read.scan_shapes import Shapes, Span
from extract.value_class import value_class

SURE = 0.8
"""A first reading is sure from this probability of its least likely character on."""
SURE_SLASH = 0.5
"""A slash, from here on: belief is divided between it and 1, but how far the ink leans tells them apart."""
VERY_SURE = 0.95
"""Two readings of three carry the day from this probability on."""
LEGIBLE = 0.72
"""A page whose longest lines are legible to a lesser degree may hang the wrong way."""
WORD = 2.5
"""A line with room for so many characters tells by itself how the page hangs."""
SAMPLE = 6
"""So many lines tell whether a page hangs the wrong way."""
MARGIN = 0.5
"""White on both sides of a line at the first reading, in heights of a line."""
JOIN = 1.0
"""A text goes on behind white of less than this, in heights of a line, where a mark with white beside it stands."""
WIDE = 320
"""Short lines are padded to this width for the third reading."""
FEW = 6
"""Words of so many characters may stand where a figure is due."""
SHORT = 9.0
"""A text that could be a figure is at most this many times as wide as a line is high."""
LOW, DIFFER, INK = "ocr:low_confidence", "ocr:readings_differ", "ocr:ink_without_reading"

_FIGURE = frozenset("0123456789.,+-/%()（）增减元万件条项个")
"""Characters of figures, after those of one shape were made one."""
_REMARKED = re.compile(r"\d+(?:\.\d+)?[件项条个万元]*[（(]")
"""A figure with a remark in brackets behind it."""
_BRACKETS = str.maketrans("（）：，", "():,")
_NUMBERED = re.compile(r"[（(][一二三四五六七八九十]+[）)]|[一二三四五六七八九十]+、|\d{1,2}[.．、](?!\d)")
"""What begins a new block of text."""
_COUNT = re.compile(r"\d[\d,.]*")
_AIRY = frozenset("“”\"'‘’，。、；：（）()《》,.;:")
"""Marks with white beside them."""
_BARS = "|丨｜"
"""What is read into the rest of a ruling."""
_MOSAIC = 12
_MOSAIC_GAP = 24


@value_class(frozen=True, slots=True)
class ScanLayout(PageLayout):
    """The layout of a page that hung: boxes are mapped back to the page as displayed.

    Attributes:
        skew: degrees by which the page was turned to stand straight.
    """

    skew: float = 0.0

    def displayed(self, box: Box) -> Box:
        """Map a box in reading orientation to the page as displayed: the box around the turned one."""
        if abs(self.skew) < 0.02:
            return PageLayout.displayed(self, box)
        middle_x, middle_y = self.width / 2, self.height / 2
        cosine, sine = math.cos(math.radians(self.skew)), math.sin(math.radians(self.skew))
        points = [
            (
                middle_x + cosine * (x - middle_x) - sine * (y - middle_y),
                middle_y + sine * (x - middle_x) + cosine * (y - middle_y),
            )
            for x in (box[0], box[2])
            for y in (box[1], box[3])
        ]
        xs, ys = [x for x, _ in points], [y for _, y in points]
        return PageLayout.displayed(self, (min(xs), min(ys), max(xs), max(ys)))


@dataclass(frozen=True, slots=True)
class RecognisedPage:
    """A page as recognised: its layout, and the texts on it that were read twice."""

    layout: ScanLayout
    spots: tuple[Spot, ...]


def recognise_page(picture: Picture, likely: int = 0) -> RecognisedPage:
    """Recognise a page, turned by quarters where it can't be read as it is.

    Args:
        picture: the page as displayed.
        likely: the turn that is tried first: the one of the page before.
    """
    best = _Page(picture, likely)
    for turn in (0, 90, 270, 180):
        if best.legibility() >= LEGIBLE:
            break
        other = _Page(picture, turn) if turn != likely else best
        if other.legibility() > best.legibility():
            best = other
    return best.read()


@dataclass(slots=True)
class _Text:
    """A line with its first reading, and what the other readings made of it (`second` None: not asked)."""

    line: Line
    first: Readings
    second: str | None = None
    why: str | None = None

    @property
    def figure(self) -> str:
        return self.first.figure.text.replace(" ", "")

    @property
    def text(self) -> str:
        return self.best.text.replace(" ", "")

    @property
    def is_figure(self) -> bool:
        return self.second is not None and _is_figure(self.figure)

    @property
    def best(self) -> LineReading:
        """The reading as a figure where it is one; what parts a figure is seen in the ink, not read."""
        return _without_spaces(self.first.figure) if self.is_figure else self.first.words


@dataclass(slots=True)
class _Second:
    """What a line says when it is read in a row with others: as words and as a figure."""

    words: str = ""
    figure: str = ""


class _Page:
    """A picture at one turn: straight, its rulings and lines found, not yet recognised."""

    def __init__(self, picture: Picture, turn: int) -> None:
        gray = np.ascontiguousarray(np.rot90(picture.gray, -turn // 90))
        self.number, self.turn, self.scale = picture.number, turn, picture.scale
        self.doubled = picture.doubled
        self.width, self.height = (
            (picture.width, picture.height) if turn in (0, 180) else (picture.height, picture.width)
        )
        self.skew = skew_of(gray)
        self.inked: Inked = take_apart(straightened(gray, self.skew), self.scale)
        self.lines = Lines(self.inked, self.scale)
        frames = [frame for frame in find_frames(self._layout(())) if len(frame.xs) > 2]
        cells = [frame.region_box(region) for frame in frames for region in frame.regions]
        self.found = [line for lines in self.lines.in_cells(cells) for line in lines]
        self.found += self.lines.outside([frame.box for frame in frames])
        self.shapes = Shapes(self.inked, self.lines.size)
        # the longest lines are read first: they tell whether the page stands upright
        self.found.sort(key=lambda line: max(line.width, line.height), reverse=True)
        self.sample = self._first(self.found[:SAMPLE])

    def legibility(self) -> float:
        """How well the longest lines were read, from 0 to 1; 1 without any line."""
        return legibility_of([(text.line, text.first.words) for text in self.sample])

    def read(self) -> RecognisedPage:
        texts = self._parted(self.sample + self._first(self.found[SAMPLE:]))
        self._check([text for text in texts if self._may_be_value(text)])
        texts = self._in_order(texts)
        runs = [run for text in texts for run in self._runs(text)]
        layout = self._layout(tuple(replace(run, order=i) for i, run in enumerate(runs)))
        spots = [self._spot(text, layout) for text in texts if text.second is not None]
        spots += self._counts([text for text in texts if text.second is None and text.line.is_loose], layout)
        return RecognisedPage(layout, tuple(spots))

    def _layout(self, runs: tuple[Run, ...]) -> ScanLayout:
        return ScanLayout(
            self.number,
            self.width,
            self.height,
            runs,
            tuple(self._points(line) for line in self.inked.horizontals),
            tuple(self._points(line) for line in self.inked.verticals),
            (),
            self.turn,
            self.skew,
        )

    def _points(self, line: Segment) -> Segment:
        return Segment(line.at / self.scale, line.start / self.scale, line.end / self.scale)

    # --- readings

    def _first(self, lines: Sequence[Line]) -> list[_Text]:
        page, size = self.inked.clean, self.lines.size
        readings = recognise_lines([crop(page, line, 1.25 * size, MARGIN * size) for line in lines])
        return [_Text(line, reading) for line, reading in zip(lines, readings, strict=True)]

    def _parted(self, texts: Sequence[_Text]) -> list[_Text]:
        """Texts, with figures of neighbouring columns that stand in one line, with a label or by themselves, parted
        and read each by itself.
        """
        kept, parts = [], []
        for text in texts:
            gaps = self._gaps_before_figures(text) if text.line.is_loose else []
            if gaps:
                parts += _cut(text.line, gaps)
            else:
                kept.append(text)
        return kept + self._first(parts)

    def _gaps_before_figures(self, text: _Text) -> list[Span]:
        """The gaps in a line behind which nothing but figures stands."""
        if _is_figure(text.figure):
            return self.shapes.gaps(text.line, is_figure=True)
        found = []
        for i, gap in sorted(
            self._places(text.line, text.first.figure, is_figure=False).items(), reverse=True
        ):
            behind = text.first.figure.text[i:].replace(" ", "")
            if not behind[:1].isdigit() or not _is_figure(behind):
                break
            found.append(gap)
        return found[::-1]

    def _may_be_value(self, text: _Text) -> bool:
        """Whether a text is short enough for a value: a figure, or words in the place of one (不适用)."""
        if _REMARKED.match(text.figure):
            return True
        if text.line.width > SHORT * max(self.lines.size, text.line.height):
            return False
        if any(character in "0123456789-/" for character in text.figure):
            return sum(character not in _FIGURE for character in text.figure) <= 2
        return len(text.figure) <= FEW or text.first.words.score < SURE

    def _check(self, texts: Sequence[_Text]) -> None:
        """Read short texts again, compare, and say of each whether it is sure."""
        for text, second in zip(texts, self._mosaics([text.line for text in texts]), strict=True):
            text.second = second.figure if _is_figure(text.figure) else second.words
            self._tell_slash(text)
            text.why = DIFFER if self.doubled else self._judge(text)
        unsettled = [text for text in texts if text.why is not None and text.figure and not self.doubled]
        size = self.lines.size
        thirds = recognise_lines(
            [crop(self.inked.clean, text.line, 1.1 * size, 0.8 * size) for text in unsettled], WIDE
        )
        for text, third in zip(unsettled, thirds, strict=True):
            again = third.figure if _is_figure(text.figure) else third.words
            sure = min(again.score, text.best.score) >= VERY_SURE
            if sure and again.text.replace(" ", "") == text.text and self.shapes.fits(text.line, text.figure):
                text.second, text.why = text.text, None

    def _tell_slash(self, text: _Text) -> None:
        """A slash and a 1 that the readings don't agree on are told apart by their ink."""
        if {text.figure, text.second} == {"/", "1"} and self.shapes.is_slash(text.line):
            text.first = replace(text.first, figure=replace(text.first.figure, text="/"))
            text.second = "/"

    def _judge(self, text: _Text) -> str | None:
        if not text.figure or text.second is None:
            return INK
        if text.text.translate(_BRACKETS) != text.second.translate(_BRACKETS):
            return DIFFER
        sure = SURE_SLASH if text.figure == "/" else SURE
        if text.best.score < sure or text.line.faint or not self.shapes.fits(text.line, text.figure):
            return LOW
        return None

    def _mosaics(self, lines: Sequence[Line]) -> list[_Second]:
        """The second reading: the lines laid in rows of twelve, by column of the page, read together."""
        order = sorted(
            range(len(lines)), key=lambda i: (round(lines[i].box[2] / (2 * self.lines.size)), lines[i].box[1])
        )
        rows = [order[i : i + _MOSAIC] for i in range(0, len(order), _MOSAIC)]
        laid = [self._laid([lines[i] for i in row]) for row in rows]
        second = [_Second() for _ in lines]
        for row, (strip, spans), reading in zip(
            rows, laid, recognise_lines([strip for strip, _ in laid]), strict=True
        ):
            for kind, read in (("words", reading.words), ("figure", reading.figure)):
                for character, (start, end) in zip(read.text, read.edges, strict=True):
                    at = (start + end) / 2 * strip.shape[1]
                    whose = second[row[min(range(len(row)), key=lambda j: _off(spans[j], at))]]
                    setattr(whose, kind, getattr(whose, kind) + character.strip())
        return second

    def _laid(self, lines: Sequence[Line]) -> tuple[Gray, list[tuple[int, int]]]:
        parts, spans, at = [np.full((48, 8), 255, np.uint8)], [], 8
        for line in lines:
            piece = crop(self.inked.clean, line, 1.4 * self.lines.size, 2)
            width = max(4, round(piece.shape[1] * 48 / piece.shape[0]))
            parts.append(
                np.asarray(cv2.resize(piece, (width, 48), interpolation=cv2.INTER_AREA), dtype=np.uint8)
            )
            parts.append(np.full((48, _MOSAIC_GAP), 255, np.uint8))
            spans.append((at, at + width))
            at += width + _MOSAIC_GAP
        return np.hstack(parts), spans

    # --- results

    def _in_order(self, texts: Sequence[_Text]) -> list[_Text]:
        """Texts as they would be drawn: the lines of one block after each other, blocks from top to bottom."""
        blocks: list[list[list[_Text]]] = []
        for chain in sorted(
            self._chains(texts), key=lambda chain: (chain[0].line.box[1], chain[0].line.box[0])
        ):
            host = next((block for block in reversed(blocks) if self._is_below(block[-1], chain)), None)
            if host is None or _NUMBERED.match(chain[0].first.words.text):
                blocks.append([chain])
            else:
                host.append(chain)
        return [text for block in blocks for chain in block for text in chain]

    def _chains(self, texts: Sequence[_Text]) -> list[list[_Text]]:
        """Texts that go on along a line over a small gap: the detector parts them at marks with white beside them."""
        chains: list[list[_Text]] = []
        for text in sorted(texts, key=lambda text: text.line.box[0]):
            host = next((chain for chain in chains if self._goes_on(chain[-1], text)), None)
            if host is None:
                chains.append([text])
            else:
                host.append(text)
        return chains

    def _goes_on(self, before: _Text, text: _Text) -> bool:
        a, b = before.line, text.line
        if not (a.is_loose and b.is_loose) or not {before.text[-1:], text.text[:1]} & _AIRY - {""}:
            return False
        level = min(a.box[3], b.box[3]) - max(a.box[1], b.box[1])
        return level > 0.5 * min(a.height, b.height) and 0 <= b.box[0] - a.box[2] < JOIN * self.lines.size

    def _is_below(self, above: Sequence[_Text], chain: Sequence[_Text]) -> bool:
        a, b = _around(above), _around(chain)
        gap = b[1] - a[3]
        overlap = min(a[2], b[2]) - max(a[0], b[0])
        return -0.3 * self.lines.size < gap <= 0.55 * self.lines.size and overlap > 0.5 * min(
            a[2] - a[0], b[2] - b[0]
        )

    def _runs(self, text: _Text) -> list[Run]:
        """The text as runs in points, parted where a space was read."""
        line, characters = text.line, text.best.text
        if not characters.strip() or (line.is_loose and self.lines.is_crumb(line)):
            return []
        x0, top, x1, bottom = (edge / self.scale for edge in line.box)
        size = self.lines.size / self.scale
        loose = max(
            bottom - top,
            min(size, 1.4 * (bottom - top)),
            0.9 * size if line.height < 0.5 * self.lines.size else 0,
        )
        middle = (top + bottom) / 2
        edges = self._edges(text, x0, x1)
        gaps = self._gaps(text)
        for i, (left, right) in gaps.items():
            edges[i - 1], edges[i] = (min(edges[i - 1][0], left), left), (right, max(edges[i][1], right))
        runs, start = [], 0
        bars = "" if text.is_figure else _BARS
        for i in range(len(characters) + 1):
            is_none = i < len(characters) and (characters[i].isspace() or characters[i] in bars)
            if i < len(characters) and not is_none and i not in gaps:
                continue
            if i > start:
                part = tuple(edge for pair in edges[start:i] for edge in pair)
                box = (part[0], middle - loose / 2, part[-1], middle + loose / 2)
                runs.append(Run(characters[start:i], box, 0, part))
            start = i + 1 if is_none else i
        return runs

    def _gaps(self, text: _Text) -> dict[int, tuple[float, float]]:
        """Where white parts a figure, or any line that stands in no cell: number of the character behind, where it
        begins and ends in points.
        """
        if not (text.line.is_loose or text.is_figure):
            return {}
        places = self._places(text.line, text.best, is_figure=text.is_figure)
        return {
            i: (left / self.scale, right / self.scale)
            for i, (left, right) in places.items()
            if not set(text.best.text[i - 1 : i + 1]) & _AIRY
        }

    def _places(self, line: Line, reading: LineReading, *, is_figure: bool) -> dict[int, Span]:
        """The gaps in a line by the number of the character behind each."""
        margin = MARGIN * self.lines.size
        wide = line.width + 2 * margin
        middles = [line.box[0] + (start + end) / 2 * wide - margin for start, end in reading.edges]
        found = {}
        for left, right in self.shapes.gaps(line, is_figure=is_figure):
            i = sum(middle < (left + right) / 2 for middle in middles)
            if 0 < i < len(middles):
                found[i] = (left, right)
        return found

    def _edges(self, text: _Text, x0: float, x1: float) -> list[tuple[float, float]]:
        """Where each character begins and ends: the steps of the recogniser, stretched over the ink."""
        count = len(text.best.text)
        if text.is_figure and (whole := self.shapes.full_width(text.line)) is not None:
            x0, x1 = whole[0] / self.scale, whole[1] / self.scale
        if count < 3:
            return [(x0 + (x1 - x0) * i / count, x0 + (x1 - x0) * (i + 1) / count) for i in range(count)]
        middles = [(start + end) / 2 for start, end in text.best.edges]
        pitch = (middles[-1] - middles[0]) / (count - 1)
        low, high = middles[0] - pitch / 2, middles[-1] + pitch / 2
        stretch = (x1 - x0) / max(high - low, 1e-6)
        cuts = [low, *((a + b) / 2 for a, b in pairwise(middles)), high]
        places = [x0 + (cut - low) * stretch for cut in cuts]
        return list(pairwise(places))

    def _counts(self, texts: Sequence[_Text], layout: ScanLayout) -> list[Spot]:
        """Numbers in running text, read again with little around them; a spot for each that then reads otherwise."""
        found: list[tuple[str, Line]] = []
        for text in texts:
            words, line = text.first.words, text.line
            margin = MARGIN * self.lines.size
            wide = line.width + 2 * margin
            for match in _COUNT.finditer(words.text):
                start = line.box[0] - margin + words.edges[match.start()][0] * wide
                end = line.box[0] - margin + words.edges[match.end() - 1][1] * wide
                box = (
                    round(start - 0.4 * self.lines.size),
                    line.box[1],
                    round(end + 0.4 * self.lines.size),
                    line.box[3],
                )
                found.append((match[0], replace(line, box=box)))
        page, size = self.inked.clean, self.lines.size
        again = recognise_lines([crop(page, line, 1.4 * size, size) for _, line in found], WIDE // 2)
        return [
            self._spot(_Text(line, reading, number, DIFFER), layout)
            for (number, line), reading in zip(found, again, strict=True)
            if number not in _COUNT.findall(reading.words.text)
        ]

    def _spot(self, text: _Text, layout: ScanLayout) -> Spot:
        x0, top, x1, bottom = (edge / self.scale for edge in text.line.box)
        place = Place(self.number, layout.displayed((x0, top, x1, bottom)))
        return Spot(place, text.text, text.second or "", text.why)


def _is_figure(text: str) -> bool:
    """Whether a text has only characters that figures have."""
    return all(character in _FIGURE for character in text)


def _cut(line: Line, gaps: Sequence[Span]) -> list[Line]:
    """A line cut in the middle of its gaps."""
    x0, top, x1, bottom = line.box
    left, upper, right, lower = line.within
    middles = [(start + end) // 2 for start, end in gaps]
    starts, ends = [x0, *(end for _, end in gaps)], [*(start for start, _ in gaps), x1]
    return [
        replace(line, box=(start, top, end, bottom), within=(a, upper, b, lower))
        for start, end, a, b in zip(starts, ends, [left, *middles], [*middles, right], strict=True)
    ]


def _without_spaces(reading: LineReading) -> LineReading:
    kept = [i for i, character in enumerate(reading.text) if not character.isspace()]
    if len(kept) == len(reading.text):
        return reading
    text, edges = "".join(reading.text[i] for i in kept), tuple(reading.edges[i] for i in kept)
    return replace(reading, text=text, edges=edges)


def _around(texts: Sequence[_Text]) -> tuple[int, int, int, int]:
    """The box around texts."""
    boxes = [text.line.box for text in texts]
    return (
        min(box[0] for box in boxes),
        min(box[1] for box in boxes),
        max(box[2] for box in boxes),
        max(box[3] for box in boxes),
    )


def legibility_of(read: Sequence[tuple[Line, LineReading]]) -> float:
    """How well lines were read: the mean probability of their characters, 1 without any line.

    A line that hangs the wrong way is read as fewer characters than stand in it, some of them with conviction (a dash
    as 一): each place of a character that nothing was read in counts as one of no probability. Single characters are
    read well lying on their side too: they count half, so that the other turns are looked at.
    """
    places = [_places_of(line) for line, _ in read]
    if not places:
        return 1.0
    found = [
        words.mean * min(len(words.text.replace(" ", "")), room) * (1.0 if room >= WORD else 0.5)
        for (_, words), room in zip(read, places, strict=True)
    ]
    return sum(found) / sum(places)


def _places_of(line: Line) -> float:
    """How many full-width characters a line has room for, at least one; an upright line counts as a level one."""
    short, long = sorted((line.width, line.height))
    return max(1.0, long / max(1, short))


def _off(span: tuple[int, int], at: float) -> float:
    """How far a point is from a span, negative inside."""
    return max(span[0] - at, at - span[1])
