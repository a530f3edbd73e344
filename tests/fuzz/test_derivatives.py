"""Derivatives of random programs, exactly: <g, J v> = <J' g, v> over the fractions.

``J v`` comes from fractions with a tangent, ``J' g`` from the derived equations as the plain
interpreter reads them. Data are integers, so zeros, ties and kinks are common.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from hypothesis import given, note, reject
from hypothesis import strategies as st

import derive
from derive.program import Program
from numeric.interpret import interpret, rationals
from tests.fuzz.dual import Dual, dual, duals
from tests.fuzz.programs import SIZES, accepted, fuzzed, texts, whole_numbers

SEEDS = st.integers(0, 2**32 - 1)


def dot(left: Any, right: Any) -> Fraction:
    pairs = zip(np.ravel(left), np.ravel(right), strict=True)
    return sum((Fraction(a) * Fraction(b) for a, b in pairs), start=Fraction(0))


def identity_holds(program: Program, seed: int, sizes: tuple[int, ...] = SIZES) -> None:
    """One direction for all arrays at once, one cotangent for all outputs at once."""
    rng = np.random.default_rng(seed)
    arrays = whole_numbers(program, rng, sizes)
    varied = [a.name for a in program.arrays if a.differentiable]
    directions = {n: rng.integers(-3, 4, np.shape(arrays[n])) for n in varied}
    lift = np.frompyfunc(lambda x, v: Dual(Fraction(int(x)), Fraction(int(v))), 2, 1)
    moved = {n: np.asarray(lift(arrays[n], v), dtype=object) for n, v in directions.items()}
    found = interpret(program, {**arrays, **moved}, duals())
    if any(isinstance(dual(y).value, float) for array in found.values() for y in np.ravel(array)):
        reject()  # a maximum over what lies off the grid is no number, and has no derivative
    backward = derive.adjoint(program)
    note(str(backward))
    cotangents = {f"d{n}": rng.integers(-3, 4, np.shape(y)) for n, y in found.items()}
    given = {a.name: {**arrays, **cotangents}[a.name] for a in backward.arrays}
    gradients = interpret(backward, given, rationals())
    tangent = np.frompyfunc(lambda y: dual(y).tangent, 1, 1)
    pushed = sum((dot(cotangents[f"d{n}"], tangent(y)) for n, y in found.items()), Fraction(0))
    for name in varied:
        assert np.shape(gradients[f"d{name}"]) == np.shape(arrays[name])
    pulled = sum((dot(gradients[f"d{n}"], v) for n, v in directions.items()), Fraction(0))
    assert pushed == pulled


@fuzzed(20)
@given(texts(exact=True), SEEDS)
def test_the_adjoint_of_a_rational_program_is_exact(text: str, seed: int) -> None:
    identity_holds(accepted(text), seed)


@st.composite
def products(draw: st.DrawFn) -> str:
    """A sum of products: any indices for any axis, repeated, shared, summed only, or neither."""
    names = "abcd"
    ranks = draw(st.lists(st.integers(0, 3), min_size=1, max_size=3))
    reads = [draw(st.lists(st.sampled_from(names), min_size=r, max_size=r)) for r in ranks]
    used = sorted({index for axes in reads for index in axes})
    free = draw(st.lists(st.sampled_from(used), unique=True, max_size=3)) if used else []
    bound = [index for index in used if index not in free]
    factors = [f"x{n}[{','.join(axes)}]" if axes else f"x{n}" for n, axes in enumerate(reads)]
    given = ", ".join(factors)
    body = "*".join(factors)
    total = f"sum[{','.join(bound)}]({body})" if bound else body
    left = f"y[{','.join(free)}]" if free else "y"
    return f"input {given}\noutput {left}\n{left} = {total}\n"


@fuzzed(50)
@given(products(), SEEDS)
def test_the_adjoint_of_a_sum_of_products_is_exact(text: str, seed: int) -> None:
    identity_holds(derive.parse(text), seed, sizes=(0, 1, 2, 3))
