"""The equation files of the recipes, and layers that several of them use."""

from __future__ import annotations

from importlib.resources import files

import derive
from derive.program import Program

AFFINE = """
title  Affine map
input  x[n, j]
param  W[i, j], b[i]
output z[n, i]

z[n, i] = sum[j](W[i, j]*x[n, j]) + b[i]
"""


def text(name: str) -> str:
    """The equation file ``name`` of the recipes, as it stands."""
    return files("numeric.recipes").joinpath(f"eqn/{name}.eqn").read_text(encoding="utf-8")


def program(name: str) -> Program:
    """Parse the equation file ``name`` of the recipes."""
    return derive.parse(text(name))
