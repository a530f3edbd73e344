"""The prime field: laws of numbers, functions and derivatives, exactly."""

from __future__ import annotations

import math
import random
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numeric.interpret.arithmetic import reals
from numeric.interpret.field import NoRoot, Number, generic, prime_field
from numeric.interpret.field.functions import Field
from numeric.interpret.field.number import lifted, reciprocal
from numeric.interpret.field.prime import (
    COFACTOR,
    Extended,
    P,
    Q,
    extended,
    inverse,
    power,
    root,
    square_root,
)

RESIDUES = st.integers(0, P - 1)
ELEMENTS = st.builds(extended, RESIDUES, RESIDUES) | RESIDUES
FRACTIONS = st.fractions(-50, 50, max_denominator=1000)
POSITIVE = st.fractions(Fraction(1, 20), 20, max_denominator=1000)
FIELD = prime_field(np.random.default_rng(5))
F = FIELD.functions


def number(value: Fraction, moving: int = 0) -> Number:
    found = FIELD.exact(value)
    found.d = moving
    return found


def test_the_primes_are_primes():
    # Lucas and Lehmer for q; p by Pocklington: q divides p - 1 and is larger than its root
    s = 4
    for _ in range(59):
        s = (s * s - 2) % Q
    assert s == 0
    assert P == COFACTOR * Q + 1
    assert Q * Q > P
    assert pow(2, P - 1, P) == 1
    assert math.gcd(pow(2, COFACTOR, P) - 1, P) == 1


def test_minus_one_is_no_square_and_small_primes_are():
    assert P % 4 == Q % 4 == 3
    assert square_root(P - 1, P) is None
    for prime in (2, 3, 5, 7, 11, 13, 17, 19):
        assert square_root(prime, P) is not None
    assert [root(n * n) for n in range(1, 20)] == list(range(1, 20))


@given(ELEMENTS, ELEMENTS, ELEMENTS)
def test_residues_and_their_extension_are_a_field(a, b, c):
    assert (a + b) % P == (b + a) % P
    assert a * b % P == b * a % P
    assert (a * b % P) * c % P == a * (b * c % P) % P
    assert a * ((b + c) % P) % P == (a * b % P + a * c % P) % P
    assert (a - a) % P == 0
    assert (a - b) % P == -((b - a) % P) % P
    if a not in (0,):
        assert a * inverse(a) % P == 1
        assert power(a, -3) * power(a, 5) % P == power(a, 2)


@given(ELEMENTS)
def test_roots_are_roots(a):
    found = root(a)
    if found is None:
        assert type(a) is Extended  # every integer has one
    else:
        assert found * found % P == a


@given(RESIDUES, RESIDUES)
def test_the_root_of_a_product_of_squares_is_the_product_of_roots(a, b):
    a, b = a * a % P, b * b % P
    assert root(a) * root(b) % P == root(a * b % P)


def test_zero_has_no_inverse():
    with pytest.raises(ZeroDivisionError):
        inverse(0)
    with pytest.raises(ZeroDivisionError):
        reciprocal(lifted(0))


# ---- numbers: as fractions, with a derivative ---------------------------------------------------


@given(FRACTIONS, FRACTIONS)
def test_numbers_compute_and_compare_as_fractions_do(a, b):
    x, y = number(a), number(b)
    for found, wanted in (
        (x + y, a + b), (x - y, a - b), (x * y, a * b), (2 - x, 2 - a), (3 * x, 3 * a),
        (-x, -a), (abs(x), abs(a)), (x**3, a**3), (x**2, a**2),
    ):  # fmt: skip
        assert found == wanted
        assert found.w == FIELD.exact(wanted).w
        assert found.f == pytest.approx(float(wanted), rel=1e-12, abs=1e-12)
    if b:
        assert x / y == a / b
        assert 1 / y == 1 / b
        assert y**-2 == b**-2
    assert (x < y, x <= y, x > y, x >= y, x == y) == (a < b, a <= b, a > b, a >= b, a == b)


