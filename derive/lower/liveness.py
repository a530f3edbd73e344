"""What is computed where: nothing that no one needs, and nothing saved that can be left.

Forward computes what its outputs need. Backward computes what the gradients need beyond that.
``saved`` is what backward reads of the arrays that forward was given or has computed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from derive.expr import index_exprs, reads
from derive.index import Label
from derive.program import Equation, Program

Needs = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Split:
    """The names of the arrays that each function computes, and of those handed over.

    Attributes:
        forward: computed by forward, in order of the equations.
        backward: computed by backward, in order of the equations.
        saved: read by backward and known to forward: given ones first, in declared order.
    """

    forward: tuple[str, ...]
    backward: tuple[str, ...]
    saved: tuple[str, ...]


def split(
    program: Program,
    outputs: Iterable[str],
    gradients: Iterable[str],
    cotangents: Iterable[str],
) -> Split:
    """Divide the equations of ``program``, the forward and cotangent equations in one."""
    needs = _needs(program)
    forward = _closure(outputs, needs)
    seeds = frozenset(cotangents)
    given = frozenset(a.name for a in program.arrays)
    backward: dict[str, None] = {}
    saved: dict[str, None] = {}
    waiting = list(gradients)
    while waiting:
        name = waiting.pop()
        if name in seeds or name in backward or name in saved:
            continue
        if name in given or name in forward:
            saved[name] = None
        else:
            backward[name] = None
            waiting.extend(needs[name])
    computed = tuple(dict.fromkeys(e.name for e in program.equations))
    declared = tuple(a.name for a in program.arrays)
    return Split(
        forward=tuple(n for n in computed if n in forward),
        backward=tuple(n for n in computed if n in backward),
        saved=tuple(n for n in (*declared, *computed) if n in saved),
    )


def mentioned(equation: Equation) -> tuple[str, ...]:
    """Every array that an equation reads, integer labels included, each once."""
    found = [read.array for read in reads(equation.expr)]
    inside = (*index_exprs(equation.expr), *equation.indices)
    found += [a.array for expr in inside for a in expr.atoms() if isinstance(a, Label)]
    return tuple(dict.fromkeys(found))


def _needs(program: Program) -> Needs:
    needs: dict[str, tuple[str, ...]] = {}
    for equation in program.equations:
        needs[equation.name] = (*needs.get(equation.name, ()), *mentioned(equation))
    return needs


def _closure(names: Iterable[str], needs: Needs) -> frozenset[str]:
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name in needs and name not in found:
            found.add(name)
            waiting.extend(needs[name])
    return frozenset(found)
