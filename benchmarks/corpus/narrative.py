"""Invented prose around the tables: titles, headings, paragraphs and the counts they claim.

Every sentence is the project's own. Claims agree with the figures unless `disagree` asks otherwise.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from random import Random
from typing import Any

from benchmarks.corpus.figures import Figures
from benchmarks.corpus.truth import json_number


@dataclass(frozen=True, slots=True)
class Agency:
    """An invented agency: its name as printed in titles, how the text calls itself, and its kind."""

    name: str
    own: str
    kind: str


@dataclass(frozen=True, slots=True)
class Claim:
    """A count that the text states, and whether it agrees with the cells it restates."""

    metrics: tuple[str, ...]
    value: Decimal
    approximate: bool = False
    scope: str | None = None
    agrees: bool | None = True

    def as_json(self) -> dict[str, Any]:
        return {
            "metrics": list(self.metrics),
            "applicant": "total" if self.metrics[0].startswith("requests") else "all",
            "value": json_number(self.value),
            "approximate": self.approximate,
            "scope": self.scope,
            "agrees": self.agrees,
        }


@dataclass(frozen=True, slots=True)
class Section:
    """A section: heading, paragraphs before its table, the table's name (or none), paragraphs after it."""

    heading: str
    paragraphs: tuple[str, ...]
    table: str | None = None
    after: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Narrative:
    """The report without its tables.

    Attributes:
        agency: the agency as the title prints it, None where nothing names it.
        year: the year of the report.
        metadata: lines before the title (label, value), as content systems print them.
        title: lines of the title; empty where the text has none.
        preface: paragraphs before section one.
        sections: the six sections.
        footer: signature and date.
        claims: the counts stated.
    """

    agency: str | None
    year: int
    metadata: tuple[tuple[str, str], ...]
    title: tuple[str, ...]
    preface: tuple[str, ...]
    sections: tuple[Section, ...]
    footer: tuple[str, ...]
    claims: tuple[Claim, ...] = field(default=())


PLACES = (
    "云海市",
    "青岚县",
    "临港区",
    "白榆县",
    "栖霞岭市",
    "沐川河县",
    "砚山湖区",
    "麦浦县",
    "鹤汀市",
    "杉洋县",
)
TOWNS = (
    "石桥镇",
    "松坪乡",
    "双河镇",
    "北渡街道",
    "南浔坞镇",
    "竹溪口乡",
    "望鹤街道",
    "柳湾镇",
    "高岭头乡",
    "云台寺镇",
)
BUREAUS = (
    "教育局",
    "民政局",
    "财政局",
    "自然资源局",
    "交通运输局",
    "水利局",
    "卫生健康局",
    "应急管理局",
    "审计局",
    "市场监督管理局",
    "统计局",
    "农业农村局",
    "住房和城乡建设局",
    "发展和改革局",
    "文化广电和旅游局",
)


def draw_agency(rng: Random) -> Agency:
    """An invented agency of any level."""
    place = rng.choice(PLACES)
    kind = rng.choices(("government", "bureau", "town", "office"), (15, 40, 35, 10))[0]
    if kind == "government":
        return Agency(f"{place}人民政府", f"我{place[-1]}", kind)
    if kind == "bureau":
        return Agency(f"{place}{rng.choice(BUREAUS)}", "我局", kind)
    if kind == "office":
        return Agency(f"{place}人民政府办公室", "我办", kind)
    town = rng.choice(TOWNS)
    own = "我街道" if town.endswith("街道") else f"我{town[-1]}"
    name = rng.choice((town, f"{place}{town}"))
    if rng.random() < 0.4:
        name += "办事处" if town.endswith("街道") else "人民政府"
    return Agency(name, own, kind)


@dataclass(frozen=True, slots=True)
class TitleStyle:
    """A way to print the title: the lines, and whether they hold the year."""

    name: str
    lines: Callable[[str, int], tuple[str, ...]]
    has_year: bool = True


