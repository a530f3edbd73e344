"""A recursive neural tensor network that learns what logical expressions come to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product

import numpy as np

from numeric.build import build
from numeric.data import one_hot
from numeric.kernel import Kernel
from numeric.optimise import AdamW
from numeric.recipes.exhibits import Curves, Rows
from numeric.recipes.recipe import Outcome, Recipe, Setting, Target
from numeric.recipes.trees import Tree, program, shape, words
from numeric.step import Array

VALUES, OPERATORS = ("false", "true"), ("and", "or", "xor")
VOCABULARY = ("not", *VALUES, *OPERATORS)
_SIZE, _SPREAD = 6, 0.3
# the decay makes one vector of all that means the same, without which larger trees fail
_STEPS, _RATE, _DECAY = 500, 0.02, 0.1
_TEST = 0.2


@dataclass(frozen=True, slots=True)
class Bank:
    """Expressions of one shape: their words (N, leaves) and what they come to, one-hot (N, 2)."""

    kernel: Kernel
    words: Array
    truth: Array


def play(setting: Setting) -> Outcome:
    """Train on small expressions; judge by others of the same shapes, and by larger ones."""
    small = [*_small()]
    held = setting.ordered.random(len(small)) < _TEST
    train = _banks(tree for tree, out in zip(small, held, strict=True) if not out)
    test = _banks(tree for tree, out in zip(small, held, strict=True) if out)
    larger = _banks(_larger())
    parameters = _drawn(setting.drawn)
    losses = _trained(train, parameters, setting)
    scores = {
        "seen": _score(train, parameters),
        "held out, same shapes": _score(test, parameters),
        "larger than any seen": _score(larger, parameters),
    }
    rows = tuple(
        (name, str(sum(len(bank.words) for bank in banks)), f"{scores[name]:.2%}")
        for name, banks in zip(scores, (train, test, larger), strict=True)
    )
    shown = (
        Rows("Expressions told right", ("expressions", "number", "right"), rows),
        Curves(
            "Loss on the expressions that are seen",
            "step",
            "cross-entropy",
            {"train": (np.arange(1, _STEPS + 1), losses)},
            logarithmic="y",
        ),
    )
    return Outcome((scores["held out, same shapes"], scores["larger than any seen"]), shown)


def value(tree: Tree) -> bool:
    """What an expression comes to: a value, ("not", e), or (e, (operator, e))."""
    if isinstance(tree, str):
        return tree == "true"
    left, right = tree
    if left == "not":
        return not value(right)
    assert not isinstance(right, str), "an operator stands before an expression"
    first, second = value(left), value(right[1])
    found = {"and": first and second, "or": first or second, "xor": first != second}
    return found[str(right[0])]


def _joined(left: Iterable[Tree], right: Iterable[Tree]) -> Iterator[Tree]:
    for a, operator, b in product([*left], OPERATORS, [*right]):
        yield a, (operator, b)


def _small() -> Iterator[Tree]:
    """Expressions of up to three values."""
    turned: list[Tree] = [("not", v) for v in VALUES]
    pairs = [*_joined(VALUES, VALUES)]
    yield from (*turned, *pairs, *(("not", pair) for pair in pairs))
    yield from (*_joined(turned, VALUES), *_joined(VALUES, turned), *_joined(turned, turned))
    yield from (*_joined(pairs, VALUES), *_joined(VALUES, pairs))


def _larger() -> Iterator[Tree]:
    """Expressions of four values: pairs of pairs."""
    pairs = [*_joined(VALUES, VALUES)]
    return _joined(pairs, pairs)


def _banks(trees: Iterable[Tree]) -> tuple[Bank, ...]:
    """Expressions of a shape together, each shape with the kernel of its equations."""
    shapes: dict[str, list[Tree]] = {}
    for tree in trees:
        shapes.setdefault(shape(tree), []).append(tree)
    return tuple(
        Bank(
            build(program(members[0])),
            np.array([[VOCABULARY.index(w) for w in words(tree)] for tree in members]),
            one_hot([int(value(tree)) for tree in members], 2, float),
        )
        for members in shapes.values()
    )


def _drawn(rng: np.random.Generator) -> dict[str, Array]:
    d = _SIZE
    return {
        "E": rng.normal(size=(len(VOCABULARY), d)),
        "V": _SPREAD / d * rng.normal(size=(d, 2 * d, 2 * d)),
        "W": rng.normal(size=(d, 2 * d)) / np.sqrt(2 * d),
        "b": np.zeros(d),
        "S": rng.normal(size=(2, d)) / np.sqrt(d),
        "c": np.zeros(2),
    }


def _trained(banks: tuple[Bank, ...], parameters: dict[str, Array], setting: Setting) -> Array:
    """Descend along the mean over all expressions; the losses on the way."""
    optimiser, losses = AdamW(_RATE, decay=_DECAY), np.zeros(_STEPS)
    count = sum(len(bank.words) for bank in banks)
    for step in range(_STEPS):
        total = {name: np.zeros_like(array) for name, array in parameters.items()}
        for bank in banks:
            share = len(bank.words) / count
            outputs, saved = bank.kernel.forward(id=bank.words, y=bank.truth, **parameters)
            losses[step] += share * float(outputs["loss"])
            for name, gradient in bank.kernel.backward(saved, loss=share).items():
                total[name] += gradient
        optimiser.step(parameters, total)
        setting.told(step + 1, _STEPS, {"loss": losses[step]})
    return losses


def _score(banks: tuple[Bank, ...], parameters: Mapping[str, Array]) -> float:
    """The share of expressions that are told right."""
    right = 0
    for bank in banks:
        z = bank.kernel.forward(id=bank.words, y=bank.truth, **parameters)[0]["z"]
        right += int((z.argmax(axis=1) == bank.truth.argmax(axis=1)).sum())
    return right / sum(len(bank.words) for bank in banks)


RECIPE = Recipe(
    name="tree-tensor",
    title="Recursive neural tensor network on logical expressions",
    about="An expression is a tree: (e, (and, e)), (not, e). The network gives every word a vector "
    "and every node a vector made of the two below it, by one tensor for all nodes and all trees. "
    "Each shape of tree has its own equations and its own derived gradient, which are added up.",
    targets=(
        Target("held-out expressions of up to three values", 0.95),
        Target("expressions of four values, none of which was seen", 0.95),
    ),
    seconds=16,
    play=play,
    equations=("tree_tensor",),
)
