"""The docstring of an emitted module: equations by number, symbols, conventions, sources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from textwrap import wrap

from derive import conventions
from derive.index import Size
from derive.program import Equation, Program
from derive.text import expr_text, left_text
from numeric.emit.integers import integer
from numeric.names import Names

WIDTH = 88
_EQUATION_INDENT = 7


def docstring(
    program: Program,
    hypers: Mapping[str, float | Fraction],
    forward: Sequence[Equation],
    backward: Sequence[Equation],
    names: Names,
) -> str:
    """The text between the quotes, escaped.

    Args:
        program: the program as it was written, with its title and sources.
        hypers: the numbers of its hyperparameters.
        forward: its equations, numbered from 1 on.
        backward: the cotangent equations, numbered on from there.
        names: the letters that stand for extents.
    """
    title = _sentence(" ".join(program.title.split()) or "Forward and backward equations")
    lines = [*wrap(title, WIDTH - 3), "", "Forward", *_numbered(forward, 1)]
    if backward:
        lines += ["", "Backward", *_numbered(backward, len(forward) + 1)]
    lines += ["", "Arrays", *_arrays(program, names)]
    numbers = [", ".join(f"{n} = {float(v):g}" for n, v in hypers.items())] if hypers else []
    for heading, rows in (
        ("Sizes", _sizes(program, names)),
        ("Hyperparameters", numbers),
        ("Conventions", conventions.words(program)),
        ("Sources", list(program.sources)),
        ("Notes", list(program.notes)),
    ):
        if rows:
            lines += ["", heading, *(line for row in rows for line in _entry(row))]
    return "\n".join(_escaped(line) for line in lines)


def equation_text(equation: Equation) -> str:
    """An equation as a line of the language."""
    return f"{left_text(equation.name, equation.indices)} = {expr_text(equation.expr)}"


def _numbered(equations: Sequence[Equation], first: int) -> list[str]:
    lines = []
    for number, equation in enumerate(equations, first):
        label = f"({number})".ljust(_EQUATION_INDENT - 2)
        lines += wrap(
            equation_text(equation),
            WIDTH,
            initial_indent=f"  {label}",
            subsequent_indent=" " * (_EQUATION_INDENT + 4),
            break_on_hyphens=False,
        )
    return lines


def _arrays(program: Program, names: Names) -> list[str]:
    rows = [(a.role, a.name, a.axes, " integers" if a.integer else "") for a in program.arrays]
    rows += [("output", name, program.axes(name), "") for name in program.outputs]
    width = max(len(left_text(name, ())) for _, name, _, _ in rows)
    return [
        line
        for role, name, axes, kind in rows
        for line in _entry(f"{role:<6} {name:<{width}}  {shape_text(axes, names)}{kind}")
    ]


def shape_text(axes: Sequence[str], names: Names) -> str:
    """A shape in letters, ``(N, J)``."""
    inside = ", ".join(names.sizes[a] for a in axes)
    return f"({inside},)" if len(axes) == 1 else f"({inside})"


def _sizes(program: Program, names: Names) -> list[str]:
    """Extents that are computed, and letters that are not those of their index."""
    rows = [
        f"{names.sizes[i]} = {integer(extent, names)}"
        for i, extent in program.extents
        if not isinstance(extent.atom, Size) and extent.constant is None
    ]
    axes = dict.fromkeys(axis for a in program.arrays for axis in a.axes)
    return rows + [
        f"{names.sizes[a]} = size({a})" for a in axes if names.sizes[a] != a.upper()
    ]


def _entry(row: str) -> list[str]:
    return wrap(
        row, WIDTH, initial_indent="  ", subsequent_indent="    ", drop_whitespace=True,
        replace_whitespace=True,
    )  # fmt: skip


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _escaped(line: str) -> str:
    """Free text that can neither end the docstring nor hide in it."""
    shown = line.replace("\\", "\\\\").replace('"', "'")
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in shown)
