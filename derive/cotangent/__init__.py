"""From forward equations to backward equations."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from derive.canonical import canonical_expr
from derive.constants import check_constants
from derive.cotangent.assemble import Accumulator
from derive.cotangent.growth import check_growth
from derive.cotangent.prepare import prepare
from derive.cotangent.story import Line, as_steps
from derive.expr import ZERO, reads
from derive.extent import runs_over
from derive.program import Array, Pad, Program
from derive.scope import settle, without_unused_rows
from derive.simplify import PIPELINE

__all__ = ["adjoint", "prepare"]


def adjoint(program: Program) -> Program:
    """Derive the backward equations of a program.

    The result takes what ``program`` takes and a cotangent ``dy`` for every output ``y``, and
    gives a gradient ``dx`` for every input and param ``x``. It is an ordinary program: it
    prints, parses again, builds, and can be differentiated again. ``steps`` tells how each
    equation came about. (Reverse accumulation: Griewank and Walther 2008, ch. 3.)

    Raises:
        DeriveError: if an equation has no derivative rule, an output is not computed, or the
            equations that come out are too many times longer than those that went in.
    """
    found = Accumulator(prepare(program), program.outputs)
    found.run()
    derived = frozenset(e.name for e in found.equations)
    backward = _unsimplified(program.title, found)
    check_growth(found.forward, backward)
    lines = list(found.lines)
    for step in PIPELINE:
        before = {e.name: e for e in backward.equations}
        backward = step.run(backward, derived)
        lines += [
            Line(step.rule, e, step.reason)
            for e in backward.equations
            if e.name in derived and e != before.get(e.name)
        ]
    told = _worth_telling(lines, backward)
    cotangents = derived | set(found.names.given.values())
    backward = replace(backward, pads=_pads(backward, cotangents, found.off_grid))
    steps = as_steps(backward, told)
    settled = without_unused_rows(settle(backward))
    written = tuple(replace(e, expr=canonical_expr(e.expr)) for e in settled.equations)
    adjoint_program = replace(settled, equations=written, steps=steps)
    check_constants(adjoint_program)
    return adjoint_program


def _worth_telling(lines: list[Line], backward: Program) -> list[Line]:
    """The lines of equations that are left, of those put into others, and of what these read."""
    last = {line.equation.name: line.equation.expr for line in lines}
    read: dict[str, set[str]] = {}
    for line in lines:
        found = read.setdefault(line.equation.name, set())
        found.update(r.array for r in reads(line.equation.expr))
    kept = {e.name for e in backward.equations} | {n for n, expr in last.items() if expr != ZERO}
    pending = [name for name in kept if name in read]
    while pending:
        more = read[pending.pop()] & read.keys() - kept
        kept |= more
        pending += more
    return [line for line in lines if line.equation.name in kept]


def _unsimplified(title: str, found: Accumulator) -> Program:
    forward = found.forward
    given = tuple(
        Array(found.names.given[inside], forward.axes(inside))
        for inside in dict.fromkeys(forward.outputs)
    )
    return replace(
        forward,
        arrays=(*forward.arrays, *given),
        equations=(*forward.equations, *found.helpers, *found.equations),
        outputs=tuple(found.names.gradients.values()),
        claims=(),
        title=f"Adjoint of {title}" if title else "",
    )


def _pads(program: Program, cotangents: frozenset[str], off_grid: set[str]) -> tuple[Pad, ...]:
    """The pads that say "a read off the grid is zero" for everything a cotangent meets there."""
    pads = {pad.array: pad for pad in program.pads}
    present = {e.name for e in program.equations} | {a.name for a in program.arrays}
    for equation in program.equations:
        for read in reads(equation.expr) if equation.name in cotangents else ():
            axes = program.axes(read.array)
            inside = all(runs_over(program, i, a) for i, a in zip(read.indices, axes, strict=True))
            if read.array in cotangents | off_grid and not inside:
                pads.setdefault(read.array, Pad(read.array, Fraction(0)))
    return tuple(p for p in pads.values() if p.array in present)
