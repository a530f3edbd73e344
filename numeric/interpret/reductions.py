"""What sums, largest members and the like make of their members."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from fractions import Fraction

from derive.syntax import Reduction
from numeric.interpret.arithmetic import Number as Value
from numeric.interpret.functions import is_nan
from numeric.interpret.values import Machine, alike, divided, lifted, refusal
from numeric.interpret.watch import Site

# The members of a reduction, each with its row-major position.
Members = list[tuple[int, Value]]


def _sum(machine: Machine, node: Reduction, members: Members) -> Value:
    return _folded(machine, operator.add, Fraction(0), members)


def _prod(machine: Machine, node: Reduction, members: Members) -> Value:
    return _folded(machine, operator.mul, Fraction(1), members)


def _folded(
    machine: Machine, combine: Callable[[Value, Value], Value], empty: Fraction, members: Members
) -> Value:
    if not members:
        return empty
    total = members[0][1]
    for _, member in members[1:]:
        left, right = alike(machine, total, member)
        total = combine(left, right)
    return total


def _mean(machine: Machine, node: Reduction, members: Members) -> Value:
    total = _sum(machine, node, _some(machine, node, members))
    return divided(machine, *alike(machine, total, Fraction(len(members))))


def _logsumexp(machine: Machine, node: Reduction, members: Members) -> Value:
    arithmetic = machine.arithmetic
    found = [lifted(machine, member) for _, member in _some(machine, node, members)]
    # the largest is taken out as a plain number: it cancels, so it has no derivative
    largest = max(arithmetic.plain(member) for member in found)
    if abs(largest) == arithmetic.infinity:
        return largest
    total = sum(
        (arithmetic.functions["exp"](member - largest) for member in found[1:]),
        start=arithmetic.functions["exp"](found[0] - largest),
    )
    return arithmetic.functions["log"](total) + largest


def _extreme(machine: Machine, node: Reduction, members: Members) -> tuple[int, Value]:
    """The position and value of the first largest, or smallest, member; NaN is beyond both."""
    better = operator.gt if node.op.endswith("max") else operator.lt
    plain, site = machine.arithmetic.plain, Site.of(f"{node.op}[...]", node.span)
    found = [(place, lifted(machine, v)) for place, v in _some(machine, node, members)]
    best = found[0]
    for member in found:
        if is_nan(plain(member[1])):
            machine.watch.met_nan(site)
            return member
        if better(member[1], best[1]):
            best = member
    for place, member in found:
        if place != best[0]:
            machine.watch.passed(site, best[1] - member)
    return best


def _some(machine: Machine, node: Reduction, members: Members) -> Members:
    if not members:
        raise refusal(machine, node.span, f"{node.op} over nothing", "give it at least one member")
    return members


REDUCTIONS: Mapping[str, Callable[[Machine, Reduction, Members], Value]] = {
    "sum": _sum,
    "prod": _prod,
    "mean": _mean,
    "logsumexp": _logsumexp,
    "max": lambda machine, node, members: _extreme(machine, node, members)[1],
    "min": lambda machine, node, members: _extreme(machine, node, members)[1],
    "argmax": lambda machine, node, members: Fraction(_extreme(machine, node, members)[0]),
    "argmin": lambda machine, node, members: Fraction(_extreme(machine, node, members)[0]),
}
