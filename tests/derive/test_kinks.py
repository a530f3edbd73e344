"""The table of conventions: against the leaf rules, against the docs page, and where it applies."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
import sympy as sp

import derive
from derive.bind import bind
from derive.conventions import conventions, words
from derive.cotangent import prepare
from derive.expr import Call, Read
from derive.finite import wild_arrays
from derive.functions import FUNCTIONS
from derive.kinks import BOUNDARIES, CONVENTIONS, JUMP, SINGULAR, TABLE
from derive.positive import Signs
from derive.words import REDUCTIONS
from tests.derive.scalar_oracle import value_at

PAGE = Path(__file__).parents[2] / "docs" / "kinks.md"
PLACES = {
    "leaky_relu": (Fraction(0), Fraction(1, 100)),
    "elu": (Fraction(0), Fraction(2)),
    "max": (Fraction(3), Fraction(3)),
    "min": (Fraction(3), Fraction(3)),
}


@pytest.mark.parametrize("name", sorted(BOUNDARIES))
def test_the_leaf_rules_follow_the_table(name):
    row, args = CONVENTIONS[name], PLACES.get(name, (Fraction(0),))
    assert row.boundary(*args) == 0
    names = ("z", "a")[: len(args)]
    node = Call(name, tuple(map(Read, names)))
    at = dict(zip(names, map(sp.Rational, args), strict=True))
    found = [float(value_at(rule(node.args, node), at)) for rule in FUNCTIONS[name].derivatives]
    assert found == [float(slope) for slope in row.slopes(*args)]
    assert float(value_at(node, at)) == row.value(*args)


def test_every_row_is_a_construct_of_the_language():
    known = {*FUNCTIONS, *(f"{op}[...]" for op in REDUCTIONS), "if", "[condition]", "//", "/", "^"}
    assert {row.construct for row in TABLE} <= known
    assert len({row.words for row in TABLE}) == len(TABLE) == len(CONVENTIONS)


def test_only_jumps_and_singular_points_are_outside_of_the_subdifferential():
    outside = {row.kind for row in TABLE if row.in_clarke.startswith("no")}
    assert outside == {JUMP, SINGULAR}


def test_the_page_is_the_table():
    head, *rows = PAGE.read_text().split("|---|---|---|---|\n")
    assert head.rstrip().endswith("| in the Clarke subdifferential |")
    written = rows[0].split("\n\n")[0].splitlines()
    assert written == [
        f"| {row.place} | {row.kind} | {row.words} | {row.in_clarke} |" for row in TABLE
    ]


MET = [
    ("y[n] = relu(x[n])", ["relu"]),
    ("y[n] = tanh(x[n]) + exp(x[n])^2", []),
    ("y[n] = x[n] if x[n] > 0 else 0", ["if"]),
    ("y[n] = x[n] if n > 0 else 0", []),
    ("y[n] = x[n]*[x[n] > 1]", ["[condition]"]),
    ("y[n] = x[n]*[n > 1]", []),
    ("y[n] = max[k](x[k])*x[n]", ["max[...]"]),
    ("y[n] = argmax[k](x[k])*x[n]", ["argmax[...]"]),
    ("y[n] = log(x[n])", ["log"]),
    ("y[n] = log(c[n])*x[n]", []),
    ("y[n] = log(1 + x[n]^2)", []),
    ("y[n] = log(1 + x[n]^3)", ["log"]),
    ("y[n] = log(x[n]) if x[n] > 0 else 0", ["if"]),
    ("y[n] = log(x[n]) if x[n] >= 0 else 0", ["if", "log"]),
    ("y[n] = log(x[n]) if 2 < x[n] and n > 1 else 0", ["if"]),
    ("y[n] = sqrt(x[n]^2)", ["sqrt"]),
    ("y[n] = sqrt(mean[k](x[k]^2) + eps)*x[n]", []),
    ("y[n] = sqrt(mean[k](x[k]^2))*x[n]", ["sqrt"]),
    ("s = sum[k](exp(x[k]))\ny[n] = x[n]/s", []),
    ("s = sum[k where k > 1](exp(x[k]))\ny[n] = x[n]/s", ["/"]),
    ("s = max[k](x[k]^2)\ny[n] = x[n]/(s + 1)", ["max[...]"]),
    ("y[n] = 1/x[n]", ["/"]),
    ("y[n] = 1/c[n]*x[n]", []),
    ("y[n] = x[n]^0.5", ["^"]),
    ("y[n] = (1 + abs(x[n]))^0.5", ["abs"]),
    ("y[n] = x[n]^2 + x[n]^1.5", []),
    ("y[n] = 2^x[n]", []),
    ("y[n] = x[n]^x[n]", ["^"]),
    ("y[n] = log(cosh(x[n])*sigmoid(x[n])/size(n))", []),
    ("y[n] = log(max(x[n], 1)) + log(min(x[n], 1))", ["max", "min", "log"]),
    ("y[n] = log(x[n] + 1 if x[n] > 0 else 1)", ["if"]),
    ("y[n] = log(pi + relu(x[n])) + sqrt(sqrt(x[n]^2 + 1))", ["relu"]),
    ("s[n] = s[n-1]*s[n-1] + 1\ns[-1] = x[0]\ny[n] = log(s[n])", ["log"]),
]


@pytest.mark.parametrize(("equations", "expected"), MET)
def test_a_program_names_what_it_can_meet(equations, expected):
    head = "input x[n]\nconst c[n]\nhyper eps = 1e-5\nindex k : size(n)\noutput y[n]\n"
    program = derive.parse(head + equations)
    assert [row.construct for row in conventions(program)] == expected
    assert words(program) == [CONVENTIONS[name].words for name in expected]


LAYERS = {
    "binary_cross_entropy": ["log"],
    "cross_entropy": ["log"],
    "dense": ["relu"],
    "elu": ["elu"],
    "hinge": ["relu"],
    "huber": ["if", "abs"],
    "leaky_relu": ["leaky_relu"],
    "maxpool1d": ["max[...]"],
    "maxpool2d": ["max[...]"],
    "relu": ["relu"],
    "step": ["step"],
}


@pytest.mark.parametrize("name", derive.layers())
def test_the_built_in_layers(name):
    program = prepare(bind(derive.load(name)))
    assert [row.construct for row in conventions(program)] == LAYERS.get(name, [])


def test_signs_give_up_on_what_is_too_deep_or_negative():
    lines = [f"a{k}[n] = a{k - 1}[n]*1.5" for k in range(1, 40)]
    program = derive.parse("input x[n]\noutput y[n]\na0[n] = exp(x[n])\n" + "\n".join(lines)
                           + "\ny[n] = log(a39[n])")  # fmt: skip
    signs = Signs(program)
    assert signs.positive(program.definition("a1").expr)
    assert not signs.positive(program.definition("a39").expr)
    assert signs.nonnegative(Read("a0", program.definition("a1").indices))


WILD = [
    ("a[n] = x[n]^2 + relu(x[n])\ny[n] = a[n]", set()),
    ("a[n] = sqrt(x[n])\nb[n] = 2*a[n]\ny[n] = x[n]", {"a", "b"}),
    ("a[n] = sqrt(x[n]^2)\ny[n] = a[n]", set()),
    ("a[n] = 1/x[n]\ny[n] = x[n]", {"a"}),
    ("a[n] = x[n]/(1 + x[n]^2) + x[n]/2\ny[n] = a[n]", set()),
    ("a[n] = log(x[n])\ny[n] = a[n] + x[n]", {"a", "y"}),
    ("a[n] = log(exp(c[n]) + 1)\ny[n] = x[n]", {"a"}),  # an exponential overflows
    ("a[n] = x[n]^0.5 + x[n]^-1\ny[n] = x[n]", {"a"}),
    ("a[n] = logsumexp[k](x[k]) + x[n]\ny[n] = x[n]", {"a"}),
]


@pytest.mark.parametrize(("equations", "expected"), WILD)
def test_arrays_that_may_not_be_finite(equations, expected):
    head = "input x[n]\nconst c[n]\nindex k : size(n)\noutput y[n]\n"
    assert wild_arrays(derive.parse(head + equations)) == expected
