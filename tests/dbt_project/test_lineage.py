"""The lineage that the docs are written from is the one dbt has."""

from __future__ import annotations

import json

from gongkai.settings import Home
from publish.lineage import read_exposures, read_models


def test_what_files_tell_of_lineage_is_what_dbt_knows(built_home: Home) -> None:
    [path] = built_home.build.glob("**/manifest.json")
    manifest = json.loads(path.read_text("utf-8"))
    dbt = {
        node["name"]: {_name(parent) for parent in node["depends_on"]["nodes"]}
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model"
    }
    assert {name: set(model.parents) for name, model in read_models().items()} == dbt
    exposed = {
        row["name"]: {_name(parent) for parent in row["depends_on"]["nodes"]}
        for row in manifest["exposures"].values()
    }
    assert {exposure.name: set(exposure.models) for exposure in read_exposures()} == exposed


def _name(unique_id: str) -> str:
    kind, *_, folder, name = unique_id.split(".")
    return f"{folder}.{name}" if kind == "source" else name
