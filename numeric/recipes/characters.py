"""A character model on the help that ships with Python, beside an interpolated 3-gram model."""

from __future__ import annotations

from collections.abc import Sequence
from math import log

import numpy as np

import derive
from numeric.axes import Transpose
from numeric.clipping import ClipNorm
from numeric.data import Data, prose
from numeric.layer import Layer
from numeric.network import Network
from numeric.optimise import Adam
from numeric.recipes.equations import AFFINE, program
from numeric.recipes.exhibits import Curves, Passage, Rows
from numeric.recipes.ngrams import Grams
from numeric.recipes.recipe import Outcome, Recipe, Setting, Target
from numeric.schedules import Cosine
from numeric.step import Array
from numeric.training import Epoch, train

_LENGTH, _HELD = 200_000, 15_000  # characters, and how many of them are kept for the test
ALPHABET = "\n \"'()*,-.0123456789:;=_abcdefghijklmnopqrstuvwxyz"
_WINDOW, _JUDGED = 60, 30  # steps; of a test window so many at its end are judged
_UNITS, _EPOCHS, _BATCH, _RATE = 160, 15, 32, 5e-3
_WRITTEN, _SEED_TEXT, _COLD = 400, "the statement is ", 0.7


def network(drawn: np.random.Generator) -> Network:
    """An LSTM over one-hot characters, and logits of the next one at every step."""
    steps = (
        Transpose((1, 0, 2)),
        Layer("lstm", i=_UNITS, rule="xavier", forget_bias=1.0),
        Layer(derive.parse(AFFINE), rule="xavier", i=len(ALPHABET)),
        Transpose((1, 0, 2)),
    )
    return Network(
        steps,
        loss=program("sequence_cross_entropy"),
        shape=(_WINDOW, len(ALPHABET)),
        seed=drawn,
        style="fast",
    )


def play(setting: Setting) -> Outcome:
    """Train on the text, judge both models by what follows it, and write."""
    text = np.array([ALPHABET.index(c) for c in prose(_LENGTH)])
    train_text, test_text = text[:-_HELD], text[-_HELD:]
    data, made = _windows(train_text, test_text), network(setting.drawn)
    history = train(
        made,
        data,
        epochs=_EPOCHS,
        batch=_BATCH,
        optimiser=Adam(_RATE),
        seed=setting.ordered,
        schedule=Cosine(_EPOCHS * len(data.x_train) // _BATCH, floor=0.02),
        clip=ClipNorm(5.0),
        on_progress=setting.told,
        monitor=setting.watch(),
    )
    bits = _bits(made, data)
    grams = {order: Grams.of(train_text, order, len(ALPHABET)) for order in (1, 2, 3)}
    others = {f"{n}-gram, interpolated": grams[n].bits(test_text) for n in grams}
    rows = tuple((name, f"{value:.3f}") for name, value in ({"LSTM": bits} | others).items())
    gram = grams[3].bits(test_text)
    shown = (
        Rows("Bits per character of text not seen in training", ("model", "bits"), rows),
        Curves(
            "Bits per character, windows from their first character on",
            "epoch",
            "bits",
            _curves(history),
            levels={"3-gram": gram},
        ),
        Passage("What the LSTM writes", _written(made, setting.ordered)),
        Passage(
            "What the 3-gram model writes", _decoded(grams[3].written(_WRITTEN, setting.ordered))
        ),
    )
    return Outcome((gram - bits,), shown, history, made)


def _curves(history: Sequence[Epoch]) -> dict[str, tuple[Array, Array]]:
    """The losses in bits."""
    passes = np.arange(1, len(history) + 1)
    losses = {
        "train": [epoch.train_loss for epoch in history],
        "test": [epoch.test_loss for epoch in history],
    }
    return {name: (passes, np.array(values) / log(2)) for name, values in losses.items()}


def _windows(train_text: Array, test_text: Array) -> Data:
    """Windows one after another to learn from, overlapping ones to be judged by."""
    parts = (_pairs(train_text, _WINDOW), _pairs(test_text, _WINDOW - _JUDGED))
    return Data(*parts[0], *parts[1])


def _pairs(text: Array, stride: int) -> tuple[Array, Array]:
    ones = np.eye(len(ALPHABET), dtype="float32")[text]
    starts = range(0, len(text) - _WINDOW, stride)
    x, t = (np.stack([ones[s + k : s + k + _WINDOW] for s in starts]) for k in (0, 1))
    return x, t


def _bits(made: Network, data: Data) -> float:
    """Bits per character of the judged end of every test window."""
    total, end = 0.0, slice(_WINDOW - _JUDGED, None)
    for k in range(0, len(data.x_test), _BATCH):
        z = made.forward(data.x_test[k : k + _BATCH])[:, end].astype(float)
        z -= z.max(axis=-1, keepdims=True)
        logs = z - np.log(np.exp(z).sum(axis=-1, keepdims=True))
        total -= float((logs * data.t_test[k : k + _BATCH, end]).sum())
    return total / (len(data.x_test) * _JUDGED) / log(2)


def _written(made: Network, rng: np.random.Generator) -> str:
    """Text drawn character by character, each from the window before it."""
    ones = np.eye(len(ALPHABET), dtype="float32")
    begun = [ALPHABET.index(c) for c in (_SEED_TEXT * _WINDOW)[:_WINDOW]]
    for _ in range(_WRITTEN):
        z = made.forward(ones[begun[-_WINDOW:]][None])[0, -1].astype(float) / _COLD
        shares = np.exp(z - z.max())
        begun.append(int(rng.choice(len(ALPHABET), p=shares / shares.sum())))
    return _decoded(np.array(begun[_WINDOW:]))


def _decoded(text: Array) -> str:
    return "".join(ALPHABET[k] for k in text)


RECIPE = Recipe(
    name="characters",
    title="Character model on Python's own help",
    about="An LSTM reads the help on Python's language, one character at a time, and says which "
    "comes next. It is judged in bits per character on text that it has not seen, beside a 3-gram "
    "model whose interpolation is fitted on text that its counts have not seen. Then both write.",
    targets=(Target("bits per character below the interpolated 3-gram model", 0.3, form=".3f"),),
    seconds=80,
    play=play,
    equations=("sequence_cross_entropy",),
    network=network,
)
