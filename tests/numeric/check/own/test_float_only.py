"""Functions that run in float64 only are judged as far as that goes, and the report says so."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from numpy.polynomial import polynomial

import derive
from numeric import check_function
from numeric.check.own.inexact import FAMILIES, slope

C = np.array([0.5, -1.25, 0.75, 2.0])


def through_text(x: Any) -> Any:
    values = [float.fromhex(v.hex()) for v in x.ravel()]
    return np.array(values).reshape(x.shape) ** 2, x


def buffered(x: Any) -> Any:
    room = np.frombuffer(bytearray(8 * x.size)).copy()
    room[:] = np.tanh(x).ravel()
    return room.reshape(x.shape), room


def absolute(x: Any) -> Any:
    return np.abs(np.frombuffer(np.ascontiguousarray(x).tobytes()).reshape(x.shape)), x


def relu(z: Any) -> Any:
    return np.maximum(np.array([float.fromhex(v.hex()) for v in z.flat]).reshape(z.shape), 0), z


@pytest.mark.parametrize(
    ("forward", "backward", "reason"),
    [
        (through_text, lambda x, g: 2 * x * g, r"in line \d+"),
        (buffered, lambda t, g: (1 - t.reshape(g.shape) ** 2) * g, "float64 is made in line"),
        (absolute, lambda x, g: np.sign(x) * g, "not provable at 80 digits"),
    ],
)
def test_agreement_is_no_proof(forward: Any, backward: Any, reason: str) -> None:
    result = check_function(forward, backward, [(2, 3)])
    assert result.verdict == "INCONCLUSIVE", str(result)
    assert result.exit_code == 3
    (line,) = (line for line in result.lines if line.proof.startswith("S3"))
    assert line.comparisons
    assert "agrees to" in line.note
    assert re.search(reason, line.note)


@pytest.mark.parametrize(
    ("forward", "backward"),
    [
        (through_text, lambda x, g: x * g),
        (through_text, lambda x, g: 2.00001 * x * g),
        (through_text, lambda x, _g: 2 * x),
        (buffered, lambda t, g: (1 - t.reshape(g.shape)) * g),
        (absolute, lambda x, g: -np.sign(x) * g),
        (absolute, lambda x, g: np.sign(x) * g * np.nan),
    ],
)
def test_a_bug_is_found(forward: Any, backward: Any) -> None:
    result = check_function(forward, backward, [(2, 3)])
    assert result.verdict == "WRONG", str(result)
    assert result.counterexample is not None


@pytest.mark.parametrize(
    ("backward", "verdict"),
    [
        (lambda z, g: g * (z > 0), "INCONCLUSIVE"),
        (lambda z, g: g * (z > 0) * 1.001, "WRONG"),
        (lambda z, g: g * (z < 0), "WRONG"),
    ],
)
def test_equations_are_a_reference_at_80_digits(backward: Any, verdict: str) -> None:
    result = check_function(relu, backward, None, derive.load("relu"))
    assert result.verdict == verdict, str(result)
    assert "S5 gradient in float64" in {line.proof for line in result.lines}


def test_a_constant_that_was_rounded_before_is_no_bug() -> None:
    half = [1 / 3 + 1 / 7]

    def forward(x: Any) -> Any:
        return x**2 * half[0], x

    def backward(x: Any, g: Any) -> Any:
        return 2 * x * g * (1 / 3 + 1 / 7)

    result = check_function(forward, backward, [(3,)])
    assert result.verdict == "INCONCLUSIVE", str(result)
    assert "the rounded constant 0.47619047619047616 is used" in str(result)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize(("function", "right"), [(np.sin, np.cos), (np.exp, np.exp)])
def test_a_slope_knows_its_error(function: Any, right: Any, family: Any) -> None:
    found = slope(lambda h: float(function(0.7 + h) - function(0.7 - h)), 1e-14, family)
    assert abs(found.value - right(0.7)) <= found.error
    assert found.error < 1e-9


def test_a_slope_at_a_kink_is_not_known() -> None:
    def bent(x: float) -> float:
        return abs(x) + polynomial.polyval(x, C)

    found = slope(lambda h: float(bent(1e-3 + h) - bent(1e-3 - h)), 1e-14, (0.05, 1.6, 4))
    assert found.error > 1e-2
