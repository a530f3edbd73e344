"""Which expressions are above zero, or not below it, whatever the arrays hold.

Sums of squares, exponentials and the like: enough to see that ``sqrt(var[n] + eps)`` never
meets the singular point of the root. What cannot be seen is taken to be possible.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import cast

from derive.algebra import factors_of
from derive.expr import (
    Add,
    Call,
    Compare,
    Condition,
    Constant,
    Div,
    Expr,
    IndexValue,
    Iverson,
    Logic,
    Mul,
    Number,
    Parameter,
    Power,
    Read,
    Reduce,
    Select,
    map_index_exprs,
    walk,
)
from derive.index import Size
from derive.program import Program

_ABOVE = frozenset({"exp", "cosh", "sigmoid", "softplus"})
_NOT_BELOW = frozenset({"abs", "relu", "sqrt", "step"})
_WITHIN_ONE = frozenset({"sin", "cos", "tanh", "erf"})
# Definitions inside definitions are followed so far; deeper ones say nothing.
DEEPEST = 20


class Signs:
    """The signs of the values of one program.

    Args:
        program: for definitions, and for the defaults of hyperparameters.
        facts: expressions that the conditions around allow to be taken as above zero.
    """

    def __init__(self, program: Program, facts: frozenset[Expr] = frozenset()) -> None:
        self._program, self._facts = program, facts
        self._hypers: Mapping[str, Fraction] = {h.name: h.default for h in program.hypers}

    def given(self, condition: Condition | None) -> Signs:
        """The same where a condition holds."""
        return Signs(self._program, self._facts | frozenset(_above(condition)))

    def positive(self, node: Expr, depth: int = 0) -> bool:
        """Whether ``node`` is above zero, as far as can be seen."""
        return node in self._facts or self._sign(node, depth) > 0

    def nonnegative(self, node: Expr, depth: int = 0) -> bool:
        """Whether ``node`` is not below zero, as far as can be seen."""
        return node in self._facts or self._sign(node, depth) >= 0

    def _sign(self, node: Expr, depth: int) -> int:  # noqa: PLR0911, PLR0912  a line per node
        """1 above zero, 0 not below, -1 unknown."""
        if depth > DEEPEST:
            return -1
        match node:
            case Number(value):
                return (value > 0) - (value < 0)
            case Constant():
                return 1
            case Parameter(name):
                return 1 if self._hypers.get(name, -1) > 0 else -1
            case IndexValue(expr):
                return 1 if isinstance(expr.atom, Size) else -1
            case Iverson():
                return 0
            case Read():
                return self._read(node, depth)
            case Add(terms):
                signs = [self._of(term, depth) for term in terms]
                return _sum(terms) if min(signs) < 0 else max(signs)
            case Mul(factors):
                return min(self._of(factor, depth) for factor in factors)
            case Div(above, below):
                return min(self._of(above, depth), self._of(below, depth))
            case Power(base, exponent):
                return self._power(base, exponent, depth)
            case Call(name, args):
                return self._call(name, args, depth)
            case Select(condition, then, other):
                taken = self.given(condition)._of(then, depth)
                return min(taken, self._of(other, depth))
            case Reduce():
                return self._reduce(node, depth)
        raise TypeError(f"{type(node).__name__} has no sign: add it to derive.positive")

    def _of(self, node: Expr, depth: int) -> int:
        return 1 if node in self._facts else self._sign(node, depth + 1)

    def _read(self, node: Read, depth: int) -> int:
        found = self._program.definition(node.array)
        pad = self._program.pad(node.array)
        if found is None or self._program.starts(node.array) or pad is not None:
            return -1
        binds = any(isinstance(part, Reduce) for part in walk(found.expr))
        if binds or len(found.free) != len(node.indices):
            # facts speak of the indices around, which the definition calls otherwise
            return Signs(self._program)._sign(found.expr, depth + 1)
        here = dict(zip(found.free, node.indices, strict=True))
        there = map_index_exprs(found.expr, lambda e: e.substitute(here))
        return self._of(cast(Expr, there), depth)

    def _power(self, base: Expr, exponent: Expr, depth: int) -> int:
        sign = self._of(base, depth)
        whole = isinstance(exponent, Number) and exponent.value.denominator == 1
        if sign > 0:
            return 1
        return 0 if sign == 0 or (whole and exponent.value % 2 == 0) else -1  # type: ignore[union-attr]

    def _call(self, name: str, args: tuple[Expr, ...], depth: int) -> int:
        if name in _ABOVE:
            return 1
        if name in ("sqrt", "abs", "relu") and self._of(args[0], depth) > 0:
            return 1
        if name in _NOT_BELOW:
            return 0
        if name in ("max", "min"):
            signs = [self._of(arg, depth) for arg in args]
            return max(signs) if name == "max" else min(signs)
        return -1

    def _reduce(self, node: Reduce, depth: int) -> int:
        body = self.given(node.where)._of(node.body, depth)
        if node.op in ("mean", "max", "min", "prod"):
            return body
        if node.op == "sum":
            # over no members a sum is zero
            return body if node.where is None else min(body, 0)
        return 0 if node.op in ("argmax", "argmin") else -1


def _sum(terms: tuple[Expr, ...]) -> int:
    """The sign of a sum of numbers and of functions that stay within -1 and 1."""
    least = Fraction(0)
    for term in terms:
        scale, factors = factors_of(term)
        if not all(e > 0 and _within_one(base) for base, e in factors.items()):
            return -1
        least += -abs(scale) if factors else scale
    return (least > 0) - (least < 0)


def _within_one(node: Expr) -> bool:
    return isinstance(node, Call) and node.name in _WITHIN_ONE


def _above(condition: Condition | None) -> list[Expr]:
    """What a condition says to be above zero."""
    if isinstance(condition, Logic) and condition.op == "and":
        return [expr for part in condition.args for expr in _above(part)]
    if not isinstance(condition, Compare):
        return []
    left, right = condition.left, condition.right
    above, below = (left, right) if condition.op in (">", ">=") else (right, left)
    if condition.op not in (">", "<", ">=", "<=") or not isinstance(below, Number):
        return []
    strict = condition.op in (">", "<")
    return [above] if below.value > 0 or (strict and below.value == 0) else []
