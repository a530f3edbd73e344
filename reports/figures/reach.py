"""Which entries of the input one entry of the output is computed from: windows, and what is like.

Found by the kernel itself: a cotangent at one place of the output comes back to just those
places of the input that it depends on.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np

from derive.expr import Read, Reduce, reads, walk
from derive.program import Equation, Program
from numeric.check.subject import Subject
from reports.figures.subject import Array, Data, data, gradients

# What the axes of a picture may be long, and of windows and of everything else.
LONGEST, SHORTEST, WINDOW = 13, 5, 3
OTHERS = 8  # samples and channels: as many chances for each member of a window to be the largest
LEAST_OUTPUTS = 4
MOST_DIRECTIONS = 2  # that a sheet has
MOST_DRAWS = 8
MOST_WORK = 2_000_000


@dataclass(frozen=True, slots=True)
class Window:
    """A read in which an index of the output meets another: the axes that a window moves along.

    Attributes:
        array: what is read.
        output: what it reaches.
        axes: for each direction, the axis of the array and that of the output.
        members: the indices that run inside the window.
    """

    array: str
    output: str
    axes: tuple[tuple[int, int], ...]
    members: tuple[str, ...]


def window(program: Program) -> Window | None:
    """Find the window of a program with one; None where nothing moves over an input."""
    for equation in program.equations:
        for read in reads(equation.expr) if not equation.is_start else ():
            given = program.array(read.array)
            if given is not None and given.role == "input" and given.differentiable:
                found = _window(program, equation, read)
                if found is not None:
                    return found
    return None


def _window(program: Program, equation: Equation, read: Read) -> Window | None:
    free = {index.name for index in equation.free}
    bound = {i for n in walk(equation.expr) if isinstance(n, Reduce) for i in n.indices}
    directions: dict[str, int] = {}
    members: dict[str, None] = {}
    for axis, expr in enumerate(read.indices):
        inside = expr.indices()
        moving = [i.name for i in inside if i.name in free and i not in bound]
        running = [i.name for i in inside if i in bound]
        if len(moving) == 1 and running:
            directions[moving[0]] = axis
            members.update(dict.fromkeys(running))
    if not 1 <= len(directions) <= MOST_DIRECTIONS:
        return None
    for output in program.outputs:
        axes = program.axes(output)
        if all(axes.count(name) == 1 for name in directions):
            found = tuple((axis, axes.index(name)) for name, axis in directions.items())
            return Window(read.array, output, found, tuple(members))
    return None


@dataclass(frozen=True, slots=True)
class Field:
    """What one place of the output is computed from.

    Attributes:
        place: where in the output.
        reached: the places of the input, true where it depends on them.
    """

    place: tuple[int, ...]
    reached: Array


@dataclass(frozen=True, slots=True)
class Reach:
    """Fields of some places, and the extents along the directions of the window."""

    shape: tuple[int, ...]
    output: tuple[int, ...]
    fields: tuple[Field, ...]


def reach(program: Program, subject: Subject, seed: int) -> Reach | None:
    """Find the fields of a corner, of a place in the middle, and of the one after it.

    None where the program has no window, or extents at which it moves cannot be had.
    """
    found = window(program)
    if found is None:
        return None
    sizes = _sizes(program, subject, found)
    if sizes is None:
        return None
    extents = subject.layout.output_shapes(sizes)[found.output]
    output = tuple(extents[at] for _, at in found.axes)
    given = subject.layout.shapes(sizes)[found.array]
    shape = tuple(given[at] for at, _ in found.axes)
    places = _places(output)
    hit = {place: np.zeros(shape, dtype=bool) for place in places}
    for draw in range(MOST_DRAWS):
        chosen = data(subject, sizes, seed + draw)
        if chosen is None:
            return None
        before = sum(int(one.sum()) for one in hit.values())
        for place in places:
            hit[place] |= _hit(subject, chosen, found, place)
        # of a window's maximum each member must win once: draw until none is new
        if sum(int(one.sum()) for one in hit.values()) == before:
            break
    return Reach(shape, output, tuple(Field(place, hit[place]) for place in places))


def _hit(subject: Subject, chosen: Data, found: Window, place: tuple[int, ...]) -> Array:
    """Where a cotangent at one place comes back to."""
    seeds = {name: np.zeros_like(array) for name, array in chosen.cotangents.items()}
    at = _at(place, found, seeds[found.output].ndim)
    seeds[found.output][at] = chosen.cotangents[found.output][at]
    return _projected(gradients(subject, chosen.arrays, seeds)[found.array], found)


def _at(place: tuple[int, ...], found: Window, rank: int) -> tuple[slice | int, ...]:
    at: list[slice | int] = [slice(None)] * rank
    for (_, axis), number in zip(found.axes, place, strict=True):
        at[axis] = number
    return tuple(at)


def _projected(back: Array, found: Window) -> Array:
    """Where any entry along the other axes is reached, in the order of the directions."""
    kept = [axis for axis, _ in found.axes]
    others = tuple(axis for axis in range(back.ndim) if axis not in kept)
    flat = np.any(back != 0, axis=others)
    return np.asarray(np.transpose(flat, np.argsort(np.argsort(kept))))


def _places(output: tuple[int, ...]) -> tuple[tuple[int, ...], ...]:
    """A corner; a place in the middle; the one after it along every direction."""
    middle = tuple((extent - 1) // 2 for extent in output)
    corner = tuple(0 for _ in output)
    following = tuple(min(n + 1, extent - 1) for n, extent in zip(middle, output, strict=True))
    return tuple(dict.fromkeys((corner, middle, following)))


def _sizes(program: Program, subject: Subject, found: Window) -> dict[str, int] | None:
    """Extents at which the window moves: the shortest input with outputs enough."""
    layout = subject.layout
    axes = program.axes(found.array)
    moving = {axes[at] for at, _ in found.axes}
    for others, length in product((OTHERS, 3, 2), range(SHORTEST, LONGEST + 1)):
        sizes = {
            root: length if root in moving else WINDOW if root in found.members else others
            for root in layout.roots
        }
        every = layout.every(sizes)
        if every is None or layout.work(every) > MOST_WORK or not layout.on_grid(sizes):
            continue
        output = layout.output_shapes(sizes)[found.output]
        if all(output[at] >= LEAST_OUTPUTS for _, at in found.axes):
            return sizes
    return None


def off_grid(found: Reach) -> tuple[tuple[int, ...], ...]:
    """Give the places beside the input that the corner's window covers: padding.

    Told from the windows in the middle: how they move says where the corner's would lie.
    """
    corner, middle, following = (np.argwhere(field.reached) for field in found.fields)
    if min(len(corner), len(middle), len(following)) == 0 or len(middle) != len(following):
        return ()
    stride = following.min(axis=0) - middle.min(axis=0)
    if not np.array_equal(middle + stride, following):
        return ()
    lies = middle - stride * np.array(found.fields[1].place)
    inside = np.all((lies >= 0) & (lies < np.array(found.shape)), axis=1)
    if not np.array_equal(lies[inside], corner):
        return ()
    return tuple(tuple(int(n) for n in place) for place in lies[~inside])
