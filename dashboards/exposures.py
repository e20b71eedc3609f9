"""The dashboards as dbt exposures: which marts each reads.

`python -m dashboards.exposures` writes the file from the descriptions; `--check` says whether it is stale.
"""

from __future__ import annotations

import argparse
import re
import sys
from typing import Any, Final

import yaml

from dashboards.bundle import slug
from dashboards.spec import Board, Dataset, Spec, load_spec
from gongkai.settings import PROJECT_ROOT

FILE: Final = PROJECT_ROOT / "dbt_project" / "models" / "exposures" / "dashboards.yml"
_HEAD: Final = "# Written by `python -m dashboards.exposures` from dashboards/; change it there.\n"


def marts(dataset: Dataset) -> set[str]:
    """The tables of schema `marts` that a dataset reads."""
    return set(re.findall(r"\bmarts\.(\w+)", dataset.sql))


def exposures(spec: Spec) -> str:
    """The exposures of all dashboards, as the text of a dbt file."""
    content = {"exposures": [_exposure(name, board, spec) for name, board in spec.boards.items()]}
    text: str = yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=110)
    return _HEAD + text


def _exposure(name: str, board: Board, spec: Spec) -> dict[str, Any]:
    used = {chart.data for chart in board.charts.values()} | {one.data for one in board.filters.values()}
    read = sorted(set().union(*(marts(spec.datasets[dataset]) for dataset in used)))
    return {
        "name": f"dashboard_{name}",
        "label": board.title,
        "type": "dashboard",
        "maturity": "high",
        "url": f"http://127.0.0.1:8088/superset/dashboard/{slug(name)}/",
        "description": f"看板“{board.title}”：{board.about} / Superset dashboard, described in dashboards/boards/{name}.yaml.",
        "depends_on": [f"ref('{mart}')" for mart in read],
        "owner": {"name": "gongkai"},
    }


def main() -> int:
    """Write the file, or with `--check` say whether it is stale; 1 if it is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    wanted = exposures(load_spec())
    if parser.parse_args().check:
        return int(not FILE.is_file() or FILE.read_text("utf-8") != wanted)
    FILE.parent.mkdir(parents=True, exist_ok=True)
    FILE.write_text(wanted, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
