"""Steps that only move axes."""

import numpy as np
import pytest

from derive.errors import CallRefused
from numeric.axes import Flatten, Reshape, Transpose
from numeric.shape import shape_of, text
from numeric.step import Context

RNG = np.random.default_rng
F64 = np.dtype("float64")


def place(step, *extents):
    return step.place(shape_of(extents), Context(RNG(0), F64))


@pytest.mark.parametrize(
    ("step", "extents", "shape"),
    [
        (Flatten(), (2, 3, 4), "(N, 24)"),
        (Flatten(), (5,), "(N, 5)"),
        (Reshape((4, 6)), (2, 3, 4), "(N, 4, 6)"),
        (Transpose((1, 0, 2)), (5, 3), "(5, N, 3)"),
    ],
)
def test_shapes(step, extents, shape):
    assert text(place(step, *extents).shape) == shape


@pytest.mark.parametrize(
    ("step", "extents"),
    [
        (Flatten(), (2, 3)),
        (Reshape((3, 2)), (2, 3)),
        (Transpose((2, 0, 1)), (2, 3)),
        (Transpose((1, 0, 2)), (2, 3)),
    ],
)
def test_backward_undoes_forward(step, extents):
    placed = place(step, *extents)
    x = RNG(1).standard_normal((4, *extents))
    y, saved = placed.forward(x)
    back, gradients = placed.backward(saved, y)
    assert (back == x).all()
    assert gradients == placed.parameters == {}


@pytest.mark.parametrize(
    ("step", "message"),
    [
        (
            Reshape((4, 4)),
            r"(?s)makes \(4, 4\), 16 elements a sample, of shape \(N, 2, 3\).*product is 6",
        ),
        (Transpose((0, 1)), r"does not order the 3 axes of \(N, 2, 3\)"),
        (Transpose((0, 1, 1)), r"(?s)does not order.*each of 0 to 2 once"),
    ],
)
def test_steps_that_do_not_fit_are_refused(step, message):
    with pytest.raises(CallRefused, match=message):
        place(step, 2, 3)


def test_samples_must_come_first_to_be_flattened():
    turned = place(Transpose((1, 0, 2)), 5, 3)
    with pytest.raises(CallRefused, match=r"first axis of \(5, N, 3\) does not count samples"):
        Flatten().place(turned.shape, Context(RNG(0), F64))
