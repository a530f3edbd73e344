"""Limits of a process: address space, processor time, priority; what the system has of them."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from derive.errors import OptionRefused

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

# Polite to whoever works at the terminal meanwhile.
NICE = 5
_SIZES = Path("/proc/self/statm")
MEBIBYTE = 2**20


@dataclass(frozen=True, slots=True)
class Limits:
    """What a check may take.

    Attributes:
        timeout: seconds on the clock, from the start of the process; None for any.
        memory: mebibytes beyond Python and the libraries of the check; None for any.
    """

    timeout: float | None = None
    memory: int | None = None

    def __post_init__(self) -> None:
        for name, unit in (("timeout", "seconds"), ("memory", "MiB")):
            value = getattr(self, name)
            if value is not None and not 0 < value < math.inf:
                raise OptionRefused(f"{name} is {value}", remedy=f"give a number of {unit} above 0")


def apply(limits: Limits) -> Iterator[str]:
    """Put this process under ``limits``; say of each that the system does not have."""
    if hasattr(os, "nice"):
        os.nice(NICE)
    if resource is not None:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if limits.timeout is not None:
            # the parent looks at the clock; this is for the case that it is gone
            seconds = math.ceil(limits.timeout * (os.cpu_count() or 1)) + 1
            resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    if limits.memory is not None and not _limit_memory(limits.memory):
        yield f"this system cannot hold a process to {limits.memory} MiB: memory was not limited"


def _limit_memory(mebibytes: int) -> bool:
    if resource is None or not _SIZES.exists():
        return False
    pages = int(_SIZES.read_text(encoding="ascii").split()[0])
    most = pages * resource.getpagesize() + mebibytes * MEBIBYTE
    try:
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
    except (OSError, ValueError):
        return False
    return True
