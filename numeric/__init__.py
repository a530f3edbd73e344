"""Equations to running NumPy code."""

from numeric.axes import Flatten, Reshape, Transpose
from numeric.build import build
from numeric.chain import Sequential
from numeric.check import (
    CheckResult,
    check,
    check_file,
    check_function,
    check_network,
    check_source,
)
from numeric.check.claims import ProveResult, prove
from numeric.compose import Branches, Residual
from numeric.cost import Cost, cost
from numeric.data import Data, one_hot
from numeric.dropout import Dropout
from numeric.interpret import interpret
from numeric.kernel import Kernel
from numeric.layer import Layer
from numeric.monitor import Finding, Monitor
from numeric.network import Network
from numeric.optimise import SGD, Adam, AdamW, RMSProp
from numeric.sequence import Last, Repeat, Take
from numeric.training import Interrupted, train

__all__ = [
    "SGD",
    "Adam",
    "AdamW",
    "Branches",
    "CheckResult",
    "Cost",
    "Data",
    "Dropout",
    "Finding",
    "Flatten",
    "Interrupted",
    "Kernel",
    "Last",
    "Layer",
    "Monitor",
    "Network",
    "ProveResult",
    "RMSProp",
    "Repeat",
    "Reshape",
    "Residual",
    "Sequential",
    "Take",
    "Transpose",
    "build",
    "check",
    "check_file",
    "check_function",
    "check_network",
    "check_source",
    "cost",
    "interpret",
    "one_hot",
    "prove",
    "train",
]
