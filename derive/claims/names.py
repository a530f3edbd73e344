"""The cotangents that a claim may name, called as ``adjoint`` calls them.

    dW          the gradient of an input or param W
    dz          the cotangent of a computed array z
    dy          the cotangent that the caller gives for an output y
    dh_total    of an output h that other equations read: what the caller gives and all the rest
    dx_out      what the caller gives for an output x that is an input as well
"""

from __future__ import annotations

from dataclasses import dataclass

from derive.cotangent.names import CotangentNames
from derive.expr import reads
from derive.program import Array, Program


@dataclass(frozen=True, slots=True)
class Cotangent:
    """A cotangent.

    Attributes:
        name: its name.
        array: the array that it belongs to.
        given: whether it is what the caller gives, not what follows.
    """

    name: str
    array: str
    given: bool


def cotangents(program: Program) -> dict[str, Cotangent]:
    """Every cotangent by name; a name that an array of the program has means that array."""
    names = CotangentNames(program, program.outputs)
    read = {r.array for equation in program.equations for r in reads(equation.expr)}
    computed = [e.name for e in program.equations if not e.is_start]
    found = [Cotangent(name, array, False) for array, name in names.gradients.items()]
    found += [Cotangent(name, array, True) for array, name in names.given.items()]
    found += [
        Cotangent(names.total(array, alone=False), array, False)
        for array in computed
        if not program.holds_integers(array) and not (array in names.given and array not in read)
    ]
    taken = {a.name for a in program.arrays} | set(computed)
    return {c.name: c for c in found if c.name not in taken}


def as_arrays(program: Program) -> tuple[Array, ...]:
    """The cotangents as arrays that somebody gives."""
    return tuple(
        Array(c.name, program.axes(c.array), "const") for c in cotangents(program).values()
    )
