"""Small trainings, well and ill, on data made here."""

from functools import lru_cache

import numpy as np

import derive
from numeric.axes import Flatten, Transpose
from numeric.data import Data, one_hot
from numeric.layer import Layer
from numeric.monitor import Monitor
from numeric.network import Network
from numeric.sequence import Last
from numeric.training import train

AFFINE = """
input  x[n, j]
param  W[i, j], b[i]
output z[n, i]
z[n, i] = sum[j](W[i, j]*x[n, j]) + b[i]
"""
CLASSES, INPUTS = 5, 12


def affine(units, **settings):
    return Layer(derive.parse(AFFINE), i=units, **{"rule": "xavier"} | settings)


def own(equation, params="", **settings):
    """A layer of one equation of x[n, j]."""
    declared = f"param {params}\n" if params else ""
    return Layer(
        derive.parse(f"input x[n, j]\n{declared}output y[n, j]\ny[n, j] = {equation}"), **settings
    )


@lru_cache
def classes(count=480):
    """Clouds of points, one for each class, that overlap a little."""
    rng = np.random.default_rng(7)
    labels = rng.integers(0, CLASSES, count + 100)
    x = rng.standard_normal((CLASSES, INPUTS))[labels] + 0.6 * rng.standard_normal(
        (len(labels), INPUTS)
    )
    x, t = x.astype("float32"), one_hot(labels, CLASSES)
    return Data(x[:count], t[:count], x[count:], t[count:], classes=True)


def images():
    data = classes()
    return Data(
        *(x.reshape(-1, 1, 3, 4) for x in (data.x_train,)),
        data.t_train,
        data.x_test.reshape(-1, 1, 3, 4),
        data.t_test,
        True,
    )


@lru_cache
def sequences(length, reach, scale=1.0, count=400):
    """Series, and the sum of their last (reach > 0) or first numbers."""
    rng = np.random.default_rng(8)
    x = scale * rng.standard_normal((count + 50, length, 1)).astype("float32")
    part = x[:, -reach:] if reach > 0 else x[:, :-reach]
    t = part.sum(axis=1)
    return Data(x[:count], t[:count], x[count:], t[count:])


def classifier(*steps, seed=0, shape=(INPUTS,), **settings):
    settings = {"loss": "softmax_cross_entropy"} | settings
    return Network([*steps, affine(CLASSES)], shape=shape, seed=seed, **settings)


def recurrent(kind, length, units=8, seed=0, **settings):
    end = [] if kind == "rnn" else [affine(1)]
    extents = {"i": units} | ({"o": 1} if kind == "rnn" else {})
    steps = [Transpose((1, 0, 2)), Layer(kind, **extents, **settings), Last(axis=0), *end]
    return Network(steps, loss="mse", shape=(length, 1), seed=seed)


def convolutional(seed=0):
    steps = (Layer("conv2d", f=6, p=3, q=3, P=1), Layer("relu"), Layer("maxpool2d"), Flatten())
    return classifier(*steps, Layer("dense", i=16), seed=seed, shape=(1, 3, 4))


@lru_cache
def built(make):
    return make()


def fresh(make):
    """A network as ``make`` makes it; copies are made much faster than networks."""
    network = built(make).in_dtype("float32")
    network.still = False
    return network


def watched(network, data, epochs=4, batch=20, **settings):
    """The monitor of a training, and its figures."""
    monitor = Monitor(every=10)
    history = train(network, data, epochs=epochs, batch=batch, monitor=monitor, **settings)
    return monitor, history