TITLES: tuple[TitleStyle, ...] = (
    TitleStyle("norm", lambda a, y: (f"{a}{y}年政府信息公开工作年度报告",)),
    TitleStyle("year_first", lambda a, y: (f"{y}年{a}政府信息公开工作年度报告",)),
    TitleStyle("year_degree", lambda a, y: (f"{a}{y}年度政府信息公开工作年度报告",)),
    TitleStyle("spaced", lambda a, y: (f"{a} {y} 年政府信息公开工作年度报告",)),
    TitleStyle("no_year", lambda a, _: (f"{a}政府信息公开工作年度报告",), has_year=False),
    TitleStyle("two_lines", lambda a, y: (a, f"{y}年政府信息公开工作年度报告")),
    TitleStyle("broken_late", lambda a, y: (f"{a}{y}年政府信息公开", "工作年度报告")),
    TitleStyle("twice", lambda a, y: (f"{a}{y}年政府信息公开工作年度报告",) * 2),
    TitleStyle("short_noun", lambda a, y: (f"{a}{y}年政府信息公开年报",)),
    TitleStyle("information", lambda a, y: (f"{a}{y}年信息公开年度报告",)),
    TitleStyle("work_report", lambda a, y: (f"{a}{y}年政府信息公开工作报告",)),
    TitleStyle("year_behind", lambda a, y: (f"{a}政府信息公开工作年度报告（{y}年度）",)),
    TitleStyle("situation", lambda a, y: (f"{a}政府信息公开工作", f"{y}年度情况的报告")),
    TitleStyle("text_version", lambda a, y: (f"{a}{y}年政府信息公开工作年度报告（文字版）",)),
)


def draw_title(rng: Random) -> TitleStyle:
    """The norm in half of the cases, else any of the others."""
    return TITLES[0] if rng.random() < 0.5 else rng.choice(TITLES)


def draw_narrative(
    rng: Random,
    figures: Figures,
    agency: Agency,
    year: int,
    *,
    title: TitleStyle | None = None,
    disagree: bool = False,
    metadata: bool | None = None,
) -> Narrative:
    """Write a report's text.

    Args:
        rng: the source of chance.
        figures: the figures the claims restate.
        agency: who reports.
        year: the year reported on.
        title: how the title looks; drawn if none is given.
        disagree: claim one count that is not what the table prints.
        metadata: lines before the title; drawn if None.
    """
    style = title or draw_title(rng)
    with_metadata = metadata if metadata is not None else rng.random() < 0.2
    writer = _Writer(rng, figures, agency, year, disagree)
    sections = writer.sections()
    return Narrative(
        agency=agency.name,
        year=year,
        metadata=_metadata(rng, agency, year) if with_metadata else (),
        title=style.lines(agency.name, year),
        preface=writer.preface(always=not style.has_year),
        sections=sections,
        footer=_footer(rng, agency, year),
        claims=tuple(writer.claims),
    )


def without_names(narrative: Narrative) -> Narrative:
    """The same report with nothing that names its agency or year: it can only be held back."""
    return replace(
        narrative,
        agency=None,
        metadata=(),
        title=("政府信息公开工作年度报告",),
        preface=(),
        footer=(),
    )


def _metadata(rng: Random, agency: Agency, year: int) -> tuple[tuple[str, str], ...]:
    issued = f"{year + 1}-01-{rng.randint(5, 30):02d}"
    number = f"{rng.randint(10, 99)}{rng.randint(1000, 9999)}/{year + 1}-{rng.randint(1, 999):05d}"
    return (
        ("索 引 号", number),
        ("发文机关", agency.name),
        ("文 号", ""),
        ("组配分类", "政府信息公开年报"),
        ("成文日期", issued),
    )


def _footer(rng: Random, agency: Agency, year: int) -> tuple[str, ...]:
    if rng.random() < 0.5:
        return ()
    return (agency.name, f"{year + 1}年{rng.choice((1, 1, 3))}月{rng.randint(5, 28)}日")


_HEADINGS = (
    ("总体情况", "总体情况", "政府信息公开工作总体情况", "政府信息公开工作的基本情况"),
    ("主动公开政府信息情况", "主动公开政府信息情况", "行政机关主动公开政府信息情况"),
    (
        "收到和处理政府信息公开申请情况",
        "收到和处理政府信息公开申请情况",
        "收到和处理政府信息公开的申请情况",
        "依申请公开政府信息办理情况",
    ),
    (
        "政府信息公开行政复议、行政诉讼情况",
        "政府信息公开行政复议、行政诉讼情况",
        "因政府信息公开工作被申请行政复议、提起行政诉讼情况",
    ),
    (
        "存在的主要问题及改进情况",
        "存在的主要问题及改进措施",
        "存在问题及改进情况",
        "存在的主要问题及整改措施",
    ),
    ("其他需要报告的事项",),
)

