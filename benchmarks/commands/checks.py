"""``python -m benchmarks checks``: time and memory of the check of every layer."""

from __future__ import annotations

import json
from pathlib import Path

import click
from rich.box import SIMPLE_HEAVY
from rich.console import Console
from rich.table import Table

import derive
from benchmarks.pipeline.checks import (
    FAST,
    FULL,
    CheckTiming,
    check_timing,
    network_check_seconds,
)

MILLI, MEGA = 1000, 2**20


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("layers", nargs=-1)
@click.option("--repeats", type=click.IntRange(1), default=5, help="Medians are of so many runs.")
@click.option("--memory/--no-memory", default=True, help="In a fresh process for each layer.")
@click.option("--json", "path", type=click.Path(dir_okay=False, path_type=Path))
def command(layers: tuple[str, ...], repeats: int, memory: bool, path: Path | None) -> None:
    """Time the check of LAYERS (all, if none is named), quickly and in full."""
    console = Console()
    found = []
    with console.status("") as status:
        for name in layers or derive.layers():
            status.update(f"checking {name}")
            try:
                found.append(check_timing(name, repeats, memory))
            except derive.DeriveError as refusal:
                raise click.ClickException(str(refusal)) from None
        status.update("checking a network")
        network = network_check_seconds(repeats)
    console.print(_table(found))
    console.print(f"to check a network of six layers takes {MILLI * network:.0f} ms")
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        checks = {c.name: {"fast": c.fast, "full": c.full, "memory": c.memory} for c in found}
        figures = {"checks": checks, "network_check_seconds": network}
        path.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
        console.print(f"wrote {path}")


def _table(checks: list[CheckTiming]) -> Table:
    title = f"Check, CPU ms (goals: {MILLI * FAST:.0f} fast, {MILLI * FULL:.0f} full)"
    table = Table("layer", title=title, title_justify="left", box=SIMPLE_HEAVY)
    for head in ("fast", "full", "MB"):
        table.add_column(head, justify="right")
    for check in sorted(checks, key=lambda c: -c.full):
        memory = "" if check.memory is None else f"{check.memory / MEGA:.1f}"
        table.add_row(check.name, f"{MILLI * check.fast:.0f}", f"{MILLI * check.full:.0f}", memory)
    return table
