"""What pdfium sees on a page, as a `PageLayout`: characters with loose boxes, rulings and fills.

pdfium is called through pypdfium2's raw functions, with addresses in place of Python objects: a report has
some 2,600 characters, and a checked call for each would take longer than pdfium itself.
"""

from __future__ import annotations

import ctypes
from bisect import bisect_left, bisect_right
from collections import Counter, deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import compress, pairwise, repeat
from operator import attrgetter
from typing import Any

import numpy as np
import numpy.typing as npt
import pypdfium2.raw as pdfium

from extract.model import Box
from extract.read.flow import RADICALS
from extract.read.layout import Fill, PageLayout, Run, Segment
from extract.read.pdf_annotations import with_annotations
from extract.read.pdf_overprint import look_at_digits

MAX_CHARACTERS = 60_000
"""Characters of one page; a page of the form has some 700."""
ANGLE_SAMPLES = 60
"""So many characters of a page are asked for their direction."""
HIDDEN_SAMPLES = 24
"""So many characters of a page are looked at to tell whether its text is visible."""
MAX_OBJECTS = 60_000
"""Drawn objects of one page, those inside of form objects included."""
STRUCK_EDGE = 0.3
"""Share of a line's height at its top and bottom where a ruling is an underline or a border; between them it strikes out."""
OUTLINE = (14.0, 3.0, 16.0)
"""A filled path that may be a letter made curves is at most so wide, and so high, in points."""
OUTLINE_MARGIN = 1.5
"""It is taken for so much larger, in points: the figure 1 is narrow."""
MAX_DEPTH = 6
"""How deep form objects may be nested."""
PICTURE_SHARE = 0.25
"""Share of a page that pictures have to cover to make it a page of pictures."""
THIN = 3.6
"""A filled rectangle up to this thick is a line."""
WHITE = 250
"""A fill is white (no line, no shade) where all of its colours are at least this."""

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Codes = npt.NDArray[np.uint32]
Matrix = tuple[float, float, float, float, float, float]
_IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


class PageTooLargeError(Exception):
    """A page with more characters or objects than any report has."""


def _bare(function: Any, result: Any, *arguments: Any) -> Callable[..., Any]:
    """A pdfium function that takes plain addresses and does no checking of Python types.

    Its calls are shorter than letting go of the interpreter's lock and taking it again.
    """
    address = ctypes.cast(function, ctypes.c_void_p).value
    prototype: Callable[..., Callable[..., Any]] = ctypes.PYFUNCTYPE(result, *arguments)
    return prototype(address)


def _each(function: Callable[..., Any], *arguments: Iterable[Any]) -> None:
    """Call a function for its effect, once for each of its arguments: a loop without Python in it."""
    deque(map(function, *arguments), maxlen=0)


def _addresses(array: npt.NDArray[Any]) -> range:
    """The address of each row of a contiguous table, for pdfium to write to."""
    base, step = array.ctypes.data, array.itemsize * array.shape[1]
    return range(base, base + step * len(array), step)


_POINTER, _INT = ctypes.c_void_p, ctypes.c_int
_get_text = _bare(pdfium.FPDFText_GetText, _INT, _POINTER, _INT, _INT, _POINTER)
_loose_box = _bare(pdfium.FPDFText_GetLooseCharBox, _INT, _POINTER, _INT, _POINTER)
_tight_box = _bare(pdfium.FPDFText_GetCharBox, _INT, _POINTER, _INT, _POINTER, _POINTER, _POINTER, _POINTER)
_origin = _bare(pdfium.FPDFText_GetCharOrigin, _INT, _POINTER, _INT, _POINTER, _POINTER)
_char_matrix = _bare(pdfium.FPDFText_GetMatrix, _INT, _POINTER, _INT, _POINTER)
_font_size = _bare(pdfium.FPDFText_GetFontSize, ctypes.c_double, _POINTER, _INT)
_unicode = _bare(pdfium.FPDFText_GetUnicode, ctypes.c_uint, _POINTER, _INT)
_map_error = _bare(pdfium.FPDFText_HasUnicodeMapError, _INT, _POINTER, _INT)
_angle = _bare(pdfium.FPDFText_GetCharAngle, ctypes.c_float, _POINTER, _INT)
_text_object = _bare(pdfium.FPDFText_GetTextObject, _POINTER, _POINTER, _INT)
_render_mode = _bare(pdfium.FPDFTextObj_GetTextRenderMode, _INT, _POINTER)
_object_type = _bare(pdfium.FPDFPageObj_GetType, _INT, _POINTER)
_page_object = _bare(pdfium.FPDFPage_GetObject, _POINTER, _POINTER, _INT)
_form_object = _bare(pdfium.FPDFFormObj_GetObject, _POINTER, _POINTER, ctypes.c_ulong)
_draw_mode = _bare(pdfium.FPDFPath_GetDrawMode, _INT, _POINTER, _POINTER, _POINTER)
_segments = _bare(pdfium.FPDFPath_CountSegments, _INT, _POINTER)
_segment = _bare(pdfium.FPDFPath_GetPathSegment, _POINTER, _POINTER, _INT)
_segment_point = _bare(pdfium.FPDFPathSegment_GetPoint, _INT, _POINTER, _POINTER, _POINTER)
_segment_type = _bare(pdfium.FPDFPathSegment_GetType, _INT, _POINTER)
_segment_closes = _bare(pdfium.FPDFPathSegment_GetClose, _INT, _POINTER)
_object_matrix = _bare(pdfium.FPDFPageObj_GetMatrix, _INT, _POINTER, _POINTER)
_line_width = _bare(pdfium.FPDFPageObj_GetStrokeWidth, _INT, _POINTER, _POINTER)
_fill_colour = _bare(pdfium.FPDFPageObj_GetFillColor, _INT, *([_POINTER] * 5))
_stroke_colour = _bare(pdfium.FPDFPageObj_GetStrokeColor, _INT, *([_POINTER] * 5))
_object_bounds = _bare(pdfium.FPDFPageObj_GetBounds, _INT, _POINTER, _POINTER, _POINTER, _POINTER, _POINTER)


