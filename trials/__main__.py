"""``python -m trials``: finds the trial; each is a module of its own, imported when called."""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import find_spec

import click

# What ``--help`` says of each trial. A trial is ``trials.NAME`` with an attribute ``command``.
TRIALS = {
    "alarms": "Check right kernels of random programs and layers: none may be called wrong.",
    "fuzz": "Fuzz the parser, the derivation and the emitter, guided by coverage.",
    "mutants": "Put bugs into kernels, equations and rules: each must be caught.",
    "peers": "Compare the checker with those of other libraries on the same bugs.",
}


class Trials(click.Group):
    """A group whose commands are modules of ``trials``, imported when called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click's signature
        """Name the trials that there are."""
        return [name for name in TRIALS if find_spec(f"trials.{name}") is not None]

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Import the trial ``name``, or give None where there is none."""
        if name not in self.list_commands(ctx):
            return None
        command: click.Command = import_module(f"trials.{name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write one line for each trial without importing it."""
        with formatter.section("Trials"):
            formatter.write_dl([(name, TRIALS[name]) for name in self.list_commands(ctx)])


@click.group(cls=Trials, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Try the project on far more than its tests do; every trial says how to reproduce a find."""


if __name__ == "__main__":
    sys.exit(main())
