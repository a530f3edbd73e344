"""A library without automatic differentiation: NumPy, pulling back by complex steps."""

from __future__ import annotations

from contextlib import nullcontext

import numpy as np
import pytest

from numeric.oracles import Library

STEP = 1e-30


def _pick(condition, then, other):
    return np.where(np.real(condition) > 0, then, other).view(Numbers)


def _vjp(model, inputs):
    def pull(cotangents):
        found = {}
        for name, array in inputs.items():
            gradient = np.zeros(array.shape)
            for place in np.ndindex(array.shape):
                moved = array.astype(complex)
                moved[place] += STEP * 1j
                outputs = model({**inputs, name: moved})
                gradient[place] = sum(
                    (np.imag(y) / STEP * cotangents[n]).sum() for n, y in outputs.items()
                )
            found[name] = gradient
        return found

    return {name: np.real(y) for name, y in model(inputs).items()}, pull


def _logsumexp(table):
    most = np.real(table).max(axis=1)
    return np.log(np.exp(table - most[:, None]).sum(axis=1)) + most


class Numbers(np.ndarray):
    """Arrays of the fake library: not the plain arrays that stand for labels and indices."""


def _array(values):
    return np.asarray(values, dtype=float).view(Numbers)


def _extreme(arg):
    return lambda table: np.take_along_axis(table, arg(np.real(table), axis=1)[:, None], 1)[:, 0]


@pytest.fixture
def numpy_library() -> Library:
    return Library(
        name="complex steps",
        version="1",
        session=nullcontext,
        array=_array,
        values=lambda x: np.asarray(np.real(x)),
        take=lambda x, places: x[places],
        join=lambda parts: np.concatenate(parts).view(Numbers),
        power=np.power,
        functions={
            "exp": np.exp,
            "log": np.log,
            "sqrt": np.sqrt,
            "tanh": np.tanh,
            "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
            "softplus": lambda z: np.log(1 + np.exp(z)),
            "relu": lambda z: _pick(z, z, 0 * z),
            "abs": lambda z: _pick(z, z, -z),
            "step": lambda z: _pick(z, 1.0, 0.0),
            "max": lambda a, b: _pick(np.real(a) > np.real(b), a, b),
            "min": lambda a, b: _pick(np.real(a) < np.real(b), a, b),
        },
        reductions={
            "sum": lambda table: table.sum(axis=1),
            "prod": lambda table: table.prod(axis=1),
            "max": _extreme(np.argmax),
            "min": _extreme(np.argmin),
            "logsumexp": _logsumexp,
        },
        vjp=_vjp,
    )
