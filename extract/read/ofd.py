"""OFD documents (GB/T 33190, the national format for electronic documents): zip and XML with coordinates.

Text objects, strokes and fills of each page, its templates included, become a `PageLayout`, from which tables and
paragraphs are found as they are in PDF files. Seals, annotations and signatures are no content and are left aside.
"""

from __future__ import annotations

import math
import posixpath
import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np
from lxml import etree

from extract.model import Box, UnreadableError
from extract.read.flow import RADICALS, assemble
from extract.read.layout import Fill, LaidOutDocument, PageLayout, Run, Segment
from extract.read.package import opened, part_xml
from extract.read.pdf_page import Characters, make_runs
from extract.read.ruled import read_ruled

MAX_PAGES = 800
MAX_OBJECTS = 60_000
"""Drawn objects of one page."""
MAX_CHARACTERS = 200_000
"""Characters of one page."""
MAX_DEPTH = 8
"""How deep page blocks may be nested."""
POINTS = 72 / 25.4
"""Points a millimetre, the unit of the format."""
THIN = 3.6
"""A filled shape up to this many points thick is a line."""
WHITE = 250
ASCENT = 0.88
"""Share of a line's height above the baseline."""

Matrix = tuple[float, float, float, float, float, float]
_IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_OPERANDS = {"S": 2, "M": 2, "L": 2, "Q": 4, "B": 6, "A": 7, "C": 0}


def read_ofd(data: bytes, name: str) -> LaidOutDocument:
    """Read an OFD document.

    Returns:
        Paragraphs and grids in reading order, with pages and boxes as displayed.

    Raises:
        UnreadableError: `corrupt`, `encrypted`, `too_large`, `no_text`.
    """
    with opened(data, name, "OFD") as package:
        parts = {part.lower(): part for part in package.namelist()}
        if "encryptions.xml" in parts or "decryptseed.dat" in parts:
            raise UnreadableError("encrypted", f"文件 {name} 已加密，无法打开；请提供未加密的文档")
        reader = _Reader(package, parts, name)
        layouts, title = reader.read()
    if not any(layout.runs for layout in layouts):
        raise UnreadableError(
            "no_text", f"文件 {name} 的版面中没有文字（可能整页是图片）；请提供可复制文字的电子文档"
        )
    read_pages = tuple(read_ruled(layout) for layout in layouts)
    return LaidOutDocument(
        format="ofd",
        blocks=assemble(read_pages),
        pages=len(layouts),
        metadata={"title": title} if title else {},
        read_pages=read_pages,
    )


def _local(element: etree._Element) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _first(element: etree._Element | None, *path: str) -> etree._Element | None:
    """The first descendant along a path of local names."""
    for tag in path:
        element = next((c for c in element if _local(c) == tag), None) if element is not None else None
    return element


def _all(element: etree._Element | None, tag: str) -> list[etree._Element]:
    return [child for child in element if _local(child) == tag] if element is not None else []


def _numbers(text: str | None) -> list[float]:
    return [number for n in _NUMBER.findall(text or "") if math.isfinite(number := float(n))]


