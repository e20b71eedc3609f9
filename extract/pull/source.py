"""Sources as data: one YAML file a source under `sources/`, or a path as an unnamed directory source.

A file is laid over the shared defaults of `sources/defaults.yaml` and must fit the model of its kind.
"""

from __future__ import annotations

import types
from collections.abc import Hashable, Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Union, get_args, get_origin

import yaml
from pydantic import BaseModel, TypeAdapter, ValidationError

from extract.pull.directory import DirectorySource
from extract.pull.kinds import MODELS
from extract.pull.schema import Source, SourceError
from gongkai.settings import PROJECT_ROOT

__all__ = [
    "SOURCES",
    "Source",
    "SourceError",
    "all_sources",
    "enabled_sources",
    "json_schema",
    "load_source",
    "source_names",
]

SOURCES = PROJECT_ROOT / "sources"
DEFAULTS = "defaults.yaml"
EVERY_KIND = "every_kind"
"""Section of the defaults that holds for all kinds; the others are named after a kind."""

_REASONS = {
    "missing": "缺少这个键 / missing",
    "string_type": "应为文本，数字要加引号 / text is needed, numbers in quotes",
    "string_pattern_mismatch": "格式不对 / does not fit the pattern {pattern}",
    "int_type": "应为整数 / a whole number is needed",
    "int_parsing": "应为整数 / a whole number is needed",
    "float_parsing": "应为数字 / a number is needed",
    "bool_parsing": "应为 true 或 false / true or false is needed",
    "literal_error": "只能是 {expected} / must be one of these",
    "greater_than_equal": "不能小于 {ge} / must not be below",
    "greater_than": "必须大于 {gt} / must be above",
    "less_than_equal": "不能大于 {le} / must not be above",
    "less_than": "必须小于 {lt} / must be below",
    "model_type": "应为若干键值 / a mapping of keys is needed",
    "value_error": "{error}",
}
_ADDRESS = {"address": "https://example.gov.cn/{page}"}
_REQUIRED: Mapping[str, Mapping[str, Any]] = {
    "directory": {"path": "samples"},
    "listing": _ADDRESS,
    "manifest": _ADDRESS,
    "sitemap": {**_ADDRESS, "match": {"address": "x"}},
    "rss": _ADDRESS,
    "json": {**_ADDRESS, "list": {"items": "x", "address": "x"}},
}
"""What each kind can't do without, to try the defaults with."""


def load_source(spec: str) -> Source:
    """A source by name (a file in `sources/`) or by path (a directory source named after its folder, without a place).

    Raises:
        SourceError: no such source or path, or a settings file with unknown keys or impossible values.
    """
    file = SOURCES / f"{spec}.yaml"
    if "/" not in spec and "\\" not in spec and file.name != DEFAULTS and file.is_file():
        return _read(file)
    path = Path(spec).expanduser()
    if path.exists():
        resolved = path.resolve()
        return DirectorySource(
            name=resolved.name or "root", kind="directory", path=str(resolved), unnamed_path=str(resolved)
        )
    names = ", ".join(sorted(f.stem for f in _files())) or "none"
    raise SourceError(f"{spec}: neither a file or folder nor a source in sources/ (there: {names})")


def source_names() -> list[str]:
    """Names of all files in `sources/`, sound or not."""
    return [file.stem for file in _files()]


def all_sources() -> list[Source]:
    """Every source in `sources/`, by name.

    Raises:
        SourceError: a file is wrong.
    """
    return [_read(file) for file in _files()]


def enabled_sources() -> list[str]:
    """Names of the sources that nightly loads pull."""
    return [source.name for source in all_sources() if source.enabled]


def json_schema() -> dict[str, Any]:
    """What a source's file may hold, as JSON Schema, for editors."""
    union: Any = Union[tuple(MODELS.values())]  # noqa: UP007 - made at run time
    schema = TypeAdapter(union).json_schema()
    for definition in schema.get("$defs", {}).values():
        definition.get("properties", {}).pop("unnamed_path", None)
        if "required" in definition:
            definition["required"] = [key for key in definition["required"] if key != "name"]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "gongkai source", **schema}


def _files() -> list[Path]:
    return sorted(file for file in SOURCES.glob("*.yaml") if file.name != DEFAULTS)


