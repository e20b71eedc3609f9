"""The warehouse's documentation as one static HTML file, made by dbt."""

from __future__ import annotations

import shutil
from pathlib import Path

from gongkai.settings import PROJECT_ROOT, Home
from publish.build import BuildError, run_dbt
from publish.state import WAREHOUSE_SCHEMA, clone, read_stamp, state_path

_NO_LOAD = "docs"
_POLICY = (
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval';"
    " style-src 'unsafe-inline'; img-src data:; font-src data:; base-uri 'none'; form-action 'none'\">"
)
"""The page's own scripts run, nothing is fetched or sent: dbt's page knows a tracker's address and has links to icons beside it."""
_HEAD = "<head>"


def write_dbt_docs(home: Home, out: Path) -> Path:
    """Write models, columns, tests and lineage as one HTML file that opens without a server and fetches nothing.

    The column types come from the newest finished build, or from what is published, where there is one.

    Args:
        home: the installation.
        out: the file to write.

    Returns:
        The file.

    Raises:
        BuildError: dbt failed, or wrote no page.
    """
    folder = home.build / "docs"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    database = folder / "warehouse.duckdb"
    # copies: what is published is not touched
    for file, name in _newest(home):
        clone(file, folder / name)
    work = home.build / "docs-work"
    try:
        run_dbt(home, _NO_LOAD, ["docs", "generate", "--static"], database=database, work=work)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    page = work / "target" / "static_index.html"
    if not page.is_file() or _HEAD not in page.read_text(encoding="utf-8"):
        raise BuildError("dbt docs 没有生成页面。")
    out.parent.mkdir(parents=True, exist_ok=True)
    text = page.read_text(encoding="utf-8").replace(_HEAD, f"{_HEAD}{_POLICY}", 1)
    # the compiled SQL names the folders of this machine, which mean nothing to a reader
    for folder, name in ((home.root, "$GONGKAI_HOME"), (PROJECT_ROOT, "$GONGKAI")):
        text = text.replace(str(folder), name)
    out.write_text(text, encoding="utf-8")
    return out


def _newest(home: Home) -> list[tuple[Path, str]]:
    """The newest finished build, or else what is published, with its state: files and the names dbt knows them by."""
    builds = sorted(home.build.glob("load=*.duckdb"))
    if not builds and not home.warehouse.is_file():
        return []
    warehouse = builds[-1] if builds else home.warehouse
    stamp = read_stamp(warehouse, WAREHOUSE_SCHEMA)
    state = state_path(home, stamp.load_id) if stamp else None
    found = [(warehouse, "warehouse.duckdb")]
    return [*found, (state, "state.duckdb")] if state and state.is_file() else found
