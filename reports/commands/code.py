"""``backproof code``: a standalone NumPy module."""

from __future__ import annotations

from pathlib import Path

import click

import derive
import numeric
from reports.commands.arguments import (
    force_option,
    hyperparameters,
    json_option,
    layer_argument,
    set_option,
    style_option,
)
from reports.files import save, usable
from reports.terminal import print_json


@click.command("code", epilog="Example: backproof code conv2d --set s=2 -o conv2d.py")
@layer_argument
@set_option
@style_option
@click.option(
    "--without",
    metavar="PASS",
    multiple=True,
    help="Leave out a pass of the fast style. May be repeated.",
)
@click.option(
    "-o",
    "--output",
    "path",
    metavar="FILE.py",
    type=Path,
    help="Where to write the module; without it, print it.",
)
@force_option
@json_option
def command(  # noqa: PLR0913, PLR0917  one for each option
    layer: str,
    settings: tuple[str, ...],
    style: str,
    without: tuple[str, ...],
    path: Path | None,
    force: bool,
    as_json: bool,
) -> None:
    """Write LAYER as a standalone NumPy module with forward, backward and check."""
    if path is not None:
        usable(path)
    program = derive.bind(derive.load(layer), **hyperparameters(settings))
    kernel = numeric.build(program, style=style, without=without)
    if path is not None:
        save(path, kernel.source, overwrite=force)
    if as_json:
        place = None if path is None else str(path)
        print_json({"name": layer, "path": place, "source": kernel.source})
    elif path is None:
        click.echo(kernel.source, nl=False)
    else:
        click.echo(f"wrote {path}")
