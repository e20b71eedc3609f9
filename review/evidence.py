"""What a person needs to see to decide: every way in which a cell reads, and a picture of the spot.

Made from the stored document whenever it is asked for; nothing of it is kept.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

from extract.pull.pulling import stored_document
from gongkai.settings import Home
from review.cases import Case

if TYPE_CHECKING:
    from PIL.Image import Image

    from extract.spot import Source

log = logging.getLogger(__name__)

HOW_ZH: Final[Mapping[str, str]] = {
    "by_column": "按表头逐列读",
    "by_order": "按行内顺序读",
    "way": "另一种读法",
    "second": "单独再认一次",
}
_STATUS_ZH: Final = {"blank": "空白", "not_applicable": "不适用", "text": "文字", "missing": "缺失"}
_FONT_SIZE = 19
_PAGED = ("pdf", "ofd", "image")


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is seen of a case.

    Attributes:
        readings: each way in which the cell reads: how, and what (empty for a report as a whole).
        excerpt: lines of text or rows of a table around it, or the document's beginning; empty where the page is a picture.
        picture: the spot as PNG; null where it can't be drawn (no font with Chinese characters, a damaged page).
        problem: why something is lacking, or null.
    """

    readings: tuple[tuple[str, str], ...]
    excerpt: tuple[str, ...]
    picture: bytes | None
    problem: str | None


def evidence_of(home: Home, case: Case, *, pictured: bool = True) -> Evidence:
    """What is seen of a case; what can't be shown is told in `problem` and never an error.

    Args:
        home: where the document is stored.
        case: the case.
        pictured: whether a picture is wanted.
    """
    from extract.model import UnreadableError
    from extract.spot import load_source

    try:
        source = load_source(stored_document(home, case.document_sha256), case.member)
    except (OSError, StopIteration, UnreadableError) as error:
        return Evidence((), (), None, f"原文件取不到（{type(error).__name__}）")
    problems: list[str] = []
    readings: tuple[tuple[str, str], ...] = ()
    excerpt: tuple[str, ...] = ()
    picture: bytes | None = None
    try:
        readings = _readings(source, case)
    except (UnreadableError, OSError, ValueError) as error:
        problems.append(f"无法再读一遍（{type(error).__name__}）")
    try:
        excerpt, picture = _shown(source, case, pictured)
    except (UnreadableError, OSError, ValueError) as error:
        problems.append(f"原件此处无法画出（{type(error).__name__}）")
    return Evidence(readings, excerpt, picture, "；".join(problems) or None)


def _readings(source: Source, case: Case) -> tuple[tuple[str, str], ...]:
    if case.metric is None or case.applicant is None:
        return ()
    from extract.document import readings_of

    index = int(case.report_id.rpartition("-")[2])
    found = readings_of(source.data, _file_name(source, case), index, case.metric, case.applicant)
    return tuple((HOW_ZH[way.how], _said(way.raw, way.status.value, way.value)) for way in found)


def _said(raw: str | None, status: str, value: Any) -> str:
    said = f"{value.normalize():f}" if value is not None else f"（{_STATUS_ZH.get(status, '读不出')}）"
    shown = (raw or "").strip()
    return said if not shown or shown == said else f"{said}（原文“{shown[:40]}”）"


def _file_name(source: Source, case: Case) -> str:
    """The name that the document came with: some formats are told by it."""
    return source.name if case.member else case.document_name or source.name


def _shown(source: Source, case: Case, pictured: bool) -> tuple[tuple[str, ...], bytes | None]:
    from extract.read.kind import sniff
    from extract.show_picture import crop, find_font, lines_picture, page_picture, rows_picture
    from extract.spot import beginning, excerpt, table_rows

    page = case.where.get("page") or (1 if sniff(source.data).family in _PAGED else None)
    if page is not None:
        if not pictured:
            return (), None
        shown = page_picture(source.data, source.name, page)
        return (), _png(crop(shown, case.where.get("box")))
    lines = tuple(excerpt(source, case.where)) or tuple(beginning(source))
    font = find_font(_FONT_SIZE) if pictured and lines else None
    if font is None:
        return lines, None
    rows = list(table_rows(source, case.where["path"])) if "path" in case.where else []
    return lines, _png(rows_picture(rows, font) if rows else lines_picture(lines, font))


def _png(image: Image) -> bytes:
    out = BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()
