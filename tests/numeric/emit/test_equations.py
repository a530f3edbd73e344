"""Equations of every kind against their evaluation one element at a time."""

from __future__ import annotations

import zlib
from typing import Any

import numpy as np
import pytest

import derive
from derive.program import Program
from tests.numeric.emit.brute import evaluate
from tests.numeric.emit.equations import ROWS, Sizes
from tests.numeric.emit.running import run
from tests.numeric.emit.windows import WINDOWED

ALL = {**ROWS, **WINDOWED}
CASES = [
    pytest.param(text, sizes, id=f"{name}-{','.join(f'{k}{v}' for k, v in sizes.items())}")
    for name, (text, table) in ALL.items()
    for sizes in table
]


def arrays(program: Program, sizes: Sizes, seed: int, dtype: Any) -> dict[str, Any]:
    """Values in (0.1, 0.9), where every function of the tables is smooth; labels below 3."""
    rng = np.random.default_rng(seed)
    found: dict[str, Any] = {}
    for array in program.arrays:
        shape = tuple(sizes[axis] for axis in array.axes)
        real = np.asarray(rng.uniform(0.1, 0.9, shape), dtype)
        found[array.name] = rng.integers(0, 3, shape) if array.integer else real
    return found


def cotangents(program: Program, forward: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """``given`` with a cotangent for each output."""
    rng = np.random.default_rng(1)
    extra = {
        a.name: np.asarray(
            rng.uniform(0.1, 0.9, np.shape(forward[a.name[1:]])), _dtype(given)
        )
        for a in program.arrays
        if a.name not in given
    }
    return {**given, **extra}


def _dtype(given: dict[str, Any]) -> Any:
    return next(a.dtype for a in given.values() if a.dtype.kind == "f")


def agree(program: Program, given: dict[str, Any], tolerance: float) -> None:
    dtype = _dtype(given)
    want = evaluate(program, given)
    kept = {name: value.copy() for name, value in given.items()}
    for value in given.values():
        value.flags.writeable = False
    found = run(program, given, dtype)
    for equation in program.equations:
        got, exact = np.asarray(found[equation.name]), want[equation.name]
        assert got.shape == exact.shape, equation.name
        assert got.dtype == dtype or got.dtype.kind == "i", f"{equation.name} is {got.dtype}"
        assert not any(np.shares_memory(got, value) for value in given.values()), equation.name
        np.testing.assert_allclose(
            got.astype(float), exact, rtol=tolerance, atol=tolerance, err_msg=equation.name
        )
    for name, value in given.items():
        np.testing.assert_array_equal(value, kept[name])


FIRST = [
    pytest.param(text, table[0], id=name) for name, (text, table) in ALL.items() if table[0]
]


@pytest.mark.parametrize(("text", "sizes"), FIRST)
def test_float32_stays_float32(text: str, sizes: Sizes) -> None:
    program = derive.bind(derive.adjoint(derive.bind(derive.parse(text))))
    forward = derive.bind(derive.parse(text))
    given = arrays(forward, sizes, 2, np.float32)
    agree(program, cotangents(program, evaluate(forward, given), given), 1e-3)


@pytest.mark.parametrize(("text", "sizes"), CASES)
def test_equations_and_their_adjoints_agree_with_plain_evaluation(
    text: str, sizes: Sizes
) -> None:
    program = derive.bind(derive.parse(text))
    given = arrays(program, sizes, zlib.crc32(text.encode()), np.float64)
    agree(program, given, 1e-11)
    backward = derive.bind(derive.adjoint(program))
    agree(backward, cotangents(backward, evaluate(program, given), given), 1e-11)
