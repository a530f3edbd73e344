"""Sequences that are drawn, with what is to be found in them."""

from __future__ import annotations

import numpy as np

from numeric.data.samples import Array, Data


def adding(steps: int, train: int, test: int, rng: np.random.Generator) -> Data:
    """The adding problem: x (N, steps, 2) of numbers and marks, t (N, 1), float32.

    At every step stands a number from 0 to 1; two of them are marked, one in each half. The target
    is the sum of the two. Whoever always answers 1 has a mean squared error of 1/6.

    Hochreiter and Schmidhuber 1997, Long short-term memory, section 5.4.
    """
    x, t = _adding(steps, train + test, rng)
    return Data(x[:train], t[:train], x[train:], t[train:])


def _adding(steps: int, count: int, rng: np.random.Generator) -> tuple[Array, Array]:
    numbers = rng.random((count, steps))
    marks, samples = np.zeros_like(numbers), np.arange(count)
    marks[samples, rng.integers(0, steps // 2, count)] = 1
    marks[samples, rng.integers(steps // 2, steps, count)] = 1
    x = np.stack([numbers, marks], axis=-1).astype("float32")
    return x, (numbers * marks).sum(axis=1, keepdims=True).astype("float32")


def mackey_glass(steps: int, rng: np.random.Generator, delay: float = 17.0) -> Array:
    """The Mackey-Glass series, one value per unit of time, shape (steps,).

        dx/dt = 0.2*x(t - delay)/(1 + x(t - delay)^10) - 0.1*x(t)

    By the classical method of Runge and Kutta in steps of 1/10; between its points the past is
    read from Hermite's cubic. It starts from a drawn constant; the first 1,000 units of time,
    before it is on its attractor, are left out.

    Mackey and Glass 1977, Oscillation and chaos in physiological control systems, Science 197.
    """
    parts, left_out = 10, 1000
    h, lag = 1 / parts, round(delay * parts)
    x = np.full(lag + (steps + left_out) * parts + 1, 1.2 + 0.2 * (rng.random() - 0.5))
    slope = np.zeros_like(x)

    def change(now: float, past: float) -> float:
        return 0.2 * past / (1 + past**10) - 0.1 * now

    for k in range(lag, len(x) - 1):
        old, new = x[k - lag], x[k - lag + 1]
        slope[k] = k1 = change(x[k], old)
        middle = (old + new) / 2 + h / 8 * (slope[k - lag] - slope[k - lag + 1])
        k2 = change(x[k] + h / 2 * k1, middle)
        k3 = change(x[k] + h / 2 * k2, middle)
        k4 = change(x[k] + h * k3, new)
        x[k + 1] = x[k] + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    found: Array = x[lag + left_out * parts :: parts][:steps]
    return found
