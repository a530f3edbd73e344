"""Interrupted, saved and resumed: the same numbers as never interrupted, byte for byte."""

import os
import signal
from functools import lru_cache
from itertools import count, pairwise

import numpy as np
import pytest

from derive.errors import OptionRefused
from numeric import checkpoint
from numeric.axes import Transpose
from numeric.clipping import ClipNorm
from numeric.data import Data, one_hot
from numeric.dropout import Dropout
from numeric.layer import Layer
from numeric.network import Network
from numeric.optimise import SGD, Adam, AdamW, RMSProp
from numeric.schedules import Cosine, Exponential, WarmUp
from numeric.training import Interrupted, train

OPTIMISERS = [
    lambda: SGD(0.1),
    lambda: SGD(0.1, 0.9, nesterov=True, decay=0.01, spared=("*.b",)),
    RMSProp,
    Adam,
    AdamW,
]


def data(seed=0):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((50, 3)).astype("float32")
    t = one_hot((x[:, 0] + x[:, 1] + rng.standard_normal(50) > 0).astype(int), 2)
    return Data(x[:30], t[:30], x[30:40], t[30:40], True, x[40:], t[40:])


@lru_cache
def made():
    steps = [Layer("dense", i=5), Layer("dense", i=2)]
    return Network(steps, loss="softmax_cross_entropy", shape=(3,))


def network():
    return made().in_dtype("float64")  # a copy is made much faster than a network


def spoiled(net):
    """What a network starts from does not matter to one that is resumed."""
    for name in net.parameters:
        net.parameters[name] += 1
    return net


def stopping(at):
    """Interrupts after that many batches of this call."""
    calls = count(1)

    def follow(_done, _total, _figures):
        if next(calls) == at:
            raise KeyboardInterrupt

    return follow


def interrupted(net, path, at, **settings):
    with pytest.raises(Interrupted) as caught:
        train(net, data(), checkpoint=path, on_progress=stopping(at), **settings)
    return caught.value


def numbers(history):
    """The figures without the seconds."""
    return [
        (e.train_loss, e.test_loss, e.test_accuracy, e.valid_loss, e.valid_accuracy)
        for e in history
    ]


def same(first, second):
    return all(v.tobytes() == second.parameters[k].tobytes() for k, v in first.parameters.items())


@pytest.mark.parametrize("make", OPTIMISERS)
@pytest.mark.parametrize("at", [1, 4, 5, 11])  # five batches an epoch: within, at the end of one
def test_a_resumed_training_is_an_uninterrupted_one(tmp_path, make, at):
    path = tmp_path / "run.npz"
    settings = {"epochs": 3, "batch": 7, "seed": 5}
    whole = network()
    history = train(whole, data(), optimiser=make(), **settings)
    told = interrupted(network(), path, at, optimiser=make(), **settings)
    assert told.batches == at
    assert told.saved == path
    again = spoiled(network())
    resumed = train(again, data(), optimiser=make(), resume=path, **settings | {"seed": 99})
    assert numbers(resumed) == numbers(history)
    assert same(whole, again)
    assert all(a.seconds < b.seconds for a, b in pairwise(resumed))


@pytest.mark.parametrize("at", [2, 16, 21])
def test_schedule_clip_and_patience_are_resumed_too(tmp_path, at):
    path = tmp_path / "run.npz"

    def settings():
        return {
            "epochs": 40, "batch": 7, "optimiser": Adam(0.05), "clip": ClipNorm(0.3),
            "schedule": WarmUp(4, Cosine(40, restarts=True)), "patience": 3,
        }  # fmt: skip

    whole, again = network(), network()
    history = train(whole, data(), **settings())
    assert 5 <= len(history) < 40
    interrupted(again, path, at, **settings())
    resumed = train(again, data(), resume=path, checkpoint=path, **settings())
    assert numbers(resumed) == numbers(history)
    assert same(whole, again)
    # it had stopped: to resume it once more is to get the best again
    spoiled(again)
    assert numbers(train(again, data(), resume=path, **settings())) == numbers(history)
    assert same(whole, again)


def test_a_training_may_be_interrupted_many_times(tmp_path):
    path, whole, again = tmp_path / "run.npz", network(), network()
    history = train(whole, data(), epochs=3, batch=7, optimiser=Adam())
    interrupted(again, path, 2, epochs=3, batch=7, optimiser=Adam())
    for _ in range(5):
        again = network()
        interrupted(again, path, 2, epochs=3, batch=7, optimiser=Adam(), resume=path)
    resumed = train(again, data(), epochs=3, batch=7, optimiser=Adam(), resume=path)
    assert numbers(resumed) == numbers(history)
    assert same(whole, again)


def test_a_finished_training_can_be_made_longer(tmp_path):
    path, whole, again = tmp_path / "run.npz", network(), network()
    history = train(whole, data(), epochs=4, batch=7, optimiser=Adam())
    train(again, data(), epochs=2, batch=7, optimiser=Adam(), checkpoint=path)
    resumed = train(network(), data(), epochs=4, batch=7, optimiser=Adam(), resume=path)
    assert numbers(resumed) == numbers(history)


@pytest.mark.parametrize("kind", [np.random.MT19937, np.random.Philox, np.random.PCG64DXSM])
def test_other_generators_are_resumed(tmp_path, kind):
    path, whole, again = tmp_path / "run.npz", network(), network()
    train(whole, data(), epochs=2, batch=7, seed=np.random.Generator(kind(3)))
    interrupted(network(), path, 6, epochs=2, batch=7, seed=np.random.Generator(kind(3)))
    train(again, data(), epochs=2, batch=7, seed=np.random.Generator(kind(8)), resume=path)
    assert same(whole, again)
    with pytest.raises(OptionRefused, match="another kind of generator"):
        train(again, data(), epochs=2, batch=7, seed=0, resume=path)


