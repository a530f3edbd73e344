"""S9: the kernel beside other libraries, which run and differentiate the program themselves.

A library that disagrees does not make a kernel wrong, since what the library computes is not
proved: the verdict is INCONCLUSIVE, with the entry and both values.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from numeric import oracles
from numeric.check import domains
from numeric.check.draws import Kind
from numeric.check.point import Array, Point, in_floats
from numeric.check.result import INCONCLUSIVE
from numeric.check.shim import execute
from numeric.check.subject import KERNEL_ERRORS, KernelFailed, Subject
from numeric.check.tally import Tally, largest
from numeric.interpret.arithmetic import floats
from numeric.interpret.reverse import reverse
from numeric.interpret.watch import Watch
from numeric.oracles import Library, Place, Witness, general, native
from numeric.oracles.native import in_numbers, native_for

# Conventions differ at kinks, so points keep away from them.
NEAREST_KINK = 1e-3
TOLERANCE = 1e-12
PROOF, THRESHOLD = "S9", "1e-12 max"
DRAWS = 200
OWN = "also beside its own"
Arrays = Mapping[str, Array]


class Witnesses:
    """The libraries that a check asks, imported when it begins.

    Their draws are their own: asking them changes nothing else in a report.
    """

    def __init__(self, names: Sequence[str], seed: int) -> None:
        """Import the libraries of these names.

        Raises:
            OptionRefused: if one is unknown or not installed.
        """
        self._libraries = [oracles.library(name) for name in dict.fromkeys(names)]
        self._rng = np.random.default_rng((seed, len(PROOF)))

    @property
    def versions(self) -> tuple[tuple[str, str], ...]:
        """The libraries by name, with their versions."""
        return tuple((library.name, library.version) for library in self._libraries)

    def ask(self, tallies: dict[str, Tally], subject: Subject) -> None:
        """Compare a kernel with every library, each in a tally of its own."""
        for library in self._libraries:
            name = f"{PROOF} {library}"
            tally = tallies.setdefault(name, Tally(name, THRESHOLD, INCONCLUSIVE))
            compare(tally, subject, library, self._rng)


def compare(tally: Tally, subject: Subject, library: Library, rng: np.random.Generator) -> bool:
    """Compare a kernel with a library, off kinks; true if they agree everywhere.

    The library runs the parse tree of the program and, where it has the layer itself, that.
    """
    row = native_for(library, subject.program, in_numbers(subject.hypers))
    before = len(tally.failures)
    for sizes in (subject.distinct, subject.equal):
        if sizes is not None:
            _beside(tally, subject, partial(general, library), _point(subject, sizes, (), rng))
    if row is not None:
        note = f"{OWN} {row.function}"
        tally.notes += [note] * (note not in tally.notes)
        point = _point(subject, subject.distinct, row.within, rng)
        _beside(tally, subject, partial(native, library, row), point)
    for failure in tally.failures[before : before + 1]:
        tally.undecided.append(
            f"disagrees with {library}: {failure.entry} is {failure.given!r} here,"
            f" {failure.expected!r} there"
        )
    return len(tally.failures) == before


def _point(
    subject: Subject, sizes: Mapping[str, int], within: Sequence[str], rng: np.random.Generator
) -> Point | None:
    """A point in the domain that is not near a kink, if one is found."""
    kinds = {**subject.domains.kinds, **dict.fromkeys(within, Kind("unit"))}
    drawn = replace(subject.domains, kinds=kinds)
    for _ in range(DRAWS):
        found = domains.point(subject.layout, drawn, subject.hypers, "oracle", sizes, rng=rng)
        if isinstance(found, Point):
            watch = Watch()
            reverse(subject.tree, in_floats(found.arrays), floats(), subject.hypers, watch)
            if watch.closest()[1] > NEAREST_KINK:
                return found
    return None


def _beside(
    tally: Tally,
    subject: Subject,
    witness: Callable[[Place], Witness],
    point: Point | None,
) -> None:
    """Compare outputs and gradients at a point, in float64."""
    if point is None:
        tally.skipped["too near a kink"] += 1
        return
    tally.points += 1
    arrays, cotangents = in_floats(point.arrays), in_floats(point.cotangents)
    kernel = execute(subject.source)
    try:
        with np.errstate(all="ignore"):
            outputs, saved = subject.forward(kernel, arrays)
            gradients = subject.backward(kernel, saved, cotangents)
        other = witness(Place(subject.tree, subject.hypers, arrays, cotangents))
    except (KernelFailed, *KERNEL_ERRORS) as error:
        tally.undecided.append(f"cannot be compared: {type(error).__name__}: {error}")
        return
    scale = float(largest(*cotangents.values()))
    for name, expected in other.outputs.items():
        bound = TOLERANCE * float(largest(expected))
        tally.compare(point, name, outputs[name], expected, bound, name=name)
    for name, expected in other.gradients.items():
        bound = TOLERANCE * (float(largest(expected)) + scale)
        tally.compare(point, f"d{name}", gradients[name], expected, bound, name=name)
