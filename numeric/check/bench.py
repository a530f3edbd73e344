"""What a proof works on: the kernel, where to look, and the numbers it runs in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from derive.syntax import Tree
from numeric.check import generic
from numeric.check.exact import Precision, precision
from numeric.check.generic import Generic, Redraws
from numeric.check.plan import Points
from numeric.check.point import Array, Point
from numeric.check.probe import Probe, look
from numeric.check.result import WRONG, Counterexample
from numeric.check.shim import Module, Text
from numeric.check.subject import Subject
from numeric.check.tally import Tally
from numeric.interpret.watch import Watch

DIGITS, MORE_DIGITS = 80, 160
Trial = Callable[[Tally, Precision], bool]
# The gradient by one array at a point, in some precision.
Reference = Callable[[Point, str, Precision], Array]


@dataclass(frozen=True, slots=True)
class Proof:
    """One row of the protocol.

    Attributes:
        name: what the report calls it; rows of one name share a line.
        threshold: the threshold in words.
        run: looks at a kernel, counts into the tally, tells whether all went well.
        failure: the verdict that a failure means.
        reference: the gradients that this proof compares with, to shrink a failure by.
        fast: whether it is part of a fast check.
        everywhere: whether kernels at other hyperparameters are looked at too.
        optional: whether many a kernel has nothing that it looks at; it has no line then.
    """

    name: str
    threshold: str
    run: Callable[[Bench, Tally], bool]
    failure: str = WRONG
    reference: Callable[[Subject], Reference] | None = None
    fast: bool = True
    everywhere: bool = True
    optional: bool = False


@dataclass(slots=True)
class Session:
    """One check as it runs, over one or several kernels of a program.

    Attributes:
        tree: the program.
        rng: all draws.
        fast: whether only the main points are looked at.
        tallies: one per line of the report.
        watch: branches taken, over all points.
        touched: the arrays that had a non-zero reference gradient somewhere.
        unreached: the arrays that no output depended on, at every point so far.
        moved: the arrays that had a non-zero gradient at some point of the field.
        redraws: how often points of the field were drawn again.
        counterexample: what went wrong, once something has.
        stops: whether a cotangent of zero must go no further at a pole, as in emitted code.
    """

    tree: Tree
    rng: np.random.Generator
    fast: bool
    tallies: dict[str, Tally] = field(default_factory=dict)
    watch: Watch = field(default_factory=Watch)
    touched: set[str] = field(default_factory=set)
    unreached: set[str] | None = None
    moved: set[str] = field(default_factory=set)
    redraws: Redraws = field(default_factory=Redraws)
    counterexample: Counterexample | None = None
    stops: bool = False

    @property
    def failed(self) -> bool:
        """Whether some proof has found the kernel wrong."""
        return any(t.failures and t.verdict == WRONG for t in self.tallies.values())


class Precisions:
    """A kernel at 80 digits and, when something fails there, at 160."""

    def __init__(self, text: Text) -> None:
        self._text = text
        self._found: dict[int, Precision] = {}

    def _at(self, digits: int) -> Precision:
        if digits not in self._found:
            self._found[digits] = precision(self._text, digits)
        return self._found[digits]

    @property
    def first(self) -> Precision:
        """The kernel at 80 digits."""
        return self._at(DIGITS)

    @property
    def second(self) -> Precision:
        """The kernel at 160 digits."""
        return self._at(MORE_DIGITS)


@dataclass(frozen=True, slots=True)
class Bench:
    """A kernel with everything that its proofs need.

    Attributes:
        session: the check.
        subject: the kernel.
        points: where to look.
        probes: the smooth points as the interpreter sees them; of a fast check only the cheapest.
        ordinary: the kernel in floats.
        precisions: the kernel in many digits.
        entry_work: loop steps to spend on differencing single entries.
        generics: the kernel at generic points, by the real point and the number of the draw.
    """

    session: Session
    subject: Subject
    points: Points
    probes: Sequence[Probe]
    ordinary: Module
    precisions: Precisions
    entry_work: int
    generics: dict[tuple[int, int], Generic] = field(default_factory=dict)

    @property
    def smooth(self) -> list[Point]:
        """Where a derivative is looked for: all smooth points, as far as the interpreter knows."""
        looked = [id(probe.point) for probe in self.probes]
        unknown = [point for point in self.points.smooth if id(point) not in looked]
        smooth = [probe.point for probe in self.probes if probe.smooth]
        return [*smooth, *unknown] if smooth else []

    def cheapest(self, points: Sequence[Point]) -> Point:
        """The point that costs least."""
        return min(points, key=lambda point: self.subject.work(point.sizes))

    def generic(self, point: Point, number: int = 0) -> Generic:
        """The kernel at a generic point with the branches of a real one.

        Raises:
            KernelFailed: if it does not run there.
        """
        key = id(point), number
        if key not in self.generics:
            session = self.session
            self.generics[key] = generic.look(self.subject, point, session.rng, session.redraws)
        return self.generics[key]

    def probe(self, point: Point, at: Precision) -> Probe:
        """The interpreter's view of a point in some precision."""
        return look(self.subject.tree, point, at.arithmetic, self.subject.hypers, Watch())

    def seen(self, probe: Probe, at: Precision) -> Probe:
        """A probe, looked at again if it is of another precision."""
        return probe if at is self.precisions.first else self.probe(probe.point, at)


def everywhere(trials: Iterable[bool]) -> bool:
    """Whether all went well, none left out: the report counts every point."""
    return all(list(trials))


def decided(bench: Bench, tally: Tally, trial: Trial) -> bool:
    """Run at 80 digits; what fails there must fail at 160 too, or it was the oracle's rounding."""
    first = tally.fresh()
    if trial(first, bench.precisions.first):
        tally.absorb(first)
        return True
    second = tally.fresh()
    good = trial(second, bench.precisions.second)
    tally.absorb(second)
    if good:
        tally.notes.append(f"decided at {MORE_DIGITS} digits")
    return good
