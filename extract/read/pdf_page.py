"""What pdfium sees on a page, as a `PageLayout`: characters with loose boxes, rulings and fills.

pdfium is called through pypdfium2's raw functions, with addresses in place of Python objects: a report has
some 2,600 characters, and a checked call for each would take longer than pdfium itself.
"""

from __future__ import annotations

import ctypes
from bisect import bisect_left, bisect_right
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import pairwise, repeat
from typing import Any

import numpy as np
import numpy.typing as npt
import pypdfium2.raw as pdfium

from extract.read.flow import RADICALS
from extract.read.layout import Fill, PageLayout, Run, Segment

MAX_CHARACTERS = 60_000
"""Characters of one page; a page of the form has some 700."""
HIDDEN_SAMPLES = 24
"""So many characters of a page are looked at to tell whether its text is visible."""
MAX_OBJECTS = 60_000
"""Drawn objects of one page, those inside of form objects included."""
MAX_DEPTH = 6
"""How deep form objects may be nested."""
PICTURE_SHARE = 0.25
"""Share of a page that pictures have to cover to make it a page of pictures."""
THIN = 3.6
"""A filled rectangle up to this thick is a line."""
WHITE = 250
"""A fill is white (no line, no shade) where all of its colours are at least this."""

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]
Matrix = tuple[float, float, float, float, float, float]
_IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


class PageTooLargeError(Exception):
    """A page with more characters or objects than any report has."""


def _bare(function: Any, result: Any, *arguments: Any) -> Callable[..., Any]:
    """A pdfium function that takes plain addresses and does no checking of Python types."""
    address = ctypes.cast(function, ctypes.c_void_p).value
    prototype: Callable[..., Callable[..., Any]] = ctypes.CFUNCTYPE(result, *arguments)
    return prototype(address)


_POINTER, _INT = ctypes.c_void_p, ctypes.c_int
_loose_box = _bare(pdfium.FPDFText_GetLooseCharBox, _INT, _POINTER, _INT, _POINTER)
_tight_box = _bare(pdfium.FPDFText_GetCharBox, _INT, _POINTER, _INT, _POINTER, _POINTER, _POINTER, _POINTER)
_origin = _bare(pdfium.FPDFText_GetCharOrigin, _INT, _POINTER, _INT, _POINTER, _POINTER)
_char_matrix = _bare(pdfium.FPDFText_GetMatrix, _INT, _POINTER, _INT, _POINTER)
_font_size = _bare(pdfium.FPDFText_GetFontSize, ctypes.c_double, _POINTER, _INT)
_unicode = _bare(pdfium.FPDFText_GetUnicode, ctypes.c_uint, _POINTER, _INT)
_map_error = _bare(pdfium.FPDFText_HasUnicodeMapError, _INT, _POINTER, _INT)
_angle = _bare(pdfium.FPDFText_GetCharAngle, ctypes.c_float, _POINTER, _INT)
_text_object = _bare(pdfium.FPDFText_GetTextObject, _POINTER, _POINTER, _INT)
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
    try:
        text_page = pdfium.FPDFText_LoadPage(page)
        if not text_page:
            raise ValueError(f"the text of page {index + 1} can't be loaded")
        try:
            rotation = 90 * pdfium.FPDFPage_GetRotation(page)
            frame = _frame(page, _reading_angle(text_page, rotation))
            characters = _characters(text_page, frame)
            drawn = _Drawn(frame)
            drawn.read_page(page)
            hidden = _is_hidden(text_page)
            runs = _part_by_object(text_page, characters, make_runs(characters), drawn.verticals)
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
        turn=(frame.turn - rotation) % 360,
    )
    return layout, characters.unmapped


