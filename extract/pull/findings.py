"""What a source's night says about the source: data that people should look at, not an empty success."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from extract.pull.ledger import Event
from extract.pull.schema import Source
from extract.pull.web_kind import Trouble

_FAILED = ("failed", "refused", "gone")


@dataclass(frozen=True, slots=True)
class SourceFinding:
    """A finding about a source; see the landing dataset `source_findings`.

    Attributes:
        rule: which; `docs/sources.md` lists them.
        message: the sentence.
        address: what it is about; null: the source as a whole.
        expected: a number that was expected.
        found: the number there was.
    """

    rule: str
    message: str
    address: str | None = None
    expected: float | None = None
    found: float | None = None


def judge(
    source: Source,
    *,
    listed: int,
    best: int | None,
    troubles: Iterable[tuple[str, Trouble]],
    events: Iterable[Event],
) -> Iterator[SourceFinding]:
    """The findings of a night.

    Args:
        source: with its thresholds.
        listed: documents that its lists led to, or files of its folder.
        best: the most that one of its last nights listed.
        troubles: what its kind found wrong with lists.
        events: what became of the addresses of this load.
    """
    asked = failed = 0
    for event in events:
        if event.attempts is None:
            continue  # noticed, not asked for
        asked += 1
        failed += event.outcome in _FAILED
        if event.role == "list" and event.outcome in _FAILED:
            yield SourceFinding(
                "list_unreachable", f"来源 {source.name} 的列表没有得到：{event.sentence}", event.address
            )
    for address, trouble in troubles:
        yield SourceFinding(
            trouble.rule, f"来源 {source.name}：{trouble.message}", address, found=trouble.found
        )
    if asked and failed == asked and failed >= listed:
        yield SourceFinding(
            "source_all_failed",
            f"来源 {source.name} 本次的 {asked} 个请求全部失败；请检查网站和网络，或来源配置",
            expected=float(asked),
            found=0.0,
        )
    thresholds = source.findings
    if best is not None and best >= thresholds.drop_from and listed <= best * thresholds.drop_share:
        yield SourceFinding(
            "source_dropped",
            f"来源 {source.name} 本次只列出 {listed} 份文件，此前最多 {best} 份；请检查网站是否改版、文件是否撤下",
            expected=float(best),
            found=float(listed),
        )
