"""The two networks that read pictures: where text stands on a page, and what a line of text says.

The models are those in the wheel of `rapidocr` (PP-OCRv6); they run on onnxruntime directly. Nothing is ever
fetched: a missing model is an error.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from extract.model import UnreadableError

Gray = npt.NDArray[np.uint8]
"""A picture in shades of grey, rows first; 255 is white."""
PixelBox = tuple[int, int, int, int]
"""x0, top, x1, bottom in pixels; x1 and bottom lie outside."""

LINE_HEIGHT = 48
"""Height in pixels that the recogniser was trained on."""
STEP = 32
"""Lines are padded to a multiple of this width, so that lines of like width share a batch."""
MIN_WIDTH = 64
"""The least width of a line with its padding."""
MAX_WIDTH = 3200
"""Longer lines are pressed together to this width."""
BATCH_PIXELS = 48 * 2600
"""So much is recognised at once: larger batches need more memory and are no faster."""
DETECTION_SIDE = 1216
"""The longer side of a page for detection."""
PART = 1.5
"""A page longer than this many times its width is looked at in parts of this length."""
SHORTEST = 1800
"""No part is shorter than this, in pixels."""
CUT = 300
"""Parts end at the whitest row within so many pixels."""
TEXT_LEVEL = 0.3
"""A pixel is text from this probability on."""
TEXT_MEAN = 0.5
"""A box is text where the mean probability in it is at least this."""
GROWTH = 1.6
"""How much the shrunken areas that the detector finds have to grow (ratio of PP-OCR's unclipping)."""

_DETECTOR = "PP-OCRv6_det_small.onnx"
_RECOGNISER = "PP-OCRv6_rec_small.onnx"
_BLANK = 0


_ONE_SHAPE = {
    "0": "０OoＯ○〇◯οОо",
    "1": "１lI|丨｜",
    **{chr(ord("0") + digit): chr(ord("０") + digit) for digit in range(2, 10)},
    "-": "—–―─ー－_一﹣−",
    "/": "／丿",
    ",": "，",
    ".": "．",
    "+": "＋",
    "%": "％",
    "(": "（",
    ")": "）",
}
"""Characters of one shape: in a figure they are all the first. The recogniser divides its belief among them."""


_TWO_WIDTHS = (("（", "("), ("）", ")"), ("：", ":"), ("，", ","), ("；", ";"))


@dataclass(frozen=True, slots=True)
class LineReading:
    """What a line says.

    Attributes:
        text: the characters, spaces kept.
        score: the lowest probability of any of its characters, spaces aside; 0 for no text.
        mean: the mean probability of its characters, spaces aside; 0 for no text.
        edges: for each character where it begins and ends, as shares of the line's width.
    """

    text: str
    score: float
    mean: float
    edges: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Readings:
    """A line read as words, and as a figure: with characters of one shape taken for those that figures have."""

    words: LineReading
    figure: LineReading


def recognise_lines(lines: Sequence[Gray], least: int = MIN_WIDTH) -> list[Readings]:
    """Read pictures of single lines.

    Args:
        lines: one picture a line, of any size, dark on light.
        least: width in pixels that short lines are padded to.

    Returns:
        Two readings a picture, in the order given.
    """
    scaled = [_scaled(line) for line in lines]
    order = sorted(range(len(lines)), key=lambda i: scaled[i].shape[1])
    found: list[Readings | None] = [None] * len(lines)
    at = 0
    while at < len(order):
        width = _padded_width(scaled[order[at]], least)
        end = at + 1
        while end < len(order):
            wider = _padded_width(scaled[order[end]], least)
            if wider > max(width * 1.25, width + STEP) or (end + 1 - at) * wider * LINE_HEIGHT > BATCH_PIXELS:
                break
            end += 1
        chosen = order[at:end]
        for i, reading in zip(chosen, _recognise([scaled[i] for i in chosen], least), strict=True):
            found[i] = reading
        at = end
    return [reading for reading in found if reading is not None]


def find_lines(page: Gray) -> list[PixelBox]:
    """The boxes of the lines of text on a page that stands upright, in no order.

    Args:
        page: the picture of the page; a very long one is looked at in parts.
    """
    height, width = page.shape
    part = max(round(PART * width), SHORTEST)
    if height <= 1.2 * part:
        return _find(page)
    found: list[PixelBox] = []
    top = 0
    while top < height:
        bottom = height if height - top <= 1.2 * part else _white_row(page, top + part)
        found += [(x0, y0 + top, x1, y1 + top) for x0, y0, x1, y1 in _find(page[top:bottom])]
        top = bottom
    return found


def _white_row(page: Gray, near: int) -> int:
    """The row of pixels with the least ink a little above a height: no line of text is cut there."""
    start = max(0, near - CUT)
    return start + int(page[start:near].mean(axis=1).argmax())


def _find(page: Gray) -> list[PixelBox]:
    height, width = page.shape
    ratio = min(1.0, DETECTION_SIDE / max(height, width))
    size = (max(32, round(width * ratio / 32) * 32), max(32, round(height * ratio / 32) * 32))
    small = cv2.resize(page, size, interpolation=cv2.INTER_AREA).astype(np.float32) / 127.5 - 1.0
    session = _session(_DETECTOR)
    batch = np.repeat(small[None, None], 3, axis=1)
    heat = session.run(None, {session.get_inputs()[0].name: batch})[0][0, 0]
    return _boxes(heat, width / size[0], height / size[1], (height, width))


def _boxes(heat: Any, across: float, down: float, shape: tuple[int, int]) -> list[PixelBox]:
    mask = cv2.dilate((heat > TEXT_LEVEL).astype(np.uint8), np.ones((2, 2), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    boxes: list[PixelBox] = []
    for i in range(1, count):
        x, y, w, h, _area = (int(v) for v in stats[i])
        if min(w, h) < 3:
            continue
        inside = labels[y : y + h, x : x + w] == i
        if float(heat[y : y + h, x : x + w][inside].mean()) < TEXT_MEAN:
            continue
        grow = w * h * GROWTH / (2 * (w + h))
        x0, y0, x1, y1 = (
            (x - grow) * across,
            (y - grow) * down,
            (x + w + grow) * across,
            (y + h + grow) * down,
        )
        boxes.append(
            (max(0, round(x0)), max(0, round(y0)), min(shape[1], round(x1)), min(shape[0], round(y1)))
        )
    return boxes


def _scaled(line: Gray) -> Gray:
    height, width = line.shape
    wanted = min(MAX_WIDTH, max(8, round(width * LINE_HEIGHT / height)))
    return np.asarray(cv2.resize(line, (wanted, LINE_HEIGHT), interpolation=cv2.INTER_LINEAR), dtype=np.uint8)


def _padded_width(line: Gray, least: int) -> int:
    return max(least, -(-int(line.shape[1]) // STEP) * STEP)


def _recognise(lines: Sequence[Gray], least: int) -> list[Readings]:
    width = max(_padded_width(line, least) for line in lines)
    batch = np.zeros((len(lines), 3, LINE_HEIGHT, width), dtype=np.float32)
    for i, line in enumerate(lines):
        batch[i, :, :, : line.shape[1]] = line.astype(np.float32) / 127.5 - 1.0
    session = _session(_RECOGNISER)
    chances = session.run(None, {session.get_inputs()[0].name: batch})[0]
    shares = [line.shape[1] / width for line in lines]
    for half, full in _pairs():
        both, is_half = chances[:, :, half] + chances[:, :, full], chances[:, :, half] >= chances[:, :, full]
        chances[:, :, half], chances[:, :, full] = both * is_half, both * ~is_half
    words = [_decoded(one, share) for one, share in zip(chances, shares, strict=True)]
    for first, others in _shapes():
        chances[:, :, first] += chances[:, :, others].sum(axis=2)
        chances[:, :, others] = 0.0
    figures = [_decoded(one, share) for one, share in zip(chances, shares, strict=True)]
    return [Readings(word, figure) for word, figure in zip(words, figures, strict=True)]


def _decoded(chances: Any, share: float) -> LineReading:
    """The best way through the steps of a line: repeats are one character, blanks none."""
    characters, best, chance = _characters(), chances.argmax(axis=1), chances.max(axis=1)
    steps = len(best)
    starts = [t for t in range(steps) if best[t] != _BLANK and (t == 0 or best[t] != best[t - 1])]
    text, edges, scores = "", [], []
    for start in starts:
        end = start + 1
        while end < steps and best[end] == best[start]:
            end += 1
        text += characters[best[start]]
        if not characters[best[start]].isspace():
            scores.append(float(chance[start:end].max()))
        edges.append((min(1.0, start / steps / share), min(1.0, end / steps / share)))
    if not scores:
        return LineReading("", 0.0, 0.0, ())
    return LineReading(text, min(scores), sum(scores) / len(scores), tuple(edges))


@cache
def _characters() -> tuple[str, ...]:
    listed = _session(_RECOGNISER).get_modelmeta().custom_metadata_map["character"].splitlines()
    return ("", *listed, " ")


@cache
def _pairs() -> tuple[tuple[int, int], ...]:
    """Marks that the recogniser knows in two widths: whichever it takes, it means the mark."""
    numbers = {character: i for i, character in enumerate(_characters())}
    return tuple(
        (numbers[one], numbers[other]) for one, other in _TWO_WIDTHS if one in numbers and other in numbers
    )


@cache
def _shapes() -> tuple[tuple[int, list[int]], ...]:
    """For each shape the number of the figure's character and those of the others."""
    numbers = {character: i for i, character in enumerate(_characters())}
    return tuple(
        (numbers[first], sorted({numbers[other] for other in others if other in numbers}))
        for first, others in _ONE_SHAPE.items()
        if first in numbers
    )


@cache
def _session(model: str) -> Any:
    """A model ready to run, on one thread: documents are what runs side by side."""
    import onnxruntime

    path = _models() / model
    if not path.is_file():
        raise UnreadableError("unsupported", f"没有找到文字识别模型 {model}：请重新安装 rapidocr 软件包")
    onnxruntime.disable_telemetry_events()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 4
    options.enable_cpu_mem_arena = False
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def _models() -> Path:
    """The folder of the models, found without importing the package around them."""
    spec = importlib.util.find_spec("rapidocr")
    if spec is None or not spec.submodule_search_locations:
        raise UnreadableError("unsupported", "没有安装文字识别组件（rapidocr），不能读取扫描件和图片")
    return Path(next(iter(spec.submodule_search_locations))) / "models"
