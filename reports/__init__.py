"""Derivations and verdicts as documents, and the command line.

Names are loaded on first use: ``backproof --help`` must answer before NumPy is imported.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reports.writing import write

__all__ = ["write"]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module 'reports' has no attribute {name!r}")
    return getattr(import_module("reports.writing"), name)
