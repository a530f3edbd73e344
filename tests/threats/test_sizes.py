"""Texts and extents made to be too large: refused at once, in little memory, with the number."""

from __future__ import annotations

import re
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import pytest

import derive
import numeric
from derive.errors import CallRefused, LimitError
from derive.words import MAX_CHARACTERS, MAX_NESTING, MAX_NODES
from numeric.bulk import LARGEST_ARRAY, LONGEST_LOOP


@contextmanager
def within(seconds: float, mebibytes: float) -> Iterator[None]:
    """Fail where the block takes more processor time, or more memory at once."""
    tracemalloc.start()
    begun = time.process_time()
    try:
        yield
        took, (_, peak) = time.process_time() - begun, tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert took < seconds, f"{took:.2f} s"
    assert peak < mebibytes * 2**20, f"{peak / 2**20:.1f} MiB"


HEAD = "input x\noutput y\n"
ROOM = MAX_CHARACTERS - len(HEAD) - len("y = ")

# Right sides that fill the text, or pass a limit of it.
FULL = {
    "sum": "x" + "+x" * (ROOM // 4),
    "product": "x" + "*x" * 1000,
    "signs": "x" + "-x" * 1500,
    "nested": "tanh(" * 99 + "x" + ")" * 99,
    "brackets": "(" * MAX_NESTING + "x" + ")" * MAX_NESTING,
    "minuses": "-" * 99 + "x",
    "quotients": "1/(1 + " * 15 + "x" + ")" * 15,
    "cubes": "(" * 30 + "x" + "+1)^3" * 30,
    "choices": "x if x > 0 else (" * 50 + "x" + ")" * 50,
    "polynomial": "+".join(f"x^{k}*exp({k}*x)" for k in range(1, 65)),
    "product rule": "*".join(f"tanh({k}*x)" for k in range(1, 40)),
}


@pytest.mark.parametrize("text", FULL.values(), ids=FULL)
def test_what_fits_is_read_in_bounds(text: str) -> None:
    with within(seconds=20.0, mebibytes=64):
        assert derive.parse(f"{HEAD}y = {text}").outputs == ("y",)


# Those whose derivative is asked for too, the longest of them cut.
DERIVED = {
    "sum": "x" + "+x" * 500,
    "product": "x" + "*x" * 60,
    "nested": "tanh(" * 40 + "x" + ")" * 40,
    "quotients": "1/(1 + " * 8 + "x" + ")" * 8,
    "cubes": "(" * 10 + "x" + "+1)^3" * 10,
    "polynomial": "+".join(f"x^{k}*exp({k}*x)" for k in range(1, 20)),
    "product rule": "*".join(f"tanh({k}*x)" for k in range(1, 15)),
}


@pytest.mark.parametrize("text", DERIVED.values(), ids=DERIVED)
def test_a_derivative_grows_in_bounds(text: str) -> None:
    program = derive.parse(f"{HEAD}y = {text}")
    with within(seconds=20.0, mebibytes=128):
        adjoint = derive.adjoint(program)
    assert len(str(adjoint)) < 10 * MAX_NODES


def test_a_derivative_out_of_proportion_is_refused() -> None:
    factors = "*".join(f"tanh({k}*x)" for k in range(1, 120))
    said = r"more than 10 times the .* of the equations; most of them are in dx"
    with (
        within(seconds=20.0, mebibytes=128),
        pytest.raises(derive.DeriveError, match=said) as caught,
    ):
        derive.adjoint(derive.parse(f"{HEAD}y = {factors}"))
    assert "name partial products" in caught.value.remedy


# Texts beyond the limits: what is written, what is said.
BEYOND = [
    ("(" * 101 + "x", "nesting deeper than 100"),
    ("-" * 101 + "x", "nesting deeper than 100"),
    ("[" * 101, "nesting deeper than 100|number stands"),
    ("not " * 101 + "x", "nesting deeper than 100|number"),
    ("tanh(" * 101 + "x", "nesting deeper than 100"),
    ("x^" * 101 + "x", "nesting deeper than 100"),
    ("1 if x > 0 else " * 101 + "x", "nesting deeper than 100"),
    ("(" * 10**6, "characters; the limit is 20,000"),
    ("-" * 10**6, "characters; the limit is 20,000"),
    ("x+" * 10**6, "characters; the limit is 20,000"),
    ("\n" * 10**6, "characters; the limit is 20,000"),
    ("9" * 10**6, "characters; the limit is 20,000"),
    ("\n" * 600, "603 lines; the limit is 500|lines; the limit is 500"),
    ("a" * 1000, "has 1000 characters; the limit is 32"),
    ("9" * 5000, "a number of 5000 characters; the limit is 100"),
    ("1e999", "1e999 is outside the range of a double"),
    ("1e-999", "1e-999 is outside the range of a double"),
    ("1e" + "9" * 90, "is outside the range of a double"),
    ("9^9^9", "the integer 387420489 is above the limit"),
    ("(9^9)^9^9", "above the limit|too large"),
    ("10^10^7", "above the limit"),
    ("2^65", "the exponent 65 is above the limit of 64"),
    ("x^1e9", "the exponent 1e[+]09 is above the limit of 64"),
    ("((((2^64)^64)^64)^64)*x", "too large|above the limit"),
]


@pytest.mark.parametrize(("text", "said"), BEYOND, ids=[f"{t[:12]!r}, {len(t)}" for t, _ in BEYOND])
def test_what_does_not_fit_is_refused_in_bounds(text: str, said: str) -> None:
    whole = f"{HEAD}y = {text}"
    with within(seconds=2.0, mebibytes=16), pytest.raises(derive.DeriveError, match=said) as caught:
        derive.parse(whole)
    assert len(str(caught.value)) < 1000
    assert caught.value.remedy


def test_functions_that_double_are_refused_in_bounds() -> None:
    lines = ["def f0(a) = a*a"] + [f"def f{k}(a) = f{k - 1}(a)*f{k - 1}(a)" for k in range(1, 16)]
    text = "\n".join([HEAD, *lines, "y = f15(x)"])
    with within(seconds=12.0, mebibytes=64), pytest.raises(LimitError, match="20,000 operations"):
        derive.parse(text)


# ---- extents ------------------------------------------------------------------------------------

OUTER = "input x[n], z[m]\noutput y[n, m]\ny[n, m] = x[n]*z[m]"
DEEP = "input x[n]\noutput y\ny = " + "".join(f"sum[n{k}](" for k in range(1, 7)) + "*".join(
    f"x[n{k}]" for k in range(1, 7)
) + ")" * 6  # fmt: skip
CONSTANT = "index k : 1000000, l : 1000000\ninput x\noutput y[k, l]\ny[k, l] = x*(k + l)"


def run(text: str, **shapes: int) -> Callable[[], object]:
    kernel = numeric.build(derive.parse(text))
    return lambda: kernel.forward(**{name: np.zeros(size) for name, size in shapes.items()})


@pytest.mark.parametrize(
    ("text", "shapes", "said"),
    [
        (OUTER, {"x": 10**5, "z": 10**5}, r"y\[n, m\] = x\[n\]\*z\[m\]"),
        (CONSTANT, {"x": ()}, r"y\[k, l\]"),
    ],
)
def test_an_array_that_is_too_large_is_refused_before_it_is_made(
    text: str, shapes: dict[str, int], said: str
) -> None:
    call = run(text, **shapes)
    with (
        within(seconds=1.0, mebibytes=4),
        pytest.raises(CallRefused, match=f"{LARGEST_ARRAY:,}") as caught,
    ):
        call()
    assert re.search(said, caught.value.equation)
    assert "elements" in caught.value.problem


def test_a_loop_that_does_not_end_is_refused() -> None:
    call = run(DEEP, x=1000)
    with (
        within(seconds=1.0, mebibytes=4),
        pytest.raises(CallRefused, match=f"{LONGEST_LOOP:,}") as caught,
    ):
        call()
    assert f"{1000**6:,} steps" in caught.value.problem


@pytest.mark.parametrize(
    "text", [CONSTANT, "index k : 1000000, l : 1000000\ninput x\noutput y\ny = x*sum[k, l](k*l)"]
)
def test_a_program_too_large_to_check_is_undecided_at_once(text: str) -> None:
    with within(seconds=4.0, mebibytes=64):
        result = numeric.check(derive.parse(text))
    assert (result.verdict, result.exit_code) == ("INCONCLUSIVE", 3)
    notes = " ".join(line.note for line in result.lines)
    assert "extents" in notes
