"""The yearly number of sunspots, one year ahead."""

from __future__ import annotations

import numpy as np

import derive
from numeric.axes import Transpose
from numeric.clipping import ClipNorm
from numeric.data import Data, sunspots
from numeric.layer import Layer
from numeric.network import Network
from numeric.optimise import Adam
from numeric.recipes.classify import given, learning
from numeric.recipes.equations import AFFINE
from numeric.recipes.exhibits import Curves, Exhibit, Rows
from numeric.recipes.recipe import Outcome, Recipe, Setting, Target
from numeric.schedules import Cosine
from numeric.sequence import Last
from numeric.step import Array
from numeric.training import train

_WINDOW, _TEST, _UNITS = 24, 88, 16  # years; the test begins in 1921
_EPOCHS, _BATCH, _RATE = 60, 16, 5e-3
_SCALE = 100.0


def network(drawn: np.random.Generator) -> Network:
    """An LSTM over a window of years, and a linear read-out of its last state."""
    steps = (
        Transpose((1, 0, 2)),
        Layer("lstm", i=_UNITS, rule="xavier", forget_bias=1.0),
        Last(),
        Layer(derive.parse(AFFINE), rule="xavier", i=1),
    )
    return Network(steps, loss="mse", shape=(_WINDOW, 1), seed=drawn, style="fast")


def play(setting: Setting) -> Outcome:
    """Train on the years before the test, and compare with the year before."""
    years, numbers = sunspots()
    data, made = _windows(numbers / _SCALE), network(setting.drawn)
    history = train(
        made,
        data,
        epochs=_EPOCHS,
        batch=_BATCH,
        optimiser=Adam(_RATE),
        seed=setting.ordered,
        schedule=Cosine(_EPOCHS * len(data.x_train) // _BATCH, floor=0.02),
        clip=ClipNorm(1.0),
        on_progress=setting.told,
        monitor=setting.watch(),
    )
    true, said = (_SCALE * y[:, 0] for y in (data.t_test, given(made, data.x_test)))
    before = _SCALE * data.x_test[:, -1, 0]
    errors = {"network": _distance(said, true), "the year before": _distance(before, true)}
    rows = tuple((name, f"{error:.1f}") for name, error in errors.items())
    tested = years[-_TEST:]
    shown: tuple[Exhibit, ...] = (
        Curves(
            "Sunspots in a year, forecast from the years before",
            "year",
            "sunspots",
            {"observed": (tested, true), "forecast": (tested, said)},
        ),
        Rows("Root mean square of the error, 1921 to 2008", ("forecast", "sunspots"), rows),
        *learning(history),
    )
    return Outcome((errors["network"] / errors["the year before"],), shown, history, made)


def _windows(series: Array) -> Data:
    x = np.lib.stride_tricks.sliding_window_view(series, _WINDOW)[:-1, :, None]
    t = series[_WINDOW:, None]
    x, t = x.astype("float32"), t.astype("float32")
    return Data(x[:-_TEST], t[:-_TEST], x[-_TEST:], t[-_TEST:])


def _distance(said: Array, true: Array) -> float:
    return float(np.sqrt(np.mean((said - true) ** 2)))


RECIPE = Recipe(
    name="sunspots",
    title="Sunspots one year ahead, by an LSTM",
    about="An LSTM reads 24 years of sunspots and says how many the next year has. It learns from "
    "the years up to 1920 and is judged by 1921 to 2008, beside the forecast that next year is "
    "as this one.",
    targets=(Target("test error over that of the last value", 0.75, "at most", ".2f", "both RMS"),),
    seconds=6,
    play=play,
    network=network,
)
