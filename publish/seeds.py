"""Writes dbt's seeds from the one place that holds their facts, and checks that the committed ones agree.

The form's seeds (`generation.csv`, `metric.csv`, `applicant.csv`, `rule.csv`) come from `extract.form`;
`division.csv` comes from the `dist` folder of the npm package named in `dbt_project/seeds/README.md`.
`division_extra.csv` and `agency_alias.csv` are kept by hand and never written here.
"""

from __future__ import annotations

import argparse
import csv
import io
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from extract.form import Metric, load_form
from extract.form.dictionary import Entry, load_dictionary
from gongkai.settings import PROJECT_ROOT

SEEDS = PROJECT_ROOT / "dbt_project" / "seeds"
"""Where the committed seeds are."""

_SECTION_NAMES = {
    "proactive": "二、主动公开政府信息情况",
    "requests": "三、收到和处理政府信息公开申请情况",
    "review": "四、政府信息公开行政复议、行政诉讼情况",
}
_KINDS = {
    "identity": "表内勾稽",
    "value": "数值合理性",
    "form": "表样",
    "text": "文表核对",
    "years": "跨年核对",
    "copy": "雷同",
    "revision": "更正",
}
_DIVISION_FILES = (
    ("provinces.csv", "province", None),
    ("cities.csv", "city", "provinceCode"),
    ("areas.csv", "county", "cityCode"),
    ("streets.csv", "township", "areaCode"),
)


def form_seeds() -> dict[str, str]:
    """The seeds that are derived from the form: file name -> CSV text."""
    return {
        "generation.csv": _generation_csv(),
        "metric.csv": _metric_csv(),
        "applicant.csv": _applicant_csv(),
        "rule.csv": _rule_csv(),
    }


def stale_seeds(folder: Path = SEEDS) -> list[str]:
    """Names of the form's seeds that are missing in a folder or differ from what the form says now."""
    return [
        name
        for name, text in form_seeds().items()
        if not (folder / name).is_file() or (folder / name).read_text(encoding="utf-8") != text
    ]


def write_seeds(folder: Path = SEEDS) -> list[Path]:
    """Write the form's seeds into a folder; returns the files."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, text in form_seeds().items():
        path = folder / name
        path.write_text(text, encoding="utf-8", newline="\n")
        written.append(path)
    return written


def division_csv(dist: Path) -> str:
    """The registry of divisions, provinces to townships, from the package's `dist` folder, as CSV text.

    Raises:
        FileNotFoundError: the folder is not the package's.
    """
    rows = []
    for name, level, parent in _DIVISION_FILES:
        with (dist / name).open(encoding="utf-8", newline="") as file:
            rows += [
                (row["code"], row["name"], level, row[parent] if parent else "")
                for row in csv.DictReader(file)
            ]
    return _csv(("code", "name", "level", "parent_code"), sorted(rows))


def _generation_csv() -> str:
    rows = [(g.name, g.authority, g.years.first, g.years.last) for g in load_form().generations]
    return _csv(("generation", "authority", "first_year", "last_year"), rows)


def _metric_csv() -> str:
    metrics = load_form().metrics()
    header = (
        "metric_key", "metric_order", "name_zh", "name_en", "section", "section_zh", "metric_group", "unit",
        "by_applicant", "signed", "additivity", "additivity_zh", "generations", "label_zh", "definition_zh", "definition_en",
        "comparability", "comparability_zh", "comparability_why_zh", "counterpart", "predecessor", "successor",
    )  # fmt: skip
    return _csv(header, (_metric_row(metric, load_dictionary()[metric.key]) for metric in metrics))


def _metric_row(metric: Metric, entry: Entry) -> tuple[object, ...]:
    section = _SECTION_NAMES[metric.section]
    return (
        metric.key,
        metric.order,
        metric.name_zh,
        metric.name_en,
        metric.section,
        section,
        metric.group,
        metric.unit,
        metric.by_applicant,
        metric.signed,
        entry.additivity,
        entry.additivity_zh,
        " ".join(sorted(metric.generations)),
        f"{section}：{metric.label}",
        entry.definition_zh,
        entry.definition_en,
        entry.comparability,
        entry.comparability_zh,
        entry.why_zh,
        entry.counterpart,
        entry.predecessor,
        entry.successor,
    )


def _applicant_csv() -> str:
    applicants = load_form().shared.applicants
    rows = [(a.key, order, a.zh, a.en, a.key == "total") for order, a in enumerate(applicants, start=1)]
    whole = ("all", 0, "不分申请人", "not by applicant", True)
    return _csv(("applicant_key", "applicant_order", "name_zh", "name_en", "is_total"), [whole, *rows])


def _rule_csv() -> str:
    rules = load_form().shared.rules
    header = (
        "rule", "rule_order", "name_zh", "name_en", "scope", "severity", "kind", "kind_zh", "section", "section_zh",
        "definition_zh", "sentence_zh", "first_year", "generations",
    )  # fmt: skip
    rows = [
        (
            r.key,
            order,
            r.zh,
            r.en,
            r.scope,
            r.severity,
            r.kind,
            _KINDS[r.kind],
            r.section,
            _SECTION_NAMES.get(r.section or ""),
            r.definition_zh,
            r.sentence_zh,
            r.first_year,
            " ".join(r.generations) or None,
        )
        for order, r in enumerate(rules, 1)
    ]
    return _csv(header, rows)


def _csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return text.getvalue()


def _cell(value: object) -> object:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else value


def main(arguments: Sequence[str] | None = None) -> int:
    """`python -m publish.seeds [--check] [--division DIST]`; status 1 if `--check` finds a stale seed."""
    parser = argparse.ArgumentParser(prog="python -m publish.seeds", description="Write generated seeds.")
    parser.add_argument("--check", action="store_true", help="write nothing; status 1 if a seed is stale")
    parser.add_argument("--division", type=Path, help="dist folder of the unpacked division package")
    options = parser.parse_args(arguments)
    if options.check:
        stale = stale_seeds()
        if stale:
            sys.stderr.write(f"种子文件与表样不一致，请运行 python -m publish.seeds：{'、'.join(stale)}\n")
        return 1 if stale else 0
    for path in write_seeds():
        sys.stdout.write(f"{path}\n")
    if options.division:
        (SEEDS / "division.csv").write_text(division_csv(options.division), encoding="utf-8", newline="\n")
        sys.stdout.write(f"{SEEDS / 'division.csv'}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
