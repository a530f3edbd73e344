"""Every illness happens in a real training and is named; trainings that are well are not accused."""

import re

import numpy as np
import pytest

from derive.errors import OptionRefused
from numeric.data import Data
from numeric.layer import Layer
from numeric.monitor import Monitor
from numeric.monitor.finding import (
    CONSTANT,
    DYING,
    EXPLODING,
    NOT_FINITE,
    SATURATED,
    TOO_HIGH,
    TOO_LOW,
    VANISHING,
)
from numeric.optimise import SGD, Adam, AdamW, RMSProp
from numeric.training import train
from tests.numeric.monitor.trainings import (
    affine,
    classes,
    classifier,
    convolutional,
    fresh,
    images,
    own,
    recurrent,
    sequences,
    watched,
)

NORMAL = np.random.default_rng(1).standard_normal


def dense(*units, **settings):
    return [Layer("dense", i=n, **settings) for n in units]


def small():
    return classifier(*dense(16))


def dead():
    return classifier(*dense(16, initial={"b": np.full(16, -30.0)}))


def deep_sigmoid():
    return classifier(*[s for _ in range(8) for s in (affine(12), Layer("sigmoid"))])


def without_meaning():
    """Samples that tell nothing of their targets."""
    data = classes()
    return Data(data.x_train[::-1] * 1e-3, data.t_train, data.x_test, data.t_test, True)


