"""A Hopfield network: energy that never rises, recall, and how many patterns it holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from numeric.build import build
from numeric.kernel import Kernel
from numeric.recipes.equations import program
from numeric.recipes.exhibits import Curves, Pictures
from numeric.recipes.recipe import Outcome, Recipe, Setting, Target
from numeric.step import Array

_SIDE, _STORED, _TURNED = 16, 10, 0.2  # 256 units, 10 patterns, a fifth of the units turned
_UNITS, _TRIALS = 1000, 1
_LOADS = (0.11, 0.13, 0.14, 0.15, 0.165)
_SWEEPS = 30
# Amit, Gutfreund and Sompolinsky: below the critical load the overlap is 0.967 and more
_RECALLED, _CRITICAL = 0.95, 0.138


def play(setting: Setting) -> Outcome:
    """Watch the energy, recall turned patterns, and look for the critical load."""
    weights, unit = build(program("hebb")), build(program("hopfield_unit"))
    patterns = _drawn(setting.ordered, _STORED, _SIDE**2)
    W = _weights(weights, patterns)
    turned = patterns * np.where(setting.ordered.random(patterns.shape) < _TURNED, -1, 1)
    heights, rise, states = _watched(unit, W, turned, setting)
    exact = float((states == patterns).all(axis=1).mean())
    overlaps = _capacity(weights, unit, setting)
    critical = _crossing(np.array(_LOADS), overlaps)
    images = {
        name: rows.reshape(-1, _SIDE, _SIDE)
        for name, rows in (("stored", patterns), ("turned", turned), ("recalled", states))
    }
    turns = np.arange(len(heights))
    falls = {f"pattern {m}": (turns, heights[:, m]) for m in range(3)}
    shown = (
        Pictures("A fifth of the units turned, and what is recalled", images),
        Curves("The energy, unit by unit", "units looked at", "energy", falls),
        Curves(
            f"Overlap with a stored pattern, {_UNITS:,} units",
            "patterns per unit",
            "overlap when nothing turns any more",
            {"measured": (np.array(_LOADS), overlaps)},
            levels={"taken as recalled": _RECALLED},
        ),
    )
    return Outcome((rise, exact, abs(critical - _CRITICAL)), shown)


def _drawn(rng: np.random.Generator, count: int, units: int) -> Array:
    return rng.choice((-1.0, 1.0), size=(count, units))


def _weights(kernel: Kernel, patterns: Array) -> Array:
    found: Array = kernel.forward(p=patterns)[0]["W"]
    return found


def _turns(unit: Kernel, W: Array, states: Array, order: Iterable[int]) -> Iterator[int]:
    """Look at one unit after another in every run; each goes where its energy is lower."""
    for i in order:
        _, saved = unit.forward(u=states[:, i], w=W[i], s=states)
        field = -unit.backward(saved, E=np.ones(len(states)))["u"]
        states[:, i] = np.where(field == 0, states[:, i], np.sign(field))
        yield i


def _watched(unit: Kernel, W: Array, start: Array, setting: Setting) -> tuple[Array, float, Array]:
    """The energy after every unit, its largest rise, and where the runs end."""
    energy, states = build(program("hopfield_energy")), start.copy()

    def height() -> Array:
        found: Array = energy.forward(s=states, W=W)[0]["E"]
        return found

    heights = [height()]
    while True:
        before = states.copy()
        for _ in _turns(unit, W, states, setting.ordered.permutation(len(W))):
            heights.append(height())
        if (states == before).all():
            break
    stacked = np.stack(heights)
    return stacked, float(np.diff(stacked, axis=0).max()), states


def _capacity(weights: Kernel, unit: Kernel, setting: Setting) -> Array:
    """The mean overlap of stored patterns with where the network settles from them."""
    found = np.zeros((len(_LOADS), _TRIALS))
    for k, load in enumerate(_LOADS):
        for trial in range(_TRIALS):
            patterns = _drawn(setting.ordered, round(load * _UNITS), _UNITS)
            W, states = _weights(weights, patterns), patterns.copy()
            for _ in range(_SWEEPS):
                before = states.copy()
                for _ in _turns(unit, W, states, range(_UNITS)):
                    pass
                if (states == before).all():
                    break
            found[k, trial] = (states * patterns).mean()
            setting.told(k * _TRIALS + trial + 1, found.size, {"load": load})
    overlaps: Array = found.mean(axis=1)
    return overlaps


def _crossing(loads: Array, overlaps: Array) -> float:
    """The load at which the overlap falls below what counts as recalled; NaN if it never does."""
    below = np.flatnonzero(overlaps < _RECALLED)
    if not below.size or below[0] == 0:
        return float("nan")
    k = below[0]
    part = (overlaps[k - 1] - _RECALLED) / (overlaps[k - 1] - overlaps[k])
    return float(loads[k - 1] + part * (loads[k] - loads[k - 1]))


RECIPE = Recipe(
    name="hopfield",
    title="Hopfield network: energy, recall and capacity",
    about="Patterns are stored by Hebb's rule. Units are looked at one by one and turn where the "
    "derived gradient of the energy says that it falls. Patterns with a fifth of their units "
    "turned are recalled; and the number of patterns is raised until recall breaks down.",
    targets=(
        Target("largest rise of the energy", 0, "at most", ".2g"),
        Target("patterns recalled without an error", 1.0),
        Target(
            f"distance of the critical load from {_CRITICAL}",
            0.015,
            "at most",
            ".3f",
            "Amit, Gutfreund and Sompolinsky 1985, Physical Review Letters 55(14), for infinitely "
            f"many units; here there are {_UNITS:,}",
        ),
    ),
    seconds=20,
    play=play,
    equations=("hopfield_energy", "hopfield_unit", "hebb"),
)
