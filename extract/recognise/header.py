"""Whose report it is and of which year: from the title, else metadata, else the text. What can't be told stays None."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from extract.model import Block, Grid, Paragraph
from extract.recognise.labels import section_of
from extract.recognise.script import fold_width, simplify, squeeze

FIRST_YEAR, LAST_YEAR = 2003, 2060
MAX_TITLE = 500
"""A file's own title counts up to this length."""
_LINES = 60
"""How many lines before section one may hold the title."""

_NOUN = r"(?:工作)?(?:情况的|的)?(?:年度|年)?(?:工作)?(?:报告|年报)"
_SUBJECT = r"(?:政府信息公开|政务信息公开|政务公开|政府信息主动公开|信息公开)"
_YEAR = r"(?<!\d)(?P<year>20\d\d)(?:年度?|(?![\d年./-]))"
_TITLES = (
    re.compile(rf"^(?P<agency>.*?)(?:关于)?{_YEAR}(?:的)?{_SUBJECT}{_NOUN}"),
    re.compile(rf"^{_YEAR}(?:的)?(?P<agency>.*?)(?:关于)?{_SUBJECT}{_NOUN}"),
    re.compile(
        rf"^(?P<agency>.*?)(?:关于)?{_SUBJECT}(?:工作)?{_YEAR}(?:情况)?(?:的)?(?:年度)?(?:工作)?(?:报告|年报)"
    ),
    re.compile(rf"^(?P<agency>.*?)(?:关于)?{_SUBJECT}{_NOUN}[(（]{_YEAR}[)）]"),
    re.compile(rf"^(?P<agency>.*?)(?:关于)?{_YEAR}(?:的)?(?:年度报告|年报|工作报告)"),
    re.compile(rf"^(?P<agency>.*?)(?:关于)?{_SUBJECT}{_NOUN}"),
)
_GENERIC = re.compile(
    r"^(?:我|本|该|全|各)(?:局|镇|乡|县|市|区|委|办|街道|院|厅|部|机关|单位|部门|中心|队|站|处|所|旗|州|省)*$|^(?:本机关|本单位|附件\d*|首页|关于)?$"
)
_DOCUMENT_NUMBER = re.compile(r"^.{0,12}?[〔\[(（]?20\d\d[〕\])）]?\d{0,4}号")
_METADATA = re.compile(
    r"(发文机关|发布机构|公开机构|发布机关|制发机关|发文单位|发布单位|信息来源|来源|责任部门|公开主体|发布主体)[:：]?"
)
_DATE = re.compile(
    r"(?:成文日期|发布日期|公开日期|生成日期|发文日期|发布时间|公开时间)[:：]?(20\d\d)[-年./](\d{1,2})"
)
_ORGAN = r"[\u4e00-\u9fff]{2,24}?(?:人民政府(?:办公室)?|局|委员会|管委会|管理委员会|街道办事处|街道|办公室|厅|镇|乡|中心|院)"
_INTRODUCTIONS = (
    re.compile(rf"现将({_ORGAN})(?:20\d\d年度?)?(?:的)?(?:政府|政务)?信息公开"),
    re.compile(rf"本(?:年度)?报告(?:由|系)({_ORGAN})(?:按照|根据|依据|编制|编写)"),
    re.compile(
        rf"(?:^|[。；])20\d\d年(?:度|以来)?[,，]({_ORGAN})(?:认真|坚持|严格|在|深入|紧紧|全面|按照|切实|积极|高度|以|围绕)"
    ),
)
_DAY = re.compile(r"(20\d\d)[-年./](\d{1,2})[-月./](\d{1,2})")
_PAGE = re.compile(r"^Page\s*\d{1,4}\s*[-–—]\s*", re.IGNORECASE)
"""What a flip-book prints before the title of each page."""
_SIGNED = re.compile(r"^20\d\d年\d{1,2}月\d{1,2}日$")
_PERIOD = re.compile(r"(20\d\d)年1月1日(?:起|—|-|－|~|～|到)?至?(?:20\d\d年)?12月31日")
_NUMERAL_YEAR = re.compile(r"[二2][○〇零0Oo][一二三四五六七八九〇○零\d]{2}(?=年)")
_DIGITS = {c: str(i) for i, c in enumerate("零一二三四五六七八九")} | {
    "〇": "0",
    "○": "0",
    "O": "0",
    "o": "0",
}


@dataclass(frozen=True, slots=True)
class Header:
    """A report's header. Evidence is `title`, `metadata` or `text`; None where the fact could not be told.

    `published_on` is the date its page or its signature gives; it orders the revisions of a report.
    """

    title: str | None
    agency: str | None
    agency_evidence: str | None
    year: int | None
    year_evidence: str | None
    published_on: date | None = None


