"""Integer arithmetic between the brackets of a read, for many places at once.

Positions are floats, exact for integers of this size: not-a-number is off the grid, and
whatever is computed from it is too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from derive.errors import Span
from derive.syntax import Call, Chain, Element, Expr, Name, Negation, Number, Power, Size
from numeric.interpret.machine import Machine
from numeric.oracles.libraries import Array
from numeric.oracles.scope import Scope


def positions(machine: Machine, node: Expr, scope: Scope) -> Array:
    """The integer that ``node`` stands for at each place, or not-a-number off the grid."""
    found: Array = np.broadcast_to(_RULES[type(node)](machine, node, scope), (scope.count,))
    return found


def labels(machine: Machine, array: str, indices: tuple[Expr, ...], scope: Scope) -> Array:
    """The elements of an integer array."""
    places = [positions(machine, index, scope) for index in indices]
    rows = np.stack(places, axis=1).astype(int) if places else np.zeros((scope.count, 0), int)
    found = [machine.label(array, tuple(map(int, row)), _NOWHERE) for row in rows]
    return np.array(found, dtype=float)


_NOWHERE = Span(1, 1)


def _name(machine: Machine, node: Name, scope: Scope) -> Array | float:
    found = scope.indices.get(node.name)
    if found is not None:
        return found.astype(float)
    if node.name in machine.integers:
        return float(machine.integers[node.name])
    return labels(machine, node.name, (), scope)


def _chain(machine: Machine, node: Chain, scope: Scope) -> Array:
    total = positions(machine, node.first, scope)
    for op, operand in node.rest:
        total = _OPERATORS[op](total, positions(machine, operand, scope))
    return total


def _call(machine: Machine, node: Call, scope: Scope) -> Array:
    first, *others = (positions(machine, arg, scope) for arg in node.args)
    choose = {"min": np.minimum, "max": np.maximum}[node.function]
    for other in others:
        first = choose(first, other)
    return first


def _exact(a: Array, b: Array) -> Array:
    return np.where(a % b == 0, a // b, np.nan)


_OPERATORS: Mapping[str, Callable[[Array, Array], Array]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": _exact,
    "//": np.floor_divide,
    "%": np.mod,
}
_RULES: Mapping[type, Callable[..., Array | float]] = {
    Number: lambda machine, node, scope: float(node.value),
    Name: _name,
    Element: lambda machine, node, scope: labels(machine, node.array, node.indices, scope),
    Size: lambda machine, node, scope: float(machine.size(node.index, node.span)),
    Negation: lambda machine, node, scope: -positions(machine, node.operand, scope),
    Chain: _chain,
    Power: lambda machine, node, scope: (
        positions(machine, node.base, scope) ** positions(machine, node.exponent, scope)
    ),
    Call: _call,
}
