"""Emitted text in other numbers: nothing may pass through a float on the way."""

from __future__ import annotations

from types import CodeType

import numpy as np
import pytest

from derive.errors import CallRefused
from numeric.check.shim import DIVIDE, execute, read
from numeric.interpret import reals
from numeric.prelude import LEAVES, TABLE, definitions

NUMBERS = reals(80)
LIFT = np.frompyfunc(NUMBERS.lift, 1, 1)
MODULE = '''"""Text with 0.5 in it."""
import numpy as np


{more}
def forward(x):
    {body}
    return y, x


def backward(saved, dy):
    return dy
'''


def run(body, x, more=""):
    text = MODULE.format(body=body, more=more)
    exact = execute(text, NUMBERS).forward(LIFT(np.asarray(x)))[0]
    rounded = execute(text).forward(np.asarray(x))[0]
    return np.asarray(exact, dtype=object), np.asarray(rounded)


THIRD = NUMBERS.lift(1) / 3
# (body that computes y from x, x, how y[...] is known exactly)
EXACT = [
    ("y = 0.1 * x * 10", [3.0], lambda x: x),
    ("y = 1 / 3 * x", [1.0], lambda x: x / 3),
    ("y = x * (2 / x.shape[0])", [1.0, 1.0, 1.0], lambda x: 2 * x / 3),
    ("y = x + (x > 0) / 3", [1.0], lambda x: x + THIRD),
    ("y = x + (x > 0).sum() / 3", [1.0], lambda x: x + THIRD),
    ("y = x.copy()\n    y /= 3", [1.0], lambda x: x / 3),
    ("y = x.copy()\n    y[0] /= 3", [1.0], lambda x: x / 3),
    ("y = x + np.ones(x.shape) / 3", [1.0], lambda x: x + THIRD),
    ("y = np.where(x > 0, 1, 0) / 3 + 0 * x", [1.0], lambda _: THIRD),
    ("y = np.arange(len(x)) / 3 + x", [0.0, 1.0], lambda x: x + x / 3),
    ("y = x ** -1", [3.0], lambda x: 1 / x),
    ("y = x ** 0.5", [2.0], NUMBERS.functions["sqrt"]),
    ("y = np.power(x, 3)", [2.0], lambda x: x * x * x),
    ("y = np.sqrt(2) * x", [1.0], lambda x: NUMBERS.functions["sqrt"](2 * x)),
    ("y = np.exp(x) * np.exp(-x)", [0.5], lambda x: x * 2),
    ("y = np.expm1(x) + 1", [0.5], NUMBERS.functions["exp"]),
    ("y = np.pi * x", [1.0], lambda _: NUMBERS.pi),
    ("y = np.divide(1, 3) * x", [1.0], lambda _: THIRD),
    ("y = np.mean(x > 0) * x + np.sign(x) / 3", [1.0], lambda x: x + THIRD),
    ("y = np.vecdot(x[:, None], x[:, None]) / 3", [2.0], lambda _: 4 * THIRD),
    ("y = np.full(x.shape, 0.1) + x", [0.0], lambda _: THIRD * 3 / 10),
    ("y = np.zeros_like(x)\n    y[:] = x.sum() / 3", [1.0], lambda _: THIRD),
    ("y = np.log(x.sum()).reshape(1) * x", [1.0], lambda x: 0 * x),
    ("y = np.maximum(x, -np.inf)", [1.0], lambda x: x),
]


@pytest.mark.parametrize(("body", "x", "expected"), EXACT)
def test_arithmetic_is_exact(body, x, expected):
    exact, rounded = run(body, x)
    for found, given in zip(exact.flat, x, strict=True):
        assert abs(found - expected(NUMBERS.lift(given))) < 1e-78
    np.testing.assert_allclose(exact.astype(float), rounded, rtol=1e-15)


def test_a_cast_to_a_float_shows():
    exact, _ = run("y = (x / 3).astype(np.float32) * 1", [1.0])
    assert 1e-10 < abs(exact[0] - THIRD) < 1e-7


def test_division_by_zero_gives_what_floats_give():
    with np.errstate(all="ignore"):
        exact, rounded = run("y = np.array([1, -1, 0]) / x", [0.0, 0.0, 0.0])
    np.testing.assert_array_equal(exact.astype(float), rounded)


# Functions of numbers, with what they take besides; the others move or index arrays.
ARGUMENTS = {
    **dict.fromkeys(("sigmoid", "softplus", "erf", "gelu", "silu", "step"), ""),
    **dict.fromkeys(("leaky_relu", "elu"), ", 0.5"),
    **dict.fromkeys(("logsumexp", "softmax", "log_softmax"), ", 0"),
}


@pytest.mark.parametrize("entry", [e for e in TABLE if e.name in ARGUMENTS])
def test_the_prelude_runs_in_any_numbers(entry):
    """A function of the prelude is the mathematical function, whole or by its own text."""
    args = ARGUMENTS[entry.name]
    x = [-2.5, -0.5, 0.25, 3.0]
    exact, rounded = run(f"y = {entry.name}(x{args})", x, more=definitions(TABLE) + "\n")
    np.testing.assert_allclose(exact.astype(float), rounded, rtol=1e-13)
    function = NUMBERS.functions.get(entry.name)
    if function is not None:
        more = (NUMBERS.lift(1) / 2,) if entry.name in ("leaky_relu", "elu") else ()
        for found, given in zip(exact.flat, x, strict=True):
            assert abs(found - function(NUMBERS.lift(given), *more)) < 1e-75


def test_every_float_approximation_has_an_exact_form():
    missing = [n for n in LEAVES if n not in NUMBERS.functions]
    assert not missing


def test_what_is_not_a_kernel_is_refused():
    with pytest.raises(CallRefused, match=r"not Python: .* in line 1"):
        execute("def forward(")
    with pytest.raises(CallRefused, match="defines no function backward"):
        execute("def forward(x):\n    return x, x\n")


@pytest.mark.parametrize(
    "line",
    ["x = a/3", "x = a**3", "x = 1e1*a", "x = .5*a", "x = 1_0.0*a", "a /= 3", "import numpy as np"],
)
def test_every_line_that_floats_could_hide_in_is_rewritten(line: str) -> None:
    text = f"def forward(a):\n    return a\n\n\ndef backward(a):\n    {line}\n    return a\n"
    assert _inner(read(text).exact) != _inner(read(text).ordinary)


def test_a_division_in_a_decorator_is_rewritten() -> None:
    text = "@wrap(1/3)\ndef forward(a):\n    return a\n\n\ndef backward(a):\n    return a\n"
    assert DIVIDE in read(text).exact.co_names


def _inner(code: CodeType) -> list[tuple[object, ...]]:
    parts = [part for part in code.co_consts if isinstance(part, CodeType)]
    return [(part.co_code, part.co_names, part.co_consts) for part in parts]