class _Reader:
    """The parts of one package."""

    def __init__(self, package: zipfile.ZipFile, parts: dict[str, str], name: str) -> None:
        self.package, self.parts, self.name = package, parts, name

    def part(self, path: str) -> etree._Element:
        """A part by its path, whatever its case.

        Raises:
            KeyError: there is none.
        """
        return part_xml(self.package, self.parts[posixpath.normpath(path.lstrip("/")).lower()], self.name)

    def read(self) -> tuple[list[PageLayout], str]:
        layouts: list[PageLayout] = []
        title = ""
        for body in _all(self.part("OFD.xml"), "DocBody"):
            found = _first(body, "DocInfo", "Title")
            title = title or (found.text or "" if found is not None else "").strip()
            root = _first(body, "DocRoot")
            if root is not None and root.text:
                self._document(root.text.strip(), layouts)
        return layouts, title

    def _document(self, path: str, layouts: list[PageLayout]) -> None:
        document = self.part(path)
        folder = posixpath.dirname(path.lstrip("/"))
        common = _first(document, "CommonData")
        usual = _numbers(_content(_first(common, "PageArea", "PhysicalBox"))) or [0, 0, 210, 297]
        styles = self._draw_styles(common, folder)
        templates = {t.get("ID"): t.get("BaseLoc") or "" for t in _all(common, "TemplatePage")}
        pages = _all(_first(document, "Pages"), "Page")
        if len(layouts) + len(pages) > MAX_PAGES:
            raise UnreadableError("too_large", f"文件 {self.name} 超过 {MAX_PAGES} 页的上限，未读取")
        for entry in pages:
            page = self.part(posixpath.join(folder, entry.get("BaseLoc") or ""))
            box = _numbers(_content(_first(page, "Area", "PhysicalBox"))) or usual
            drawn = _Drawn(box if len(box) == 4 and box[2] > 0 and box[3] > 0 else [0, 0, 210, 297], styles)
            for template in _all(page, "Template"):
                place = templates.get(template.get("TemplateID"))
                if place:
                    drawn.content(_first(self.part(posixpath.join(folder, place)), "Content"))
            drawn.content(_first(page, "Content"))
            if drawn.is_full:
                raise UnreadableError(
                    "too_large", f"文件 {self.name} 第 {len(layouts) + 1} 页的对象过多，未读取"
                )
            layouts.append(drawn.layout(len(layouts) + 1))

    def _draw_styles(self, common: etree._Element | None, folder: str) -> dict[str, etree._Element]:
        """Drawing parameters by id, from the resource parts."""
        found: dict[str, etree._Element] = {}
        for tag in ("PublicRes", "DocumentRes"):
            for entry in _all(common, tag):
                path = posixpath.normpath(posixpath.join(folder, (entry.text or "").strip())).lower()
                if path in self.parts:
                    for style in _all(_first(self.part(path), "DrawParams"), "DrawParam"):
                        found[style.get("ID") or ""] = style
        return found


def _content(element: etree._Element | None) -> str | None:
    return element.text if element is not None else None


@dataclass(slots=True)
class _Glyph:
    """A character: page coordinates in points, y downwards, and the object it belongs to."""

    text: str
    box: Box
    turn: int
    owner: int
    after_space: bool


