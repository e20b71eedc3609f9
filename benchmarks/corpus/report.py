"""One generated report: figures, text and tables together, and its truth."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Any

from benchmarks.corpus.figures import FigureOptions, Figures, draw_figures, draw_options
from benchmarks.corpus.narrative import Narrative, draw_agency, draw_narrative
from benchmarks.corpus.tables import (
    LabelStyle,
    Table,
    draw_style,
    proactive_table,
    requests_table,
    review_table,
)
from benchmarks.corpus.truth import broken_identities, truth_cells


@dataclass(frozen=True, slots=True)
class Report:
    """A report ready to be printed."""

    figures: Figures
    narrative: Narrative
    tables: dict[str, Table]
    notes: dict[str, Any] = field(default_factory=dict)

    def truth(self) -> dict[str, Any]:
        """The truth file's content."""
        wrong = [c.as_json() for c in self.narrative.claims if c.agrees is False]
        return {
            "agency": self.narrative.agency,
            "year": self.narrative.year if self.narrative.agency else None,
            "generation": self.figures.options.generation,
            "cells": truth_cells(self.figures),
            "claims": [c.as_json() for c in self.narrative.claims],
            "broken": broken_identities(self.figures),
            "disagreeing_claims": wrong,
            "injected": [
                {
                    "rule": i.rule,
                    "metric": i.metric,
                    "applicant": i.applicant,
                    "expected": int(i.expected),
                    "found": int(i.found),
                }
                for i in self.figures.injected
            ],
            "notes": self.notes,
        }


def assemble(
    figures: Figures, narrative: Narrative, style: LabelStyle, notes: dict[str, Any] | None = None
) -> Report:
    """Lay out the tables and put the report together."""
    tables = {
        "二": proactive_table(figures, style),
        "三": requests_table(figures, style),
        "四": review_table(figures, style),
    }
    return Report(figures, narrative, tables, notes or {})


def draw_report(rng: Random, options: FigureOptions | None = None, style: LabelStyle | None = None) -> Report:
    """Draw a whole report: figures, agency, year, text, label style."""
    chosen = options or draw_options(rng)
    usual = (2019, 2020) if chosen.generation == "2019" else (2021, 2022, 2023, 2024, 2025)
    odd = (2021, 2022) if chosen.generation == "2019" else (2020,)
    year = rng.choice(odd if rng.random() < 0.06 else usual)
    figures = draw_figures(rng, chosen)
    narrative = draw_narrative(rng, figures, draw_agency(rng), year, disagree=rng.random() < 0.12)
    return assemble(figures, narrative, style or draw_style(rng))
