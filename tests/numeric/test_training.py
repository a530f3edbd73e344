"""Training: it learns, it repeats, it stops well."""

from itertools import pairwise

import numpy as np
import pytest

import derive
from derive.errors import OptionRefused
from numeric.data import Data, one_hot
from numeric.layer import Layer
from numeric.network import Network
from numeric.optimise import SGD, Adam
from numeric.recipes import AFFINE
from numeric.training import train


def spirals():
    """Two arms that no line separates, 200 samples each to train and to test."""
    rng = np.random.default_rng(0)
    labels = np.arange(400) % 2
    angle = rng.uniform(0.5, 3, 400)
    turned = angle + np.pi * labels
    x = np.stack([angle * np.cos(turned), angle * np.sin(turned)], axis=1).astype("float32")
    t = one_hot(labels, 2)
    return Data(x[:200], t[:200], x[200:], t[200:], classes=True)


def small(seed=0):
    steps = [Layer("dense", i=32), Layer(derive.parse(AFFINE), rule="xavier", i=2)]
    return Network(steps, loss="softmax_cross_entropy", shape=(2,), seed=seed)


def test_a_network_learns_what_no_line_separates():
    network = small()
    history = train(network, spirals(), epochs=60, batch=20, optimiser=Adam(1e-2))
    assert history[-1].test_accuracy >= 0.99
    assert history[-1].train_loss < history[0].train_loss / 10


def test_the_same_seed_gives_the_same_bytes():
    first, second, other = small(), small(), small()
    for network, seed in ((first, 1), (second, 1), (other, 2)):
        train(network, spirals(), epochs=2, batch=30, seed=seed)
    for name, value in first.parameters.items():
        assert value.tobytes() == second.parameters[name].tobytes()
    assert first.parameters["0.W"].tobytes() != other.parameters["0.W"].tobytes()


def test_one_step_on_all_samples_is_gradient_descent():
    network, data = small(), spirals()
    start = {name: value.copy() for name, value in network.parameters.items()}
    loss, gradients = network.gradients(data.x_train, data.t_train)
    (epoch,) = train(network, data, epochs=1, batch=200, optimiser=SGD(0.5))
    assert epoch.train_loss == pytest.approx(loss, rel=1e-5)
    for name, value in network.parameters.items():
        assert value == pytest.approx(start[name] - 0.5 * gradients[name], rel=1e-4, abs=1e-6)


def test_progress_tells_every_batch():
    seen = []
    train(small(), spirals(), epochs=2, batch=60, on_progress=lambda *told: seen.append(told))
    assert [done for done, _, _ in seen] == list(range(1, 9))
    assert {total for _, total, _ in seen} == {8}
    assert set(seen[0][2]) == {"epoch", "loss"}
    assert set(seen[-1][2]) == {"epoch", "loss", "test_loss", "test_accuracy"}


def test_an_interrupt_leaves_the_network_of_the_last_whole_step():
    def stop_at(last):
        def follow(done, _total, _figures):
            if done == last:
                raise KeyboardInterrupt

        return follow

    stopped, whole = small(), small()
    with pytest.raises(KeyboardInterrupt):
        train(stopped, spirals(), epochs=5, batch=50, on_progress=stop_at(4))
    train(whole, spirals(), epochs=1, batch=50)
    for name, value in stopped.parameters.items():
        assert (value == whole.parameters[name]).all()
    assert np.isfinite(stopped.forward(spirals().x_test)).all()


def test_without_classes_there_is_no_accuracy():
    rng = np.random.default_rng(1)
    x = rng.standard_normal((50, 3)).astype("float32")
    t = x @ np.array([[1.0], [-2.0], [0.5]], "float32")
    network = Network([Layer(derive.parse(AFFINE), i=1)], loss="mse", shape=(3,))
    history = train(network, Data(x, t, x, t), epochs=100, batch=10, optimiser=SGD(0.05))
    assert history[-1].test_accuracy is None
    assert history[-1].test_loss < 1e-6
    assert network.parameters["0.W"] == pytest.approx(np.array([[1, -2, 0.5]]), abs=1e-3)
    assert all(a.seconds <= b.seconds for a, b in pairwise(history))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"epochs": 0}, "epochs = 0 is below 1"),
        ({"batch": -3}, "batch = -3 is below 1"),
    ],
)
def test_settings_out_of_range_are_refused(settings, message):
    with pytest.raises(OptionRefused, match=message):
        train(small(), spirals(), **settings)


def test_a_loss_that_is_not_finite_stops_training():
    data = spirals()
    data.x_train[7, 0] = np.nan
    with pytest.raises(OptionRefused, match=r"(?s)the loss became nan.*lower the learning rate"):
        train(small(), data, epochs=2)
