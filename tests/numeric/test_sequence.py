"""Sequences in networks: one step taken, one repeated, layers at every step, states carried on."""

import numpy as np
import pytest

import derive
from derive.errors import DeriveError
from numeric.axes import Transpose
from numeric.data import one_hot
from numeric.layer import Layer
from numeric.network import Network
from numeric.sequence import Last, Repeat, Take
from numeric.shape import shape_of, text
from numeric.step import TRAIN, Context
from tests.numeric.slopes import assert_slopes

STYLES = pytest.mark.parametrize("style", ["readable", "fast"])
TIME_FIRST = Transpose((1, 0, 2))


def place(step, *extents, style="readable"):
    context = Context(np.random.default_rng(0), np.dtype("float64"), style)
    return step.place(shape_of(extents), context)


def made(steps, shape=(4, 3), loss="mse", **settings):
    return Network(steps, loss=loss, shape=shape, dtype="float64", seed=5, **settings)


TAKEN = [
    # step, extents of a sample, what NumPy gives
    (Take(2, axis=1), (4, 3), lambda x: x[:, 2]),
    (Take(-4, axis=1), (4, 3), lambda x: x[:, 0]),
    (Take(1, axis=-1), (4, 3), lambda x: x[..., 1]),
    (Last(axis=1), (4,), lambda x: x[:, -1]),
    (Last(axis=3), (2, 3, 4), lambda x: x[:, :, :, -1]),
    (Repeat(3), (4,), lambda x: np.stack([x, x, x])),
    (Repeat(2, axis=-1), (4, 3), lambda x: np.stack([x, x], axis=-1)),
    (Repeat(2, axis=1), (), lambda x: np.stack([x, x], axis=1)),
]


@STYLES
@pytest.mark.parametrize(("step", "extents", "expected"), TAKEN)
def test_steps_of_sequences(step, extents, expected, style):
    placed = place(step, *extents, style=style)
    rng = np.random.default_rng(1)
    x = rng.standard_normal((5, *extents))
    y, saved = placed.forward(x)
    assert (y == expected(x)).all()
    # linear: <dy, f(x)> = <f'(dy), x> for every x
    dy = rng.standard_normal(y.shape)
    dx, gradients = placed.backward(saved, dy)
    assert np.vdot(dy, y) == pytest.approx(np.vdot(dx, x), rel=1e-12)
    assert gradients == {}
    assert text(placed.shape).count("N") == 1


@STYLES
@pytest.mark.parametrize("name", ["dense", "layer_norm", "softmax", "embedding", "conv2d"])
def test_what_tells_samples_apart_takes_all_leading_axes_as_one(name, style):
    extents = {"embedding": (), "conv2d": (2, 5, 5)}.get(name, (6,))
    numbers = {"dense": {"i": 3}, "embedding": {"k": 4, "i": 3}, "conv2d": {"f": 2, "p": 3, "q": 3}}
    layer = Layer(name, **numbers.get(name, {}))
    rng = np.random.default_rng(2)
    shape = (7, 5, *extents)
    x = rng.integers(0, 4, shape) if name == "embedding" else rng.standard_normal(shape)
    one, many = place(layer, *extents), place(layer, 5, *extents, style=style)
    for key, value in one.parameters.items():
        many.parameters[key][...] = value
    y, saved = many.forward(x)
    rows = [one.forward(row) for row in x]
    assert y == pytest.approx(np.stack([row for row, _ in rows]), rel=1e-12)
    assert text(many.shape) == text(one.shape).replace("N", "N, 5")
    dy = rng.standard_normal(y.shape)
    dx, found = many.backward(saved, dy)
    parts = [one.backward(kept, d) for (_, kept), d in zip(rows, dy, strict=True)]
    for key, value in found.items():
        assert value == pytest.approx(sum(own[key] for _, own in parts), rel=1e-9, abs=1e-12)
    if name != "embedding":
        assert dx == pytest.approx(np.stack([d for d, _ in parts]), rel=1e-9, abs=1e-12)


# equations whose first axis is more than a number of samples
COMPUTED = [
    "input x[n, j]\noutput y[n, j]\npad x = 0\ny[n, j] = x[n, j] - x[n-1, j]",
    "input x[n, j]\noutput y[n, j]\ny[n, j] = n*x[n, j]",
    "input x[n, j]\noutput y[n, j]\ny[n, j] = x[size(n) - 1 - n, j]",
    "input x[n, j]\noutput y[j]\ny[j] = sum[n](x[n, j])",
    "input x[n, j]\nparam w[n]\noutput y[n, j]\ny[n, j] = w[n]*x[n, j]",
    "input x[n, j]\noutput y[n, j]\ny[n, j] = sum[m](x[n, m] if m <= n else 0) + x[n, j]",
]


@pytest.mark.parametrize("text", COMPUTED)
def test_what_computes_with_its_first_axis_does_not(text):
    with pytest.raises(DeriveError, match=r"reads x\[n, j\] but what comes in has shape"):
        place(Layer(derive.parse(text)), 4, 3)


