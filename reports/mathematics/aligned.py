r"""A whole program as one LaTeX display, to paste into a document that loads amsmath."""

from __future__ import annotations

from collections.abc import Iterable

from derive.program import Equation
from reports.mathematics.latex import latex
from reports.mathematics.names import Names
from reports.mathematics.typeset import typeset_equation


def aligned(equations: Iterable[Equation], names: Names) -> str:
    r"""Give equations as an ``align*`` environment, one a line."""
    sides = (typeset_equation(equation, names) for equation in equations)
    rows = [f"  {latex(left)} &= {latex(right)}" for left, right in sides]
    return "\n".join([r"\begin{align*}", " \\\\\n".join(rows), r"\end{align*}"])
