"""What a check must have seen before it may say PROVED.

    every branch of every piecewise operation was taken
    every input and param had a gradient that is not zero, or nothing depends on it

The other rules are kept where they arise: nothing compared, not-a-number and too many points
skipped in ``tally``, the number of gradients in ``subject``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from numeric.check import field
from numeric.check.bench import Session
from numeric.check.probe import Probe
from numeric.check.result import PROVED
from numeric.check.tally import Tally, largest
from numeric.interpret.watch import Watch

# The gradients are of order one: this is zero, up to the rounding of 80 digits.
ZERO = 1e-50


def touched(probe: Probe) -> set[str]:
    """The arrays whose reference gradient is not zero at a point."""
    return {name for name, gradient in probe.gradients.items() if largest(gradient) > ZERO}


def branches(tally: Tally, watch: Watch) -> None:
    """Ask for every branch."""
    tally.points += 1
    tally.comparisons += 2 * len(watch.outcomes)
    tally.undecided += [f"only one branch was taken of {site}" for site in watch.untaken]


def inputs(
    tally: Tally,
    names: Iterable[str],
    seen: set[str],
    unreached: set[str],
    still: Collection[str] = (),
) -> None:
    """Ask for a gradient that is not zero, of every array that an output depends on.

    ``still`` are arrays whose gradient the field test has shown to be zero.
    """
    tally.points += 1
    for name in names:
        tally.comparisons += 1
        if name in unreached:
            tally.notes.append(f"d{name} = 0: no output depends on {name}")
        elif name in still and name not in seen:
            tally.notes.append(f"d{name} = 0, exactly, at every point of the field")
        elif name not in seen:
            tally.undecided.append(f"d{name} is zero at every point looked at")


def covers(session: Session, tally: Tally) -> None:
    """Ask for both, after all kernels of a check were looked at."""
    names = [line.name for line in session.tree.arrays if line.role != "const"]
    branches(tally, session.watch)
    if any(t.good != PROVED and not t.comparisons for t in session.tallies.values()):
        # every point lies on a kink, and that is where the branches part
        tally.notes += tally.undecided
        tally.undecided.clear()
    test = session.tallies.get(field.PROOF.name)
    tested = test is not None and test.line().verdict == PROVED
    still = set(names) - session.moved if tested else set()
    # a derivative of the forward that is not zero at a generic point is not zero at real ones
    seen = session.touched | session.moved if tested else session.touched
    inputs(tally, names, seen, session.unreached or set(), still)
