"""Findings in words: agency, year, table, row, column, both numbers (Chinese, for people)."""

from __future__ import annotations

from decimal import Decimal

from extract.form import Generation, load_form
from extract.recognise.claim_verdict import Judgement
from extract.recognise.header import Header
from extract.recognise.identities import Result
from extract.recognise.reading import Key

_TABLE = {"proactive": "第二部分", "requests": "第三部分", "review": "第四部分"}


def subject(header: Header) -> str:
    """Whose report: `<agency> <year> 年度报告`, with what is unknown said so."""
    agency = header.agency or "名称不明的机关"
    return f"{agency} {header.year} 年度报告" if header.year is not None else f"{agency}年份不明的报告"


def place_name(generation: Generation, key: Key) -> str:
    """Table, row and column of a cell in words."""
    metric = generation.metric(key[0])
    table = _TABLE[metric.section]
    if not metric.by_applicant:
        return f"{table}“{metric.name_zh}”"
    applicant = next(a.zh for a in generation.shared.applicants if a.key == key[1])
    return f"{table}“{metric.name_zh}”行“{applicant}”列"


def number(value: Decimal | None) -> str:
    """A number without an exponent or trailing zeros; 空 for none."""
    return "空" if value is None else f"{value.normalize():f}"


def identity_message(generation: Generation, header: Header, result: Result) -> str:
    """What an identity says about a place, broken or not assessable."""
    rule = load_form().rule(result.test.rule)
    place = place_name(generation, (result.test.metric, result.test.applicant))
    if result.outcome == "broken":
        return (
            f"{subject(header)}{place}：不符合“{rule.zh}”（{rule.definition_zh}），"
            f"按各项计算应为 {number(result.expected)}，表中为 {number(result.found)}"
        )
    return f"{subject(header)}{place}：有空白、缺失或存疑的数值，无法核对“{rule.zh}”"


def claim_message(generation: Generation, header: Header, judgement: Judgement) -> str:
    """How the text and the tables differ."""
    claim = judgement.claim
    place = _claim_place(generation, judgement.metric, claim.applicant)
    about = "约" if claim.approximate else ""
    unsure = "（表中数值存疑，但没有一种读法与正文相符）" if judgement.doubtful else ""
    if judgement.outcome == "broken":
        return f"{subject(header)}正文称“{claim.quote}”（{about}{number(claim.value)}），与{place}的 {number(judgement.found)} 不一致{unsure}"
    return f"{subject(header)}正文称“{claim.quote}”（{about}{number(claim.value)}），{place}空白、缺失、存疑或范围不同，无法核对"


def _claim_place(generation: Generation, metric: str, applicant: str) -> str:
    try:
        return place_name(generation, (metric, applicant))
    except KeyError:
        group = next((g for g in generation.shared.groups if g.key == metric), None)
        return f"表中“{group.zh}”" if group else "表中数值"


def value_message(
    generation: Generation, header: Header, rule: str, key: Key | None, found: Decimal | None
) -> str:
    """What a rule about one value, or about the form, says."""
    if rule == "generation_year" or key is None:
        return f"{subject(header)}使用 {generation.name} 年表样（{generation.authority}），与报告年度不符"
    place = place_name(generation, key)
    if rule == "unit_unknown":
        return f"{subject(header)}{place}：金额 {number(found)} 未写明计量单位，不参与汇总"
    return f"{subject(header)}{place}：{number(found)} 不是非负整数（金额不得为负）"
