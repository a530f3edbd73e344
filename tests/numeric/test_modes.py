"""Steps that differ in training and in prediction, and what they keep between batches."""

import numpy as np
import pytest

import derive
from derive.errors import OptionRefused
from numeric.averages import WEIGHT
from numeric.axes import Flatten, Transpose
from numeric.data import one_hot
from numeric.dropout import Dropout
from numeric.layer import Layer
from numeric.network import Network
from tests.numeric.slopes import assert_slopes

STYLES = pytest.mark.parametrize("style", ["readable", "fast"])


def made(steps, shape=(5,), loss="mse", **settings):
    return Network(steps, loss=loss, shape=shape, **{"dtype": "float64", "seed": 3} | settings)


def batch(shape=(5,), units=5, count=6, seed=8):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((count, *shape)), rng.standard_normal((count, units))


# ---- dropout ------------------------------------------------------------------------------------


@STYLES
def test_dropout_drops_its_share_and_scales_the_rest(style):
    network = made([Dropout(0.25)], shape=(40, 50), style=style, loss="mse", dtype="float32")
    x = np.random.default_rng(0).standard_normal((20, 40, 50)).astype("float32")
    network.still = True
    y = network.forward(x)
    kept = y != 0
    # 40,000 draws: four standard deviations are 0.9 %
    assert kept.mean() == pytest.approx(0.75, abs=0.009)
    assert y[kept] == pytest.approx(x[kept] / 0.75, rel=1e-6)
    network.still = False
    assert (network.forward(x) == x).all()


@STYLES
def test_the_mask_is_another_each_batch_and_the_same_for_the_same_seed(style):
    x, targets = batch()
    first, second, other = (made([Dropout(0.5)], style=style, seed=s) for s in (1, 1, 2))
    losses = [network.gradients(x, targets)[0] for network in (first, first, second, second, other)]
    assert losses[:2] == losses[2:4]
    assert len({losses[0], losses[1], losses[4]}) == 3
    assert first.evaluate(x, targets)[0] == second.evaluate(x, targets)[0]
    assert first.evaluate(x, targets)[0] == pytest.approx(((x - targets) ** 2).sum() / 6)


@STYLES
def test_what_is_dropped_has_no_gradient(style):
    network = made([Layer("layer_norm"), Dropout(0.4), Layer("tanh")], style=style)
    x, targets = batch()
    assert_slopes(network, x, targets)
    result = network.check(x, targets)
    assert result.verdict == "PROVED", str(result)
    assert network.state()["1.batches"] == 0
    network.gradients(x, targets)
    assert network.state()["1.batches"] == 1


def test_two_steps_of_one_rate_draw_apart():
    network = made([Dropout(0.5), Dropout(0.5)])
    seeds = [int(network.state()[f"{k}.seed"]) for k in (0, 1)]
    assert seeds[0] != seeds[1]


@pytest.mark.parametrize("rate", [-0.1, 1.0, float("nan")])
def test_rates_that_are_none_are_refused(rate):
    with pytest.raises(OptionRefused, match=r"a dropout rate of .* is not a probability below 1"):
        Dropout(rate)


# ---- averages -----------------------------------------------------------------------------------


def normalised(x, mean, var, gamma, beta):
    return gamma * (x - mean) / np.sqrt(var + 1e-5) + beta


@STYLES
def test_prediction_takes_the_averages_of_training(style):
    network = made([Layer("batch_norm")], style=style)
    gamma, beta = network.parameters["0.gamma"], network.parameters["0.beta"]
    gamma[...], beta[...] = np.arange(1, 6), np.arange(5)
    batches = [batch(seed=seed, count=6 + seed)[0] * (seed + 1) + seed for seed in range(20)]
    mean = var = 0
    for count, x in enumerate(batches, start=1):
        weight = max(WEIGHT, 1 / count)
        mean, var = mean + weight * (x.mean(0) - mean), var + weight * (x.var(0) - var)
        network.gradients(x, np.zeros_like(x))
    x = batches[3]
    expected = normalised(x, mean, var, gamma, beta)
    assert network.forward(x) == pytest.approx(expected, rel=1e-10)
    alone = np.concatenate([network.forward(x[k : k + 1]) for k in range(len(x))])
    assert alone == pytest.approx(expected, rel=1e-10)
    assert network.state()["0.mu"] == pytest.approx(mean, rel=1e-12)


@STYLES
def test_training_takes_the_statistics_of_the_batch(style):
    network = made([Layer("dense", i=5), Layer("batch_norm"), Layer("tanh")], style=style)
    x, targets = batch()
    # before the first batch there is no average, and prediction takes those of its own batch
    y = network.forward(x)
    z = np.maximum(x @ network.parameters["0.W"].T, 0)
    by_hand = np.tanh(normalised(z, z.mean(0), z.var(0), 1, 0))
    assert y == pytest.approx(by_hand, rel=1e-9, abs=1e-12)
    network.gradients(10 * x, targets)
    assert np.abs(network.forward(x) - y).max() > 0.01
    assert_slopes(network, x, targets)
    assert network.check(x, targets).verdict == "PROVED"


