"""Random programs and data for them, drawn through hypothesis."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any, TypeVar

import numpy as np
from hypothesis import HealthCheck, Phase, reject, settings
from hypothesis import strategies as st

import derive
from derive.program import Program
from numeric.interpret import interpret, rationals
from trials.programs import program_text

Test = TypeVar("Test", bound=Callable[..., Any])
SIZES = (2, 3, 3, 2, 1, 4)
TRIES = 12


def fuzzed(examples: int) -> Callable[[Test], Test]:
    """So many examples, the same in every run.

    What fails is told as it is: a whole program takes hypothesis minutes to shrink, and
    ``trials.shrink`` seconds.
    """
    return settings(
        max_examples=examples, derandomize=True, database=None, deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )  # fmt: skip


def texts(*, exact: bool = False) -> st.SearchStrategy[str]:
    """Texts of random programs; whatever hypothesis shrinks them to, a right one."""
    return st.randoms(use_true_random=False).map(lambda rng: program_text(rng, exact=exact))


def accepted(text: str) -> Program:
    """The program; a refused one is no example."""
    try:
        return derive.parse(text)
    except derive.DeriveError:
        return reject()


def whole_numbers(
    program: Program, rng: np.random.Generator, sizes: tuple[int, ...] = SIZES
) -> dict[str, Any]:
    """Integers for every array, with extents under which the program has values.

    Data without a value (a division by zero, a read off the
    grid) are drawn again.
    """
    axes = sorted({axis for array in program.arrays for axis in array.axes})
    for _ in range(TRIES):
        size = {axis: int(rng.choice(sizes)) for axis in axes}
        size |= {name: 3 for name in size if dict(program.extents).get(name) is not None}
        given: dict[str, Any] = {}
        for array in program.arrays:
            shape = tuple(size[axis] for axis in array.axes)
            low, high = (0, 2) if array.integer else (-4, 5)
            given[array.name] = rng.integers(low, high, shape)
        try:
            interpret(program, given, rationals())
        except derive.DeriveError:
            continue
        return given
    return reject()


def as_fractions(arrays: dict[str, Any]) -> dict[str, Any]:
    """Arrays of numbers as arrays of fractions, labels as they are."""
    lift = np.frompyfunc(lambda value: Fraction(int(value)), 1, 1)
    return {name: np.asarray(lift(array), dtype=object) for name, array in arrays.items()}
