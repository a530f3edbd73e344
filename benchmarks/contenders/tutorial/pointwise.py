"""Pointwise functions by the formulas of the textbook."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import pi, sqrt

import numpy as np

from benchmarks.workloads import Array

Arrays = Mapping[str, Array]
Results = dict[str, Array]


def sigmoid(p: Arrays, da: Array) -> Results:
    """1/(1 + exp(-z))."""
    a = 1 / (1 + np.exp(-p["z"]))
    return {"a": a, "dz": da * a * (1 - a)}


def tanh(p: Arrays, da: Array) -> Results:
    """NumPy has it."""
    a = np.tanh(p["z"])
    return {"a": a, "dz": da * (1 - a**2)}


def gelu(p: Arrays, da: Array) -> Results:
    """The form with tanh."""
    z, c = p["z"], sqrt(2 / pi)
    t = np.tanh(c * (z + 0.044715 * z**3))
    a = 0.5 * z * (1 + t)
    inner = c * (1 + 3 * 0.044715 * z**2)
    return {"a": a, "dz": da * (0.5 * (1 + t) + 0.5 * z * (1 - t**2) * inner)}


def erf(x: Array) -> Array:
    """NumPy has none: Abramowitz and Stegun 7.1.26 is too coarse, so a course takes SciPy's."""
    from scipy.special import erf as scipy_erf  # noqa: PLC0415  only this workload needs SciPy

    found: Array = scipy_erf(x)
    return found


def gelu_erf(p: Arrays, da: Array) -> Results:
    """The exact form."""
    z = p["z"]
    cdf = 0.5 * (1 + erf(z / sqrt(2)))
    pdf = np.exp(-0.5 * z**2) / sqrt(2 * pi)
    return {"a": z * cdf, "dz": da * (cdf + z * pdf)}


POINTWISE: dict[str, Callable[[Arrays, Array], Results]] = {
    "sigmoid": sigmoid,
    "tanh": tanh,
    "gelu": gelu,
    "gelu_erf": gelu_erf,
}
