"""How the time to derive grows with the number of equations: a chain of dense layers."""

from __future__ import annotations

from functools import partial
from math import log

import derive
from benchmarks.pipeline.stages import seconds

LENGTHS = (1, 2, 4, 8, 16, 32, 64)


def chain(length: int) -> str:
    """Write a network of ``length`` dense layers with tanh as equations."""
    names = [f"i{layer}" for layer in range(length + 1)]
    lines = [f"title {length} dense layers", f"input a0[n, {names[0]}]"]
    for layer in range(1, length + 1):
        j, i = names[layer - 1], names[layer]
        product = f"W{layer}[{i}, {j}]*a{layer - 1}[n, {j}]"
        lines += [
            f"param W{layer}[{i}, {j}], b{layer}[{i}]",
            f"z{layer}[n, {i}] = sum[{j}]({product}) + b{layer}[{i}]",
            f"a{layer}[n, {i}] = tanh(z{layer}[n, {i}])",
        ]
    return "\n".join([*lines, f"output a{length}[n, {names[length]}]"])


def derive_seconds(repeats: int) -> dict[int, float]:
    """Measure the time to derive the adjoint of a chain of each length."""
    programs = {length: derive.parse(chain(length)) for length in LENGTHS}
    return {
        length: seconds(partial(derive.adjoint, program), repeats)
        for length, program in programs.items()
    }


def exponent(times: dict[int, float]) -> float:
    """Give p of time = c * length^p through the last and the fourth last; 1 is linear growth."""
    lengths = sorted(times)
    short, long = lengths[-4], lengths[-1]
    return log(times[long] / times[short]) / log(long / short)