_PATH, _TEXT = pdfium.FPDF_PAGEOBJ_PATH, pdfium.FPDF_PAGEOBJ_TEXT


@dataclass(frozen=True, slots=True)
class Characters:
    """The characters of a page in drawing order, spaces left out, in reading orientation.

    Attributes:
        text: the characters.
        x0, top, x1, bottom: their loose boxes.
        after_space: a space or line break stands before the character.
        index: pdfium's own index of each character.
        unmapped: how many characters the file gives no Unicode value for (U+FFFD in `text`).
    """

    text: str
    x0: Floats
    top: Floats
    x1: Floats
    bottom: Floats
    after_space: npt.NDArray[np.bool_]
    index: Ints
    unmapped: int


@dataclass(frozen=True, slots=True)
class Frame:
    """How user space becomes reading orientation: the visible box of the page and a clockwise turn."""

    left: float
    bottom: float
    right: float
    top: float
    turn: int

    @property
    def width(self) -> float:
        return self.right - self.left if self.turn in (0, 180) else self.top - self.bottom

    @property
    def height(self) -> float:
        return self.top - self.bottom if self.turn in (0, 180) else self.right - self.left

    def map(self, x0: Any, y0: Any, x1: Any, y1: Any) -> tuple[Any, Any, Any, Any]:
        """Boxes (floats or arrays; y upwards) to x0, top, x1, bottom in reading orientation."""
        if self.turn == 90:
            return y0 - self.bottom, x0 - self.left, y1 - self.bottom, x1 - self.left
        if self.turn == 180:
            return self.right - x1, y0 - self.bottom, self.right - x0, y1 - self.bottom
        if self.turn == 270:
            return self.top - y1, self.right - x1, self.top - y0, self.right - x0
        return x0 - self.left, self.top - y1, x1 - self.left, self.top - y0


def read_page(document: Any, index: int) -> tuple[PageLayout, int]:
    """Read one page of an open pdfium document.

    Args:
        document: a raw FPDF_DOCUMENT.
        index: page index from 0.

    Returns:
        The layout (without runs where the page's text is invisible), and how many of its characters have no
        Unicode value in the file.

    Raises:
        ValueError: pdfium can't load the page.
        PageTooLargeError: the page has more characters or objects than is sane.
    """
    page = pdfium.FPDF_LoadPage(document, index)
    if not page:
        raise ValueError(f"page {index + 1} can't be loaded")
    undrawn: list[Box] = []
    if pdfium.FPDFPage_GetAnnotCount(page) > 0:
        page, undrawn = with_annotations(document, index, page)
    try:
        text_page = pdfium.FPDFText_LoadPage(page)
        if not text_page:
            raise ValueError(f"the text of page {index + 1} can't be loaded")
        try:
            rotation = 90 * pdfium.FPDFPage_GetRotation(page)
            handle = ctypes.cast(text_page, ctypes.c_void_p).value
            codes = _codes(text_page, handle)
            frame = _frame(page, _reading_angle(handle, codes, rotation))
            characters = _characters(handle, codes, frame)
            drawn = _Drawn(frame)
            drawn.read_page(page)
            hidden = _is_hidden(handle, len(codes))
            runs = _part_by_object(text_page, characters, make_runs(characters), drawn.verticals)
            runs = mark_struck(runs, drawn.horizontals)
        finally:
            pdfium.FPDFText_ClosePage(text_page)
    finally:
        pdfium.FPDF_ClosePage(page)
    layout = PageLayout(
        number=index + 1,
        width=frame.width,
        height=frame.height,
        runs=() if hidden else runs,
        horizontals=tuple(drawn.horizontals),
        verticals=tuple(drawn.verticals),
        fills=tuple(drawn.fills),
        pictures=(*drawn.pictures, *(frame.map(*box) for box in undrawn), *drawn.outlines),
        turn=(frame.turn - rotation) % 360,
    )
    return layout, characters.unmapped


