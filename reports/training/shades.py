"""Tables of numbers and rows of images, drawn in shades."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING

import numpy as np

from numeric.recipes.exhibits import Heat, Pictures
from numeric.step import Array
from reports.document import Figure
from reports.figures.plots import figure, sheet

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Sheet

WIDTH = 400.0
_CELL, _LEAST, _MOST = 22.0, 110.0, 330.0
_NAMED = 40  # rows or columns that are named one by one
_DARK = 0.55  # shades from here on have light figures on them
_SEQUENTIAL, _SIGNED, _GREY = "YlGnBu", "RdBu", "gray"


def heat(shown: Heat) -> Figure:
    """Draw a table of numbers as shades, with a bar that says what they mean."""
    rows, columns = shown.values.shape
    height = float(np.clip(rows * _CELL, _LEAST, _MOST)) + 60
    with sheet(WIDTH, height) as opened:
        from matplotlib.colors import LogNorm, Normalize  # noqa: PLC0415  heavy

        opened.subplots_adjust(left=0.1, right=0.86 if shown.unit else 0.9)
        axes = opened.add_subplot()
        values = np.asarray(shown.values, float)
        if shown.logarithmic:
            positive = values[values > 0]
            norm: Normalize = LogNorm(float(positive.min()), float(positive.max()))
            values = np.where(values > 0, values, positive.min())
        else:
            norm = Normalize(float(values.min()), float(values.max()))
        mesh = axes.pcolormesh(values, cmap=_SEQUENTIAL, norm=norm, edgecolor="face", linewidth=0.2)
        axes.invert_yaxis()
        axes.grid(visible=False)
        _named(axes, "x", columns, shown.columns)
        _named(axes, "y", rows, shown.rows)
        axes.set_xlabel(shown.across)
        axes.set_ylabel(shown.up)
        axes.set_title(shown.title, loc="left")
        if shown.counted:
            _counts(axes, values, norm(values))
        bar = opened.colorbar(mesh, ax=axes, fraction=0.05, pad=0.02)
        bar.set_label(shown.unit)
        bar.outline.set_visible(False)
        words = f"{shown.title}: {rows} by {columns} shades, {shown.up} down, {shown.across} across"
        return figure(opened, words, ())


def _named(axes: Axes, side: str, count: int, names: tuple[str, ...]) -> None:
    stride = -(-count // _NAMED)
    places = np.arange(0, count, stride if names else max(stride, -(-count // 10)))
    labels = [names[k] if names else str(k) for k in places]
    axis = axes.xaxis if side == "x" else axes.yaxis
    axis.set_ticks(list(places + 0.5), labels)


def _counts(axes: Axes, values: Array, shades: Array) -> None:
    for (row, column), value in np.ndenumerate(values):
        if value:
            light = "#ffffff" if shades[row, column] > _DARK else "#20262c"
            axes.text(
                column + 0.5,
                row + 0.5,
                f"{value:g}",
                ha="center",
                va="center",
                color=light,
                fontsize=7.5,
            )


def pictures(shown: Pictures) -> Figure:
    """Draw rows of small images, each row with its name at the left."""
    lines = _lines(shown)
    most = max(len(images) for _, images in lines)
    tall, wide = lines[0][1].shape[1:]
    cell = min((WIDTH - _LEFT) / most, _BIGGEST, max(_SMALLEST, wide * _MAGNIFIED))
    line = cell * tall / wide + _GAP
    full = max(len(lines) * line + _TOP, _LOWEST)
    with sheet(WIDTH, full) as opened:
        opened.text(0.0, 1 - 10 / full, shown.title, ha="left", va="center", fontsize=9.5)
        for row, (name, images) in enumerate(lines):
            low = 1 - (_TOP + (row + 1) * line) / full
            middle = low + line / full / 2
            opened.text(0.0, middle, fill(name, _LONG), ha="left", va="center", fontsize=8.0)
            for column, image in enumerate(images):
                place = (
                    (_LEFT + column * cell) / WIDTH,
                    low + _GAP / full / 2,
                    (cell - _GAP) / WIDTH,
                    (line - _GAP) / full,
                )
                _image(opened, place, image, shown)
        count = sum(map(len, shown.rows.values()))
        rows = ", ".join(name for name in shown.rows if name)
        return figure(opened, f"{shown.title}: {count} images{': ' if rows else ''}{rows}", ())


def _lines(shown: Pictures) -> list[tuple[str, Array]]:
    """The rows, long ones in several lines of which the first has the name."""
    return [
        (name if start == 0 else "", np.asarray(images[start : start + _IN_A_LINE], float))
        for name, images in shown.rows.items()
        for start in range(0, len(images), _IN_A_LINE)
    ]


_IN_A_LINE = 10
_LOWEST = 60.0  # the margins of a sheet need so much
_LEFT, _TOP, _GAP = 78.0, 24.0, 4.0
_SMALLEST, _BIGGEST, _MAGNIFIED = 44.0, 320.0, 4.0
_LONG = 16  # letters of a name in a line


def _range(shown: Pictures, image: Array) -> tuple[float, float]:
    """The values that are black and white."""
    found = np.concatenate([np.ravel(rows) for rows in shown.rows.values()])
    chosen = found if shown.alike else np.ravel(image)
    if shown.signed:
        bound = float(np.abs(chosen).max()) or 1.0
        return -bound, bound
    return float(chosen.min()), float(chosen.max())


def _image(
    opened: Sheet,
    place: tuple[float, float, float, float],
    image: Array,
    shown: Pictures,
) -> None:
    low, high = _range(shown, image)
    axes = opened.add_axes(place)
    axes.imshow(
        image,
        cmap=_SIGNED if shown.signed else _GREY,
        vmin=low,
        vmax=high,
        interpolation="none",
        aspect="auto",
    )
    axes.set_axis_off()