_DUTY = (
    "{own}把政务公开列入年度重点任务，由一名负责同志分管，业务股室各明确一名联络员，按季度对账销号。",
    "{own}修订了信息发布规程，把起草、核稿、保密审查、签发、上网五个环节写进同一张流转单，谁经手谁签字。",
    "围绕群众办事最常问的问题，{own}整理了常见问答清单，同步放到服务窗口和网站专栏。",
    "{own}对网站栏目作了归并，停用长期没有内容的栏目，把政策原文与解读材料挂在同一页面。",
    "全年开展业务培训{n}场，内容覆盖答复文书格式、期限计算和第三方意见征询。",
    "{own}在办事大厅设立查阅点，备有电脑和纸质目录，工作日均可查询。",
    "{own}会同档案部门清理历史文件，标明有效、失效和废止，方便公众辨认。",
    "对重大民生项目，{own}坚持事前听意见、事中报进度、事后晒结果。",
    "{own}组织了一次开放日，邀请居民代表参观并当面答复提问。",
)
_PROBLEMS = (
    "一是个别栏目更新偏慢，节假日前后容易断档；二是解读形式单一，图表和短视频用得少。",
    "一是股室之间信息衔接不畅，同一事项多头报送；二是基层人手紧，经办人员更换频繁。",
    "主要是公开内容与群众关心的事项贴合不够，答复文书的说理有待加强。",
    "部分文件的公开属性认定不够细致，依申请公开的内部流转时间偏长。",
)
_REMEDIES = (
    "下一步，{own}将按月检查栏目，对逾期未更新的予以提醒，并把结果纳入年终考评。",
    "下一步，{own}将编印答复文书范例，定期组织案例研讨，提高经办人员的能力。",
    "今后，{own}将完善联络员备岗制度，做到有人管、有人接、不断线。",
    "下一步，{own}将多用图解、问答等形式解读政策，让群众看得懂、用得上。",
)
_OTHERS = (
    "无。",
    "无",
    "无其他需要报告的事项。",
    "本年度没有收取信息处理费。",
    "{own}无其他需要报告的事项。",
)


