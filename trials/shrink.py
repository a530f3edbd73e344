"""A smaller program that still does what a larger one did."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, cast

import derive
from derive.expr import ONE, Expr, Node, children, rebuild
from derive.program import Equation, Program

CONDITIONS = ("Compare", "Logic")


def smaller(text: str, is_found: Callable[[str], bool]) -> str:
    """The smallest text reached by leaving parts out, for which ``is_found`` still holds.

    A part is an equation, an output, a declaration or an expression (one of its own parts, or 1,
    takes its place). ``is_found`` is only asked about texts that are programs.
    """
    while True:
        found = next((t for t in _parts_left_out(text) if is_found(t)), None)
        if found is None:
            return text
        text = found


def _parts_left_out(text: str) -> Iterator[str]:
    program = derive.parse(text)
    for candidate in _candidates(program):
        try:
            shorter = str(derive.parse(_tidied(str(candidate))))
        except (derive.DeriveError, KeyError):
            continue
        if len(shorter) < len(text):
            yield shorter


def _candidates(program: Program) -> Iterator[Program]:
    for equation in program.equations:
        left = tuple(e for e in program.equations if e.name != equation.name)
        outputs = tuple(o for o in program.outputs if o != equation.name)
        if outputs and left:
            yield replace(program, equations=left, outputs=outputs)
    for output in program.outputs[1:]:
        yield replace(program, outputs=tuple(o for o in program.outputs if o != output))
    for field in ("hypers", "pads", "assumptions", "agreements", "notes", "sources", "arrays"):
        rows = getattr(program, field)
        for row in rows:
            fewer: dict[str, Any] = {field: tuple(r for r in rows if r != row)}
            yield replace(program, **fewer)
    for place, equation in enumerate(program.equations):
        for expr in _simpler(equation.expr):
            changed = Equation(equation.name, equation.indices, cast(Expr, expr))
            rows = program.equations
            yield replace(program, equations=(*rows[:place], changed, *rows[place + 1 :]))


def _simpler(node: Node) -> Iterator[Node]:
    """The node with one part left out, the largest first."""
    parts = children(node)
    if type(node).__name__ not in CONDITIONS and parts:
        yield from (part for part in parts if type(part).__name__ not in CONDITIONS)
        yield ONE
    if type(node).__name__ in ("Add", "Mul", "Logic") and len(parts) > 2:
        for left_out in range(len(parts)):
            yield rebuild(node, parts[:left_out] + parts[left_out + 1 :])
    for place, part in enumerate(parts):
        for simpler in _simpler(part):
            yield rebuild(node, (*parts[:place], simpler, *parts[place + 1 :]))


def _tidied(text: str) -> str:
    """Without the declarations of extents that nothing needs any more."""
    lines = text.splitlines()
    return "\n".join(lines)
