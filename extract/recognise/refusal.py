"""Why a document that could be read holds no report: garbled text, a page that only points elsewhere, something else."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from extract.model import Block, Grid, UnreadableError

SAMPLE = 20_000
"""Characters that are looked at."""
LOST_SHARE = 0.05
"""Share of lost characters (U+FFFD, runs of question marks) from which a text counts as garbled."""
_WORDS = ("公开", "信息", "政府", "年度", "報告", "报告", "單位", "单位", "工作")
_LOST = re.compile("\ufffd|\\?{3,}")
# (how the bytes were taken, what they were)
_MISTAKES = (("gb18030", "utf-8"), ("cp1252", "utf-8"), ("latin-1", "utf-8"), ("latin-1", "gb18030"), ("cp1252", "gb18030"),
             ("big5", "gb18030"), ("gb18030", "big5"))  # fmt: skip


def refusal(
    blocks: Sequence[Block], metadata: Mapping[str, str], title: str | None, name: str
) -> UnreadableError:
    """The error for a document without a report.

    Returns:
        `garbled` for text in a wrong encoding, `elsewhere` for a page that has a report's title and only links to the
        report or shows pictures of it, else `not_a_report`.
    """
    text = "".join(_texts(blocks))[:SAMPLE]
    if is_garbled(text):
        return UnreadableError(
            "garbled",
            f"文件 {name} 的文字是乱码（编码被错误转换过，数字也可能已丢失）；请从来源重新获取原始文件",
        )
    links = metadata.get("elsewhere", "").split()
    if links and title is not None:
        return UnreadableError("elsewhere", f"网页 {name} 只有标题，报告在别处；请获取：{'、'.join(links)}")
    return UnreadableError(
        "not_a_report", f"文件 {name} 不是政府信息公开工作年度报告：没有找到报告标题和法定统计表"
    )


def _texts(blocks: Sequence[Block]) -> Iterator[str]:
    for block in blocks:
        if isinstance(block, Grid):
            yield from (cell.text for cell in block.cells)
        else:
            yield block.text


def is_garbled(text: str) -> bool:
    """Whether a text was taken for another encoding than it has, or has lost its characters."""
    plain = "".join(text.split())
    if not plain or any(word in plain for word in _WORDS):
        return False
    if sum(len(match[0]) for match in _LOST.finditer(plain)) > LOST_SHARE * len(plain):
        return True
    for taken, was in _MISTAKES:
        again = plain.encode(taken, "ignore").decode(was, "ignore")
        if sum(word in again for word in _WORDS) >= 2:
            return True
    return False
