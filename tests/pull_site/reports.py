"""The reports of the test site: small generated documents, each of its own agency and year."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

from benchmarks.corpus import web, word
from benchmarks.corpus.figures import FigureOptions, draw_figures
from benchmarks.corpus.narrative import BUREAUS, TITLES, Agency, draw_narrative
from benchmarks.corpus.report import Report, assemble
from benchmarks.corpus.tables import LabelStyle

ROOT = Path(__file__).resolve().parents[2]
YEARS = (2021, 2022, 2023, 2024, 2025)

_FIRST = "石松双北南竹望柳高云青白清龙凤金银玉春秋"
_SECOND = "桥坪河渡浔溪鹤湾岭台山泉塘"
_KINDS = ("镇", "乡", "街道")
_PRINTED = (
    ("samples/yunhai-government-2023.pdf", "云海市人民政府", 2023),
    ("samples/baiyu-finance-2023.pdf", "白榆县财政局", 2023),
    ("tests/fixtures/pdf/ruled.pdf", "白榆县人民政府", 2021),
    ("tests/fixtures/pdf/zebra.pdf", "沐川河县农业农村局", 2023),
    ("tests/fixtures/pdf/office.pdf", "麦浦县人民政府", 2021),
)


@dataclass(frozen=True, slots=True)
class Made:
    """A made report.

    Attributes:
        suffix: of its format: `.html`, `.docx`, `.pdf`, `.zip`.
        title: as list pages print it.
    """

    agency: str
    year: int
    suffix: str
    content: bytes

    @property
    def title(self) -> str:
        return f"{self.agency}{self.year}年政府信息公开工作年度报告"


def agencies(place: str) -> Iterator[Agency]:
    """Invented agencies of a place, bureaus first; no name comes twice."""
    for bureau in BUREAUS:
        yield Agency(f"{place}{bureau}", "我局", "bureau")
    for second in _SECOND:
        for index, first in enumerate(_FIRST):
            kind = _KINDS[index % len(_KINDS)]
            own = "我街道" if kind == "街道" else f"我{kind}"
            yield Agency(f"{place}{first}{second}{kind}", own, "town")


def make(place: str, count: int, suffix: str = ".html", charset: str = "utf-8", skip: int = 0) -> list[Made]:
    """Reports of a place: `count` pairs of agency and year, after the first `skip` of them."""
    made: list[Made] = []
    for index, (agency, year) in enumerate((a, y) for a in agencies(place) for y in YEARS):
        if index >= skip + count:
            break
        if index >= skip:
            made.append(print_report(agency, year, suffix, charset))
    return made


def print_report(
    agency: Agency, year: int, suffix: str = ".html", charset: str = "utf-8", version: int = 0
) -> Made:
    """One report; another `version` has other figures."""
    rng = Random(f"{agency.name}/{year}/{version}")
    report = _drawn(agency, year, rng)
    if suffix == ".html":
        page = web.page(report, web.body_html(report, rng, web.plain_cell), charset)
        content = page.encode(charset, "xmlcharrefreplace")
    else:
        content = word.FAMILIES["docx_merged"](report, rng)[1]
    if suffix == ".zip":
        content = _zipped(f"{agency.name}{year}年年度报告.docx", content)
    return Made(agency.name, year, suffix, content)


def printed_pdfs() -> list[Made]:
    """The few PDFs that the checkout has."""
    return [Made(agency, year, ".pdf", (ROOT / path).read_bytes()) for path, agency, year in _PRINTED]


def other_pdf() -> Made:
    """One more PDF, which is in no list of `printed_pdfs`."""
    path = ROOT / "tests/fixtures/pdf/horizontal.pdf"
    return Made("沐川河县自然资源局", 2022, ".pdf", path.read_bytes())


def _drawn(agency: Agency, year: int, rng: Random) -> Report:
    figures = draw_figures(rng, FigureOptions(generation="2021" if year > 2020 else "2019"))
    narrative = draw_narrative(rng, figures, agency, year, title=TITLES[0])
    return assemble(figures, narrative, LabelStyle())


def _zipped(name: str, content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(zipfile.ZipInfo(name, (2025, 1, 20, 9, 0, 0)), content)
    return buffer.getvalue()
