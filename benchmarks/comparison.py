"""Whether two contenders computed the same."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from benchmarks.workloads import Array

# Of the largest element of the reference's array. Sums of some ten thousand terms of random sign,
# in another order, differ by a few hundred roundings.
TOLERANCE = {"float32": 1e-4, "float64": 1e-11}


def worst(found: Mapping[str, Array], reference: Mapping[str, Array]) -> tuple[str, float]:
    """The array that differs most, and by how much of its largest element.

    An array that is missing, or has another shape, dtype, or no finite numbers, differs by
    infinity.
    """
    errors = {name: _error(found.get(name), there) for name, there in reference.items()}
    errors |= {name: float("inf") for name in found if name not in reference}
    name = max(errors, key=lambda n: errors[n])
    return name, errors[name]


def wrong(
    found: Mapping[str, Array], reference: Mapping[str, Array], dtype: str
) -> tuple[float, str]:
    """The largest difference, and what to say if it is above the tolerance ('' if not)."""
    name, error = worst(found, reference)
    if error <= TOLERANCE[dtype]:
        return error, ""
    if name not in found or name not in reference:
        return error, f"{name} is missing on one side"
    here, there = found[name], reference[name]
    if here.shape != there.shape or here.dtype != there.dtype:
        return error, f"{name} is {here.dtype} {here.shape}, not {there.dtype} {there.shape}"
    return error, f"{name} differs by {error:.1g} of its largest element"


def _error(found: Array | None, reference: Array) -> float:
    if found is None or found.shape != reference.shape or found.dtype != reference.dtype:
        return float("inf")
    if not np.isfinite(found).all():
        return float("inf")
    exact = reference.astype(np.float64)
    scale = float(np.max(np.abs(exact), initial=0.0)) or 1.0
    return float(np.max(np.abs(found.astype(np.float64) - exact), initial=0.0)) / scale
