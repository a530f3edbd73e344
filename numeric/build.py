"""From a program to a kernel."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Union

import numpy as np

from derive.bind import bind
from derive.errors import OptionRefused
from derive.lower.passes import active
from derive.program import Program
from numeric.calls import FLOATS, limits_of
from numeric.execute import execute
from numeric.kernel import Kernel
from numeric.module import module_text
from numeric.signature import signature_of

STYLES = ("readable", "fast")
Number = Union[int, float]


def build(
    program: Program,
    /,
    *,
    dtype: Any = None,
    style: str = "readable",
    without: Iterable[str] = (),
    **hypers: Number,
) -> Kernel:
    """Build the kernel of a program, with its backward pass.

    Args:
        program: what to build.
        dtype: float32 or float64, to cast every float array to it at each call.
        style: ``readable``, or ``fast``: the same in three-address code that writes into memory
            which is there already.
        without: passes of the fast style to leave out, by name.
        **hypers: numbers for hyperparameters; the others keep their defaults.

    Raises:
        OptionRefused: if the dtype, the style, a pass or a hyperparameter does not exist.
        DeriveError: if the program has no kernel.
    """
    passes = passes_of(style, without)
    kind = float_of(dtype)
    bound = bind(program, **hypers)
    numbers = {h.name: hypers.get(h.name, h.default) for h in program.hypers}
    source = module_text(bound, numbers, passes)
    namespace = execute(source)
    return Kernel(
        source=source,
        program=bound,
        signature=signature_of(bound),
        limits=limits_of(bound),
        dtype=kind,
        run_forward=namespace["forward"],
        run_backward=namespace["backward"],
        style=style,
        placed="out" in (passes or ()),
    )


def passes_of(style: str, without: Iterable[str]) -> frozenset[str] | None:
    """The passes of the fast style that are on; None for the readable style.

    Raises:
        OptionRefused: if there is no such style or pass, or passes of a style without any.
    """
    if style not in STYLES:
        raise OptionRefused(
            f"there is no style '{style}'", remedy=f"use style={' or '.join(map(repr, STYLES))}"
        )
    if style == "fast":
        return active(without)
    if tuple(without):
        raise OptionRefused(
            f"the {style} style has no passes to leave out", remedy="use style='fast'"
        )
    return None


def float_of(dtype: Any) -> np.dtype[Any] | None:
    """The dtype that kernels compute in; None leaves arrays as they are.

    Raises:
        OptionRefused: if there are no kernels in it.
    """
    if dtype is None:
        return None
    try:
        kind: np.dtype[Any] = np.dtype(dtype)
    except TypeError:
        kind = np.dtype(object)
    if kind not in FLOATS:
        raise OptionRefused(
            f"there are no kernels in {dtype}",
            remedy="use dtype='float32' or dtype='float64'",
        )
    return kind
