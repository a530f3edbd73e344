"""``python -m benchmarks statements``: what every statement of the emitted code costs."""

from __future__ import annotations

import click
from rich.box import SIMPLE_HEAVY
from rich.console import Console
from rich.table import Table
from rich.text import Text

import derive
from benchmarks.contenders import STYLES
from benchmarks.contenders.own import built
from benchmarks.statements import Cost, costs
from benchmarks.workloads import WORKLOADS

MILLI = 1000
WIDE = 110


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("workloads", nargs=-1, type=click.Choice(tuple(WORKLOADS)))
@click.option("--style", type=click.Choice(STYLES), default=STYLES[0], show_default=True)
@click.option("--dtype", type=click.Choice(("float32", "float64")), default="float32")
@click.option("--top", type=click.IntRange(1), default=3, show_default=True)
@click.option("--repeats", type=click.IntRange(1), default=15, show_default=True)
def command(workloads: tuple[str, ...], style: str, dtype: str, top: int, repeats: int) -> None:
    """Show the statements of WORKLOADS (all, if none is named) that cost most.

    The emitted module runs with a clock behind every statement: CPU time of one thread,
    medians of several runs.
    """
    console = Console()
    if not console.is_terminal:
        console.width = WIDE
    for name in workloads or WORKLOADS:
        case = WORKLOADS[name].case(dtype)
        try:
            kernel = built(case, style)
        except derive.DeriveError as refusal:
            raise click.ClickException(str(refusal)) from None
        found = costs(kernel.source, case.arrays, case.cotangents, repeats)
        console.print(_table(name, found, top))


def _table(name: str, found: list[Cost], top: int) -> Table:
    total = sum(cost.seconds for cost in found)
    table = Table(
        "statement",
        title=f"{name}: {MILLI * total:.2f} ms in {len(found)} statements",
        title_justify="left",
        box=SIMPLE_HEAVY,
    )
    for head in ("function", "calls", "ms", "share"):
        table.add_column(head, justify="right")
    for cost in sorted(found, key=lambda c: -c.seconds)[:top]:
        share = f"{100 * cost.seconds / total:.0f} %"
        figures = (str(cost.calls), f"{MILLI * cost.seconds:.3f}", share)
        table.add_row(Text(cost.text), cost.function, *figures)
    return table