@dataclass(slots=True)
class _Drawn:
    """Collects what stands on a page, in points as displayed."""

    area: list[float]
    styles: dict[str, etree._Element]
    glyphs: list[_Glyph] = field(default_factory=list)
    lines: list[Box] = field(default_factory=list)
    fills: list[Fill] = field(default_factory=list)
    seen: int = 0
    is_full: bool = False

    def content(self, content: etree._Element | None) -> None:
        for layer in _all(content, "Layer"):
            self._block(layer, 0)

    def _block(self, block: etree._Element, depth: int) -> None:
        for item in block:
            self.seen += 1
            if self.seen > MAX_OBJECTS or len(self.glyphs) > MAX_CHARACTERS:
                self.is_full = True
                return
            kind = _local(item)
            if item.get("Visible", "true").lower() == "false":
                continue
            if kind == "TextObject":
                self._text(item)
            elif kind == "PathObject":
                self._path(item)
            elif kind in ("PageBlock", "Layer") and depth < MAX_DEPTH:
                self._block(item, depth + 1)

    def _frame(self, item: etree._Element) -> tuple[Matrix, list[float]]:
        """Object space to points as displayed, and the object's boundary in millimetres."""
        boundary = _numbers(item.get("Boundary"))
        boundary = boundary if len(boundary) == 4 else [0.0, 0.0, 0.0, 0.0]
        own = _numbers(item.get("CTM"))
        a, b, c, d, e, f = own if len(own) == 6 else _IDENTITY
        x, y = e + boundary[0] - self.area[0], f + boundary[1] - self.area[1]
        return (a * POINTS, b * POINTS, c * POINTS, d * POINTS, x * POINTS, y * POINTS), boundary

    # --- text

    def _text(self, item: etree._Element) -> None:
        matrix, _ = self._frame(item)
        size = (_numbers(item.get("Size")) or [0.0])[0]
        if not 0 < size < 500 or self._is_pale(item):
            return
        squeeze = (_numbers(item.get("HScale")) or [1.0])[0]
        character_turn = round((_numbers(item.get("CharDirection")) or [0.0])[0] / 90) * 90
        angle = math.degrees(math.atan2(matrix[1], matrix[0])) + character_turn
        turn = -round(angle / 90) % 4 * 90
        x = y = 0.0
        is_upright = item.get("ReadDirection") in ("90", "270")
        for code in _all(item, "TextCode"):
            x = (_numbers(code.get("X")) or [x])[0]
            y = (_numbers(code.get("Y")) or [y])[0]
            text = (code.text or "").replace("\r", "").replace("\n", "")
            steps = (_deltas(code.get("DeltaX"), len(text)), _deltas(code.get("DeltaY"), len(text)))
            space = True
            for at, character in enumerate(text.translate(RADICALS)):
                own = size * squeeze * (1.0 if ord(character) > 0x2E7F else 0.5)
                step = steps[0][at] if at < len(steps[0]) else 0.0 if is_upright or steps[1] else own
                if character.isspace() or character in "\u200b\ufeff\x00":
                    space = True
                else:
                    width = min(own, step) if 0 < step < own else own
                    corners = (x, y - ASCENT * size, x + width, y + (1 - ASCENT) * size)
                    self.glyphs.append(_Glyph(character, _mapped(matrix, corners), turn, self.seen, space))
                    space = False
                x += step
                y += steps[1][at] if at < len(steps[1]) else 0.0

    def _is_pale(self, item: etree._Element) -> bool:
        """White or transparent writing: a watermark, or text hidden under a picture."""
        alpha = item.get("Alpha")
        colour = self._colour(item, "FillColor")
        return alpha in ("0", "0.0") or (colour is not None and min(colour) >= WHITE)

    # --- strokes and fills

    def _path(self, item: etree._Element) -> None:
        matrix, _ = self._frame(item)
        stroked = item.get("Stroke", "true").lower() != "false"
        filled = item.get("Fill", "false").lower() == "true"
        if stroked and self._is_white(item, "StrokeColor"):
            stroked = False
        colour = (self._colour(item, "FillColor") or (0, 0, 0)) if filled else None
        shapes = list(_shapes(_content(_first(item, "AbbreviatedData")) or ""))
        for shape in shapes:
            points = [_point(matrix, x, y) for x, y in shape]
            xs, ys = [x for x, _ in points], [y for _, y in points]
            box = (min(xs), min(ys), max(xs), max(ys))
            if min(box[2] - box[0], box[3] - box[1]) <= THIN:
                if stroked or (colour is not None and min(colour) < WHITE):
                    self.lines.append(box)
                continue
            if stroked:
                for (x0, y0), (x1, y1) in pairwise(points):
                    if min(abs(x1 - x0), abs(y1 - y0)) < 0.5:
                        self.lines.append((min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)))
            elif colour is not None and min(colour) < WHITE and len(shape) <= 6:
                self.fills.append(Fill(box, colour))

    def _is_white(self, item: etree._Element, tag: str) -> bool:
        colour = self._colour(item, tag)
        return colour is not None and min(colour) >= WHITE

    def _colour(self, item: etree._Element, tag: str) -> tuple[int, int, int] | None:
        """A colour of an object or of its drawing parameters; None where none is given."""
        style = self.styles.get(item.get("DrawParam") or "")
        for owner in (item, style):
            entry = _first(owner, tag)
            values = [int(v) for v in _numbers(entry.get("Value"))] if entry is not None else []
            if len(values) == 3:
                return values[0], values[1], values[2]
            if len(values) == 1:
                return values[0], values[0], values[0]
            if len(values) == 4:  # ink, not light
                c, m, y, k = (min(v, 255) / 255 for v in values)
                return tuple(round(255 * (1 - v) * (1 - k)) for v in (c, m, y))  # type: ignore[return-value]
        return None

    # --- the page

    def layout(self, number: int) -> PageLayout:
        """The page in reading orientation."""
        votes = Counter(glyph.turn for glyph in self.glyphs)
        turn = votes.most_common(1)[0][0] if votes else 0
        width, height = self.area[2] * POINTS, self.area[3] * POINTS
        if turn in (90, 270):
            width, height = height, width

        def read(box: Box) -> Box:
            return _turned(box, turn, width, height)

        lines = [read(box) for box in self.lines]
        level = [box for box in lines if box[2] - box[0] >= box[3] - box[1]]
        upright = [box for box in lines if box[2] - box[0] < box[3] - box[1]]
        verticals = tuple(Segment((b[0] + b[2]) / 2, b[1], b[3]) for b in upright)
        return PageLayout(
            number=number,
            width=width,
            height=height,
            runs=_runs(self.glyphs, [read(glyph.box) for glyph in self.glyphs], verticals),
            horizontals=tuple(Segment((b[1] + b[3]) / 2, b[0], b[2]) for b in level),
            verticals=verticals,
            fills=tuple(Fill(read(fill.box), fill.colour) for fill in self.fills),
            turn=turn,
        )


