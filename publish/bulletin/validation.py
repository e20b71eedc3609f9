"""The validation page of a load: every expectation of both gates with what was seen, in a file of its own beside the bulletin."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from expectations.records import ERROR, FAILED, GATES_ZH, NO_DATA, OUTCOMES_ZH, PASSED
from publish.bulletin.course import SEVERITY_TONES, examples_text, outcome_tone, severity_tone
from publish.bulletin.facts import Facts, Row
from publish.bulletin.page import (
    BAD,
    GOOD,
    NOTICE,
    QUIET,
    Badge,
    Bar,
    Bars,
    Block,
    Callout,
    Cell,
    Figure,
    Heading,
    Page,
    Section,
    Table,
)
from publish.bulletin.words import count_text

FILE: Final = "validation.html"
_OWNERS: Final = {"extract": "读取", "warehouse": "建仓", "operations": "值班", "agency": "机关"}
_COLOURS: Final = {PASSED: "reported", NO_DATA: "pending", FAILED: "doubtful", ERROR: "missing"}
_WHOLE: Final = "全部数据"


def validation_page(facts: Facts, state: Badge, told: tuple[tuple[str, str], ...]) -> Page:
    """The page of a load, also of one that no gate has judged.

    Args:
        facts: what is known of the load.
        state: how it ended.
        told: what is said of it below the title.
    """
    rows = facts.validations
    counts = Counter(str(row["outcome"]) for row in rows)
    sections = [Section("against", "需要处理的", tuple(_against(rows)))]
    for gate, title in GATES_ZH.items():
        of_gate = [row for row in rows if row["gate"] == gate]
        sections.append(Section(gate, title, tuple(_gate(of_gate))))
    return Page(
        title=f"质量检查 {facts.load_id}",
        state=state,
        facts=told,
        lead=(_sentence(rows, counts),),
        figures=tuple(_figures(rows, counts)),
        sections=tuple(sections),
        footer="期望的定义见 expectations/suites；历次加载的结论在数据仓库的 fct_validation。",
        links=(("加载简报", "bulletin.html"),),
    )


def _sentence(rows: Sequence[Row], counts: Counter[str]) -> str:
    if not rows:
        return "质量关卡没有运行：加载在此之前就停下了，原因见加载简报。"
    critical = sum(row["outcome"] == FAILED and row["severity"] == "critical" for row in rows)
    if counts[ERROR]:
        return f"有 {counts[ERROR]} 条期望没有结论，关卡不能算通过，本次加载不发布。"
    if critical:
        return f"有 {critical} 条拦下加载的期望未通过，本次加载不发布，已发布的数据保持不变。"
    if counts[FAILED]:
        return f"没有拦下加载的问题；有 {counts[FAILED]} 条提示或暂缓，请按下文核对。"
    return "全部期望通过，或本次没有可查的数据。"


def _figures(rows: Sequence[Row], counts: Counter[str]) -> Iterable[Figure]:
    yield Figure("期望", count_text(len(rows)), f"{len({row['gate'] for row in rows})} 道关卡")
    tones = {PASSED: GOOD, FAILED: NOTICE, ERROR: BAD, NO_DATA: QUIET}
    remarks = {FAILED: "见下文", ERROR: "不能当作通过", NO_DATA: "本次没有这类数据"}
    for outcome, words in OUTCOMES_ZH.items():
        yield Figure(
            words,
            count_text(counts[outcome]),
            remarks.get(outcome, ""),
            tones[outcome] if counts[outcome] else QUIET,
        )


def _against(rows: Sequence[Row]) -> Iterable[Block]:
    against = [row for row in rows if row["outcome"] in (FAILED, ERROR)]
    if not rows:
        yield Callout(("没有检查记录。",), NOTICE)
    elif not against:
        yield Callout((f"全部 {len(rows)} 条期望通过或无数据可查。",), GOOD)
    order = list(SEVERITY_TONES)
    for row in sorted(
        against, key=lambda row: order.index(row["severity"]) if row["severity"] in order else len(order)
    ):
        yield Heading(
            str(row["sentence"]), f"{row['gate_zh']} · {row['expectation_id']} · {row['severity_zh']}"
        )
        examples = [f"· {example}" for example in row["examples"] or ()]
        yield Callout((f"实际：{row['observed']}", *examples), outcome_tone(row))


def _gate(rows: Sequence[Row]) -> Iterable[Block]:
    if not rows:
        yield "这道关卡没有运行。"
        return
    datasets = list(dict.fromkeys(str(row["dataset"]) for row in rows))
    bars = []
    for dataset in datasets:
        counts = Counter(str(row["outcome"]) for row in rows if row["dataset"] == dataset)
        parts = tuple((OUTCOMES_ZH[outcome], counts[outcome], colour) for outcome, colour in _COLOURS.items())
        words = "，".join(f"{name} {count}" for name, count, _ in parts if count)
        bars.append((_WHOLE if dataset == "all" else dataset, Bar(parts), words))
    legend = tuple((OUTCOMES_ZH[outcome], colour) for outcome, colour in _COLOURS.items())
    yield Bars("各数据集的期望", tuple(bars), legend)
    yield Table(("结果", "级别", "对象", "保护什么", "实际", "由谁处理"), tuple(map(_row, rows)))


def _row(row: Row) -> tuple[Cell, ...]:
    return (
        Badge(str(row["outcome_zh"]), outcome_tone(row)),
        Badge(str(row["severity_zh"]), severity_tone(row)),
        _WHOLE if row["dataset"] == "all" else str(row["dataset"]),
        f"{row['sentence']}\n{row['expectation_id']}",
        f"{row['observed']}{examples_text(row)}",
        _OWNERS.get(row["owner"], str(row["owner"])),
    )
