"""The statutory form in memory: frozen, validated when loaded.

Source: the YAML files beside this module, one a generation plus `shared.yaml`. A new generation is a new file
`generation_<name>.yaml`; nothing here changes.
"""

from __future__ import annotations

from functools import cache, cached_property
from importlib import resources
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

Section = Literal["proactive", "requests", "review"]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Applicant(_Frozen):
    """An applicant column of section three: key, printed label, English name, further spellings."""

    key: str
    zh: str
    en: str
    variants: tuple[str, ...] = ()


class Column(_Frozen):
    """A value column of section two or four.

    Attributes:
        signed: the value may be negative or carry a sign (`.change`).
        stock: a level at a point in time, not a flow of the year: not added over years.
        unit_printed: whether the printed header names the unit; where not, a bare number has no known unit.
    """

    key: str
    zh: str
    en: str
    unit: str = "件"
    variants: tuple[str, ...] = ()
    signed: bool = False
    stock: bool = False
    unit_printed: bool = True


class ProactiveRow(_Frozen):
    """A row of section two; its metrics are `<key>.<column key>`."""

    key: str
    zh: str
    en: str
    variants: tuple[str, ...] = ()


class ProactiveBlock(_Frozen):
    """One 第二十条 block of section two: its columns and rows."""

    article: str
    columns: tuple[Column, ...]
    rows: tuple[ProactiveRow, ...]


class Row(_Frozen):
    """A row of section three: one metric with a cell for each applicant.

    Attributes:
        label: as the form prints it; `zh` is the name people read, which stands without its group.
        path: keys of the group labels printed above it.
        alternative: rows with the same name here are printed together; a report prints one alternative.
    """

    key: str
    label: str
    zh: str
    en: str
    path: tuple[str, ...] = ()
    variants: tuple[str, ...] = ()
    stock: bool = False
    alternative: str | None = None


class RowGroup(_Frozen):
    """A label printed over several rows of section three."""

    key: str
    label: str
    variants: tuple[str, ...] = ()


class RequestTable(_Frozen):
    """Section three: rows and the labels over them."""

    unit: str
    rows: tuple[Row, ...]
    groups: tuple[RowGroup, ...]


class Identity(_Frozen):
    """An arithmetic identity of the form.

    Either `total` = sum of `parts`; or sum of `left` = sum of `right`; or, with `across: applicants`, for each
    row below `over` the `total` applicant = sum of the other applicants.
    """

    rule: str
    total: str | None = None
    parts: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    right: tuple[str, ...] = ()
    over: str | None = None
    across: Literal["applicants"] | None = None

    @model_validator(mode="after")
    def _one_shape(self) -> Identity:
        if [bool(self.total), bool(self.left), bool(self.over)].count(True) != 1:
            raise ValueError(f"identity {self.rule}: give one of total+parts, left+right, over+across")
        return self


class Rule(_Frozen):
    """A rule that findings name.

    Attributes:
        scope: report (tested inside one), history (across reports), text (claims).
        kind: what sort of test it is.
        section: the section of the form it is about, if it is about one.
        sentence_zh: what a finding means, for people.
        first_year: report years before it are outside the rule; `generations`: only reports on these forms are in it (none:
            on any).
    """

    key: str
    zh: str
    en: str
    scope: Literal["report", "history", "text"]
    severity: Literal["critical", "report", "warn"]
    kind: Literal["identity", "value", "form", "text", "years", "copy", "revision"]
    section: Section | None = None
    definition_zh: str
    sentence_zh: str
    first_year: int | None = None
    generations: tuple[str, ...] = ()


class Heading(_Frozen):
    """A section heading of the report; `pattern` matches other wordings behind the section's number."""

    key: str
    number: str
    pattern: str
    zh: str
    variants: tuple[str, ...] = ()


class Labelled(_Frozen):
    """A header label: key, printed label, English name, further spellings."""

    key: str = ""
    zh: str
    en: str = ""
    variants: tuple[str, ...] = ()


class Group(_Frozen):
    """A sum of cells that running text may restate; `members` are metric keys or `prefix.*`."""

    key: str
    zh: str
    members: tuple[str, ...] = ()


class Metric(_Frozen):
    """A metric of the form, derived from its row and column.

    Attributes:
        name_zh, name_en: names that stand alone.
        label: what is printed at the row (and column) in the form.
        section: proactive, requests or review; `by_applicant`: has the seven applicant cells.
        group: the key above it (`requests.denied`, `proactive.rules`, …).
        additivity: `flow` adds over agencies and years, `stock` over agencies only.
        generations: those that print it.
        order: position in the form.
    """

    key: str
    name_zh: str
    name_en: str
    label: str
    section: Section
    group: str
    unit: str
    by_applicant: bool
    signed: bool
    unit_printed: bool
    additivity: Literal["flow", "stock"]
    alternative: str | None
    generations: tuple[str, ...]
    order: int


class Shared(_Frozen):
    """What both generations have in common (`shared.yaml`)."""

    applicants: tuple[Applicant, ...]
    applicant_header: dict[str, tuple[str, ...]]
    sections: tuple[Heading, ...]
    review_columns: tuple[Column, ...]
    review_heads: tuple[Labelled, ...]
    litigation_head: Labelled
    groups: tuple[Group, ...]
    not_applicable: tuple[str, ...]
    rules: tuple[Rule, ...]


class Years(_Frozen):
    """Report years a generation is meant for; `last` null: still in use."""

    first: int
    last: int | None = None


