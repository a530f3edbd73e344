"""From a program to a kernel."""

from __future__ import annotations

from typing import Any, Union

import numpy as np

from derive.bind import bind
from derive.errors import OptionRefused
from derive.program import Program
from numeric.calls import FLOATS, limits_of
from numeric.execute import execute
from numeric.kernel import Kernel
from numeric.module import module_text
from numeric.signature import signature_of

STYLES = ("readable",)
Number = Union[int, float]


def build(
    program: Program, /, *, dtype: Any = None, style: str = "readable", **hypers: Number
) -> Kernel:
    """Build the kernel of a program, with its backward pass.

    Args:
        program: what to build.
        dtype: float32 or float64, to cast every float array to it at each call.
        style: ``readable``.
        **hypers: numbers for hyperparameters; the others keep their defaults.

    Raises:
        OptionRefused: if the dtype, the style or a hyperparameter does not exist.
        DeriveError: if the program has no kernel.
    """
    if style not in STYLES:
        raise OptionRefused(
            f"there is no style '{style}'", remedy=f"use style={STYLES[0]!r}, the only one"
        )
    kind = _float(dtype)
    bound = bind(program, **hypers)
    numbers = {h.name: hypers.get(h.name, h.default) for h in program.hypers}
    source = module_text(bound, numbers)
    namespace = execute(source)
    return Kernel(
        source=source,
        program=bound,
        signature=signature_of(bound),
        limits=limits_of(bound),
        dtype=kind,
        run_forward=namespace["forward"],
        run_backward=namespace["backward"],
    )


def _float(dtype: Any) -> np.dtype[Any] | None:
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
