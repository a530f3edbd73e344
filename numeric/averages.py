"""Statistics of batches, averaged for prediction.

An output that has no axis for samples is a statistic of the batch, as the mean and the variance
of batch normalisation. A prediction may not depend on what else is in its batch: there the
average over the batches of training stands in for it (Ioffe and Szegedy 2015, arXiv:1502.03167,
section 3.1), in equations that take the statistic instead of computing it.

The average of the first batches is their mean; later ones count with a fixed weight.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np

from derive.expr import reads
from derive.program import Array as Declared
from derive.program import Program
from numeric.kernel import Kernel
from numeric.step import Array, Context

# The weight of one more batch, once that many have been seen.
WEIGHT = 0.1
_COUNT = "batches"


def statistics(program: Program, depends_on_samples: Mapping[str, bool]) -> tuple[str, ...]:
    """The outputs beside the first that only the batch as a whole has, and that the first needs."""
    needed = _needed(program, program.outputs[0])
    return tuple(
        name
        for name in program.outputs[1:]
        if name in needed and not depends_on_samples[name] and program.array(name) is None
    )


def predicting(program: Program, names: Iterable[str]) -> Program:
    """``program`` with ``names`` given to it, and what only they needed left out."""
    given = frozenset(names)
    kept = [e for e in program.equations if e.name not in given]
    first = program.outputs[0]
    needed = _needed(program.with_equations(tuple(kept)), first)
    declared = tuple(
        Declared(name, program.axes(name), "const") for name in program.outputs if name in given
    )
    return replace(
        program,
        arrays=(*program.arrays, *declared),
        equations=tuple(e for e in kept if e.name in needed),
        outputs=(first,),
        extents=tuple(
            row for row in program.extents if row[0] not in {a for d in declared for a in d.axes}
        ),
        claims=(),
        steps=(),
    )


def _needed(program: Program, name: str) -> set[str]:
    """``name`` and every array that it is computed from."""
    found: set[str] = set()
    left = [name]
    while left:
        array = left.pop()
        if array in found:
            continue
        found.add(array)
        for equation in program.equations:
            if equation.name == array:
                left += [read.array for read in reads(equation.expr)]
    return found


class Averages:
    """The averages of one layer, and the kernel that takes them."""

    def __init__(
        self,
        kernel: Kernel,
        shapes: Mapping[str, tuple[int, ...]],
        context: Context,
        state: dict[str, Array],
    ) -> None:
        self.kernel, self._memory = kernel, context.memory()
        self.values: dict[str, Array] = {
            name: np.zeros(shape, context.dtype) for name, shape in shapes.items()
        }
        self._count = np.zeros((), np.int64)
        state |= {**self.values, _COUNT: self._count}

    @property
    def known(self) -> bool:
        """Whether a batch has been seen."""
        return bool(self._count)

    def move(self, outputs: Mapping[str, Array]) -> None:
        """Take one more batch into the averages."""
        self._count += 1
        weight = max(WEIGHT, 1 / int(self._count))
        for name, value in self.values.items():
            off = self._memory.room(name, value.shape, value.dtype)
            np.subtract(outputs[name], value, out=off)
            off *= weight
            np.add(value, off, out=value)
