"""A kernel under check: the program it claims to be, its text, and how to call it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from derive.errors import DeriveError
from derive.program import Program
from derive.syntax import Tree
from numeric.check.domains import Domains
from numeric.check.indices import Layout
from numeric.check.point import Array, in_floats
from numeric.check.shim import Module, Text

# What foreign code may raise; anything else is a bug of the checker and is let through.
KERNEL_ERRORS = (
    ArithmeticError, AssertionError, AttributeError, DeriveError, LookupError, NameError,
    RuntimeError, TypeError, ValueError, Warning,
)  # fmt: skip


class KernelFailed(Exception):
    """The kernel raised, or returned what it may not.

    Attributes:
        entry: the function, or the gradient concerned.
        problem: what is wrong.
    """

    def __init__(self, entry: str, problem: str) -> None:
        self.entry, self.problem = entry, problem
        super().__init__(f"{entry}: {problem}")


@dataclass(frozen=True, slots=True)
class Subject:
    """A kernel at given hyperparameters.

    Attributes:
        tree: the program, as parsed.
        program: the same as nodes, with its hyperparameters bound.
        hypers: the hyperparameters that the kernel was built with.
        source: the text of the kernel.
        text: the same, read.
        ordinary: the kernel in floats.
        layout: the program's indices.
        domains: how to draw its data.
        distinct: extents that differ along the axes of every array.
        equal: extents that are all alike, where that is legal.
        short: the same, as short as is legal.
    """

    tree: Tree
    program: Program
    hypers: Mapping[str, Fraction]
    source: str
    text: Text
    ordinary: Module
    layout: Layout
    domains: Domains
    distinct: Mapping[str, int]
    equal: Mapping[str, int] | None
    short: Mapping[str, int] | None

    @property
    def smallest(self) -> Mapping[str, int]:
        """The extents that cost least."""
        return min((self.ordinary_extents, self.short or self.distinct), key=self.work)

    @property
    def ordinary_extents(self) -> Mapping[str, int]:
        """Extents for floats: along axes of two elements whole gradients cancel."""
        return self.distinct if self.equal is None else self.equal

    def work(self, sizes: Mapping[str, int]) -> int:
        """The number of innermost steps that the equations take with these extents."""
        every = self.layout.every(sizes, least=0)
        return 0 if every is None else self.layout.work(every)

    @property
    def gradients(self) -> tuple[str, ...]:
        """The arrays that get a gradient, in declared order."""
        return tuple(line.name for line in self.tree.arrays if line.role != "const")

    def forward(self, module: Module, arrays: Mapping[str, Any]) -> tuple[dict[str, Any], Any]:
        """The outputs by name, and what backward needs.

        Raises:
            KernelFailed: if the kernel raises, or returns other than one array per output.
        """
        try:
            found = module.forward(*(arrays[line.name] for line in self.tree.arrays))
        except KERNEL_ERRORS as error:
            raise KernelFailed("forward", _told(error)) from error
        names = [line.name for line in self.tree.outputs]
        if not isinstance(found, tuple) or len(found) != len(names) + 1:
            count = len(found) if isinstance(found, tuple) else 1
            raise KernelFailed(
                "forward", f"returns {count} values, not {len(names)} outputs and saved"
            )
        for name, output in zip(names, found[:-1], strict=True):
            _is_array(name, output)
        return dict(zip(names, found[:-1], strict=True)), found[-1]

    def backward(self, module: Module, saved: Any, cotangents: Mapping[str, Any]) -> dict[str, Any]:
        """The gradients by name.

        Raises:
            KernelFailed: if the kernel raises, or returns other than one array per gradient.
        """
        try:
            found = module.backward(saved, *(cotangents[o.name] for o in self.tree.outputs))
        except KERNEL_ERRORS as error:
            raise KernelFailed("backward", _told(error)) from error
        names = self.gradients
        several = found if isinstance(found, tuple) else (found,)
        if len(several) != len(names):
            raise KernelFailed(
                "backward", f"returns {len(several)} gradients, {len(names)} are declared"
            )
        for name, gradient in zip(names, several, strict=True):
            _is_array(f"d{name}", gradient)
        return dict(zip(names, several, strict=True))

    def gradient(
        self, module: Module, arrays: Mapping[str, Any], cotangents: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Forward and backward in one."""
        _, saved = self.forward(module, arrays)
        return self.backward(module, saved, cotangents)

    def finite(self, arrays: Mapping[str, Array]) -> bool:
        """Whether the kernel gives finite numbers, in floats, on these data.

        Where a program asks for places nothing is known: they are finite among NaN too.
        """
        if self.layout.asks_for_places:
            return False
        given = in_floats(arrays)
        with np.errstate(all="ignore"):
            try:
                outputs, saved = self.forward(self.ordinary, given)
                ones = {name: np.ones(np.shape(y)) for name, y in outputs.items()}
                gradients = self.backward(self.ordinary, saved, ones)
            except KernelFailed:
                return False
            found = (*outputs.values(), *gradients.values())
            return all(bool(np.isfinite(as_floats(a)).all()) for a in found)


def as_floats(value: Any) -> Array:
    """A result of a kernel in floats; what is none is not a number."""
    try:
        return np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        return np.array(np.nan)


def _is_array(name: str, value: Any) -> None:
    if value is None or isinstance(value, (tuple, list, dict, str)):
        raise KernelFailed(name, f"is {type(value).__name__}, not an array")


def _told(error: BaseException) -> str:
    return f"raises {type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"


def as_objects(value: Any) -> Array:
    """A result of a kernel, which may be a bare number, as an array of objects."""
    return np.asarray(value, dtype=object)
