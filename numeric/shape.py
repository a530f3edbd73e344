"""Shapes inside a network: extents that are numbers, but for the number of samples.

A shape is a tuple of index expressions over ``size(N)``, the samples of one batch; so an
equation's own extents turn the shape of what goes in into the shape of what comes out.
"""

from __future__ import annotations

from collections.abc import Mapping

from derive.extent import extent_of
from derive.index import Atom, IndexExpr, Size, as_expr
from derive.program import Program

Shape = tuple[IndexExpr, ...]
BATCH = as_expr(Size("N"))


def shape_of(extents: tuple[int, ...]) -> Shape:
    """The shape of a batch of samples with these extents."""
    return (BATCH, *map(as_expr, extents))


def numbers(shape: Shape, samples: int) -> tuple[int, ...]:
    """The shape of a batch of that many samples."""
    return tuple(_value(e, {"N": as_expr(samples)}).constant or 0 for e in shape)


def extent(program: Program, index: str, sizes: Mapping[str, IndexExpr]) -> IndexExpr:
    """The extent of the index called ``index``, given the extents of the program's roots.

    Raises:
        KeyError: with the name of a root that ``sizes`` lacks.
    """
    return _value(extent_of(program, index), sizes)


def samples_in(shape: Shape, extents: tuple[int, ...]) -> int:
    """How many samples an array of these extents holds, if its shape is ``shape``."""
    return next((n for e, n in zip(shape, extents, strict=True) if e == BATCH), 1)


def text(shape: Shape) -> str:
    """``shape`` as a reader writes it: (N, 16, 8, 8)."""
    return f"({', '.join(map(entry, shape))})"


def entry(size: IndexExpr) -> str:
    """One extent of a shape as a reader writes it."""
    return "N" if size == BATCH else str(size)


def _value(expr: IndexExpr, sizes: Mapping[str, IndexExpr]) -> IndexExpr:
    def replace(atom: Atom) -> IndexExpr | None:
        return sizes[atom.name] if isinstance(atom, Size) else None

    return expr.rewrite(replace)
