"""What a person at the terminal sees: results on stdout, progress on stderr, colour on neither
unless it is a terminal.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

# Results in a pipe are for another program: lines are never folded there.
_PIPE_WIDTH = 10_000


class Output(Console):
    """A console that leaves a broken pipe to the command line, which knows the exit code.

    Rich would exit with 1, and that means WRONG here.
    """

    def on_broken_pipe(self) -> None:
        """Say that whoever read the output went away."""
        raise BrokenPipeError


def output() -> Console:
    """Open the console for results."""
    console = Output(highlight=False)
    return console if console.is_terminal else Output(highlight=False, width=_PIPE_WIDTH)


def progress() -> Progress:
    """Make a progress bar on stderr; silent where stderr is not a terminal, gone when done."""
    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )


def print_json(result: Mapping[str, object] | list[dict[str, object]]) -> None:
    """Print one result as JSON on one line (a list: one line for each of its objects)."""
    if isinstance(result, list):
        body = ",\n ".join(json.dumps(row, ensure_ascii=False) for row in result)
        click.echo(f"[{body}]")
    else:
        click.echo(json.dumps(result, ensure_ascii=False))
