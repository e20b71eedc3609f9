"""A notice as DOCX, set as official documents are (GB/T 9704): paper, margins, type sizes, line spacing, numbering.

Types are named as the standard names them; where a machine lacks them, the program that opens the file takes others.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any, Final

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from publish.bulletin.words import Words, place_text
from publish.notice.facts import Case, Fault
from publish.notice.wording import Wording

TITLE: Final = ("方正小标宋简体", 22.0)
BODY: Final = ("仿宋_GB2312", 16.0)
HEADING: Final = ("黑体", 16.0)
TABLE: Final = ("仿宋_GB2312", 10.5)
FOLIO: Final = ("宋体", 14.0)
BREAK: Final = "<break>"
_LINE: Final = 28.9
"""Points a line: 22 lines in the 225 mm of a page."""
_NO_TEXT: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff]")
"""What no document may hold; names of files may."""
_NUMERALS: Final = "一二三四五六七八九十"
_WIDTHS: Final = (12, 32, 14, 47, 26, 23, 23, 48)
"""Millimetres of the columns of the list, on a page that lies on its side."""


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends the notice.

    Attributes:
        office: its name.
        number: the document's number (发文字号), if it has one already.
        on: its date.
        days: working days that the agency has.
    """

    office: str
    on: date
    days: int = 10
    number: str | None = None


def write_notice(case: Case, wording: Wording, sender: Sender) -> bytes:
    """The notice about a case.

    Args:
        case: an agency's report with at least one fault.
        wording: the words.
        sender: who sends it.

    Raises:
        ValueError: there is nothing to tell.
    """
    if not case.faults:
        raise ValueError("a notice without a fault")
    document = Document()
    moment = datetime.combine(sender.on, time(0), tzinfo=UTC)
    document.core_properties.author = sender.office
    document.core_properties.title = _filled(wording.title, case, sender).replace(BREAK, "")
    document.core_properties.created = document.core_properties.modified = moment
    _page(document.sections[0])
    _folio(document.sections[0])
    if sender.number:
        _paragraph(document, sender.number, BODY, align=WD_ALIGN_PARAGRAPH.CENTER)
    _paragraph(
        document, _filled(wording.title, case, sender), TITLE, align=WD_ALIGN_PARAGRAPH.CENTER, after=_LINE
    )
    _paragraph(document, f"{case.agency}：", BODY)
    _paragraph(document, _filled(wording.opening, case, sender), BODY, indent=True)
    _parts(document, case, wording)
    _paragraph(document, _filled(wording.closing, case, sender), BODY, indent=True)
    _paragraph(document, f"附件：{wording.attachment_title}", BODY, indent=True, before=_LINE)
    _signature(document, sender)
    _attachment(document, case, wording)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _filled(text: str, case: Case, sender: Sender) -> str:
    on = case.published_on
    told = {
        "agency": case.agency,
        "year": str(case.year),
        "document": case.document,
        "published": f"，{on.year}年{on.month}月{on.day}日公布" if on else "",
        "days": str(sender.days),
        "count": str(len(case.faults)),
    }
    for name, value in told.items():
        text = text.replace(f"<{name}>", value)
    return _closed_up(text)


def _closed_up(text: str) -> str:
    """The text without the blanks between Chinese characters that folding the lines of the file has left."""
    kept = []
    for position, character in enumerate(text):
        around = text[max(position - 1, 0)] + text[min(position + 1, len(text) - 1)]
        if character == " " and not all(each.isascii() for each in around):
            continue
        kept.append(character)
    return "".join(kept)


def _parts(document: Any, case: Case, wording: Wording) -> None:
    numeral = iter(_NUMERALS)
    for part in wording.parts:
        faults = [fault for fault in case.faults if fault.rule in part.rules]
        if not faults:
            continue
        _paragraph(document, f"{next(numeral)}、{part.heading}", HEADING, indent=True)
        for number, fault in enumerate(faults, 1):
            _paragraph(document, f"{number}．{fault.message.rstrip('。')}。", BODY, indent=True)


def _signature(document: Any, sender: Sender) -> None:
    day = f"{sender.on.year}年{sender.on.month}月{sender.on.day}日"
    _paragraph(document, sender.office, BODY, align=WD_ALIGN_PARAGRAPH.RIGHT, before=_LINE * 2, right=4)
    _paragraph(document, day, BODY, align=WD_ALIGN_PARAGRAPH.RIGHT, right=4)


