"""The settings that dbt opens the build's database with."""

from __future__ import annotations

from pathlib import Path

import duckdb
import yaml

from publish.state import DBT_PROJECT


def _embedded(spill: Path) -> dict[str, dict[str, str]]:
    text = (DBT_PROJECT / "profiles.yml").read_text("utf-8")
    output = yaml.safe_load(text)["gongkai"]["outputs"]["embedded"]
    known = {
        "{{ env_var('GONGKAI_BUILD_SPILL') }}": str(spill),
        "{{ env_var('GONGKAI_BUILD_MEMORY', '4GB') }}": "30MB",
        "{{ env_var('GONGKAI_BUILD_THREADS', '2') }}": "1",
    }
    return {
        part: {name: known.get(value, value) for name, value in output[part].items()}
        for part in ("config_options", "settings")
    }


def test_a_build_that_has_spilled_to_disk_can_open_further_connections(tmp_path: Path) -> None:
    """A million reports did not fit the memory limit; the next model's connection then failed on its settings."""
    profile = _embedded(tmp_path / "spill")
    with duckdb.connect(str(tmp_path / "build.duckdb"), config=dict(profile["config_options"])) as connection:
        for _ in range(2):  # as dbt-duckdb does: a cursor a model, each with all settings
            cursor = connection.cursor()
            for name, value in profile["settings"].items():
                cursor.execute(f"set {name} = '{value}'")
            cursor.execute(
                "create or replace temp table sorted as"
                " select i, md5(i::varchar) as text from range(400000) as numbers(i) order by text"
            )
            spilled = cursor.execute("select sum(size) from duckdb_temporary_files()").fetchone()
            assert spilled
            assert spilled[0]
