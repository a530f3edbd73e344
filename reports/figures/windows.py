"""The picture of a receptive field: input and output as grids, and what belongs together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from numeric.check.subject import Subject
from reports.document import Figure
from reports.equations import Derived
from reports.figures.plots import GREEN, figure, math, sheet
from reports.figures.reach import Reach, Window, off_grid, reach, window
from reports.figures.svg import BACK, FORWARD, QUIET

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Cells = np.ndarray[Any, Any]

COLOURS = (GREEN, FORWARD, BACK)
HATCHES = ("----", "////", "\\\\\\\\")
WIDTH, LARGEST_CELL = 400.0, 20.0
BETWEEN = 2.0  # cells between input and output, side by side
BELOW = 2.2  # and one above the other
TITLE = 1.0
DASHES = (0, (2, 1.5))


def plot(equations: Derived, subject: Subject, seed: int) -> Figure | None:
    """Draw which input entries three output entries depend on; None where no window moves."""
    moving, found = window(equations.program), reach(equations.program, subject, seed)
    if moving is None or found is None:
        return None
    padding = off_grid(found)
    names = equations.names
    labels = (math(names.array(moving.array)), math(names.array(moving.output)))
    picture = (
        _strips(found, padding, labels) if len(found.shape) == 1 else _grids(found, padding, labels)
    )
    cell = min(LARGEST_CELL, WIDTH / picture.width)
    with sheet(picture.width * cell, picture.height * cell) as opened:
        axes = opened.subplots()
        opened.subplots_adjust(0, 0, 1, 1)
        axes.set_axis_off()
        axes.set_xlim(picture.left, picture.left + picture.width)
        axes.set_ylim(picture.top + picture.height, picture.top)
        _paint(axes, picture)
        return figure(opened, _told(moving, found, padding), (_caption(found, padding),))


@dataclass(frozen=True, slots=True)
class Picture:
    """What is to be drawn, in cells: corners of cells by kind, lines and titles.

    Attributes:
        left: the left end.
        top: the upper end.
        width: the width.
        height: the height.
        plain: cells of the grids: row, column.
        filled: cells of fields: row, column, number of the field.
        dashed: cells of padding.
        lines: from where to where, and the number of the field.
        titles: x, y and the text.
    """

    left: float
    top: float
    width: float
    height: float
    plain: tuple[tuple[float, float], ...]
    filled: tuple[tuple[float, float, int], ...]
    dashed: tuple[tuple[float, float], ...]
    lines: tuple[tuple[tuple[float, float], tuple[float, float], int], ...] = ()
    titles: tuple[tuple[float, float, str], ...] = ()


def _grids(found: Reach, padding: Sequence[tuple[int, ...]], labels: tuple[str, str]) -> Picture:
    """Input at the left, output at its right."""
    (rows, columns), (height, width) = found.shape, found.output
    beyond = max((-min(place) for place in padding), default=0)
    tallest = max(rows + beyond, height)
    down = (rows - beyond - height) / 2
    right = columns + BETWEEN
    plain = [(float(r), float(c)) for r, c in np.ndindex(rows, columns)]
    plain += [(r + down, c + right) for r, c in np.ndindex(height, width)]
    filled = [
        (float(r), float(c), n)
        for n, field in enumerate(found.fields)
        for r, c in np.argwhere(field.reached)
    ]
    filled += [(f.place[0] + down, f.place[1] + right, n) for n, f in enumerate(found.fields)]
    top = min(-float(beyond), down)
    titles = (
        ((columns - 1) / 2, -beyond - 0.75, f"{labels[0]}:  ${rows} \\times {columns}$"),
        (right + (width - 1) / 2, down - 0.75, f"{labels[1]}:  ${height} \\times {width}$"),
    )
    return Picture(
        left=-0.6 - beyond,
        top=top - 0.6 - TITLE,
        width=beyond + columns + BETWEEN + width + 0.2,
        height=tallest + 0.2 + TITLE,
        plain=tuple(plain),
        filled=tuple(filled),
        dashed=tuple((float(r), float(c)) for r, c in padding),
        titles=titles,
    )


def _strips(found: Reach, padding: Sequence[tuple[int, ...]], labels: tuple[str, str]) -> Picture:
    """Input above, output below, with lines from each field to its entry."""
    (length,), (count,) = found.shape, found.output
    low = min([0, *(column for (column,) in padding)])
    shift, below = (length - count) / 2, 1 + BELOW
    longest_left = min(float(low), shift)
    plain = [(0.0, float(c)) for c in range(length)] + [(below, c + shift) for c in range(count)]
    filled: list[tuple[float, float, int]] = []
    lines = []
    for n, field in enumerate(found.fields):
        target = field.place[0] + shift
        filled.append((below, target, n))
        for (column,) in np.argwhere(field.reached):
            filled.append((0.0, float(column), n))
            lines.append(((float(column), 0.5), (target, below - 0.5), n))
    return Picture(
        left=longest_left - 2.0,
        top=-0.6,
        width=max(length, count + shift) - longest_left + 1.6,
        height=below + 1.2,
        plain=tuple(plain),
        filled=tuple(filled),
        dashed=tuple((0.0, float(column)) for (column,) in padding),
        lines=tuple(lines),
        titles=((longest_left - 1.2, 0.3, labels[0]), (longest_left - 1.2, below + 0.3, labels[1])),
    )


def _paint(axes: Axes, picture: Picture) -> None:
    for row, column in picture.plain:
        _cell(axes, row, column, edgecolor=QUIET, facecolor="none", linewidth=0.5)
    for row, column, n in picture.filled:
        _cell(axes, row, column, facecolor=COLOURS[n], alpha=0.18, linewidth=0)
        edge = {"edgecolor": COLOURS[n], "hatch": HATCHES[n], "linewidth": 0.9}
        _cell(axes, row, column, facecolor="none", **edge)
    for row, column in picture.dashed:
        edge = {"edgecolor": COLOURS[0], "linestyle": DASHES, "linewidth": 0.9}
        _cell(axes, row, column, facecolor="none", **edge)
    for (x0, y0), (x1, y1), n in picture.lines:
        axes.plot([x0, x1], [y0, y1], color=COLOURS[n], linewidth=0.9)
    for x, y, text in picture.titles:
        axes.text(x, y, text, ha="center", va="baseline", fontsize=10)


def _cell(axes: Axes, row: float, column: float, **style: Any) -> None:
    from matplotlib.patches import Rectangle  # noqa: PLC0415  heavy

    axes.add_patch(Rectangle((column - 0.5, row - 0.5), 1, 1, **style))


def _told(moving: Window, found: Reach, padding: Sequence[tuple[int, ...]]) -> str:
    extents = " by ".join(map(str, found.shape)), " by ".join(map(str, found.output))
    parts = [
        f"{_place(field.place)} depends on {_places(np.argwhere(field.reached))}"
        for field in found.fields
    ]
    more = f" {len(padding)} of the places in the corner's window lie off the input."
    return (
        f"Receptive fields in the input {moving.array}, {extents[0]}, of entries of the output "
        f"{moving.output}, {extents[1]}. Output entry {'; entry '.join(parts)}."
        f"{more if padding else ''}"
    )


def _place(place: Sequence[int]) -> str:
    return f"({', '.join(str(int(n)) for n in place)})"


def _places(places: Cells) -> str:
    """The places of a field, in short: how many, and from where to where."""
    if len(places) == 0:
        return "no input entry"
    low, high = _place(places.min(axis=0)), _place(places.max(axis=0))
    return (
        f"{len(places)} input entries from {low} to {high}" if len(places) > 1 else f"entry {low}"
    )


def _caption(found: Reach, padding: Sequence[tuple[int, ...]]) -> str:
    said = (
        "What an output entry is computed from, told by the backward pass: a cotangent at one "
        "output entry comes back to exactly these input entries."
    )
    if padding:
        return f"{said} Dashed cells are padding, which the window of the corner reaches into."
    if len({int(field.reached.sum()) for field in found.fields}) > 1:
        return f"{said} How many they are depends on the place."
    overlap = (np.sum([field.reached for field in found.fields], axis=0) > 1).any()
    if overlap:
        return f"{said} Where windows overlap, the cotangents add up."
    return f"{said} The windows do not overlap: every input entry reaches one output entry at most."
