"""Equations to running NumPy code."""

from numeric.axes import Flatten, Reshape, Transpose
from numeric.build import build
from numeric.check import (
    CheckResult,
    check,
    check_file,
    check_function,
    check_network,
    check_source,
)
from numeric.check.claims import ProveResult, prove
from numeric.data import Data, one_hot
from numeric.interpret import interpret
from numeric.kernel import Kernel
from numeric.layer import Layer
from numeric.network import Network
from numeric.optimise import SGD, Adam, AdamW, RMSProp
from numeric.training import Interrupted, train

__all__ = [
    "SGD",
    "Adam",
    "AdamW",
    "CheckResult",
    "Data",
    "Flatten",
    "Interrupted",
    "Kernel",
    "Layer",
    "Network",
    "ProveResult",
    "RMSProp",
    "Reshape",
    "Transpose",
    "build",
    "check",
    "check_file",
    "check_function",
    "check_network",
    "check_source",
    "interpret",
    "one_hot",
    "prove",
    "train",
]
