"""``backproof report``: the derivation, the code and the verdict as a document, or all of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

import derive
from numeric.check.result import CheckResult
from numeric.recipes import RECIPES, untrained
from reports.cli import BAD_INPUT
from reports.commands.arguments import (
    force_option,
    hyperparameters,
    json_option,
    set_option,
)
from reports.gallery import FORMATS, Order, Page, write_gallery
from reports.network.document import compose_network
from reports.network.material import network_material
from reports.terminal import print_json, progress
from reports.writing import ENGINES, MATHS, possible, put, write

_EXAMPLES = """\b
Example:
  backproof report lstm -o lstm.pdf
  backproof report conv2d --set s=2 -o conv2d.html
  backproof report digits-mlp -o network.html
  backproof report --all -o gallery --format html --format pdf
"""


@click.command("report", epilog=_EXAMPLES)
@click.argument("layer", required=False)
@click.option("--all", "every", is_flag=True, help="Write a gallery of every built-in layer.")
@set_option
@click.option(
    "-o",
    "--output",
    "path",
    metavar="FILE|DIR",
    required=True,
    type=Path,
    help="Where to write the report: .html, .pdf, .tex or .md; with --all, a folder.",
)
@click.option(
    "--format",
    "formats",
    type=click.Choice(FORMATS),
    multiple=True,
    help="With --all: the kind of files; may be repeated.  [default: html]",
)
@click.option(
    "--engine",
    type=click.Choice(ENGINES),
    default=ENGINES[0],
    show_default=True,
    help="What makes a PDF: the compiler that came with backproof, or your own LaTeX.",
)
@click.option(
    "--math",
    type=click.Choice(MATHS),
    default=MATHS[0],
    show_default=True,
    help="What formulas are in HTML: pictures that look the same everywhere, or plain MathML.",
)
@click.option("--seed", type=click.IntRange(0, 2**32 - 1), default=0, help="Where the draws start.")
@click.option("--fast", is_flag=True, help="Check at fewer points.")
@force_option
@json_option
def command(  # noqa: PLR0913, PLR0917  one for each option
    layer: str | None,
    every: bool,
    settings: tuple[str, ...],
    path: Path,
    formats: tuple[str, ...],
    engine: str,
    math: str,
    seed: int,
    fast: bool,
    force: bool,
    as_json: bool,
) -> int:
    """Write a report on LAYER: equations, derivation, code and verdict.

    A recipe of `backproof train` in place of a layer gives a report on its network, untrained.

    With --all a report on every built-in layer goes into the folder DIR, with an index page. A
    layer that cannot be written is told, the others are written, and the exit code is 64.
    """
    if every == (layer is not None):
        raise click.UsageError("name the layer to report on, or give --all, not both")
    chosen: dict[str, Any] = {"engine": engine, "math": math, "overwrite": force}
    if layer is None:
        order = _order(path, settings, formats, {"seed": seed, "fast": fast}, chosen)
        return _gallery(order, as_json=as_json)
    if formats:
        raise click.UsageError(
            "--format is for --all; the suffix of FILE says the kind of a report"
        )
    values = hyperparameters(settings)
    if layer in RECIPES:
        _refuse_for_networks(layer, {"--set": values, "--fast": fast})
        _network(layer, path, seed, chosen, as_json)
    else:
        _one(layer, path, values, chosen | {"seed": seed, "fast": fast}, as_json)
    return 0


def _order(
    path: Path,
    settings: Sequence[str],
    formats: Sequence[str],
    options: Mapping[str, Any],
    chosen: Mapping[str, Any],
) -> Order:
    if settings:
        raise click.UsageError("--set is for one layer; --all keeps the defaults")
    given = tuple((name, value) for name, value in options.items() if value is not False)
    return Order(path, tuple(dict.fromkeys(formats)) or FORMATS[:1], given, **chosen)


def _refuse_for_networks(recipe: str, given: Mapping[str, object]) -> None:
    for option, value in given.items():
        if value:
            raise click.UsageError(f"{option} is for layers; {recipe} is a network")


def _one(
    layer: str,
    path: Path,
    values: Mapping[str, int | float],
    chosen: Mapping[str, Any],
    as_json: bool,
) -> None:
    program = derive.load(layer)
    with progress() as bar:
        task = bar.add_task("deriving and checking", total=None)
        result = write(program, path, name=layer, settings=values, **chosen)
        bar.update(task, total=1, completed=1)
    _wrote(layer, path, result, as_json)


def _network(recipe: str, path: Path, seed: int, chosen: Mapping[str, Any], as_json: bool) -> None:
    possible(path, **chosen)
    with progress() as bar:
        task = bar.add_task("deriving and checking", total=None)
        found = network_material(
            untrained(recipe, seed=seed),
            RECIPES[recipe].title,
            seed=seed,
            command=f"backproof report {recipe} -o {path.name} --seed {seed}",
        )
        put(compose_network(found), path, **chosen)
        bar.update(task, total=1, completed=1)
    _wrote(recipe, path, found.result, as_json)


def _wrote(name: str, path: Path, result: CheckResult, as_json: bool) -> None:
    if as_json:
        print_json({"name": name, "path": str(path), "verdict": result.verdict})
    else:
        click.echo(f"wrote {path} ({result.verdict})")


def _gallery(order: Order, *, as_json: bool) -> int:
    programs = {name: derive.load(name) for name in derive.layers()}
    with progress() as bar:
        task = bar.add_task("deriving and checking", total=len(programs))
        found = write_gallery(
            programs,
            order,
            lambda page: bar.update(task, description=f"wrote {page.name}", advance=1),
        )
    _tell(found, order, as_json=as_json)
    return BAD_INPUT if any(page.problem for page in found) else 0


def _tell(found: Sequence[Page], order: Order, *, as_json: bool) -> None:
    if as_json:
        for page in found:
            paths = [] if page.problem else [str(order.path(page.name, k)) for k in order.formats]
            print_json({"name": page.name, "paths": paths, "verdict": page.verdict})
    else:
        verdicts = Counter(page.verdict for page in found if not page.problem)
        told = ", ".join(f"{count} {verdict}" for verdict, count in verdicts.items())
        click.echo(f"wrote {verdicts.total()} reports to {order.folder} ({told})")
    for page in found:
        if page.problem:
            click.echo(f"error: {page.name} was not written: {page.problem}", err=True)
