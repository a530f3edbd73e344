"""Equations on any number of axes: the letters of the axes of a shape."""

from __future__ import annotations

from numeric.shape import BATCH, Shape

# Letters for the axes behind the samples, by their number, and for those before them.
_BEHIND = {0: "", 1: "i", 2: "ti", 3: "chw", 4: "tchw"}
_BEFORE = "tsr"
_MANY = "abdefgjklmopquvz"


def letters(shape: Shape) -> tuple[str, ...]:
    """A letter for every axis: n counts samples, t comes before it, c, h and w are of images."""
    lead = next((k for k, size in enumerate(shape) if size == BATCH), 0)
    behind = _BEHIND.get(len(shape) - lead - 1)
    if lead > len(_BEFORE) or behind is None or set(behind) & set(_BEFORE[:lead]):
        return tuple(f"{_MANY[k % len(_MANY)]}{k // len(_MANY) or ''}" for k in range(len(shape)))
    return (*reversed(_BEFORE[:lead]), "n", *behind) if shape else ()


def indexed(name: str, indices: tuple[str, ...]) -> str:
    """``name[i, j]`` as text."""
    return f"{name}[{', '.join(indices)}]" if indices else name
