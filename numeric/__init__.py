"""Equations to running NumPy code."""

from numeric.build import build
from numeric.interpret import interpret
from numeric.kernel import Kernel

__all__ = ["Kernel", "build", "interpret"]
