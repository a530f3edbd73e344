"""A contest as a picture: a line for each workload, a mark for each contender."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.contenders import BASE
from benchmarks.contest.figures import Contest, Run
from benchmarks.contest.tables import title

# told apart by colour and by shape; ours filled, the others open
MARKS = {
    "torch_cl": ("s", "#999999"),
    "jax": ("^", "#0072b2"),
    "autograd": ("v", "#cc79a7"),
    "tutorial": ("D", "#e69f00"),
    "readable": ("o", "#009e73"),
    "fast": ("P", "#d55e00"),
    "network": ("X", "#56b4e9"),
}
OTHER = (".", "#000000")  # the fast style without a pass
OURS = {"readable", "fast", "network"}
ROW_INCHES = 0.28


def draw(contest: Contest, path: Path) -> None:
    """Write the picture; the suffix of the path says in which format."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415  slow to import
    from matplotlib.figure import Figure  # noqa: PLC0415

    height = 1.2 + ROW_INCHES * max(len(run.rows) for run in contest.runs)
    figure = Figure(figsize=(5.5 * len(contest.runs), height), layout="constrained")
    FigureCanvasAgg(figure)
    for number, run in enumerate(contest.runs, start=1):
        _panel(figure.add_subplot(1, len(contest.runs), number), run)
    figure.savefig(path, dpi=150)


def _panel(axes: Any, run: Run) -> None:
    places = {row.workload: -k for k, row in enumerate(run.rows)}
    for name in run.contenders():
        ratios = {row.workload: r for row in run.rows if (r := row.ratio(name)) is not None}
        if name == BASE or not ratios:
            continue
        shape, colour = MARKS.get(name, OTHER)
        axes.plot(
            list(ratios.values()),
            [places[w] for w in ratios],
            shape,
            color=colour,
            markerfacecolor=colour if name in OURS else "none",
            label=name,
        )
    axes.set_xscale("log")
    axes.axvline(1, color="black", linewidth=1)
    axes.set_yticks(list(places.values()), list(places))
    axes.grid(axis="both", linewidth=0.3)
    axes.set_xlabel(f"time over that of {BASE}, logarithmic")
    axes.set_title(title(run))
    axes.legend(fontsize="small")
