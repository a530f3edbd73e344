"""``backproof report``: the derivation, the code and the verdict as a document."""

from __future__ import annotations

from pathlib import Path

import click

import derive
from reports.commands.arguments import (
    force_option,
    hyperparameters,
    json_option,
    layer_argument,
    set_option,
)
from reports.terminal import print_json, progress
from reports.writing import write


@click.command("report", epilog="Example: backproof report lstm -o lstm.html")
@layer_argument
@set_option
@click.option(
    "-o",
    "--output",
    "path",
    metavar="FILE",
    required=True,
    type=Path,
    help="Where to write the report: .html or .tex.",
)
@force_option
@json_option
def command(layer: str, settings: tuple[str, ...], path: Path, force: bool, as_json: bool) -> None:
    """Write a report on LAYER: equations, derivation, code and verdict."""
    program = derive.load(layer)
    with progress() as bar:
        task = bar.add_task("deriving and checking", total=None)
        result = write(
            program, path, name=layer, overwrite=force, settings=hyperparameters(settings)
        )
        bar.update(task, total=1, completed=1)
    if as_json:
        print_json({"name": layer, "path": str(path), "verdict": result.verdict})
    else:
        click.echo(f"wrote {path} ({result.verdict})")