def _is_hidden(text_page: Any) -> bool:
    """Whether a page's text is drawn invisibly: a scanner's own guess laid under the picture, which nobody sees."""
    count = pdfium.FPDFText_CountChars(text_page)
    modes: Counter[int] = Counter()
    for position in range(0, count, max(1, count // HIDDEN_SAMPLES)):
        item = pdfium.FPDFText_GetTextObject(text_page, position)
        if item:
            modes[pdfium.FPDFTextObj_GetTextRenderMode(item)] += 1
    return modes[pdfium.FPDF_TEXTRENDERMODE_INVISIBLE] * 2 > modes.total()


def _frame(page: Any, turn: int) -> Frame:
    box = pdfium.FS_RECTF()
    pdfium.FPDF_GetPageBoundingBox(page, ctypes.byref(box))
    return Frame(box.left, box.bottom, box.right, box.top, turn)


def _reading_angle(text_page: Any, rotation: int) -> int:
    """Degrees (0, 90, 180, 270) by which user space is turned clockwise so that most text lies level."""
    count = pdfium.FPDFText_CountChars(text_page)
    if count <= 0:
        return rotation
    handle = ctypes.cast(text_page, ctypes.c_void_p).value
    votes: Counter[int] = Counter()
    for position in range(0, count, max(1, count // 60)):
        # spaces and line ends that pdfium adds lie level on every page
        angle = _angle(handle, position) if _unicode(handle, position) > 0x20 else -1
        if angle >= 0:
            votes[-round(angle / 1.5707963) % 4 * 90] += 1
    return votes.most_common(1)[0][0] if votes else rotation


def _characters(text_page: Any, frame: Frame) -> Characters:
    count = pdfium.FPDFText_CountChars(text_page)
    if count > MAX_CHARACTERS:
        raise PageTooLargeError(f"{count} characters on one page")
    count = max(count, 0)
    handle = ctypes.cast(text_page, ctypes.c_void_p).value
    text = _text(text_page, handle, count)
    codes = np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32)
    spaces = _is_space(codes)
    index = np.flatnonzero(~spaces)
    boxes = np.empty((len(index), 4), dtype=np.float32)
    base = boxes.ctypes.data
    positions = index.tolist()
    deque(map(_loose_box, repeat(handle), positions, range(base, base + 16 * len(positions), 16)), maxlen=0)
    _repair_boxes(handle, positions, boxes, level=frame.turn in (0, 180))
    # FS_RECTF is left, top, right, bottom with y upwards
    x0, top, x1, bottom = frame.map(boxes[:, 0], boxes[:, 3], boxes[:, 2], boxes[:, 1])
    previous = np.empty(len(index), dtype=np.int64)
    if len(index):
        previous[0] = -1
        previous[1:] = index[:-1]
    kept = codes[index]
    unknown = _unknown(handle, kept, positions)
    kept[unknown] = 0xFFFD
    return Characters(
        text=kept.tobytes().decode("utf-32-le"),
        x0=x0,
        top=top,
        x1=x1,
        bottom=bottom,
        after_space=index - previous > 1,
        index=index,
        unmapped=int(np.count_nonzero(unknown)),
    )


def _unknown(
    handle: int | None, codes: npt.NDArray[np.uint32], positions: list[int]
) -> npt.NDArray[np.bool_]:
    """Characters whose value the file does not say; pdfium then hands out the glyph's number, which may look
    like a digit. Asked for all but ideographs, and for the first of those, since a font lacks its map whole.
    """
    unknown: npt.NDArray[np.bool_] = (codes < 0x20) | (codes == 0xFFFD)
    ask = (codes < 0x2E80) | (codes >= 0xE000)
    ask[:20] = True
    asked = np.flatnonzero(ask)
    answers = map(_map_error, repeat(handle), [positions[i] for i in asked.tolist()])
    unknown[asked] |= np.fromiter(answers, dtype=np.int32, count=len(asked)) == 1
    return unknown


def _repair_boxes(
    handle: int | None, positions: list[int], boxes: npt.NDArray[np.float32], *, level: bool
) -> None:
    """Make boxes as high as a line where pdfium's are not.

    Fonts for upright writing have loose boxes of many times the size, which give way to the tight ones. Type 3
    fonts have none, and pdfium hands out the ink: a `一` of one point that floats at half height. Those are
    stretched along the line's upward direction from the baseline, which is known for every character.
    """
    if not positions:
        return
    height, width = boxes[:, 1] - boxes[:, 3], boxes[:, 2] - boxes[:, 0]
    if not level:
        height, width = width, height
    usual = float(np.median(height))
    corners = (ctypes.c_double * 4)()
    base = ctypes.addressof(corners)
    for i in np.flatnonzero(np.minimum(height, width) > 2.5 * usual).tolist():
        # left, right, bottom, top
        if _tight_box(handle, positions[i], base, base + 8, base + 16, base + 24):
            boxes[i] = (corners[0], corners[3], corners[1], corners[2])
    matrix = pdfium.FS_MATRIX()
    address = ctypes.addressof(matrix)
    for i in np.flatnonzero(height < 0.8 * usual).tolist():
        position = positions[i]
        if not _origin(handle, position, base, base + 8) or not _char_matrix(handle, position, address):
            continue
        size = _font_size(handle, position)
        x, y, up_x, up_y = corners[0], corners[1], size * matrix.c, size * matrix.d
        low_x, low_y, high_x, high_y = x - 0.15 * up_x, y - 0.15 * up_y, x + 0.85 * up_x, y + 0.85 * up_y
        left, top, right, bottom = boxes[i].tolist()
        boxes[i] = (
            min(left, low_x, high_x),
            max(top, low_y, high_y),
            max(right, low_x, high_x),
            min(bottom, low_y, high_y),
        )


def _text(text_page: Any, handle: int | None, count: int) -> str:
    """The text of a page, one code point for each of pdfium's characters."""
    buffer = ctypes.create_string_buffer(2 * (2 * count + 2))
    written = pdfium.FPDFText_GetText(
        text_page, 0, count, ctypes.cast(buffer, ctypes.POINTER(ctypes.c_ushort))
    )
    text = buffer.raw[: 2 * max(written - 1, 0)].decode("utf-16-le", errors="replace")
    if len(text) != count:
        # pdfium leaves characters without a value out of its text: ask for each
        codes = [_unicode(handle, position) for position in range(count)]
        text = "".join(
            chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else "\ufffd" for code in codes
        )
    # a hyphen at the end of a line is handed out as a mark of its own
    return text.replace("\ufffe", "-").replace("\x02", "-").translate(RADICALS)


_SPACES = np.array(
    [0x00, 0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x20, 0x85, 0xA0, 0xAD, 0x3000, 0xFEFF], dtype=np.uint32
)


def _is_space(codes: npt.NDArray[np.uint32]) -> npt.NDArray[np.bool_]:
    invisible = (codes >= 0x2000) & (codes <= 0x200F)
    return np.asarray(np.isin(codes, _SPACES) | invisible)


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
    starts = [0, *(np.flatnonzero(cut) + 1).tolist()]
    ends = [*starts[1:], count]
    lefts, rights = np.minimum.reduceat(x0, starts).tolist(), np.maximum.reduceat(x1, starts).tolist()
    tops, bottoms = np.minimum.reduceat(top, starts).tolist(), np.maximum.reduceat(bottom, starts).tolist()
    edges = np.stack((x0, x1), axis=1).ravel().tolist()
    text = characters.text
    return tuple(
        Run(text[a:b], (left, up, right, down), order, tuple(edges[2 * a : 2 * b]))
        for order, (a, b, left, up, right, down) in enumerate(
            zip(starts, ends, lefts, tops, rights, bottoms, strict=True)
        )
    )


def _part_by_object(
    text_page: Any,
    characters: Characters,
    runs: tuple[Run, ...],
    verticals: list[Segment],
) -> tuple[Run, ...]:
    """Part runs that an upright line crosses where the text object changes: two cells, not one overfull."""
    ordered = sorted(verticals, key=lambda line: line.at)
    places = [line.at for line in ordered]
    crossed = {run.order for run in runs if len(run.text) > 1 and _is_crossed(run, ordered, places)}
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
    first, last = bisect_right(places, x0 + 1), bisect_left(places, x1 - 1)
    middle = (top + bottom) / 2
    return any(line.start <= middle <= line.end for line in verticals[first:last])


@dataclass(slots=True)
class _Drawn:
    """Collects the rulings and fills of a page."""

    frame: Frame
    horizontals: list[Segment] = field(default_factory=list)
    verticals: list[Segment] = field(default_factory=list)
    fills: list[Fill] = field(default_factory=list)
    seen: int = 0

    def read_page(self, page: Any) -> None:
        handle = ctypes.cast(page, ctypes.c_void_p).value
        count = pdfium.FPDFPage_CountObjects(page)
        self._read_all([_page_object(handle, i) for i in range(min(count, MAX_OBJECTS + 1))], _IDENTITY, 0)

    def _read_all(self, items: list[int], matrix: Matrix, depth: int) -> None:
        self.seen += len(items)
        if self.seen > MAX_OBJECTS:
            raise PageTooLargeError(f"more than {MAX_OBJECTS} drawn objects on one page")
        for item, kind in zip(items, map(_object_type, items), strict=True):
            if kind == pdfium.FPDF_PAGEOBJ_PATH:
                self._read_path(item, matrix)
            elif kind == pdfium.FPDF_PAGEOBJ_FORM and depth < MAX_DEPTH:
                self._read_all(_form_objects(item), _times(_matrix(item), matrix), depth + 1)

    def _read_path(self, item: int, matrix: Matrix) -> None:
        _draw_mode(item, _BUFFER_AT, _BUFFER_AT + 4)
        fill, stroke = _MODES[0] != 0, _MODES[1] != 0
        if not fill and not stroke:
            return
        box = _bounds(item, matrix)
        if box is None:
            return
        x0, top, x1, bottom = self.frame.map(*box)
        thin = min(x1 - x0, bottom - top)
        if thin > THIN and stroke:
            thin -= 1.5 * _stroke_width(item)
        if thin <= THIN:
            if _is_visible(item, stroke=stroke):
                self._add_line(x0, top, x1, bottom)
            return
        if fill and not stroke and _segments(item) <= 5:
            colour = _colour(item, stroke=False)
            if colour is not None and min(colour) < WHITE:
                self.fills.append(Fill((x0, top, x1, bottom), colour))
            return
        self._read_segments(item, matrix, fill=fill, stroke=stroke)

    def _read_segments(self, item: Any, matrix: Matrix, *, fill: bool, stroke: bool) -> None:
        """A path of several pieces: straight level and upright strokes, and filled rectangles one by one."""
        if not _is_visible(item, stroke=stroke):
            return
        inner = _times(_matrix(item), matrix)
        for points in _subpaths(item, inner):
            mapped = [self.frame.map(x, y, x, y)[:2] for x, y in points]
            if stroke:
                for (ax, ay), (bx, by) in pairwise(mapped):
                    if abs(ax - bx) < 0.5 or abs(ay - by) < 0.5:
                        self._add_line(min(ax, bx), min(ay, by), max(ax, bx), max(ay, by))
            elif fill:
                xs, ys = [x for x, _ in mapped], [y for _, y in mapped]
                self._add_filled(item, min(xs), min(ys), max(xs), max(ys))

    def _add_filled(self, item: Any, x0: float, top: float, x1: float, bottom: float) -> None:
        if min(x1 - x0, bottom - top) <= THIN:
            self._add_line(x0, top, x1, bottom)
            return
        colour = _colour(item, stroke=False)
        if colour is not None:
            self.fills.append(Fill((x0, top, x1, bottom), colour))

    def _add_line(self, x0: float, top: float, x1: float, bottom: float) -> None:
        width, height = x1 - x0, bottom - top
        if width <= THIN and height <= THIN:
            # a dot of a dotted line, or the corner of a border: may belong to either direction
            self.horizontals.append(Segment((top + bottom) / 2, x0, x1))
            self.verticals.append(Segment((x0 + x1) / 2, top, bottom))
        elif width >= height:
            self.horizontals.append(Segment((top + bottom) / 2, x0, x1))
        else:
            self.verticals.append(Segment((x0 + x1) / 2, top, bottom))


# pdfium writes here what it is asked about an object: one buffer, seen as each type
_BUFFER = ctypes.create_string_buffer(24)
_BUFFER_AT = ctypes.addressof(_BUFFER)
_MODES = (ctypes.c_int * 2).from_buffer(_BUFFER)
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


def _bounds(item: int, matrix: Matrix) -> tuple[float, float, float, float] | None:
    """Left, bottom, right, top of an object in user space."""
    if not _object_bounds(item, *_FOUR):
        return None
    x0, y0, x1, y1 = _FLOATS[:4]
    if matrix is _IDENTITY:
        return x0, y0, x1, y1
    points = [_apply(matrix, x, y) for x in (x0, x1) for y in (y0, y1)]
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return min(xs), min(ys), max(xs), max(ys)


def _stroke_width(item: int) -> float:
    return float(_FLOATS[0]) if _line_width(item, _BUFFER_AT) else 0.0


def _colour(item: int, *, stroke: bool) -> tuple[int, int, int] | None:
    """The colour of an object, None where it is transparent; black where pdfium can't tell (patterns)."""
    if not (_stroke_colour if stroke else _fill_colour)(item, *_FOUR):
        return (0, 0, 0)
    red, green, blue, alpha = _COLOURS[:4]
    return (red, green, blue) if alpha else None


def _is_visible(item: int, *, stroke: bool) -> bool:
    colour = _colour(item, stroke=stroke)
    return colour is not None and min(colour) < WHITE


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
