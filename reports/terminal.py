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


def output() -> Console:
    """The console for results."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=_PIPE_WIDTH)


def progress() -> Progress:
    """A progress bar on stderr; silent where stderr is not a terminal, gone when done."""
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
