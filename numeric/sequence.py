"""From a sequence to one step of it, and from one step to a sequence."""

from __future__ import annotations

from dataclasses import dataclass

import derive
from derive.errors import CallRefused, OptionRefused
from numeric.equations import Equations
from numeric.fit import sizes_behind
from numeric.letters import indexed, letters
from numeric.shape import BATCH, Shape, entry, text
from numeric.step import Context, Placed


@dataclass(frozen=True, slots=True)
class Take:
    """One step of a sequence: ``Take(0)`` is the first along the first axis of the batch.

    Attributes:
        at: which one; negative numbers count from the end.
        axis: along which axis of the batch; recurrent layers have time at 0.
    """

    at: int
    axis: int = 0

    def place(self, shape: Shape, context: Context) -> Placed:
        """Place behind ``shape``.

        Raises:
            CallRefused: if there is no such axis or no such step.
        """
        axis = _axis("Take", self.axis, shape)
        extent = shape[axis].constant
        if extent is None or not -extent <= self.at < extent:
            raise CallRefused(
                f"Take({self.at}) is none of the {entry(shape[axis])} steps along axis {self.axis} "
                f"of {text(shape)}",
                remedy=f"give a number from -{entry(shape[axis])} up to below {entry(shape[axis])}",
            )
        axes = letters(shape)
        rest = (*axes[:axis], *axes[axis + 1 :])
        place = str(self.at) if self.at >= 0 else f"size({axes[axis]}) - {-self.at}"
        read = indexed("x", (*axes[:axis], place, *axes[axis + 1 :]))
        result = indexed("y", rest)
        program = f"title One step of a sequence\ninput {indexed('x', axes)}\noutput {result}\n"
        return _placed("Take", f"{program}{result} = {read}", shape, context)


@dataclass(frozen=True, slots=True)
class Last:
    """The last step of a sequence.

    Attributes:
        axis: along which axis of the batch; recurrent layers have time at 0.
    """

    axis: int = 0

    def place(self, shape: Shape, context: Context) -> Placed:
        """Place behind ``shape``.

        Raises:
            CallRefused: if there is no such axis.
        """
        return Take(-1, self.axis).place(shape, context)


@dataclass(frozen=True, slots=True)
class Repeat:
    """The same at every step of a new sequence.

    Attributes:
        steps: how many.
        axis: of the new axis in the batch that comes out; recurrent layers have time at 0.

    Raises:
        OptionRefused: if ``steps`` is below 1.
    """

    steps: int
    axis: int = 0

    def __post_init__(self) -> None:
        if self.steps < 1:
            raise OptionRefused(
                f"Repeat makes {self.steps} steps", remedy="give a number from 1 up"
            )

    def place(self, shape: Shape, context: Context) -> Placed:
        """Place behind ``shape``.

        Raises:
            CallRefused: if the new axis cannot stand there.
        """
        rank = len(shape) + 1
        if not -rank <= self.axis < rank:
            raise CallRefused(
                f"axis {self.axis} is none of the {rank} that Repeat makes of {text(shape)}",
                remedy=f"give an axis from 0 to {rank - 1}",
            )
        axis, axes = self.axis % rank, letters(shape)
        new = next(letter for letter in ("t", "s", "r", "u") if letter not in axes)
        result = indexed("y", (*axes[:axis], new, *axes[axis:]))
        program = f"title One step repeated\ninput {indexed('x', axes)}\nindex {new} : {self.steps}"
        equation = f"{result} = {indexed('x', axes)}"
        return _placed("Repeat", f"{program}\noutput {result}\n{equation}", shape, context)


def _axis(name: str, axis: int, shape: Shape) -> int:
    if not -len(shape) <= axis < len(shape) or shape[axis] == BATCH:
        raise CallRefused(
            f"{name} along axis {axis} of {text(shape)}: that is no axis of a sequence",
            remedy="name an axis that does not count samples",
        )
    return axis % len(shape)


def _placed(name: str, program: str, shape: Shape, context: Context) -> Placed:
    kernel = context.kernel(derive.parse(program))
    sizes = sizes_behind(name, kernel.program, shape, {})
    return Equations(name, kernel, shape, sizes, {}, context)
