"""What a kernel takes and gives: names, axes and kinds of its arrays."""

from __future__ import annotations

from dataclasses import dataclass

from derive.program import Program


@dataclass(frozen=True, slots=True)
class Argument:
    """An array that goes into a kernel or comes out of it.

    Attributes:
        name: its name.
        axes: the index name of each axis; equal names have equal extents.
        integer: whether it holds integers.
    """

    name: str
    axes: tuple[str, ...] = ()
    integer: bool = False

    def __str__(self) -> str:
        return f"{self.name}[{', '.join(self.axes)}]" if self.axes else self.name


@dataclass(frozen=True, slots=True)
class Signature:
    """The arrays of a kernel, each group in declared order.

    Attributes:
        inputs: given, with a gradient.
        params: given, with a gradient, trained.
        consts: given, without a gradient.
        outputs: returned by forward; their cotangents go by the same names.
        arguments: everything given, in the order in which the emitted ``forward`` takes it.
    """

    inputs: tuple[Argument, ...]
    params: tuple[Argument, ...]
    consts: tuple[Argument, ...]
    outputs: tuple[Argument, ...]
    arguments: tuple[Argument, ...]

    @property
    def gradients(self) -> tuple[Argument, ...]:
        """The arrays that get a gradient, in the order in which ``backward`` returns them."""
        return tuple(a for a in self.arguments if a not in self.consts)


def signature_of(program: Program) -> Signature:
    """The signature of the kernel that ``program`` becomes."""
    by_role: dict[str, list[Argument]] = {"input": [], "param": [], "const": []}
    arguments = []
    for array in program.arrays:
        arguments.append(Argument(array.name, array.axes, array.integer))
        by_role[array.role].append(arguments[-1])
    outputs = tuple(Argument(name, program.axes(name)) for name in program.outputs)
    return Signature(
        inputs=tuple(by_role["input"]),
        params=tuple(by_role["param"]),
        consts=tuple(by_role["const"]),
        outputs=outputs,
        arguments=tuple(arguments),
    )
