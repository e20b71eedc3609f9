"""The statutory form as data, one file a generation, and the code that loads it."""

from extract.form.model import (
    Applicant,
    Column,
    Form,
    Generation,
    Group,
    Identity,
    Metric,
    Row,
    Rule,
    load_form,
)

__all__ = [
    "Applicant",
    "Column",
    "Form",
    "Generation",
    "Group",
    "Identity",
    "Metric",
    "Row",
    "Rule",
    "load_form",
]
