"""What the machine can do at most, measured on the spot, and the floor it sets for a workload."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from benchmarks.contest.clock import timed

EDGE = 1024  # of the square matrices whose product is timed
BYTES = 8 * 2**20  # of each of the three arrays of the triad: beyond L2, as the workloads' are
BUDGET = 0.5  # seconds for each peak


@dataclass(frozen=True, slots=True)
class Peaks:
    """The best of several runs.

    Attributes:
        flops: operations a second of a large matrix product.
        bandwidth: bytes a second of a triad, a = b + s*c, three arrays counted.
    """

    flops: float
    bandwidth: float


def measured_by_numpy(dtype: str, clock: str) -> Peaks:
    """Peaks as NumPy reaches them; its triad takes two passes, five arrays."""
    a, b, c = _arrays(dtype, (EDGE, EDGE))
    flops = 2 * EDGE**3 / _least(lambda: np.matmul(a, b, out=c), clock)
    a, b, c = _arrays(dtype, (BYTES // np.dtype(dtype).itemsize,))

    def triad() -> None:
        np.multiply(c, 0.5, out=a)
        np.add(a, b, out=a)

    return Peaks(flops, 5 * BYTES / _least(triad, clock))


def measured_by_torch(dtype: str, clock: str) -> Peaks:
    """Peaks as PyTorch reaches them; it has the triad as one pass."""
    import torch  # noqa: PLC0415  heavy and optional

    a, b, c = map(torch.from_numpy, _arrays(dtype, (EDGE, EDGE)))
    flops = 2 * EDGE**3 / _least(lambda: torch.mm(a, b, out=c), clock)
    a, b, c = map(torch.from_numpy, _arrays(dtype, (BYTES // np.dtype(dtype).itemsize,)))
    return Peaks(flops, 3 * BYTES / _least(lambda: torch.add(b, c, alpha=0.5, out=a), clock))


def better(one: Peaks, other: Peaks) -> Peaks:
    """The higher of each."""
    return Peaks(max(one.flops, other.flops), max(one.bandwidth, other.bandwidth))


def floor(flops: int, moved: int, peaks: Peaks) -> tuple[float, str]:
    """The least seconds that contractions and compulsory traffic take, and which of them binds."""
    computing, moving = flops / peaks.flops, moved / peaks.bandwidth
    return (computing, "flop") if computing >= moving else (moving, "mem")


def _arrays(dtype: str, shape: tuple[int, ...]) -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    return [rng.standard_normal(shape).astype(dtype) for _ in range(3)]


def _least(work: Callable[[], object], clock: str) -> float:
    work()
    return timed(work, BUDGET, clock).least
