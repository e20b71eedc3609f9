"""The picture of `gongkai show`: the page with the cell boxed, what was read beside it, and the spot enlarged."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from extract.model import Box
from extract.spot import TableRow

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont

_SCALE = 2.0
"""Pixels a point: 144 dots an inch, enough to read small digits."""
_MOST_PIXELS = 6000
_MARGIN = 18
_PANEL = 640
_LINE = 32
_CAPTION_SIZE = 21
_AROUND = (2.2, 2.5)
"""The enlarged spot shows this many widths of the cell to its left and right, and heights above and below."""
_LEAST_SPOT = (120.0, 40.0)
"""Points that the enlarged spot shows at least."""
_MOST_ENLARGED = 5.0
_BESIDE = 55.0
"""Points of the page that a crop shows above and below the cell."""
_UPPER_PART = 0.4
_PADDING = 8
_WIDEST_COLUMN = 330
_WIDEST_TEXT = 1100
_RED, _BLACK, _GREY, _LIGHT, _WHITE = (
    (200, 30, 30),
    (20, 20, 20),
    (110, 110, 110),
    (246, 246, 244),
    (255, 255, 255),
)
_FONT_FOLDERS = (
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "~/.local/share/fonts",
    "~/.fonts",
    "/System/Library/Fonts",
)
_FONTS = re.compile(r"(NotoSansCJK|NotoSerifCJK|SourceHanSans|SourceHanSerif|NotoSansSC|wqy-|uming|ukai|DroidSansFallback"
                    r"|PingFang|STHeiti|simsun|simhei|msyh).*\.(ttc|otf|ttf)$", re.IGNORECASE)  # fmt: skip
_NOT_PLAIN = re.compile(r"bold|black|heavy|thin|light|mono", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PagePicture:
    """A page as displayed, the pixels of a point, and whether it is drawn from its text and rulings only."""

    image: Image
    scale: float
    sketch: bool = False


def find_font(size: int) -> FreeTypeFont | None:
    """A font with Chinese and Latin characters, if the machine has one; a regular weight before others."""
    from PIL import ImageFont

    files = [
        f for folder in _FONT_FOLDERS for f in Path(folder).expanduser().rglob("*") if _FONTS.search(f.name)
    ]
    for file in sorted(files, key=lambda f: (bool(_NOT_PLAIN.search(f.name)), "Serif" in f.name, f.name)):
        try:
            font = ImageFont.truetype(str(file), size)
        except OSError:  # not a font after all
            continue
        if _writes(font):
            return font
    return None


def _writes(font: FreeTypeFont) -> bool:
    """Whether a font has what captions are made of: some hold Chinese characters only."""
    nothing = bytes(font.getmask("\uffff"))
    return all(bytes(font.getmask(character)) != nothing for character in "开A1")


def page_picture(data: bytes, name: str, page: int) -> PagePicture:
    """A page of a PDF or of a picture as displayed; of an OFD document its text and rulings.

    Raises:
        OSError, ValueError: the page can't be drawn.
    """
    from PIL import Image as pictures  # noqa: N813  (the name is the type here)

    from extract.read.kind import sniff

    family = sniff(data).family
    if family == "pdf":
        return _pdf_page(data, page)
    if family == "ofd":
        return _sketch(data, name, page)
    with pictures.open(BytesIO(data)) as picture:
        picture.seek(page - 1)
        return PagePicture(picture.convert("RGB"), 1.0)


def _pdf_page(data: bytes, page: int) -> PagePicture:
    import pypdfium2

    document = pypdfium2.PdfDocument(data)
    try:
        sheet = document[page - 1]
        scale = min(_SCALE, _MOST_PIXELS / max(*sheet.get_size(), 1.0))
        return PagePicture(sheet.render(scale=scale).to_pil().convert("RGB"), scale)
    finally:
        document.close()


def _sketch(data: bytes, name: str, page: int) -> PagePicture:
    """What the reader knows of a page: no program here paints OFD."""
    from PIL import Image as pictures  # noqa: N813
    from PIL import ImageDraw

    from extract.read import read_document

    layouts = {
        read.layout.number: read.layout for read in getattr(read_document(data, name), "read_pages", ())
    }
    layout = layouts.get(page)
    if layout is None or layout.turn:
        raise ValueError(f"page {page} has no layout that can be drawn")
    scale = min(_SCALE, _MOST_PIXELS / max(layout.width, layout.height, 1.0))
    image = pictures.new("RGB", (round(layout.width * scale), round(layout.height * scale)), _WHITE)
    draw = ImageDraw.Draw(image)
    for line in layout.horizontals:
        draw.line((line.start * scale, line.at * scale, line.end * scale, line.at * scale), fill=_GREY)
    for line in layout.verticals:
        draw.line((line.at * scale, line.start * scale, line.at * scale, line.end * scale), fill=_GREY)
    fonts: dict[int, Any] = {}
    for run in layout.runs:
        x0, top, _, bottom = run.box
        size = max(6, round(0.86 * (bottom - top) * scale))
        font = fonts.setdefault(size, find_font(size) or plain_font(size))
        draw.text((x0 * scale, top * scale), run.text, fill=_BLACK, font=font)
    return PagePicture(image, scale, sketch=True)


def plain_font(size: int) -> Any:
    """The font that comes with the library: Latin characters only."""
    from PIL import ImageFont

    return ImageFont.load_default(size)


def compose(shown: PagePicture, box: Box, caption: Sequence[str], font: FreeTypeFont | None) -> Image:
    """The page with the cell boxed; beside it the caption and the spot enlarged."""
    from PIL import Image as pictures  # noqa: N813
    from PIL import ImageDraw

    written = font or plain_font(_CAPTION_SIZE)
    lines = list(_wrapped(caption, written, _PANEL - 2 * _MARGIN))
    spot = _enlarged(shown, box)
    page = shown.image
    height = max(page.height, _MARGIN * 4 + _LINE * len(lines) + spot.height)
    picture = pictures.new("RGB", (page.width + _PANEL, height), _LIGHT)
    picture.paste(page, (0, 0))
    draw = ImageDraw.Draw(picture)
    x0, top, x1, bottom = (edge * shown.scale for edge in box)
    _boxed(draw, (x0, top, x1, bottom), 3)
    middle = (top + bottom) / 2
    draw.line((x1 + 4, middle, page.width, middle), fill=_RED, width=2)
    draw.line((page.width, 0, page.width, height), fill=_GREY, width=2)
    block = _LINE * len(lines) + spot.height + 2 * _MARGIN
    at = min(max(_MARGIN, middle - _LINE), height - block - _MARGIN)  # beside the cell where there is room
    for number, line in enumerate(lines):
        draw.text((page.width + _MARGIN, at + _LINE * number), line, fill=_BLACK, font=written)
    left, upper = page.width + _MARGIN, round(at + _LINE * len(lines) + _MARGIN)
    picture.paste(spot, (left, upper))
    draw.rectangle((left - 1, upper - 1, left + spot.width, upper + spot.height), outline=_GREY)
    return picture


def crop(shown: PagePicture, box: Box | None, width: int = 900) -> Image:
    """The part of a page around a cell, over the page's whole width, the cell boxed; without a cell the page's upper part.

    Args:
        shown: the page.
        box: the cell's, in points.
        width: pixels of the picture at most.
    """
    from PIL import Image as pictures  # noqa: N813
    from PIL import ImageDraw

    page = shown.image.copy()
    if box is None:
        part = page.crop((0, 0, page.width, max(1, round(page.height * _UPPER_PART))))
    else:
        x0, top, x1, bottom = (edge * shown.scale for edge in box)
        _boxed(ImageDraw.Draw(page), (x0, top, x1, bottom), 3)
        upper, lower = (
            max(0, round(top - _BESIDE * shown.scale)),
            min(page.height, round(bottom + _BESIDE * shown.scale)),
        )
        part = page.crop((0, upper, page.width, max(lower, upper + 1)))
    factor = min(1.0, width / part.width)
    size = (max(1, round(part.width * factor)), max(1, round(part.height * factor)))
    return part.resize(size, pictures.Resampling.LANCZOS)


def rows_picture(rows: Sequence[TableRow], font: FreeTypeFont) -> Image:
    """The rows of a table around a cell, drawn as a table, the cell boxed."""
    from PIL import Image as pictures  # noqa: N813
    from PIL import ImageDraw

    columns = max(len(row.texts) for row in rows)
    widths = [
        min(
            _WIDEST_COLUMN,
            2 * _PADDING + max(round(font.getlength(row.texts[n])) for row in rows if n < len(row.texts)),
        )
        for n in range(columns)
    ]
    image = pictures.new("RGB", (sum(widths) + 1, _LINE * len(rows) + 1), _WHITE)
    draw = ImageDraw.Draw(image)
    marked: list[Box] = []
    for line, row in enumerate(rows):
        left = 0
        for number, width in enumerate(widths[: len(row.texts)]):
            edges = (left, line * _LINE, left + width, (line + 1) * _LINE)
            draw.rectangle(edges, outline=_GREY)
            text = row.texts[number]
            while text and font.getlength(text) > width - 2 * _PADDING:
                text = text[:-1]
            draw.text((left + _PADDING, line * _LINE + 4), text, fill=_BLACK, font=font)
            if number == row.at:
                marked.append((left + 3, line * _LINE + 3, left + width - 3, (line + 1) * _LINE - 3))
            left += width
    for spot in marked:
        _boxed(draw, spot, 3)
    return image


def lines_picture(lines: Sequence[str], font: FreeTypeFont) -> Image:
    """Lines of a text as a picture; the one that begins with ▶ is boxed."""
    from PIL import Image as pictures  # noqa: N813
    from PIL import ImageDraw

    # no font for Chinese has the sign for a tab
    told = [re.sub(r"^▶", " ", line).replace("⇥", " → ") for line in lines] or [" "]
    width = min(_WIDEST_TEXT, 2 * _PADDING + max(round(font.getlength(line)) for line in told))
    image = pictures.new("RGB", (width + 1, _LINE * len(told) + 1), _WHITE)
    draw = ImageDraw.Draw(image)
    for number, line in enumerate(told):
        draw.text((_PADDING, number * _LINE + 4), line, fill=_BLACK, font=font)
        if lines and lines[number].startswith("▶"):
            _boxed(draw, (3, number * _LINE + 3, width - 3, (number + 1) * _LINE - 3), 3)
    return image


def _boxed(draw: ImageDraw, edges: Box, width: int) -> None:
    x0, top, x1, bottom = edges
    for grow in range(width):
        draw.rectangle((x0 - grow - 1, top - grow - 1, x1 + grow + 1, bottom + grow + 1), outline=_RED)


def _enlarged(shown: PagePicture, box: Box) -> Image:
    """The cell and what stands around it, as wide as the panel."""
    from PIL import Image as pictures  # noqa: N813
    from PIL import ImageDraw

    scale, page = shown.scale, shown.image
    x0, top, x1, bottom = (edge * scale for edge in box)
    half_width = max((0.5 + _AROUND[0]) * (x1 - x0), _LEAST_SPOT[0] * scale / 2)
    half_height = max((0.5 + _AROUND[1]) * (bottom - top), _LEAST_SPOT[1] * scale / 2)
    middle_x, middle_y = (x0 + x1) / 2, (top + bottom) / 2
    left, upper = max(0, round(middle_x - half_width)), max(0, round(middle_y - half_height))
    right, lower = (
        min(page.width, round(middle_x + half_width)),
        min(page.height, round(middle_y + half_height)),
    )
    factor = min(_MOST_ENLARGED, (_PANEL - 2 * _MARGIN) / max(1, right - left), 700 / max(1, lower - upper))
    size = (max(1, round((right - left) * factor)), max(1, round((lower - upper) * factor)))
    spot = page.crop((left, upper, max(right, left + 1), max(lower, upper + 1))).resize(
        size, pictures.Resampling.LANCZOS
    )
    edges = ((x0 - left) * factor, (top - upper) * factor, (x1 - left) * factor, (bottom - upper) * factor)
    _boxed(ImageDraw.Draw(spot), edges, 3)
    return spot


def _wrapped(lines: Sequence[str], font: Any, width: int) -> Iterator[str]:
    """Lines no wider than the panel; broken behind a comma or a space where one is near."""
    for line in lines:
        rest = line.replace("\n", "⏎")
        while font.getlength(rest) > width:
            end = next(n for n in range(len(rest), 0, -1) if font.getlength(rest[:n]) <= width or n == 1)
            breaks = [n for n in range(end * 2 // 3, end + 1) if rest[n - 1] in " ,，、；/"]
            cut = breaks[-1] if breaks else end
            yield rest[:cut].rstrip()
            rest = "    " + rest[cut:].lstrip()
        yield rest
