"""One alert: what it is about, how bad it is, and the identity by which it is known again the next night."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict

_KINDS: Final = Path(__file__).parent / "kinds.yaml"


class Severity(IntEnum):
    """How bad; the worst first when sorted."""

    critical = 0
    report = 1
    warn = 2
    info = 3

    @classmethod
    def of(cls, name: str) -> Self:
        """The severity of that name.

        Raises:
            KeyError: there is none.
        """
        return cls[name]


SEVERITY_ZH: Final = {
    Severity.critical: "严重",
    Severity.report: "暂缓",
    Severity.warn: "警告",
    Severity.info: "提示",
}


class Kind(BaseModel):
    """A kind of alerts; see `kinds.yaml`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    zh: str
    severity: Literal["critical", "report", "warn", "info"] | None = None
    lasts: bool
    again_days: int | None = None


@cache
def kinds() -> dict[str, Kind]:
    """Every kind by its key."""
    content = yaml.safe_load(_KINDS.read_text("utf-8"))
    return {key: Kind.model_validate(each) for key, each in content.items()}


@dataclass(frozen=True, slots=True)
class Alert:
    """Something to tell.

    Attributes:
        identity: the same for the same matter, whichever load meets it: kind, rule, agency, year, cell or source.
        kind: a key of `kinds.yaml`.
        severity: how bad.
        message: the sentence, Chinese: who, which year, where, both numbers.
        subject: what several alerts may be about (an agency and year, a source): one entry in a message.
        rule: the rule or expectation broken, if any.
        source: name of the source, if it is about one.
        place: code of the division it is about.
        agency_key: the agency, if it is about one.
        year: the report year.
        position: where in the document, in words.
        weight: the larger, the worse, among alerts of one severity.
    """

    identity: str
    kind: str
    severity: Severity
    message: str
    subject: str = ""
    rule: str | None = None
    source: str | None = None
    place: str | None = None
    agency_key: str | None = None
    year: int | None = None
    position: str | None = None
    weight: float = 0.0

    @property
    def title(self) -> str:
        """The kind in words."""
        return kinds()[self.kind].zh


def alert_of(kind: str, identity: str, message: str, *, severity: str | None = None, **more: Any) -> Alert:
    """An alert of a kind, with the kind's severity unless the rule has its own.

    Raises:
        KeyError: an unknown kind or severity, or neither the kind nor the caller says how bad it is.
    """
    named = severity or kinds()[kind].severity
    if named is None:
        raise KeyError(f"{kind}: no severity")
    return Alert(f"{kind}|{identity}", kind, Severity.of(named), message, **more)
