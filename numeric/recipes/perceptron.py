"""The perceptron rule, the gradient that it is, and what the gradient of a step is not."""

from __future__ import annotations

import numpy as np

from numeric.build import build
from numeric.data import iris
from numeric.optimise import SGD
from numeric.recipes.equations import program
from numeric.recipes.exhibits import Curves, Points
from numeric.recipes.recipe import Outcome, Recipe, Setting, Target
from numeric.step import Array

_MOST = 1000  # passes; Novikoff's bound stops the rule long before where a line separates
_STEPS, _RATE = 500, 1.0
_FOLDS = 5
_SHOWN = 40  # passes of the rule where it never comes to rest


def play(setting: Setting) -> Outcome:
    """Learn setosa by the rule, and versicolor against virginica by the gradient."""
    x, species = iris()
    separable = np.where(species == 0, 1.0, -1.0)
    w, updates, unlike, errors = _rule(x, separable, setting, _MOST)
    hard = species > 0
    order = setting.ordered.permutation(np.flatnonzero(hard))
    labels = (species == 1) * 1.0
    right, losses = _validated(x, labels, np.array_split(order, _FOLDS))
    restless = _rule(x[hard], 2 * labels[hard] - 1, setting, _SHOWN)[3]
    reached = (
        unlike,
        float(errors[-1]),
        updates / _bound(x, separable, w),
        _through_the_step(x, separable, setting),
        right,
    )
    return Outcome(reached, _shown(x, species, errors, restless, losses))


def _rule(x: Array, t: Array, setting: Setting, most: int) -> tuple[Array, int, float, list[int]]:
    """Rosenblatt's rule, sample by sample, until a pass changes nothing.

    The weights, bias last; the number of changes; the largest difference between a change and
    the derived gradient of the criterion; and the changes of each pass.
    """
    kernel = build(program("perceptron"))
    w, unlike, changes = np.zeros(x.shape[1] + 1), 0.0, []
    lifted = _lifted(x)
    for done in range(most):
        wrong = 0
        for n in setting.ordered.permutation(len(x)):
            change = t[n] * lifted[n] if t[n] * (lifted[n] @ w) <= 0 else np.zeros_like(w)
            _, saved = kernel.forward(x=x[n : n + 1], t=t[n : n + 1], w=w[:-1], b=w[-1])
            found = kernel.backward(saved, loss=1.0)
            derived = np.append(found["w"], found["b"])
            unlike = max(unlike, float(np.abs(change + derived).max()))
            w -= derived
            wrong += int(change.any())
        changes.append(wrong)
        setting.told(done + 1, most, {"loss": float(wrong)})
        if not wrong:
            break
    return w, sum(changes), unlike, changes


def _lifted(x: Array) -> Array:
    return np.column_stack([x, np.ones(len(x))])


def _bound(x: Array, t: Array, w: Array) -> float:
    """Novikoff's bound on the number of changes, with the margin of ``w``."""
    lifted = _lifted(x)
    margin = (t * (lifted @ w)).min() / np.linalg.norm(w)
    return float((np.linalg.norm(lifted, axis=1).max() / margin) ** 2)


def _through_the_step(x: Array, t: Array, setting: Setting) -> float:
    """The largest derived gradient of the squared error behind a step."""
    kernel = build(program("perceptron_step"))
    w = setting.drawn.normal(size=x.shape[1])
    _, saved = kernel.forward(x=x, t=t, w=w, b=0.1)
    found = kernel.backward(saved, loss=1.0)
    return float(max(np.abs(found["w"]).max(), abs(float(found["b"]))))


def _descend(x: Array, t: Array) -> tuple[Array, Array]:
    """Train a sigmoid neuron by its derived gradient; its weights, bias last, and the losses."""
    kernel = build(program("neuron_likelihood"))
    parameters = {"w": np.zeros(x.shape[1]), "b": np.zeros(())}
    optimiser, losses = SGD(_RATE), np.zeros(_STEPS)
    for step in range(_STEPS):
        outputs, saved = kernel.forward(x=x, t=t, **parameters)
        losses[step] = outputs["loss"]
        optimiser.step(parameters, kernel.backward(saved, loss=1.0))
    return np.append(parameters["w"], parameters["b"]), losses


def _validated(x: Array, t: Array, folds: list[Array]) -> tuple[float, Array]:
    """The share of samples right when held out, and the losses of the last neuron."""
    right, losses = 0, np.zeros(0)
    for k, test in enumerate(folds):
        train = np.concatenate(folds[:k] + folds[k + 1 :])
        w, losses = _descend(x[train], t[train])
        right += int(((_lifted(x[test]) @ w > 0) == (t[test] > 0)).sum())
    return right / sum(map(len, folds)), losses


def _shown(
    x: Array, species: Array, errors: list[int], restless: list[int], losses: Array
) -> tuple[Curves | Points, ...]:
    names = ("setosa", "versicolor", "virginica")
    clouds = {name: x[species == k][:, 2:] for k, name in enumerate(names)}
    passes = {
        "setosa against the others": (np.arange(1, len(errors) + 1), np.array(errors)),
        "versicolor against virginica": (np.arange(1, len(restless) + 1), np.array(restless)),
    }
    return (
        Points("The flowers", "petal length, standardised", "petal width", clouds),
        Curves("The perceptron rule", "pass", "changes in the pass", passes),
        Curves(
            "A sigmoid neuron: versicolor against virginica",
            "step",
            "cross-entropy",
            {"train": (np.arange(1, len(losses) + 1), losses)},
        ),
    )


RECIPE = Recipe(
    name="perceptron",
    title="Perceptron rule against gradient, on Fisher's irises",
    about="The perceptron rule is the derived gradient of the perceptron criterion, change by "
    "change. It comes to rest where a line separates the classes, within Novikoff's bound, and "
    "never where none does; there a sigmoid neuron learns by the gradient of its cross-entropy. "
    "Through a step nothing is learned: its derivative is 0.",
    targets=(
        Target("difference between the rule and the derived gradient", 0, "at most", ".2g"),
        Target("setosa on the wrong side after the last pass", 0, "at most", ".0f"),
        Target(
            "changes as a share of Novikoff's bound",
            1,
            "at most",
            ".2g",
            "Novikoff 1962, On convergence proofs on perceptrons",
        ),
        Target("largest gradient through a step", 0, "at most", ".2g"),
        Target(
            "cross-validated accuracy of the neuron, versicolor against virginica",
            0.93,
            origin="five folds",
        ),
    ),
    seconds=2,
    play=play,
    equations=("perceptron", "perceptron_step", "neuron_likelihood"),
)
