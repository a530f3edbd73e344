"""What the right side of an equation means at many places at once, in arrays of a library.

A value is an exact ``Fraction`` as long as only literals and sizes are in it, a NumPy vector of
plain numbers where an index or a label is, and a vector of the library as soon as an element or
a function is: one number for each place of the scope. Only what the language says is looked at
is evaluated: a conditional splits the places, ``where`` drops some, so nothing that is off the
grid or out of a domain is ever computed, and no gradient goes through it.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import numpy as np

from derive.syntax import (
    Call,
    Chain,
    Compare,
    Condition,
    Element,
    Expr,
    Iverson,
    Name,
    Negation,
    Number,
    Power,
    Reduction,
    Select,
    Size,
)
from numeric.interpret.machine import Place
from numeric.oracles.libraries import Array, Library, Tensor
from numeric.oracles.positions import labels, positions
from numeric.oracles.schedule import Recorder
from numeric.oracles.scope import Scope

Value = Any  # Fraction, Array or Tensor


class Evaluator:
    """The elements of a program known so far, and what expressions over them are.

    Attributes:
        machine: the sizes, hyperparameters and labels.
        library: what to compute with.
        places: for every array where in its vector each element stands.
        vectors: the elements of every array of reals.
    """

    def __init__(
        self, machine: Recorder, library: Library, given: Mapping[str, tuple[list[Place], Tensor]]
    ) -> None:
        self.machine, self.library = machine, library
        self.pads = {pad.array: pad.value for pad in machine.tree.pads}
        # an array may be read, as its pad, before any element of it is known
        names = (*given, *machine.definitions)
        self.places: dict[str, dict[Place, int]] = {name: {} for name in names}
        self.vectors: dict[str, Tensor] = dict.fromkeys(names, library.array(np.zeros(0)))
        for name, (places, vector) in given.items():
            self.add(name, tuple(places), vector)

    def add(self, array: str, places: tuple[Place, ...], vector: Tensor) -> None:
        """Note elements that have been computed."""
        known = self.places[array]
        known.update({place: len(known) + k for k, place in enumerate(places)})
        self.vectors[array] = self.library.join([self.vectors[array], vector])

    def read(self, array: str, indices: tuple[Expr, ...], scope: Scope) -> Value:
        """Elements of an array, on or off its grid."""
        if array not in self.places:
            return labels(self.machine, array, indices, scope)
        axes = [positions(self.machine, index, scope).tolist() for index in indices]
        known, vector = self.places[array], self.vectors[array]
        places = zip(*axes, strict=True) if axes else [()] * scope.count
        rows = np.array([known.get(place, len(known)) for place in places], dtype=np.int64)
        if (rows == len(known)).any():
            pad = self.pads[array]
            edge = -np.inf if pad is None else float(pad)
            vector = self.library.join([vector, self.library.array(np.array([edge]))])
        return self.library.take(vector, rows)

    def vector(self, value: Value, count: int) -> Tensor:
        """A value as a vector of the library."""
        if isinstance(value, Fraction):
            value = np.full(count, float(value))
        return self.library.array(value) if type(value) is np.ndarray else value

    def numbers(self, value: Value, count: int) -> Array:
        """A value as plain numbers."""
        if isinstance(value, Fraction):
            return np.full(count, float(value))
        return value if type(value) is np.ndarray else self.library.values(value)

    def take(self, value: Value, rows: Array) -> Value:
        """A value at some of its places."""
        if isinstance(value, Fraction):
            return value
        return value[rows] if type(value) is np.ndarray else self.library.take(value, rows)

    def alike(self, left: Value, right: Value) -> tuple[Value, Value]:
        """Two operands such that the operators of Python take them."""
        if isinstance(left, Fraction) and isinstance(right, Fraction):
            return left, right
        if (type(left) in _BARE) != (type(right) in _BARE):
            return self._lifted(left), self._lifted(right)
        return _bare(left), _bare(right)

    def _lifted(self, value: Value) -> Value:
        return self.library.array(value) if type(value) is np.ndarray else _bare(value)


# Without a derivative. By exact type: a library may have its own kind of NumPy array.
_BARE = (Fraction, np.ndarray)


def value(of: Evaluator, node: Expr, scope: Scope) -> Value:
    """The value of ``node`` at every place of the scope."""
    return _RULES[type(node)](of, node, scope)


def vector(of: Evaluator, node: Expr, scope: Scope) -> Tensor:
    """The value of ``node`` at every place, as a vector of the library."""
    return of.vector(value(of, node, scope), scope.count)


def holds(of: Evaluator, node: Condition, scope: Scope) -> Array:
    """Where a condition holds; ``and`` and ``or`` look further only where that is open."""
    if isinstance(node, Compare):
        left, right = (
            of.numbers(value(of, s, scope), scope.count) for s in (node.left, node.right)
        )
        return _COMPARISONS[node.op](left, right)
    if node.op == "not":
        return ~holds(of, node.args[0], scope)
    found = np.full(scope.count, node.op == "and")
    for part in node.args:
        still = np.flatnonzero(found if node.op == "and" else ~found)
        found[still] = holds(of, part, scope.pick(still, of.take))
    return found


def _bare(value: Value) -> Value:
    return float(value) if isinstance(value, Fraction) else value


# ---- leaves and operators -----------------------------------------------------------------


def _name(of: Evaluator, node: Name, scope: Scope) -> Value:
    if node.name in scope.parameters:
        return scope.parameters[node.name]
    if node.name in scope.indices:
        return scope.indices[node.name].astype(float)
    if node.name in of.machine.parameters:
        return of.machine.parameters[node.name]
    constant = _CONSTANTS.get(node.name)
    if constant is not None:
        return np.full(scope.count, constant)
    return of.read(node.name, (), scope)


def _chain(of: Evaluator, node: Chain, scope: Scope) -> Value:
    if any(op in ("//", "%") for op, _ in node.rest):
        return positions(of.machine, node, scope)
    total = value(of, node.first, scope)
    for op, operand in node.rest:
        left, right = of.alike(total, value(of, operand, scope))
        total = _OPERATORS[op](left, right)
    return total


def _power(of: Evaluator, node: Power, scope: Scope) -> Value:
    base, exponent = value(of, node.base, scope), value(of, node.exponent, scope)
    if isinstance(exponent, Fraction):
        whole = exponent.denominator == 1
        return _bare(base) ** (int(exponent) if whole else float(exponent))
    return of.library.power(of.vector(base, scope.count), of.vector(exponent, scope.count))


def _call(of: Evaluator, node: Call, scope: Scope) -> Value:
    args = [vector(of, arg, scope) for arg in node.args]
    declared = of.machine.functions.get(node.function)
    if declared is None:
        return of.library.functions[node.function](*args)
    names = (parameter.name for parameter in declared.parameters)
    inner = Scope(scope.count, {}, dict(zip(names, args, strict=True)))
    return value(of, declared.body, inner)


def _select(of: Evaluator, node: Select, scope: Scope) -> Value:
    found = holds(of, node.condition, scope)
    yes, no = np.flatnonzero(found), np.flatnonzero(~found)
    parts = [
        vector(of, branch, scope.pick(rows, of.take))
        for branch, rows in ((node.then, yes), (node.other, no))
        if len(rows)
    ]
    if len(parts) < 2:
        return parts[0] if parts else of.library.array(np.zeros(0))
    return of.library.take(of.library.join(parts), np.argsort(np.concatenate([yes, no])))


# ---- reductions ---------------------------------------------------------------------------


def _reduction(of: Evaluator, node: Reduction, scope: Scope) -> Value:
    """One row of members for each place, the unit of the reduction where ``where`` drops one."""
    names = tuple(index.name for index in node.indices)
    inner = scope.bind(names, [of.machine.size(i.name, i.span) for i in node.indices], of.take)
    kept = np.full(inner.count, True) if node.where is None else holds(of, node.where, inner)
    rows = np.flatnonzero(kept)
    members = vector(of, node.body, inner.pick(rows, of.take))
    operation = _ALIASES.get(node.op, node.op)
    unit = of.library.array(np.array([_UNITS[operation]]))
    spread = np.full(inner.count, len(rows))
    spread[rows] = np.arange(len(rows))
    table = of.library.take(of.library.join([members, unit]), spread).reshape((scope.count, -1))
    if node.op.startswith("arg"):
        best = np.argmax if node.op == "argmax" else np.argmin
        return best(of.library.values(table), axis=1).astype(float)
    if operation == "sum" and inner.count == 0:
        return Fraction(0)
    found = of.library.reductions[operation](table)
    if node.op != "mean":
        return found
    return found / of.library.array(kept.reshape((scope.count, -1)).sum(axis=1))


_UNITS = {"sum": 0.0, "prod": 1.0, "max": -np.inf, "min": np.inf, "logsumexp": -np.inf}
_ALIASES = {"mean": "sum", "argmax": "max", "argmin": "min"}
_CONSTANTS = {"pi": np.pi, "inf": np.inf}
_OPERATORS: Mapping[str, Callable[[Value, Value], Value]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}
_COMPARISONS: Mapping[str, Callable[[Array, Array], Array]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_RULES: Mapping[type, Callable[..., Value]] = {
    Number: lambda of, node, scope: node.value,
    Name: _name,
    Element: lambda of, node, scope: of.read(node.array, node.indices, scope),
    Size: lambda of, node, scope: Fraction(of.machine.size(node.index, node.span)),
    Call: _call,
    Negation: lambda of, node, scope: -value(of, node.operand, scope),
    Chain: _chain,
    Power: _power,
    Iverson: lambda of, node, scope: holds(of, node.condition, scope).astype(float),
    Select: _select,
    Reduction: _reduction,
}
