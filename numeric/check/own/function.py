"""``check_function``: a hand-written ``forward`` and ``backward``, verified."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from derive.errors import OptionRefused
from derive.program import Program
from numeric.check.own import foreign
from numeric.check.own.against import case_against
from numeric.check.own.alone import case_alone
from numeric.check.own.declared import Given, given_lists
from numeric.check.own.judge import judged
from numeric.check.own.precise import Functions
from numeric.check.result import CheckResult


def check_function(  # noqa: PLR0913  what is checked, at which shapes, against what
    forward: Callable[..., Any],
    backward: Callable[..., Any] | None = None,
    shapes: Any = (),
    program: Program | str | None = None,
    *,
    seed: int = 0,
    title: str = "",
    **hypers: Any,
) -> CheckResult:
    """Verify a hand-written ``backward`` against its own ``forward`` and, if given, a program.

    ``forward(*arrays)`` returns the outputs and then ``saved``, or one array alone;
    ``backward(saved, *cotangents)`` returns one gradient per differentiable array (of a lone
    output ``saved`` is the tuple of the arrays). ``shapes`` is one list of shapes or several;
    an example array of whole numbers in place of a shape is a label without gradient. With a
    program the shapes may be left out, and ``hypers`` are its hyperparameters. A
    ``torch.nn.Module`` or a function of PyTorch or JAX needs no ``backward``.

    The functions are run: at 80 digits, where they can be, and in floats.

    Raises:
        DeriveError: if the functions cannot be called as described.
    """
    functions, lists = _taken(forward, backward, shapes)
    rng = np.random.default_rng(seed)
    if program is not None:
        case = case_against(functions, program, lists, rng, hypers)
    elif hypers:
        raise OptionRefused(
            f"there is no program to have a hyperparameter {next(iter(hypers))}",
            remedy="give the program, or leave the hyperparameter out",
        )
    else:
        case = case_alone(functions, lists, rng)
    case.seed, case.title = seed, title or case.title or functions.name
    return judged(case)


def _taken(forward: Any, backward: Any, shapes: Any) -> tuple[Functions, list[list[Given]]]:
    """The functions, and the shapes of all their arrays."""
    for name, function in (("forward", forward), ("backward", backward)):
        if not callable(function) and (name == "forward" or function is not None):
            raise TypeError(f"{name} is {type(function).__name__}, not a function")
    lists = given_lists(() if shapes is None else shapes)
    if backward is not None:
        return Functions(forward, backward), lists
    found = foreign.adapted(forward)
    return found.functions, foreign.with_parameters(lists, found.parameters)
