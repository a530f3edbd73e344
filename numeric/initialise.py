"""Initial values of parameters, by what the equations do with them.

    a parameter                          starts as
    named gamma                          ones (a scale that changes nothing)
    summed over some of its axes         normal, standard deviation by the rule below
    of rank two or more, not summed      standard normal (rows that are looked up)
    any other                            zeros (a bias)

    rule      standard deviation            source
    he        sqrt(2/fan_in)                He, Zhang, Ren and Sun 2015, arXiv:1502.01852, eq. 10
    xavier    sqrt(2/(fan_in + fan_out))    Glorot and Bengio 2010, AISTATS, eq. 12

``fan_in`` is the number of products of the parameter that are added up into one output:
the extents of the axes that a sum binds. ``fan_out`` is the number of outputs that one input
takes part in: the extents of all axes but those that name an axis of the other factor.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import prod, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from derive.errors import OptionRefused
from derive.expr import Node, Read, Reduce, children, reads
from derive.program import Program

Array = NDArray[Any]

RULES: Mapping[str, Callable[[int, int], float]] = {
    "he": lambda fan_in, _: sqrt(2 / max(fan_in, 1)),
    "xavier": lambda fan_in, fan_out: sqrt(2 / max(fan_in + fan_out, 1)),
}
SCALES = frozenset({"gamma"})


def initial(
    program: Program, name: str, shape: tuple[int, ...], rule: str, rng: np.random.Generator
) -> Array:
    """Draw the initial value of the parameter ``name`` in float64.

    Raises:
        OptionRefused: if there is no such rule.
    """
    if rule not in RULES:
        raise OptionRefused(
            f"there is no initialisation rule '{rule}'", remedy=f"use {' or '.join(RULES)}"
        )
    if name in SCALES:
        return np.ones(shape)
    fans = _fans(program, name, shape)
    if fans is not None:
        return RULES[rule](*fans) * rng.standard_normal(shape)
    return rng.standard_normal(shape) if len(shape) >= 2 else np.zeros(shape)


def _fans(program: Program, name: str, shape: tuple[int, ...]) -> tuple[int, int] | None:
    """``(fan_in, fan_out)``, or None where no sum runs over an axis of the parameter."""
    for equation in program.equations:
        for found, term in _summed(equation.expr, name, None):
            bound = {i for i in found.indices if i.index in term.indices}
            others = {i for r in reads(term) if r.array != name for i in r.indices}
            if bound:
                axes = list(zip(found.indices, shape, strict=True))
                fan_in = prod(size for index, size in axes if index in bound)
                return fan_in, prod(size for index, size in axes if index not in bound & others)
    return None


def _summed(node: Node, name: str, term: Reduce | None) -> list[tuple[Read, Reduce]]:
    """Every read of ``name`` under a sum, with the innermost such sum."""
    if isinstance(node, Read):
        return [(node, term)] if node.array == name and term is not None else []
    inner = node if isinstance(node, Reduce) and node.op in ("sum", "mean") else term
    return [pair for part in children(node) for pair in _summed(part, name, inner)]
