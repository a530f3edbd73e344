"""Initial values: which rule a parameter falls under, and its spread."""

import numpy as np
import pytest

import derive
from derive.errors import OptionRefused
from numeric.axes import Transpose
from numeric.initialise import gate_biases, initial
from numeric.layer import Layer
from numeric.network import Network

# fan_in is what one output adds up, fan_out how many outputs one input reaches
FANS = [
    # layer, parameter, shape, fan_in, fan_out
    ("dense", "W", (300, 200), 200, 300),
    ("neuron", "w", (40_000,), 40_000, 1),
    ("conv2d", "W", (64, 32, 5, 3), 32 * 5 * 3, 64 * 5 * 3),
    ("conv_transpose2d", "W", (32, 64, 5, 3), 32 * 5 * 3, 64 * 5 * 3),
    ("lstm", "W_f", (300, 200), 200, 300),
    ("lstm", "U_f", (200, 200), 200, 200),
    ("rnn", "W_hy", (200, 300), 300, 200),
]


def drawn(layer, name, shape, rule, seed=0):
    return initial(derive.load(layer), name, shape, rule, np.random.default_rng(seed))


@pytest.mark.parametrize(("layer", "name", "shape", "fan_in", "fan_out"), FANS)
def test_weights_spread_by_their_fans(layer, name, shape, fan_in, fan_out):
    # the standard deviation of 30,000 and more draws is within 2 % of the true one
    he, xavier = (drawn(layer, name, shape, rule) for rule in ("he", "xavier"))
    assert he.std() == pytest.approx((2 / fan_in) ** 0.5, rel=0.02)
    assert xavier.std() == pytest.approx((2 / (fan_in + fan_out)) ** 0.5, rel=0.02)


@pytest.mark.parametrize(
    ("layer", "name", "value"),
    [
        ("dense", "b", 0),
        ("lstm", "b_i", 0),
        ("lstm_peephole", "p_o", 0),
        ("layer_norm", "beta", 0),
        ("layer_norm", "gamma", 1),
        ("rms_norm", "gamma", 1),
    ],
)
def test_biases_start_at_zero_and_scales_at_one(layer, name, value):
    assert (drawn(layer, name, (7,), "he") == value).all()


def test_rows_that_are_looked_up_are_standard_normal():
    assert drawn("embedding", "E", (300, 200), "he").std() == pytest.approx(1, rel=0.02)


def test_the_same_generator_gives_the_same_values():
    first, second = (drawn("dense", "W", (3, 2), "he", seed=4) for _ in range(2))
    assert (first == second).all()
    assert (first != drawn("dense", "W", (3, 2), "he", seed=5)).all()


def test_an_unknown_rule_is_refused():
    with pytest.raises(OptionRefused, match=r"(?s)no initialisation rule 'kaiming'.*he, xavier or orthogonal"):
        drawn("dense", "W", (3, 2), "kaiming")


# what stands in a row of the parameter as a matrix is what one output adds up
ORTHOGONAL = [
    ("dense", "W", (4, 7), (4, 7)),
    ("dense", "W", (7, 4), (7, 4)),
    ("lstm", "U_f", (6, 6), (6, 6)),
    ("conv2d", "W", (3, 2, 2, 2), (3, 8)),
    ("conv_transpose2d", "W", (3, 20, 2, 2), (20, 12)),
]


@pytest.mark.parametrize(("layer", "name", "shape", "matrix"), ORTHOGONAL)
def test_orthogonal_rows_or_columns(layer, name, shape, matrix):
    value = drawn(layer, name, shape, "orthogonal")
    assert value.shape == shape
    turned = value.transpose(1, 0, 2, 3) if layer == "conv_transpose2d" else value
    rows = turned.reshape(matrix)
    gram = rows @ rows.T if matrix[0] <= matrix[1] else rows.T @ rows
    assert gram == pytest.approx(np.eye(min(matrix)), abs=1e-12)


def test_orthogonal_matrices_are_drawn_uniformly():
    # for a uniform one the mean of every entry is 0 and its variance is 1/n: 4,000 draws
    program, rng = derive.load("lstm"), np.random.default_rng(0)
    values = [initial(program, "U_f", (3, 3), "orthogonal", rng) for _ in range(4000)]
    assert np.abs(np.mean(values, axis=0)).max() < 4 * (1 / 3 / 4000) ** 0.5
    assert np.mean(np.square(values), axis=0) == pytest.approx(np.full((3, 3), 1 / 3), rel=0.06)


GATES = [
    ("lstm", ("b_f",)),
    ("lstm_peephole", ("b_f",)),
    ("gru", ("b_z",)),
    ("rnn", ()),
    ("dense", ()),
]


@pytest.mark.parametrize(("layer", "biases"), GATES)
def test_the_gate_of_a_state_is_found(layer, biases):
    assert gate_biases(derive.load(layer)) == biases


def test_a_gate_may_stand_in_the_recurrence_itself():
    program = derive.parse("""
        input x[t, n, i], c0[n, i]
        param b[i], a[i]
        output c[t, n, i]
        c[-1, n, i] = c0[n, i]
        c[t, n, i] = sigmoid(x[t, n, i] + b[i])*c[t-1, n, i] + sigmoid(a[i])*x[t, n, i]
    """)
    assert gate_biases(program) == ("b",)


def test_a_forget_bias_is_for_that_gate_alone():
    layer = Layer("lstm", i=3, forget_bias=1.5, rule={"U_f": "orthogonal"})
    network = Network([Transpose((1, 0, 2)), layer, Transpose((1, 0, 2))], loss="mse", shape=(4, 2))
    assert (network.parameters["1.b_f"] == 1.5).all()
    for name in ("b_i", "b_o", "b_g"):
        assert not network.parameters[f"1.{name}"].any()
    U = network.parameters["1.U_f"]
    assert pytest.approx(np.eye(3), abs=1e-6) == U @ U.T
    assert np.abs(network.parameters["1.U_i"] @ network.parameters["1.U_i"].T - np.eye(3)).max() > 0.1


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Layer("dense", i=3, forget_bias=1.0), r"(?s)no forget gate.*leave forget_bias out"),
        (lambda: Layer("dense", i=3, rule={"w": "he"}), r"(?s)no parameter 'w' to draw by.*use W"),
        (lambda: Layer("dense", i=3, rule={"W": "she"}), r"(?s)no initialisation rule 'she'"),
        (lambda: Layer("relu", rule={"W": "he"}), r"(?s)no parameter 'W'.*leave the rule out"),
    ],
)
def test_rules_for_what_is_not_there_are_refused(make, message):
    with pytest.raises(OptionRefused, match=message):
        make()
