"""``python -m benchmarks``: finds the measurement; without a name it is the contest."""

from __future__ import annotations

import sys
from importlib import import_module

import click

<<<<<<< HEAD
# What ``--help`` says of each. One is ``benchmarks.commands.NAME`` with an attribute ``command``.
COMMANDS = {
    "workloads": "Time seventeen workloads against PyTorch, JAX, autograd and a tutorial's NumPy.",
    "statements": "Time every statement of the emitted code of a workload.",
    "pipeline": "Time import, parse, derive and emit of every layer, and how derivation grows.",
    "checks": "Time the check of every layer, and how much memory it takes.",
    "reports": "Time a report of many equations, and how large it is.",
    "growth": "Time kernels at growing batches, lengths and widths.",
}
FIRST = "workloads"


class Measurements(click.Group):
    """A group whose commands are imported when called; the first is what no name means."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the first command's name where there is none."""
        if not args or args[0] not in {*COMMANDS, "-h", "--help"}:
            args = [FIRST, *args]
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click's signature
        """Name the measurements."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:  # noqa: ARG002
        """Import the measurement ``name``, or give None where there is none."""
        if name not in COMMANDS:
            return None
        command: click.Command = import_module(f"benchmarks.commands.{name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write one line for each without importing it."""
        with formatter.section("Measurements"):
            formatter.write_dl([(name, COMMANDS[name]) for name in self.list_commands(ctx)])
=======
import derive
from benchmarks.checks import FAST, FULL, CheckTiming, check_timing
from benchmarks.growth import derive_seconds, exponent
from benchmarks.reports import LARGEST, WITHIN, ReportTiming, report_timing
from benchmarks.timing import (
    PARTS,
    Timing,
    import_seconds,
    layer_timing,
    network_check_seconds,
)

MODULES = ("derive", "numeric", "reports.cli")
MILLI = 1000


@click.command(epilog="Example: python -m benchmarks --repeats 5 --json figures.json")
@click.argument("layers", nargs=-1)
@click.option("--repeats", type=click.IntRange(1), default=5, help="Medians are of so many runs.")
@click.option(
    "--json",
    "path",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("benchmarks/results/pipeline.json"),
    show_default=True,
    help="Where to write the figures.",
)
def main(layers: tuple[str, ...], repeats: int, path: Path) -> None:
    """Measure import, parse, derive and emit of LAYERS (all, if none is named), and growth."""
    console = Console()
    imports = {module: import_seconds(module, repeats) for module in MODULES}
    try:
        with console.status("measuring the layers"):
            timings = [layer_timing(name, repeats) for name in layers or derive.layers()]
    except derive.DeriveError as refusal:
        raise click.ClickException(str(refusal)) from None
    with console.status("measuring growth"):
        growth = derive_seconds(repeats)
    with console.status("checking the layers"):
        checks = [check_timing(name, repeats) for name in layers or derive.layers()]
    with console.status("checking a network"):
        network = network_check_seconds(repeats)
    with console.status("writing a report"):
        report = report_timing(repeats)
    console.print(_imports_table(imports), _layers_table(timings), _growth_table(growth))
    console.print(f"time to derive grows as length^{exponent(growth):.2f}")
    console.print(_checks_table(checks))
    console.print(f"to check a network of six layers takes {MILLI * network:.0f} ms")
    console.print(_report_line(report))
    path.parent.mkdir(parents=True, exist_ok=True)
    figures = {
        **_figures(imports, timings, growth, repeats),
        "check_seconds": {c.name: {"fast": c.fast, "full": c.full} for c in checks},
        "network_check_seconds": network,
        "report": {
            "displayed": report.displayed,
            "seconds": {"compose": report.compose, "html": report.html, "pdf": report.pdf},
            "html_bytes": report.size,
        },
    }
    path.write_text(json.dumps(figures, indent=1) + "\n")
    console.print(f"wrote {path}")
>>>>>>> main


@click.group(cls=Measurements, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Measure how fast generated code is, and the pipeline that generates it.

<<<<<<< HEAD
    Without a measurement's name its options are those of `workloads`.
    """
=======

def _layers_table(timings: list[Timing]) -> Table:
    table = Table("layer", title="Built-in layers, ms (medians)", title_justify="left")
    for head in ("equations", *PARTS):
        table.add_column(head, justify="right")
    for timing in sorted(timings, key=lambda t: -t.seconds["derive"]):
        cells = (f"{MILLI * timing.seconds[part]:.1f}" for part in PARTS)
        table.add_row(timing.name, str(timing.equations), *cells)
    return table


def _checks_table(checks: list[CheckTiming]) -> Table:
    title = f"Check, ms (goals: {MILLI * FAST:.0f} fast, {MILLI * FULL:.0f} full)"
    table = Table("layer", title=title, title_justify="left")
    for head in ("fast", "full"):
        table.add_column(head, justify="right")
    for check in sorted(checks, key=lambda c: -c.full):
        table.add_row(check.name, f"{MILLI * check.fast:.0f}", f"{MILLI * check.full:.0f}")
    return table


def _report_line(report: ReportTiming) -> str:
    return (
        f"a report of {report.displayed} equations: {MILLI * report.total:.0f} ms to compose and "
        f"write as HTML (goal: {MILLI * WITHIN:.0f}), {MILLI * report.pdf:.0f} ms more as PDF; "
        f"{report.size / MILLI:.0f} kB (goal: {LARGEST / MILLI:.0f})"
    )


def _growth_table(growth: dict[int, float]) -> Table:
    table = Table("dense layers", title="Time to derive a chain, ms", title_justify="left")
    table.add_column("ms", justify="right")
    table.add_column("ms a layer", justify="right")
    for length, taken in growth.items():
        table.add_row(str(length), f"{MILLI * taken:.1f}", f"{MILLI * taken / length:.2f}")
    return table


def _figures(
    imports: dict[str, float], timings: list[Timing], growth: dict[int, float], repeats: int
) -> dict[str, object]:
    return {
        "python": platform.python_version(),
        "numpy": np.__version__,
        "repeats": repeats,
        "import_seconds": imports,
        "layers": [
            {"name": t.name, "equations": t.equations, "seconds": t.seconds} for t in timings
        ],
        "chain_derive_seconds": {str(length): taken for length, taken in growth.items()},
        "chain_exponent": exponent(growth),
    }
>>>>>>> main


if __name__ == "__main__":
    sys.exit(main())