def mark_struck(runs: Sequence[Run], horizontals: Sequence[Segment]) -> tuple[Run, ...]:
    """The runs with the characters that a short line strikes out as U+FFFD: such a figure is not one to be taken.

    Args:
        runs: the page's runs.
        horizontals: its horizontal rulings; one much longer than a run is a table's.
    """
    figures = [run for run in runs if run.text[-1].isdigit()]
    longest = max([run.box[2] - run.box[0] + run.size for run in figures], default=0.0)
    lines = sorted(
        (line for line in horizontals if line.end - line.start <= longest), key=lambda line: line.at
    )
    if not lines:  # as on most pages: all rulings are a table's
        return tuple(runs)
    heights = [line.at for line in lines]
    return tuple(_struck(run, lines, heights) if run.text[-1].isdigit() else run for run in runs)


def _struck(run: Run, lines: Sequence[Segment], heights: Sequence[float]) -> Run:
    x0, top, x1, bottom = run.box
    edge = STRUCK_EDGE * run.size
    for line in lines[bisect_left(heights, top + edge) : bisect_right(heights, bottom - edge)]:
        if line.end - line.start > x1 - x0 + run.size or line.end <= x0 or line.start >= x1:
            continue
        text = "".join(
            "\ufffd" if line.start <= (run.edges[2 * i] + run.edges[2 * i + 1]) / 2 <= line.end else character
            for i, character in enumerate(run.text)
        )
        return replace(run, text=text)
    return run