def read_header(blocks: Sequence[Block], metadata: Mapping[str, str]) -> Header:
    """Read the header of one report.

    Args:
        blocks: the report's blocks.
        metadata: what the file says about itself (`title`).
    """
    front = _front_lines(blocks)
    title, agency, year = _title(front)
    agency_from = "title" if agency else None
    year_from = "title" if year else None
    for candidate in (metadata.get("title", "")[:MAX_TITLE],):
        if candidate and (not agency or not year):
            other_title, other_agency, other_year = _title(re.split(r"[_|]|\s[-–—]+\s", candidate))
            title = title or other_title
            if not agency and other_agency:
                agency, agency_from = other_agency, "metadata"
            if not year and other_year:
                year, year_from = other_year, "metadata"
    if not agency and (named := _metadata_agency(blocks)):
        agency, agency_from = named, "metadata"
    if not year and (dated := _text_year(blocks)):
        year, year_from = dated, "text"
    if not year and (dated := _metadata_year(front)):
        year, year_from = dated, "metadata"
    if not agency and (named := _signature(blocks) or _text_agency(blocks)):
        agency, agency_from = named, "text"
    return Header(title, agency, agency_from, year, year_from, _published(front, blocks, metadata))


def is_title(text: str) -> bool:
    """Whether a line names an annual report of this kind."""
    plain = _plain(text)
    return (
        len(plain) < 80
        and ("报告" in plain or "年报" in plain)
        and any(pattern.search(plain) for pattern in _TITLES)
    )


_SENTENCE_MARK = re.compile(r"[。；;]")
_FIELD = re.compile(r"^(?:标题|名称|信息名称|题名|索引号.*?)[:：]")
_LOOSE_ENDS = re.compile(r"^[\s,，、:：·.]+|[\s,，、:：·.]+$")
_NOTICE = re.compile(r"^(?:附件\d*[:：]?|关于|印发|发布|公布|《)+")
_NOTICE_END = re.compile(r"(?:关于|印发|发布|公布)+$")
_NO_NAME = re.compile(r"[。；，,:：《》>]|\d{5,}|20\d\d年|^[\d./-]")


def names_report(text: str, *, alone: bool = False) -> bool:
    """Whether a line by itself is the title of a report.

    Args:
        text: the line.
        alone: it has to name the agency; otherwise the year is enough.
    """
    if len(text) > 70 or "公开" not in simplify(text):
        return False
    found = _match(_plain(text))
    if found is None or not is_title(text):
        return False
    return found[0] is not None or (found[1] is not None and not alone)


def _plain(text: str) -> str:
    plain = simplify(squeeze(text))
    return _NUMERAL_YEAR.sub(
        lambda m: "".join(_DIGITS.get(c, c) for c in m[0].replace("二", "2", 1)).replace("二", "2"), plain
    )


def _front_lines(blocks: Sequence[Block]) -> list[str]:
    lines: list[str] = []
    for block in blocks:
        if isinstance(block, Paragraph):
            for line in block.text.split("\n"):
                if section_of(line) == "overview":
                    return lines
                if line.strip():
                    lines.append(_PAGE.sub("", line.strip().strip("#*|> ").strip()))
        else:
            lines.extend(cell.text.strip() for cell in block.cells if cell.text.strip())
        if len(lines) >= _LINES:
            break
    return lines[:_LINES]


def _title(lines: Sequence[str]) -> tuple[str | None, str | None, int | None]:
    """The best title among the lines: the one that tells most; of equals the last, nearest to the text."""
    best: tuple[int, str | None, str | None, int | None] = (0, None, None, None)
    # what has no year and names nothing of the kind is not folded: up to four lines may make a title
    plain = [_plain(line) if len(line) <= 70 else None for line in lines]
    for at in range(len(lines)):
        joined = ""
        for count in (1, 2, 3, 4):
            part = lines[at : at + count]
            if len(part) < count or (last := plain[at + count - 1]) is None:
                break
            joined += last
            found = _match(joined)
            if found is None:
                continue
            agency, year = found
            score = 1 + 4 * (agency is not None) + 4 * (year is not None) - (count - 1)
            if score > 0 and score >= best[0]:
                best = (score, " ".join(part), agency, year)
    return best[1], best[2], best[3]


