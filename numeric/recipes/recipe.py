"""What a recipe is, what it promises, and what it came to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from numeric.network import Network
from numeric.recipes.exhibits import Exhibit
from numeric.training import Epoch, Progress, Watcher

Watch = Callable[[], Watcher | None]


@dataclass(frozen=True, slots=True)
class Target:
    """A figure that every seed must reach.

    Attributes:
        measure: what is measured.
        bound: the figure to reach.
        sense: on which side of the bound is good.
        form: how the figure is written, as in ``format``.
        origin: where the bound comes from.
    """

    measure: str
    bound: float
    sense: Literal["at least", "at most"] = "at least"
    form: str = ".2%"
    origin: str = ""

    def met(self, figure: float) -> bool:
        """Whether a figure reaches the target; what is not a number does not."""
        return figure >= self.bound if self.sense == "at least" else figure <= self.bound

    def shown(self, figure: float) -> str:
        """Write a figure of this measure."""
        return format(figure, self.form)

    def __str__(self) -> str:
        return f"{self.sense} {self.shown(self.bound)}"


@dataclass(frozen=True, slots=True)
class Setting:
    """What a run starts from: all random numbers follow from ``seed``.

    Attributes:
        seed: the number that the user gives.
        drawn: to draw parameters from.
        ordered: to draw the order of samples, and data, from.
        told: takes (done, total, figures) while the recipe runs.
        watch: gives what looks on while a network is trained, a new one for every network.
    """

    seed: int
    drawn: np.random.Generator
    ordered: np.random.Generator
    told: Progress
    watch: Watch

    @staticmethod
    def of(seed: int, told: Progress | None = None, watch: Watch | None = None) -> Setting:
        """Spawn the generators of a seed."""
        drawn, ordered = map(np.random.default_rng, np.random.SeedSequence(seed).spawn(2))
        return Setting(seed, drawn, ordered, told or (lambda *_: None), watch or (lambda: None))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a recipe hands back.

    Attributes:
        reached: the figure for each of its targets, in their order.
        figures: what its small report draws.
        history: figures of every epoch, where one network is trained.
        network: the network as trained, where there is one.
    """

    reached: tuple[float, ...]
    figures: tuple[Exhibit, ...] = ()
    history: tuple[Epoch, ...] = ()
    network: Network | None = None


@dataclass(frozen=True, slots=True)
class Recipe:
    """What ``run`` does under one name.

    Attributes:
        name: how it is asked for.
        title: one line for a list of recipes.
        about: what is done and why, in a few sentences.
        targets: what every seed must reach.
        seconds: about how long it takes on one core.
        play: does it.
        equations: names of the equation files that it computes with; each is proved.
        network: makes the one network that is trained, as it is before; None without one.
    """

    name: str
    title: str
    about: str
    targets: tuple[Target, ...]
    seconds: float
    play: Callable[[Setting], Outcome]
    equations: tuple[str, ...] = ()
    network: Callable[[np.random.Generator], Network] | None = None


@dataclass(frozen=True, slots=True)
class TrainResult:
    """What a recipe came to.

    Attributes:
        recipe: its name.
        seed: all random numbers follow from it.
        seconds: from the first line of the recipe to the last, loading and building included.
        targets: what it had to reach.
        reached: the figure for each target.
        figures: what its small report draws.
        history: figures of every epoch, where one network is trained.
        network: as trained, where there is one.
    """

    recipe: str
    seed: int
    seconds: float
    targets: tuple[Target, ...]
    reached: tuple[float, ...]
    figures: tuple[Exhibit, ...]
    history: tuple[Epoch, ...]
    network: Network | None

    @property
    def passed(self) -> bool:
        """Whether every target is reached."""
        pairs = zip(self.targets, self.reached, strict=True)
        return all(target.met(figure) for target, figure in pairs)

    @property
    def test_accuracy(self) -> float | None:
        """Share of the test samples in their class, after the last epoch; None without classes."""
        return self.history[-1].test_accuracy if self.history else None
