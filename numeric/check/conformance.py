"""S0, conformance: the emitted forward is what the interpreter says the equations mean."""

from __future__ import annotations

from numeric.check.bench import Bench, Proof, Trial, decided, everywhere
from numeric.check.exact import Precision
from numeric.check.point import Array
from numeric.check.probe import Probe
from numeric.check.subject import Subject
from numeric.check.tally import Tally
from numeric.interpret.arithmetic import Number

CONFORMANCE = 1e-60
CONFORMANCE_FLOOR = 1e-70


def conforms(tally: Tally, subject: Subject, at: Precision, probe: Probe) -> bool:
    """Compare the emitted forward with the interpreter at a point."""
    outputs = at.values(subject, probe.point).outputs
    good = [
        tally.compare(
            probe.point,
            name,
            outputs[name],
            expected,
            CONFORMANCE * finite_largest(at, expected) + CONFORMANCE_FLOOR,
            name=name,
        )
        for name, expected in probe.outputs.items()
    ]
    return all(good)


def finite_largest(at: Precision, array: Array) -> Number:
    """The largest absolute value, infinities aside."""
    return max((abs(x) for x in array.flat if abs(x) < at.arithmetic.infinity), default=0)


def _run(bench: Bench, tally: Tally) -> bool:
    tally.points += len(bench.probes)

    def trial(probe: Probe) -> Trial:
        return lambda t, at: conforms(t, bench.subject, at, bench.seen(probe, at))

    return everywhere(decided(bench, tally, trial(probe)) for probe in bench.probes)


PROOF = Proof("S0 forward conformance", "1e-60 max", _run)
