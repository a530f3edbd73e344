"""How gradients vanish: over layers by their activation, over time by their cells."""

from __future__ import annotations

import numpy as np

import derive
from numeric.axes import Flatten, Transpose
from numeric.data import digits, one_hot
from numeric.layer import Layer
from numeric.network import Network
from numeric.recipes.equations import AFFINE
from numeric.recipes.exhibits import Curves, Exhibit, Heat
from numeric.recipes.recipe import Outcome, Recipe, Setting, Target
from numeric.sequence import Last
from numeric.step import Array, Step

_DEPTH, _WIDTH, _SAMPLES = 20, 64, 128
_STEPS, _UNITS, _STACKED = 100, 32, 3
_FORGET = 3.0
# below 1 a vanilla network must forget: Pascanu, Mikolov and Bengio 2013, arXiv:1211.5063, sec. 2.1
_NORM = 0.95
# the start that suits each: Glorot and Bengio 2010 for the first two, He et al. 2015 for ReLU
ACTIVATIONS = {"sigmoid": "xavier", "tanh": "xavier", "relu": "he"}
KINDS = ("rnn", "lstm")


def play(setting: Setting) -> Outcome:
    """Send a gradient back through deep networks and through long sequences, untrained."""
    data = digits()
    x, t = data.x_train[:_SAMPLES], data.t_train[:_SAMPLES]
    deep = {
        name: _over_layers(_deep(name, rule, setting.drawn), x, t)
        for name, rule in ACTIVATIONS.items()
    }
    setting.told(1, 2, {})
    sequences = setting.ordered.normal(size=(_SAMPLES, _STEPS, 4)).astype("float32")
    labels = one_hot(setting.ordered.integers(0, 10, _SAMPLES), 10)
    heats = {kind: _over_time(_stacked(kind, setting.drawn), sequences, labels) for kind in KINDS}
    setting.told(2, 2, {})
    reached = (
        deep["sigmoid"][0] / deep["sigmoid"][-1],
        deep["relu"][0] / deep["relu"][-1],
        heats["rnn"][0, 0] / heats["rnn"][-1, -1],
        heats["lstm"][0, 0] / heats["lstm"][-1, -1],
    )
    return Outcome(tuple(map(float, reached)), _shown(deep, heats))


def _shown(deep: dict[str, Array], heats: dict[str, Array]) -> tuple[Exhibit, ...]:
    layers, steps = np.arange(1, _DEPTH + 1), np.arange(1, _STEPS + 1)
    return (
        Curves(
            "Gradient of the weights, layer by layer, before training",
            "layer",
            "root mean square",
            {name: (layers, sizes) for name, sizes in deep.items()},
            logarithmic="y",
        ),
        Curves(
            "Cotangent of what goes into the first layer, before training",
            "step",
            "norm",
            {kind: (steps, heat[0]) for kind, heat in heats.items()},
            logarithmic="y",
        ),
        *(
            Heat(
                f"Cotangents of {_STACKED} layers of {kind.upper()} over time",
                "step",
                "layer",
                heat,
                rows=tuple(map(str, range(1, _STACKED + 1))),
                logarithmic=True,
                unit="norm",
            )
            for kind, heat in heats.items()
        ),
    )


def _affine(units: int, rule: str) -> Layer:
    return Layer(derive.parse(AFFINE), rule=rule, i=units)


def _deep(activation: str, rule: str, drawn: np.random.Generator) -> Network:
    steps: list[Step] = [Flatten()]
    for _ in range(_DEPTH):
        steps += [_affine(_WIDTH, rule), Layer(activation)]
    steps.append(_affine(10, "xavier"))
    return Network(steps, loss="softmax_cross_entropy", shape=(1, 8, 8), seed=drawn)


def _over_layers(network: Network, x: Array, t: Array) -> Array:
    """The root mean square of the gradient of each layer's weights."""
    _, gradients = network.gradients(x, t)
    squares = (np.mean(gradients[f"{1 + 2 * k}.W"] ** 2.0) for k in range(_DEPTH))
    sizes: Array = np.sqrt(np.array([*squares], float))
    return sizes


def _stacked(kind: str, drawn: np.random.Generator) -> Network:
    """Recurrent layers on one another; only the last step of the last is judged."""
    make = _vanilla if kind == "rnn" else _cells
    layers = [make(kind, drawn) for _ in range(_STACKED)]
    steps: tuple[Step, ...] = (Transpose((1, 0, 2)), *layers, Last(), _affine(10, "xavier"))
    return Network(steps, loss="softmax_cross_entropy", shape=(_STEPS, 4), seed=drawn)


def _vanilla(kind: str, drawn: np.random.Generator) -> Layer:
    """A layer whose recurrent weights are a rotation, made shorter."""
    rotation, _ = np.linalg.qr(drawn.normal(size=(_UNITS, _UNITS)))
    start = {"W_hh": _NORM * rotation}
    return Layer(kind, rule="xavier", initial=start, i=_UNITS, o=_UNITS)


def _cells(kind: str, _: np.random.Generator) -> Layer:
    return Layer(kind, rule="xavier", forget_bias=_FORGET, i=_UNITS)


def _over_time(network: Network, x: Array, t: Array) -> Array:
    """The norm of the cotangent of what goes into each layer at each step: (layers, steps)."""
    cotangents = network.cotangents(x, t)[1 : 1 + _STACKED]
    rows = [np.linalg.norm(g.reshape(_STEPS, -1), axis=1) for g in cotangents if g is not None]
    # a norm below the smallest float has no place on a logarithmic scale
    found: Array = np.maximum(np.array(rows, float), np.finfo(float).tiny)
    return found


RECIPE = Recipe(
    name="gradient-flow",
    title="Vanishing gradients, over layers and over time",
    about="Before any training a gradient is sent back through twenty layers with sigmoid, tanh "
    "and ReLU, and through a hundred steps of stacked vanilla and LSTM layers; its size at the far "
    "end is compared with that at the near end.",
    targets=(
        Target("sigmoid: gradient of layer 1 over that of layer 20", 1e-6, "at most", ".2g"),
        Target("ReLU: gradient of layer 1 over that of layer 20", 1e-2, form=".2g"),
        Target("RNN: cotangent of step 1 over that of step 100", 1e-6, "at most", ".2g"),
        Target("LSTM: cotangent of step 1 over that of step 100", 1e-2, form=".2g"),
    ),
    seconds=3,
    play=play,
)
