"""Plain text: what stands for a character is read as the character."""

from __future__ import annotations

from extract.model import Paragraph
from extract.read.text import read_text


def test_radicals_that_extractors_print_are_the_characters_they_look_like() -> None:
    blocks = read_text("8.属于⾏政查询事项\n⽆法提供\n".encode(), "report.txt").blocks
    assert [b.text for b in blocks if isinstance(b, Paragraph) and b.text] == [
        "8.属于行政查询事项",
        "无法提供",
    ]