def test_images_are_normalised_channel_by_channel():
    last = [Transpose((0, 2, 3, 1)), Layer("batch_norm"), Transpose((0, 3, 1, 2))]
    network = made([*last, Flatten()], shape=(3, 4, 4))
    x = np.random.default_rng(1).standard_normal((6, 3, 4, 4)) * 3 + 1
    y = network.forward(x).reshape(x.shape)
    mean, var = (f(axis=(0, 2, 3), keepdims=True) for f in (x.mean, x.var))
    assert y == pytest.approx(normalised(x, mean, var, 1, 0), rel=1e-9, abs=1e-12)
    network.gradients(x, np.zeros((6, 48)))
    assert network.state()["1.var"] == pytest.approx(var.ravel(), rel=1e-10)


def test_any_output_without_samples_that_the_first_needs_is_averaged():
    program = derive.parse("""
        input x[n, c, h]
        output y[n, c, h], top[c], unused[c], size_of
        top[c] = max[n, h](x[n, c, h])
        y[n, c, h] = x[n, c, h] - top[c]
        unused[c] = sum[n, h](x[n, c, h])
        size_of = sum[n, c, h](x[n, c, h])
    """)
    network = made([Layer(program)], shape=(3, 4))
    x = np.random.default_rng(2).standard_normal((5, 3, 4))
    network.gradients(x, np.zeros_like(x))
    assert set(network.state()) == {"0.top", "0.batches"}
    z = x[:2] + 1
    assert network.forward(z) == pytest.approx(z - x.max(axis=(0, 2))[:, None], rel=1e-12)


# ---- what is kept -------------------------------------------------------------------------------


def keeping(**settings):
    steps = [
        Layer("batch_norm"), Dropout(0.5), Transpose((1, 0, 2)),
        Layer("rnn", i=4, o=5, carry=True), Transpose((1, 0, 2)),
    ]  # fmt: skip
    return made(steps, shape=(3, 5), **settings)


@STYLES
def test_going_back_gives_the_same_numbers_again(style):
    network = keeping(style=style)
    rng = np.random.default_rng(5)
    batches = rng.standard_normal((4, 2, 3, 5))
    targets = np.zeros((2, 3, 5))
    for x in batches[:2]:
        network.gradients(x, targets)
    state = network.state()
    assert set(state) == {
        "0.mu", "0.var", "0.batches", "1.seed", "1.batches", "3.h0_in_training",
    }  # fmt: skip
    ahead = [network.gradients(x, targets)[0] for x in batches[2:]]
    network.restore(state)
    assert [network.gradients(x, targets)[0] for x in batches[2:]] == ahead
    other = keeping(style=style)
    other.restore(state)
    assert [other.gradients(x, targets)[0] for x in batches[2:]] == ahead


def test_a_copy_in_another_precision_stands_still():
    network = keeping(dtype="float32")
    x = np.random.default_rng(4).standard_normal((2, 3, 5)).astype("float32")
    targets = np.zeros((2, 3, 5), "float32")
    network.gradients(x, targets)
    copy = network.in_dtype("float64")
    assert copy.still
    losses = {copy.gradients(x.astype(float), targets.astype(float))[0] for _ in range(3)}
    losses |= {copy.evaluate(x.astype(float), targets.astype(float))[0] for _ in range(3)}
    assert len(losses) == 1
    assert next(iter(losses)) == pytest.approx(network.gradients(x, targets)[0], rel=1e-5)
    assert copy.state()["3.h0_in_training"].any()
    assert copy.parameters["3.W_hh"].dtype == np.float64


@pytest.mark.parametrize(
    "change",
    [
        lambda state: state.pop("1.seed"),
        lambda state: state.update({"7.mu": np.zeros(5)}),
        lambda state: state.update({"0.mu": np.zeros(4)}),
    ],
)
def test_the_state_of_another_network_is_refused(change):
    network = keeping()
    state = network.state()
    change(state)
    with pytest.raises(OptionRefused, match=r"not the state of this network: '.*' does not fit"):
        network.restore(state)


def test_classes_are_proved_through_all_of_it():
    steps = [Layer("batch_norm"), Layer("dense", i=6), Dropout(0.3), Layer("dense", i=3)]
    network = made(steps, loss="softmax_cross_entropy")
    rng = np.random.default_rng(6)
    result = network.check(rng.standard_normal((8, 5)), one_hot(rng.integers(0, 3, 8), 3))
    assert result.verdict == "PROVED", str(result)
