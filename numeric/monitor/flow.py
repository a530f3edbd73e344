"""How much gradient arrives: step by step, and time step by time step.

The cotangent of what the first step with parameters gives is compared with that of what the loss
reads, as vectors; that of what goes into a recurrence at its first time step with that at its last.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import sqrt

import numpy as np

from derive.program import Program
from numeric.monitor.finding import EXPLODING, VANISHING, Finding, called
from numeric.monitor.probe import Array
from numeric.network import Network

# Between two ends of a network, or of a sequence. Initialisation keeps the ratio near 1.
SMALL, LARGE = 1e-4, 1e4
# Along a sequence less than this is lost where single precision adds it to the near end; LSTMs that
# go on to learn over 100 steps have begun with some 1e-5.
LOST = 1e-7
_KEEP = "use a ReLU in place of sigmoid or tanh, draw the weights by rule='he' or 'xavier', "
_LAYERS = {
    VANISHING: f"{_KEEP}add residual steps, or normalise",
    EXPLODING: "draw smaller weights (rule='he' or 'xavier'), clip gradients (clip=ClipNorm(1.0)), "
    "or normalise",
}
_STEPS = {
    VANISHING: "use an LSTM or a GRU with forget_bias=1 or more, rule='orthogonal' for the weights "
    "of the state, or shorter sequences",
    EXPLODING: "clip gradients (clip=ClipNorm(1.0)), draw smaller weights of the state "
    "(rule='orthogonal'), or use an LSTM or a GRU",
}


@dataclass(slots=True)
class Flow:
    """Ratios of norms, collected over the batches of an epoch.

    Attributes:
        layers: by the name of the step where the gradient arrives.
        steps: by the name of the recurrent step.
        lengths: how many time steps it has.
    """

    layers: dict[str, list[float]] = field(default_factory=dict)
    steps: dict[str, list[float]] = field(default_factory=dict)
    lengths: dict[str, int] = field(default_factory=dict)

    def look(self, network: Network, x: Array, targets: Array) -> None:
        """Measure one batch."""
        cotangents = network.cotangents(x, targets)
        end = _norm(cotangents[-1])
        if not end > 0:
            return
        stages = network.stages
        first = next((k for k, s in enumerate(stages) if any(i.parameters for i in s.walk())), None)
        arriving = None if first is None else cotangents[first + 1]
        if first is not None and arriving is not None:
            ratio = _norm(arriving) / end
            self.layers.setdefault(called(stages[first]), []).append(ratio)
        for stage, cotangent in zip(stages, cotangents, strict=False):
            axis = None if stage.program is None else time_axis(stage.program)
            if axis is None or cotangent is None:
                continue
            steps = np.moveaxis(cotangent, axis[0], 0)
            far, near = (steps[-1], steps[0]) if axis[1] else (steps[0], steps[-1])
            if len(steps) > 1 and _norm(near) > 0:
                self.steps.setdefault(called(stage), []).append(_norm(far) / _norm(near))
                self.lengths[called(stage)] = len(steps)

    def findings(self, epoch: int) -> Iterator[Finding]:
        """What is ill, by the median of the batches measured."""
        for name, ratios in self.layers.items():
            ratio = float(np.median(ratios))
            illness = _illness(ratio, SMALL)
            if illness:
                yield Finding(
                    illness, name,
                    f"the gradient that arrives here is {ratio:.1e} of that of the loss by what "
                    "the network gives", _LAYERS[illness], epoch,
                )  # fmt: skip
        for name, ratios in self.steps.items():
            ratio = float(np.median(ratios))
            illness = _illness(ratio, LOST)
            if illness:
                yield Finding(
                    illness, name,
                    f"the gradient at the far end of {self.lengths[name]} time steps is "
                    f"{ratio:.1e} of that at the near end", _STEPS[illness], epoch,
                )  # fmt: skip


def _illness(ratio: float, small: float) -> str:
    return VANISHING if ratio < small else EXPLODING if ratio > LARGE else ""


def _norm(value: Array | None) -> float:
    if value is None:
        return 0.0
    flat = value.reshape(-1).astype(np.float64)
    return sqrt(float(flat @ flat))


def time_axis(program: Program) -> tuple[int, bool] | None:
    """The axis of what is fed along which a recurrence runs, and whether it runs backwards."""
    fed = next(a for a in program.arrays if a.role != "param")
    for start in (e for e in program.equations if e.is_start):
        definition = program.definition(start.name)
        if definition is None:
            continue
        for place, index in enumerate(start.indices):
            name = program.axes(start.name)[place]
            if not index.indices() and name in fed.axes:
                return fed.axes.index(name), index.constant is None or index.constant >= 0
    return None
