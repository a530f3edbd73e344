"""The functions that emitted modules define, against mpmath."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

import mpmath as mp
import numpy as np
import pytest

from numeric.prelude import LEAVES, PRELUDE, TABLE, definitions, needed

SLOPE = 0.3
POINTS = np.unique(
    np.concatenate(
        [
            np.linspace(-800, 800, 641),
            np.linspace(-40, 40, 801),
            np.linspace(-2, 2, 401),
            *(sign * 10.0 ** np.arange(-300, 3, 20) for sign in (1, -1)),
            [0.0, 1.0, -1.0],
        ]
    )
)
REFERENCE: dict[str, Callable[[Any], Any]] = {
    "sigmoid": lambda z: 1 / (1 + mp.exp(-z)),
    "softplus": lambda z: mp.log1p(mp.exp(z)),
    "erf": mp.erf,
    "gelu": lambda z: z * mp.erfc(-z / mp.sqrt(2)) / 2,
    "silu": lambda z: z / (1 + mp.exp(-z)),
    "step": lambda z: mp.mpf(z > 0),
    "leaky_relu": lambda z: z if z > 0 else z * mp.mpf(SLOPE),
    "elu": lambda z: z if z > 0 else mp.expm1(z) * mp.mpf(SLOPE),
}
ARGUMENTS = {"leaky_relu": (SLOPE,), "elu": (SLOPE,)}
ELEMENTWISE = sorted(REFERENCE)
# Below this multiple of the smallest normal number digits are lost to gradual underflow.
SUBNORMAL = 1e6


@pytest.fixture(scope="module")
def functions() -> dict[str, Callable[..., Any]]:
    namespace: dict[str, Any] = {"np": np}
    exec(definitions(TABLE), namespace)
    return namespace


def worst(
    name: str, given: np.ndarray, found: np.ndarray, reference: Callable[[Any], Any]
) -> float:
    """The largest relative error, in roundings of the dtype."""
    mp.mp.dps = 40
    info = np.finfo(found.dtype)
    tiny = float(info.tiny) * SUBNORMAL
    errors = [0.0]
    for z, value in zip(given.tolist(), found.tolist(), strict=True):
        exact = reference(mp.mpf(z))
        if abs(exact) < tiny:
            assert abs(value) <= 2 * tiny, f"{name}({z}) = {value}"
        else:
            errors.append(float(abs(mp.mpf(value) / exact - 1)))
    return max(errors) / (float(info.eps) / 2)


@pytest.mark.parametrize("name", ELEMENTWISE)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_values(name: str, dtype: Any, functions: dict[str, Callable[..., Any]]) -> None:
    given = np.unique(POINTS.astype(dtype))
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        found = functions[name](given, *ARGUMENTS.get(name, ()))
    assert found.dtype == dtype
    limit = PRELUDE[name].worst_single if dtype == np.float32 else PRELUDE[name].worst
    assert worst(name, given, found, REFERENCE[name]) <= limit


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_scalars_keep_their_dtype(name: str, functions: dict[str, Callable[..., Any]]) -> None:
    found = functions[name](np.float32(0.5), *ARGUMENTS.get(name, ()))
    assert found.dtype == np.float32
    assert np.shape(found) == ()


@pytest.mark.parametrize("name", ELEMENTWISE)
@pytest.mark.parametrize("z", [np.inf, -np.inf, 1e30, -1e30])
def test_far_out(name: str, z: float, functions: dict[str, Callable[..., Any]]) -> None:
    limits = {"sigmoid": (0, 1), "softplus": (0, z), "erf": (-1, 1)}
    limits |= {"gelu": (0, z), "silu": (0, z), "step": (0, 1)}
    limits |= {"leaky_relu": (SLOPE * z, z), "elu": (-SLOPE, z)}
    with np.errstate(invalid="ignore"):  # -inf*0 of gelu and silu is not a number
        found = functions[name](np.array([z]), *ARGUMENTS.get(name, ()))[0]
    if np.isinf(z) and z < 0 and name in ("gelu", "silu"):
        assert np.isnan(found)
    else:
        assert found == limits[name][z > 0]


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_not_a_number_stays(name: str, functions: dict[str, Callable[..., Any]]) -> None:
    assert np.isnan(functions[name](np.array([np.nan]), *ARGUMENTS.get(name, ()))[0])


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([[1000.0, 1000.0]], [1000 + np.log(2)]),
        ([[-1000.0, -1000.0]], [-1000 + np.log(2)]),
        ([[0.0, -np.inf]], [0.0]),
        ([[-np.inf, -np.inf]], [-np.inf]),
        ([[np.inf, 0.0]], [np.inf]),
    ],
)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_logsumexp(
    rows: list[list[float]], expected: list[float], dtype: Any, functions: dict[str, Any]
) -> None:
    with np.errstate(all="raise", under="ignore"):
        found = functions["logsumexp"](np.array(rows, dtype), axis=1)
    assert found.dtype == dtype
    np.testing.assert_allclose(found, expected, rtol=4 * np.finfo(dtype).eps)


@pytest.mark.parametrize("name", ["erf", "gelu"])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_blocks_are_the_whole(
    name: str, dtype: Any, functions: dict[str, Callable[..., Any]]
) -> None:
    given = np.linspace(-9, 9, 70_000, dtype=dtype).reshape(7, -1)
    parts = np.concatenate([functions[name](row) for row in given])
    for z in (given, np.asfortranarray(given), given[:, ::-1]):
        found = functions[name](z)
        assert found.dtype == dtype
        assert found.shape == z.shape
    np.testing.assert_array_equal(functions[name](given).reshape(-1), parts)
    np.testing.assert_array_equal(functions[name](given[:, ::-1]), functions[name](given)[:, ::-1])


def test_only_what_is_called_is_needed() -> None:
    assert [p.name for p in needed("y = gelu(z) + np.erf(x) + my_step(z)")] == [
        "ratio", "blocks", "gelu",
    ]  # fmt: skip
    assert needed("y = np.exp(z)") == ()


@pytest.mark.parametrize("entry", TABLE, ids=lambda entry: entry.name)
def test_every_text_names_what_it_needs(entry: Any) -> None:
    called = {p.name for p in needed(entry.text)} - {entry.name}
    closure = list(entry.needs)
    for name in closure:
        closure += PRELUDE[name].needs
    assert called == set(closure)
    assert ast.get_docstring(ast.parse(entry.text).body[0])  # type: ignore[arg-type]
    assert max(map(len, entry.text.splitlines())) <= 88


def test_what_approximates_in_floats_is_a_leaf() -> None:
    assert set(LEAVES) == {"erf", "gelu"}
