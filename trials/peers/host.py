"""A kernel as other checkers want it: a function of arrays, and its vector-Jacobian product."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from derive.syntax import Tree
from numeric.check.shim import Module

Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Host:
    """A kernel at a point.

    Attributes:
        module: the kernel.
        tree: its program.
        arrays: the data, in float64.
    """

    module: Module
    tree: Tree
    arrays: Mapping[str, Array]

    @property
    def names(self) -> tuple[str, ...]:
        """The arrays that get a gradient."""
        return tuple(line.name for line in self.tree.arrays if line.role != "const")

    @property
    def inputs(self) -> tuple[Array, ...]:
        """Copies of their values, so that one checker spoils nothing for the next."""
        return tuple(np.array(self.arrays[name]) for name in self.names)

    def forward(self, inputs: Sequence[Any]) -> tuple[tuple[Any, ...], Any]:
        """The outputs, and what backward needs. The kernel gets the arrays themselves."""
        given = dict(zip(self.names, inputs, strict=True))
        fixed = {
            line.name: np.array(self.arrays[line.name])
            for line in self.tree.arrays
            if line.role == "const"
        }
        every = given | fixed
        with quiet():
            *outputs, saved = self.module.forward(*(every[a.name] for a in self.tree.arrays))
        return tuple(outputs), saved

    def backward(self, saved: Any, cotangents: Sequence[Any]) -> tuple[Any, ...]:
        """The gradients."""
        with quiet():
            found = self.module.backward(saved, *cotangents)
        return found if isinstance(found, tuple) else (found,)


@contextmanager
def quiet() -> Iterator[None]:
    """No warnings of overflow: a checker judges values."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
