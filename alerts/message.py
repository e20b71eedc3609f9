"""A message: what is new with the worst entries first, what is mended, how much is still open, and where all of it stands."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from alerts.alert import SEVERITY_ZH, Severity
from alerts.ledger import Entry
from gongkai import loads

_STATES: Final = {
    loads.RUNNING: "进行中",
    loads.PUBLISHED: "已发布",
    loads.STOPPED: "被质量关卡拦下，未发布",
    loads.FAILED: "失败，未发布",
    loads.INTERRUPTED: "中断，未发布",
}
_SENTENCE: Final = 400
"""Characters of one alert's sentence that a message shows."""
_MENDED: Final = 5
DOCUMENT_VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class Message:
    """What goes to a channel.

    Attributes:
        title: one line.
        text: the rest.
        document: the same as data, for webhooks.
        worst: the worst severity that is new; null if only mended things are told.
    """

    title: str
    text: str
    document: Mapping[str, Any]
    worst: Severity | None


@dataclass(frozen=True, slots=True)
class Occasion:
    """Why a message is sent.

    Attributes:
        load_id: the load.
        state: its state.
        report: link or path to the load's report.
        title: instead of the load's own.
    """

    load_id: str
    state: str
    report: str
    title: str | None = None


def compose(
    occasion: Occasion,
    new: Sequence[Entry],
    mended: Sequence[Entry],
    still_open: int,
    *,
    items: int,
    longest: int | None,
    marked_up: bool,
    plain: Callable[[str], str],
) -> Message:
    """A message that fits its channel: as many entries as there is room for, the worst first; the rest is counted.

    Args:
        occasion: the load.
        new: what the channel is to be told of.
        mended: what it was told of and is resolved.
        still_open: how many alerts it was told of before are open.
        items: entries at most.
        longest: bytes of title and text together; null: no limit.
        marked_up: whether the text is markdown.
        plain: makes text from outside harmless for the service.
    """
    title = plain(_title(occasion, new, mended, still_open))
    groups = _grouped(new)
    shown = min(items, len(groups))
    while True:
        text = _text(occasion, groups, shown, len(new), mended, still_open, marked_up, plain)
        # some room for what the service's own form adds
        if longest is None or len((title + text).encode()) + 60 <= longest or shown == 0:
            break
        shown -= 1
    if longest is not None:
        text = text.encode()[: max(longest - len(title.encode()) - 60, 0)].decode(errors="ignore")
    worst = min((entry.alert.severity for entry in new), default=None)
    return Message(title, text, _document(occasion, new, mended, still_open), worst)


def _title(occasion: Occasion, new: Sequence[Entry], mended: Sequence[Entry], still_open: int) -> str:
    what = occasion.title or f"加载 {occasion.load_id} {_STATES.get(occasion.state, occasion.state)}"
    counts = [f"新告警 {len(new)}"] if new else []
    counts += [f"已解决 {len(mended)}"] if mended else []
    counts += [f"仍未解决 {still_open}"] if still_open else []
    return f"【公开】{what}：{'，'.join(counts) or '没有告警'}"


def _grouped(new: Sequence[Entry]) -> list[list[Entry]]:
    """Entries by what they are about, the worst matter first, the worst of each first."""

    def badness(entry: Entry) -> tuple[Any, ...]:
        return entry.alert.severity, -entry.alert.weight, entry.alert.identity

    def about(entry: Entry) -> tuple[str, str]:
        return entry.alert.kind, entry.alert.subject or entry.alert.identity

    groups = [sorted(each, key=badness) for _, each in groupby(sorted(new, key=about), key=about)]
    return sorted(groups, key=lambda group: (group[0].alert.severity, -len(group), badness(group[0])))


def _text(
    occasion: Occasion,
    groups: Sequence[Sequence[Entry]],
    shown: int,
    count: int,
    mended: Sequence[Entry],
    still_open: int,
    marked_up: bool,
    plain: Callable[[str], str],
) -> str:
    bold = "**" if marked_up else ""
    lines = []
    if groups:
        most = f"，最要紧的 {shown} 项" if shown < len(groups) else ""
        lines.append(f"{bold}新告警 {count} 条{most}{bold}")
        for number, group in enumerate(groups[:shown], 1):
            lines += _lines(number, group, bold, plain)
        if left := sum(map(len, groups[shown:])):
            lines.append(f"其余 {left} 条见加载简报，或运行 gongkai alert list。")
    if mended:
        lines.append(f"{bold}已解决 {len(mended)} 条{bold}")
        lines += [f"- 已解决：{plain(_cut(entry.alert.message))}" for entry in mended[:_MENDED]]
        if len(mended) > _MENDED:
            lines.append(f"- 等共 {len(mended)} 条")
    if still_open:
        lines.append(f"{bold}仍未解决 {still_open} 条{bold}（此前已告知）")
    lines.append(f"加载简报：{occasion.report}")
    return "\n".join(lines)


def _lines(number: int, group: Sequence[Entry], bold: str, plain: Callable[[str], str]) -> list[str]:
    entry, alert = group[0], group[0].alert
    since = f"（{entry.opened_at:%m-%d} 起仍未解决）" if entry.told_before else ""
    more = f"；另有 {len(group) - 1} 处" if len(group) > 1 else ""
    # a sentence may name the agency as it is printed, which does not say of which county
    named = not alert.subject or alert.subject.partition(" ")[0] in alert.message
    subject = "" if named else f"{plain(alert.subject)}："
    lines = [
        f"{number}. {bold}［{SEVERITY_ZH[alert.severity]}］{alert.title}{bold}{since} "
        f"{subject}{plain(_cut(alert.message))}{more}"
    ]
    if alert.position:
        lines.append(f"    位置：{plain(_cut(alert.position))}")
    return lines


def _cut(text: str) -> str:
    return text if len(text) <= _SENTENCE else text[: _SENTENCE - 1] + "…"


def _document(
    occasion: Occasion, new: Sequence[Entry], mended: Sequence[Entry], still_open: int
) -> dict[str, Any]:
    limit = 1000
    return {
        "version": DOCUMENT_VERSION,
        "load_id": occasion.load_id,
        "state": occasion.state,
        "report": occasion.report,
        "new": [_data(entry) for entry in new[:limit]],
        "new_count": len(new),
        "resolved": [_data(entry) for entry in mended[:limit]],
        "resolved_count": len(mended),
        "still_open_count": still_open,
    }


def _data(entry: Entry) -> dict[str, Any]:
    alert = entry.alert
    return {
        "identity": alert.identity,
        "kind": alert.kind,
        "severity": alert.severity.name,
        "rule": alert.rule,
        "source": alert.source,
        "place": alert.place,
        "agency_key": alert.agency_key,
        "year": alert.year,
        "message": alert.message,
        "position": alert.position,
        "opened_at": entry.opened_at.isoformat(),
        "told_before": entry.told_before,
    }
