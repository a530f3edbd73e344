"""Powers with fractions as exponents, kept as they are until the fractions are gone.

``log(S)/2`` has the exponential ``S^(1/2)``, which the field need not have; twice that is ``S``
again. So the factor that logarithms bring to an exponential is a product of such powers, each
a residue and its exponent, and becomes a residue once all exponents are whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from math import floor

from numeric.interpret.field.prime import P, Residue, power, root

HALF = Fraction(1, 2)


class Formal:
    """A product of powers of residues, some with exponents that are not whole."""

    __slots__ = ("parts",)

    def __init__(self, parts: Mapping[Residue, Fraction]) -> None:
        self.parts = dict(parts)

    def __mul__(self, other: Residue | Formal) -> Residue | Formal:
        parts = dict(self.parts)
        for base, exponent in _parts(other):
            parts[base] = parts.get(base, Fraction(0)) + exponent
        return _collapsed(parts)

    __rmul__ = __mul__

    def __mod__(self, _: int) -> Formal:
        return self

    def __eq__(self, other: object) -> bool:
        return type(other) is Formal and self.parts == other.parts

    def __hash__(self) -> int:
        return hash(frozenset(self.parts.items()))

    def __repr__(self) -> str:
        return " ".join(f"{base}^{exponent}" for base, exponent in sorted_parts(self))


def sorted_parts(formal: Formal) -> list[tuple[Residue, Fraction]]:
    """The powers, in an order that does not depend on how they came together."""
    return sorted(formal.parts.items(), key=repr)


def raised(m: Residue | Formal, exponent: Fraction) -> Residue | Formal:
    """A power of a residue, or of a product of powers."""
    if type(m) is not Formal and exponent.denominator == 1:
        return power(m, int(exponent))
    return _collapsed({base: e * exponent for base, e in _parts(m)})


def split(m: Residue | Formal) -> tuple[Residue, str]:
    """The powers that the field has as a residue, and what is left of the others in words."""
    if type(m) is not Formal:
        return m, ""
    found: Residue = 1
    rest = []
    for base, exponent in sorted_parts(m):
        whole = floor(exponent)
        found = found * power(base, whole) % P
        half = root(base) if exponent - whole == HALF else None
        if half is not None:
            found = found * half % P
        elif exponent != whole:
            rest.append(f"{base}^{exponent - whole}")
    return found, " ".join(rest)


def _parts(m: Residue | Formal) -> Iterator[tuple[Residue, Fraction]]:
    if type(m) is Formal:
        yield from m.parts.items()
    elif m != 1:
        yield m, Fraction(1)


def _collapsed(parts: Mapping[Residue, Fraction]) -> Residue | Formal:
    left = {base: exponent for base, exponent in parts.items() if exponent}
    if any(exponent.denominator != 1 for exponent in left.values()):
        return Formal(left)
    found: Residue = 1
    for base, exponent in left.items():
        found = found * power(base, int(exponent)) % P
    return found
