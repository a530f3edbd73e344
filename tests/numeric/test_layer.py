"""Layers behind shapes: inference, parameters, extra inputs, pointwise kernels."""

import numpy as np
import pytest

import derive
from derive.errors import DeriveError
from numeric.layer import Layer
from numeric.shape import shape_of, text
from numeric.step import Context

F64 = np.dtype("float64")


def place(layer, *extents, seed=0):
    return layer.place(shape_of(extents), Context(np.random.default_rng(seed), F64))


SHAPES = [
    # layer, shape of one sample, what comes out, parameters
    (Layer("dense", i=5), (3,), "(N, 5)", {"W": (5, 3), "b": (5,)}),
    (
        Layer("conv2d", f=4, p=3, q=2, s=2, P=1), (3, 7, 8), "(N, 4, 4, 5)",
        {"W": (4, 3, 3, 2), "b": (4,)},
    ),
    (
        Layer("conv_transpose2d", f=2, p=3, q=3, s=2, P=1, a=1), (3, 4, 5), "(N, 2, 8, 10)",
        {"W": (3, 2, 3, 3), "b": (2,)},
    ),
    (Layer("maxpool2d", k=3, s=2, P=1), (3, 7, 8), "(N, 3, 4, 4)", {}),
    (Layer("layer_norm"), (6,), "(N, 6)", {"gamma": (6,), "beta": (6,)}),
    (Layer("relu"), (3, 7, 8), "(N, 3, 7, 8)", {}),
    (Layer("tanh"), (), "(N)", {}),
    (Layer("softmax"), (4,), "(N, 4)", {}),
]  # fmt: skip


@pytest.mark.parametrize(("layer", "extents", "shape", "parameters"), SHAPES)
def test_shapes_follow_from_the_equations(layer, extents, shape, parameters):
    placed = place(layer, *extents)
    assert text(placed.shape) == shape
    assert {k: v.shape for k, v in placed.parameters.items()} == parameters


@pytest.mark.parametrize(("layer", "extents"), [row[:2] for row in SHAPES])
def test_backward_is_the_slope_of_forward(layer, extents):
    placed = place(layer, *extents, seed=3)
    rng = np.random.default_rng(5)
    x, along = rng.standard_normal((2, 2, *extents))
    y, saved = placed.forward(x)
    dy = rng.standard_normal(y.shape)
    dx, gradients = placed.backward(saved, dy)
    assert {k: v.shape for k, v in gradients.items()} == {
        k: v.shape for k, v in placed.parameters.items()
    }
    step = 1e-6
    ahead, behind = (placed.forward(x + sign * step * along)[0] for sign in (1, -1))
    slope = np.vdot(dy, ahead - behind) / (2 * step)
    assert np.vdot(dx, along) == pytest.approx(slope, rel=1e-6)


def test_the_state_before_the_first_step_is_zero():
    samples, steps, units = shape_of((3, 5))
    placed = Layer("gru", i=4).place((steps, samples, units), Context(np.random.default_rng(0), F64))
    assert text(placed.shape) == "(3, N, 4)"
    x = np.random.default_rng(1).standard_normal((3, 2, 5))
    y, _ = placed.forward(x)
    outputs, _ = placed.kernel.forward(x=x, h0=np.zeros((2, 4)), **placed.parameters)
    assert (y == outputs["h"]).all()


def test_a_given_value_is_where_a_parameter_starts():
    start = np.arange(6.0).reshape(3, 2)
    placed = place(Layer("dense", i=3, initial={"W": start}), 2)
    assert (placed.parameters["W"] == start).all()
    placed.parameters["W"][...] = 0
    assert start.any()


def test_equations_of_the_user_are_a_layer():
    square = derive.parse("input x[n, i]\noutput y[n, i]\ny[n, i] = x[n, i]^2")
    placed = place(Layer(square), 2, 3)
    x = np.random.default_rng(0).standard_normal((4, 2, 3))
    assert placed.forward(x)[0] == pytest.approx(x**2)


REFUSED = [
    (lambda: Layer("dense", units=3), r"(?s)neither an extent nor a hyperparameter 'units'"),
    (lambda: Layer("conv2d", F=3), r"(?s)hyperparameter 'F'.*use (f|P)"),
    (lambda: Layer("relu", i=3), r"(?s)hyperparameter 'i'.*leave i out"),
    (lambda: Layer("dense", i=0), "i = 0 is not an extent"),
    (lambda: Layer("dense", i=2.5), "i = 2.5 is not an extent"),
    (lambda: Layer("dense", i=2, initial={"V": 0}), r"(?s)no parameter 'V'.*it has W, b"),
    (lambda: Layer("dens", i=2), "dens"),
    (lambda: place(Layer("dense"), 3), r"(?s)extent i of W\[i, j\] follows.*Layer\(..., i=16\)"),
    (lambda: place(Layer("dense", i=2)), r"(?s)reads x\[n, j\].*\(N\).*Flatten"),
    (
        lambda: place(Layer("dense", i=2, j=4), 3),
        r"(?s)j is 4 and 3 at once, as x\[n, j\] comes in with shape \(N, 3\).*leave j out",
    ),
    (
        lambda: place(Layer("maxpool2d", k=4), 1, 3, 8),
        r"(?s)y would have shape \(N, 1, 0, 3\): u is below 1.*smaller window",
    ),
    (
        lambda: place(Layer("dense", i=3, initial={"W": np.zeros((2, 3))}), 2),
        r"(?s)given for W has shape \(2, 3\), not \(3, 2\)",
    ),
    (lambda: place(Layer("mse"), 3), "needs the constant t, which a network cannot give"),
    (lambda: place(Layer("dense", i=3, rule="kaiming"), 2), "no initialisation rule 'kaiming'"),
]


@pytest.mark.parametrize(("make", "message"), REFUSED)
def test_what_does_not_fit_is_refused(make, message):
    with pytest.raises(DeriveError, match=message):
        make()


def test_parameters_as_large_as_the_batch_are_refused():
    program = derive.parse(
        "input x[n, j]\nparam W[n, j]\noutput y[n, j]\ny[n, j] = W[n, j]*x[n, j]"
    )
    with pytest.raises(DeriveError, match=r"parameter W would grow.*\(N, 3\)"):
        place(Layer(program), 3)


def test_a_program_without_an_input_is_refused():
    program = derive.parse("param W[i]\noutput y\ny = sum[i](W[i])")
    with pytest.raises(DeriveError, match="has no input to feed"):
        place(Layer(program), 3)
