"""What a notice says, as data (`wording.yaml`)."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

from extract.form import load_form

_FILE: Final = Path(__file__).with_name("wording.yaml")


class Part(BaseModel):
    """A part of a notice and the rules that it is about."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    heading: str
    rules: tuple[str, ...] = Field(min_length=1)


class Wording(BaseModel):
    """The words of a notice; see `wording.yaml`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str
    opening: str
    parts: tuple[Part, ...]
    closing: str
    attachment_title: str
    columns: tuple[str, ...]

    @model_validator(mode="after")
    def _known(self) -> Wording:
        known = {rule.key for rule in load_form().shared.rules}
        named = [rule for part in self.parts for rule in part.rules]
        if unknown := sorted(set(named) - known):
            raise ValueError(f"no such rule: {', '.join(unknown)}")
        if len(named) != len(set(named)):
            raise ValueError("a rule stands in two parts")
        return self

    @property
    def rules(self) -> tuple[str, ...]:
        """All rules that notices name."""
        return tuple(rule for part in self.parts for rule in part.rules)


@cache
def load_wording() -> Wording:
    """The wording.

    Raises:
        ValueError: the file is wrong.
    """
    return Wording.model_validate(yaml.safe_load(_FILE.read_text("utf-8")))
