"""Metric keys, applicant keys and printed labels of both generations, in printed order."""

from __future__ import annotations

from dataclasses import dataclass

APPLICANTS: tuple[str, ...] = (
    "natural_person",
    "business",
    "research",
    "nonprofit",
    "legal_service",
    "other_organisation",
    "total",
)
"""Applicant keys in the printed order of the columns."""

PARTS = APPLICANTS[:-1]

OUTCOME_WORDS: tuple[str, ...] = ("upheld", "corrected", "other", "pending", "total")
"""The five columns of each part of section four."""

REVIEW_GROUPS: tuple[str, ...] = ("review", "litigation.direct", "litigation.after_review")

REVIEW_METRICS: tuple[str, ...] = tuple(
    f"{group}.{word}" for group in REVIEW_GROUPS for word in OUTCOME_WORDS
)


@dataclass(frozen=True, slots=True)
class RequestRow:
    """A row of section three: its key, the group it stands in (or none) and its label."""

    metric: str
    group: str | None
    label: str


_DENIED = "（三）不予公开"
_UNAVAILABLE = "（四）无法提供"
_NOT_PROCESSED = "（五）不予处理"
_OTHER = "（六）其他处理"

_HEAD: tuple[RequestRow, ...] = (
    RequestRow("requests.received", None, "一、本年新收政府信息公开申请数量"),
    RequestRow("requests.carried_in", None, "二、上年结转政府信息公开申请数量"),
)
_OUTCOMES: tuple[RequestRow, ...] = (
    RequestRow("requests.granted", None, "（一）予以公开"),
    RequestRow(
        "requests.partially_granted", None, "（二）部分公开（区分处理的，只计这一情形，不计其他情形）"
    ),
    RequestRow("requests.denied.state_secret", _DENIED, "1.属于国家秘密"),
    RequestRow("requests.denied.prohibited_by_law", _DENIED, "2.其他法律行政法规禁止公开"),
    RequestRow("requests.denied.endangers_security", _DENIED, "3.危及“三安全一稳定”"),
    RequestRow("requests.denied.third_party_rights", _DENIED, "4.保护第三方合法权益"),
    RequestRow("requests.denied.internal_affairs", _DENIED, "5.属于三类内部事务信息"),
    RequestRow("requests.denied.process_information", _DENIED, "6.属于四类过程性信息"),
    RequestRow("requests.denied.enforcement_file", _DENIED, "7.属于行政执法案卷"),
    RequestRow("requests.denied.administrative_inquiry", _DENIED, "8.属于行政查询事项"),
    RequestRow("requests.unavailable.not_held", _UNAVAILABLE, "1.本机关不掌握相关政府信息"),
    RequestRow("requests.unavailable.needs_creation", _UNAVAILABLE, "2.没有现成信息需要另行制作"),
    RequestRow("requests.unavailable.unclear_after_correction", _UNAVAILABLE, "3.补正后申请内容仍不明确"),
    RequestRow("requests.not_processed.petition", _NOT_PROCESSED, "1.信访举报投诉类申请"),
    RequestRow("requests.not_processed.repeated", _NOT_PROCESSED, "2.重复申请"),
    RequestRow("requests.not_processed.publication", _NOT_PROCESSED, "3.要求提供公开出版物"),
    RequestRow("requests.not_processed.excessive", _NOT_PROCESSED, "4.无正当理由大量反复申请"),
    RequestRow(
        "requests.not_processed.reconfirmation", _NOT_PROCESSED, "5.要求行政机关确认或重新出具已获取信息"
    ),
)
_OTHER_ONE: tuple[RequestRow, ...] = (RequestRow("requests.other", None, _OTHER),)
_OTHER_THREE: tuple[RequestRow, ...] = (
    RequestRow(
        "requests.other.not_corrected",
        _OTHER,
        "1.申请人无正当理由逾期不补正、行政机关不再处理其政府信息公开申请",
    ),
    RequestRow(
        "requests.other.fee_unpaid",
        _OTHER,
        "2.申请人逾期未按收费通知要求缴纳费用、行政机关不再处理其政府信息公开申请",
    ),
    RequestRow("requests.other.other", _OTHER, "3.其他"),
)
_TAIL: tuple[RequestRow, ...] = (RequestRow("requests.total", None, "（七）总计"),)
_LAST: tuple[RequestRow, ...] = (RequestRow("requests.carried_forward", None, "四、结转下年度继续办理"),)