@lru_cache
def remembering():
    """Averages of statistics, random drops, and a state carried from window to window."""
    steps = [
        Layer("dense", i=5), Layer("batch_norm"), Dropout(0.3), Transpose((1, 0, 2)),
        Layer("rnn", i=4, o=2, carry=True, rule="xavier"), Transpose((1, 0, 2)),
    ]  # fmt: skip
    return Network(steps, loss="softmax_cross_entropy", shape=(6, 3))


def windows():
    """Of four series the first six windows to train on, the next three to test with."""
    rng = np.random.default_rng(4)
    x = rng.standard_normal((36, 6, 3)).astype("float32")
    t = one_hot((x.sum(axis=-1) > 0).astype(int).ravel(), 2).reshape(36, 6, 2)
    return Data(x[:24], t[:24], x[24:], t[24:], classes=True)


@pytest.mark.parametrize("at", [1, 6, 8, 17])  # six batches an epoch
def test_what_steps_keep_is_resumed(tmp_path, at):
    def start():
        network = remembering().in_dtype("float32")
        network.still = False
        return network

    path, whole, again = tmp_path / "run.npz", start(), start()
    settings = {"epochs": 3, "batch": 4, "shuffle": False}
    history = train(whole, windows(), **settings)
    with pytest.raises(Interrupted):
        train(start(), windows(), checkpoint=path, on_progress=stopping(at), **settings)
    again.gradients(windows().x_train[:4], windows().t_train[:4])  # what it kept is overwritten
    assert numbers(train(again, windows(), resume=path, **settings)) == numbers(history)
    assert same(whole, again)
    assert whole.state().keys() == again.state().keys()
    for name, value in whole.state().items():
        assert value.tobytes() == again.state()[name].tobytes()
    assert history[-1].test_accuracy <= 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"batch": 8}, "batch = 7, not 8"),
        ({"shuffle": False}, "shuffle = True, not False"),
        ({"clip": ClipNorm(2.0)}, r"clip = None, not ClipNorm\(2.0\)"),
        ({"schedule": Exponential(0.9)}, r"schedule = None, not Exponential\(factor=0.9\)"),
        ({"optimiser": SGD(0.1)}, r"(?s)is of Adam\(rate=0.001, .*not of SGD\(rate=0.1, "),
        ({"optimiser": Adam(0.01)}, r"is of Adam\(rate=0.001, .*not of Adam\(rate=0.01, "),
    ],
)
def test_another_training_is_not_resumed(tmp_path, change, message):
    path, net = tmp_path / "run.npz", network()
    interrupted(network(), path, 3, batch=7, optimiser=Adam())
    before = {name: value.copy() for name, value in net.parameters.items()}
    with pytest.raises(OptionRefused, match=message):
        train(net, data(), resume=path, **{"batch": 7, "optimiser": Adam()} | change)
    assert all((value == before[name]).all() for name, value in net.parameters.items())


def test_other_data_are_not_resumed(tmp_path):
    path = tmp_path / "run.npz"
    interrupted(network(), path, 3, batch=7)
    with pytest.raises(OptionRefused, match="training with data = "):
        train(network(), data(seed=1), batch=7, resume=path)


def test_a_network_that_was_only_saved_cannot_be_resumed(tmp_path):
    path, optimiser = tmp_path / "net.npz", Adam()
    checkpoint.save(path, network(), optimiser)
    with pytest.raises(OptionRefused, match=r"(?s)is not of a training.*checkpoint\.load"):
        train(network(), data(), optimiser=optimiser, resume=path)


# ---- interrupts ---------------------------------------------------------------------------------


@pytest.fixture
def interruptible():
    """Python's own handler, also where the tests run in the background of a shell without one."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def signalling(at, times=1):
    """Sends this process what Ctrl-C sends it."""
    calls = count(1)

    def follow(_done, _total, _figures):
        if next(calls) == at:
            for _ in range(times):
                os.kill(os.getpid(), signal.SIGINT)

    return follow


@pytest.mark.usefixtures("interruptible")
def test_ctrl_c_waits_for_the_step_and_is_saved(tmp_path):
    path, whole, stopped = tmp_path / "run.npz", network(), network()
    with pytest.raises(Interrupted, match=r"after 7 batches, 1 whole epochs; saved to .*run\.npz"):
        train(
            stopped, data(), batch=7, optimiser=Adam(), checkpoint=path, on_progress=signalling(7)
        )
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    again = network()
    train(whole, data(), epochs=3, batch=7, optimiser=Adam())
    train(again, data(), epochs=3, batch=7, optimiser=Adam(), resume=path)
    assert same(whole, again)


@pytest.mark.usefixtures("interruptible")
def test_a_second_ctrl_c_does_not_wait():
    with pytest.raises(KeyboardInterrupt) as caught:
        train(network(), data(), batch=7, on_progress=signalling(2, times=2))
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert isinstance(caught.value, Interrupted)


def test_interrupts_that_somebody_else_handles_stay_theirs():
    seen = []
    before = signal.signal(signal.SIGINT, lambda *_: seen.append(1))
    try:
        history = train(network(), data(), epochs=1, batch=7, on_progress=signalling(2))
    finally:
        signal.signal(signal.SIGINT, before)
    assert seen == [1]
    assert len(history) == 1
