"""Every leaf rule against SymPy's own derivative, and the kinks as they are promised."""

from __future__ import annotations

import pytest
import sympy as sp

from derive.expr import Call, Read
from derive.functions import FUNCTIONS, TABLE
from tests.derive.scalar_oracle import as_sympy, value_at

NAMES = ("z", "a")
POSITIVE = [sp.Rational(1, 7), sp.Rational(3, 2), sp.Rational(5)]
ANY = [sp.Rational(-5), sp.Rational(-3, 2), *POSITIVE]
SECOND = sp.Rational(2, 5)


def call(name: str) -> Call:
    arity = FUNCTIONS[name].arity
    return Call(name, tuple(Read(n) for n in NAMES[:arity]))


def points(name: str) -> list[dict[str, sp.Rational]]:
    first = ANY if FUNCTIONS[name].domain == "real" else POSITIVE
    return [dict(zip(NAMES, (z, SECOND), strict=False)) for z in first]


@pytest.mark.parametrize("name", [f.name for f in TABLE])
def test_rule_agrees_with_sympy(name: str) -> None:
    node = call(name)
    for position, rule in enumerate(FUNCTIONS[name].derivatives):
        ours = rule(node.args, node)
        for point in points(name):
            symbols = {n: sp.Symbol(n, real=True) for n in point}
            derivative = sp.diff(as_sympy(node, symbols), symbols[NAMES[position]])
            theirs = sp.N(derivative.subs({symbols[n]: v for n, v in point.items()}), 40)
            assert abs(value_at(ours, point) - theirs) < sp.Float("1e-35"), (position, point)


@pytest.mark.parametrize(
    ("name", "position", "point", "expected"),
    [
        ("relu", 0, {"z": 0}, 0),
        ("abs", 0, {"z": 0}, 0),
        ("sign", 0, {"z": 0}, 0),
        ("step", 0, {"z": 0}, 0),
        ("leaky_relu", 0, {"z": 0, "a": sp.Rational(1, 100)}, sp.Rational(1, 100)),
        ("leaky_relu", 1, {"z": 0, "a": sp.Rational(1, 100)}, 0),
        ("elu", 0, {"z": 0, "a": 2}, 2),
        ("max", 0, {"z": 3, "a": 3}, sp.Rational(1, 2)),
        ("max", 1, {"z": 3, "a": 3}, sp.Rational(1, 2)),
        ("min", 0, {"z": 3, "a": 3}, sp.Rational(1, 2)),
        ("min", 1, {"z": 3, "a": 3}, sp.Rational(1, 2)),
        ("sigmoid", 0, {"z": 0}, sp.Rational(1, 4)),
        ("softplus", 0, {"z": 0}, sp.Rational(1, 2)),
        ("gelu", 0, {"z": 0}, sp.Rational(1, 2)),
    ],
)
def test_convention_at_the_kink(
    name: str, position: int, point: dict[str, sp.Rational], expected: sp.Rational
) -> None:
    node = call(name)
    exact = {n: sp.Rational(v) for n, v in point.items()}
    found = value_at(FUNCTIONS[name].derivatives[position](node.args, node), exact)
    assert abs(found - sp.Rational(expected)) < sp.Float("1e-35")
