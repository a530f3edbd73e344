"""What a monitor has found."""

from __future__ import annotations

from dataclasses import dataclass

from numeric.stage import Stage

DYING = "dying ReLU"
SATURATED = "saturated units"
VANISHING = "vanishing gradient"
EXPLODING = "exploding gradient"
TOO_HIGH = "learning rate too high"
TOO_LOW = "learning rate too low"
CONSTANT = "outputs stuck at the class prior"
NOT_FINITE = "not a number"


@dataclass(frozen=True, slots=True)
class Finding:
    """An illness of a training.

    Attributes:
        illness: its name.
        where: the step of the network and the equation; empty where it is all of it.
        figures: what was measured.
        remedy: what to change.
        epoch: in which it was found, counted from 1.
    """

    illness: str
    where: str
    figures: str
    remedy: str
    epoch: int

    def __str__(self) -> str:
        place = f"\n    in {self.where}" if self.where else ""
        return (
            f"epoch {self.epoch}: {self.illness}{place}\n"
            f"    {self.figures}\n    to change: {self.remedy}"
        )


def called(stage: Stage) -> str:
    """A step of a network as a finding calls it."""
    return f"step {stage.path} ({stage.name})"
