"""How much a call would take, known from its extents before anything is allocated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import prod
from typing import Final

from derive.errors import CallRefused
from derive.expr import Node, Reduce, children, free_indices
from derive.index import Index
from derive.program import Equation, Program

# Eight gibibytes of float64: beyond it a slip is likelier than a computer that has the memory.
LARGEST_ARRAY: Final = 2**30
# The steps of about a week.
LONGEST_LOOP: Final = 10**15


@dataclass(frozen=True, slots=True)
class Bulk:
    """What an equation takes.

    Attributes:
        name: the array that it defines.
        equation: the equation, as text.
        axes: the indices of that array.
        loops: for each reduction the indices that it runs over, those around it included.
    """

    name: str
    equation: str
    axes: tuple[str, ...]
    loops: tuple[tuple[str, ...], ...]


def bulks_of(program: Program) -> tuple[Bulk, ...]:
    """What each equation of a program takes."""
    return tuple(_bulk(equation) for equation in program.equations)


def _bulk(equation: Equation) -> Bulk:
    atoms = (atom for index in equation.indices for atom in index.atoms())
    axes = dict.fromkeys(atom.name for atom in atoms if isinstance(atom, Index))
    return Bulk(equation.name, str(equation), tuple(axes), tuple(_loops(equation.expr)))


def _loops(node: Node) -> Iterator[tuple[str, ...]]:
    if isinstance(node, Reduce):
        around = (index.name for index in free_indices(node))
        yield tuple(dict.fromkeys((*around, *(index.name for index in node.indices))))
    for part in children(node):
        yield from _loops(part)


def check_bulk(bulk: Bulk, sizes: Mapping[str, int]) -> None:
    """Refuse an equation that would take too much with these extents.

    Raises:
        CallRefused: with the number and the limit.
    """
    elements = prod(sizes[axis] for axis in bulk.axes)
    if elements > LARGEST_ARRAY:
        raise _refusal(f"{bulk.name} would have {elements:,} elements", LARGEST_ARRAY, bulk)
    steps = max((prod(sizes[axis] for axis in loop) for loop in bulk.loops), default=0)
    if steps > LONGEST_LOOP:
        raise _refusal(f"{bulk.name} would take {steps:,} steps", LONGEST_LOOP, bulk)


def _refusal(problem: str, limit: int, bulk: Bulk) -> CallRefused:
    return CallRefused(
        f"{problem}; the limit is {limit:,}",
        equation=bulk.equation,
        remedy="give smaller arrays, or call it for parts of them",
    )
