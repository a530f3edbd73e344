"""``python -m benchmarks pipeline``: from text to a kernel, layer by layer, and how it grows."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click
from rich.box import SIMPLE_HEAVY
from rich.console import Console
from rich.table import Table

import derive
from benchmarks.contest.machine import machine
from benchmarks.pipeline.chains import derive_seconds, exponent
from benchmarks.pipeline.lengths import AtLength, at_lengths
from benchmarks.pipeline.stages import PARTS, Timing, import_seconds, layer_timing

MODULES = ("derive", "numeric", "reports.cli")
MILLI = 1000


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("layers", nargs=-1)
@click.option("--repeats", type=click.IntRange(1), default=5, help="Medians are of so many runs.")
@click.option("--json", "path", type=click.Path(dir_okay=False, path_type=Path))
def command(layers: tuple[str, ...], repeats: int, path: Path | None) -> None:
    """Time import, parse, derive and emit of LAYERS (all, if none is named), and growth."""
    console = Console()
    try:
        with console.status("measuring the layers"):
            timings = [layer_timing(name, repeats) for name in layers or derive.layers()]
    except derive.DeriveError as refusal:
        raise click.ClickException(str(refusal)) from None
    with console.status("measuring imports and growth"):
        imports = {module: import_seconds(module, repeats) for module in MODULES}
        growth, lengths = derive_seconds(repeats), at_lengths(repeats)
    console.print(_imports_table(imports), _layers_table(timings), _growth_table(growth))
    console.print(f"time to derive grows as length^{exponent(growth):.2f}")
    console.print(_lengths_table(lengths))
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        figures = {
            "machine": machine(),
            "repeats": repeats,
            "import_seconds": imports,
            "layers": [asdict(timing) for timing in timings],
            "chain_derive_seconds": {str(length): taken for length, taken in growth.items()},
            "chain_exponent": exponent(growth),
            "lengths": [asdict(point) for point in lengths],
        }
        path.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
        console.print(f"wrote {path}")


def _table(first: str, title: str, *heads: str) -> Table:
    table = Table(first, title=title, title_justify="left", box=SIMPLE_HEAVY)
    for head in heads:
        table.add_column(head, justify="right")
    return table


def _imports_table(imports: dict[str, float]) -> Table:
    table = _table("import", "Import, CPU ms", "ms")
    for module, taken in imports.items():
        table.add_row(module, f"{MILLI * taken:.0f}")
    return table


def _layers_table(timings: list[Timing]) -> Table:
    table = _table("layer", "Built-in layers, CPU ms (medians)", "equations", *PARTS)
    for timing in sorted(timings, key=lambda t: -t.seconds["derive"]):
        cells = (f"{MILLI * timing.seconds[part]:.1f}" for part in PARTS)
        table.add_row(timing.name, str(timing.equations), *cells)
    return table


def _growth_table(growth: dict[int, float]) -> Table:
    table = _table("dense layers", "Time to derive a chain, CPU ms", "ms", "ms a layer")
    for length, taken in growth.items():
        table.add_row(str(length), f"{MILLI * taken:.1f}", f"{MILLI * taken / length:.2f}")
    return table


def _lengths_table(points: list[AtLength]) -> Table:
    heads = ("derive", "emit", "call", "call a step")
    table = _table("T", "An LSTM by its length, CPU ms: one text for every T", *heads)
    for p in points:
        taken = (p.derived, p.emitted, p.called, p.called / p.length)
        table.add_row(str(p.length), *(f"{MILLI * seconds:.3f}" for seconds in taken))
    return table
