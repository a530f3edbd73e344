"""The likely cause of a wrong gradient, where there are equations to derive others from."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from numeric.check.bench import Bench
from numeric.check.diagnose import Witness, diagnose
from numeric.check.point import Point, in_floats
from numeric.check.shim import Module
from numeric.check.subject import KernelFailed


def from_equations(bench: Bench, name: str, points: Sequence[Point], module: Module) -> str:
    """Which derived gradient with one mistake in it the wrong gradient equals; or nothing."""
    witnesses = []
    for point in points:
        arrays, g = in_floats(point.arrays), in_floats(point.cotangents)
        try:
            with np.errstate(all="ignore"):
                given = bench.subject.gradient(module, arrays, g)[name]
        except KernelFailed:
            return ""
        witnesses.append(Witness(arrays, g, given))
    return diagnose(bench.subject.program, name, witnesses)
