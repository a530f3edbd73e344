"""The proof by SymPy: every layer, wrong equations, and what happens without SymPy."""

from __future__ import annotations

import sys
from fractions import Fraction

import pytest

import derive
import numeric
from derive.expr import Mul, Number
from numeric.check import symbolic
from numeric.check.result import INCONCLUSIVE, PROVED, WRONG
from numeric.check.scalars import arithmetic, load, slope, vanishes

sympy = pytest.importorskip("sympy", reason="the symbolic proof is an optional extra")
SLOW = {"attention", "batch_norm", "gru", "lstm", "lstm_peephole", "rnn"}


@pytest.mark.parametrize(
    "name",
    [pytest.param(n, marks=pytest.mark.slow if n in SLOW else ()) for n in derive.layers()],
)
def test_every_layer_is_proved(name):
    line = symbolic.prove(derive.load(name))
    assert line.verdict == PROVED, line.note
    assert line.comparisons > 0
    assert "entries exactly" in line.note


def seeded(name, gradient, change):
    """The adjoint of a layer with one derived equation changed."""
    backward = derive.adjoint(derive.bind(derive.load(name)))
    equations = tuple(
        type(e)(e.name, e.indices, change(e.expr)) if e.name == gradient else e
        for e in backward.equations
    )
    return backward.with_equations(equations)


def _scaled(by):
    return lambda expr: Mul((Number(Fraction(by)), expr))


@pytest.mark.parametrize(
    ("name", "gradient"),
    [("dense", "dW"), ("softmax", "dz"), ("layer_norm", "dx"), ("conv1d", "dx"),
     ("maxpool1d", "dx"), ("softmax_cross_entropy", "dz"), ("rms_norm", "dx"), ("gelu", "dz"),
     ("neuron", "dw")],
)  # fmt: skip
@pytest.mark.parametrize("by", ["-1", "1.0005", "0"])
def test_a_wrong_derived_equation_is_found(name, gradient, by):
    program = derive.load(name)
    found = seeded(name, gradient, _scaled(by))
    line = symbolic.prove(program, derived=found)
    assert line.verdict == WRONG, line.note
    assert "is not the derivative that SymPy finds" in line.note


def test_a_check_has_the_line_when_asked():
    result = numeric.check(derive.load("tanh"), symbolic=True, fast=True)
    assert result.lines[-1].proof == "symbolic (SymPy)"
    assert result.lines[-1].verdict == PROVED
    plain = numeric.check(derive.load("tanh"), fast=True)
    assert "symbolic (SymPy)" not in [line.proof for line in plain.lines]


def test_without_sympy_there_is_one_clear_error(monkeypatch):
    monkeypatch.setitem(sys.modules, "sympy", None)
    with pytest.raises(derive.OptionRefused, match="needs SymPy, which is not installed") as refused:
        numeric.check(derive.load("tanh"), symbolic=True)
    assert "pip install 'backproof[symbolic]'" in str(refused.value)


def test_an_input_that_an_assumption_ties_together_is_not_decided():
    text = "input x[n]\nassume sum[n](x[n]) = 1\noutput y[n]\ny[n] = x[n]^2"
    line = symbolic.prove(derive.parse(text))
    assert line.verdict == INCONCLUSIVE
    assert "an assumption ties the elements of x together" in line.note


def test_an_assumption_on_a_constant_is_used():
    line = symbolic.prove(derive.load("softmax_cross_entropy"))
    assert line.verdict == PROVED


# ---- algebra ----------------------------------------------------------------------------------


def letters():
    return load().symbols("x y", real=True)


@pytest.mark.parametrize(
    ("make", "zero"),
    [
        (lambda _, x, y: (x + y) ** 2 - x**2 - 2 * x * y - y**2, True),
        (lambda _, x, y: 1 / (x * y) - (1 / x) / y, True),
        (lambda s, x, y: s.exp(x) / (s.exp(x) + s.exp(y)) - 1 / (1 + s.exp(y - x)), True),
        (lambda s, x, _: s.erfc(x) - 1 + s.erf(x), True),
        (lambda s, x, y: s.tanh(x) - s.tanh(y), False),
        (lambda s, x, y: s.exp(x) * s.exp(y) - s.exp(x) - s.exp(y), False),
    ],
)
def test_bounded_algebra(make, zero):
    assert vanishes(make(load(), *letters())) is zero


@pytest.mark.parametrize(
    "make",
    [
        lambda s, x, y: s.exp(x * y) * s.sin(x) / (1 + x**2),
        lambda s, x, y: s.sqrt(x**2 + y) ** 3 + s.log(1 + s.exp(x)),
        lambda s, x, y: s.tanh(s.tanh(x) + s.tanh(x) * y) ** 2,
    ],
)
def test_derivatives_part_by_part_are_those_of_sympy(make):
    x, y = letters()
    expr = make(load(), x, y)
    assert load().simplify(slope(expr, x, {}) - expr.diff(x)) == 0


@pytest.mark.parametrize("value", ["-3/4", "5/7"])
def test_the_branch_is_that_of_the_point(value):
    numbers = arithmetic()
    z = numbers.exact(Fraction(value))
    relu = numbers.functions["relu"](z)
    assert relu.expr == max(load().Rational(value), 0)


def test_what_sympy_leaves_unfinished_is_not_compared():
    seen = symbolic._Seen()
    x, _ = letters()
    left = load().Function("f")(x).diff(x)
    symbolic._judge(seen, "dx", left, arithmetic().exact(Fraction(0)), {})
    assert "SymPy left Derivative in dx" in seen.unknown
    assert symbolic._line(seen).verdict == INCONCLUSIVE
