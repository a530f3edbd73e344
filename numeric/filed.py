"""A user's own recipe: from a TOML file, run as those of the table are."""

from __future__ import annotations

from pathlib import Path

from derive.errors import OptionRefused
from numeric.recipe_file import load
from numeric.recipes import Recipe, Target
from numeric.recipes.classify import confusion, learning
from numeric.recipes.recipe import Outcome, Setting
from numeric.training import train


def recipe_of(path: Path) -> tuple[Recipe, int]:
    """Read a recipe from a file; and the seed that the file states.

    Raises:
        DeriveError: if the file is not such a recipe, or its target is of classes that its data
            do not have.
    """
    file = load(path)
    if file.target is not None and not file.data.classes:
        raise OptionRefused(
            f"{path.name} states a target, which is a test accuracy, but its data have no classes",
            remedy="give the data classes, or leave the target out",
        )
    targets = () if file.target is None else (Target("test accuracy", file.target),)

    def play(setting: Setting) -> Outcome:
        history = train(
            file.network,
            file.data,
            seed=setting.ordered,
            on_progress=setting.told,
            monitor=setting.watch(),
            **file.settings,
        )
        taken = (confusion(file.network, file.data),) if file.data.classes else ()
        reached = (history[-1].test_accuracy or 0.0,)[: len(targets)]
        return Outcome(reached, (*learning(history), *taken), history, file.network)

    about = f"The network, the data and the training that {path.name} states."
    return Recipe(path.stem, file.title, about, targets, seconds=0, play=play), file.seed
