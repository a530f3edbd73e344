"""The adding problem: two numbers to be remembered over a hundred steps."""

from __future__ import annotations

import numpy as np

import derive
from numeric.axes import Transpose
from numeric.clipping import ClipNorm
from numeric.data import adding
from numeric.layer import Layer
from numeric.network import Network
from numeric.optimise import Adam
from numeric.recipes.equations import AFFINE
from numeric.recipes.exhibits import Curves, Exhibit, Rows
from numeric.recipes.recipe import Outcome, Recipe, Setting, Target
from numeric.schedules import Cosine
from numeric.sequence import Last
from numeric.step import Array, Step
from numeric.training import Epoch, train

_STEPS, _TRAIN, _TEST = 100, 10_000, 1000
_UNITS, _BATCH, _EPOCHS, _RATE, _LIMIT = 32, 50, 10, 0.01, 1.0
_FORGET = 3.0  # the gates of the cells begin open
KINDS = ("lstm", "gru", "rnn")
_BY_GUESSING = 1 / 6  # the variance of the sum of two numbers from 0 to 1


def play(setting: Setting) -> Outcome:
    """Give each kind of network the same data, units, steps and optimiser."""
    data = adding(_STEPS, _TRAIN, _TEST, setting.ordered)
    histories: dict[str, tuple[Epoch, ...]] = {}
    flows: dict[str, Array] = {}
    for kind in KINDS:
        network = _network(kind, setting.drawn)
        flows[kind] = _flow(network, data.x_train[:_BATCH], data.t_train[:_BATCH])
        histories[kind] = train(
            network,
            data,
            epochs=_EPOCHS,
            batch=_BATCH,
            optimiser=Adam(_RATE),
            seed=setting.ordered,
            schedule=Cosine(_EPOCHS * _TRAIN // _BATCH, floor=0.05),
            clip=ClipNorm(_LIMIT),
            on_progress=setting.told,
            monitor=setting.watch(),
        )
    reached = tuple(history[-1].test_loss for history in histories.values())
    return Outcome(reached, _shown(histories, flows))


def _network(kind: str, drawn: np.random.Generator) -> Network:
    program = derive.load(kind)
    names = [a.name for a in program.arrays if a.role == "param" and not a.name.startswith("b")]
    square = [name for name in names if len(set(program.axes(name))) == 1]
    rule = {name: "orthogonal" if name in square else "xavier" for name in names}
    if kind == "rnn":
        recurrent: tuple[Step, ...] = (Layer(kind, i=_UNITS, o=1, rule=rule), Last())
    else:
        cells = Layer(kind, i=_UNITS, rule=rule, forget_bias=_FORGET)
        recurrent = (cells, Last(), Layer(derive.parse(AFFINE), rule="xavier", i=1))
    steps = (Transpose((1, 0, 2)), *recurrent)
    return Network(steps, loss="mse", shape=(_STEPS, 2), seed=drawn, style="fast")


def _flow(network: Network, x: Array, t: Array) -> Array:
    """The size of the cotangent of the numbers at each step, before training."""
    cotangent = network.cotangents(x, t)[1]
    assert cotangent is not None, "numbers have cotangents"
    found: Array = np.linalg.norm(cotangent.reshape(_STEPS, -1), axis=1)
    return found


def _shown(histories: dict[str, tuple[Epoch, ...]], flows: dict[str, Array]) -> tuple[Exhibit, ...]:
    passes, steps = np.arange(1, _EPOCHS + 1), np.arange(1, _STEPS + 1)
    errors = {
        kind: (passes, np.array([epoch.test_loss for epoch in history]))
        for kind, history in histories.items()
    }
    return (
        Curves(
            "Test error",
            "epoch",
            "mean squared error",
            errors,
            logarithmic="y",
            levels={"always 1": _BY_GUESSING},
        ),
        Curves(
            "What comes back to each step before training",
            "step",
            "norm of the cotangent",
            {kind: (steps, np.maximum(flow, 1e-30)) for kind, flow in flows.items()},
            logarithmic="y",
        ),
        Rows(
            "Mean squared error after the last epoch",
            ("network", "train", "test"),
            tuple(
                (kind, f"{history[-1].train_loss:.5f}", f"{history[-1].test_loss:.5f}")
                for kind, history in histories.items()
            ),
        ),
    )


RECIPE = Recipe(
    name="adding",
    title="The adding problem over 100 steps: LSTM, GRU, vanilla RNN",
    about="Of a hundred numbers two are marked, one in each half; the answer is their sum. All "
    "three networks have 32 units, orthogonal recurrent weights, clipped gradients, and the same "
    "2,000 steps of Adam; the gates that keep the state begin open. Always answering 1 gives 1/6.",
    targets=(
        Target("test error of the LSTM", 0.01, "at most", ".2g", "mean squared"),
        Target("test error of the GRU", 0.01, "at most", ".2g", "mean squared"),
        Target(
            "test error of the vanilla RNN",
            0.05,
            "at least",
            ".2g",
            "mean squared: not within five times what counts as solved",
        ),
    ),
    seconds=90,
    play=play,
)
