"""How far an index expression can reach, as polynomials over the sizes of roots.

Every index runs from 0 to its size less one, and the sizes of the indices that stand in the
expression are at least one: where one of them is 0, nothing is read.

    s*u + p - P   with   index u : (size(h) + 2*P - size(p))//s + 1
        reaches from -P to size(h) + P - 1, since s*(e//s) <= e
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from derive.extent import expanded
from derive.index import (
    Atom,
    Exact,
    Floor,
    Greatest,
    Index,
    IndexExpr,
    Least,
    Mod,
    Monomial,
    Size,
    as_expr,
    number,
)
from derive.program import Program
from derive.ranges import whole_steps


@dataclass(frozen=True, slots=True)
class Poly:
    """A polynomial over atoms with rational coefficients."""

    terms: Mapping[Monomial, Fraction]

    def __add__(self, other: Poly) -> Poly:
        found = dict(self.terms)
        for monomial, coefficient in other.terms.items():
            found[monomial] = found.get(monomial, Fraction(0)) + coefficient
        return Poly({m: c for m, c in found.items() if c})

    def __sub__(self, other: Poly) -> Poly:
        return self + other.scaled(Fraction(-1))

    def __mul__(self, other: Poly) -> Poly:
        total = Poly({})
        for a, x in self.terms.items():
            for b, y in other.terms.items():
                total = total + Poly({_sorted((*a, *b)): x * y})
        return total

    def scaled(self, factor: Fraction) -> Poly:
        """Every coefficient times ``factor``."""
        return Poly({m: c * factor for m, c in self.terms.items() if c * factor})

    @property
    def constant(self) -> Fraction | None:
        """The number this is, or None."""
        if not self.terms:
            return Fraction(0)
        return self.terms.get(()) if len(self.terms) == 1 else None

    def whole(self) -> IndexExpr | None:
        """The same as an index expression, or None if a coefficient is no integer."""
        if any(c.denominator != 1 for c in self.terms.values()):
            return None
        ordered = sorted(self.terms.items(), key=lambda item: (not item[0], str(item[0])))
        return IndexExpr(tuple((int(c), m) for m, c in ordered))


SLACK = (0, 1, 2)  # tried where neither of two bounds is surely the better one
Range = tuple[Poly | None, Poly | None]


def _sorted(monomial: Monomial) -> Monomial:
    return tuple(sorted(monomial, key=str))


def constant(value: int | Fraction) -> Poly:
    """The polynomial that is a number."""
    return Poly({(): Fraction(value)} if value else {})


def positive_sizes(program: Program, indices: Iterable[Index]) -> frozenset[str]:
    """The roots whose size is at least one if each of ``indices`` takes some value."""
    found: set[str] = set()
    for index in indices:
        extent = expanded(program, as_expr(Size(index.name)))
        if isinstance(extent.atom, Floor):
            extent = extent.atom.numerator  # at least the divisor then
        if len(extent.terms) == 1:
            found.update(a.name for a in extent.terms[0][1] if isinstance(a, Size))
    return frozenset(found)


def nonnegative(poly: Poly, positive: frozenset[str]) -> bool:
    """Whether ``poly`` is surely not negative, with these sizes at least one, all at least 0."""
    shifted = Poly({})
    for monomial, coefficient in poly.terms.items():
        product = constant(coefficient)
        for atom in monomial:
            if not isinstance(atom, Size):
                return False
            plus = constant(1) if atom.name in positive else constant(0)
            product = product * (Poly({(atom,): Fraction(1)}) + plus)
        shifted = shifted + product
    return all(c >= 0 for c in shifted.terms.values())


class Bounds:
    """Lower and upper bounds of index expressions in one program."""

    def __init__(self, program: Program, indices: Iterable[Index]) -> None:
        self.program = program
        self.positive = positive_sizes(program, indices)

    def surely(self, low: Poly | None, high: Poly | None) -> bool:
        """Whether ``low <= high`` always."""
        return low is not None and high is not None and nonnegative(high - low, self.positive)

    def of(self, expr: IndexExpr) -> Range:
        """The least and the greatest value; None where nothing is known."""
        low, high = constant(0), constant(0)
        bottom: Poly | None = low
        top: Poly | None = high
        for coefficient, monomial in whole_steps(expanded(self.program, expr)).terms:
            least, most = self._monomial(monomial)
            if coefficient < 0:
                least, most = most, least
            factor = Fraction(coefficient)
            bottom = None if bottom is None or least is None else bottom + least.scaled(factor)
            top = None if top is None or most is None else top + most.scaled(factor)
        return bottom, top

    def _monomial(self, monomial: Monomial) -> Range:
        low, high = constant(1), constant(1)
        for atom in monomial:
            least, most = self._atom(atom)
            if least is None or most is None:
                return None, None
            if len(monomial) > 1 and not nonnegative(least, self.positive):
                return None, None
            low, high = low * least, high * most
        return low, high

    def _atom(self, atom: Atom) -> Range:
        if isinstance(atom, Index):
            _, most = self.of(as_expr(Size(atom.name)) - 1)
            return constant(0), most
        if isinstance(atom, Size):
            same = Poly({(atom,): Fraction(1)})
            return same, same
        if isinstance(atom, (Floor, Exact)):
            return self._quotient(atom)
        if isinstance(atom, Mod):
            _, most = self.of(atom.denominator - 1)
            return constant(0), most
        if isinstance(atom, (Least, Greatest)):
            return self._extreme(atom)
        return None, None

    def _quotient(self, atom: Floor | Exact) -> Range:
        divisor = atom.denominator.constant
        if divisor is None or divisor <= 0:
            return None, None
        low, high = self.of(atom.numerator)
        lost = Fraction(divisor - 1, divisor) if isinstance(atom, Floor) else Fraction(0)
        share = Fraction(1, divisor)
        return (
            None if low is None else _floored(low, divisor, lost),
            None if high is None else high.scaled(share),
        )

    def _extreme(self, atom: Least | Greatest) -> Range:
        (a, b), (c, d) = self.of(atom.left), self.of(atom.right)
        if isinstance(atom, Least):
            return self._smaller(a, c, sure=True), self._smaller(b, d, sure=False)
        return self._larger(a, c, sure=False), self._larger(b, d, sure=True)

    def _smaller(self, left: Poly | None, right: Poly | None, sure: bool) -> Poly | None:
        """The smaller of two bounds; if it must be ``sure``, something that is below both."""
        for slack in SLACK if sure else (0,):
            for a, b in ((left, right), (right, left)):
                lowered = None if a is None else a - constant(slack)
                if self.surely(lowered, b):
                    return lowered
        return None if sure else left if right is None else right

    def _larger(self, left: Poly | None, right: Poly | None, sure: bool) -> Poly | None:
        """The larger of two bounds; if it must be ``sure``, something that is above both."""
        for slack in SLACK if sure else (0,):
            for a, b in ((left, right), (right, left)):
                raised = None if a is None else a + constant(slack)
                if self.surely(b, raised):
                    return raised
        return None if sure else left if right is None else right


def _floored(low: Poly, divisor: int, lost: Fraction) -> Poly:
    known = low.constant
    if known is not None and known.denominator == 1:
        return constant(int(known) // divisor if lost else known / divisor)
    return low.scaled(Fraction(1, divisor)) - constant(lost)


def exact_extreme(expr: IndexExpr, *, greatest: bool) -> IndexExpr | None:
    """The greatest (least) value of an affine expression, over sizes as they are written."""
    total = expr
    for index in expr.indices():
        split = total.linear(index)
        if split is None or (slope := split[0].constant) is None:
            return None
        end = as_expr(Size(index.name)) - 1 if (slope > 0) == greatest else number(0)
        total = total.substitute({index: end})
    return total