class Generation(_Frozen):
    """One generation of the form with what all generations share."""

    name: str = Field(alias="generation")
    authority: str
    years: Years
    proactive: tuple[ProactiveBlock, ...]
    requests: RequestTable
    identities: tuple[Identity, ...]
    shared: Shared

    def metrics(self) -> tuple[Metric, ...]:
        """Every metric of this generation in printed order, both alternatives of `requests.other` included."""
        return self._all_metrics

    @cached_property
    def _all_metrics(self) -> tuple[Metric, ...]:
        return _metrics(self)

    def metric(self, key: str) -> Metric:
        """The metric of that key; KeyError if this generation does not print it."""
        return _metrics_by_key(self.name)[key]

    def applicant_keys(self, metric: Metric) -> tuple[str, ...]:
        """The applicant keys of a metric's cells: the seven of section three, else `all`."""
        return tuple(a.key for a in self.shared.applicants) if metric.by_applicant else ("all",)

    def expected_cells(self, alternative: str | None) -> tuple[tuple[str, str], ...]:
        """(metric key, applicant key) of every cell a report of this generation has.

        Args:
            alternative: which alternative rows are printed (`other_three`, `other_one`); None: the form's first.
        """
        names = list(self._cells_by_alternative)
        return self._cells_by_alternative[alternative if alternative in names else names[0]]

    @cached_property
    def _cells_by_alternative(self) -> dict[str | None, tuple[tuple[str, str], ...]]:
        """Cells of a report by which of the alternative rows is printed; one entry if there are no alternatives."""
        names: list[str | None] = list(dict.fromkeys(m.alternative for m in self.metrics() if m.alternative))
        return {
            chosen: tuple(
                (metric.key, applicant)
                for metric in self.metrics()
                if metric.alternative in (None, chosen)
                for applicant in self.applicant_keys(metric)
            )
            for chosen in names or [None]
        }

    def covers(self, year: int) -> bool:
        """Whether a report of that year should use this generation."""
        return self.years.first <= year and (self.years.last is None or year <= self.years.last)


class Form(_Frozen):
    """All generations, oldest first."""

    generations: tuple[Generation, ...]

    @property
    def shared(self) -> Shared:
        """What all generations have in common."""
        return self.generations[0].shared

    def generation(self, name: str) -> Generation:
        """The generation of that name; KeyError if there is none."""
        for generation in self.generations:
            if generation.name == name:
                return generation
        raise KeyError(name)

    def metrics(self) -> tuple[Metric, ...]:
        """Every metric of any generation once, newest generation's order first, with the generations that print it."""
        merged: dict[str, Metric] = {}
        for generation in reversed(self.generations):
            for metric in generation.metrics():
                seen = merged.get(metric.key)
                if seen is None:
                    merged[metric.key] = metric.model_copy(update={"order": len(merged)})
                else:
                    names = (*metric.generations, *seen.generations)
                    merged[metric.key] = seen.model_copy(update={"generations": names})
        return tuple(merged.values())

    def rule(self, key: str) -> Rule:
        """The rule of that key; KeyError if there is none."""
        for rule in self.shared.rules:
            if rule.key == key:
                return rule
        raise KeyError(key)


def _metrics(generation: Generation) -> tuple[Metric, ...]:
    metrics: list[Metric] = []

    def add(**facts: Any) -> None:
        metrics.append(Metric(generations=(generation.name,), order=len(metrics), **facts))

    for block in generation.proactive:
        for row in block.rows:
            for column in block.columns:
                add(
                    key=f"{row.key}.{column.key}",
                    name_zh=f"{row.zh}：{column.zh}",
                    name_en=f"{row.en}: {column.en}",
                    label=f"{block.article} {row.zh} {column.zh}",
                    section="proactive",
                    group=row.key,
                    unit=column.unit,
                    by_applicant=False,
                    signed=column.signed,
                    unit_printed=column.unit_printed,
                    additivity="stock" if column.stock else "flow",
                    alternative=None,
                )
    for item in generation.requests.rows:
        add(
            key=item.key,
            name_zh=item.zh,
            name_en=item.en,
            label=item.label,
            section="requests",
            group=f"requests.{item.path[-1]}" if len(item.path) > 1 else "requests",
            unit=generation.requests.unit,
            by_applicant=True,
            signed=False,
            unit_printed=True,
            additivity="stock" if item.stock else "flow",
            alternative=item.alternative,
        )
    for head in generation.shared.review_heads:
        for column in generation.shared.review_columns:
            add(
                key=f"{head.key}.{column.key}",
                name_zh=f"{head.zh}：{column.zh}",
                name_en=f"{head.en}: {column.en}",
                label=f"{head.zh} {column.zh}",
                section="review",
                group=head.key,
                unit=column.unit,
                by_applicant=False,
                signed=False,
                unit_printed=True,
                additivity="flow",
                alternative=None,
            )
    return tuple(metrics)


@cache
def _metrics_by_key(generation: str) -> dict[str, Metric]:
    return {metric.key: metric for metric in load_form().generation(generation).metrics()}


@cache
def load_form() -> Form:
    """The form from the package's YAML files.

    Raises:
        pydantic.ValidationError: a YAML file with an unknown key or an impossible value; the message names it.
    """
    folder = resources.files("extract.form")
    shared = yaml.safe_load((folder / "shared.yaml").read_text(encoding="utf-8"))
    files = sorted(f.name for f in folder.iterdir() if f.name.startswith("generation_"))
    return Form.model_validate(
        {
            "generations": [
                {**yaml.safe_load((folder / name).read_text(encoding="utf-8")), "shared": shared}
                for name in files
            ]
        }
    )
