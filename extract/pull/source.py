"""Sources as data: one YAML file a source under `sources/`, or a path as an unnamed directory source."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from extract.pull.expected import Expected
from gongkai.settings import PROJECT_ROOT

SOURCES = PROJECT_ROOT / "sources"


class SourceError(Exception):
    """A source that does not exist or whose settings are wrong; the sentence says which and what to do."""


class Source(BaseModel):
    """Where documents come from.

    Attributes:
        name: the source's name; rows in the warehouse carry it.
        kind: how it is pulled.
        path: for `directory`: a folder or file, relative to the checkout or absolute.
        place: code of the division whose agencies report here; settles names that occur more than once.
        enabled: whether nightly loads pull it by themselves.
        title: what people read (Chinese).
        expected: which agencies must file here.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1)
    kind: Literal["directory"] = "directory"
    path: str
    place: str | None = Field(default=None, pattern=r"^\d{2,12}$")
    enabled: bool = True
    title: str | None = None
    expected: Expected | None = None

    @property
    def hosts(self) -> tuple[str, ...]:
        """The hosts that are asked: none for a folder."""
        return ()

    @property
    def folder(self) -> Path:
        """The folder or file itself."""
        return (PROJECT_ROOT / Path(self.path).expanduser()).resolve()


def load_source(spec: str) -> Source:
    """A source by name (a file in `sources/`) or by path (a directory source named after its folder, without a place).

    Raises:
        SourceError: no such source or path, or a settings file with unknown keys or impossible values.
    """
    file = SOURCES / f"{spec}.yaml"
    if "/" not in spec and "\\" not in spec and file.is_file():
        return _read(file)
    path = Path(spec).expanduser()
    if path.exists():
        resolved = path.resolve()
        return Source(name=resolved.name, path=str(resolved))
    names = ", ".join(sorted(f.stem for f in SOURCES.glob("*.yaml"))) or "none"
    raise SourceError(f"{spec}: neither a file or folder nor a source in sources/ (there: {names})")


def enabled_sources() -> list[str]:
    """Names of the sources that nightly loads pull."""
    return [source.name for file in sorted(SOURCES.glob("*.yaml")) if (source := _read(file)).enabled]


def _read(file: Path) -> Source:
    try:
        settings = yaml.safe_load(file.read_text(encoding="utf-8"))
        return Source.model_validate({"name": file.stem, **(settings or {})})
    except (yaml.YAMLError, ValidationError, TypeError) as error:
        raise SourceError(f"{file.name}: {error}") from error