def request_rows(generation: str, one_other: bool) -> tuple[RequestRow, ...]:
    """The rows of section three; `one_other`: a 2021 report that prints one row 其他处理 instead of three."""
    other = _OTHER_ONE if generation == "2019" or one_other else _OTHER_THREE
    return (*_HEAD, *_OUTCOMES, *other, *_TAIL, *_LAST)


def outcome_metrics(generation: str, one_other: bool) -> tuple[str, ...]:
    """The metrics that `requests.total` sums up."""
    skipped = {"requests.received", "requests.carried_in", "requests.total", "requests.carried_forward"}
    return tuple(row.metric for row in request_rows(generation, one_other) if row.metric not in skipped)


@dataclass(frozen=True, slots=True)
class ProactiveRow:
    """A row of section two: label and the metrics of its columns."""

    label: str
    metrics: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProactivePart:
    """A part of section two: the article it answers to, the column headers and its rows."""

    article: str
    headers: tuple[str, ...]
    rows: tuple[ProactiveRow, ...]


def _row(label: str, stem: str, *columns: str) -> ProactiveRow:
    return ProactiveRow(label, tuple(f"proactive.{stem}.{column}" for column in columns))


PROACTIVE_2021: tuple[ProactivePart, ...] = (
    ProactivePart(
        "第二十条第（一）项",
        ("本年制发件数", "本年废止件数", "现行有效件数"),
        (
            _row("规章", "rules", "issued", "repealed", "in_force"),
            _row("行政规范性文件", "normative_documents", "issued", "repealed", "in_force"),
        ),
    ),
    ProactivePart("第二十条第（五）项", ("本年处理决定数量",), (_row("行政许可", "licensing", "decisions"),)),
    ProactivePart(
        "第二十条第（六）项",
        ("本年处理决定数量",),
        (_row("行政处罚", "penalty", "decisions"), _row("行政强制", "coercion", "decisions")),
    ),
    ProactivePart(
        "第二十条第（八）项", ("本年收费金额（单位：万元）",), (_row("行政事业性收费", "fees", "amount"),)
    ),
)

PROACTIVE_2019: tuple[ProactivePart, ...] = (
    ProactivePart(
        "第二十条第（一）项",
        ("本年新制作数量", "本年新公开数量", "对外公开总数量"),
        (
            _row("规章", "rules", "made", "newly_disclosed", "total_disclosed"),
            _row("规范性文件", "normative_documents", "made", "newly_disclosed", "total_disclosed"),
        ),
    ),
    ProactivePart(
        "第二十条第（五）项",
        ("上一年项目数量", "本年增/减", "处理决定数量"),
        (
            _row("行政许可", "licensing", "prior_year_items", "change", "decisions"),
            _row("其他对外管理服务事项", "other_services", "prior_year_items", "change", "decisions"),
        ),
    ),
    ProactivePart(
        "第二十条第（六）项",
        ("上一年项目数量", "本年增/减", "处理决定数量"),
        (
            _row("行政处罚", "penalty", "prior_year_items", "change", "decisions"),
            _row("行政强制", "coercion", "prior_year_items", "change", "decisions"),
        ),
    ),
    ProactivePart(
        "第二十条第（八）项",
        ("上一年项目数量", "本年增/减"),
        (_row("行政事业性收费", "fees", "prior_year_items", "change"),),
    ),
    ProactivePart(
        "第二十条第（九）项",
        ("采购项目数量", "采购总金额"),
        (_row("政府集中采购", "procurement", "items", "amount"),),
    ),
)

PROACTIVE = {"2019": PROACTIVE_2019, "2021": PROACTIVE_2021}


def unit_of(metric: str) -> str:
    """The unit FORM gives a metric."""
    if metric == "proactive.fees.amount":
        return "万元"
    if metric == "proactive.procurement.amount":
        return "元"
    if metric.endswith((".prior_year_items", ".change", ".items")):
        return "项"
    return "件"


def all_keys(generation: str, one_other: bool) -> list[tuple[str, str]]:
    """Every (metric, applicant) of the generation, in printed order: 200, 186 or 198 of them."""
    proactive = [(m, "all") for part in PROACTIVE[generation] for row in part.rows for m in row.metrics]
    requests = [(row.metric, a) for row in request_rows(generation, one_other) for a in APPLICANTS]
    return [*proactive, *requests, *((metric, "all") for metric in REVIEW_METRICS)]
