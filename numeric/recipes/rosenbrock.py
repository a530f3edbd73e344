"""Optimisers in Rosenbrock's valley."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from numeric.build import build
from numeric.optimise import SGD, Adam, AdamW, Optimiser, RMSProp
from numeric.recipes.equations import program
from numeric.recipes.exhibits import Curves, Points
from numeric.recipes.recipe import Outcome, Recipe, Setting, Target
from numeric.step import Array

_STEPS = 5000
_START = (-1.2, 1.0)  # Rosenbrock's own
_SPREAD = 0.05  # of the start, so that seeds differ
_EVERY = 10
# RMSProp ends in steps of the size of its rate; AdamW's decay draws a little away from (1, 1)
_BOUNDS = (1e-2, 1e-9, 1e-9, 1e-2, 1e-9, 1e-3)
OPTIMISERS: Mapping[str, Callable[[], Optimiser]] = MappingProxyType(
    {
        "SGD": lambda: SGD(1e-3),
        "momentum": lambda: SGD(1e-3, momentum=0.9),
        "Nesterov": lambda: SGD(1e-3, momentum=0.9, nesterov=True),
        "RMSProp": lambda: RMSProp(2e-3),
        "Adam": lambda: Adam(2e-2),
        "AdamW": lambda: AdamW(2e-2, decay=1e-4),
    }
)


def play(setting: Setting) -> Outcome:
    """Let each optimiser go the same number of steps from the same start."""
    kernel = build(program("rosenbrock"))
    start = np.array(_START) + _SPREAD * setting.drawn.normal(size=2)
    paths: dict[str, Array] = {}
    values: dict[str, tuple[Array, Array]] = {}
    for done, (name, made) in enumerate(OPTIMISERS.items(), start=1):
        optimiser, x = made(), start.copy()
        path, heights = np.zeros((_STEPS, 2)), np.zeros(_STEPS)
        for step in range(_STEPS):
            outputs, saved = kernel.forward(x=x)
            path[step], heights[step] = x, outputs["f"]
            optimiser.step({"x": x}, kernel.backward(saved, f=1.0))
        paths[name] = path[::_EVERY]
        values[name] = (np.arange(1, _STEPS + 1)[::_EVERY], heights[::_EVERY])
        setting.told(done, len(OPTIMISERS), {"loss": float(heights[-1])})
    shown = (
        Points("The ways of the optimisers", "x[0]", "x[1]", paths, frozenset(paths)),
        Curves("Height over the lowest point", "step", "f", values, logarithmic="xy"),
    )
    return Outcome(tuple(float(heights[-1]) for _, heights in values.values()), shown)


RECIPE = Recipe(
    name="rosenbrock",
    title="Optimisers in Rosenbrock's valley",
    about="Each optimiser makes 5,000 steps down Rosenbrock's bent valley by the derived gradient, "
    "from near his own start. The lowest point has height 0.",
    targets=tuple(
        Target(f"height after {_STEPS:,} steps of {name}", bound, "at most", ".2g")
        for name, bound in zip(OPTIMISERS, _BOUNDS, strict=True)
    ),
    seconds=8,
    play=play,
    equations=("rosenbrock",),
)
