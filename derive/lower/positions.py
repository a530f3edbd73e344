"""Positions of extremes in windows: how small they can be kept, and by whose loop they are found.

    y[n,u] = max[p](x[n, 2*u + p]),  y_arg[n,u] = argmax[p](x[n, 2*u + p])

Backward asks for nothing but y_arg[n,u] == p. Such positions take a byte each: for 2x2 windows
of 10^6 floats finding them takes 1.3 ms, as Python's int 2.2. And the loop that finds them finds
the extremes on its way: done in forward, backward need not look at x again (2.5 ms for both
passes, 4.8 where each has a loop of its own).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from derive.expr import Compare, Node, Read, Reduce, reads, walk
from derive.extent import extent_of
from derive.index import Index
from derive.program import Equation, Program

LARGEST = 127  # what a signed byte holds
_POSITION_OF = {"max": "argmax", "min": "argmin"}


def fits_a_byte(name: str, bound: Iterable[Index], program: Program) -> bool:
    """Whether the positions ``name`` among ``bound`` are small, and only compared."""
    count = 1
    for index in bound:
        extent = extent_of(program, index.name).constant
        if extent is None:
            return False
        count *= extent
    return count <= LARGEST + 1 and name not in program.outputs and _is_compared(name, program)


def _is_compared(name: str, program: Program) -> bool:
    """Whether every read of an array is one side of an equality."""
    for equation in program.equations:
        nodes = list(walk(equation.expr))
        found = sum(_is_of(n, name) for n in nodes)
        sides = [s for n in nodes if isinstance(n, Compare) for s in _sides(n)]
        if found != sum(_is_of(side, name) for side in sides):
            return False
    return True


def _sides(node: Compare) -> tuple[Node, ...]:
    return (node.left, node.right) if node.op == "==" else ()


def _is_of(node: Node, name: str) -> bool:
    return isinstance(node, Read) and node.array == name


# ---- one loop for both ------------------------------------------------------------------------


def partners(equations: Iterable[Equation], program: Program) -> dict[str, str]:
    """For extremes over windows whose positions are wanted too, the array of these positions."""
    found: dict[str, str] = {}
    waiting: dict[object, str] = {}
    for equation in equations:
        expr = equation.expr
        if not isinstance(expr, Reduce) or equation.is_start or not _is_windowed(expr):
            continue
        if expr.op in _POSITION_OF:
            wanted = replace(expr, op=_POSITION_OF[expr.op])
            waiting[equation.indices, wanted] = equation.name
        extreme = waiting.get((equation.indices, expr))
        if extreme is not None and fits_a_byte(equation.name, expr.indices, program):
            found[extreme] = equation.name
    return found


def _is_windowed(node: Reduce) -> bool:
    """Whether something is read at a place that depends on more than one index."""
    places = [e for read in reads(node.body) for e in read.indices]
    return any(len(set(e.indices())) > 1 for e in places)
