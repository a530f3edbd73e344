"""Kernels: emitted source with its two functions, called by names of arrays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from derive.display import Displayed
from derive.errors import CallRefused, OptionRefused
from derive.program import Program
from numeric.calls import Array, Limits, checked, cotangents
from numeric.signature import Signature


@dataclass(frozen=True, slots=True)
class Saved:
    """What forward hands over to backward; it refers to the arrays given, not to copies.

    Attributes:
        source: the text of the kernel it belongs to.
        values: what the emitted ``backward`` takes as ``saved``.
        shapes: the shape of each output.
        dtypes: the dtype of each output.
    """

    source: str = field(repr=False)
    values: tuple[Any, ...] = field(repr=False)
    shapes: tuple[tuple[int, ...], ...]
    dtypes: tuple[np.dtype[Any], ...]


@dataclass(frozen=True, slots=True)
class Kernel(Displayed):
    """A program as NumPy code that runs.

    Attributes:
        source: the standalone module, as text.
        program: the program, hyperparameters bound.
        signature: names, axes and kinds of what goes in and comes out.
        limits: what the extents and labels of a call must satisfy.
        dtype: what float arrays are cast to at every call; None leaves them as they are.
        style: of the source, ``readable`` or ``fast``.
        placed: whether the source says where its arrays lie, as the fast style does.
    """

    source: str = field(repr=False)
    program: Program = field(repr=False)
    signature: Signature
    limits: Limits = field(repr=False)
    dtype: np.dtype[Any] | None
    run_forward: Callable[..., tuple[Any, ...]] = field(repr=False, compare=False)
    run_backward: Callable[..., tuple[Any, ...]] = field(repr=False, compare=False)
    style: str = "readable"
    placed: bool = False

    def reusing(self) -> Kernel:
        """The same kernel in memory of its own: every call writes where the one before has.

        For loops that are done with one result before they ask for the next: whatever
        ``forward`` and ``backward`` return, ``saved`` included, is valid until the next call of
        the same function. After the first call of a shape nothing is allocated any more.

        Raises:
            OptionRefused: if the kernel is not in the fast style, or without its pass ``out``.
        """
        if not self.placed:
            left_out = " without its pass 'out'" if self.style == "fast" else ""
            raise OptionRefused(
                f"a kernel in the {self.style} style{left_out} does not say where its arrays lie",
                remedy="build it with style='fast'",
            )
        memory: dict[str, Array] = {}
        return replace(
            self,
            run_forward=_within(self.run_forward, memory),
            run_backward=_within(self.run_backward, memory),
        )

    def forward(self, /, **arrays: ArrayLike) -> tuple[dict[str, Array], Saved]:
        """Compute the outputs, by name, and what ``backward`` needs.

        Raises:
            CallRefused: if an array has the wrong name, dtype, rank, extent or labels.
        """
        call = checked(self.program, self.signature, self.limits, arrays, self.dtype)
        *found, values = self.run_forward(*call.arrays)
        outputs = tuple(map(np.asarray, found))
        saved = Saved(
            self.source,
            values,
            tuple(output.shape for output in outputs),
            tuple(output.dtype for output in outputs),
        )
        names = (output.name for output in self.signature.outputs)
        return dict(zip(names, outputs, strict=True)), saved

    def backward(self, saved: Saved, /, **given: ArrayLike) -> dict[str, Array]:
        """Compute the gradient of every input and param from the outputs' cotangents.

        A cotangent goes by its output's name; one that is left out is zero.

        Raises:
            CallRefused: if ``saved`` is not this kernel's or a cotangent does not fit.
        """
        if not isinstance(saved, Saved) or saved.source != self.source:
            raise CallRefused(
                "saved does not come from this kernel's forward",
                remedy="pass the second result of forward of the same kernel",
            )
        seeds = cotangents(self.signature, given, saved.shapes, saved.dtypes)
        found = self.run_backward(saved.values, *seeds)
        names = (argument.name for argument in self.signature.gradients)
        return dict(zip(names, map(np.asarray, found), strict=True))


def _within(run: Callable[..., Any], memory: dict[str, Array]) -> Callable[..., Any]:
    """An emitted function that writes into ``memory``, and no other."""
    return partial(run.func if isinstance(run, partial) else run, work=memory)
