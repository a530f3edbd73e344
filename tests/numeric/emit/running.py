"""Programs without recurrences, lowered, printed and executed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from derive.lower.context import Context
from derive.lower.equation import lower_equation
from derive.program import Program
from numeric.emit import emit_statements
from numeric.names import identifiers
from numeric.prelude import definitions, needed
from numeric.sizes import number_of


def text_of(program: Program, name: str) -> str:
    """The lines that compute the array called ``name``."""
    equation = program.definition(name)
    assert equation is not None
    return "\n".join(emit_statements(lower_equation(equation, Context(program)), identifiers(program)))


def run(program: Program, given: Mapping[str, Any], dtype: Any = np.float64) -> dict[str, Any]:
    """Every computed array, from arrays for the declared ones."""
    names = identifiers(program)
    scope: dict[str, Any] = {"np": np, "dtype": np.dtype(dtype)}
    scope |= {names.arrays[name]: value for name, value in given.items()}
    sizes = {
        axis: given[a.name].shape[k] for a in program.arrays for k, axis in enumerate(a.axes)
    }
    while waiting := [n for n in names.sizes if n not in sizes]:
        for name in waiting:
            try:
                sizes[name] = number_of(program.extent(name), sizes)
            except KeyError:
                continue
    scope |= {names.sizes[name]: size for name, size in sizes.items()}
    lines: list[str] = []
    for equation in program.equations:
        lines += emit_statements(lower_equation(equation, Context(program)), names)
    text = "\n".join(lines)
    exec(definitions(needed(text)) + "\n\n" + text, scope)
    return {e.name: scope[names.arrays[e.name]] for e in program.equations}
