"""The forward equations, numbered, with their matrix forms."""

from __future__ import annotations

from derive.program import Equation
from reports.document import Block, Display, Line, Paragraph, Section
from reports.equations import Derived
from reports.mathematics.names import spoken
from reports.mathematics.typeset import typeset_equation
from reports.matrix import Forms


def forward(equations: Derived, forms: Forms) -> tuple[Block, ...]:
    """Give the forward equations as they are differentiated and computed, then as matrices."""
    ordered = sorted(equations.forward, key=equations.place)
    several = len(ordered) > 1
    lines = [
        line(equation, equations, _shape(equation, equations) if several else "")
        for equation in ordered
    ]
    blocks: list[Block] = [
        Section("Forward equations" if several else "Forward equation"),
        Display(tuple(lines)),
    ]
    found = [forms.of(equation) for equation in ordered]
    matrices = tuple(Line(form.left, form.right) for form in found if form is not None)
    if matrices:
        blocks += [Paragraph(("For whole matrices:",)), Display(matrices)]
    return tuple(blocks)


def line(equation: Equation, equations: Derived, note: str) -> Line:
    """Give the line of an equation with its number."""
    left, right = typeset_equation(equation, equations.names)
    return Line(left, right, note, equations.numbers.get(equation, ""))


def _shape(equation: Equation, equations: Derived) -> str:
    if equation.is_start:
        return "start"
    return " × ".join(f"|{spoken(i.name, equations.names)}|" for i in equation.free) or "scalar"
