"""A Markov chain over letters: its likelihood by descent, and where it settles."""

from __future__ import annotations

from textwrap import wrap

import numpy as np

from numeric.build import build
from numeric.data import prose
from numeric.optimise import Adam
from numeric.recipes.equations import program
from numeric.recipes.exhibits import Curves, Exhibit, Heat, Passage
from numeric.recipes.recipe import Outcome, Recipe, Setting, Target
from numeric.step import Array

_ALPHABET = " abcdefghijklmnopqrstuvwxyz"
_STEPS, _RATE = 3000, 0.1
_LONG = 400  # steps of the chain
_WRITTEN, _LINE = 300, 75  # letters of the sample, and of a line of it


def play(setting: Setting) -> Outcome:
    """Fit the transitions by descent, compare with counting, and run the chain."""
    states = _states(prose())
    size = len(_ALPHABET)
    counts = np.zeros((size, size))
    np.add.at(counts, (states[:-1], states[1:]), 1)
    fitted, losses = _fitted(counts, setting)
    counted = counts / counts.sum(axis=1, keepdims=True)
    steps = build(program("markov_steps"), T=_LONG)
    start = np.eye(size)[0]
    ways = steps.forward(p0=start, P=counted)[0]["p"]
    resting = _eigenvector(counted)
    away = np.abs(ways - resting).sum(axis=1) / 2
    shares = counts.sum(axis=0) / counts.sum()
    reached = (np.abs(fitted - counted).max(), away[-1], np.abs(resting - shares).max())
    shown = _shown(counted, away, losses - _entropy(counts))
    written = Passage("What the chain writes", _sample(counted, setting.ordered))
    return Outcome(tuple(map(float, reached)), (*shown, written))


def _shown(counted: Array, away: Array, over: Array) -> tuple[Exhibit, ...]:
    letters = ("space", *_ALPHABET[1:])
    return (
        Heat(
            "How often a letter follows another",
            "next",
            "letter",
            counted,
            letters,
            letters,
        ),
        Curves(
            "From the space to the stationary distribution",
            "steps of the chain",
            "total variation distance",
            {"distance": (np.arange(1, _LONG + 1), np.maximum(away, 1e-17))},
            logarithmic="xy",
        ),
        Curves(
            "Minus the log-likelihood over its least value",
            "step",
            "nats per letter",
            {"by descent": (np.arange(1, _STEPS + 1), over)},
            logarithmic="y",
        ),
    )


def _states(text: str) -> Array:
    """The text as numbers of letters; whatever is no letter is a space, and spaces stand alone."""
    letters = "".join(c if c in _ALPHABET else " " for c in text.lower())
    return np.array([_ALPHABET.index(c) for c in " ".join(letters.split())])


def _fitted(counts: Array, setting: Setting) -> tuple[Array, Array]:
    """Descend from the uniform chain by the derived gradient of the likelihood."""
    kernel, optimiser = build(program("markov_likelihood")), Adam(_RATE)
    parameters, losses = {"a": np.zeros_like(counts)}, np.zeros(_STEPS)
    outputs, saved = kernel.forward(c=counts, **parameters)
    for step in range(_STEPS):
        optimiser.step(parameters, kernel.backward(saved, L=1.0))
        outputs, saved = kernel.forward(c=counts, **parameters)
        losses[step] = outputs["L"]
        setting.told(step + 1, _STEPS, {"loss": losses[step]})
    fitted: Array = outputs["P"]
    return fitted, losses


def _entropy(counts: Array) -> float:
    """The least value: of the counted transitions themselves."""
    shares = counts / counts.sum(axis=1, keepdims=True)
    met = counts > 0
    return float(-(counts[met] * np.log(shares[met])).sum() / counts.sum())


def _eigenvector(P: Array) -> Array:
    """The distribution that ``P`` leaves as it is."""
    values, vectors = np.linalg.eig(P.T)
    found = vectors[:, np.argmin(np.abs(values - 1))].real
    shares: Array = found / found.sum()
    return shares


def _sample(P: Array, rng: np.random.Generator) -> str:
    state, written = 0, []
    for _ in range(_WRITTEN):
        state = int(rng.choice(len(P), p=P[state]))
        written.append(_ALPHABET[state])
    return "\n".join(wrap("".join(written), _LINE))


RECIPE = Recipe(
    name="markov-chain",
    title="Markov chain over the letters of Python's own help",
    about="The transitions from letter to letter are found by descent along the derived gradient "
    "of the likelihood, and agree with counting. The chain then settles where the eigenvector "
    "of its matrix says, and where the letters of the text are.",
    targets=(
        Target("largest difference from counted transitions", 1e-3, "at most", ".2g"),
        Target(f"distance from the eigenvector after {_LONG} steps", 1e-12, "at most", ".2g"),
        Target("largest difference from the shares of letters", 1e-3, "at most", ".2g"),
    ),
    seconds=3,
    play=play,
    equations=("markov_likelihood", "markov_steps"),
)
