"""Where equations can fall ill: what is cut off at zero, and what levels off at both ends.

Found by what the equations say, not by names of layers: ``relu(z)``, ``max(z, 0)`` and
``z if z > 0 else 0`` are the same; a function levels off if its row in ``derive.functions`` has
two asymptotes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count

from derive.expr import ZERO, Add, Call, Compare, Div, Expr, Mul, Node, Power, Read, Select, reads
from derive.functions import FUNCTIONS
from derive.program import Equation, Program
from derive.text import expr_text


@dataclass(frozen=True, slots=True)
class Site:
    """A place in the equations of a step.

    Attributes:
        array: where its value stands in the program of ``observed``.
        text: the place as it is written.
        ends: the two asymptotes; None of what is cut off at zero.
        keeps: whether a recurrence is multiplied by it: near its upper end it keeps a state.
    """

    array: str
    text: str
    ends: tuple[int, int] | None
    keeps: bool = False


def observed(program: Program) -> tuple[Program, tuple[Site, ...]]:
    """The program with the first output and the value of every site as outputs; the sites."""
    taken = {a.name for a in program.arrays} | {e.name for e in program.equations}
    fresh = (name for k in count(1) if (name := f"site{k}") not in taken)
    sites: list[Site] = []
    more: list[Equation] = []
    for equation in program.equations:
        if equation.is_start:
            continue
        for node in _sites(equation.expr):
            name = equation.name if node == equation.expr else next(fresh)
            if name != equation.name:
                more.append(Equation(name, equation.indices, node))
            text = str(equation) if name == equation.name else expr_text(node)
            keeps = _multiplies_a_state(program, equation.name)
            sites.append(Site(name, text, _ends(node), keeps))
    outputs = dict.fromkeys([program.outputs[0], *(site.array for site in sites)])
    watched = replace(
        program,
        equations=(*program.equations, *more),
        outputs=tuple(outputs),
        claims=(),
        steps=(),
    )
    return watched, tuple(sites)


def _sites(node: Node) -> Iterator[Expr]:
    """The sites of an expression that is read at every place: not under a sum or a condition."""
    if is_cut_off(node) or (isinstance(node, Call) and _ends(node)):
        yield node  # type: ignore[misc]  # both are expressions
    parts: tuple[Node, ...] = ()
    match node:
        case Add(terms):
            parts = terms
        case Mul(factors):
            parts = factors
        case Div(a, b) | Power(a, b):
            parts = (a, b)
        case Call(_, args):
            parts = args
    for part in parts:
        yield from _sites(part)


def is_cut_off(node: Node) -> bool:
    """Whether an expression is the larger of another and zero."""
    match node:
        case Call("relu", _):
            return True
        case Call("max", args):
            return ZERO in args
        case Select(Compare(">" | ">=", left, right), then, other) if right == ZERO:
            return then == left and other == ZERO
        case Select(Compare("<" | "<=", left, right), then, other) if right == ZERO:
            return other == left and then == ZERO
    return False


def _ends(node: Node) -> tuple[int, int] | None:
    return FUNCTIONS[node.name].asymptotes if isinstance(node, Call) else None


def _multiplies_a_state(program: Program, name: str) -> bool:
    """Whether some array is computed from its own earlier values times ``name``."""
    for equation in program.equations:
        terms = equation.expr.terms if isinstance(equation.expr, Add) else (equation.expr,)
        for term in terms:
            factors = term.factors if isinstance(term, Mul) else ()
            arrays = {f.array for f in factors if isinstance(f, Read)}
            if {name, equation.name} <= arrays:
                return True
    return False


# ---- units --------------------------------------------------------------------------------------


def unit_axes(program: Program, fed: str, before: tuple[bool, ...]) -> dict[str, tuple[bool, ...]]:
    """For each axis of each computed array whether it tells units apart: parameters have it too.

    Other axes tell samples, steps or places apart, at which the same unit stands. ``before`` says
    the same of the array that is fed.
    """
    params = {a.name for a in program.arrays if a.role == "param"}
    found, known = {fed: before}, dict[str, tuple[bool, ...]]()
    while found != known:  # until nothing is added: recurrences read what stands below
        known = dict(found)
        for equation in program.equations:
            if not equation.is_start:
                found[equation.name] = _axes(equation, params, found)
    return found


def _axes(
    equation: Equation, params: set[str], found: dict[str, tuple[bool, ...]]
) -> tuple[bool, ...]:
    units = {
        index.index
        for read in reads(equation.expr)
        for place, index in enumerate(read.indices)
        if index.index is not None
        and (read.array in params or (read.array in found and found[read.array][place]))
    }
    return tuple(index.index in units for index in equation.indices)