def _turned(box: Box, turn: int, width: float, height: float) -> Box:
    """A box as displayed in reading orientation; width and height are the page's in reading orientation."""
    x0, top, x1, bottom = box
    if turn == 90:
        return width - bottom, x0, width - top, x1
    if turn == 180:
        return width - x1, height - bottom, width - x0, height - top
    if turn == 270:
        return top, height - x1, bottom, height - x0
    return box


def _runs(glyphs: list[_Glyph], boxes: list[Box], verticals: tuple[Segment, ...]) -> tuple[Run, ...]:
    """Characters as runs; a run that an upright line crosses is parted where the text object changes."""
    if not glyphs:
        return ()
    table = np.array(boxes, dtype=np.float32)
    owners = np.array([glyph.owner for glyph in glyphs], dtype=np.int64)
    characters = Characters(
        text="".join(glyph.text for glyph in glyphs),
        x0=table[:, 0],
        top=table[:, 1],
        x1=table[:, 2],
        bottom=table[:, 3],
        after_space=np.array([glyph.after_space for glyph in glyphs], dtype=np.bool_),
        index=owners,
        unmapped=0,
    )
    pieces: list[Run] = []
    first = 0
    for run in make_runs(characters):
        last = first + len(run.text)
        middle = (run.box[1] + run.box[3]) / 2
        crossed = any(
            run.box[0] + 1 < line.at < run.box[2] - 1 and line.start <= middle <= line.end
            for line in verticals
        )
        cuts = [i for i in range(1, len(run.text)) if crossed and owners[first + i] != owners[first + i - 1]]
        pieces.extend(run.part(a, b) if cuts else run for a, b in pairwise([0, *cuts, len(run.text)]))
        first = last
    return tuple(replace(run, order=order) for order, run in enumerate(pieces))


def _point(matrix: Matrix, x: float, y: float) -> tuple[float, float]:
    a, b, c, d, e, f = matrix
    return a * x + c * y + e, b * x + d * y + f


def _mapped(matrix: Matrix, corners: Box) -> Box:
    x0, y0, x1, y1 = corners
    points = [_point(matrix, x, y) for x, y in ((x0, y0), (x1, y0), (x1, y1), (x0, y1))]
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return min(xs), min(ys), max(xs), max(ys)


def _deltas(text: str | None, count: int) -> list[float]:
    """Steps between characters; `g 5 3.2` stands for five steps of 3.2."""
    steps: list[float] = []
    words = (text or "").split()
    at = 0
    while at < len(words) and len(steps) < count:
        if words[at] == "g" and at + 2 < len(words) and words[at + 1].isdigit():
            steps += (_numbers(words[at + 2]) or [0.0])[:1] * min(int(words[at + 1]), count)
            at += 3
        else:
            steps += _numbers(words[at])[:1]
            at += 1
    return steps


def _shapes(data: str) -> Iterator[list[tuple[float, float]]]:
    """The subpaths of a drawing; curves by their end points."""
    shape: list[tuple[float, float]] = []
    words = data.split()
    at = 0
    while at < len(words):
        operator = words[at]
        count = _OPERANDS.get(operator)
        if count is None:
            at += 1
            continue
        values = _numbers(" ".join(words[at + 1 : at + 1 + count]))
        at += 1 + count
        if operator == "C":
            if shape:
                shape.append(shape[0])
        elif len(values) == count:
            if operator in "SM":
                if len(shape) > 1:
                    yield shape
                shape = []
            shape.append((values[-2], values[-1]))
    if len(shape) > 1:
        yield shape
