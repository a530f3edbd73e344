"""Dropout: in training a random part of the elements is zero, and the others grow to make up.

Srivastava, Hinton, Krizhevsky, Sutskever and Salakhutdinov 2014, JMLR 15, sec. 4 and 10
(inverted: scaled in training, so that prediction does nothing).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

import derive
from derive.errors import OptionRefused
from derive.program import Program
from numeric.letters import indexed, letters
from numeric.shape import Shape
from numeric.step import PREDICT, Array, Context, Mode, Placed

_SEED, _COUNT = "seed", "batches"


# compared by identity: two of equal rates draw apart
@dataclass(frozen=True, slots=True, eq=False)
class Dropout:
    """Set elements to zero at random in training; prediction passes them on as they are.

    What is drawn follows from the seed of the network and the number of batches before.

    Attributes:
        rate: the probability that an element is dropped.

    Raises:
        OptionRefused: if the rate is not from 0 up to below 1.
    """

    rate: float = 0.5

    def __post_init__(self) -> None:
        if not 0 <= self.rate < 1:
            raise OptionRefused(
                f"a dropout rate of {self.rate} is not a probability below 1",
                remedy="give a rate from 0 up to below 1, such as 0.5",
            )

    def place(self, shape: Shape, context: Context) -> Placed:
        """Place behind ``shape``."""
        return _Dropped(self.rate, shape, context)


def _program(shape: Shape) -> Program:
    """``m`` is 1 for what is kept and 0 for what is dropped."""
    x, m, y = (indexed(name, letters(shape)) for name in "xmy")
    return derive.parse(
        "title Dropout, in training\n"
        "source Srivastava et al. 2014, Dropout, JMLR 15, sec. 4\n"
        f"input {x}\nconst {m}\nhyper p = 0.5\noutput {y}\n{y} = {m}*{x}/(1 - p)"
    )


class _Dropped(Placed):
    def __init__(self, rate: float, shape: Shape, context: Context) -> None:
        self.kernel = context.kernel(_program(shape), p=rate)
        super().__init__("Dropout", shape, shape, self.kernel.program)
        self._rate, self._dtype, self._memory = rate, context.dtype, context.memory()
        seed = context.rng.integers(2**63, dtype=np.int64)
        self.state = {_SEED: np.array(seed), _COUNT: np.zeros((), np.int64)}

    def forward(self, x: Array, mode: Mode = PREDICT) -> tuple[Array, Any]:
        if not mode.training:
            return x, None
        outputs, saved = self.kernel.forward(x=x, m=self._mask(x.shape))
        if mode.moving:
            self.state[_COUNT] += 1
        return outputs["y"], saved

    def _mask(self, shape: tuple[int, ...]) -> Array:
        key = int(self.state[_SEED]), int(self.state[_COUNT])
        # single precision whatever the network computes in: a copy in double drops the same
        drawn = self._memory.room("drawn", shape, np.float32)
        np.random.default_rng(key).random(out=drawn, dtype=np.float32)
        mask = self._memory.room("m", shape, self._dtype)
        np.greater_equal(drawn, self._rate, out=mask, casting="unsafe")
        return mask

    def backward(self, saved: Any, dy: Array) -> tuple[Array | None, dict[str, Array]]:
        if saved is None:
            return dy, {}
        return self.kernel.backward(saved, y=dy)["x"], {}
