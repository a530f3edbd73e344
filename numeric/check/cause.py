"""Asking, of a wrong gradient, which mistake in the derivation it comes from."""

from __future__ import annotations

from collections.abc import Sequence

from numeric.check.bench import Bench
from numeric.check.diagnose import Witness, diagnose
from numeric.check.point import in_floats
from numeric.check.subject import KernelFailed
from numeric.check.tally import Failure

# So many points must all be explained by one mistake.
WITNESSES = 3


def likely(bench: Bench, failures: Sequence[Failure]) -> str:
    """The likely cause of failures of a gradient; empty if none is known."""
    named = [failure.name for failure in failures if failure.name in bench.subject.gradients]
    if not named:
        return ""
    witnesses = []
    for point in bench.points.smooth[:WITNESSES]:
        arrays, cotangents = in_floats(point.arrays), in_floats(point.cotangents)
        try:
            found = bench.subject.gradient(bench.ordinary, arrays, cotangents)
        except KernelFailed:
            continue
        witnesses.append(Witness(arrays, cotangents, found[named[0]]))
    return diagnose(bench.subject.program, named[0], witnesses) if witnesses else ""
