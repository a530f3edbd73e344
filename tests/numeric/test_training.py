"""Training: it learns, it repeats, it stops well."""

from functools import lru_cache
from itertools import pairwise

import numpy as np
import pytest

import derive
from derive.errors import OptionRefused
from numeric.clipping import ClipNorm, norm
from numeric.data import Data, one_hot
from numeric.layer import Layer
from numeric.network import Network
from numeric.optimise import SGD, Adam
from numeric.schedules import Constant, Exponential
from numeric.training import Interrupted, train

AFFINE = """
input  x[n, j]
param  W[i, j], b[i]
output z[n, i]
z[n, i] = sum[j](W[i, j]*x[n, j]) + b[i]
"""


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
    return made(seed).in_dtype("float32")  # a copy is made much faster than a network


@lru_cache
def made(seed):
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
    with pytest.raises(Interrupted, match="after 6 batches, 1 whole epochs") as caught:
        train(small(), spirals(), epochs=5, batch=50, on_progress=stop_at(6))
    assert len(caught.value.history) == 1
    assert caught.value.saved is None
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
        ({"patience": 0}, "patience = 0 is below 1"),
        ({"patience": 3}, r"(?s)patience = 3 needs validation samples.*Data\.split"),
        ({"schedule": lambda step: -step}, "the schedule gives the factor -1 at step 1"),
        ({"schedule": lambda _: float("nan")}, "the schedule gives the factor nan at step 0"),
        ({"checkpoint": "no/such/folder/a.npz"}, "cannot write the checkpoint 'no/such/folder"),
        ({"checkpoint": "."}, r"cannot write the checkpoint '\.': it is a folder"),
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


def test_a_gradient_that_is_not_finite_stops_training_before_the_step():
    root = "input x[n, j]\nparam w[j]\noutput y[n, j]\ny[n, j] = sqrt(x[n, j]*w[j])"
    x, t = np.zeros((4, 2), "float32"), np.ones((4, 2), "float32")
    network = Network([Layer(derive.parse(root), initial={"w": [1, 1]})], loss="mse", shape=(2,))
    message = r"(?s)the gradient of 0.w is not finite, and the loss is 2.*still those before"
    with pytest.raises(OptionRefused, match=message):
        train(network, Data(x, t, x, t))
    assert network.parameters["0.w"].tolist() == [1, 1]


# ---- schedules, clipping, stopping --------------------------------------------------------------


def distance(network, other):
    return sum(float(np.sum((v - other.parameters[k]) ** 2)) for k, v in network.parameters.items())


def test_a_schedule_scales_every_step_by_its_factor():
    seen = []

    def schedule(step):
        seen.append(step)
        return Exponential(0.5)(step)

    network, data = small(), spirals()
    start = small()
    train(network, data, epochs=2, batch=70, optimiser=SGD(0.1), schedule=schedule)
    assert seen == list(range(6))
    halved, plain = small(), small()
    train(halved, data, epochs=1, batch=200, optimiser=SGD(0.2), schedule=Constant(0.5))
    train(plain, data, epochs=1, batch=200, optimiser=SGD(0.1))
    assert distance(halved, plain) == 0
    assert distance(plain, start) > 0


def test_a_clipped_step_is_no_longer_than_the_limit():
    network, data = small(), spirals()
    assert norm(network.gradients(data.x_train, data.t_train)[1]) > 0.01
    train(network, data, epochs=1, batch=200, optimiser=SGD(1.0), clip=ClipNorm(0.01))
    assert distance(network, small()) ** 0.5 == pytest.approx(0.01, rel=1e-4)


def overfitting():
    """Few samples with labels by chance: what is learned of them is wrong of all others."""
    rng = np.random.default_rng(3)
    x = rng.standard_normal((60, 2)).astype("float32")
    t = one_hot(rng.integers(0, 2, 60), 2)
    return Data(x[:20], t[:20], x[20:40], t[20:40], True, x[40:], t[40:])


def test_early_stopping_gives_back_the_best_parameters():
    network, kept = small(), []

    def keep(*_told):
        kept.append({k: v.copy() for k, v in network.parameters.items()})

    history = train(
        network, overfitting(), epochs=100, batch=20, optimiser=Adam(0.05), patience=4,
        on_progress=keep,
    )  # fmt: skip
    losses = [epoch.valid_loss for epoch in history]
    best = int(np.argmin(losses))
    assert len(history) == best + 1 + 4 < 100
    assert losses[-1] > losses[best]
    for name, value in network.parameters.items():
        assert value.tobytes() == kept[best][name].tobytes()
    assert network.evaluate(overfitting().x_valid, overfitting().t_valid)[0] == pytest.approx(
        losses[best], rel=1e-6
    )
    assert 0 <= history[0].valid_accuracy <= 1


def test_figures_of_validation_are_told():
    seen = []
    train(
        small(), overfitting(), epochs=2, batch=20,
        on_progress=lambda _done, _total, figures: seen.append(set(figures)),
    )  # fmt: skip
    assert seen[-1] == {
        "epoch", "loss", "test_loss", "test_accuracy", "valid_loss", "valid_accuracy"
    }  # fmt: skip


def test_samples_may_keep_their_order():
    seen = []

    class Noting(SGD):
        def step(self, _parameters, gradients):
            seen.append(float(gradients["0.b"][0]))

    x = np.arange(6, dtype="float32")[:, None]
    t = np.zeros_like(x)
    network = Network(
        [Layer(derive.parse(AFFINE), i=1, initial={"W": [[1]]})], loss="mse", shape=(1,)
    )
    train(network, Data(x, t, x, t), epochs=2, batch=2, optimiser=Noting(), shuffle=False)
    assert seen == sorted(seen[:3]) * 2