def _match(joined: str) -> tuple[str | None, int | None] | None:
    if "报告" not in joined and "年报" not in joined:  # as every title has one of them
        return None
    text = _DOCUMENT_NUMBER.sub("", joined) if "号" in joined[:24] else joined
    if len(text) > 90:
        return None
    for pattern in _TITLES:
        match = pattern.match(text)
        if match is None or _SENTENCE_MARK.search(match[0]):
            continue
        groups = match.groupdict()
        year = int(groups["year"]) if groups.get("year") else None
        if year is not None and not FIRST_YEAR <= year <= LAST_YEAR:
            year = None
        return _agency(groups["agency"]), year
    return None


def _agency(text: str) -> str | None:
    name = _LOOSE_ENDS.sub("", _FIELD.sub("", text))
    name = _NOTICE_END.sub("", _NOTICE.sub("", name))
    name = name.removesuffix("的")
    if name.endswith("人民"):
        name += "政府"
    if not 2 <= len(name) <= 40 or _GENERIC.match(name) or _NO_NAME.search(name):
        return None
    return name


def _metadata_agency(blocks: Sequence[Block]) -> str | None:
    texts: list[str] = []
    for block in blocks[:80]:
        if isinstance(block, Grid):
            if len(texts) > 400:
                break
            texts.extend(cell.text for cell in block.cells[:60])
        else:
            texts.extend(re.split(r"\||\s{2,}|\t", block.text))
    for i, text in enumerate(texts):
        plain = simplify(squeeze(text))
        match = _METADATA.match(plain)
        if match is None or len(plain) > 40:
            continue
        name = plain[match.end() :] or (simplify(squeeze(texts[i + 1])) if i + 1 < len(texts) else "")
        if found := _agency(name):
            return found
    return None


def _metadata_year(front: Sequence[str]) -> int | None:
    """A report is published in the months after its year: a date in spring tells the year before."""
    for line in front:
        match = _DATE.search(squeeze(line))
        if match is not None:
            return int(match[1]) - 1 if int(match[2]) <= 6 else None
    return None


def _published(front: Sequence[str], blocks: Sequence[Block], metadata: Mapping[str, str]) -> date | None:
    """The date in the page's metadata, else in the metadata lines before the text, else under the signature."""
    last = [line for b in blocks[-30:] if isinstance(b, Paragraph) for line in b.text.split("\n")]
    signed = [_plain(line) for line in last if _SIGNED.match(_plain(line))]
    for text in (
        metadata.get("pubdate", ""),
        *(squeeze(line) for line in front if _DATE.search(squeeze(line))),
        *signed[-1:],
    ):
        match = _DAY.search(text)
        if match is None:
            continue
        try:
            return date(int(match[1]), int(match[2]), int(match[3]))
        except ValueError:
            continue  # 2月30日: a typing error tells no date
    return None


def _text_year(blocks: Sequence[Block]) -> int | None:
    """The year the text speaks of: the reporting period, else the year that clearly prevails in it."""
    counts: Counter[int] = Counter()
    for block in blocks:
        if not isinstance(block, Paragraph):
            continue
        plain = _plain(block.text)
        if period := _PERIOD.search(plain):
            return int(period[1])
        for match in re.finditer(
            r"(?<![〔\[(（\d])(20\d\d)(?=年(?!以来|\d{1,2}月\d{1,2}日(?:印发|发布|施行)))", plain
        ):
            following = plain[match.end() : match.end() + 12]
            if "号" in following[:9] or re.match(r"年\d{1,2}月\d{1,2}日?$", plain[match.start() + 4 :]):
                continue
            counts[int(match[1])] += 1
    if not counts:
        return None
    (year, seen), *rest = counts.most_common(2)
    return year if not rest or seen >= 2 * rest[0][1] else None


def _text_agency(blocks: Sequence[Block]) -> str | None:
    """The agency that the text introduces itself as (`现将某某局2020年度…报告如下`, `本报告由某某局编制`)."""
    for block in blocks[:60]:
        if isinstance(block, Grid):
            continue
        plain = _plain(block.text)
        for pattern in _INTRODUCTIONS:
            for match in pattern.finditer(plain):
                if found := _agency(match[1]):
                    return found
    return None


def _signature(blocks: Sequence[Block]) -> str | None:
    """The agency that signs at the end, over the date."""
    lines = [
        line.strip()
        for b in blocks[-30:]
        if isinstance(b, Paragraph)
        for line in b.text.split("\n")
        if line.strip()
    ]
    for i in range(len(lines) - 1, 0, -1):
        if _SIGNED.match(_plain(lines[i])):
            name = _plain(lines[i - 1])
            if 4 <= len(name) <= 30 and re.search(
                r"(?:政府|局|委|办|街道|办公室|厅|中心|院|部|会|镇|乡)$", name
            ):
                return _agency(fold_width(name))
    return None
