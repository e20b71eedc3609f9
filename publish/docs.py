"""The warehouse's documentation as one static HTML file, made by dbt."""

from __future__ import annotations

import shutil
from pathlib import Path

from gongkai.settings import PROJECT_ROOT, Home
from publish.build import BuildError, run_dbt

_NO_LOAD = "docs"


def write_dbt_docs(home: Home, out: Path) -> Path:
    """Write models, columns, tests and lineage as one HTML file that opens without a server.

    The column types come from the newest finished build, where there is one.

    Args:
        home: the installation.
        out: the file to write.

    Returns:
        The file.

    Raises:
        BuildError: dbt failed, or wrote no page.
    """
    builds = sorted(home.build.glob("load=*.duckdb"))
    scratch = home.build / "docs.duckdb"
    scratch.unlink(missing_ok=True)
    if builds:
        database = home.build / "docs" / builds[-1].name  # a copy: the build itself is not touched
        database.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(builds[-1], database)
    else:
        database = scratch
    try:
        run_dbt(home, _NO_LOAD, ["docs", "generate", "--static"], database=database)
    finally:
        database.unlink(missing_ok=True)
    page = home.build / "dbt" / "target" / "static_index.html"
    if not page.is_file():
        raise BuildError("dbt docs 没有生成页面。")
    out.parent.mkdir(parents=True, exist_ok=True)
    text = page.read_text(encoding="utf-8")
    # the compiled SQL names the folders of this machine, which mean nothing to a reader
    for folder, name in ((home.root, "$GONGKAI_HOME"), (PROJECT_ROOT, "$GONGKAI")):
        text = text.replace(str(folder), name)
    out.write_text(text, encoding="utf-8")
    return out
