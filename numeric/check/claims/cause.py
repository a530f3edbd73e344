"""The likely mistake in a wrong cotangent: which changed derivation gives just these numbers."""

from __future__ import annotations

from dataclasses import replace

from derive.claims import Cotangent, cotangents
from derive.errors import DeriveError
from derive.library import parse
from derive.program import Array, Claim, Program
from numeric.check.claims.judge import Court, Value
from numeric.check.claims.values import Known
from numeric.check.diagnose import Witness, diagnose

MOST_WITNESSES = 5


def cause(court: Court, claim: Claim, value: Value) -> str:
    """A sentence on the value claimed for a cotangent; empty if no single mistake explains it."""
    plain = replace(court.program, claims=())
    found = cotangents(plain).get(claim.name)
    program = None if found is None or found.given else _by_input(plain, found)
    if program is None or found is None:
        return ""
    witnesses = [w for at in _telling(court) if (w := _witness(program, at, value)) is not None]
    if not witnesses:
        return ""
    hypers = {h.name: court.hypers[h.name] for h in program.hypers}
    said = diagnose(program, found.array, witnesses, hypers)
    return said.replace(f"d{found.array} ", f"{claim.name} ", 1)


def _telling(court: Court) -> list[Known]:
    """Few points, of extents as different as can be, those with several values of each first."""
    ordered = sorted(court.points, key=lambda at: 1 in at.point.sizes.values())
    by_sizes = {tuple(at.point.sizes.items()): at for at in reversed(ordered)}
    first = [at for at in ordered if by_sizes[tuple(at.point.sizes.items())] is at]
    return first[:MOST_WITNESSES]


def _by_input(program: Program, cotangent: Cotangent) -> Program | None:
    """A program in which the cotangent is the gradient of an input: what comes after it."""
    array = program.array(cotangent.array)
    if array is not None:
        return program if array.differentiable else None
    recurrent = bool(program.starts(cotangent.array)) or cotangent.array in program.outputs
    rows = dict(program.extents)
    axes = program.axes(cotangent.array)
    if recurrent or any(axis in rows for axis in axes):
        return None
    kept = tuple(e for e in program.equations if e.name != cotangent.array)
    given = (*program.arrays, Array(cotangent.array, axes))
    cut = replace(program, arrays=given, equations=kept, assumptions=())
    try:
        return parse(str(cut))
    except DeriveError:
        return None


def _witness(program: Program, at: Known, value: Value) -> Witness | None:
    given = value(at)
    if isinstance(given, str):
        return None
    arrays = {
        array.name: at.point.arrays.get(array.name, at.arrays[array.name])
        for array in program.arrays
    }
    return Witness(arrays, at.point.cotangents, given)
