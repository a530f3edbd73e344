"""Independent proofs that a kernel computes its equations and their gradient."""

from numeric.check.network import check_network
from numeric.check.own import check_file, check_function
from numeric.check.result import CheckResult, Counterexample, Line
from numeric.check.verify import check, check_source

__all__ = [
    "CheckResult",
    "Counterexample",
    "Line",
    "check",
    "check_file",
    "check_function",
    "check_network",
    "check_source",
]
