"""Equations to running NumPy code."""

from numeric.build import build
from numeric.check import CheckResult, check, check_source
from numeric.interpret import interpret
from numeric.kernel import Kernel

__all__ = ["CheckResult", "Kernel", "build", "check", "check_source", "interpret"]