def _is_hidden(handle: int | None, count: int) -> bool:
    """Whether a page's text is drawn invisibly: a scanner's own guess laid under the picture, which nobody sees."""
    sample = range(0, count, max(1, count // HIDDEN_SAMPLES))
    items = [item for item in map(_text_object, repeat(handle), sample) if item]
    return list(map(_render_mode, items)).count(pdfium.FPDF_TEXTRENDERMODE_INVISIBLE) * 2 > len(items)


def _frame(page: Any, turn: int) -> Frame:
    box = pdfium.FS_RECTF()
    pdfium.FPDF_GetPageBoundingBox(page, ctypes.byref(box))
    return Frame(box.left, box.bottom, box.right, box.top, turn)


def _reading_angle(handle: int | None, codes: Codes, rotation: int) -> int:
    """Degrees (0, 90, 180, 270) by which user space is turned clockwise so that most text lies level."""
    sample = np.arange(0, len(codes), max(1, len(codes) // ANGLE_SAMPLES))
    # spaces and line ends that pdfium adds lie level on every page
    sample = sample[codes[sample] > 0x20]
    told = list(map(_angle, repeat(handle), sample.tolist()))
    if told and told.count(0.0) == len(told):  # as on nearly every page
        return 0
    angles = np.array(told, dtype=np.float64)
    quarters = -np.rint(angles[angles >= 0] / 1.5707963).astype(np.int64) % 4
    votes = Counter(quarters.tolist())
    return 90 * votes.most_common(1)[0][0] if votes else rotation


def _characters(handle: int | None, codes: Codes, frame: Frame) -> Characters:
    # methods of arrays throughout: numpy's functions of the same name are wrappers, which on the few hundred characters
    # of a page cost more than the work (3 % of the time of a document in all)
    index = (~_is_space(codes)).nonzero()[0]
    boxes = np.zeros((len(index), 4), dtype=np.float32)
    positions = index.tolist()
    _each(_loose_box, repeat(handle), positions, _addresses(boxes))
    _repair_boxes(handle, index, boxes, level=frame.turn in (0, 180))
    # FS_RECTF is left, top, right, bottom with y upwards
    x0, top, x1, bottom = frame.map(boxes[:, 0], boxes[:, 3], boxes[:, 2], boxes[:, 1])
    kept = codes[index]
    unknown = _unknown(handle, kept, positions)
    unsure, idle = look_at_digits(kept, x0, top, x1, bottom)
    kept[unknown | unsure] = 0xFFFD
    if idle.any():
        index, kept = index[~idle], kept[~idle]
        x0, top, x1, bottom = (each[~idle] for each in (x0, top, x1, bottom))
    return Characters(
        text=kept.tobytes().decode("utf-32-le"),
        x0=x0,
        top=top,
        x1=x1,
        bottom=bottom,
        after_space=_after_gap(index),
        index=index,
        unmapped=int(np.count_nonzero(unknown)),
    )


def _after_gap(index: Ints) -> npt.NDArray[np.bool_]:
    """For each of ascending numbers whether the number before it (-1 before the first) is left out."""
    after = np.empty(len(index), dtype=np.bool_)
    after[:1] = index[:1] > 0
    after[1:] = index[1:] - index[:-1] > 1
    return after


def _unknown(handle: int | None, codes: Codes, positions: list[int]) -> npt.NDArray[np.bool_]:
    """Characters whose value the file does not say; pdfium then hands out the glyph's number, which may look
    like a digit. Asked for all but ideographs, and for the first of those, since a font lacks its map whole.
    """
    unknown: npt.NDArray[np.bool_] = (codes < 0x20) | (codes == 0xFFFD)
    ask = (codes < 0x2E80) | (codes >= 0xE000)
    ask[:20] = True
    answers = list(map(_map_error, repeat(handle), compress(positions, ask.tolist())))
    if any(answers):  # 1 for a character without a value, -1 where pdfium can't tell
        unknown[ask] |= np.array(answers, dtype=np.int32) == 1
    return unknown


def _repair_boxes(handle: int | None, index: Ints, boxes: Floats, *, level: bool) -> None:
    """Make boxes as high as a line where pdfium's are not.

    Fonts for upright writing have loose boxes of many times the size, which give way to the tight ones. Type 3
    fonts have none, and pdfium hands out the ink: a `一` of one point that floats at half height. Those are
    stretched along the line's upward direction from the baseline, which is known for every character.
    """
    if not len(index):
        return
    height, width = boxes[:, 1] - boxes[:, 3], boxes[:, 2] - boxes[:, 0]
    if not level:
        height, width = width, height
    usual = _median(height)
    corners = (ctypes.c_double * 4)()
    base = ctypes.addressof(corners)
    for i in (np.minimum(height, width) > 2.5 * usual).nonzero()[0].tolist():
        # left, right, bottom, top
        if _tight_box(handle, int(index[i]), base, base + 8, base + 16, base + 24):
            boxes[i] = (corners[0], corners[3], corners[1], corners[2])
    low = (height < 0.8 * usual).nonzero()[0]
    if len(low):
        boxes[low] = _stretched(handle, index[low].tolist(), boxes[low])


def _median(values: Floats) -> float:
    """`np.median`, which takes longer to begin than to count the few hundred characters of a page."""
    ordered = values.copy()
    ordered.sort()
    return (float(ordered[(len(ordered) - 1) // 2]) + float(ordered[len(ordered) // 2])) / 2


def _stretched(handle: int | None, positions: list[int], boxes: Floats) -> Floats:
    """Boxes of ink made as high as a line, from a little below the baseline up."""
    count = len(positions)
    origins = np.zeros((count, 2), dtype=np.float64)
    matrices = np.zeros((count, 6), dtype=np.float32)
    places = _addresses(origins)
    known = list(map(_origin, repeat(handle), positions, places, (place + 8 for place in places)))
    told = list(map(_char_matrix, repeat(handle), positions, _addresses(matrices)))
    sizes = np.fromiter(map(_font_size, repeat(handle), positions), dtype=np.float64, count=count)
    up = sizes[:, None] * matrices[:, 2:4]
    low, high = origins - 0.15 * up, origins + 0.85 * up
    stretched = np.empty_like(boxes)
    # FS_RECTF is left, top, right, bottom with y upwards
    stretched[:, 0] = np.minimum(boxes[:, 0], np.minimum(low[:, 0], high[:, 0]))
    stretched[:, 1] = np.maximum(boxes[:, 1], np.maximum(low[:, 1], high[:, 1]))
    stretched[:, 2] = np.maximum(boxes[:, 2], np.maximum(low[:, 0], high[:, 0]))
    stretched[:, 3] = np.minimum(boxes[:, 3], np.minimum(low[:, 1], high[:, 1]))
    usable = np.array(known, dtype=bool) & np.array(told, dtype=bool)
    return np.where(usable[:, None], stretched, boxes)


def _codes(text_page: Any, handle: int | None) -> Codes:
    """The text of a page, one code point for each of pdfium's characters."""
    count = max(pdfium.FPDFText_CountChars(text_page), 0)
    if count > MAX_CHARACTERS:
        raise PageTooLargeError(f"{count} characters on one page")
    units = np.zeros(2 * count + 2, dtype=np.uint16)
    written = max(_get_text(handle, 0, count, units.ctypes.data) - 1, 0)
    codes = units[:written].astype(np.uint32)
    if len(codes) == count and not np.count_nonzero(_ODD_TABLE[units[:written]]):  # as on nearly every page
        return codes
    if len(codes) != count or _is_surrogate(codes).any():
        codes = _single_codes(handle, units[:written], count)
    codes[(codes == _HYPHENS[0]) | (codes == _HYPHENS[1])] = 0x2D
    radicals = (codes >= _FIRST_RADICAL) & (codes <= _LAST_RADICAL)
    codes[radicals] = _RADICALS[codes[radicals] - _FIRST_RADICAL]
    return codes


def _single_codes(handle: int | None, units: npt.NDArray[np.uint16], count: int) -> Codes:
    """The code points of a page with characters of two units, or without a value: pdfium leaves those out."""
    text = units.tobytes().decode("utf-16-le", errors="replace")
    if len(text) == count:
        return np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32).copy()
    codes = np.fromiter(map(_unicode, repeat(handle), range(count)), dtype=np.uint32, count=count)
    codes[(codes >= 0x110000) | _is_surrogate(codes)] = 0xFFFD
    return codes


def _is_surrogate(codes: Codes) -> npt.NDArray[np.bool_]:
    return (codes >= 0xD800) & (codes < 0xE000)


_FIRST_RADICAL, _LAST_RADICAL = min(RADICALS), max(RADICALS)
_RADICALS = np.array(
    [ord(RADICALS.get(code, chr(code))) for code in range(_FIRST_RADICAL, _LAST_RADICAL + 1)], dtype=np.uint32
)
_HYPHENS = (0xFFFE, 0x02)
"""What pdfium makes of a hyphen at the end of a line."""
_ODD_TABLE = np.zeros(0x10000, dtype=np.bool_)
"""Units of UTF-16 that are not the character as it stands."""
_ODD_TABLE[[*range(0xD800, 0xE000), *_HYPHENS, *range(_FIRST_RADICAL, _LAST_RADICAL + 1)]] = True
_SPACES = [0x00, 0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x20, 0x85, 0xA0, 0xAD, 0x3000, 0xFEFF]
_SPACE_TABLE = np.zeros(0x10000, dtype=np.bool_)
_SPACE_TABLE[[*_SPACES, *range(0x2000, 0x2010)]] = True


def _is_space(codes: Codes) -> npt.NDArray[np.bool_]:
    return np.asarray(_SPACE_TABLE[np.minimum(codes, 0xFFFF)])


def make_runs(characters: Characters) -> tuple[Run, ...]:
    """Cut characters into runs where the line changes, a space stands, or a gap opens.

    pdfium also reports spaces between text objects that touch; those are none.
    """
    count = len(characters.text)
    if not count:
        return ()
    x0, x1, top, bottom = characters.x0, characters.x1, characters.top, characters.bottom
    height = bottom - top
    size = np.minimum(height[1:], height[:-1])
    middle = (top + bottom) / 2
    gap = x0[1:] - x1[:-1]
    cut = (
        (characters.after_space[1:] & (gap > 0.1 * size))
        | (np.abs(middle[1:] - middle[:-1]) > 0.4 * size)
        | (gap > 0.3 * size)
        | (gap < -0.6 * size)
    )
    starts = [0, *(cut.nonzero()[0] + 1).tolist()]
    ends = [*starts[1:], count]
    lefts, rights = np.minimum.reduceat(x0, starts).tolist(), np.maximum.reduceat(x1, starts).tolist()
    tops, bottoms = np.minimum.reduceat(top, starts).tolist(), np.maximum.reduceat(bottom, starts).tolist()
    sides = np.empty((count, 2), dtype=x0.dtype)
    sides[:, 0], sides[:, 1] = x0, x1
    edges = tuple(sides.reshape(-1).tolist())
    text = characters.text
    pieces = [text[a:b] for a, b in zip(starts, ends, strict=True)]
    edges_of = [edges[2 * a : 2 * b] for a, b in zip(starts, ends, strict=True)]
    return tuple(
        map(Run, pieces, zip(lefts, tops, rights, bottoms, strict=True), range(len(starts)), edges_of)
    )


def _part_by_object(
    text_page: Any,
    characters: Characters,
    runs: tuple[Run, ...],
    verticals: list[Segment],
) -> tuple[Run, ...]:
    """Part runs that an upright line crosses where the text object changes: two cells, not one overfull."""
    if not verticals:
        return runs
    ordered = sorted(verticals, key=attrgetter("at"))
    places = [line.at for line in ordered]
    # running text stands above or below all of them, and is as wide as they are apart
    high, low = min([line.start for line in verticals]), max([line.end for line in verticals])
    crossed = {
        run.order
        for run in runs
        if len(run.text) > 1
        and high <= (run.box[1] + run.box[3]) / 2 <= low
        and _is_crossed(run, ordered, places)
    }
    if not crossed:
        return runs
    handle = ctypes.cast(text_page, ctypes.c_void_p).value
    pieces: list[tuple[Run, int, int]] = []
    first = 0
    for run in runs:
        last = first + len(run.text)
        cuts = [0, len(run.text)]
        if run.order in crossed:
            owners = [_text_object(handle, int(position)) for position in characters.index[first:last]]
            cuts[1:1] = [i for i in range(1, len(owners)) if owners[i] != owners[i - 1]]
        pieces.extend((run, start, end) for start, end in pairwise(cuts))
        first = last
    return tuple(
        replace(run if end - start == len(run.text) else run.part(start, end), order=order)
        for order, (run, start, end) in enumerate(pieces)
    )


def _is_crossed(run: Run, verticals: list[Segment], places: list[float]) -> bool:
    """Whether an upright line (of those sorted by place) goes through a run."""
    x0, top, x1, bottom = run.box
    first = bisect_right(places, x0 + 1)
    if first == len(places) or places[first] >= x1 - 1:  # as most
        return False
    last = bisect_left(places, x1 - 1)
    middle = (top + bottom) / 2
    return any(line.start <= middle <= line.end for line in verticals[first:last])


_Path = tuple[int, Matrix]
"""A path object, and what the form objects around it do to its place."""


@dataclass(frozen=True, slots=True)
class _Looks:
    """What paths look like, each attribute an array with one entry a path.

    Attributes:
        boxes: left, bottom, right, top of each.
        filled, stroked: how it is painted.
        drawn: it is painted at all, and pdfium knows where.
        visible: its colour (of the stroke where it is stroked) is neither transparent nor white.
        colours: red, green, blue and alpha of that colour.
    """

    boxes: Doubles
    filled: npt.NDArray[np.bool_]
    stroked: npt.NDArray[np.bool_]
    drawn: npt.NDArray[np.bool_]
    visible: npt.NDArray[np.bool_]
    colours: npt.NDArray[np.uint32]


def _look_at(items: list[int]) -> _Looks:
    count = len(items)
    modes = np.zeros((count, 2), dtype=np.int32)
    places = _addresses(modes)
    _each(_draw_mode, items, places, _shifted(places, 4))
    filled, stroked = modes[:, 0] != 0, modes[:, 1] != 0
    boxes = np.zeros((count, 4), dtype=np.float32)
    places = _addresses(boxes)
    known = list(map(_object_bounds, items, *(_shifted(places, 4 * i) for i in range(4))))
    # black where pdfium can't tell (patterns)
    colours = np.zeros((count, 4), dtype=np.uint32)
    colours[:, 3] = 255
    for function, chosen in ((_stroke_colour, stroked), (_fill_colour, ~stroked)):
        asked = list(compress(items, chosen.tolist()))
        if asked:
            found = np.zeros((len(asked), 4), dtype=np.uint32)
            places = _addresses(found)
            told = list(map(function, asked, places, *(_shifted(places, 4 * i) for i in range(1, 4))))
            if not all(told):
                found[~np.array(told, dtype=np.bool_)] = (0, 0, 0, 255)
            colours[chosen] = found
    return _Looks(
        boxes=boxes.astype(np.float64),
        filled=filled,
        stroked=stroked,
        drawn=(filled | stroked) & np.array(known, dtype=np.bool_),
        visible=(colours[:, 3] > 0) & (colours[:, :3].min(axis=1) < WHITE),
        colours=colours,
    )


def _shifted(addresses: range, by: int) -> range:
    return range(addresses.start + by, addresses.stop + by, addresses.step)


@dataclass(slots=True)
class _Drawn:
    """Collects the rulings and fills of a page."""

    frame: Frame
    horizontals: list[Segment] = field(default_factory=list)
    verticals: list[Segment] = field(default_factory=list)
    fills: list[Fill] = field(default_factory=list)
    pictures: list[Box] = field(default_factory=list)
    outlines: list[Box] = field(default_factory=list)
    """Filled paths in the size and shape of a letter: text that was made curves."""
    seen: int = 0

    def read_page(self, page: Any) -> None:
        handle = ctypes.cast(page, ctypes.c_void_p).value
        count = min(pdfium.FPDFPage_CountObjects(page), MAX_OBJECTS + 1)
        paths: list[_Path] = []
        self._collect(list(map(_page_object, repeat(handle, count), range(count))), _IDENTITY, 0, paths)
        if paths:
            self._read_paths(paths)

    def _collect(self, items: list[int], matrix: Matrix, depth: int, paths: list[_Path]) -> None:
        """All paths in drawing order, those inside of form objects with the matrix these give them."""
        self.seen += len(items)
        if self.seen > MAX_OBJECTS:
            raise PageTooLargeError(f"more than {MAX_OBJECTS} drawn objects on one page")
        kinds = list(map(_object_type, items))
        if kinds.count(_PATH) + kinds.count(_TEXT) == len(kinds):  # as on most pages
            paths += [(item, matrix) for item, kind in zip(items, kinds, strict=True) if kind == _PATH]
            return
        for item, kind in zip(items, kinds, strict=True):
            if kind == _PATH:
                paths.append((item, matrix))
            elif kind == pdfium.FPDF_PAGEOBJ_IMAGE and (box := _bounds(item, matrix)) is not None:
                self.pictures.append(self.frame.map(*box))
            elif kind == pdfium.FPDF_PAGEOBJ_FORM and depth < MAX_DEPTH:
                self._collect(_form_objects(item), _times(_matrix(item), matrix), depth + 1, paths)

    def _read_paths(self, paths: list[_Path]) -> None:
        """All paths of a page: what pdfium knows of them is asked for and weighed for all together."""
        looks = _look_at([item for item, _ in paths])
        matrices = [matrix for _, matrix in paths]
        boxes = looks.boxes
        for i, matrix in enumerate(matrices):
            if matrix is not _IDENTITY:
                boxes[i] = _turned_box(matrix, *boxes[i].tolist())
        x0, top, x1, bottom = self.frame.map(boxes[:, 0], boxes[:, 1], boxes[:, 2], boxes[:, 3])
        thin = np.minimum(x1 - x0, bottom - top)
        for i in (looks.drawn & looks.stroked & (thin > THIN)).nonzero()[0].tolist():
            thin[i] -= 1.5 * _stroke_width(paths[i][0])
        is_line = thin <= THIN
        shown = looks.drawn & looks.visible
        self._add_lines(*(edge[shown & is_line] for edge in (x0, top, x1, bottom)))
        others = (shown & ~is_line).nonzero()[0]
        areas = np.stack((x0, top, x1, bottom), axis=1)[others].tolist()
        colours = looks.colours[others, :3].tolist()
        filled, stroked = looks.filled.tolist(), looks.stroked.tolist()
        for i, area, colour in zip(others.tolist(), areas, colours, strict=True):
            item, matrix = paths[i]
            if filled[i] and not stroked[i] and _segments(item) <= 5:
                self.fills.append(Fill(tuple(area), tuple(colour)))
            else:
                left, high, right, low = area
                if filled[i] and right - left < OUTLINE[0] and OUTLINE[1] < low - high < OUTLINE[2]:
                    self.outlines.append(
                        (
                            left - OUTLINE_MARGIN,
                            high - OUTLINE_MARGIN,
                            right + OUTLINE_MARGIN,
                            low + OUTLINE_MARGIN,
                        )
                    )
                self._read_segments(item, matrix, fill=filled[i], stroke=stroked[i])

    def _add_lines(self, x0: Doubles, top: Doubles, x1: Doubles, bottom: Doubles) -> None:
        width, height = x1 - x0, bottom - top
        # a dot of a dotted line, or the corner of a border: may belong to either direction
        dot = (width <= THIN) & (height <= THIN)
        level, upright = dot | (width >= height), dot | (width < height)
        for found, which, low, high, start, end in (
            (self.horizontals, level, top, bottom, x0, x1),
            (self.verticals, upright, x0, x1, top, bottom),
        ):
            at = ((low + high) / 2)[which].tolist()
            found.extend(map(Segment, at, start[which].tolist(), end[which].tolist()))

    def _read_segments(self, item: int, matrix: Matrix, *, fill: bool, stroke: bool) -> None:
        """A path of several pieces: straight level and upright strokes, and filled rectangles one by one."""
        inner = _times(_matrix(item), matrix)
        lines: list[Box] = []
        for points in _subpaths(item, inner):
            mapped = [self.frame.map(x, y, x, y)[:2] for x, y in points]
            if stroke:
                for (ax, ay), (bx, by) in pairwise(mapped):
                    if abs(ax - bx) < 0.5 or abs(ay - by) < 0.5:
                        lines.append((min(ax, bx), min(ay, by), max(ax, bx), max(ay, by)))
            elif fill:
                xs, ys = [x for x, _ in mapped], [y for _, y in mapped]
                box = (min(xs), min(ys), max(xs), max(ys))
                if min(box[2] - box[0], box[3] - box[1]) <= THIN:
                    lines.append(box)
                elif (colour := _fill_of(item)) is not None:
                    self.fills.append(Fill(box, colour))
        if lines:
            self._add_lines(*np.array(lines).T)


# pdfium writes here what it is asked about an object: one buffer, seen as each type
_BUFFER = ctypes.create_string_buffer(24)
_BUFFER_AT = ctypes.addressof(_BUFFER)
_FLOATS = (ctypes.c_float * 6).from_buffer(_BUFFER)
_COLOURS = (ctypes.c_uint * 4).from_buffer(_BUFFER)
_FOUR = tuple(_BUFFER_AT + 4 * i for i in range(4))


def has_picture(document: Any, index: int) -> bool:
    """Whether pictures cover a good part of a page (a scan), as opposed to a blank page or a page of text."""
    page = pdfium.FPDF_LoadPage(document, index)
    if not page:
        return False
    try:
        area = pdfium.FPDF_GetPageWidthF(page) * pdfium.FPDF_GetPageHeightF(page)
        handle = ctypes.cast(page, ctypes.c_void_p).value
        count = min(pdfium.FPDFPage_CountObjects(page), MAX_OBJECTS)
        covered = sum(_picture_area(_page_object(handle, i), _IDENTITY, 0) for i in range(count))
    finally:
        pdfium.FPDF_ClosePage(page)
    return bool(covered > PICTURE_SHARE * area)


def _picture_area(item: int, matrix: Matrix, depth: int) -> float:
    kind = _object_type(item)
    if kind == pdfium.FPDF_PAGEOBJ_IMAGE:
        box = _bounds(item, matrix)
        return 0.0 if box is None else (box[2] - box[0]) * (box[3] - box[1])
    if kind == pdfium.FPDF_PAGEOBJ_FORM and depth < MAX_DEPTH:
        inner = _times(_matrix(item), matrix)
        return sum(_picture_area(part, inner, depth + 1) for part in _form_objects(item))
    return 0.0


def _form_objects(item: int) -> list[int]:
    count = pdfium.FPDFFormObj_CountObjects(ctypes.cast(item, pdfium.FPDF_PAGEOBJECT))
    return [_form_object(item, i) for i in range(min(max(count, 0), MAX_OBJECTS + 1))]


def _bounds(item: int, matrix: Matrix) -> Box | None:
    """Left, bottom, right, top of an object in user space."""
    if not _object_bounds(item, *_FOUR):
        return None
    x0, y0, x1, y1 = _FLOATS[:4]
    return (x0, y0, x1, y1) if matrix is _IDENTITY else _turned_box(matrix, x0, y0, x1, y1)


def _turned_box(matrix: Matrix, x0: float, y0: float, x1: float, y1: float) -> Box:
    """The box around a box after a change of place."""
    points = [_apply(matrix, x, y) for x in (x0, x1) for y in (y0, y1)]
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return min(xs), min(ys), max(xs), max(ys)


def _stroke_width(item: int) -> float:
    return float(_FLOATS[0]) if _line_width(item, _BUFFER_AT) else 0.0


def _fill_of(item: int) -> tuple[int, int, int] | None:
    """The colour an object is filled with, None where it is transparent; black where pdfium can't tell (patterns)."""
    if not _fill_colour(item, *_FOUR):
        return (0, 0, 0)
    red, green, blue, alpha = _COLOURS[:4]
    return (red, green, blue) if alpha else None


def _matrix(item: int) -> Matrix:
    if not _object_matrix(item, _BUFFER_AT):
        return _IDENTITY
    a, b, c, d, e, f = _FLOATS[:6]
    return (a, b, c, d, e, f)


def _times(first: Matrix, second: Matrix) -> Matrix:
    """The matrix that applies `first`, then `second`."""
    a, b, c, d, e, f = first
    p, q, r, s, t, u = second
    return (
        a * p + b * r,
        a * q + b * s,
        c * p + d * r,
        c * q + d * s,
        e * p + f * r + t,
        e * q + f * s + u,
    )


def _apply(matrix: Matrix, x: float, y: float) -> tuple[float, float]:
    a, b, c, d, e, f = matrix
    return a * x + c * y + e, b * x + d * y + f


def _subpaths(item: int, matrix: Matrix) -> list[list[tuple[float, float]]]:
    """The corner points of each piece of a path, closed pieces ending where they began; curves are dropped."""
    pieces: list[list[tuple[float, float]]] = []
    count = _segments(item)
    if count > MAX_OBJECTS:
        raise PageTooLargeError(f"a path of {count} segments")
    for i in range(count):
        segment = _segment(item, i)
        _segment_point(segment, _BUFFER_AT, _BUFFER_AT + 4)
        point = _apply(matrix, _FLOATS[0], _FLOATS[1])
        if _segment_type(segment) == pdfium.FPDF_SEGMENT_MOVETO or not pieces:
            pieces.append([point])
        else:
            pieces[-1].append(point)
        if _segment_closes(segment):
            pieces[-1].append(pieces[-1][0])
    return [piece for piece in pieces if len(piece) > 1]