@given(FRACTIONS, FRACTIONS.filter(bool), RESIDUES, RESIDUES)
def test_derivatives_follow_the_rules(a, b, d, e):
    x, y = number(a, d), number(b, e)
    u, v = FIELD.exact(a).v, FIELD.exact(b).v
    assert (x + y).d == (d + e) % P
    assert (x - y).d == (d - e) % P
    assert (x * y).d == (u * e + v * d) % P
    assert (x / y).d == (d * v - u * e) * inverse(v * v % P) % P
    assert (y**5).d == 5 * power(v, 4) * e % P
    assert (x * 7).d == 7 * d % P


def test_a_tie_is_a_tie_even_if_rounding_says_otherwise():
    tenth = FIELD.exact(Fraction(1, 10))
    total = sum([tenth] * 10)
    assert total.f != 1.0
    assert total == 1
    assert not total < 1
    assert not total > 1
    assert total >= 1
    assert total <= 1


@pytest.mark.parametrize("value", [True, np.bool_(True), np.int64(1), 1.0, np.float32(1), 1])
def test_ordinary_numbers_are_lifted(value):
    assert lifted(value) == 1
    assert number(Fraction(3)) * value == 3


@pytest.mark.parametrize("value", ["1", None, [1], np.ones(2)])
def test_other_things_are_no_numbers(value):
    assert lifted(value) is None


def test_a_number_that_is_none_stays_none_and_equals_nothing():
    nothing = lifted(math.nan)
    assert nothing != nothing  # noqa: PLR0124
    assert (nothing + 1) != (nothing + 1)
    assert FIELD.infinity == FIELD.infinity
    assert F["exp"](-FIELD.infinity) == 0
    assert 1 / FIELD.infinity == 0
    assert FIELD.divide(number(Fraction(1)), number(Fraction(0))).f == math.inf


# ---- functions ----------------------------------------------------------------------------------


@given(FRACTIONS, FRACTIONS)
def test_exponentials_and_angles_obey_their_laws(a, b):
    x, y = number(a), number(b)
    exp, sin, cos, tanh = F["exp"], F["sin"], F["cos"], F["tanh"]
    assert exp(x + y) == exp(x) * exp(y)
    assert exp(-x) * exp(x) == 1
    assert sin(x + y) == sin(x) * cos(y) + cos(x) * sin(y)
    assert sin(x) ** 2 + cos(x) ** 2 == 1
    assert sin(-x) == -sin(x)
    assert F["tan"](x) * cos(x) == sin(x)
    assert tanh(x) * F["cosh"](x) == F["sinh"](x)
    assert 1 - tanh(x) ** 2 == 1 / F["cosh"](x) ** 2
    s, e = F["sigmoid"](x), exp(-x)
    assert s * (1 - s) == e / (1 + e) ** 2
    assert F["sigmoid"](x) == (1 + tanh(x / 2)) / 2
    assert F["erf"](-x) == -F["erf"](x)
    assert F["erf"](x) + F["erfc"](x) == 1


@given(POSITIVE, POSITIVE, FRACTIONS)
def test_logarithms_roots_and_powers_obey_theirs(a, b, c):
    x, y, z = number(a), number(b), number(c)
    exp, log, sqrt = F["exp"], F["log"], F["sqrt"]
    assert exp(log(x)) == x
    assert log(exp(z)) == z
    assert exp(z - log(x)) == exp(z) / x
    assert exp(log(x) + log(y)) == x * y
    assert exp(2 * log(x)) == x * x
    assert exp(-log(x)) * x == 1
    assert sqrt(x) * sqrt(x) == x
    assert sqrt(z * z) == abs(z)
    assert sqrt(z**2) == abs(z)
    assert FIELD.power(x, number(Fraction(3, 2))) == x * sqrt(x)
    assert FIELD.power(x, number(Fraction(-1, 2))) * sqrt(x) == 1
    third = number(Fraction(1, 3))
    assert FIELD.power(x, third) * x == FIELD.power(x, third + 1)
    assert FIELD.power(x, lifted(-2)) * x * x == 1