# What makes the network, its data and its optimiser; the illness, where it is, its figures.
ILL = [
    (
        dead,
        classes, Adam(1e-3),
        DYING, r"step 0 \(dense\), a\[n, i\] = relu\(z\[n, i\]\)", "16 of 16 units fire for none of 256",
    ),
    (
        lambda: classifier(*dense(16, 16)), classes, SGD(2.0),
        DYING, r"step \d \(dense\), a\[n, i\] = relu", r"\d+ of 16 units fire for none of 256",
    ),
    (
        lambda: classifier(affine(16, initial={"b": np.full(16, -30.0)}), own("max(0, x[n, j])")),
        classes, Adam(1e-3),
        DYING, r"y\[n, j\] = max\(0, x\[n, j\]\)", "16 of 16 units",
    ),
    (
        deep_sigmoid, classes, SGD(0.1),
        VANISHING, r"step 0 \(layer\)", r"here is \de-0[5-9] of that of the loss|here is [\d.]+e-0[5-9]",
    ),
    (
        lambda: recurrent("rnn", 40, initial={"W_hh": 0.5 * np.eye(8), "W_hy": 0.1 * np.ones((1, 8))}),
        lambda: sequences(40, -3), Adam(1e-3),
        VANISHING, r"step 1 \(rnn\)", r"far end of 40 time steps is [\d.]+e-(0[5-9]|[1-9]\d)",
    ),
    (
        lambda: classifier(*[Layer("dense", i=12, initial={"W": 8 * NORMAL((12, 12))}) for _ in range(7)]),
        classes, SGD(1e-14),
        EXPLODING, r"step 0 \(dense\)", r"here is [\d.]+e\+\d\d of that of the loss",
    ),
    (
        lambda: recurrent("rnn", 25, initial={"W_hh": 2.0 * np.eye(8), "W_xh": np.full((8, 1), 1e-9)}),
        lambda: sequences(25, -3, 1e-3), SGD(1e-12),
        EXPLODING, r"step 1 \(rnn\)", r"far end of 25 time steps is [\d.]+e\+0[5-9]",
    ),
    (
        small, classes, SGD(5.0),
        TOO_HIGH, "", r"\d+ of the last \d+ steps looked at raised the loss of their own batch",
    ),
    (
        small, classes, Adam(3.0),
        TOO_HIGH, "", r"a step 0\.\d+ times as long gives",
    ),
    (
        small, classes, SGD(1e-5),
        TOO_LOW, "", r"a step lowers the loss of its batch from [\d.]+ by [\d.]+e-\d\d; one [\d,]+ times",
    ),
    (small, classes, Adam(1e-7), TOO_LOW, "", "times as long lowers it to"),
    (
        deep_sigmoid, classes, SGD(0.1),
        CONSTANT, "", r"the loss is 1\.6\d*; .* has 1\.6\d*, and the shares of the classes \(0\.\d+, .*\)",
    ),
    (
        small, without_meaning, SGD(0.1),
        CONSTANT, "", "the loss is 1.6.* for every sample has 1.6",
    ),
    (
        lambda: classifier(affine(16, initial={"W": 60 * NORMAL((16, 12))}), Layer("tanh")),
        classes, SGD(1e-3),
        SATURATED, r"step 1 \(tanh\), a\[n, i\] = tanh\(z\[n, i\]\)", r"9\d% of the values have a slope below 1%",
    ),
    (
        lambda: recurrent("lstm", 6, initial={f"b_{g}": np.full(8, -15.0) for g in "io"}),
        lambda: sequences(6, 2), Adam(1e-3),
        SATURATED, r"step 1 \(lstm\), i\[t, n, i\] = sigmoid", r"\d of 8 units stay at one end for all of 256",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("make", "data", "optimiser", "illness", "where", "figures"), ILL)
def test_an_illness_is_named_with_its_place_and_figures(
    make, data, optimiser, illness, where, figures
):
    monitor, _ = watched(fresh(make), data(), epochs=3, optimiser=optimiser)
    found = [f for f in monitor.findings if f.illness == illness]
    assert found, [str(f) for f in monitor.findings]
    assert re.search(where, found[0].where)
    assert re.search(figures, found[0].figures), found[0].figures
    assert found[0].remedy


WELL = [
    (lambda seed: classifier(*dense(32), seed=seed), classes, SGD(0.1)),
    (lambda seed: classifier(*dense(32, 16), seed=seed), classes, SGD(0.05, 0.9, nesterov=True)),
    (lambda seed: classifier(*dense(32), seed=seed), classes, RMSProp(3e-3)),
    (lambda seed: classifier(*dense(32, 32, 32), seed=seed), classes, Adam(3e-3)),
    (lambda seed: classifier(*dense(16), seed=seed), classes, Adam(3e-2)),
    (lambda seed: classifier(affine(16), Layer("sigmoid"), seed=seed), classes, AdamW(1e-2)),
    (
        lambda seed: classifier(*[s for _ in range(4) for s in (affine(16), Layer("tanh"))], seed=seed),
        classes, Adam(3e-3),
    ),
    (lambda seed: classifier(affine(16), Layer("leaky_relu"), seed=seed), classes, Adam(1e-2)),
    (convolutional, images, Adam(1e-2)),
    (lambda seed: recurrent("rnn", 8, seed=seed, rule="xavier"), lambda: sequences(8, 3), Adam(1e-2)),
    (lambda seed: recurrent("gru", 8, seed=seed), lambda: sequences(8, 3), Adam(2e-2)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("make", "data", "optimiser", "seed"), [(*row, seed) for seed, row in enumerate(WELL)]
)
def test_a_training_that_is_well_is_not_accused(make, data, optimiser, seed):
    monitor, history = watched(make(seed), data(), optimiser=optimiser)
    assert history[-1].train_loss < 0.6 * history[0].train_loss  # it is well
    assert [str(f) for f in monitor.findings] == []


def test_a_training_that_has_nothing_left_to_learn_is_not_accused():
    monitor, history = watched(fresh(small), classes(), epochs=30, batch=40, optimiser=Adam(3e-2))
    assert history[-1].train_loss < 0.01
    assert [str(f) for f in monitor.findings] == []


@pytest.mark.parametrize("style", ["readable", "fast"])
def test_the_numbers_are_the_same_with_a_monitor(style):
    plain, seen = (classifier(*dense(16, 8), style=style) for _ in range(2))
    history = train(plain, classes(), epochs=2, batch=20)
    _, same = watched(seen, classes(), epochs=2)
    assert [e.train_loss for e in same] == [e.train_loss for e in history]
    for name, value in plain.parameters.items():
        assert value.tobytes() == seen.parameters[name].tobytes()


def test_a_loss_that_diverges_is_named_before_it_is_not_a_number():
    told = []
    data = classes()
    network = classifier(*dense(16), loss="mse")
    with pytest.raises(OptionRefused, match="the loss became inf"):
        train(network, data, batch=20, optimiser=SGD(3.0), monitor=Monitor(on_finding=told.append))
    assert [f.illness for f in told] == [TOO_HIGH, NOT_FINITE]
    assert "the loss diverged: " in told[0].figures


def test_a_finding_prints_its_place_its_figures_and_its_remedy():
    monitor, _ = watched(fresh(dead), classes(), epochs=1)
    text = str(monitor.findings[0])
    assert text.startswith("epoch 1: dying ReLU\n    in step 0 (dense), a[n, i] = relu(z[n, i])\n")
    assert "\n    to change: lower the learning rate" in text


def test_a_monitor_tells_each_finding_once_and_serves_one_network():
    told = []
    monitor = Monitor(on_finding=told.append)
    network = fresh(dead)
    train(network, classes(), epochs=3, monitor=monitor)
    assert [f.illness for f in told].count(DYING) == 1
    assert told == monitor.findings
    with pytest.raises(OptionRefused, match="has watched another network"):
        train(fresh(small), classes(), monitor=monitor)


def test_looks_are_at_least_a_step_apart():
    with pytest.raises(OptionRefused, match="every = 0 is below 1"):
        Monitor(every=0)
