"""Receptive fields: what the kernel's own gradient tells, against the formula."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

import derive
import numeric
from derive.program import Program
from numeric.check.subject import Subject
from reports.equations import derived
from reports.figures import windows
from reports.figures.reach import Reach, off_grid, reach, window
from reports.figures.subject import subject_of
from tests.reports.figures.programs import OWN, equations, program, subject

WINDOWS = {
    "avgpool1d": 1, "avgpool2d": 2, "conv1d": 1, "conv2d": 2, "conv_transpose2d": 2, "match1d": 1,
    "match2d": 2, "maxpool1d": 1, "maxpool2d": 2, "sumpool2d": 2,
}  # fmt: skip


def test_what_has_a_window() -> None:
    every = {name: window(program(name)) for name in (*derive.layers(), *OWN)}
    assert {name: len(w.axes) for name, w in every.items() if w is not None} == WINDOWS


def found(name: str, **settings: int) -> Reach:
    fields = reach(equations(name, **settings).program, subject(name, **settings), 0)
    assert fields is not None
    return fields


def formula(shape: tuple[int, ...], place: tuple[int, ...], values: dict[str, int]) -> np.ndarray:
    """Where s*u + d*p - P is on the grid."""
    expected = np.zeros(shape, dtype=bool)
    s, d, pad, k = (values[letter] for letter in "sdPk")
    for members in product(range(k), repeat=len(shape)):
        at = tuple(s * u + d * p - pad for u, p in zip(place, members, strict=True))
        if all(0 <= n < extent for n, extent in zip(at, shape, strict=True)):
            expected[at] = True
    return expected


@pytest.mark.parametrize(
    ("name", "settings", "k"),
    [
        ("conv1d", {}, 3),
        ("conv1d", {"s": 2, "P": 1}, 3),
        ("conv2d", {}, 3),
        ("conv2d", {"s": 2, "P": 1, "d": 2}, 3),
        ("match1d", {}, 3),
        ("maxpool1d", {}, 2),
        ("maxpool2d", {"k": 3, "s": 2, "P": 1}, 3),
        ("avgpool2d", {}, 2),
        ("sumpool2d", {"k": 3}, 3),
    ],
)
def test_fields_are_those_of_the_formula(name: str, settings: dict[str, int], k: int) -> None:
    fields = found(name, **settings)
    defaults = {h.name: int(h.default) for h in equations(name, **settings).program.hypers}
    values = {"s": 1, "d": 1, "P": 0, "k": k} | defaults
    beyond = off_grid(fields)
    for field in fields.fields:
        expected = formula(fields.shape, field.place, values)
        assert np.array_equal(field.reached, expected), field.place
    corner = (values["k"] ** len(fields.shape)) - int(fields.fields[0].reached.sum())
    assert len(beyond) == corner
    assert all(min(place) < 0 for place in beyond)


def test_fields_of_a_transposed_convolution() -> None:
    fields = found("conv_transpose2d", s=2)
    for field in fields.fields:
        for at in np.ndindex(fields.shape):
            reached = all(0 <= u - 2 * h < 3 for u, h in zip(field.place, at, strict=True))
            assert field.reached[at] == reached
    assert off_grid(fields) == ()


def own(text: str) -> tuple[Program, Subject]:
    given = derive.parse(text)
    of = subject_of(given, numeric.build(given).source, 0)
    assert of is not None
    return given, of


def test_a_window_behind_another_equation() -> None:
    given, of = own(
        "input x[n, h]\nparam w[p]\nindex u : size(h) - size(p) + 1\noutput y[n, u]\n"
        "z[n, u] = sum[p](w[p]*x[n, u + p])\ny[n, u] = relu(z[n, u])"
    )
    fields = reach(given, of, 0)
    assert fields is not None
    assert [list(np.flatnonzero(f.reached)) for f in fields.fields] == [
        [0, 1, 2], [1, 2, 3], [2, 3, 4],
    ]  # fmt: skip
    assert windows.plot(derived(given), of, 0) is not None


@pytest.mark.parametrize("name", ["dense", "attention", "lstm", "embedding"])
def test_without_a_window_there_is_no_picture(name: str) -> None:
    assert window(equations(name).program) is None
    assert reach(equations(name).program, subject(name), 0) is None
    assert windows.plot(equations(name), subject(name), 0) is None


@pytest.mark.parametrize(
    ("name", "settings", "told", "caption"),
    [
        ("conv1d", {"s": 2, "P": 1}, "1 of the places in the corner's window lie off", "padding"),
        ("conv2d", {}, "9 input entries from (1, 1) to (3, 3)", "Where windows overlap"),
        ("maxpool1d", {}, "2 input entries from (0) to (1)", "do not overlap"),
        ("conv_transpose2d", {"s": 2}, "(5, 5) depends on entry (2, 2)", "depends on the place"),
    ],
)
def test_the_picture_says_what_reaches_what(
    name: str, settings: dict[str, int], told: str, caption: str
) -> None:
    figure = windows.plot(equations(name, **settings), subject(name, **settings), 0)
    assert figure is not None
    assert told in figure.alt
    assert caption in str(figure.caption)
