"""Initial values of parameters, by what the equations do with them.

    a parameter                          starts as
    named gamma                          ones (a scale that changes nothing)
    summed over some of its axes         by the rule below
    of rank two or more, not summed      standard normal (rows that are looked up)
    added in the gate of a state         ``forget_bias``, if one is given
    any other                            zeros (a bias)

    rule        values                                       source
    he          normal, deviation sqrt(2/fan_in)             He, Zhang, Ren and Sun 2015,
                                                             arXiv:1502.01852, eq. 10
    xavier      normal, deviation sqrt(2/(fan_in + fan_out)) Glorot and Bengio 2010, AISTATS, eq. 12
    orthogonal  orthonormal rows or columns, whichever are   Saxe, McClelland and Ganguli 2013,
                fewer, uniform among all such                arXiv:1312.6120, sec. 3

``fan_in`` is the number of products of the parameter that are added up into one output:
the extents of the axes that a sum binds. ``fan_out`` is the number of outputs that one input
takes part in: the extents of all axes but those that name an axis of the other factor. As a
matrix a parameter has the axes that are summed as columns, all others as rows.

The gate of a state is the sigmoid that a recurrence is multiplied by: ``f`` in
``c[t] = f[t]*c[t-1] + ...``. A bias of 1 or more keeps the state, and its gradient, from the
start (Jozefowicz, Zaremba and Sutskever 2015, ICML, sec. 2.2).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from math import prod, sqrt
from typing import Any, Union

import numpy as np
from numpy.typing import NDArray

from derive.errors import OptionRefused
from derive.expr import Add, Call, Expr, Mul, Node, Read, Reduce, children, reads
from derive.program import Equation, Program

Array = NDArray[Any]
# One rule for all weights, or rules by the names of parameters.
Rule = Union[str, Mapping[str, str]]
DEFAULT = "he"
SCALES = frozenset({"gamma"})


@dataclass(frozen=True, slots=True)
class Weight:
    """A parameter that sums run over.

    Attributes:
        shape: its extents.
        bound: for each axis whether a sum binds it.
        fan_in: products added up into one output.
        fan_out: outputs that one input takes part in.
    """

    shape: tuple[int, ...]
    bound: tuple[bool, ...]
    fan_in: int
    fan_out: int


def _he(weight: Weight, rng: np.random.Generator) -> Array:
    return sqrt(2 / max(weight.fan_in, 1)) * rng.standard_normal(weight.shape)


def _xavier(weight: Weight, rng: np.random.Generator) -> Array:
    spread = sqrt(2 / max(weight.fan_in + weight.fan_out, 1))
    return spread * rng.standard_normal(weight.shape)


def _orthogonal(weight: Weight, rng: np.random.Generator) -> Array:
    order = sorted(range(len(weight.shape)), key=lambda axis: weight.bound[axis])
    columns = prod(n for n, bound in zip(weight.shape, weight.bound, strict=True) if bound)
    rows = prod(weight.shape) // max(columns, 1)
    tall = rng.standard_normal((max(rows, columns), min(rows, columns)))
    q, r = np.linalg.qr(tall)
    # without the signs of the diagonal the draw is not uniform (Mezzadri 2007, Notices of the
    # AMS 54(5), sec. 4)
    q *= np.where(np.diagonal(r) < 0, -1, 1)
    matrix = q if rows >= columns else q.T
    turned = matrix.reshape([weight.shape[axis] for axis in order])
    return np.ascontiguousarray(turned.transpose(np.argsort(order)))


RULES: Mapping[str, Callable[[Weight, np.random.Generator], Array]] = {
    "he": _he,
    "xavier": _xavier,
    "orthogonal": _orthogonal,
}


def initial(  # noqa: PLR0913, PLR0917  what decides a value
    program: Program,
    name: str,
    shape: tuple[int, ...],
    rule: Rule,
    rng: np.random.Generator,
    forget_bias: float | None = None,
) -> Array:
    """Draw the initial value of the parameter ``name`` in float64.

    Raises:
        OptionRefused: if there is no such rule.
    """
    draw = RULES[_known(rule if isinstance(rule, str) else rule.get(name, DEFAULT))]
    if name in SCALES:
        return np.ones(shape)
    weight = _weight(program, name, shape)
    if weight is not None:
        return draw(weight, rng)
    if len(shape) >= 2:
        return rng.standard_normal(shape)
    gate = forget_bias is not None and name in gate_biases(program)
    return np.full(shape, forget_bias if gate else 0.0)


def refuse_rules(layer: str, program: Program, rule: Rule, forget_bias: float | None) -> None:
    """Refuse rules that are none, or are for what the program does not have.

    Raises:
        OptionRefused: if so.
    """
    parameters = [a.name for a in program.arrays if a.role == "param"]
    for name, found in {"": rule}.items() if isinstance(rule, str) else rule.items():
        _known(found)
        if name and name not in parameters:
            near = get_close_matches(name, parameters, 1) or parameters
            raise OptionRefused(
                f"{layer} has no parameter '{name}' to draw by the rule {found}",
                remedy=f"use {', '.join(near)}" if near else "leave the rule out",
            )
    if forget_bias is not None and not gate_biases(program):
        raise OptionRefused(
            f"{layer} has no forget gate: no recurrence is multiplied by a sigmoid with a bias",
            remedy="leave forget_bias out",
        )


def _known(rule: str) -> str:
    if rule in RULES:
        return rule
    *others, last = RULES
    raise OptionRefused(
        f"there is no initialisation rule '{rule}'",
        remedy=f"use {', '.join(others)} or {last}",
    )


# ---- what sums run over -------------------------------------------------------------------------


def _weight(program: Program, name: str, shape: tuple[int, ...]) -> Weight | None:
    """What sums do with a parameter, or None where no sum runs over an axis of it."""
    for equation in program.equations:
        for found, term in _summed(equation.expr, name, None):
            summed = tuple(i.index in term.indices for i in found.indices)
            if not any(summed):
                continue
            others = {i for r in reads(term) if r.array != name for i in r.indices}
            axes = list(zip(found.indices, shape, summed, strict=True))
            fan_in = prod(size for _, size, bound in axes if bound)
            fan_out = prod(size for index, size, bound in axes if not (bound and index in others))
            return Weight(shape, summed, fan_in, fan_out)
    return None


def _summed(node: Node, name: str, term: Reduce | None) -> list[tuple[Read, Reduce]]:
    """Every read of ``name`` under a sum, with the innermost such sum."""
    if isinstance(node, Read):
        return [(node, term)] if node.array == name and term is not None else []
    inner = node if isinstance(node, Reduce) and node.op in ("sum", "mean") else term
    return [pair for part in children(node) for pair in _summed(part, name, inner)]


# ---- gates --------------------------------------------------------------------------------------


def gate_biases(program: Program) -> tuple[str, ...]:
    """The biases of the sigmoids that recurrences are multiplied by."""
    parameters = {a.name for a in program.arrays if a.role == "param"}
    found = (
        term.array
        for equation in program.equations
        for gate in _gates(program, equation)
        for term in (gate.terms if isinstance(gate, Add) else (gate,))
        if isinstance(term, Read) and term.array in parameters
    )
    return tuple(dict.fromkeys(found))


def _gates(program: Program, equation: Equation) -> Iterator[Expr]:
    """What stands in the sigmoids that ``equation`` multiplies its own earlier values by."""
    expr = equation.expr
    for term in expr.terms if isinstance(expr, Add) else (expr,):
        factors = term.factors if isinstance(term, Mul) else ()
        earlier = (isinstance(f, Read) and f.array == equation.name for f in factors)
        for factor in factors if any(earlier) else ():
            value = factor
            if isinstance(factor, Read) and factor.array != equation.name:
                defined = program.definition(factor.array)
                value = factor if defined is None else defined.expr
            if isinstance(value, Call) and value.name == "sigmoid":
                yield value.args[0]
