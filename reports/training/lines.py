"""Curves and points, drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from numeric.recipes.exhibits import Curves, Points
from reports.document import Figure
from reports.figures.plots import COLOURS, MARKS, figure, logarithmic, sheet
from reports.figures.svg import QUIET

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH, HEIGHT, SQUARE = 400.0, 215.0, 330.0
_FEW = 40  # points that get a mark each
_MOST_NAMED = 6
_FILL = 0.55
_WIDE = 30.0


def curves(shown: Curves) -> Figure:
    """Draw lines over one axis."""
    with sheet(WIDTH, HEIGHT) as opened:
        axes = opened.add_subplot()
        for k, (name, (x, y)) in enumerate(shown.lines.items()):
            dotted = name in shown.dots
            axes.plot(
                x,
                y,
                color=COLOURS[k % len(COLOURS)],
                marker=MARKS[k % len(MARKS)] if dotted or len(x) <= _FEW else "",
                linestyle="none" if dotted else _DASHES[k // len(COLOURS) % len(_DASHES)],
                label=name,
            )
        for name, level in shown.levels.items():
            axes.axhline(level, color=QUIET, linestyle="--", linewidth=0.9, label=name)
        chosen = [name for name in shown.logarithmic if _is_wide(shown, name)]
        if chosen:
            logarithmic(axes, *chosen)
        if "y" not in chosen:  # a power of ten over the axis would meet the title
            axes.ticklabel_format(axis="y", style="plain")
        axes.set_xlabel(shown.across)
        axes.set_ylabel(shown.up)
        axes.set_title(shown.title, loc="left")
        _legend(axes, len(shown.lines) + len(shown.levels))
        return figure(opened, _words(shown), ())


_DASHES = ("-", "--", ":")


def points(shown: Points) -> Figure:
    """Draw points of the plane, and paths."""
    with sheet(SQUARE, SQUARE * 0.85) as opened:
        axes = opened.add_subplot()
        for k, (name, cloud) in enumerate(shown.clouds.items()):
            path = name in shown.joined
            axes.plot(
                cloud[:, 0],
                cloud[:, 1],
                linestyle="-" if path else "none",
                marker="" if path else MARKS[k % len(MARKS)],
                markersize=2.2,
                alpha=1.0 if path else _FILL,
                color=COLOURS[k % len(COLOURS)],
                label=name,
            )
        axes.set_xlabel(shown.across)
        axes.set_ylabel(shown.up)
        axes.set_title(shown.title, loc="left")
        _legend(axes, len(shown.clouds))
        names = ", ".join(shown.clouds)
        return figure(opened, f"{shown.title}: points of the plane for {names}", ())


def _is_wide(shown: Curves, name: str) -> bool:
    """Whether the values along an axis span so much that whole powers of ten tell them apart."""
    values = np.concatenate([np.ravel(line["xy".index(name)]) for line in shown.lines.values()])
    positive = values[values > 0]
    return bool(len(positive)) and float(positive.max() / positive.min()) >= _WIDE


def _legend(axes: Axes, count: int) -> None:
    if count > 1:
        axes.legend(loc="best", ncols=1 if count <= _MOST_NAMED else 2)


def _words(shown: Curves) -> str:
    ends = []
    for name, (_, y) in shown.lines.items():
        values = y[np.isfinite(y)]
        if len(values):
            ends.append(f"{name} from {values[0]:.3g} to {values[-1]:.3g}")
    return f"{shown.title}: {shown.up} against {shown.across}; {'; '.join(ends)}"
