"""Other readings under which a wrong step would hold: what it may have taken for granted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import permutations, product
from typing import Any, cast

import numpy as np

from derive.expr import Call, Expr, Node, Power, Read, reads, transform, walk
from derive.program import Claim, Program
from numeric.check import domains
from numeric.check.claims.judge import DIGITS, DISTINCT, Bench, Court, truth
from numeric.check.claims.values import Known
from numeric.check.draws import Kind
from numeric.check.point import Point, mapped
from numeric.interpret.arithmetic import reals

MOST_POINTS = 3
MOST_READINGS = 2
LARGEST_RANK = 4
# What a gradient may be wrong by as a whole.
NUMBERS = (Fraction(1), Fraction(2), Fraction(1, 2))
SAME = 1e-40
# A condition on the sign matters only where these are.
_SIGNED = frozenset(
    ("log", "sqrt", "abs", "sign", "step", "relu", "leaky_relu", "elu", "max", "min")
)


@dataclass(frozen=True, slots=True)
class World:
    """Points of another kind, and in what they are other."""

    phrase: str
    points: tuple[Known, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """A claim read otherwise, and how; ``turned`` is the order of the axes of its value."""

    phrase: str
    claim: Claim
    turned: tuple[int, ...] = ()


def readings(court: Court, claim: Claim, number: int) -> tuple[str, ...]:
    """Phrases that complete "it would hold ...", for one side of a claim; the simplest first."""
    side = replace(claim, sides=(claim.sides[number],))
    here = World("", _telling(court.points))
    found: list[str] = []
    for reading in (Reading("", side), *_rereadings(side)):
        found += _phrases(court, reading, here)
    bench = Reading("", side)
    for world in _worlds(court, side) if not found else ():
        found += _phrases(court, bench, world)
        if found:
            break
    return tuple(found[:MOST_READINGS])


def _phrases(court: Court, reading: Reading, world: World) -> Iterator[str]:
    """How the reading would hold in the world, if it does: as it is, or up to a factor."""
    value, wanted = Bench(court, [reading.claim]).value(0, 0), truth(reading.claim.name)
    if not any(at.point.label == DISTINCT for at in world.points) and len(world.points) < 2:
        return
    rows = []
    for at in world.points:
        found = value(at)
        if isinstance(found, str):
            return
        turned = np.transpose(found, reading.turned) if reading.turned else found
        ratio = _ratio(turned, wanted(at))
        if ratio is None:
            return
        rows.append((at, ratio))
    factor = _factor(court.program, rows)
    if factor is not None:
        phrase = " and ".join(part for part in (reading.phrase, factor, world.phrase) if part)
        yield from [phrase] if phrase else []


def _ratio(given: Any, wanted: Any) -> Any:
    """The number by which all of ``wanted`` is a multiple of ``given``; None if there is none."""
    given, wanted = np.asarray(given, dtype=object), np.asarray(wanted, dtype=object)
    if given.shape != wanted.shape or not given.size:
        return None
    scale = max(abs(x) for a in (given, wanted) for x in a.flat)
    pairs = [(g, w) for g, w in zip(given.flat, wanted.flat, strict=True) if abs(g) > SAME * scale]
    if not pairs or not scale or not scale < float("inf"):
        return None
    ratio = pairs[0][1] / pairs[0][0]
    gaps = (abs(w - ratio * g) for g, w in zip(given.flat, wanted.flat, strict=True))
    return ratio if ratio != 0 and all(gap <= SAME * scale for gap in gaps) else None


def _factor(program: Program, rows: Sequence[tuple[Known, Any]]) -> str | None:
    """The ratios at all points as one factor in words: empty for 1, None if there is none."""
    roots = list(dict.fromkeys(axis for array in program.arrays for axis in array.axes))
    powers = sorted(product((0, -1, 1), repeat=min(len(roots), LARGEST_RANK)), key=_simplicity)
    for exponents, number, sign in product(powers, NUMBERS, (1, -1)):
        by = dict(zip(roots, exponents, strict=False))
        if all(abs(r - sign * number * _sizes(at, by)) <= SAME * abs(r) for at, r in rows):
            return _in_words(sign, number, by)
    return None


def _simplicity(row: tuple[int, ...]) -> tuple[int, int]:
    return sum(map(abs, row)), -sum(row)


def _sizes(at: Known, by: Mapping[str, int]) -> Fraction:
    found = Fraction(1)
    for root, exponent in by.items():
        found *= Fraction(at.point.sizes.get(root, 1)) ** exponent
    return found


def _in_words(sign: int, number: Fraction, by: Mapping[str, int]) -> str:
    parts = ["with the opposite sign"] if sign < 0 else []
    for verb, wanted, exponent in (("times", number.numerator, 1), ("divided by",
                                                                  number.denominator, -1)):
        factors = [str(wanted)] if wanted != 1 else []
        factors += [f"size({root})" for root, e in by.items() if e == exponent]
        parts += [f"{verb} {'*'.join(factors)}"] if factors else []
    means = [root for root, e in by.items() if e < 0]
    sums = [root for root, e in by.items() if e > 0]
    parts += [f"as for the mean over {', '.join(means)} and not the sum"] if means else []
    parts += [f"as for the sum over {', '.join(sums)} and not the mean"] if sums else []
    return ", ".join(parts)


def _telling(points: Sequence[Known]) -> tuple[Known, ...]:
    """A few points, those with several values of every index first."""
    ordered = sorted(points, key=lambda at: 1 in at.point.sizes.values())
    return tuple(ordered[:MOST_POINTS])


# ---- what may have been taken for granted -----------------------------------------------------


def _worlds(court: Court, claim: Claim) -> Iterator[World]:
    """Cotangents that are 1, and data for which something more is known."""
    ones = _cotangents_are_one(court)
    left_out = not {f"d{name}" for name in court.program.outputs} & {
        read.array for side in claim.sides for read in reads(side)
    }
    if left_out and ones:
        yield World(_one_phrase(court.program), ones)
    for phrase, name, kind in _assumptions(court.program, claim):
        drawn = _with_kind(court, name, kind)
        if drawn:
            yield World(phrase, drawn)
            if left_out:
                yield World(f"{phrase} and {_one_phrase(court.program)}", _as_ones(court, drawn))


def _one_phrase(program: Program) -> str:
    return "with " + " and ".join(f"d{name} = 1" for name in program.outputs)


def _assumptions(program: Program, claim: Claim) -> Iterator[tuple[str, str, Kind]]:
    exprs = (*(e.expr for e in program.equations), *claim.sides)
    nodes = [node for expr in exprs for node in walk(expr)]
    signed = any(isinstance(n, Power) or (isinstance(n, Call) and n.name in _SIGNED) for n in nodes)
    for array in program.arrays:
        if array.integer:
            continue
        at = f"{array.name}[{', '.join(array.axes)}]" if array.axes else array.name
        if not array.differentiable:
            for axis, index in enumerate(array.axes):
                total = f"if sum[{index}]({at}) = 1"
                yield total, array.name, Kind("simplex", axis)
                yield f"{total} and {array.name} is one-hot", array.name, Kind("onehot", axis)
            yield f"if {at}^2 = {at}, each 0 or 1", array.name, Kind("binary")
            yield f"if {at}^2 = 1, each 1 or -1", array.name, Kind("signs")
        if signed:
            yield f"if {at} > 0", array.name, Kind("positive")


def _with_kind(court: Court, name: str, kind: Kind) -> tuple[Known, ...]:
    if court.domains.kinds.get(name) == kind:
        return ()
    kinds = {**court.domains.kinds, name: kind}
    other = replace(court.domains, kinds=kinds)
    found = []
    for at in _telling(court.points):
        args = (court.layout, other, court.hypers, at.point.label, at.point.sizes)
        point = domains.point(*args, rng=court.rng)
        seen = court.known(point, reals(DIGITS)) if isinstance(point, Point) else None
        if seen is not None and seen.smooth:
            found.append(seen)
    return tuple(found)


def _cotangents_are_one(court: Court) -> tuple[Known, ...]:
    return _as_ones(court, _telling(court.points))


def _as_ones(court: Court, points: tuple[Known, ...]) -> tuple[Known, ...]:
    found = []
    for at in points:
        ones = {n: mapped(g, lambda _: Fraction(1)) for n, g in at.point.cotangents.items()}
        seen = court.known(replace(at.point, cotangents=ones), reals(DIGITS))
        found += [] if seen is None else [seen]
    return tuple(found)


# ---- how it may have been written -------------------------------------------------------------


def _rereadings(claim: Claim) -> Iterator[Reading]:
    yield from _layouts(claim)
    yield from _orders(claim)


def _changed(claim: Claim, change: Callable[[Expr], Expr]) -> Claim:
    return replace(claim, sides=tuple(change(side) for side in claim.sides))


def _layouts(claim: Claim) -> Iterator[Reading]:
    """The left side with its indices in another order: the other layout."""
    rank = len(claim.indices)
    if not 1 < rank <= LARGEST_RANK:
        return
    for order in permutations(range(rank)):
        if order != tuple(range(rank)):
            indices = ", ".join(str(claim.indices[axis]) for axis in order)
            yield Reading(
                f"for {claim.name}[{indices}], in the other layout", claim, order
            )


def _orders(claim: Claim) -> Iterator[Reading]:
    """One array read with two of its indices exchanged."""
    found = dict.fromkeys(r for side in claim.sides for r in reads(side))
    for read in found:
        for a in range(len(read.indices)):
            for b in range(a):
                indices = list(read.indices)
                indices[a], indices[b] = indices[b], indices[a]
                other = Read(read.array, tuple(indices))
                yield Reading(
                    f"with {_text(other)} for {_text(read)}",
                    _changed(claim, lambda e, r=read, o=other: _put(e, {r: o})),  # type: ignore[misc]
                )


def _put(expr: Expr, changes: Mapping[Read, Read]) -> Expr:
    def rule(node: Node) -> Node:
        return changes.get(node, node) if isinstance(node, Read) else node

    return cast(Expr, transform(expr, rule))


def _text(read: Read) -> str:
    return f"{read.array}[{', '.join(map(str, read.indices))}]"
