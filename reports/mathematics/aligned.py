r"""A whole program as one LaTeX display, to paste into a document that loads amsmath."""

from __future__ import annotations

from derive.program import Program
from reports.mathematics.latex import latex
from reports.mathematics.names import names_of
from reports.mathematics.typeset import typeset_equation


def aligned(program: Program) -> str:
    r"""Give the equations of ``program`` as an ``align*`` environment, one a line."""
    names = names_of(program)
    sides = (typeset_equation(equation, names) for equation in program.equations)
    rows = [f"  {latex(left)} &= {latex(right)}" for left, right in sides]
    return "\n".join([r"\begin{align*}", " \\\\\n".join(rows), r"\end{align*}"])
