"""How long it takes to compose a report of many equations and to write it."""

from __future__ import annotations

from dataclasses import dataclass

import derive
import numeric
from benchmarks.pipeline.chains import chain
from benchmarks.pipeline.stages import seconds
from reports.document import Display, Document
from reports.equations import derived
from reports.html import html
from reports.pdf import pdf
from reports.story import Material, compose

# Three dense layers after each other have this many displayed equations, and these goals: seconds
# to compose the report and to write it, and bytes of its page.
LAYERS, DISPLAYED = 3, 60
WITHIN, LARGEST = 2.0, 500_000


@dataclass(frozen=True, slots=True)
class ReportTiming:
    """Seconds to compose a report and to write it, displayed equations, and bytes of its page."""

    displayed: int
    compose: float
    html: float
    pdf: float
    size: int

    @property
    def total(self) -> float:
        """To compose it and to write its page."""
        return self.compose + self.html


def material() -> Material:
    """Derive, build and check what the report is on."""
    program = derive.parse(chain(LAYERS))
    return Material(
        "chain",
        derived(program),
        numeric.build(program).source,
        numeric.check(program, fast=True),
        {},
    )


def displayed(document: Document) -> int:
    """Count the displayed equations."""
    return sum(len(block.lines) for block in document.blocks if isinstance(block, Display))


def report_timing(repeats: int) -> ReportTiming:
    """Measure a report with its plots; what it is on is derived, built and checked before."""
    found = material()
    document = compose(found)
    return ReportTiming(
        displayed(document),
        seconds(lambda: compose(found), repeats),
        seconds(lambda: html(document), repeats),
        seconds(lambda: pdf(document), repeats),
        len(html(document).encode()),
    )
