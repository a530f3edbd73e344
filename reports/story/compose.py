"""The order of a report: facts, notation, forward, graph, derivation, code, proof, plots."""

from __future__ import annotations

from reports.document import Block, Document, Section
from reports.evaluation.lines import evaluated
from reports.figures import figures
from reports.figures.graph import graphs
from reports.matrix import forms
from reports.story.code import code
from reports.story.derivation import derivation
from reports.story.ending import reproduce
from reports.story.forward import forward
from reports.story.header import header
from reports.story.material import Material
from reports.story.notation import notation
from reports.story.proof import conventions, proof


def compose(material: Material, *, plots: bool = True) -> Document:
    """Arrange the report on one program, with its plots or without.

    Raises:
        UntrueEquality: where a line to be shown does not hold.
    """
    equations = material.equations
    program = equations.program
    held = evaluated(equations)
    found = forms(equations, held)
    ahead, back = forward(equations, found), derivation(equations, found)
    plotted = figures(material) if plots else ()
    drawn: tuple[Block, ...] = (Section("Plots"), *plotted) if plotted else ()
    blocks: tuple[Block, ...] = (
        *header(program, equations.names),
        *notation(equations, (*ahead, *back)),
        *ahead,
        Section("Computation graph"),
        *graphs(equations),
        *back,
        *conventions(program),
        *code(material),
        *proof(material.result, held, len(found.found)),
        *drawn,
        *reproduce(material),
    )
    return Document(
        title=program.title or material.name,
        subtitle="Backward equations, derived and checked",
        sources=program.sources,
        blocks=blocks,
    )
