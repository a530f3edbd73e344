"""Calls looked at before they run: names, dtypes, ranks, extents, labels; all refusals here.

Every message names the array, what it should be in letters and in numbers, what it is, the
equation that reads it, and what to change.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import numpy as np

from derive.errors import CallRefused
from derive.expr import Node, Reduce, Select, children, free_indices
from derive.index import Size
from derive.lower.liveness import mentioned
from derive.program import Program
from derive.reading import ExtentCheck, ReadCheck, extent_checks, read_checks
from numeric.bulk import Bulk, bulks_of, check_bulk
from numeric.grid import Data, check_read
from numeric.signature import Argument, Signature
from numeric.sizes import number_of

Array = np.ndarray[Any, Any]
# Reductions that have a value over nothing.
OVER_NOTHING = ("sum", "prod")
FLOATS = (np.dtype(np.float32), np.dtype(np.float64))


@dataclass(frozen=True, slots=True)
class Call:
    """Arrays that fit a program, and the extent of every index."""

    arrays: tuple[Array, ...]
    sizes: dict[str, int]


@dataclass(frozen=True, slots=True)
class Reduction:
    """A reduction that has no value over nothing.

    Attributes:
        equation: the equation it stands in, as text.
        op: which reduction.
        bound: the indices it binds.
        around: its own free indices; where one has extent 0 it is never asked.
    """

    equation: str
    op: str
    bound: tuple[str, ...]
    around: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Limits:
    """What only a call can tell: extents that must agree, reads on their grid, empty maxima."""

    extents: tuple[ExtentCheck, ...]
    reads: tuple[ReadCheck, ...]
    reductions: tuple[Reduction, ...]
    bulks: tuple[Bulk, ...]


def limits_of(program: Program) -> Limits:
    """The limits of a program whose hyperparameters are bound."""
    return Limits(
        tuple(check for check in extent_checks(program) if check.right is not None),
        read_checks(program),
        tuple(
            found
            for equation in program.equations
            for found in _reductions(equation.expr, str(equation))
        ),
        bulks_of(program),
    )


def _reductions(node: Node, equation: str) -> Iterator[Reduction]:
    """Reductions that have no value over nothing; behind a condition they may never be asked."""
    if isinstance(node, Select):
        return
    if isinstance(node, Reduce) and node.op not in OVER_NOTHING:
        bound = tuple(i.name for i in node.indices)
        yield Reduction(equation, node.op, bound, tuple(i.name for i in free_indices(node)))
    for part in children(node):
        yield from _reductions(part, equation)


def checked(
    program: Program,
    signature: Signature,
    limits: Limits,
    given: Mapping[str, object],
    dtype: np.dtype[Any] | None,
) -> Call:
    """The arguments in order, as arrays, with the sizes they agree on.

    Raises:
        CallRefused: if anything about them does not fit the program.
    """
    _names(tuple(given), signature.arguments, "takes", "array")
    arrays = tuple(_array(program, a, given[a.name], dtype) for a in signature.arguments)
    sizes = _sizes(program, signature.arguments, arrays)
    for check in limits.extents:
        _agree(check, sizes)
    for reduction in limits.reductions:
        _has_members(reduction, sizes)
    for bulk in limits.bulks:
        check_bulk(bulk, sizes)
    named = {a.name: array for a, array in zip(signature.arguments, arrays, strict=True)}
    for read in limits.reads:
        check_read(program, read, Data(named, sizes))
    return Call(arrays, sizes)


def equation_reading(program: Program, name: str) -> str:
    """The first equation that reads or computes ``name``, as text."""
    found = next((e for e in program.equations if name in mentioned(e)), None)
    found = found or program.definition(name)
    return "" if found is None else str(found)


# ---- names ------------------------------------------------------------------------------------


def _names(
    given: Sequence[str], wanted: Sequence[Argument], verb: str, what: str
) -> None:
    known = [a.name for a in wanted]
    listing = ", ".join(map(str, wanted)) or "none"
    for name in given:
        if name not in known:
            near = get_close_matches(name, known, 1)
            raise CallRefused(
                f"no {what} is called '{name}'; this kernel {verb} {listing}",
                remedy=f"did you mean {near[0]}?" if near else f"leave {name} out",
            )
    missing = [str(a) for a in wanted if a.name not in given]
    if missing:
        raise CallRefused(
            f"{', '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing; "
            f"this kernel {verb} {listing}",
            remedy="give every array by its name, as in forward("
            + ", ".join(f"{a}={a}" for a in known)
            + ")",
        )


# ---- kinds of numbers -------------------------------------------------------------------------


def _array(
    program: Program, argument: Argument, given: object, dtype: np.dtype[Any] | None
) -> Array:
    try:
        array = np.asarray(given)
    except ValueError:
        raise CallRefused(
            f"{argument} is not an array: its rows differ in length",
            equation=equation_reading(program, argument.name),
            remedy="give an array, or nested lists with rows of one length",
        ) from None
    array = _integers(array, argument) if argument.integer else _floats(array, argument, dtype)
    if array.ndim != len(argument.axes):
        raise CallRefused(
            f"{argument} has {_count(len(argument.axes), 'axis', 'axes')}, "
            f"{_letters(argument)}; given is shape {array.shape}",
            equation=equation_reading(program, argument.name),
            remedy=f"give {argument.name} with {_count(len(argument.axes), 'axis', 'axes')}",
        )
    return array


def _integers(array: Array, argument: Argument) -> Array:
    if array.dtype.kind in "iu":
        return array.astype(np.intp, copy=False)
    raise CallRefused(
        f"{argument} holds integers; given is {array.dtype} of shape {array.shape}",
        remedy=f"give integers, for instance {argument.name}.astype(int)",
    )


def _floats(array: Array, argument: Argument, dtype: np.dtype[Any] | None) -> Array:
    if dtype is not None and array.dtype.kind in "fiub":
        return array.astype(dtype, copy=False)
    if array.dtype in FLOATS:
        return array
    kind = "integers" if array.dtype.kind in "iu" else str(array.dtype)
    raise CallRefused(
        f"{argument} holds floats, float32 or float64; given are {kind} "
        f"({array.dtype}, shape {array.shape})",
        remedy=f"give floats, for instance {argument.name}.astype(float)"
        if array.dtype.kind in "iubf"
        else "give real floats",
    )


# ---- extents ----------------------------------------------------------------------------------


def _sizes(
    program: Program, arguments: Sequence[Argument], arrays: Sequence[Array]
) -> dict[str, int]:
    """The extent of every index, read off the arrays or computed from those."""
    rows = dict(program.extents)
    sizes: dict[str, int] = {}
    source: dict[str, Argument] = {}
    for argument, array in zip(arguments, arrays, strict=True):
        for axis, extent in zip(argument.axes, array.shape, strict=True):
            if axis in rows:
                continue
            if sizes.setdefault(axis, extent) != extent:
                raise _disagreement(program, argument, array, axis, source[axis], sizes)
            source.setdefault(axis, argument)
    for name in rows:
        _derived(program, name, sizes)
    for argument, array in zip(arguments, arrays, strict=True):
        wanted = tuple(sizes[axis] for axis in argument.axes)
        if wanted != array.shape:
            raise CallRefused(
                f"{argument} has shape {array.shape}, expected {_letters(argument)} = {wanted}, "
                f"by {_rows_of(program, argument)}",
                equation=equation_reading(program, argument.name),
                remedy=f"give {argument.name} the shape {wanted}",
            )
    return sizes


def _rows_of(program: Program, argument: Argument) -> str:
    rows = dict(program.extents)
    return ", ".join(f"index {a} : {rows[a]}" for a in argument.axes if a in rows)


def _disagreement(  # noqa: PLR0913, PLR0917  the parts of one message
    program: Program,
    argument: Argument,
    array: Array,
    axis: str,
    first: Argument,
    sizes: Mapping[str, int],
) -> CallRefused:
    extent = array.shape[argument.axes.index(axis)]
    if first == argument:  # X[i, i] is square
        extent = next(
            e for a, e in zip(argument.axes, array.shape, strict=True)
            if a == axis and e != sizes[axis]
        )
    pairs = zip(argument.axes, array.shape, strict=True)
    numbers = ", ".join(str(sizes.get(a, e)) for a, e in pairs)
    comma = "," if len(argument.axes) == 1 else ""
    return CallRefused(
        f"{argument} has shape {array.shape}, expected {_letters(argument)} = "
        f"({numbers}{comma}): size({axis}) is {extent} in {argument.name} "
        f"and {sizes[axis]} in {first.name}",
        equation=equation_reading(program, argument.name),
        remedy=f"give {first.name} and {argument.name} the same extent along {axis}",
    )


def _derived(program: Program, name: str, sizes: dict[str, int]) -> int:
    """The extent of ``name``, computed after those it mentions."""
    if name in sizes:
        return sizes[name]
    expr = program.extent(name)
    for atom in expr.atoms():
        if isinstance(atom, Size) and atom.name not in sizes:
            _derived(program, atom.name, sizes)
    mentions = {a.name: sizes[a.name] for a in expr.atoms() if isinstance(a, Size)}
    where = ", ".join(f"size({n}) = {v}" for n, v in mentions.items())
    try:
        extent = number_of(expr, sizes)
    except ZeroDivisionError:
        raise CallRefused(
            f"the extent of index {name}, {expr}, divides by zero where {where}",
            remedy="give arrays of other extents",
        ) from None
    if extent < 0:
        raise CallRefused(
            f"the extent of index {name}, {expr}, is {extent} where {where}",
            remedy="give arrays whose extents make it 0 or more, or other hyperparameters",
        )
    sizes[name] = extent
    return extent


def _has_members(reduction: Reduction, sizes: Mapping[str, int]) -> None:
    empty = [name for name in reduction.bound if sizes[name] == 0]
    if empty and all(sizes[name] for name in reduction.around):
        raise CallRefused(
            f"{reduction.op}[{', '.join(reduction.bound)}] is over nothing: "
            f"size({empty[0]}) = 0",
            equation=reduction.equation,
            remedy=f"give arrays with size({empty[0]}) of 1 or more",
        )


def _agree(check: ExtentCheck, sizes: Mapping[str, int]) -> None:
    assert check.right is not None, "signs of extents are looked at where they are computed"
    left, right = number_of(check.left, sizes), number_of(check.right, sizes)
    if left != right:
        raise CallRefused(
            f"{check.left} is {left} and {check.right} is {right}; they must be equal, since "
            "one index runs over both",
            remedy="give arrays whose extents agree, or declare the index",
        )


# ---- cotangents -------------------------------------------------------------------------------


def cotangents(
    signature: Signature,
    given: Mapping[str, object],
    shapes: Sequence[tuple[int, ...]],
    dtypes: Sequence[np.dtype[Any]],
) -> tuple[Array, ...]:
    """One cotangent per output, zero where none is given, in the dtype of the output.

    Raises:
        CallRefused: if a name is not an output's or a shape not that output's.
    """
    known = [a.name for a in signature.outputs]
    for name in given:
        if name not in known:
            near = [name[1:]] if name[1:] in known else get_close_matches(name, known, 1)
            raise CallRefused(
                f"no output is called '{name}'; cotangents go by the output's name: "
                f"{', '.join(map(str, signature.outputs))}",
                remedy=f"did you mean {near[0]}=?" if near else f"leave {name} out",
            )
    found = []
    for output, shape, dtype in zip(signature.outputs, shapes, dtypes, strict=True):
        # one zero, seen everywhere, takes no memory
        zero = np.broadcast_to(np.zeros((), dtype), shape)
        array = np.asarray(given.get(output.name, zero))
        if array.dtype.kind not in "fiu":
            raise CallRefused(
                f"the cotangent of {output} holds floats; given is {array.dtype}",
                remedy="give real floats",
            )
        if array.shape != shape:
            raise CallRefused(
                f"the cotangent of {output} has shape {array.shape}, expected "
                f"{_letters(output)} = {shape}",
                remedy=f"give it the shape of the output {output.name}",
            )
        found.append(array.astype(dtype, copy=False))
    return tuple(found)


def _letters(argument: Argument) -> str:
    inside = ", ".join(f"size({a})" for a in argument.axes)
    return f"({inside},)" if len(argument.axes) == 1 else f"({inside})"


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
