"""Every rewrite keeps the value: exactly, over the fractions."""

from __future__ import annotations

from typing import Any
from unittest import mock

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

import derive
from derive.cotangent.prepare import PREPARATION, prepare
from derive.program import Program
from derive.simplify import PIPELINE
from numeric.interpret import interpret, rationals
from tests.fuzz.programs import accepted, fuzzed, texts, whole_numbers

SEEDS = st.integers(0, 2**32 - 1)


def values(program: Program, arrays: dict[str, Any]) -> dict[str, Any]:
    return interpret(program, {a.name: arrays[a.name] for a in program.arrays}, rationals())


def same(left: dict[str, Any], right: dict[str, Any]) -> bool:
    return left.keys() == right.keys() and all(np.array_equal(left[n], right[n]) for n in left)


@fuzzed(4)
@given(texts(exact=True), SEEDS)
def test_every_pass_over_derived_equations_keeps_their_values(text: str, seed: int) -> None:
    program = accepted(text)
    rng = np.random.default_rng(seed)
    arrays = whole_numbers(program, rng)
    for name, value in interpret(program, arrays, rationals()).items():
        arrays[f"d{name}"] = rng.integers(-3, 4, np.shape(value))
    expected = values(derive.adjoint(program), arrays)
    for count in range(len(PIPELINE)):
        with mock.patch("derive.cotangent.PIPELINE", PIPELINE[:count]):
            partly = derive.adjoint(program)
        assert same(values(partly, arrays), expected), f"pass {count} of the pipeline"


@fuzzed(8)
@given(texts(exact=True), SEEDS)
def test_preparing_keeps_the_values(text: str, seed: int) -> None:
    program = accepted(text)
    arrays = whole_numbers(program, np.random.default_rng(seed))
    expected = [*interpret(program, arrays, rationals()).values()]
    found = [*interpret(prepare(program), arrays, rationals()).values()]
    assert all(map(np.array_equal, found, expected))
    # what follows the rewriting settles names, so it takes part in every shorter preparation
    first, *_, last = PREPARATION
    for step in PREPARATION[1:-1]:
        with mock.patch(
            "derive.cotangent.prepare.PREPARATION", (first, PREPARATION[1], step, last)
        ):
            partly = interpret(prepare(program), arrays, rationals())
        assert all(map(np.array_equal, partly.values(), expected)), step.__name__


@fuzzed(8)
@given(texts(), SEEDS)
def test_stable_forms_keep_the_values_of_floats(text: str, seed: int) -> None:
    program = accepted(text)
    rng = np.random.default_rng(seed)
    shapes = {axis: int(rng.integers(2, 4)) for a in program.arrays for axis in a.axes}
    arrays = {
        a.name: rng.integers(0, 2, [shapes[x] for x in a.axes])
        if a.integer
        else rng.uniform(0.2, 0.9, [shapes[x] for x in a.axes])
        for a in program.arrays
    }
    try:
        expected = interpret(program, arrays)
    except derive.DeriveError:
        return
    found = interpret(prepare(program), arrays)
    for got, wanted in zip(found.values(), expected.values(), strict=True):
        np.testing.assert_allclose(got, wanted, rtol=1e-9, atol=1e-9)


def test_a_pass_that_changes_a_value_is_found() -> None:
    program = derive.parse("input x[i]\noutput y\ny = sum[i](x[i]^2)")
    arrays = {"x": np.array([1, 2]), "dy": np.array(3)}
    right = values(derive.adjoint(program), arrays)
    wrong = values(derive.parse(str(derive.adjoint(program)).replace("2*", "3*")), arrays)
    assert not same(right, wrong)
