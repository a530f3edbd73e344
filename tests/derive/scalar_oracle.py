"""Our pointwise expressions as SymPy expressions: an oracle that shares no rule with ours."""

from __future__ import annotations

from collections.abc import Mapping

import sympy as sp

from derive.expr import (
    Add,
    Call,
    Compare,
    Constant,
    Div,
    Expr,
    Iverson,
    Logic,
    Mul,
    Node,
    Number,
    Power,
    Read,
    Select,
)

_FUNCTIONS = {
    "sigmoid": lambda z: 1 / (1 + sp.exp(-z)),
    "relu": lambda z: sp.Piecewise((z, z > 0), (0, True)),
    "softplus": lambda z: sp.log(1 + sp.exp(z)),
    "gelu": lambda z: z * (1 + sp.erf(z / sp.sqrt(2))) / 2,
    "silu": lambda z: z / (1 + sp.exp(-z)),
    "step": lambda z: sp.Piecewise((1, z > 0), (0, True)),
    "abs": sp.Abs,
    "max": lambda a, b: sp.Piecewise((a, a > b), (b, True)),
    "min": lambda a, b: sp.Piecewise((a, a < b), (b, True)),
    "leaky_relu": lambda z, a: sp.Piecewise((z, z > 0), (a * z, True)),
    "elu": lambda z, a: sp.Piecewise((z, z > 0), (a * (sp.exp(z) - 1), True)),
}
_COMPARISONS = {
    "==": sp.Eq, "!=": sp.Ne, "<": sp.Lt, "<=": sp.Le, ">": sp.Gt, ">=": sp.Ge,
}  # fmt: skip
_LOGIC = {"and": sp.And, "or": sp.Or, "not": sp.Not}


def as_sympy(node: Node, symbols: Mapping[str, sp.Symbol]) -> sp.Basic:  # noqa: PLR0911
    """``node`` over real symbols, one for each scalar array."""

    def inner(part: Node) -> sp.Basic:
        return as_sympy(part, symbols)

    match node:
        case Number(value):
            return sp.Rational(value.numerator, value.denominator)
        case Constant():
            return sp.pi
        case Read(array):
            return symbols[array]
        case Add(terms):
            return sp.Add(*map(inner, terms))
        case Mul(factors):
            return sp.Mul(*map(inner, factors))
        case Div(a, b):
            return inner(a) / inner(b)
        case Power(a, b):
            return sp.Pow(inner(a), inner(b))
        case Call(name, args):
            function = _FUNCTIONS.get(name) or getattr(sp, name)
            return function(*map(inner, args))
        case Iverson(condition):
            return sp.Piecewise((1, inner(condition)), (0, True))
        case Select(condition, then, other):
            return sp.Piecewise((inner(then), inner(condition)), (inner(other), True))
        case Compare(op, a, b):
            return _COMPARISONS[op](inner(a), inner(b))
        case Logic(op, args):
            return _LOGIC[op](*map(inner, args))
    raise TypeError(type(node).__name__)


def value_at(expr: Expr, point: Mapping[str, sp.Rational]) -> sp.Float:
    """``expr`` to 40 digits at ``point``."""
    symbols = {name: sp.Symbol(name, real=True) for name in point}
    found = as_sympy(expr, symbols)
    return sp.N(found.subs({symbols[n]: v for n, v in point.items()}), 40)
