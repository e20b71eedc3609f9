"""OpenLineage: where events go (one setting), and which datasets each task of a load reads and writes.

`GONGKAI_LINEAGE` says where: `file:/path/to/events.jsonl`, `console`, `http(s)://host:port`, or a whole OpenLineage transport as a
JSON object; nothing is sent anywhere without it. Airflow's OpenLineage provider sends the events; it asks `LoadExtractor` about
the tasks of our DAGs. An event that can't be sent is logged and costs no load.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

from gongkai.errors import UsageError
from gongkai.settings import PROJECT_ROOT, Home

if TYPE_CHECKING:
    from openlineage.client.event_v2 import Dataset

SETTING: Final = "GONGKAI_LINEAGE"
NAMESPACE: Final = "gongkai"
EXTRACTOR: Final = "gongkai.lineage_extractor.LoadExtractor"

_PULLED: Final = ("documents", "expected_agencies", "fetches", "source_findings")
_EXTRACTED: Final = ("reports", "cells", "claims", "findings", "extras", "rejects")


def settings() -> dict[str, str]:
    """Airflow's section `openlineage`, from the one setting; disabled if there is none.

    Raises:
        UsageError: the setting is none of what it can be.
    """
    wanted = os.environ.get(SETTING, "").strip()
    if not wanted:
        return {"disabled": "True"}
    return {
        "disabled": "False",
        "transport": json.dumps(_transport(wanted)),
        "namespace": NAMESPACE,
        "extractors": EXTRACTOR,
        "disable_source_code": "True",
    }


def _transport(wanted: str) -> dict[str, Any]:
    scheme, _, rest = wanted.partition(":")
    if wanted == "console":
        return {"type": "console"}
    if scheme == "file" and rest.startswith("/"):
        return {"type": "file", "log_file_path": rest, "append": True}
    if scheme in ("http", "https") and rest.startswith("//"):
        return {"type": "http", "url": wanted}
    if wanted.startswith("{"):
        try:
            transport = json.loads(wanted)
        except ValueError as error:
            raise UsageError(f"{SETTING} 不是合法的 JSON：{error}") from error
        if isinstance(transport, dict) and transport.get("type"):
            return transport
    raise UsageError(
        f"{SETTING} 应为 file:/路径、console、http(s)://地址，或带 type 的 JSON 对象，现为：{wanted[:80]}"
    )


def task_datasets(
    home: Home, task_id: str, load_id: str | None, sources: Sequence[str]
) -> tuple[list[Dataset], list[Dataset]]:
    """The datasets that a task reads and writes.

    Args:
        home: where they are.
        task_id: the task; one that is not of a load has none.
        load_id: the load, told as the version of what it writes; null while it is not known.
        sources: the load's sources.
    """
    made = _Datasets(home, load_id)
    kinds: dict[str, Callable[[], tuple[list[Dataset], list[Dataset]]]] = {
        "pull": lambda: (made.sources(sources), made.landing(_PULLED)),
        "extract_batch": lambda: (made.landing(["documents"]), made.landing(_EXTRACTED)),
        "gate_landing": lambda: (made.landing(), made.landing(["quarantine"])),
        "build": lambda: (made.landing(), made.marts(built=True)),
        "gate_marts": lambda: (made.marts(built=True), []),
        "publish": lambda: (made.marts(built=True), [*made.marts(built=False), *made.landing(["loads"])]),
        "publish_postgres": lambda: (made.marts(built=False), []),
        "export_files": lambda: (made.marts(built=False), []),
        "report_load": lambda: (made.landing(), made.bulletin()),
    }
    return kinds[task_id]() if task_id in kinds else ([], [])


class _Datasets:
    """A load's datasets under OpenLineage's names: files by their path, tables by the database file and schema."""

    def __init__(self, home: Home, load_id: str | None) -> None:
        self._home = home
        self._load_id = load_id

    def sources(self, names: Sequence[str]) -> list[Dataset]:
        return [self._dataset(f"{NAMESPACE}://sources", name) for name in names]

    def landing(self, names: Sequence[str] | None = None) -> list[Dataset]:
        from extract.landing import SCHEMAS

        return [self._dataset("file", str(self._home.landing / name)) for name in names or SCHEMAS]

    def marts(self, *, built: bool) -> list[Dataset]:
        models = sorted((PROJECT_ROOT / "dbt_project" / "models" / "marts").glob("*.sql"))
        database = self._home.build if built else self._home.warehouse
        return [self._dataset(f"duckdb://{database}", f"marts.{model.stem}") for model in models]

    def bulletin(self) -> list[Dataset]:
        folder = self._home.reports / self._load_id if self._load_id else self._home.reports
        return [self._dataset("file", str(folder / "bulletin.html"))]

    def _dataset(self, namespace: str, name: str) -> Dataset:
        from openlineage.client.event_v2 import Dataset
        from openlineage.client.facet_v2 import dataset_version_dataset

        version = dataset_version_dataset.DatasetVersionDatasetFacet(datasetVersion=self._load_id or "")
        return Dataset(namespace=namespace, name=name, facets={"version": version} if self._load_id else {})
