"""The first run of somebody's forward, which shows what it gives back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from derive.errors import CallRefused
from numeric.check.own.convention import Convention, contained, failure
from numeric.check.own.declared import told
from numeric.check.own.precise import Functions

LOOKS = "return the outputs and then what backward needs, as: return y, (x, W)"


def conventional(
    functions: Functions,
    convention: Convention,
    trials: Sequence[Mapping[str, Any]],
    outputs: Sequence[str] | None,
    declared: str = "",
) -> Convention:
    """The convention that forward turns out to follow.

    ``trials`` are arrays to call it with, until it returns; ``outputs`` are the names that a
    program gives its outputs.

    Raises:
        CallRefused: if forward raises for all of them, or gives other than arrays.
    """
    found = _first_result(functions, convention, trials, declared)
    several = _several(found)
    lone = several is None or (outputs is not None and len(several) == len(outputs) > 1)
    count = 1 if several is None else len(several) - (not lone)
    if outputs is None:
        outputs = _names(count, convention.names)
    if count != len(outputs) or not count:
        raise CallRefused(
            f"forward returns {count} output{'s' * (count != 1)} besides saved, "
            f"{len(outputs)} {'is' if len(outputs) == 1 else 'are'} declared: {', '.join(outputs)}",
            remedy=LOOKS,
        )
    for value in (found,) if several is None else several[:count]:
        _must_be_array(value)
    return replace(convention, outputs=tuple(outputs), lone=lone)


def _first_result(
    functions: Functions,
    convention: Convention,
    trials: Sequence[Mapping[str, Any]],
    declared: str,
) -> Any:
    """What forward returns for the first arrays that it takes."""
    problem = ""
    for arrays in trials:
        given = [arrays[name].copy() for name in convention.names]
        try:
            with contained(), np.errstate(all="ignore"):
                return functions.forward(*given)
        except Exception as error:  # whatever foreign code raises is about foreign code
            problem = problem or failure("forward", error, convention.files).problem
    raise CallRefused(
        f"forward {problem} for {told(convention.names, trials[0])}",
        remedy=f"the program declares {declared}"
        if declared
        else "give shapes, or example arrays, that forward takes",
    )


def _several(found: Any) -> Sequence[Any] | None:
    """The parts of what forward returned; None if it is one array."""
    if isinstance(found, tuple):
        return found
    if isinstance(found, list) and any(isinstance(x, (np.ndarray, tuple, dict)) for x in found):
        return found
    return None


def _names(count: int, taken: Sequence[str]) -> tuple[str, ...]:
    stem = next(s for s in ("y", "out", "output", "result_of_forward") if s not in taken)
    return (stem,) if count == 1 else tuple(f"{stem}{i}" for i in range(count))


def _must_be_array(value: Any) -> None:
    try:
        kind: str = np.asarray(value).dtype.kind
    except (TypeError, ValueError):
        kind = "?"
    if kind not in "fiub":
        raise CallRefused(
            f"forward returns {type(value).__name__} for an output, not an array of floats",
            remedy=LOOKS,
        )
