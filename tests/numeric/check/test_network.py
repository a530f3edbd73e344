"""Networks proved by Taylor's remainder, and networks with bugs put in refuted by name."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count

import numpy as np
import pytest

import derive
from derive.errors import CallRefused
from numeric import Flatten, Layer, Network, check_network, one_hot
from numeric.check import taylor
from numeric.step import PREDICT, Placed


@dataclass(eq=False)
class Edited:
    """A layer whose gradients are edited: ``edit(name, gradient)`` for ``x`` and parameters."""

    layer: Layer
    edit: object

    def place(self, shape, context):
        return _Edited(self.layer.place(shape, context), self.edit)


class _Edited(Placed):
    def __init__(self, inner, edit):
        super().__init__("edited", inner.before, inner.shape)
        self.inner, self.edit, self.parameters = inner, edit, inner.parameters

    def forward(self, x, mode=PREDICT):
        return self.inner.forward(x, mode)

    def backward(self, saved, dy):
        dx, own = self.inner.backward(saved, dy)
        found = {name: self.edit(name, value) for name, value in own.items()}
        return self.edit("x", dx), {n: v for n, v in found.items() if v is not None}


def batch(shape, classes, seed=3, count=12):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((count, *shape)).astype(np.float32)
    return x, one_hot(rng.integers(0, classes, count), classes)


def six_dense(**settings):
    steps = [*(Layer("dense", i=9) for _ in range(5)), Layer("dense", i=4)]
    return Network(steps, loss="softmax_cross_entropy", shape=(7,), seed=2, **settings)


def three_dense(edit):
    steps = [Layer("dense", i=9), Edited(Layer("dense", i=9), edit), Layer("dense", i=4)]
    return Network(steps, loss="softmax_cross_entropy", shape=(7,), seed=2)


def pooled():
    steps = [
        Layer("conv2d", f=3, p=3, q=3, P=1), Layer("relu"), Layer("maxpool2d"), Flatten(),
        Layer("dense", i=5), Layer("dense", i=4),
    ]  # fmt: skip
    return Network(steps, loss="softmax_cross_entropy", shape=(1, 6, 6), seed=2)


def test_six_layers_are_proved_and_left_alone():
    network = six_dense()
    before = {name: value.copy() for name, value in network.parameters.items()}
    result = check_network(network, *batch((7,), 4))
    assert (result.verdict, result.exit_code) == ("PROVED", 0), str(result)
    assert [line.proof for line in result.lines] == [f"S8 {name}" for name in network.parameters]
    assert all(line.worst < 0.5 and line.comparisons > 8 for line in result.lines)
    assert all((before[name] == value).all() for name, value in network.parameters.items())
    assert {value.dtype for value in network.parameters.values()} == {np.dtype("float32")}
    assert str(network.check(*batch((7,), 4))) == str(result)


def test_a_kink_at_the_given_parameters_is_left_before_judging():
    """Zeros around an image and biases of zero put every relu there on its kink."""
    x, targets = batch((1, 6, 6), 4)
    x[:, :, :2] = x[:, :, -2:] = 0
    result = pooled().check(x, targets)
    assert result.verdict == "PROVED", str(result)
    assert "off a kink" in next(line.note for line in result.lines if line.proof == "S8 0.b")


AFFINE = "input x[n, j]\nparam W[i, j], b[i]\noutput z[n, i]\nz[n, i] = sum[j](W[i, j]*x[n, j]) + b[i]"
SHIFT = "input x[n, i]\nparam b\noutput y[n, i]\ny[n, i] = x[n, i] + b"
INNER = "input y[n, i]\nconst t[n, i]\noutput loss\nloss = mean[n](sum[i](t[n, i]*y[n, i]))"


@pytest.mark.parametrize("factor", [1, 1.01])
def test_a_loss_that_is_linear_along_a_direction_is_judged_by_its_slope(factor):
    affine = Layer(derive.parse(AFFINE), i=3)
    steps = [Edited(affine, lambda n, g: factor * g if n == "b" else g), Layer("leaky_relu")]
    network = Network(steps, loss=derive.parse(INNER), shape=(4,), seed=1)
    x, targets = np.random.default_rng(1).standard_normal((2, 5, 4))
    result = network.check(x, targets[:, :3])
    if factor == 1:
        assert result.verdict == "PROVED", str(result)
        assert all("linear along" in line.note for line in result.lines), str(result)
    else:
        assert (result.verdict, result.counterexample.proof) == ("WRONG", "S8 0.b")


def test_a_parameter_that_does_not_matter_has_a_gradient_of_zero():
    steps = [Layer("dense", i=5), Layer("tanh"), Layer(derive.parse(SHIFT)), Layer("layer_norm")]
    network = Network(steps, loss="mse", shape=(4,), seed=1)
    x, targets = np.random.default_rng(1).standard_normal((2, 5, 5))
    result = network.check(x[:, :4], targets)
    assert result.verdict == "PROVED", str(result)
    note = next(line.note for line in result.lines if line.proof == "S8 2.b")
    assert "the loss does not move with 2.b, and the gradient is 0" in note


def test_units_that_are_off_for_every_sample_are_moved_until_they_are_not():
    network = Network([Layer("dense", i=3)], loss="mse", shape=(4,), seed=1)
    network.parameters["0.b"][:] = -8
    result = network.check(*batch((4,), 3))
    assert result.verdict == "PROVED", str(result)
    assert all("of their size, off" in line.note for line in result.lines)


def test_a_loss_that_nothing_moves_proves_nothing():
    network = Network([Layer("dense", i=3), Layer("step")], loss="mse", shape=(4,), seed=1)
    result = network.check(*batch((4,), 3))
    assert result.verdict == "INCONCLUSIVE", str(result)
    assert "does not move with 0.W" in result.lines[0].note


BUGS = {
    "gradient zero": (lambda n, g: 0 * g if n == "W" else g, "1.W"),
    "a factor of 1.01": (lambda n, g: 1.01 * g if n == "W" else g, "1.W"),
    "a factor of 1.0005": (lambda n, g: 1.0005 * g if n == "b" else g, "1.b"),
    "sign": (lambda n, g: -g if n == "b" else g, "1.b"),
    "transposed": (lambda n, g: g.T.copy() if n == "W" else g, "1.W"),
    "one entry": (lambda n, g: g + (np.arange(g.size) == 5).reshape(g.shape) * 0.01 if n == "W" else g, "1.W"),
    "cotangent passed on": (lambda n, g: 1.001 * g if n == "x" else g, "0.W"),
    "cotangent cut": (lambda n, g: 0 * g if n == "x" else g, "0.W"),
    "missing": (lambda n, g: None if n == "b" else g, "1.b"),
    "shape": (lambda n, g: g.sum() if n == "b" else g, "1.b"),
    "not a number": (lambda n, g: g * np.nan if n == "b" else g, "1.b"),
}  # fmt: skip


@pytest.mark.parametrize("bug", BUGS)
def test_a_bug_is_refuted_and_its_parameter_named(bug):
    edit, name = BUGS[bug]
    result = check_network(three_dense(edit), *batch((7,), 4))
    assert (result.verdict, result.exit_code) == ("WRONG", 1), str(result)
    assert result.counterexample.proof == f"S8 {name}"
    wrong = {line.proof for line in result.lines if line.verdict == "WRONG"}
    before = {f"S8 {k}.{n}" for k in range(1) for n in "Wb"}
    assert wrong == (before if bug.startswith("cotangent") else {f"S8 {name}"})


@pytest.mark.parametrize("once", [False, True])
def test_a_shared_weight_counts_as_often_as_it_is_used(once):
    tied = Layer("dense", i=6)
    steps = [
        Layer("dense", i=6), tied, Layer("tanh"),
        Edited(tied, lambda n, g: 0 * g if once and n != "x" else g), Layer("dense", i=3),
    ]  # fmt: skip
    network = Network(steps, loss="softmax_cross_entropy", shape=(4,), seed=4)
    assert list(network.parameters) == ["0.W", "0.b", "1.W", "1.b", "4.W", "4.b"]
    result = network.check(*batch((4,), 3))
    assert result.verdict == ("WRONG" if once else "PROVED"), str(result)
    assert "S8 1.W" in [line.proof for line in result.lines]
    if once:
        assert result.counterexample.entry.startswith("d1.W along")


def test_every_parameter_of_every_layer_type_in_one_network():
    steps = [
        Layer("embedding", k=7, i=6), Layer("rms_norm"), Layer("elu"), Layer("dense", i=5),
        Layer("batch_norm"), Layer("gelu"), Layer("dense", i=3), Layer("softmax"),
    ]  # fmt: skip
    network = Network(steps, loss="cross_entropy", shape=(), seed=1)
    labels = np.random.default_rng(0).integers(0, 7, 12)
    targets = one_hot(np.random.default_rng(1).integers(0, 3, 12), 3)
    assert network.check(labels, targets).verdict == "PROVED"


def test_no_parameter_is_refused():
    network = Network([Layer("relu")], loss="mse", shape=(3,))
    with pytest.raises(CallRefused, match="no parameter to check"):
        network.check(np.ones((2, 3)), np.ones((2, 3)))


class Unsteady:
    """A network whose loss is what a function says."""

    def __init__(self, loss):
        self.loss, self.parameters = loss, {"w": np.ones(2)}

    def in_dtype(self, _):
        return self

    def evaluate(self, x, _):
        return self.loss(self.parameters["w"]), x

    def gradients(self, x, targets):
        return self.evaluate(x, targets)[0], {"w": np.zeros(2)}


NUMBERS = count()


@pytest.mark.parametrize(
    ("loss", "why"),
    [
        (lambda _: float("nan"), "the loss is nan"),
        (lambda _: float(next(NUMBERS)), "is another when it is"),
        (lambda w: 0.5 if w[0] == 1 else np.inf, "leaves the finite numbers"),
        (lambda w: 1 + 1e-9 * float(np.sin(1e12 * w).sum()), "no step is both longer"),
    ],
)
def test_what_cannot_be_judged_is_said(loss, why):
    result = check_network(Unsteady(loss), np.zeros(1), np.zeros(1))
    assert (result.verdict, result.exit_code) == ("INCONCLUSIVE", 3), str(result)
    assert why in " ".join(line.note for line in result.lines)


SLOPES = [
    (lambda h: 1 + 3 * h + h * h, 3.0, "right"),
    (lambda h: 1 + 3 * h + h * h, 3.03, "wrong"),
    (lambda h: 1 + 3 * h + h * h, 3.0001, "wrong"),
    (np.exp, 1.0, "right"),
    (lambda h: 1 + 2 * h, 2.0, "linear"),
    (lambda h: 1 + 2 * h, 2.0002, "wrong"),
    (lambda _: 5.0, 0.0, "flat"),
    (lambda _: 5.0, 1e-3, "wrong"),
    (lambda h: 1 + abs(h), 0.0, "unknown"),
    (lambda h: h + max(h - 1e-4, 0.0), 1.0, "linear"),
    (lambda h: h + h * h + max(h - 1e-3, 0.0), 1.0, "right"),
    (lambda h: h + h * h + max(h - 1e-3, 0.0), 1.001, "wrong"),
    (lambda h: h**3 - 2 * h, -2.0, "right"),
    (lambda h: h**3 - 2 * h, -2.002, "wrong"),
    (lambda h: abs(h) ** 1.5 + h, 1.0, "unknown"),
    (lambda _: float("nan"), 0.0, "unknown"),
    # a kink at the point, and others on both sides that bend the loss to a slope at long steps
    (lambda h: 1 + 0.1 * abs(h) - 0.3 * max(h - 6e-3, 0) - 0.3 * max(-6e-3 - h, 0), 0.06, "unknown"),
]


@pytest.mark.parametrize(("loss", "given", "outcome"), SLOPES)
def test_a_slope(loss, given, outcome):
    assert taylor.judge(loss, given).outcome == outcome
