"""``backproof train``: a recipe run on real data, its score, and a small report."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

import click
from rich.progress import Progress, TaskID

import numeric
from derive.errors import OptionRefused
from numeric.filed import recipe_of
from numeric.monitor import Monitor
from numeric.recipes import RECIPES, Recipe, TrainResult, played, run
from numeric.recipes.equations import program
from numeric.training import Epoch, Interrupted
from numeric.training import Progress as Follow
from reports.commands.arguments import json_option
from reports.files import exists, made, quoted, usable
from reports.terminal import print_json, progress
from reports.training import compose_training
from reports.writing import put

_BARS = "▁▂▃▄▅▆▇█"
_LINES = 6  # of a long training, so many epochs are shown


@click.command(
    "train",
    epilog="Example: backproof train digits-mlp --seed 1 -o out. The recipes and their targets: "
    "backproof recipes.",
)
@click.argument("recipe")
@click.option("--seed", type=click.IntRange(0, 2**32 - 1), help="Where the draws start; else 0.")
@click.option(
    "-o",
    "--output",
    "folder",
    type=click.Path(path_type=Path),
    help="Write a small report, RECIPE.html, into this folder.",
)
@click.option("--force", is_flag=True, help="Overwrite the report.")
@click.option("--monitor", is_flag=True, help="Say what is wrong with the training, once found.")
@json_option
def command(  # noqa: PLR0913, PLR0917  the options of the command
    recipe: str, seed: int | None, folder: Path | None, force: bool, monitor: bool, as_json: bool
) -> None:
    """Run RECIPE, a name or a TOML file, and print what it reached against its targets.

    With --json the last line is one object: recipe, test_accuracy, seconds, seed and others.
    An interrupt ends the training after a whole step, and prints the figures so far.
    """
    chosen, start = _started(recipe, seed)
    name = recipe if chosen is None else chosen.name
    if folder is not None:
        _refuse_early(folder, name, force=force)
    with progress() as bar:
        task = bar.add_task(name, total=None)
        try:
            result = start(
                on_progress=follow(bar, task, name), watch=_watch(bar) if monitor else None
            )
        except Interrupted as stopped:
            bar.stop()
            click.echo("\n".join([*_epochs(stopped.history), str(stopped)]), err=as_json)
            raise
    if folder is not None and chosen is not None:
        own = recipe if recipe.endswith(".toml") else ""
        path = save_report(chosen, result, folder, overwrite=force, asked=own)
        click.echo(f"wrote {path}", err=as_json)
    if as_json:
        print_json(summary(result))
    else:
        click.echo("\n".join(figures(result)))


def _started(asked: str, seed: int | None) -> tuple[Recipe | None, Callable[..., TrainResult]]:
    """What is to be run, and how; None if there is none of that name, which running refuses."""
    if not asked.endswith(".toml"):
        return RECIPES.get(asked), partial(run, asked, seed=seed or 0)
    if seed is not None:
        raise OptionRefused(
            f"{quoted(Path(asked))} states where its draws start",
            remedy=f"write seed = {seed} in the file",
        )
    own, stated = recipe_of(Path(asked))
    return own, partial(played, own, seed=stated)


def save_report(
    recipe: Recipe, result: TrainResult, folder: Path, *, overwrite: bool, asked: str = ""
) -> Path:
    """Prove the equations of ``recipe`` and write the report on ``result``; its path."""
    made(folder)
    path = folder / f"{recipe.name}.html"
    proofs = {name: numeric.check(program(name)) for name in recipe.equations}
    words = asked or f"{recipe.name} --seed {result.seed}"
    command = f"backproof train {words} -o {folder.name}"
    put(compose_training(recipe, result, proofs, command), path, overwrite=overwrite)
    return path


def summary(result: TrainResult) -> dict[str, object]:
    """Give the figures that another program wants."""
    found: dict[str, object] = {
        "recipe": result.recipe,
        "test_accuracy": result.test_accuracy,
        "seconds": round(result.seconds, 3),
        "seed": result.seed,
        "reached_all": result.passed,
        "targets": [
            {
                "measure": target.measure,
                "sense": target.sense,
                "bound": target.bound,
                "reached": figure,
                "met": target.met(figure),
            }
            for target, figure in zip(result.targets, result.reached, strict=True)
        ],
    }
    if result.history:
        last = result.history[-1]
        found |= {"epochs": len(result.history)}
        found |= {"train_loss": last.train_loss, "test_loss": last.test_loss}
    return found


def figures(result: TrainResult) -> list[str]:
    """Give a few lines on the way, where there are epochs, and target against reached."""
    lines = [*_epochs(result.history), ""] if result.history else []
    for target, figure in zip(result.targets, result.reached, strict=True):
        word = "reached" if target.met(figure) else "MISSED"
        lines.append(f"{result.recipe}: {target.measure} {target.shown(figure)}, {target}: {word}")
    return [*lines, f"{result.recipe}: {result.seconds:.1f} s, seed {result.seed}"]


def _watch(bar: Progress) -> Callable[[], Monitor]:
    """Monitors whose findings stand above ``bar``, or are lines where there is none."""
    return lambda: Monitor(on_finding=lambda found: _say(bar, str(found)))


def _say(bar: Progress, text: str) -> None:
    bar.console.print(text, markup=False, highlight=False, soft_wrap=True)


def _epochs(history: Sequence[Epoch]) -> list[str]:
    if not history:
        return []
    stride = max(1, len(history) // _LINES)
    shown = sorted({*range(stride - 1, len(history), stride), len(history) - 1})
    lines = [
        f"{'epoch':>5}  {'train loss':>10}  {'test loss':>10}  {'accuracy':>8}  {'seconds':>7}"
    ]
    for index in shown:
        epoch = history[index]
        accuracy = "-" if epoch.test_accuracy is None else f"{epoch.test_accuracy:.2%}"
        lines.append(
            f"{index + 1:>5}  {epoch.train_loss:>10.5f}  {epoch.test_loss:>10.5f}  "
            f"{accuracy:>8}  {epoch.seconds:>7.1f}"
        )
    lines += ["", f"train loss    {curve([epoch.train_loss for epoch in history])}"]
    accuracies = [epoch.test_accuracy for epoch in history if epoch.test_accuracy is not None]
    return [*lines, f"test accuracy {curve(accuracies)}"] if accuracies else lines


def curve(values: Sequence[float]) -> str:
    """Draw values as a line of bars between their smallest and their largest."""
    if not values:
        return ""
    low, high = min(values), max(values)
    steps = len(_BARS) - 1
    scale = steps / (high - low) if high > low else 0.0
    return "".join(_BARS[round((value - low) * scale)] for value in values)


def follow(bar: Progress, task: TaskID, recipe: str) -> Follow:
    """Move ``bar`` by the batches done, with the latest figures beside it."""

    def told(done: int, total: int, figures: Mapping[str, float]) -> None:
        shown = "  ".join([recipe, *(_figure(*pair) for pair in figures.items())])
        bar.update(task, description=shown, completed=done, total=total)

    return told


def _figure(name: str, value: float) -> str:
    if name == "epoch":
        return f"epoch {value:.0f}"
    if name.endswith("accuracy"):
        return f"{name.replace('_', ' ')} {value:.2%}"
    return f"{name.replace('_', ' ')} {value:.4g}"


def _refuse_early(folder: Path, recipe: str, *, force: bool) -> None:
    """Refuse a place that cannot take the report, before any work is done for it."""
    path = folder / f"{recipe}.html"
    usable(path)
    if folder.exists() and not folder.is_dir():
        raise OptionRefused(f"{quoted(folder)} is not a folder", remedy="give the name of a folder")
    if not force and path.exists():
        raise exists(path)
