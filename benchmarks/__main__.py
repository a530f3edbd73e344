"""``python -m benchmarks``: finds the measurement; without a name it is the contest."""

from __future__ import annotations

import sys
from importlib import import_module

import click

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


@click.group(cls=Measurements, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Measure how fast generated code is, and the pipeline that generates it.

    Without a measurement's name its options are those of `workloads`.
    """


if __name__ == "__main__":
    sys.exit(main())
