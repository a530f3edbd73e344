"""Expressions of SymPy as a number type of the interpreter, and algebra on them.

A scalar carries an exact number along, drawn like the data of any proof: it decides which branch
is taken, so a piecewise function is differentiated on the piece around that point. SymPy is given
objects, never text. Parts that stand in an expression more than once are looked at once.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from types import ModuleType
from typing import Any

import mpmath

from derive.errors import OptionRefused
from numeric.interpret import functions
from numeric.interpret.arithmetic import Arithmetic

DIGITS = 60
# Differences of more parts than this are compared at points.
LARGEST_SIMPLIFIED = 90
# What SymPy leaves where it has no derivative.
UNFINISHED = ("Derivative", "DiracDelta", "Subs", "Heaviside", "re", "im", "arg")


@dataclass(frozen=True, slots=True, eq=False)
class Scalar:
    """An expression of SymPy with its value at the point that decides the branches."""

    expr: Any
    at: Any

    def _with(self, other: Any, operation: Callable[[Any, Any], Any]) -> Scalar:
        right = other if isinstance(other, Scalar) else _plain(self, other)
        return Scalar(operation(self.expr, right.expr), operation(self.at, right.at))

    def __add__(self, other: Any) -> Scalar:
        return self._with(other, lambda a, b: a + b)

    __radd__ = __add__

    def __mul__(self, other: Any) -> Scalar:
        return self._with(other, lambda a, b: a * b)

    __rmul__ = __mul__

    def __sub__(self, other: Any) -> Scalar:
        return self._with(other, lambda a, b: a - b)

    def __rsub__(self, other: Any) -> Scalar:
        return self._with(other, lambda a, b: b - a)

    def __truediv__(self, other: Any) -> Scalar:
        return self._with(other, lambda a, b: a / b)

    def __neg__(self) -> Scalar:
        return Scalar(-self.expr, -self.at)

    def __abs__(self) -> Scalar:
        return self if self.at >= 0 else -self

    def __eq__(self, other: object) -> bool:
        return bool(self.at == _value(other))

    def __lt__(self, other: Any) -> bool:
        return bool(self.at < _value(other))

    def __le__(self, other: Any) -> bool:
        return bool(self.at <= _value(other))

    def __gt__(self, other: Any) -> bool:
        return bool(self.at > _value(other))

    def __ge__(self, other: Any) -> bool:
        return bool(self.at >= _value(other))

    __hash__ = None  # type: ignore[assignment]  # equal by value at a point


def _value(number: Any) -> Any:
    return number.at if isinstance(number, Scalar) else number


def _plain(like: Scalar, number: Any) -> Scalar:
    """A number of Python beside a scalar."""
    value = Fraction(number)
    below = like.at.context.mpf(value.denominator)
    return Scalar(_rational(value), value.numerator / below)


def _rational(value: Fraction) -> Any:
    return load().Rational(value.numerator, value.denominator)


def load() -> ModuleType:
    """SymPy, which is an optional extra.

    Raises:
        OptionRefused: if it is not installed.
    """
    try:
        import sympy  # noqa: PLC0415  heavy, and an optional extra
    except ImportError:
        raise OptionRefused(
            "the symbolic proof needs SymPy, which is not installed",
            remedy="pip install 'backproof[symbolic]', or leave out symbolic=True",
        ) from None
    module: ModuleType = sympy
    return module


def arithmetic() -> Arithmetic:
    """The arithmetic of scalars."""
    sympy, mp = load(), mpmath.mp.clone()
    mp.dps = DIGITS + 20

    def exact(value: Fraction) -> Scalar:
        bottom = mp.mpf(value.denominator)
        return Scalar(sympy.Rational(value.numerator, value.denominator), value.numerator / bottom)

    def lift(value: Any) -> Scalar:
        return value if isinstance(value, Scalar) else exact(Fraction(value))

    def both(name: str) -> Callable[[Scalar], Scalar]:
        of, at = getattr(sympy, name), getattr(mp, name)
        return lambda z: Scalar(of(z.expr), at(z.at))

    base = {name: both(name) for name in functions.BASE if name != "log1p"}
    base["log1p"] = lambda z: base["log"](z + 1)
    infinity = Scalar(sympy.oo, mp.inf)
    return Arithmetic(
        name="symbols",
        exact=exact,
        lift=lift,
        divide=lambda a, b: a / b,
        power=lambda a, b: Scalar(a.expr**b.expr, a.at**b.at),
        infinity=infinity,
        pi=Scalar(sympy.pi, +mp.pi),
        functions=functions.table(base, one=exact(Fraction(1)), infinity=infinity),
        finite=lambda number: bool(abs(number) < infinity),
    )


# ---- algebra ----------------------------------------------------------------------------------


def slope(expr: Any, symbol: Any, known: dict[Any, Any]) -> Any:
    """The derivative, each part of an expression once; SymPy differentiates every operation."""
    sympy = load()
    if expr == symbol:
        return sympy.Integer(1)
    if expr in known or not expr.args:
        return known.get(expr, sympy.Integer(0))
    moved = [(n, slope(part, symbol, known)) for n, part in enumerate(expr.args)]
    moved = [(n, by) for n, by in moved if by != 0]
    found = sympy.Integer(0)
    if moved:
        letters = [sympy.Dummy(real=True) for _ in expr.args]
        held = [part if part.is_number else x for x, part in zip(letters, expr.args, strict=True)]
        local, values = expr.func(*held), dict(zip(letters, expr.args, strict=True))
        found = sympy.Add(*(local.diff(letters[n]).xreplace(values) * by for n, by in moved))
    known[expr] = found
    return found


def parts(expr: Any) -> set[Any]:
    """Every part of an expression, once, however often it stands there."""
    found: set[Any] = set()
    waiting = [expr]
    while waiting:
        node = waiting.pop()
        if node not in found:
            found.add(node)
            waiting += node.args
    return found


def vanishes(difference: Any) -> bool:
    """Whether an expression is 0, as far as bounded algebra shows.

    Functions of different arguments are letters of their own, so this is algebra of fractions.
    """
    sympy = load()
    if difference == 0:
        return True
    if len(parts(difference)) > LARGEST_SIMPLIFIED:
        return False
    letters: dict[Any, Any] = {}
    plain = _lettered(difference, letters, {})
    if plain == 0:
        return True
    top, _ = sympy.fraction(sympy.together(plain))
    return bool(sympy.expand(top) == 0)


def _lettered(expr: Any, letters: dict[Any, Any], known: dict[Any, Any]) -> Any:
    """``expr`` with a letter for every function value; ``exp(a + b)`` is a product of two."""
    sympy = load()
    if expr in known:
        return known[expr]
    found = expr
    if isinstance(expr, sympy.exp):
        found = sympy.Integer(1)
        for term in sympy.Add.make_args(sympy.expand(expr.args[0])):
            number, rest = term.as_coeff_Mul()
            letter = letters.setdefault(sympy.exp(rest), sympy.Dummy(positive=True))
            found *= letter**number
    elif isinstance(expr, sympy.erfc):
        found = 1 - _lettered(sympy.erf(*expr.args), letters, known)
    elif isinstance(expr, sympy.Function):
        found = letters.setdefault(expr, sympy.Dummy(real=True))
    elif expr.args:
        found = expr.func(*(_lettered(part, letters, known) for part in expr.args))
    known[expr] = found
    return found


def near(difference: Any, expected: Any, at: Mapping[Any, Any], shift: int) -> tuple[Any, Any]:
    """The size of a difference, and the scale, near the point; the first time at the point."""
    step = mpmath.mpf(shift) / 10**6
    values = {symbol: v * (1 + step * (1 + n % 3)) for n, (symbol, v) in enumerate(at.items())}
    return abs(_number(difference, values)), 1 + abs(_number(expected, values))


def _number(expr: Any, known: dict[Any, Any]) -> Any:
    """The value of an expression, each part once; ``known`` has that of every symbol."""
    sympy = load()
    if expr in known:
        return known[expr]
    mp = next(iter(known.values())).context
    if isinstance(expr, sympy.Rational):
        found = mp.mpf(int(expr.p)) / int(expr.q)
    elif isinstance(expr, sympy.NumberSymbol):
        found = +getattr(mp, str(expr))
    else:
        args = [_number(part, known) for part in expr.args]
        found = _OPERATIONS.get(expr.func.__name__, _function(mp, expr))(*args)
    known[expr] = found
    return found


def _function(mp: Any, expr: Any) -> Callable[..., Any]:
    return getattr(mp, expr.func.__name__.lower(), mp.nan)  # type: ignore[no-any-return]


_OPERATIONS: Mapping[str, Callable[..., Any]] = {
    "Add": lambda *args: sum(args),
    "Mul": lambda *args: reduce(operator.mul, args),
    "Pow": operator.pow,
}
