"""Networks: the whole chain differentiated, and what does not fit."""

import numpy as np
import pytest

import derive
from derive.errors import DeriveError
from numeric.axes import Flatten, Reshape, Transpose
from numeric.data import one_hot
from numeric.layer import Layer
from numeric.network import Network
from numeric.shape import text

LAST_STATE = """
    title Last state
    input h[t, n, i]
    output y[n, i]
    y[n, i] = h[size(t) - 1, n, i]
"""


def convolutional(**settings):
    steps = [
        Layer("conv2d", f=3, p=3, q=3, P=1), Layer("tanh"), Layer("avgpool2d"), Flatten(),
        Layer("layer_norm"), Layer("dense", i=4),
    ]  # fmt: skip
    return Network(steps, loss="softmax_cross_entropy", shape=(2, 4, 4), **settings)


def recurrent(**settings):
    steps = [
        Reshape((4, 8)), Transpose((1, 0, 2)), Layer("lstm", i=3),
        Layer(derive.parse(LAST_STATE)), Layer("dense", i=4),
    ]  # fmt: skip
    return Network(steps, loss="mse", shape=(2, 4, 4), **settings)


def batch(dtype="float64"):
    rng = np.random.default_rng(2)
    x = rng.standard_normal((5, 2, 4, 4)).astype(dtype)
    return x, one_hot(rng.integers(0, 4, 5), 4, dtype)


@pytest.mark.parametrize("make", [convolutional, recurrent])
def test_gradients_are_slopes_of_the_loss(make):
    network = make(dtype="float64", seed=1)
    x, targets = batch()
    loss, gradients = network.gradients(x, targets)
    assert loss == network.evaluate(x, targets)[0]
    assert list(gradients.keys() - network.parameters.keys()) == []
    step, rng = 1e-6, np.random.default_rng(3)
    for name, value in network.parameters.items():
        along, start = rng.standard_normal(value.shape), value.copy()
        ends = []
        for sign in (1, -1):
            value[...] = start + sign * step * along
            ends.append(network.evaluate(x, targets)[0])
        value[...] = start
        slope = (ends[0] - ends[1]) / (2 * step)
        assert np.vdot(gradients[name], along) == pytest.approx(slope, rel=1e-5, abs=1e-9), name


def test_everything_stays_in_the_dtype_of_the_network():
    network = convolutional(dtype="float32")
    x, targets = batch("float32")
    assert network.forward(x).dtype == np.float32
    _, gradients = network.gradients(x, targets)
    assert {value.dtype for value in gradients.values()} == {np.dtype("float32")}
    assert {value.dtype for value in network.parameters.values()} == {np.dtype("float32")}


def test_a_sample_does_not_feel_its_neighbours():
    network = convolutional(dtype="float64")
    x, _ = batch()
    alone = np.concatenate([network.forward(x[k : k + 1]) for k in range(len(x))])
    assert alone == pytest.approx(network.forward(x), rel=1e-12)


def test_the_seed_decides_the_parameters():
    first, second, other = (convolutional(seed=s) for s in (1, 1, 2))
    for name, value in first.parameters.items():
        assert (value == second.parameters[name]).all()
    assert (first.parameters["0.W"] != other.parameters["0.W"]).all()


def test_names_and_sizes_of_parameters():
    network = convolutional()
    assert list(network.parameters) == ["0.W", "0.b", "4.gamma", "4.beta", "5.W", "5.b"]
    assert network.size == 3 * 2 * 9 + 3 + 12 + 12 + 4 * 12 + 4


def test_labels_may_be_fed():
    network = Network([Layer("embedding", k=6, i=3)], loss="mse", shape=(), dtype="float64")
    labels, targets = np.array([5, 0, 5]), np.zeros((3, 3))
    _, gradients = network.gradients(labels, targets)
    rows = network.parameters["0.E"]
    assert gradients["0.E"][5] == pytest.approx(2 * 2 * rows[5] / 3)
    assert not gradients["0.E"][1].any()


REFUSED = [
    (
        lambda: Network([Layer("conv2d", f=3, p=1, q=1)], loss="mse", shape=(2, 2)),
        r"(?s)step 0: conv2d reads x\[n, c, h, w\].*\(N, 2, 2\)",
    ),
    (
        lambda: Network([Layer("relu")], loss="mse", shape=()),
        r"(?s)the loss reads y\[n, i\] but the network gives shape \(N\)",
    ),
    (
        lambda: Network([Transpose((1, 0, 2))], loss="mse", shape=(2, 2)),
        r"(?s)the loss reads y\[n, i\] but the network gives shape \(2, N, 2\).*samples first",
    ),
    (lambda: Network([], loss="dense", shape=(2,)), "is not a loss"),
    (lambda: Network([], loss="mse", shape=(2,), dtype="int32"), "cannot compute in int32"),
    (
        lambda: convolutional().forward(np.zeros((3, 2, 4, 5), "float32")),
        r"samples come in with shape \(3, 2, 4, 5\), the network reads \(N, 2, 4, 4\)",
    ),
    (
        lambda: convolutional().forward(np.zeros((2, 4, 4), "float32")),
        r"samples come in with shape \(2, 4, 4\)",
    ),
]


@pytest.mark.parametrize(("make", "message"), REFUSED)
def test_what_does_not_fit_is_refused(make, message):
    with pytest.raises(DeriveError, match=message):
        make()


def test_stages_tell_what_stands_where() -> None:
    steps = [Flatten(), Layer("dense", i=4), Layer("tanh"), Layer("dense", i=2)]
    network = Network(steps, loss="mse", shape=(2, 3))
    told = [
        (s.path, s.name, text(s.before), text(s.after), list(s.parameters), s.pointwise)
        for s in network.stages
    ]
    assert told == [
        ("0", "Flatten", "(N, 2, 3)", "(N, 6)", [], False),
        ("1", "dense", "(N, 6)", "(N, 4)", ["W", "b"], False),
        ("2", "tanh", "(N, 4)", "(N, 4)", [], True),
        ("3", "dense", "(N, 4)", "(N, 2)", ["W", "b"], False),
    ]
    programs = [stage.program for stage in network.stages]
    assert programs[0] is None
    assert programs[1] == programs[3] == derive.load("dense")
    assert network.stages[1].parameters["W"] is network.parameters["1.W"]
    assert network.loss == derive.load("mse")
    assert network.in_dtype("float64").stages[1].parameters["W"].dtype == "float64"


def test_a_network_of_no_steps_has_no_stages() -> None:
    assert Network(iter(()), loss="mse", shape=(2,)).stages == ()
