"""dbt exposures of what this project itself makes from the marts: exports, the bulletin, alerts.

`python -m publish.exposures` writes `dbt_project/models/exposures/exports.yml`; `--check` tells whether it is stale. The marts that
each one reads are those its own code names, so the lineage can't fall behind the code. Dashboards are described by hand beside it.
"""

from __future__ import annotations

import argparse
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from gongkai.settings import PROJECT_ROOT
from publish.lineage import read_models

EXPOSURES = PROJECT_ROOT / "dbt_project" / "models" / "exposures" / "exports.yml"
_HEAD = "# Written by `python -m publish.exposures`; not by hand.\n"
_NAMED = re.compile(r"\bmarts\.(\w+)")
_CODE = (".py", ".sql", ".yaml")


@dataclass(frozen=True, slots=True)
class Export:
    """Something made from marts.

    Attributes:
        name: its key.
        label: its Chinese name.
        description: Chinese, a slash, English.
        code: files or folders whose SQL says which marts it reads; none means all marts.
    """

    name: str
    label: str
    description: str
    code: tuple[str, ...] = ()


EXPORTS = (
    Export("warehouse_file", "数据仓库文件", "已发布的 DuckDB 文件，整份替换 / the published DuckDB file, replaced as a whole"),
    Export("postgresql", "PostgreSQL", "同一批表装入 PostgreSQL，供 BI 工具查询 / the same tables in PostgreSQL, for BI tools"),
    Export("parquet_package", "Parquet 数据包", "按年分区的 Parquet 与 Frictionless 数据包 / Parquet by year with a Frictionless data package"),
    Export("sheets", "CSV 与 XLSX", "按年度与地方导出的表格 / sheets by year and place", ("publish/sheets",)),
    Export("bulletin", "加载简报", "每次加载后给人看的一页 / one page for people after each load", ("publish/bulletin",)),
    Export("alerts", "告警", "加载后按规则发出的消息 / messages after a load", ("alerts",)),
    Export("terminal_summary", "终端摘要", "gongkai run 与 gongkai status 的输出 / what gongkai run and gongkai status print", ("publish/summary.py",)),
)  # fmt: skip


def exposures_text(root: Path = PROJECT_ROOT) -> str:
    """The YAML file, from the code as it is."""
    marts = {model.name for model in read_models(root / "dbt_project").values() if model.folder == "marts"}
    rows: list[dict[str, Any]] = []
    for export in EXPORTS:
        read = sorted(_named(root, export.code) & marts if export.code else marts)
        rows.append(
            {
                "name": export.name,
                "label": export.label,
                "type": "application",
                "description": export.description,
                "owner": {"name": "gongkai"},
                "depends_on": [f"ref('{name}')" for name in read],
            }
        )
    return _HEAD + yaml.safe_dump({"exposures": rows}, allow_unicode=True, sort_keys=False, width=200)


def _named(root: Path, code: tuple[str, ...]) -> set[str]:
    """What the SQL in files or folders calls `marts.<name>`."""
    files = [
        path
        for name in code
        for path in ([root / name] if (root / name).is_file() else sorted((root / name).rglob("*")))
        if path.suffix in _CODE
    ]
    return {found for path in files for found in _NAMED.findall(path.read_text(encoding="utf-8"))}


def is_stale(path: Path = EXPOSURES) -> bool:
    """Whether the committed file is not what the code gives."""
    return not path.is_file() or path.read_text(encoding="utf-8") != exposures_text()


def main() -> None:
    """Write the file, or with `--check` exit 1 if it is stale."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    if parser.parse_args().check:
        sys.exit(1 if is_stale() else 0)
    EXPOSURES.parent.mkdir(parents=True, exist_ok=True)
    EXPOSURES.write_text(exposures_text(), encoding="utf-8")


if __name__ == "__main__":
    main()