class _Writer:
    """Writes one report's paragraphs and keeps the claims made on the way."""

    def __init__(self, rng: Random, figures: Figures, agency: Agency, year: int, disagree: bool) -> None:
        self.rng = rng
        self.figures = figures
        self.own = agency.own
        self.agency = agency
        self.year = year
        self.disagree = disagree
        self.claims: list[Claim] = []

    def preface(self, always: bool) -> tuple[str, ...]:
        if not always and self.rng.random() < 0.4:
            return ()
        texts = (
            f"本报告依照《中华人民共和国政府信息公开条例》的要求编制，所列数据的统计期限为{self.year}年1月1日至"
            f"{self.year}年12月31日。",
            f"根据《中华人民共和国政府信息公开条例》第五十条，现公布{self.agency.name}{self.year}年度政府信息公开工作"
            f"情况。报告中数据统计时间从{self.year}年1月1日起，到{self.year}年12月31日止。",
            f"按照国务院办公厅政府信息与政务公开办公室有关通知的格式，{self.own}编写了{self.year}年度报告，由六个部分组成。"
            f"数据截至{self.year}年12月31日。",
        )
        return (self.rng.choice(texts),)

    def sections(self) -> tuple[Section, ...]:
        bodies: list[tuple[str, ...]] = [
            self._overview(),
            (),
            (),
            (),
            (self.rng.choice(_PROBLEMS), self._own(self.rng.choice(_REMEDIES))),
            (self._own(self.rng.choice(_OTHERS)),),
        ]
        tables = (None, "二", "三", "四", None, None)
        return tuple(
            Section(f"{number}、{self.rng.choice(choice)}", body, table)
            for number, choice, body, table in zip("一二三四五六", _HEADINGS, bodies, tables, strict=True)
        )

    def _own(self, sentence: str) -> str:
        return sentence.format(own=self.own, n=self.rng.randint(2, 6))

    def _overview(self) -> tuple[str, ...]:
        duties = [self._own(s) for s in self.rng.sample(_DUTY, 3)]
        parts = [
            f"{self.year}年，{self.own}对照条例要求推进公开工作。{duties[0]}",
            self._disclosed(),
            duties[1],
        ]
        parts.append(self._requests())
        if self.rng.random() < 0.8:
            parts.append(self._review())
        if self.rng.random() < 0.3:
            parts.append(
                f"与{self.year - 1}年相比，公开条目增加{self.rng.randint(2, 90)}条，栏目设置更加清楚。"
            )
        parts.append(duties[2])
        numbered = self.rng.random() < 0.4
        if not numbered:
            return tuple(parts)
        return tuple(f"（{n}）{p}" for n, p in zip("一二三四五六七", parts, strict=False))

    def _claim(
        self, *metrics: str, value: Decimal, approximate: bool = False, agrees: bool | None = True
    ) -> None:
        self.claims.append(Claim(metrics, value, approximate, None, agrees))

    def _disclosed(self) -> str:
        number = self.rng.randint(20, 3000)
        self.claims.append(Claim(("narrative.disclosed_items",), Decimal(number), agrees=None))
        return self.rng.choice(
            (
                f"全年主动公开政府信息{number}条，其中网站占多数。",
                f"{self.year}年，{self.own}主动公开政府信息{number}条。",
                f"截至年底，通过网站和公开栏主动公开政府信息 {number} 条。",
            )
        )

    def _total(self, metric: str) -> Decimal | None:
        return self.figures.cells[metric, "total"].value

    def _requests(self) -> str:
        printed = self._total("requests.received")
        received = self.figures.numbers["requests.received", "total"] if printed is None else printed
        agrees = None if printed is None else True
        if self.disagree:
            received, agrees = received + self.rng.randint(1, 5), False if printed is not None else None
        if received == 0:
            self._claim("requests.received", value=Decimal(0), agrees=agrees)
            return self.rng.choice(
                (
                    f"{self.own}未收到政府信息公开申请。",
                    "本年度未收到公民、法人或者其他组织提出的政府信息公开申请。",
                    "依申请公开方面，全年没有收到政府信息公开申请。",
                )
            )
        self._claim("requests.received", value=received, agrees=agrees)
        start = self.rng.choice(
            (
                f"全年共收到政府信息公开申请{received}件",
                f"{self.year}年，{self.own}收到政府信息公开申请 {received} 件",
                f"依申请公开方面，新收到政府信息公开申请{received}件",
            )
        )
        return f"{start}{self._outcomes()}，均在法定期限内办理。"

    def _outcomes(self) -> str:
        if self.disagree or self.rng.random() < 0.5:
            return ""
        clauses: list[str] = []
        for metric, words in (
            ("requests.carried_in", "上年结转{}件"),
            ("requests.granted", "予以公开{}件"),
            ("requests.partially_granted", "部分公开{}件"),
        ):
            value = self._total(metric)
            if value:
                clauses.append(words.format(value))
                self._claim(metric, value=value)
        if not clauses:
            return ""
        of_these = "" if clauses[0].startswith("上年结转") else "其中"
        return f"，{of_these}{'、'.join(clauses)}"

    def _review(self) -> str:
        review = self.figures.cells["review.total", "all"].value
        direct = self.figures.cells["litigation.direct.total", "all"].value
        after = self.figures.cells["litigation.after_review.total", "all"].value
        if review is None or direct is None or after is None:
            return "复议和诉讼情况见第四部分。"
        litigation = direct + after
        self._claim("review.total", value=review)
        self._claim("litigation.total", value=litigation)
        if review == 0 and litigation == 0:
            return self.rng.choice(
                (
                    "未发生因政府信息公开引起的行政复议、行政诉讼。",
                    f"{self.own}未发生政府信息公开方面的行政复议、行政诉讼案件。",
                )
            )
        return f"因政府信息公开被申请行政复议{review}件，被提起行政诉讼{litigation}件。"
