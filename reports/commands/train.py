"""``backproof train``: a network of generated kernels, trained on real data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import click
from rich.progress import Progress

from numeric.recipes import RECIPES, TrainResult, run
from numeric.training import Progress as Follow
from reports.commands.arguments import json_option
from reports.terminal import print_json, progress

_BARS = "▁▂▃▄▅▆▇█"
_LINES = 6  # of a long training, so many epochs are shown
_HELP = "Recipes: " + "; ".join(f"{name}: {recipe.title}" for name, recipe in RECIPES.items()) + "."


@click.command("train", epilog=f"Example: backproof train digits-mlp --seed 1. {_HELP}")
@click.argument("recipe")
@click.option("--seed", type=click.IntRange(0, 2**32 - 1), default=0, help="Where the draws start.")
@json_option
def command(recipe: str, seed: int, as_json: bool) -> None:
    """Train the network of RECIPE and print its score on the test samples.

    With --json the last line is one object: recipe, test_accuracy, seconds, seed.
    """
    with progress() as bar:
        result = run(recipe, seed=seed, on_progress=_follow(bar, recipe))
    if as_json:
        print_json(summary(result))
    else:
        click.echo("\n".join(figures(result)))


def summary(result: TrainResult) -> dict[str, object]:
    """Give the figures that another program wants."""
    return {
        "recipe": result.recipe,
        "test_accuracy": result.test_accuracy,
        "seconds": round(result.seconds, 3),
        "seed": result.seed,
        "epochs": len(result.history),
        "train_loss": result.history[-1].train_loss,
        "test_loss": result.history[-1].test_loss,
    }


def figures(result: TrainResult) -> list[str]:
    """Give a few lines on the way, and the final line of figures."""
    history = result.history
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
    lines.append(f"test accuracy {curve(accuracies)}")
    lines.append(
        f"{result.recipe}: test accuracy {result.test_accuracy:.2%} "
        f"in {result.seconds:.1f} s, seed {result.seed}"
    )
    return lines


def curve(values: Sequence[float]) -> str:
    """Draw values as a line of bars between their smallest and their largest."""
    if not values:
        return ""
    low, high = min(values), max(values)
    steps = len(_BARS) - 1
    scale = steps / (high - low) if high > low else 0.0
    return "".join(_BARS[round((value - low) * scale)] for value in values)


def _follow(bar: Progress, recipe: str) -> Follow:
    """Move ``bar`` by the batches done, with the latest figures beside it."""
    task = bar.add_task(recipe, total=None)

    def follow(done: int, total: int, figures: Mapping[str, float]) -> None:
        shown = f"{recipe}  epoch {figures['epoch']:.0f}  loss {figures['loss']:.4f}"
        if "test_accuracy" in figures:
            shown += f"  accuracy {figures['test_accuracy']:.2%}"
        bar.update(task, description=shown, completed=done, total=total)

    return follow
