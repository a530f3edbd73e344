"""Emitted text: allowed nodes only, the same bytes every time, any memory layout."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

import derive
import numeric
from derive.program import Program
from numeric.execute import violations
from tests.fuzz.programs import accepted, fuzzed, texts, whole_numbers

SEEDS = st.integers(0, 2**32 - 1)
Array = np.ndarray[Any, Any]


def _spaced(array: Array) -> Array:
    room = np.full(tuple(2 * n for n in array.shape), 99, dtype=array.dtype)
    view = room[(..., *(slice(None, None, 2) for _ in array.shape))]
    view[...] = array
    return view


LAYOUTS: dict[str, Callable[[Array], Array]] = {
    "columns first": lambda a: np.array(a, order="F"),
    "backwards": lambda a: np.flip(np.flip(a).copy()),
    "every other": _spaced,
}


def values(kernel: Any, arrays: dict[str, Any]) -> dict[str, Array]:
    arrays = {name: np.asarray(array) for name, array in arrays.items()}
    for array in arrays.values():
        array.flags.writeable = False
    outputs, saved = kernel.forward(**arrays)
    ones = {n: np.ones(np.shape(y)) for n, y in outputs.items()}
    gradients = kernel.backward(saved, **ones)
    return {**outputs, **{f"d{n}": g for n, g in gradients.items()}}


def reals(program: Program, seed: int) -> dict[str, Any]:
    whole = whole_numbers(program, np.random.default_rng(seed))
    return {a.name: np.asarray(whole[a.name], int if a.integer else float) for a in program.arrays}


@fuzzed(6)
@given(texts())
def test_only_allowed_nodes_and_the_same_bytes(text: str) -> None:
    program = accepted(text)
    source = numeric.build(program).source
    assert not list(violations(ast.parse(source)))
    assert max(map(len, source.splitlines())) < 200
    assert numeric.build(derive.parse(str(program))).source == source


@fuzzed(12)
@given(texts(exact=True), SEEDS)
def test_the_fast_style_computes_the_same(text: str, seed: int) -> None:
    program = accepted(text)
    kernel, arrays = numeric.build(program, style="fast"), reals(program, seed)
    assert not list(violations(ast.parse(kernel.source)))
    assert numeric.build(program, style="fast").source == kernel.source
    try:
        plain = values(numeric.build(program), arrays)
    except derive.DeriveError:
        reject()
    reusing = kernel.reusing()
    for found in (values(kernel, arrays), values(reusing, arrays), values(reusing, arrays)):
        for key, value in plain.items():
            assert found[key].dtype == value.dtype
            np.testing.assert_allclose(found[key], value, rtol=1e-9, atol=1e-9, err_msg=key)


@fuzzed(6)
@given(texts(exact=True), SEEDS)
def test_layouts_do_not_matter(text: str, seed: int) -> None:
    program = accepted(text)
    kernel, arrays = numeric.build(program), reals(program, seed)
    plain = values(kernel, {n: a.copy() for n, a in arrays.items()})
    for name, layout in LAYOUTS.items():
        found = values(kernel, {n: layout(a) for n, a in arrays.items()})
        for key, value in plain.items():
            np.testing.assert_allclose(found[key], value, rtol=1e-9, atol=1e-9, err_msg=name)


@fuzzed(5)
@given(texts(exact=True), SEEDS)
def test_broadcast_arrays_are_arrays(text: str, seed: int) -> None:
    program = accepted(text)
    kernel, arrays = numeric.build(program), reals(program, seed)
    spread: dict[str, Any] = {
        n: np.broadcast_to(a.flat[0], a.shape) if a.size else a for n, a in arrays.items()
    }
    copied = {n: a.copy() for n, a in spread.items()}
    try:
        plain = values(kernel, copied)
    except derive.DeriveError:
        reject()
    found = values(kernel, {n: np.broadcast_to(a, a.shape) for n, a in spread.items()})
    for key, value in plain.items():
        np.testing.assert_allclose(found[key], value, rtol=1e-9, atol=1e-9)


def test_a_node_that_is_not_allowed_is_found() -> None:
    assert list(violations(ast.parse("import os")))
    with pytest.raises(AssertionError):
        numeric.execute.execute("x = y.__class__")
