"""How a load went: why it published nothing and what to do, how long its steps took, how the gates judged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from expectations.records import ERROR, FAILED, NO_DATA, PASSED
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
    Fold,
    Heading,
    Table,
)
from publish.bulletin.standing import Standing
from publish.bulletin.words import seconds_text

SEVERITY_TONES = {"critical": BAD, "report": NOTICE, "warn": QUIET}
OUTCOME_TONES = {PASSED: GOOD, FAILED: BAD, ERROR: BAD, NO_DATA: QUIET}
_PHASES = {
    "pull": "拉取文件",
    "choose_documents": "选出要重读的文件",
    "plan_batches": "分批",
    "extract": "读取报告",
    "gate_landing": "落地关卡",
    "build": "构建数据仓库",
    "gate_marts": "发布关卡",
    "publish": "发布",
    "publish_postgres": "发布到 PostgreSQL",
    "export_files": "导出文件",
}
_TARGETS = {"postgres": "PostgreSQL", "exports": "导出文件"}
_TARGET_STATES = {
    "published": Badge("完成", GOOD),
    "failed": Badge("失败", BAD),
    "running": Badge("没有完成", BAD),
}
_WAYS_ON = {
    "open_load": "按提示改正来源或参数，再运行 gongkai run。",
    "pull": "用 gongkai source check 来源名 查看来源现在给出什么；来源恢复后再运行 gongkai run。",
    "plan_batches": "所有来源都没有拉取成功：先看“来源”一节，恢复后再运行 gongkai run。",
    "extract_batch": "看本次加载的 airflow.log 中该批的错误，改正后再运行 gongkai run；已拉取的文件不会重新下载。",
    "gate_landing": "对照“质量关卡”一节逐条查看：是来源改版或缺文件，恢复后再运行 gongkai run；"
    "确属正常变化的，经复核后调整 expectations/suites/landing.yaml 中该条的界限。",
    "build": "看本次加载的 dbt.log，改正模型或种子后再运行 gongkai run。",
    "gate_marts": "对照“质量关卡”一节逐条查看，改正后再运行 gongkai run；"
    "确属正常变化的，经复核后调整 expectations/suites/marts.yaml 中该条的界限。",
    "publish": "检查磁盘空间和目录权限，再运行 gongkai run。",
}
_RUN_AGAIN = "再运行 gongkai run 即可：重复运行不会重复入库，也不会丢失已拉取的文件。"


def why_not_published(facts: Facts) -> Iterable[Block]:
    """The reasons in a few sentences and what to do; nothing for a load that is published or still at work."""
    if facts.record.get("state") in (None, "published", "running"):
        return
    lines = [
        f"{row['gate_zh']}：{row['sentence']}。实际：{row['observed']}{examples_text(row)}"
        for row in facts.validations
        if row["outcome"] == FAILED and row["severity"] == "critical"
    ]
    failures = facts.record.get("failures") or ()
    if not lines:
        lines = [str(failure.get("message")) for failure in failures]
    if not lines:
        lines = [str(facts.record.get("error") or "没有留下原因，请看 Airflow 日志。")]
    yield Callout((*lines, "已发布的数据保持不变。"), BAD)
    yield Heading("怎么办")
    tasks = dict.fromkeys(str(failure.get("task")).partition("[")[0] for failure in failures)
    yield from [_WAYS_ON[task] for task in tasks if task in _WAYS_ON] or [_RUN_AGAIN]


def course_blocks(facts: Facts, earlier: Standing | None) -> Iterable[Block]:
    """How long each step took, beside the published load before."""
    took = facts.phases
    if not took:
        yield "没有记录到任何步骤。"
        return
    longest = max(1, round(1000 * max(took.values())))
    rows = []
    for name, seconds in took.items():
        if name not in _PHASES:
            continue
        was = earlier.phases.get(name) if earlier else None
        compared = f"（上次 {seconds_text(was)}）" if was is not None else ""
        bar = Bar(((_PHASES[name], round(1000 * seconds), "reported"),), whole=longest)
        rows.append((_PHASES[name], bar, f"{seconds_text(seconds)}{compared}"))
    yield Bars(f"各步用时，合计 {seconds_text(sum(took.values()))}", tuple(rows))
    yield from _target_blocks(facts)
    failures = facts.record.get("failures") or ()
    if failures:
        yield Heading(f"失败的任务 {len(failures)} 个")
        yield Table(
            ("任务", "说明"),
            tuple((str(failure.get("task")), str(failure.get("message"))) for failure in failures),
        )


def _target_blocks(facts: Facts) -> Iterable[Block]:
    """The places besides the warehouse that it is published to; what fails there leaves the warehouse published."""
    targets: Mapping[str, Mapping[str, object]] = facts.record.get("targets") or {}
    if not targets:
        return
    rows = tuple(
        (
            _TARGETS.get(name, name),
            _TARGET_STATES.get(str(target["state"]), Badge(str(target["state"]), NOTICE)),
            str(target.get("message") or ""),
        )
        for name, target in targets.items()
    )
    yield Heading("其他发布去处", "这里失败不影响已发布的数据仓库，下一次加载会补上。")
    yield Table(("去处", "结果", "说明"), rows)


def gate_blocks(facts: Facts) -> Iterable[Block]:
    """How the gates judged, what failed first."""
    if not facts.validations:
        yield "质量关卡没有运行。"
        return
    against = [row for row in facts.validations if row["outcome"] in (FAILED, ERROR)]
    order = {severity: number for number, severity in enumerate(SEVERITY_TONES)}
    against.sort(key=lambda row: order.get(row["severity"], len(order)))
    if against:
        yield Heading(f"未通过 {len(against)} 条")
        yield _gate_table(against)
    else:
        yield Callout((f"全部 {len(facts.validations)} 条期望通过或无数据可查。",), GOOD)
    others = [row for row in facts.validations if row not in against]
    if others:
        yield Fold(f"通过或无数据可查 {len(others)} 条", _gate_table(others))


def _gate_table(rows: Sequence[Row]) -> Table:
    return Table(("关卡", "结果", "级别", "期望", "实际"), tuple(_gate_row(row) for row in rows))


def _gate_row(row: Row) -> tuple[Cell, ...]:
    return (
        Badge(str(row["gate_zh"]), QUIET),
        Badge(str(row["outcome_zh"]), outcome_tone(row)),
        Badge(str(row["severity_zh"]), severity_tone(row)),
        f"{row['sentence']}\n{row['expectation_id']}",
        f"{row['observed']}{examples_text(row)}",
    )


def severity_tone(row: Row) -> str:
    """The tone of an expectation's severity: quiet as long as it is not broken."""
    return QUIET if row["outcome"] in (PASSED, NO_DATA) else SEVERITY_TONES.get(row["severity"], QUIET)


def outcome_tone(row: Row) -> str:
    """The tone of an expectation's outcome: a breach is as grave as what it does."""
    tone = OUTCOME_TONES.get(row["outcome"], NOTICE)
    if row["outcome"] != FAILED:
        return tone
    severity = SEVERITY_TONES.get(row["severity"], QUIET)
    return severity if severity != QUIET else NOTICE


def examples_text(row: Row) -> str:
    """Some of the rows that broke an expectation, in brackets; empty if there are none."""
    listed = row["examples"] or []
    return f"（例如 {'；'.join(map(str, listed[:3]))}）" if listed else ""