def test_the_root_of_twice_pi_is_the_product_of_roots():
    sqrt = F["sqrt"]
    assert sqrt(2 * FIELD.pi) == sqrt(lifted(2)) * sqrt(FIELD.pi)
    half = lifted(1) / sqrt(lifted(2))
    assert F["exp"](-((3 * half) ** 2)) == F["exp"](lifted(-9) / 2)


def test_a_field_without_extension_refuses_roots():
    own = Field(np.random.default_rng(0), extends=False)
    assert type(root(P - 3)) is Extended
    with pytest.raises(NoRoot, match="does not have"):
        own.sqrt(Number(P - 3, 0, 2.0, 1))


# The derivative that the field carries is the analytic one: each rule, in terms of the
# function values themselves, and those checked at 50 digits.
SLOPES = {
    "exp": lambda f, x: f["exp"](x),
    "log": lambda _, x: 1 / x,
    "log1p": lambda _, x: 1 / (1 + x),
    "sqrt": lambda f, x: 1 / (2 * f["sqrt"](x)),
    "sin": lambda f, x: f["cos"](x),
    "cos": lambda f, x: -f["sin"](x),
    "tan": lambda f, x: 1 + f["tan"](x) ** 2,
    "sinh": lambda f, x: f["cosh"](x),
    "cosh": lambda f, x: f["sinh"](x),
    "tanh": lambda f, x: 1 - f["tanh"](x) ** 2,
    "sigmoid": lambda f, x: f["sigmoid"](x) * (1 - f["sigmoid"](x)),
    "softplus": lambda f, x: f["sigmoid"](x),
    "silu": lambda f, x: f["sigmoid"](x) * (1 + x * (1 - f["sigmoid"](x))),
    "erf": lambda f, x: 2 * f["exp"](-x * x) / f["sqrt"](f["pi"]),
    "erfc": lambda f, x: -2 * f["exp"](-x * x) / f["sqrt"](f["pi"]),
    "gelu": lambda f, x: (
        f["erfc"](-x / f["sqrt"](f["two"])) / 2 + x * f["exp"](-x * x / 2) / f["sqrt"](2 * f["pi"])
    ),
    "relu": lambda f, x: f["step"](x),
    "abs": lambda f, x: f["sign"](x),
}
DIGITS = reals(50)


@pytest.mark.parametrize("name", SLOPES)
@given(value=POSITIVE)
def test_the_derivative_of_a_function_is_exact(name, value):
    x = number(value, 1)
    still = number(value)
    names = {**F, "pi": FIELD.pi, "two": lifted(2)}
    assert Number(F[name](x).d, 0, 0.0, 0).v == SLOPES[name](names, still).v
    step = Fraction(1, 10**20)
    ends = [DIGITS.functions[name](DIGITS.exact(value + s * step)) for s in (1, -1)]
    slope = (ends[0] - ends[1]) / DIGITS.exact(2 * step)
    real = {**DIGITS.functions, "pi": DIGITS.pi, "two": DIGITS.exact(Fraction(2))}
    wanted = SLOPES[name](real, DIGITS.exact(value))
    assert abs(slope - wanted) < 1e-20 * (1 + abs(wanted))
    assert F[name](still).f == pytest.approx(
        float(DIGITS.functions[name](DIGITS.exact(value))), rel=1e-9
    )


def test_the_derivative_of_a_power_is_exact():
    x, y = number(Fraction(3, 2), 1), number(Fraction(7, 5), 1)
    power_ = FIELD.power(number(Fraction(3, 2)), number(Fraction(7, 5)))
    log = F["log"](number(Fraction(3, 2)))
    wanted = Fraction(7, 5) * power_ / Fraction(3, 2) + power_ * log
    assert FIELD.power(x, y).d == wanted.v


def test_generic_numbers_are_real_where_they_are_compared():
    x = generic(random.Random(1), 0.5)
    assert 0 < x < 1
    assert x != Fraction(1, 2)
    assert (x - x) == 0
