"""The pointwise functions of the language and their derivatives: the only leaf rules there are.

A rule receives the arguments ``z`` (and ``a``) of the call and the call itself, ``y``; it
returns the derivative by one argument as an expression of these. It may not introduce reads.
Where a derivative is shorter through the value of the function it is written with ``y``.

At kinks, ties and jumps the rules follow the table of ``kinks``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from derive.algebra import add, div, iverson, mul, neg, num, power, select
from derive.expr import ONE, ZERO, Call, Compare, Constant, Expr

Rule = Callable[[tuple[Expr, ...], Expr], Expr]


@dataclass(frozen=True, slots=True)
class Function:
    """A pointwise function.

    Attributes:
        name: as it is written.
        derivatives: one rule per argument.
        domain: what must hold of the first argument: ``real``, ``positive`` or ``nonnegative``.
        asymptotes: the values that it nears at minus and at plus infinity, where it saturates at
            both ends.
    """

    name: str
    derivatives: tuple[Rule, ...]
    domain: str = "real"
    asymptotes: tuple[int, int] | None = None

    @property
    def arity(self) -> int:
        """The number of arguments."""
        return len(self.derivatives)


def _call(name: str, *args: Expr) -> Expr:
    return Call(name, args)


def _compare(left: Expr, op: str, right: Expr = ZERO) -> Compare:
    return Compare(op, left, right)


def _square(expr: Expr) -> Expr:
    return power(expr, num(2))


def _one_minus(expr: Expr) -> Expr:
    return add(ONE, neg(expr))


def _tie(op: str) -> tuple[Rule, Rule]:
    """Rules of ``max`` (op ``>``) and ``min`` (op ``<``): all to the winner, half each on a tie."""

    def share(mine: Expr, other: Expr) -> Expr:
        wins, ties = iverson(_compare(mine, op, other)), iverson(_compare(mine, "==", other))
        return add(wins, div(ties, num(2)))

    return (lambda a, _: share(a[0], a[1]), lambda a, _: share(a[1], a[0]))


def _gelu(args: tuple[Expr, ...], _: Expr) -> Expr:
    z = args[0]
    below = div(add(ONE, _call("erf", div(z, _call("sqrt", num(2))))), num(2))
    density = div(
        _call("exp", neg(div(_square(z), num(2)))),
        _call("sqrt", mul(num(2), Constant("pi"))),
    )
    return add(below, mul(z, density))


def _silu(args: tuple[Expr, ...], _: Expr) -> Expr:
    gate = _call("sigmoid", args[0])
    return mul(gate, add(ONE, mul(args[0], _one_minus(gate))))


def _erf(args: tuple[Expr, ...], _: Expr) -> Expr:
    bell = _call("exp", neg(_square(args[0])))
    return div(mul(num(2), bell), _call("sqrt", Constant("pi")))


_POSITIVE = ">"  # the side of the kink that 0 does not belong to

TABLE: tuple[Function, ...] = (
    Function("exp", (lambda a, y: y,)),
    Function("log", (lambda a, y: div(ONE, a[0]),), domain="positive"),
    Function("sqrt", (lambda a, y: div(ONE, mul(num(2), y)),), domain="nonnegative"),
    Function("abs", (lambda a, y: _call("sign", a[0]),)),
    Function("sign", (lambda a, y: ZERO,)),
    Function("sin", (lambda a, y: _call("cos", a[0]),)),
    Function("cos", (lambda a, y: neg(_call("sin", a[0])),)),
    Function("tan", (lambda a, y: add(ONE, _square(y)),)),
    Function("sinh", (lambda a, y: _call("cosh", a[0]),)),
    Function("cosh", (lambda a, y: _call("sinh", a[0]),)),
    Function("tanh", (lambda a, y: _one_minus(_square(y)),), asymptotes=(-1, 1)),
    Function("sigmoid", (lambda a, y: mul(y, _one_minus(y)),), asymptotes=(0, 1)),
    Function("relu", (lambda a, y: iverson(_compare(a[0], _POSITIVE)),)),
    Function("softplus", (lambda a, y: _call("sigmoid", a[0]),)),
    Function("erf", (_erf,), asymptotes=(-1, 1)),
    Function("gelu", (_gelu,)),
    Function("silu", (_silu,)),
    Function("step", (lambda a, y: ZERO,)),
    Function("max", _tie(">")),
    Function("min", _tie("<")),
    Function(
        "leaky_relu",
        (
            lambda a, y: select(_compare(a[0], _POSITIVE), ONE, a[1]),
            lambda a, y: select(_compare(a[0], _POSITIVE), ZERO, a[0]),
        ),
    ),
    Function(
        "elu",
        (
            lambda a, y: select(_compare(a[0], _POSITIVE), ONE, mul(a[1], _call("exp", a[0]))),
            lambda a, y: select(
                _compare(a[0], _POSITIVE), ZERO, add(_call("exp", a[0]), num(-1))
            ),
        ),
    ),
)

FUNCTIONS: dict[str, Function] = {function.name: function for function in TABLE}
