"""What Airflow's OpenLineage provider asks about the tasks of our DAGs; imported by it alone, and only where lineage is switched on."""

from __future__ import annotations

from typing import Any

from airflow.providers.openlineage.extractors.base import BaseExtractor, OperatorLineage

from gongkai.airflow_tasks import load_id_of
from gongkai.lineage import task_datasets
from gongkai.loads import read_record
from gongkai.settings import Home


class LoadExtractor(BaseExtractor):
    """Names the datasets of a load's tasks."""

    @classmethod
    def get_operator_classnames(cls) -> list[str]:
        """Our tasks are all decorated functions."""
        return ["_PythonDecoratedOperator"]

    def _execute_extraction(self) -> Any:
        """At a task's start its load is not at hand: datasets without a version."""
        return self._lineage(None)

    def extract_on_complete(self, task_instance: Any) -> Any:
        """When a task has ended, well or not."""
        return self._lineage(load_id_of(task_instance.get_template_context()["dag_run"]))

    def _lineage(self, load_id: str | None) -> Any:
        home = Home.from_environment()
        record = (read_record(home, load_id) if load_id else None) or {}
        inputs, outputs = task_datasets(home, self.operator.task_id, load_id, record.get("sources", ()))
        return OperatorLineage(inputs=inputs, outputs=outputs)