SEQUENCES = [
    ("to a vector", [TIME_FIRST, Layer("rnn", i=4, o=4), Last(), Layer("dense", i=2)], (4, 3), (2,),
     "readable"),
    ("from a vector", [Repeat(4), Layer("rnn", i=3, o=2), TIME_FIRST], (3,), (4, 2), "fast"),
    (
        "to a sequence",
        [TIME_FIRST, Layer("lstm", i=4), Layer("dense", i=2), TIME_FIRST],
        (4, 3), (4, 2), "fast",
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("steps", "extents", "given", "style"), [row[1:] for row in SEQUENCES], ids=[row[0] for row in SEQUENCES]
)
def test_sequences_of_all_kinds(steps, extents, given, style):
    network = made(steps, extents, style=style)
    rng = np.random.default_rng(3)
    x, targets = rng.standard_normal((5, *extents)), rng.standard_normal((5, *given))
    assert network.forward(x).shape == (5, *given)
    assert_slopes(network, x, targets)


def test_characters_in_and_characters_out():
    steps = [Layer("embedding", k=7, i=4), TIME_FIRST, Layer("rnn", i=5, o=4), Layer("dense", i=7),
             TIME_FIRST]  # fmt: skip
    network = made(steps, (6,), loss="softmax_cross_entropy")
    rng = np.random.default_rng(4)
    x, wanted = rng.integers(0, 7, (3, 6)), one_hot(rng.integers(0, 7, (3, 6)).ravel(), 7, "float64")
    targets = wanted.reshape(3, 6, 7)
    assert_slopes(network, x, targets)
    z = network.forward(x)
    log_p = z - np.log(np.exp(z).sum(axis=-1, keepdims=True))
    assert network.evaluate(x, targets)[0] == pytest.approx(-(targets * log_p).sum() / 18)


# ---- carried state ------------------------------------------------------------------------------

def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def rnn_by_hand(p, x):
    h, found = np.zeros((len(x), 4)), []
    for step in x.transpose(1, 0, 2):
        h = np.tanh(h @ p["1.W_hh"].T + step @ p["1.W_xh"].T)
        found.append(h @ p["1.W_hy"].T)
    return np.stack(found, axis=1)


def lstm_by_hand(p, x):
    h, c, found = np.zeros((len(x), 4)), np.zeros((len(x), 4)), []
    for step in x.transpose(1, 0, 2):
        z = {g: step @ p[f"1.W_{g}"].T + h @ p[f"1.U_{g}"].T + p[f"1.b_{g}"] for g in "fiog"}
        c = sigmoid(z["f"]) * c + sigmoid(z["i"]) * np.tanh(z["g"])
        h = sigmoid(z["o"]) * np.tanh(c)
        found.append(h)
    return np.stack(found, axis=1)


CARRIED = [
    ("rnn", {"i": 4, "o": 2}, rnn_by_hand, "readable"),
    ("rnn", {"i": 4, "o": 2}, rnn_by_hand, "fast"),
    ("lstm", {"i": 4}, lstm_by_hand, "fast"),
]


@pytest.mark.parametrize(("name", "numbers", "by_hand", "style"), CARRIED)
def test_windows_in_a_row_are_one_sequence(name, numbers, by_hand, style):
    steps = [TIME_FIRST, Layer(name, carry=True, **numbers), TIME_FIRST]
    network = made(steps, style=style)
    x = np.random.default_rng(6).standard_normal((2, 12, 3))
    windows = [network.forward(x[:, k : k + 4]) for k in (0, 4, 8)]
    together = by_hand(network.parameters, x)
    assert np.concatenate(windows, axis=1) == pytest.approx(together, rel=1e-12)
    network.forget()
    assert (network.forward(x[:, :4]) == windows[0]).all()
    assert np.abs(network.forward(x[:, :4]) - windows[0]).max() > 1e-6


@pytest.mark.parametrize("style", ["fast"])
def test_the_gradient_stops_where_a_window_begins(style):
    layer = Layer("rnn", i=4, o=4, carry=True)
    network = made([TIME_FIRST, layer, TIME_FIRST], (4, 3), style=style)
    rng = np.random.default_rng(7)
    x, targets = rng.standard_normal((2, 8, 3)), rng.standard_normal((2, 8, 4))
    network.gradients(x[:, :4], targets[:, :4])
    # the second window alone, from the state after the first as a constant
    kernel = Context(np.random.default_rng(0), np.dtype("float64")).kernel(layer.program)
    weights = {name[2:]: value for name, value in network.parameters.items()}
    first = kernel.forward(x=x[:, :4].transpose(1, 0, 2), h0=np.zeros((2, 4)), **weights)[0]["h"]
    given, saved = kernel.forward(x=x[:, 4:].transpose(1, 0, 2), h0=first[-1], **weights)
    expected = kernel.backward(saved, y=2 / 8 * (given["y"] - targets[:, 4:].transpose(1, 0, 2)))
    assert_slopes(network, x[:, 4:], targets[:, 4:])
    _, found = network.gradients(x[:, 4:], targets[:, 4:])
    for name, value in found.items():
        assert value == pytest.approx(expected[name[2:]], rel=1e-10, abs=1e-14)


def test_training_and_prediction_carry_apart():
    network = made([TIME_FIRST, Layer("rnn", i=4, o=4, carry=True), TIME_FIRST])
    rng = np.random.default_rng(9)
    x, targets, other = *rng.standard_normal((2, 2, 4, 3)), rng.standard_normal((5, 4, 3))
    targets = rng.standard_normal((2, 4, 4))
    first = network.gradients(x, targets)[0]
    network.forward(other)
    second = network.gradients(x, targets)[0]
    network.forget()
    assert (network.gradients(x, targets)[0], network.gradients(x, targets)[0]) == (first, second)
    assert first != second
    looked = network.activations(x)[-1]
    assert (network.activations(x)[-1] == looked).all()
    assert len(network.cotangents(x, targets)) == 4
    assert network.state()["1.h0_in_training"] == pytest.approx(network.in_dtype("f8").state()["1.h0_in_training"])


def test_a_recurrence_of_two_steps_carries_both_through_short_windows():
    program = derive.parse("""
        input x[t, n, j], first[n, j], second[n, j]
        output h[t, n, j]
        h[-2, n, j] = first[n, j]
        h[-1, n, j] = second[n, j]
        h[t, n, j] = x[t, n, j] + 2*h[t-1, n, j] - 3*h[t-2, n, j]
    """)
    placed = place(Layer(program, carry=True), 4, 3)
    assert text(placed.shape) == "(N, 4, 3)"
    for length in (1, 2, 3):
        placed = Layer(program, carry=True).place(
            (shape_of((length,))[1], *shape_of((3,))), Context(np.random.default_rng(0), np.dtype("f8"))
        )
        x = np.random.default_rng(1).standard_normal((6, 2, 3))
        given = [placed.forward(x[k : k + length], TRAIN)[0] for k in range(0, 6, length)]
        h = [np.zeros((2, 3))] * 2
        for step in x:
            h.append(step + 2 * h[-1] - 3 * h[-2])
        assert np.concatenate(given) == pytest.approx(np.stack(h[2:]), rel=1e-12)


def test_a_state_that_is_no_output_is_carried_too():
    program = derive.parse("""
        input x[t, n, j], h0[n, j]
        output y[t, n, j]
        h[-1, n, j] = h0[n, j]
        h[t, n, j] = x[t, n, j] + h[t-1, n, j]
        y[t, n, j] = 2*h[t, n, j]
    """)
    network = made([TIME_FIRST, Layer(program, carry=True), TIME_FIRST])
    x = np.ones((2, 4, 3))
    assert [network.forward(x)[0, -1, 0] for _ in range(3)] == [8, 16, 24]


REFUSED = [
    (lambda: Layer("dense", carry=True, i=3), r"(?s)dense has no state to carry.*leave carry out"),
    (lambda: place(Take(4, axis=1), 4, 3), r"(?s)Take\(4\) is none of the 4 steps along axis 1"),
    (lambda: place(Take(-5, axis=1), 4, 3), r"(?s)Take\(-5\).*from -4 up to below 4"),
    (lambda: place(Last(), 4, 3), r"(?s)axis 0 of \(N, 4, 3\): that is no axis of a sequence"),
    (lambda: place(Take(0, axis=3), 4, 3), "axis 3 of"),
    (lambda: Repeat(0), r"(?s)Repeat makes 0 steps.*from 1 up"),
    (lambda: place(Repeat(2, axis=3), 3), r"(?s)axis 3 is none of the 3 that Repeat.*from 0 to 2"),
    (
        lambda: made([TIME_FIRST], (4, 3)),
        r"(?s)the loss reads y\[n, i\] but the network gives shape \(4, N, 3\).*samples first",
    ),
    (
        lambda: made([Layer("tanh")]).evaluate(np.zeros((2, 4, 3)), np.zeros((4, 2, 3))),
        r"(?s)targets come in with shape \(4, 2, 3\), the network gives \(2, 4, 3\)",
    ),
]


@pytest.mark.parametrize(("make", "message"), REFUSED)
def test_what_does_not_fit_is_refused(make, message):
    with pytest.raises(DeriveError, match=message):
        make()


def test_another_number_of_samples_does_not_go_on_from_a_state():
    network = made([TIME_FIRST, Layer("rnn", i=4, o=4, carry=True), TIME_FIRST])
    network.forward(np.zeros((2, 4, 3)))
    message = r"(?s)rnn carries h0 of shape \(2, 4\).*needs \(3, 4\).*network.forget\(\)"
    with pytest.raises(DeriveError, match=message):
        network.forward(np.zeros((3, 4, 3)))
    network.forget()
    network.forward(np.zeros((3, 4, 3)))
