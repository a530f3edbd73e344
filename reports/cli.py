"""The command line: finds the command, and turns every refusal into one message and exit 64.

exit    meaning
0       done; for ``check`` and ``prove``: proved
1       ``check``: a gradient is wrong; ``prove``: a step is wrong; ``recipes``: a target is missed
2       ``check``: the formulas are right, floating point loses too many digits
3       ``check`` and ``prove``: undecided
64      bad usage or bad input
130     interrupted
141     whoever read the output went away
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from io import TextIOWrapper

import click

from derive.errors import DeriveError

BAD_INPUT = 64
INTERRUPTED = 130
READER_GONE = 141

# The commands in the order of the work, with the line that the overview gives each. Their modules
# are imported on use, so that the overview does not wait for NumPy.
COMMANDS = {
    "layers": "List the built-in layers.",
    "derive": "Print the forward and the derived backward equations.",
    "code": "Write a standalone NumPy module.",
    "cost": "Count operations, bytes and memory of a kernel.",
    "check": "Prove the gradients, and say what was found.",
    "prove": "Judge the steps of a derivation that you have written down.",
    "report": "Write a report as .html or .tex.",
    "train": "Train a network of generated kernels on real data.",
    "recipes": "List what can be trained, or run it and compare with its targets.",
}


class Commands(click.Group):
    """A group whose commands are modules of ``reports.commands``, imported when called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click's signature
        """Name the commands, in the order of the work."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:  # noqa: ARG002
        """Import the command ``name``, or give None where there is none."""
        if name not in COMMANDS:
            return None
        command: click.Command = import_module(f"reports.commands.{name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write one line for each command without importing it."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Example: backproof derive lstm. LAYER is a built-in layer's name or an .eqn file.",
)
@click.version_option(package_name="backproof", prog_name="backproof")
def cli() -> None:
    """From the equations of a layer to proved gradient code.

    Every command takes --json for machine-readable results and --help for its options.
    """


def main(arguments: Sequence[str] | None = None) -> int:  # noqa: PLR0911  one for each end
    """Run the command line and return the exit code."""
    # not cli.main: it would turn a broken pipe into exit 1, which means WRONG here
    given = sys.argv[1:] if arguments is None else list(arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a terminal without ∂ shows its code point
            stream.reconfigure(errors="backslashreplace")
    try:
        with cli.make_context("backproof", given or ["--help"]) as context:
            code = cli.invoke(context)
        sys.stdout.flush()
    except click.exceptions.Exit as end:
        return end.exit_code
    except DeriveError as refusal:
        return _refuse(str(refusal))
    except click.UsageError as refusal:
        path = refusal.ctx.command_path if refusal.ctx else "backproof"
        return _refuse(f"{refusal.format_message()}\n  to fix: see {path} --help")
    except click.ClickException as refusal:
        return _refuse(refusal.format_message())
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except BrokenPipeError:
        # Python flushes stdout once more at exit; it must not find the broken pipe again
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return READER_GONE
    return code if isinstance(code, int) else 0


def _refuse(message: str) -> int:
    click.echo(f"error: {message}", err=True)
    return BAD_INPUT


if __name__ == "__main__":
    sys.exit(main())
