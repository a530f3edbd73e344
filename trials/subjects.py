"""What one run checks: a random program, or a built-in layer with hyperparameters."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from random import Random
from typing import Any

import derive
import numeric
from trials.programs import program_text

LAYERS, FULL = 0.2, 0.02
# So many kernels are written in the fast style.
FAST_STYLE = 0.3
# Each program is checked with so many seeds: other shapes, other data, the same kernel.
SEEDS = 10
# So much above its default an integer hyperparameter is drawn.
RAISED = (0, 0, 1, 2)


@dataclass(frozen=True, slots=True)
class Subject:
    """One run.

    Attributes:
        seed: of the trial.
        run: its number.
        layer: the built-in layer, or nothing.
        text: the program.
        hypers: the hyperparameters that are not at their defaults.
        fast: whether to check fast.
        style: of the kernel.
    """

    seed: int
    run: int
    layer: str
    text: str
    hypers: tuple[tuple[str, int], ...]
    fast: bool
    style: str = "readable"


def subject(seed: int, run: int) -> Subject:
    """The run of that number."""
    fast = Random(f"{seed}/{run}").random() >= FULL
    program_number = run // SEEDS
    style = "fast" if Random(f"{seed}/{program_number}/style").random() < FAST_STYLE else "readable"
    rng = Random(f"{seed}/{program_number}")
    if rng.random() >= LAYERS:
        return Subject(seed, run, "", program_text(rng), (), fast, style)
    name = rng.choice(derive.layers())
    program = derive.load(name)
    whole = [hyper for hyper in program.hypers if hyper.integer]
    hypers = tuple((h.name, int(h.default) + rng.choice(RAISED)) for h in whole)
    return Subject(seed, run, name, str(program), hypers, fast, style)


@lru_cache(maxsize=SEEDS)
def built(text: str, hypers: tuple[tuple[str, int], ...], style: str) -> str:
    """The kernel of a program, kept for the runs that follow with other seeds."""
    return numeric.build(derive.parse(text), style=style, **dict[str, Any](hypers)).source


def judged(chosen: Subject) -> tuple[str, str]:
    """The verdict and what stood in the way of a proof, or the refusal."""
    try:
        program, hypers = derive.parse(chosen.text), dict[str, Any](chosen.hypers)
        if chosen.fast:
            source = built(chosen.text, chosen.hypers, chosen.style)
            found = numeric.check_source(program, source, seed=chosen.run, fast=True, **hypers)
        else:
            found = numeric.check(program, seed=chosen.run, style=chosen.style, **hypers)
    except derive.DeriveError as refusal:
        return f"refused: {type(refusal).__name__}", str(refusal)
    if found.verdict == "PROVED":
        return found.verdict, ""
    return found.verdict, str(found)
