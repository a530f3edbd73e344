"""What the equations of a layer say about shapes, and which shapes they fit behind."""

from __future__ import annotations

from collections.abc import Mapping

from derive.errors import CallRefused, OptionRefused, ProgramRefused
from derive.expr import IndexValue, Reduce, reads, walk
from derive.extent import same_extent
from derive.index import Index, IndexExpr, Label, as_expr
from derive.program import Equation, Program
from numeric.shape import BATCH, Shape, entry, extent, text


def feed(program: Program) -> str:
    """The array that a network feeds: the first that is not a parameter.

    Raises:
        ProgramRefused: if every array is a parameter.
    """
    found = next((a.name for a in program.arrays if a.role != "param"), None)
    if found is None:
        raise ProgramRefused(
            f"{program.title or 'the program'} has no input to feed",
            remedy="declare one array as input",
        )
    return found


def parameters_of(program: Program) -> tuple[str, ...]:
    """The names of what is trained."""
    return tuple(a.name for a in program.arrays if a.role == "param")


def is_pointwise(program: Program) -> bool:
    """Whether every element comes from the one element at the same place."""
    if len(program.arrays) != 1 or len(program.outputs) != 1 or not program.arrays[0].axes:
        return False
    return all(
        read.indices == equation.indices and all(e.index is not None for e in equation.indices)
        for equation in program.equations
        for read in reads(equation.expr)
    ) and not any(
        isinstance(node, (Reduce, IndexValue)) for e in program.equations for node in walk(e.expr)
    )


# ---- leading axes -------------------------------------------------------------------------------


def folds(program: Program, given: str) -> bool:
    """Whether several leading axes can stand where the equations have one.

    So it is if the first axis of the fed array only tells samples apart: every array that has it
    is read at the same place or summed over all of it, and the result has it first. Samples and
    time steps are then alike to the equations, and one axis can count them all.
    """
    axes, out = program.axes(feed(program)), program.axes(given)
    if not axes or not out or out[0] != axes[0] or axes.count(axes[0]) > 1:
        return False
    return only_counts(program, axes[0])


def only_counts(program: Program, axis: str) -> bool:
    """Whether an axis tells samples apart and nothing more: no equation computes with it."""
    alike = {i.name for e in program.equations for i in _indices(e) if i.name != axis}
    alike = {axis, *(name for name in alike if same_extent(program, name, axis))}
    shaped = {a.name: a.axes for a in program.arrays}
    shaped |= {e.name: program.axes(e.name) for e in program.equations}

    def apart(array: str, indices: tuple[IndexExpr, ...]) -> bool:
        return all(
            (index.index is not None and index.index.name in alike)
            if letter in alike else without(index)
            for letter, index in zip(shaped[array], indices, strict=True)
        )  # fmt: skip

    def without(expr: IndexExpr) -> bool:
        labels = [a for a in expr.atoms() if isinstance(a, Label)]
        inside = {i for label in labels for e in label.indices for i in e.indices()}
        beside = {i.name for i in expr.indices() if i not in inside}
        return not beside & alike and all(apart(a.array, a.indices) for a in labels)

    if any(letter in alike for name in parameters_of(program) for letter in shaped[name]):
        return False
    return all(
        apart(equation.name, equation.indices)
        and all(apart(read.array, read.indices) for read in reads(equation.expr))
        and all(without(n.expr) for n in walk(equation.expr) if isinstance(n, IndexValue))
        for equation in program.equations
    )


def _indices(equation: Equation) -> tuple[Index, ...]:
    """Every index of an equation, free or bound."""
    bound = (i for n in walk(equation.expr) if isinstance(n, Reduce) for i in n.indices)
    return (*equation.free, *bound)


# ---- extents ------------------------------------------------------------------------------------


def sizes_behind(
    name: str, program: Program, shape: Shape, given: Mapping[str, float]
) -> dict[str, IndexExpr]:
    """The extent of every root, where ``shape`` goes in.

    Raises:
        CallRefused: if the shape does not fit.
    """
    fed = feed(program)
    axes = program.axes(fed)
    if len(axes) != len(shape):
        raise CallRefused(
            f"{name} reads {fed}[{', '.join(axes)}] but what comes in has shape {text(shape)}",
            remedy="put a Flatten, Reshape or Transpose before it",
        )
    sizes = {k: as_expr(int(v)) for k, v in given.items()}
    for axis, size in zip(axes, shape, strict=True):
        if sizes.setdefault(axis, size) != size:
            raise CallRefused(
                f"{name}: {axis} is {entry(sizes[axis])} and {entry(size)} at once, "
                f"as {fed}[{', '.join(axes)}] comes in with shape {text(shape)}",
                remedy=f"leave {axis} out, or change the step before",
            )
    return sizes


def extents_of(
    name: str, program: Program, array: str, sizes: Mapping[str, IndexExpr]
) -> tuple[int, ...]:
    """The shape of a parameter.

    Raises:
        DeriveError: if an extent follows from nothing, or from the number of samples.
    """
    shape = shape_behind(name, program, array, sizes)
    found = tuple(e.constant for e in shape)
    if None in found:
        raise CallRefused(
            f"{name}: the parameter {array} would grow with the number of samples: {text(shape)}",
            remedy="give the samples an index of their own",
        )
    return tuple(n for n in found if n is not None)


def shape_behind(name: str, program: Program, array: str, sizes: Mapping[str, IndexExpr]) -> Shape:
    """The shape of an array of the program.

    Raises:
        DeriveError: if an extent follows from nothing, or is below 1.
    """
    axes = program.axes(array)
    try:
        shape = tuple(extent(program, axis, sizes) for axis in axes)
    except KeyError as error:
        missing = error.args[0]
        raise OptionRefused(
            f"{name}: the extent {missing} of {array}[{', '.join(axes)}] follows from nothing",
            remedy=f"give it, as in Layer(..., {missing}=16)",
        ) from None
    for axis, size in zip(axes, shape, strict=True):
        if size.constant is not None and size.constant < 1:
            raise CallRefused(
                f"{name}: {array} would have shape {text(shape)}: {axis} is below 1",
                remedy="use a smaller window or stride, or more padding",
            )
    return shape


def counts_samples(size: IndexExpr) -> bool:
    """Whether an extent depends on the number of samples."""
    return any(atom == BATCH.atom for atom in size.atoms())
