"""A function beside its derivative, for programs whose output is a function of one entry.

Where the derivative jumps, the limits from both sides are open dots and what the kernel gives
there, the stated convention, is a filled one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from derive.expr import IndexValue, Read, Reduce, walk
from derive.index import Hyper, IndexExpr
from derive.program import Equation, Program
from numeric.check.subject import Subject
from reports.document import Figure
from reports.equations import Derived
from reports.figures.plots import figure, math, sheet
from reports.figures.subject import Array, gradients, outputs
from reports.figures.svg import BACK, FORWARD
from reports.mathematics.layout import Layout, Mark, row

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# What is drawn for each kind of data that a function can take.
RANGES = {
    "normal": (-4.0, 4.0),
    "positive": (0.0, 4.0),
    "negative": (-4.0, 0.0),
    "unit": (0.0, 1.0),
}
COUNT = 1601
# A jump is looked for between neighbours that differ by more than this, and halved so often.
LARGEST_STEP, HALVINGS = 0.05, 60
BESIDE, ROUNDED = 1e-7, 6
MOST_JUMPS = 8
WIDTH, HEIGHT = 420.0, 176.0


@dataclass(frozen=True, slots=True)
class Jump:
    """A place where a function jumps: its limit from below, its value, its limit from above."""

    place: float
    below: float
    value: float
    above: float


@dataclass(frozen=True, slots=True)
class Curves:
    """A function and its derivative on a grid, with their jumps."""

    grid: Array
    values: Array
    slopes: Array
    value_jumps: tuple[Jump, ...]
    slope_jumps: tuple[Jump, ...]


def argument(program: Program) -> str | None:
    """Give the one array that the one output is a function of, entry by entry; None otherwise."""
    if len(program.outputs) != 1 or len(program.arrays) != 1:
        return None
    given = program.arrays[0]
    computed = {equation.name for equation in program.equations}
    if not given.differentiable or program.outputs[0] not in computed:
        return None
    alike = all(_by_entry(equation, len(given.axes)) for equation in program.equations)
    return given.name if alike else None


def _by_entry(equation: Equation, rank: int) -> bool:
    """Whether an equation takes each entry alone, wherever it stands."""
    if equation.is_start or len(equation.free) != rank:
        return False
    return not any(
        isinstance(node, Reduce)
        or (isinstance(node, Read) and tuple(i.index for i in node.indices) != equation.free)
        or (isinstance(node, IndexValue) and not _is_number(node.expr))
        for node in walk(equation.expr)
    )


def _is_number(expr: IndexExpr) -> bool:
    return all(isinstance(atom, Hyper) for atom in expr.atoms())


def curves(subject: Subject, name: str, rank: int) -> Curves:
    """Evaluate the kernel on a grid, and find its jumps."""
    low, high = RANGES[subject.domains.kinds[name].name]
    grid = np.linspace(low, high, COUNT)

    def run(points: Array) -> Array:
        return next(iter(outputs(subject, {name: points}).values()))

    def run_back(points: Array) -> Array:
        ones = {output.name: np.ones(points.shape) for output in subject.tree.outputs}
        return gradients(subject, {name: points}, ones)[name]

    value, slope = _entries(run, rank), _entries(run_back, rank)
    values, slopes = value(grid), slope(grid)
    return Curves(grid, values, slopes, _jumps(value, grid, values), _jumps(slope, grid, slopes))


def _entries(function: Callable[[Array], Array], rank: int) -> Callable[[Array], Array]:
    """A function of an array of so many axes as one of a row of numbers."""
    if rank == 0:
        return lambda points: np.array([float(function(np.array(p))) for p in points])
    shape = (1,) * (rank - 1) + (-1,)
    return lambda points: function(points.reshape(shape)).ravel()


def _jumps(function: Callable[[Array], Array], grid: Array, values: Array) -> tuple[Jump, ...]:
    """The places where a function jumps, found by halving."""
    finite = np.isfinite(values)
    apart = np.abs(np.diff(np.where(finite, values, 0.0))) > LARGEST_STEP
    suspects = np.flatnonzero(apart & finite[:-1] & finite[1:])
    if not len(suspects):
        return ()
    low, high = grid[suspects], grid[suspects + 1]
    at_low, at_high = values[suspects], values[suspects + 1]
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        found = function(middle)
        above = np.abs(found - at_low) > np.abs(found - at_high)
        high, at_high = np.where(above, middle, high), np.where(above, found, at_high)
        low, at_low = np.where(above, low, middle), np.where(above, at_low, found)
    # a kink at a number as people write them is found to the last digit
    places = np.unique(np.round(low, ROUNDED) + 0.0)
    around = np.stack([function(places + move) for move in (-BESIDE, 0.0, BESIDE)])
    jumps = np.flatnonzero(np.abs(around[2] - around[0]) > LARGEST_STEP)
    return tuple(Jump(float(places[n]), *map(float, around[:, n])) for n in jumps)[:MOST_JUMPS]


def plot(equations: Derived, subject: Subject) -> Figure | None:
    """Draw the function and its derivative; None where the output is no function of one entry."""
    name = argument(equations.program)
    if name is None:
        return None
    found = curves(subject, name, len(equations.program.axes(name)))
    if not (np.isfinite(found.values).any() and np.isfinite(found.slopes).any()):
        return None
    output, given = _labels(equations, name)
    with sheet(WIDTH, HEIGHT) as opened:
        left, right = opened.subplots(1, 2)
        opened.subplots_adjust(wspace=0.2)
        _curve(left, found.grid, found.values, found.value_jumps, FORWARD)
        _curve(right, found.grid, found.slopes, found.slope_jumps, BACK)
        titles = (output, row(Mark("∂"), output, Mark("/"), Mark("∂"), given))
        for axes, title in zip((left, right), titles, strict=True):
            axes.set_title(math(title))
            axes.set_xlabel(math(given))
        return figure(opened, _told(equations, name, found), _caption(found))


def _labels(equations: Derived, name: str) -> tuple[Layout, Layout]:
    names = equations.names
    return names.array(equations.program.outputs[0]), names.array(name)


def _curve(axes: Axes, grid: Array, values: Array, jumps: tuple[Jump, ...], colour: str) -> None:
    """Draw a curve without the strokes across its jumps, and the dots at them."""
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415  heavy

    shown = np.where(np.isfinite(values), values, np.nan)
    axes.plot(*_parted(grid, shown, jumps), color=colour, linewidth=1.5)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    _bounded(axes, shown)
    for jump in jumps:
        style: dict[str, Any] = {"linestyle": "none", "marker": "o", "markersize": 4.2, "zorder": 5}
        for limit in (jump.below, jump.above):
            if abs(limit - jump.value) > LARGEST_STEP:
                axes.plot([jump.place], [limit], color=colour, fillstyle="none", **style)
        axes.plot([jump.place], [jump.value], color=colour, **style)


def _parted(grid: Array, values: Array, jumps: tuple[Jump, ...]) -> tuple[Array, Array]:
    """The curve with its limits on both sides of every jump, and nothing between."""
    for jump in jumps:
        kept = np.abs(grid - jump.place) > BESIDE
        grid, values = grid[kept], values[kept]
        at = int(np.searchsorted(grid, jump.place))
        grid = np.insert(grid, at, [jump.place] * 3)
        values = np.insert(values, at, [jump.below, np.nan, jump.above])
    return grid, values


def _bounded(axes: Axes, shown: Array) -> None:
    """Leave room round the curve; one that is flat stands in the middle."""
    finite = shown[np.isfinite(shown)]
    low, high = np.quantile(finite, [0.005, 0.995])
    room = max(0.12 * (high - low), 0.15)
    axes.set_ylim(low - room, high + room)


def _told(equations: Derived, name: str, found: Curves) -> str:
    output = equations.program.outputs[0]
    inside = np.isfinite(found.slopes)
    least, most = found.slopes[inside].min(), found.slopes[inside].max()
    said = (
        f"Two plots over {name} from {found.grid[0]:g} to {found.grid[-1]:g}: {output} at the "
        f"left, its derivative at the right, between {least:.3g} and {most:.3g}."
    )
    for jump in found.slope_jumps:
        said += (
            f" At {jump.place:g} the derivative jumps from {jump.below:.3g} to {jump.above:.3g}; "
            f"the kernel gives {jump.value:.3g} there."
        )
    for jump in found.value_jumps:
        said += (
            f" At {jump.place:g} the function itself jumps from {jump.below:.3g} to "
            f"{jump.above:.3g}; its value there is {jump.value:.3g}."
        )
    return said


def _caption(found: Curves) -> tuple[str | Layout, ...]:
    said: list[str | Layout] = ["The function and the derivative that the kernel multiplies with."]
    if found.slope_jumps:
        said.append(
            " Where the derivative jumps, open dots are its limits from both sides and the filled "
            "dot is the convention that the kernel keeps to."
        )
    elif found.value_jumps:
        said.append(
            " The filled dot is the value at the jump; the derivative is taken to be 0 there, as "
            "it is everywhere else."
        )
    else:
        said.append(
            " It is continuous: no convention is needed. Where it is near 0 hardly any gradient "
            "passes."
        )
    return tuple(said)
