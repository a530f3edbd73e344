"""The emitted kernel with data to run it on: what every plot is computed with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from derive.bind import bind
from derive.parser import parse_tree
from derive.program import Program
from numeric.check import domains
from numeric.check.plan import subject_for
from numeric.check.point import Point, in_floats
from numeric.check.subject import Subject

Array = np.ndarray[Any, Any]


def subject_of(program: Program, source: str, seed: int) -> Subject | None:
    """Read the kernel and find out on what data it can run; None where no data can be found."""
    bound = bind(program)
    hypers = {hyper.name: hyper.default for hyper in program.hypers}
    rng = np.random.default_rng(seed)
    found = subject_for(parse_tree(str(program)), bound, hypers, source, rng, fast=True)
    return None if isinstance(found, str) else found


@dataclass(frozen=True, slots=True)
class Data:
    """Arrays to call a kernel with, and a cotangent for each output, in float64."""

    arrays: Mapping[str, Array]
    cotangents: Mapping[str, Array]


def data(subject: Subject, sizes: Mapping[str, int], seed: int) -> Data | None:
    """Draw data with these extents; None where no draw gives finite values."""
    rng = np.random.default_rng(seed)
    found = domains.point(
        subject.layout, subject.domains, subject.hypers, "plot", sizes,
        rng=rng, finite=subject.finite,
    )  # fmt: skip
    if not isinstance(found, Point):
        return None
    return Data(in_floats(found.arrays), in_floats(found.cotangents))


def gradients(
    subject: Subject, arrays: Mapping[str, Array], cotangents: Mapping[str, Array]
) -> dict[str, Array]:
    """Run the kernel forwards and back; what is out of its domain is no number, without a word."""
    with np.errstate(all="ignore"):
        _, saved = subject.forward(subject.ordinary, arrays)
        found = subject.backward(subject.ordinary, saved, cotangents)
    return {name: np.asarray(gradient, dtype=np.float64) for name, gradient in found.items()}


def outputs(subject: Subject, arrays: Mapping[str, Array]) -> dict[str, Array]:
    """Run the kernel forwards, as ``gradients`` does."""
    with np.errstate(all="ignore"):
        found, _ = subject.forward(subject.ordinary, arrays)
    return {name: np.asarray(output, dtype=np.float64) for name, output in found.items()}
