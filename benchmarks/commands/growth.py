"""``python -m benchmarks growth``: time and memory of kernels at growing extents."""

from __future__ import annotations

import click
from rich.box import SIMPLE_HEAVY
from rich.console import Console
from rich.table import Table

import derive
from benchmarks.contenders import STYLES
from benchmarks.pipeline.growth import AXES, Growth, growth

MILLI, MEGA = 1000, 2**20
WIDE = 110


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("workloads", nargs=-1, type=click.Choice(tuple(AXES)))
@click.option("--style", type=click.Choice(STYLES), default=STYLES[0], show_default=True)
@click.option("--budget", type=click.FloatRange(0.001), default=0.3, help="Seconds a point.")
def command(workloads: tuple[str, ...], style: str, budget: float) -> None:
    """Time WORKLOADS (all, if none is named) at once, twice and four times an extent.

    An exponent of 1 says that the time is in proportion to the work. CPU time, fastest calls.
    """
    console = Console()
    if not console.is_terminal:
        console.width = WIDE
    table = Table("workload", title="Growth, float32", title_justify="left", box=SIMPLE_HEAVY)
    for head in ("axis", "extents", "ms", "most MB", "exponent"):
        table.add_column(head, justify="right")
    with console.status("") as status:
        for name in workloads or AXES:
            for axis, called in AXES[name].items():
                status.update(f"{name}: {called}")
                try:
                    found = growth(name, axis, style, budget)
                except derive.DeriveError as refusal:
                    raise click.ClickException(str(refusal)) from None
                table.add_row(*_cells(found))
    console.print(table)


def _cells(found: Growth) -> tuple[str, ...]:
    return (
        found.workload,
        found.axis,
        ", ".join(str(p.extent) for p in found.points),
        ", ".join(f"{MILLI * p.seconds:.2f}" for p in found.points),
        ", ".join(f"{p.memory / MEGA:.1f}" for p in found.points),
        f"{found.exponent:.2f}",
    )
