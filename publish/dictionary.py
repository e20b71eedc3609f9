"""The data dictionary: what each metric, applicant, value status and rule means, written from the form.

`python -m publish.dictionary` writes `docs/data-dictionary.md`; `--check` tells whether it is stale.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from extract.form import Form, load_form
from extract.form.dictionary import Entry, load_dictionary
from gongkai.settings import PROJECT_ROOT

PAGE = PROJECT_ROOT / "docs" / "data-dictionary.md"
_SECTIONS = {
    "proactive": "二、主动公开政府信息情况",
    "requests": "三、收到和处理政府信息公开申请情况",
    "review": "四、行政复议、行政诉讼情况",
}
_STATUSES = (
    ("reported", "印有数字（含 0）", "数字"),
    ("blank", "有单元格而未填", "空"),
    ("not_applicable", "填“/”“—”“无”等", "空"),
    ("text", "填文字而非数字", "空，原文保留"),
    ("missing", "报告中没有这一行或列", "空"),
    ("doubtful", "读到但不能确定", "空；读数另列 `doubtful_reading`"),
)


def dictionary(form: Form) -> str:
    """The page, in Markdown: Chinese with the English keys that tables and files use."""
    entries = load_dictionary()
    lines = [
        "# 数据字典 · data dictionary",
        "",
        "由 `extract/form/` 生成：`python -m publish.dictionary`。各表的列见 `gongkai docs`。",
        "",
        "一个数值由 机关 × 年度 × 指标 `metric` × 申请人 `applicant` 确定；没有申请人分列的，申请人为 `all`。",
        "",
        "## 指标 metrics",
    ]
    for section, title in _SECTIONS.items():
        rows = [
            (
                f"`{m.key}`",
                m.name_zh,
                m.name_en,
                entries[m.key].definition_zh,
                m.unit,
                "、".join(sorted(m.generations)),
                entries[m.key].additivity_zh,
            )
            for m in form.metrics()
            if m.section == section
        ]
        lines += [
            "",
            f"### {title}",
            "",
            *_table(("键", "名称", "English", "定义", "单位", "表样", "可加性"), rows),
        ]
    lines += ["", "## 两代表样之间的可比性 comparability", "", *_comparability(form, entries)]
    applicants = [(f"`{a.key}`", a.zh, a.en) for a in form.shared.applicants]
    rules = [(f"`{r.key}`", r.zh, r.definition_zh, r.sentence_zh) for r in form.shared.rules]
    groups = [
        (f"`{g.key}`", g.zh, "、".join(f"`{m}`" for m in g.members) or "（表中没有对应单元格）")
        for g in form.shared.groups
    ]
    lines += ["", "## 申请人 applicants", "", *_table(("键", "名称", "English"), applicants)]
    lines += [
        "",
        "## 数值状态 value status",
        "",
        *_table(("状态", "何时", "`value`"), [(f"`{k}`", w, v) for k, w, v in _STATUSES]),
    ]
    lines += ["", "## 规则 rules", "", *_table(("键", "名称", "含义", "不通过意味着"), rules)]
    lines += [
        "",
        "## 正文所述件数的合计键 groups that claims restate",
        "",
        *_table(("键", "名称", "组成"), groups),
    ]
    return "\n".join(lines) + "\n"


def _comparability(form: Form, entries: Mapping[str, Entry]) -> list[str]:
    """The metrics that one generation alone prints, and what they may be compared with."""
    rows = [
        (
            f"`{m.key}`",
            "、".join(m.generations),
            f"`{entry.counterpart}`" if entry.counterpart else "—",
            entry.comparability_zh,
            entry.why_zh,
        )
        for m in form.metrics()
        if (entry := entries[m.key]).comparability != "same"
    ]
    return [
        "两代表样都有的指标口径相同，可以连成一个序列；只有一代有的如下，标为不可比的不能接在一起。",
        "",
        *_table(("键", "表样", "另一代中相近的指标", "可比性", "说明"), rows),
    ]


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    body = [f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |" for row in rows]
    return [f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}", *body]


def is_stale(page: Path = PAGE) -> bool:
    """Whether the committed page is not what the form gives."""
    return not page.is_file() or page.read_text(encoding="utf-8") != dictionary(load_form())


def main() -> None:
    """Write the page, or with `--check` exit 1 if it is stale."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    if parser.parse_args().check:
        sys.exit(1 if is_stale() else 0)
    PAGE.write_text(dictionary(load_form()), encoding="utf-8")


if __name__ == "__main__":
    main()
