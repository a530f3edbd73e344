"""The steps of a network in their places, for those who tell of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from derive.program import Program
from numeric.chain import Chain
from numeric.shape import Shape
from numeric.step import Array, Placed, joined


@dataclass(frozen=True, slots=True)
class Stage:
    """A step of a network in its place.

    Attributes:
        path: what the names of its parameters begin with: ``3``, or ``3.body.0`` inside step 3.
        name: what the user calls the step: a layer's name, or the kind of a step without equations.
        program: its equations with the hyperparameters bound; None where it only moves axes, or
            only holds other steps.
        before: the shape that goes in.
        after: the shape that comes out.
        parameters: what is trained, by the name in the equations.
        pointwise: whether it does the same to every element, whatever the shape.
        folded: how many leading axes its equations take as one.
        shared: the path of the step that these parameters are named after, if it is another.
        branches: the steps inside it by branch; a sequence is one branch without a name.
    """

    path: str
    name: str
    program: Program | None
    before: Shape
    after: Shape
    parameters: Mapping[str, Array]
    pointwise: bool
    folded: int = 1
    shared: str = ""
    branches: Mapping[str, tuple[Stage, ...]] = field(default_factory=dict)

    @property
    def position(self) -> int:
        """The number of the step among those around it."""
        return int(self.path.rpartition(".")[2])

    def walk(self) -> Iterator[Stage]:
        """This stage and all inside it, in order."""
        yield self
        for stages in self.branches.values():
            for stage in stages:
                yield from stage.walk()


def stages_of(placed: Placed, path: str, named: Mapping[int, str]) -> tuple[Stage, ...]:
    """The steps of a chain, or a step that is none by itself.

    ``named`` tells the name of every parameter by the identity of its array.
    """
    if not isinstance(placed, Chain):
        return (_stage(placed, path, named),)
    return tuple(_stage(part, joined(path, name), named) for name, part in placed.parts.items())


def _stage(placed: Placed, path: str, named: Mapping[int, str]) -> Stage:
    first = next((named[id(v)].rpartition(".")[0] for v in placed.parameters.values()), path)
    inside = {"": placed} if isinstance(placed, Chain) else placed.parts
    return Stage(
        path=path,
        name=placed.name,
        program=placed.program,
        before=placed.before,
        after=placed.shape,
        parameters=placed.parameters,
        pointwise=placed.pointwise,
        folded=placed.folded,
        shared="" if first == path else first,
        branches={
            name: stages_of(part, joined(path, name) if name else path, named)
            for name, part in inside.items()
        },
    )
