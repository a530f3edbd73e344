"""``backproof recipes``: lists the recipes; runs them and prints target against reached."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import click
from rich import box
from rich.table import Table

from numeric.recipes import RECIPES, Recipe, TrainResult, run
from reports.commands.arguments import json_option
from reports.commands.train import follow, save_report, summary
from reports.terminal import output, print_json, progress

QUICK = 30.0  # seconds: what takes longer is not among the quick ones
MISSED = 1


@click.command("recipes", epilog="Example: backproof recipes --run quick --seeds 3")
@click.option(
    "--run", "chosen", type=click.Choice(["quick", "all"]), help="Run them; exit 1 for a miss."
)
@click.option(
    "--seeds", type=click.IntRange(1, 100), default=1, help="Run each with so many seeds."
)
@click.option(
    "-o",
    "--output",
    "folder",
    type=click.Path(path_type=Path),
    help="Write the small report of each first seed into this folder.",
)
@json_option
def command(chosen: str | None, seeds: int, folder: Path | None, as_json: bool) -> int:
    """List what `backproof train` can run, with targets and about how long each takes.

    With --run the recipes are run, and target is printed against reached, seed by seed; the exit
    code is 1 if one target is missed. Quick ones take less than half a minute each.
    """
    if chosen is None:
        if folder is not None or seeds != 1:
            raise click.UsageError("--seeds and --output are for --run")
        _list(as_json=as_json)
        return 0
    recipes = [r for r in RECIPES.values() if chosen == "all" or r.seconds < QUICK]
    results = list(_run(recipes, seeds, folder))
    if as_json:
        print_json([summary(result) for result in results])
    else:
        _compare(results)
    return 0 if all(result.passed for result in results) else MISSED


def _list(*, as_json: bool) -> None:
    if as_json:
        print_json([_facts(recipe) for recipe in RECIPES.values()])
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for head in ("recipe", "title", "target", "about"):
        table.add_column(head, justify="right" if head == "about" else "left", overflow="fold")
    for recipe in RECIPES.values():
        first, *more = recipe.targets
        table.add_row(recipe.name, recipe.title, f"{first.measure} {first}", _time(recipe.seconds))
        for target in more:
            table.add_row("", "", f"{target.measure} {target}", "")
    output().print(table)


def _facts(recipe: Recipe) -> dict[str, object]:
    return {
        "recipe": recipe.name,
        "title": recipe.title,
        "seconds": recipe.seconds,
        "targets": [
            {"measure": target.measure, "sense": target.sense, "bound": target.bound}
            for target in recipe.targets
        ],
    }


def _time(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"


def _run(recipes: Sequence[Recipe], seeds: int, folder: Path | None) -> Iterator[TrainResult]:
    with progress() as bar:
        for recipe in recipes:
            for seed in range(seeds):
                task = bar.add_task(recipe.name, total=None)
                result = run(recipe.name, seed=seed, on_progress=follow(bar, task, recipe.name))
                bar.remove_task(task)
                if folder is not None and seed == 0:
                    save_report(recipe, result, folder, overwrite=True)
                yield result


def _compare(results: Sequence[TrainResult]) -> None:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for head in ("recipe", "seed", "measure", "target", "reached", "", "seconds"):
        table.add_column(head, justify="right" if head in {"seed", "seconds"} else "left")
    for result in results:
        rows = zip(result.targets, result.reached, strict=True)
        for k, (target, figure) in enumerate(rows):
            name = (result.recipe, str(result.seed)) if k == 0 else ("", "")
            word = "reached" if target.met(figure) else "MISSED"
            took = f"{result.seconds:.1f}" if k == 0 else ""
            table.add_row(*name, target.measure, str(target), target.shown(figure), word, took)
    output().print(table)
    missed = sum(not result.passed for result in results)
    seconds = sum(result.seconds for result in results)
    click.echo(
        f"{len(results) - missed} of {len(results)} runs reached their targets in {seconds:.0f} s"
    )
