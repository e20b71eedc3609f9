"""The dbt project as its files tell: models with their columns, what each is made from, and what outside dbt uses the marts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from gongkai.settings import PROJECT_ROOT

DBT_PROJECT = PROJECT_ROOT / "dbt_project"
LANDING = "landing."
"""What the names of landing datasets begin with."""
OPERATIONS = "operations."
"""What the names of operations records begin with."""

_DOC = re.compile(r"{{\s*doc\('(\w+)'\)\s*}}")
_REF = re.compile(r"\b(?:ref|published)\(\s*'(\w+)'\s*\)")
_SOURCE = re.compile(r"\bsource\(\s*'(\w+)'\s*,\s*'(\w+)'\s*\)")
_COMMENT = re.compile(r"{#.*?#}|^\s*--.*?$", re.DOTALL | re.MULTILINE)
_UNSEEN = re.compile(r"{#.*?#}|^\s*--(?![^\n]*{{)[^\n]*$", re.DOTALL | re.MULTILINE)
_MACRO = re.compile(r"{%-?\s*macro\s+(\w+)\(.*?{%-?\s*endmacro", re.DOTALL)
_CALL = re.compile(r"\b([a-z]\w*)\(")
_SLICE = re.compile(r"{%-?\s*if is_slice\(\)\s*-?%}.*?(?={%-?\s*(?:else|endif))", re.DOTALL)
"""What only a build on top of the last one reads, to see which rows it makes anew: where the rows come from is the same."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column as its model's YAML describes it."""

    name: str
    type: str
    description: str


@dataclass(frozen=True, slots=True)
class Model:
    """A dbt model.

    Attributes:
        name: its name.
        folder: the folder of `models/` it is in: staging, intermediate, rules, semantic or marts.
        description: Chinese, a slash, English.
        columns: as described.
        parents: models, seeds, landing datasets (`landing.<name>`) and operations records (`operations.<name>`) that it reads.
    """

    name: str
    folder: str
    description: str
    columns: tuple[Column, ...]
    parents: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Exposure:
    """Something outside dbt that reads models."""

    name: str
    label: str
    description: str
    models: tuple[str, ...]


def read_models(project: Path = DBT_PROJECT) -> dict[str, Model]:
    """All models by name, as far as files tell: refs in the SQL of a model and of the macros it calls."""
    docs = _read_docs(project)
    described = {
        row["name"]: row
        for path in sorted(project.glob("models/**/*.yml"))
        for row in yaml.safe_load(path.read_text(encoding="utf-8")).get("models") or ()
    }
    macros = _read_macros(project)
    models = {}
    for path in sorted(project.glob("models/**/*.sql")):
        row = described.get(path.stem, {})
        columns = tuple(
            Column(
                column["name"], str(column.get("data_type", "")), _text(column.get("description", ""), docs)
            )
            for column in row.get("columns", ())
        )
        folder = path.relative_to(project / "models").parts[0]
        parents = tuple(sorted(_parents(path.read_text(encoding="utf-8"), macros) - {path.stem}))
        models[path.stem] = Model(
            path.stem, folder, _text(row.get("description", ""), docs), columns, parents
        )
    return models


def read_exposures(project: Path = DBT_PROJECT) -> tuple[Exposure, ...]:
    """What outside dbt reads models, in order of name."""
    rows: list[Mapping[str, Any]] = [
        row
        for path in sorted(project.glob("models/**/*.yml"))
        for row in yaml.safe_load(path.read_text(encoding="utf-8")).get("exposures") or ()
    ]
    return tuple(
        Exposure(
            row["name"],
            row.get("label") or row["name"],
            " ".join(row["description"].split()),
            tuple(found[1] for ref in row["depends_on"] if (found := _REF.search(ref))),
        )
        for row in sorted(rows, key=lambda row: row["name"])
    )


def roots(models: Mapping[str, Model], name: str) -> tuple[str, ...]:
    """The landing datasets, operations records and seeds that a model rests on in the end."""
    seen: set[str] = set()
    waiting = [name]
    while waiting:
        for parent in models[waiting.pop()].parents:
            if parent not in seen:
                seen.add(parent)
                if parent in models:
                    waiting.append(parent)
    return tuple(sorted(parent for parent in seen if parent not in models))


def users(models: Iterable[Model], name: str) -> tuple[str, ...]:
    """The models that read a model."""
    return tuple(model.name for model in models if name in model.parents)


def _read_docs(project: Path) -> Mapping[str, str]:
    text = "\n".join(path.read_text(encoding="utf-8") for path in sorted(project.glob("models/**/*.md")))
    return dict(re.findall(r"{% docs (\w+) %}(.*?){% enddocs %}", text, re.DOTALL))


def _text(description: str, docs: Mapping[str, str]) -> str:
    return " ".join(_DOC.sub(lambda found: docs[found[1]], description).split())


def _read_macros(project: Path) -> Mapping[str, str]:
    text = "\n".join(path.read_text(encoding="utf-8") for path in sorted(project.glob("macros/**/*.sql")))
    return {found[1]: found[0] for found in _MACRO.finditer(_SLICE.sub("", _COMMENT.sub("", text)))}


def _parents(sql: str, macros: Mapping[str, str]) -> set[str]:
    """What SQL reads, by itself and through the macros it calls."""
    found: set[str] = set()
    called: set[str] = set()
    # {{ … }} in a comment of SQL counts to dbt: it names what dbt can't see otherwise
    waiting = [_SLICE.sub("", _UNSEEN.sub("", sql))]
    while waiting:
        text = waiting.pop()
        found |= set(_REF.findall(text)) | {".".join(names) for names in _SOURCE.findall(text)}
        new = (set(_CALL.findall(text)) & macros.keys()) - called
        called |= new
        waiting += [macros[name] for name in new]
    return found
