"""Text stays text in Markdown, and numbers stay numbers."""

from __future__ import annotations

import pytest

from publish.bulletin.markdown import to_markdown
from publish.bulletin.page import GOOD, LONGEST_TEXT, Badge, Page, Section


def written(text: str) -> str:
    page = Page("T", Badge("S", GOOD), (), (), (), (Section("k", "节", (text,)),), "脚注")
    body = to_markdown(page)
    return body[body.index("## 节") + len("## 节") :].removesuffix("脚注\n").strip()


@pytest.mark.parametrize("text", ["1.67%", "-3", "+3", "2,391", "2026-11-22 02:00", "a - b", "3/4", "表三"])
def test_numbers_and_words_are_not_touched(text: str) -> None:
    assert written(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1. 一", "1\\. 一"),
        ("2) 二", "2\\) 二"),
        ("- 点", "\\- 点"),
        ("--- ", "\\---"),
        ("===", "\\==="),
        ("# 题", "\\# 题"),
        ("> 引", "&gt; 引"),
        ("[a](javascript:b)", "\\[a\\](javascript:b)"),
        ("<b>&amp;", "&lt;b&gt;&amp;amp;"),
        ("a|b\nc", "a\\|b c"),
        ("`x` *y* _z_", "\\`x\\` \\*y\\* \\_z\\_"),
        ("见 http://evil.test", "见 http&#8203;://evil.test"),
        ("www.evil.test", "www&#8203;.evil.test"),
    ],
)
def test_what_looks_like_markup_is_escaped(text: str, expected: str) -> None:
    assert written(text) == expected


def test_endless_text_is_cut_and_says_so() -> None:
    assert written("字" * 5000) == "字" * LONGEST_TEXT + "…（共 5000 字）"
