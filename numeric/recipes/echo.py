"""An echo state network on the Mackey-Glass series."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from numeric.build import build
from numeric.data import mackey_glass
from numeric.recipes.equations import program
from numeric.recipes.exhibits import Curves
from numeric.recipes.recipe import Outcome, Recipe, Setting, Target
from numeric.step import Array

# as in the paper: 1,000 units, 1 % of the weights, 3,000 steps, of which 1,000 are left out
_UNITS, _SHARE, _RADIUS, _STEPS, _LEFT_OUT = 1000, 0.01, 0.8, 3000, 1000
_FEEDBACK, _BIAS, _LEAK = 1.0, 0.1, (0.6, 0.9)  # C and a
# of the trace; the system is solved with a ridge, and what that leaves out is solved for again
_RIDGE, _AGAIN = 5e-16, 100
_AHEAD, _TRIALS, _WASH, _APART = 84, 40, 300, 40
_PUBLISHED = 10**-4.2


@dataclass(frozen=True, slots=True)
class Reservoir:
    """Weights that are drawn once and never trained: W (I, I), v (I,), b (I,)."""

    W: Array
    v: Array
    b: Array

    def states(self, driven: Array) -> Array:
        """The units at every step under the series ``driven`` (T, N), from rest: (T, N, I)."""
        start = np.zeros((driven.shape[1], len(self.b)))
        kernel = build(program("reservoir"), C=_LEAK[0], a=_LEAK[1])
        outputs, _ = kernel.forward(d=driven, x0=start, W=self.W, v=self.v, b=self.b)
        found: Array = outputs["x"]
        return found

    def alone(self, start: Array, w: Array, steps: int) -> Array:
        """What the read-out ``w``, bias last, says when it is taken for the series: (T, N)."""
        kernel = build(program("reservoir_free"), T=steps, C=_LEAK[0], a=_LEAK[1])
        given = {"w": w[:-1], "w0": w[-1], "W": self.W, "v": self.v, "b": self.b}
        found: Array = kernel.forward(x0=start, **given)[0]["y"]
        return found


def play(setting: Setting) -> Outcome:
    """Drive the reservoir, solve for the read-out, and let it run alone."""
    series = np.tanh(mackey_glass(_STEPS + _TRIALS * _APART + _WASH + _AHEAD, setting.ordered) - 1)
    reservoir = _drawn(setting.drawn)
    setting.told(1, 4, {})
    states = reservoir.states(series[: _STEPS - 1, None])[_LEFT_OUT:, 0]
    setting.told(2, 4, {})
    x = np.column_stack([states, np.ones(len(states))])
    w, rest = _solved(x, series[_LEFT_OUT + 1 : _STEPS, None])
    setting.told(3, 4, {})
    starts = _STEPS + _APART * np.arange(_TRIALS)
    ahead = reservoir.states(np.stack([series[s : s + _WASH] for s in starts], axis=1))[-1]
    said = reservoir.alone(ahead, w, _AHEAD)
    true = np.stack([series[s + _WASH : s + _WASH + _AHEAD] for s in starts], axis=1)
    errors = np.sqrt(np.mean((said - true) ** 2, axis=1) / series.var())
    setting.told(4, 4, {"error": errors[-1]})
    steps = np.arange(1, _AHEAD + 1)
    shown = (
        Curves(
            "The series, and the network running alone",
            "step",
            "value",
            {"series": (steps, true[:, 0]), "network": (steps, said[:, 0])},
        ),
        Curves(
            "Error of the network running alone",
            "step",
            "NRMSE",
            {"40 starts": (steps, errors)},
            logarithmic="y",
            levels={"published, after 84 steps": _PUBLISHED},
        ),
    )
    return Outcome((float(errors[-1]), rest), shown)


def _drawn(rng: np.random.Generator) -> Reservoir:
    W = rng.uniform(-1, 1, (_UNITS, _UNITS)) * (rng.random((_UNITS, _UNITS)) < _SHARE)
    W *= _RADIUS / np.abs(np.linalg.eigvals(W)).max()
    v = rng.uniform(-_FEEDBACK, _FEEDBACK, _UNITS)
    return Reservoir(W, v, rng.uniform(-_BIAS, _BIAS, _UNITS))


def _solved(x: Array, d: Array) -> tuple[Array, float]:
    """The read-out at which the derived gradient is zero, and what is left of that gradient.

    The gradient is affine, g(W) = W A - c: A is g at the identity with targets of zero. A is
    singular to working precision; with a ridge it is not, and each of Newton's steps
    W - g(W)/(A + ridge) takes away more of what the ridge left (iterated Tikhonov).
    """
    kernel = build(program("readout"), r=0.0)
    size = x.shape[1]

    def gradient(W: Array, targets: Array) -> Array:
        _, saved = kernel.forward(x=x, d=targets, W=W)
        found: Array = kernel.backward(saved, loss=1.0)["W"]
        return found

    A = gradient(np.eye(size), np.zeros((len(x), size)))
    back = np.linalg.inv(A + _RIDGE * np.trace(A) * np.eye(size))
    W = np.zeros((1, size))
    first = np.abs(gradient(W, d)).max()
    for _ in range(_AGAIN):
        W = W - gradient(W, d) @ back
    return W[0], float(np.abs(gradient(W, d)).max() / first)


RECIPE = Recipe(
    name="echo-state",
    title="Echo state network on the Mackey-Glass series",
    about="A reservoir of 1,000 leaky units with 1 % of the weights is driven by the series. Only "
    "its linear read-out learns: the derived gradient of the squared error is affine in the "
    "weights, and where it is zero they solve a linear system. The network then runs alone from "
    "40 places of the series, on its own read-out.",
    targets=(
        Target(
            "error after 84 steps alone (NRMSE)",
            _PUBLISHED,
            "at most",
            ".2g",
            "Jaeger and Haas 2004: 10^-4.2 with 1,000 units after 3,000 steps, by C = 0.44 and "
            "feedback weights to 0.56; here they are 0.6 and 1",
        ),
        Target("what is left of the gradient, over its size at zero", 1e-9, "at most", ".2g"),
    ),
    seconds=10,
    play=play,
    equations=("reservoir", "reservoir_free", "readout"),
)