def _attachment(document: Any, case: Case, wording: Wording) -> None:
    section = document.add_section()
    _page(section, lying=True)
    _paragraph(document, "附件", HEADING)
    _paragraph(document, wording.attachment_title, TITLE, align=WD_ALIGN_PARAGRAPH.CENTER, after=_LINE / 2)
    _paragraph(
        document, f"{case.agency}　{case.year}年度　文件：{case.document}（sha256 {case.sha256[:16]}）", TABLE
    )
    table = document.add_table(rows=1, cols=len(wording.columns), style="Table Grid")
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    table.autofit = False
    for column, width in zip(table.columns, _WIDTHS, strict=True):
        column.width = Mm(width)
    _row(table.rows[0], wording.columns, HEADING[0])
    _repeat(table.rows[0])
    words = Words()
    for number, fault in enumerate(case.faults, 1):
        _row(table.add_row(), _cells(number, fault, words), TABLE[0])


def _cells(number: int, fault: Fault, words: Words) -> Sequence[str]:
    spot = words.spot(fault.metric_key, fault.applicant_key)
    return (
        str(number),
        words.rules[fault.rule].zh,
        spot.table,
        spot.row or "—",
        spot.column or "—",
        _number(fault.expected),
        _number(fault.found),
        place_text(fault.place),
    )


def _number(value: Any) -> str:
    if value is None:
        return "—"
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


# --- setting ---


def _page(section: Any, *, lying: bool = False) -> None:
    width, height = (Mm(297), Mm(210)) if lying else (Mm(210), Mm(297))
    section.orientation = WD_ORIENT.LANDSCAPE if lying else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = width, height
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    if lying:
        section.top_margin, section.bottom_margin = Mm(28), Mm(26)
        section.left_margin, section.right_margin = Mm(37), Mm(35)
    section.footer_distance = Mm(25 if not lying else 16)


def _folio(section: Any) -> None:
    """The page's number between two dashes, in the middle below."""
    paragraph = section.footer.paragraphs[0]
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _run(paragraph, "— ", FOLIO)
    run = _run(paragraph, "", FOLIO)
    for kind, text in (("begin", None), (None, "PAGE"), ("end", None)):
        if kind is None:
            element = OxmlElement("w:instrText")
            element.set(qn("xml:space"), "preserve")
            element.text = text
        else:
            element = OxmlElement("w:fldChar")
            element.set(qn("w:fldCharType"), kind)
        run._r.append(element)
    _run(paragraph, " —", FOLIO)


def _paragraph(
    document: Any,
    text: str,
    face: tuple[str, float],
    *,
    align: Any = None,
    indent: bool = False,
    before: float = 0.0,
    after: float = 0.0,
    right: int = 0,
) -> None:
    paragraph = document.add_paragraph()
    setting = paragraph.paragraph_format
    setting.alignment = align
    setting.line_spacing_rule = WD_LINE_SPACING.EXACTLY
    setting.line_spacing = Pt(_LINE if face[1] < TITLE[1] else 36)
    setting.space_before, setting.space_after = Pt(before), Pt(after)
    if indent:
        setting.first_line_indent = Pt(face[1] * 2)
    if right:
        setting.right_indent = Pt(face[1] * right)
    _run(paragraph, text, face)


def _run(paragraph: Any, text: str, face: tuple[str, float]) -> Any:
    first, *others = _NO_TEXT.sub("", text).split(BREAK)
    run = paragraph.add_run(first)
    for other in others:
        run.add_break()
        run.add_text(other)
    run.font.size = Pt(face[1])
    run.font.name = "Times New Roman"
    run._r.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), face[0])
    return run


def _row(row: Any, texts: Sequence[str], face: str) -> None:
    for cell, text, width in zip(row.cells, texts, _WIDTHS, strict=True):
        cell.width = Mm(width)
        paragraph = cell.paragraphs[0]
        paragraph.paragraph_format.space_after = Pt(0)
        _run(paragraph, text, (face, TABLE[1]))


def _repeat(row: Any) -> None:
    """The row is printed again at the head of each page."""
    header = OxmlElement("w:tblHeader")
    header.set(qn("w:val"), "true")
    row._tr.get_or_add_trPr().append(header)
