"""The style of all plots, and their text as an SVG: the same input gives the same bytes.

matplotlib is used by its objects alone: no window, no state of its own is left behind.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import StringIO
from typing import TYPE_CHECKING, Any

from reports.document import Figure, Inline
from reports.figures.compact import compact
from reports.figures.svg import BACK, FORWARD, INK, QUIET, prefix, root
from reports.mathematics.latex import latex
from reports.mathematics.layout import Layout

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Sheet

POINTS = 72.0
# Round the axes, in points: left, low, right, top. Measured room costs as much as the plot itself.
MARGINS = (48.0, 34.0, 8.0, 16.0)
GREEN, VIOLET = "#3b8f5c", "#8a6bbf"
# Told apart in grey print by their marks.
COLOURS = (FORWARD, BACK, GREEN, VIOLET, "#a8862a", QUIET)
MARKS = ("o", "s", "^", "D", "v", "x")
STYLE: Mapping[str, Any] = {
    "axes.edgecolor": INK,
    "axes.formatter.use_mathtext": True,
    "axes.grid": True,
    "axes.labelcolor": INK,
    "axes.labelsize": 9.0,
    "axes.linewidth": 0.7,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlecolor": INK,
    "axes.titlesize": 9.5,
    "axes.unicode_minus": False,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "font.family": "cmr10",
    "font.size": 8.5,
    "grid.alpha": 0.28,
    "grid.color": QUIET,
    "grid.linewidth": 0.5,
    "legend.fontsize": 8.5,
    "legend.frameon": False,
    "legend.labelcolor": INK,
    "lines.linewidth": 1.2,
    "lines.markersize": 3.0,
    "mathtext.fontset": "cm",
    "svg.fonttype": "path",
    "svg.hashsalt": "backproof",
    "text.color": INK,
    "xtick.color": INK,
    "xtick.direction": "out",
    "xtick.labelsize": 8.0,
    "xtick.minor.visible": False,
    "ytick.color": INK,
    "ytick.labelsize": 8.0,
    "ytick.minor.visible": False,
}


@contextmanager
def sheet(width: float, height: float) -> Iterator[Sheet]:
    """Open a figure of ``width`` by ``height`` points in the style of all plots."""
    from matplotlib import rc_context  # noqa: PLC0415  heavy
    from matplotlib.backends.backend_svg import FigureCanvasSVG  # noqa: PLC0415
    from matplotlib.figure import Figure as Sheet  # noqa: PLC0415

    style: Any = dict(STYLE)  # matplotlib's own type lists its every option
    with rc_context(style):
        opened = Sheet(figsize=(width / POINTS, height / POINTS))
        FigureCanvasSVG(opened)
        left, low, right, top = MARGINS
        opened.subplots_adjust(left / width, low / height, 1 - right / width, 1 - top / height)
        yield opened


def figure(opened: Sheet, alt: str, caption: tuple[Inline, ...]) -> Figure:
    """Write a figure that is done; must stand inside its ``sheet``."""
    width, height = (float(inches) * POINTS for inches in opened.get_size_inches())
    written = StringIO()
    opened.savefig(written, format="svg", metadata={"Date": None})
    body = compact(_inside(written.getvalue()), prefix([alt]))
    return Figure(svg=root(width, height, body, alt), alt=alt, caption=caption)


def logarithmic(axes: Axes, *names: str) -> None:
    """Make the axes called ``names`` (x, y) logarithmic, with marks at whole powers alone."""
    from matplotlib.ticker import LogLocator, NullLocator  # noqa: PLC0415  heavy

    axes.set(**{f"{name}scale": "log" for name in names})
    for name in names:
        axis = axes.xaxis if name == "x" else axes.yaxis
        axis.set_major_locator(LogLocator(base=10, numticks=8))
        axis.set_minor_locator(NullLocator())


def math(layout: Layout) -> str:
    """Write a formula as matplotlib's own mathematics."""
    text = latex(layout)
    for before, after in _KNOWN.items():
        text = text.replace(before, after)
    return f"${text}$"


_KNOWN = {r"\lvert": "|", r"\rvert": "|", r"\text": r"\mathrm", r"\operatorname": r"\mathrm"}
_COMMENT = re.compile(r"<!--.*?-->|<metadata>.*?</metadata>|<style.*?</style>", re.DOTALL)


def _inside(text: str) -> str:
    """What is inside the root: no head, no comments, no style that would reach beyond."""
    inner = text[text.index(">", text.index("<svg")) + 1 : text.rindex("</svg>")]
    shown = _COMMENT.sub("", inner).replace("xlink:href", "href").replace(INK, "currentColor")
    lines = (line.strip() for line in shown.splitlines())
    joined = "\n".join(line for line in lines if line)
    return f'<g stroke-linejoin="round">\n{joined}\n</g>'
