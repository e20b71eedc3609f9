"""Facts in people's words: where a cell stands in the form and in its document, numbers, and what was left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from extract.form import load_form
from publish.bulletin.page import Number

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a cell stands in the form: table, row and column, as people say them."""

    table: str
    row: str
    column: str


class Words:
    """The form's keys in people's words."""

    def __init__(self) -> None:
        form = load_form()
        self._metrics = {metric.key: metric for metric in form.metrics()}
        self._groups = {group.key: group.zh for group in form.shared.groups}
        self._applicants = {applicant.key: applicant.zh for applicant in form.shared.applicants}
        numbers = {heading.key: heading.number for heading in form.shared.sections}
        self._sections = {key: f"表{number}" for key, number in numbers.items()}
        self.rules = {rule.key: rule for rule in form.shared.rules}

    def rule_name(self, key: str) -> str:
        """A rule's Chinese name with its key; the key alone where the form does not know it."""
        known = self.rules.get(key)
        return f"{known.zh}（{key}）" if known else key

    def spot(self, metric_key: str | None, applicant_key: str | None) -> Spot:
        """Table, row and column of a cell; the keys themselves where the form does not know them."""
        metric = self._metrics.get(metric_key or "")
        applicant = self._applicants.get(
            applicant_key or "", "" if applicant_key in (None, "all") else applicant_key
        )
        if metric is None:
            return Spot("", self._groups.get(metric_key or "", metric_key or ""), applicant or "")
        table = self._sections.get(metric.section, "")
        if metric.by_applicant:
            return Spot(table, metric.name_zh, applicant or "")
        row, _, column = metric.name_zh.partition("：")
        return Spot(table, row, column)


def place_text(row: Row) -> str:
    """Where in the document: page and position, element or line."""
    if row.get("page") is not None:
        box = [row.get(edge) for edge in ("x0", "top", "x1", "bottom")]
        position = (
            f"（{'，'.join(f'{edge:.0f}' for edge in box if edge is not None)}）" if None not in box else ""
        )
        return f"第 {row['page']} 页{position}"
    if row.get("line") is not None:
        return f"第 {row['line']} 行"
    return str(row.get("path") or "")


def number_cell(value: Decimal | int | float | None) -> Number:
    """A number without trailing zeros; an empty cell for none."""
    if value is None:
        return Number("")
    text = format(value, "f") if isinstance(value, Decimal) else str(value)
    return Number(text.rstrip("0").rstrip(".") if "." in text else text)


def count_text(value: int) -> str:
    """A count with its thousands marked."""
    return f"{value:,}"


def more_text(total: int, shown: int, what: str, where: str = "") -> str:
    """What a table has left out and where it can be queried; empty if nothing."""
    if total <= shown:
        return ""
    table = f"的 {where}" if where else ""
    return f"另有 {count_text(total - shown)} {what}未列出，可查询数据仓库{table}。"


def seconds_text(seconds: float) -> str:
    """A time span in people's words."""
    if seconds < 60:
        return f"{seconds:.1f} 秒"
    minutes = round(seconds / 60)
    return f"{minutes} 分" if minutes < 60 else f"{minutes // 60} 时 {minutes % 60} 分"


UNKNOWN = "（未知）"


def agency_text(row: Row) -> str:
    """A report's agency as printed, or that it is not known."""
    return str(row.get("agency") or UNKNOWN)


def year_text(row: Row) -> str:
    """A report's year, or that it is not known."""
    return str(row["year"]) if row.get("year") is not None else UNKNOWN