def _read(file: Path) -> Source:
    defaults = _defaults(file.with_name(DEFAULTS))
    settings = _yaml(file)
    kind = settings.get("kind", "directory")
    model = MODELS.get(kind) if isinstance(kind, str) else None
    if model is None:
        raise SourceError(
            f"{file.name}：kind: {kind!r} 不认识，可用 / unknown kind, allowed: {', '.join(sorted(MODELS))}"
        )
    if settings.get("name", file.stem) != file.stem:
        raise SourceError(
            f"{file.name}：name: {settings['name']!r} 与文件名不同；来源以文件名为名 / the file's name is the source's"
        )
    laid = _over(_over(defaults.get(EVERY_KIND, {}), defaults.get(kind, {})), settings)
    return _validated(file.name, model, {"name": file.stem, **laid, "kind": kind})


def _defaults(file: Path) -> Mapping[str, Any]:
    """The shared defaults, themselves checked against the models."""
    return _checked_defaults(file, file.stat().st_mtime_ns) if file.is_file() else {}


@lru_cache(maxsize=4)
def _checked_defaults(file: Path, _changed: int) -> Mapping[str, Any]:
    sections = _yaml(file)
    for section, settings in sections.items():
        if section != EVERY_KIND and section not in MODELS:
            allowed = ", ".join([EVERY_KIND, *sorted(MODELS)])
            raise SourceError(
                f"{file.name}：不认识的键 {section}，可用 / unknown key {section}, allowed: {allowed}"
            )
        if not isinstance(settings, dict):
            raise SourceError(f"{file.name}：{section} 应为若干键值 / a mapping of keys is needed")
        for kind, model in MODELS.items():
            if section in (EVERY_KIND, kind):
                probe = {**_REQUIRED[kind], "name": section, "kind": kind}
                _validated(file.name, model, _over(probe, settings))
    return sections


def _validated(file: str, model: type[Source], settings: Mapping[str, Any]) -> Source:
    try:
        return model.model_validate(settings)
    except ValidationError as error:
        raise SourceError(_sentence(file, model, error)) from error


def _sentence(file: str, model: type[BaseModel], error: ValidationError) -> str:
    """Every mistake with file and key, in Chinese and English."""
    told = []
    for mistake in error.errors(include_url=False):
        key = ".".join(str(part) for part in mistake["loc"]) or "（整个文件）"
        if mistake["type"] == "extra_forbidden":
            allowed = ", ".join(_allowed(model, mistake["loc"][:-1]))
            told.append(f"{file}：不认识的键 {key}，可用的键 / unknown key {key}, allowed: {allowed}")
            continue
        reason = _REASONS.get(mistake["type"], "{msg}")
        words = {"msg": mistake["msg"], **mistake.get("ctx", {})}
        told.append(f"{file}：{key}：{reason.format_map(words)}")
    return "\n".join(dict.fromkeys(told))


def _allowed(model: type[BaseModel], path: Iterable[int | str]) -> list[str]:
    """The keys that the model (or what is below it at a path) has."""
    for part in path:
        field = model.model_fields.get(str(part))
        found = _model_in(field.annotation) if field else None
        if found is not None:
            model = found
    return sorted(name for name in model.model_fields if name not in ("name", "unnamed_path"))


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) in (Union, types.UnionType):
        return next((found for part in get_args(annotation) if (found := _model_in(part))), None)
    return None


def _over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """One mapping laid over another, mappings inside likewise; lists are replaced."""
    laid = dict(below)
    for key, value in above.items():
        beneath = laid.get(key)
        both = isinstance(beneath, dict) and isinstance(value, dict)
        laid[key] = _over(beneath, value) if both else value  # type: ignore[arg-type]
    return laid


class _Loader(yaml.SafeLoader):
    """YAML in which a key said twice is a mistake, not the last one's word."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = key_node.value
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"键 {key} 写了两次 / key {key} is said twice", key_node.start_mark
                )
            seen.add(key)
        return super().construct_mapping(node, deep)


def _yaml(file: Path) -> dict[str, Any]:
    try:
        settings = yaml.load(file.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506 - a SafeLoader
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise SourceError(f"{file.name}：不是有效的 YAML / not valid YAML: {error}") from error
    if settings is not None and not isinstance(settings, dict):
        raise SourceError(f"{file.name}：应为若干键值 / a mapping of keys is needed")
    return settings or {}
