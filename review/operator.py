"""The task that asks a person about one case: Airflow's human-in-the-loop operator, whose answer becomes a decision.

Imported by the DAG only; what it needs to take the answer down is imported when there is one.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from airflow.providers.standard.exceptions import HITLTriggerEventError
from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.sdk.exceptions import AirflowException, AirflowSkipException

_LONGEST_NAME = 240
"""Airflow keeps so many characters of a mapped task's name."""


class ReviewOperator(HITLOperator):
    """Ask about one case and take the answer down; an answer that can't be taken is asked for again.

    Args:
        case_id: the case.
        kwargs: as for `HITLOperator`.
    """

    template_fields: Collection[str] = ("subject", "body", "options", "case_id")

    def __init__(self, *, case_id: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.case_id = case_id

    def question(self, ti: Any) -> str:
        """What the question is called in Airflow's lists: one asked again says first what was wrong with the answer.

        Args:
            ti: the task instance. (Airflow keeps subject and body of a question as they were when it was first asked.)
        """
        from gongkai.settings import Home
        from review.asking import last_problem

        problem = last_problem(Home.from_environment(), f"{ti.run_id}/{ti.map_index}")
        return (f"【上次的答复没有采用：{problem}】{self.subject}" if problem else self.subject)[
            :_LONGEST_NAME
        ]

    def execute_complete(self, context: Any, event: dict[str, Any]) -> Any:
        """Take the answer down.

        Raises:
            AirflowSkipException: nobody has answered; the case stays open.
            AirflowException: the answer can't be taken; the next try asks again.
        """
        from gongkai.settings import Home
        from review.asking import keep_problem, take_answer
        from review.decisions import DecisionError

        home, key = Home.from_environment(), _key(context)
        answer = super().execute_complete(context, event)
        try:
            decision_id = take_answer(home, self.case_id, key, dict(answer))
        except DecisionError as error:
            keep_problem(home, key, str(error))
            raise AirflowException(f"答复没有采用：{error}") from error
        keep_problem(home, key, None)
        return decision_id

    def process_trigger_event_error(self, event: dict[str, Any]) -> None:
        """Nobody has answered in time, or Airflow could not take the answer."""
        if event["error_type"] == "timeout":
            raise AirflowSkipException(f"没有人答复，{self.case_id} 仍待复核。")
        raise HITLTriggerEventError(event)


def _key(context: Any) -> str:
    """The asking: the run and the question in it, the same over all tries."""
    return f"{context['dag_run'].run_id}/{context['ti'].map_index}"
