"""Identifiers for emitted modules: the author's own names wherever Python leaves them free."""

from __future__ import annotations

import builtins
import keyword
from collections.abc import Iterable
from dataclasses import dataclass

from derive.expr import Reduce, walk
from derive.index import Size
from derive.program import Program
from numeric.prelude import TABLE

# Names that the text of every module uses itself, beside those of the prelude.
OWN = (
    "np", "dtype", "saved", "part", "forward", "backward", "check", "expect", "rng", "seed", "self",
    "axis", "shape", "range", "len", "float", "int", "bool",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Names:
    """The identifier of everything that a module names.

    Attributes:
        arrays: of each array, given or computed.
        sizes: of the extent of each index; the number itself where it is one.
        indices: of each index, where it becomes a loop variable.
        taken: all of these, and the names that Python, NumPy and modules own.
    """

    arrays: dict[str, str]
    sizes: dict[str, str]
    indices: dict[str, str]
    taken: frozenset[str] = frozenset()


def identifiers(
    program: Program, numbers: Iterable[str] = (), own: Iterable[str] = ()
) -> Names:
    """Name the arrays, sizes and indices of ``program``; no two of them alike.

    No size is called as one of ``numbers``, the hyperparameters that the docstring speaks of,
    and nothing as one of ``own``, which the module uses itself.
    """
    taken = {*keyword.kwlist, *keyword.softkwlist, *dir(builtins), *OWN, *own}
    taken |= {entry.name for entry in TABLE}
    arrays = {name: _free(name, taken) for name in _array_names(program)}
    index_names = _index_names(program)
    indices = {name: _free(name, taken) for name in index_names}
    sizes: dict[str, str] = {}
    taken |= frozenset(numbers)
    for name in index_names:
        root = _same_size(program, name)
        number = program.extent(root).constant
        if root not in sizes:
            sizes[root] = _size_name(root, taken) if number is None else str(number)
        sizes[name] = sizes[root]
    return Names(arrays, sizes, indices, frozenset(taken))


def _array_names(program: Program) -> tuple[str, ...]:
    declared = [a.name for a in program.arrays]
    return tuple(dict.fromkeys((*declared, *(e.name for e in program.equations))))


def _index_names(program: Program) -> tuple[str, ...]:
    found = [axis for a in program.arrays for axis in a.axes]
    for equation in program.equations:
        found += [i.name for i in equation.free]
        for node in walk(equation.expr):
            if isinstance(node, Reduce):
                found += [i.name for i in node.indices]
    found += [name for name, _ in program.extents]
    return tuple(dict.fromkeys(found))


def _free(name: str, taken: set[str]) -> str:
    while name in taken:
        name += "_"
    taken.add(name)
    return name


def _size_name(index: str, taken: set[str]) -> str:
    """``N`` for the size of ``n``; spelled out where an array has that name."""
    short = index.upper()
    return _free(short if short not in taken else f"size_{index}", taken)


def _same_size(program: Program, name: str) -> str:
    """The index whose size ``name`` merely repeats, as ``k : size(i)`` does."""
    rows = dict(program.extents)
    while name in rows and isinstance(rows[name].atom, Size):
        name = rows[name].atom.name  # type: ignore[union-attr]  # a Size, looked at just above
    return name
