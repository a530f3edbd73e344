"""The norm of the gradient step by step: what a recurrence forgets on the way back."""

from __future__ import annotations

from itertools import cycle

import numpy as np

from numeric.check.subject import Subject
from reports.document import Figure
from reports.equations import Derived
from reports.figures.plots import COLOURS, MARKS, figure, logarithmic, math, sheet
from reports.figures.recurrent import STEPS, Norms, norms
from reports.figures.subject import Array
from reports.mathematics.layout import Layout

WIDTH, HEIGHT = 360.0, 190.0
MOST_LINES = 6
VANISHED = 1e-300
DECADE_WORTH_TELLING = 10.0


def plot(equations: Derived, subject: Subject, seed: int) -> Figure | None:
    """Draw the norm of every gradient along time; None for what is no recurrence."""
    found = norms(equations.program, subject, seed)
    if found is None:
        return None
    rows = _rows(found)
    if not rows:
        return None
    names = equations.names
    with sheet(WIDTH, HEIGHT) as opened:
        axes = opened.subplots()
        logarithmic(axes, "y")
        looks = zip(cycle(COLOURS), cycle(MARKS))
        for (name, row), (colour, mark) in zip(rows.items(), looks, strict=False):
            steps = np.arange(len(row))
            shown = np.where(row > VANISHED, row, np.nan)
            label = f"{math(names.array('d' + name))}" if names.is_cotangent("d" + name) else name
            axes.plot(steps, shown, color=colour, marker=mark, markersize=2.4, label=label)
        axes.set_xlabel(f"step {math(names.index(found.time))}")
        axes.set_ylabel("norm of the gradient")
        axes.set_xlim(-1, STEPS)
        axes.legend(ncols=3, handlelength=1.6, loc="best")
        return figure(opened, _told(rows), _caption(rows))


def _rows(found: Norms) -> dict[str, Array]:
    """What is drawn: states first; what is 0 at every step is left out."""
    every = {**found.states, **found.inputs}
    kept = {name: row for name, row in every.items() if (row > VANISHED).any()}
    return dict(list(kept.items())[:MOST_LINES])


def _factor(row: Array) -> float:
    """By what a step back multiplies the gradient, in the geometric mean."""
    shown = row[row > VANISHED]
    return float((shown[0] / shown[-1]) ** (1 / (len(shown) - 1))) if len(shown) > 1 else 1.0


def _told(rows: dict[str, Array]) -> str:
    parts = [
        f"that of {name} goes from {row[-1]:.1e} at step {len(row) - 1} to {row[0]:.1e} at step 0"
        for name, row in rows.items()
    ]
    return (
        f"Norms of gradients along a sequence of {STEPS} steps, on a logarithmic axis, of a loss "
        f"that looks at the last step alone: {'; '.join(parts)}."
    )


def _caption(rows: dict[str, Array]) -> tuple[str | Layout, ...]:
    factor = _factor(next(iter(rows.values())))
    whole = factor ** (STEPS - 1)
    said = (
        "Backpropagation through time on a random sequence, with a loss that looks at the last "
        f"step alone: going back, a step multiplies the gradient by about {factor:.2f}"
    )
    if whole < 1 / DECADE_WORTH_TELLING:
        return (f"{said}, so that it fades, and early steps are learnt from hardly at all.",)
    if whole > DECADE_WORTH_TELLING:
        return (f"{said}, so that it grows, and a long sequence needs its gradient clipped.",)
    return (f"{said}, so that it keeps its size over the whole sequence.",)
