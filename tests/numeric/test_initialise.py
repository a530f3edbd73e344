"""Initial values: which rule a parameter falls under, and its spread."""

import numpy as np
import pytest

import derive
from derive.errors import OptionRefused
from numeric.initialise import initial

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
