"""Index expressions as integer arrays, and how far the reads of an array go beyond its grid."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from derive.expr import Read
from derive.extent import expanded
from derive.index import (
    Atom,
    Exact,
    Floor,
    Greatest,
    Index,
    IndexExpr,
    Label,
    Least,
    Mod,
    Size,
    as_expr,
    collect,
    greatest,
    number,
    parts,
)
from derive.lower.align import mapped
from derive.lower.bounds import Bounds, Poly, exact_extreme, nonnegative
from derive.lower.context import Builder, Order
from derive.lower.plan import Arange, Integer, Value


def variables(expr: IndexExpr, builder: Builder) -> tuple[Index, ...]:
    """The indices of ``expr`` that are axes here, not scalars."""
    return tuple(i for i in expr.indices() if i not in builder.scalars)


def is_scalar(expr: IndexExpr, builder: Builder) -> bool:
    """Whether ``expr`` is one Python number here."""
    return not variables(expr, builder) and not any(isinstance(a, Label) for a in expr.atoms())


def is_affine(expr: IndexExpr, builder: Builder) -> bool:
    """Whether every index that is an axis stands plainly, with a number or size before it."""
    for _, monomial in expr.terms:
        if sum(isinstance(a, Index) and a not in builder.scalars for a in monomial) > 1:
            return False
        for atom in monomial:
            if isinstance(atom, Exact):
                return False
            if parts(atom) and not is_scalar(as_expr(atom), builder):
                return False
            if isinstance(atom, Label):
                return False
    return True


def grid(expr: IndexExpr, order: Order, builder: Builder) -> Value:
    """The integers that ``expr`` is, over the axes of ``order`` that it uses."""
    if is_scalar(expr, builder):
        return Integer(expr)
    total: Value | None = None
    rest: list[tuple[int, tuple[Atom, ...]]] = []
    for coefficient, monomial in expr.terms:
        if all(is_scalar(as_expr(a), builder) for a in monomial):
            rest.append((coefficient, monomial))
            continue
        term = _monomial(abs(coefficient), monomial, order, builder)
        if total is None:
            total = mapped("neg", (term,), order) if coefficient < 0 else term
        else:
            total = mapped("-" if coefficient < 0 else "+", (total, term), order)
    assert total is not None, "an expression that is no scalar has a term that is none"
    fixed = collect(rest)
    if not fixed.terms:
        return total
    negative = all(c < 0 for c, _ in fixed.terms)
    offset = Integer(-fixed if negative else fixed)
    return mapped("-" if negative else "+", (total, offset), order)


def _monomial(
    coefficient: int, monomial: tuple[Atom, ...], order: Order, builder: Builder
) -> Value:
    scalars = [a for a in monomial if is_scalar(as_expr(a), builder)]
    factor = collect([(coefficient, tuple(scalars))])
    found: Value | None = None if factor.constant == 1 else Integer(factor)
    for atom in monomial:
        if atom not in scalars:
            value = _atom(atom, order, builder)
            found = value if found is None else mapped("*", (found, value), order)
    assert found is not None, "a term that is no scalar has an atom that is none"
    return found


_BINARY = {Floor: "//", Mod: "%", Least: "minimum", Greatest: "maximum", Exact: "//"}


def _atom(atom: Atom, order: Order, builder: Builder) -> Value:
    if isinstance(atom, Index):
        return Arange(atom)
    if isinstance(atom, Label):
        return builder.lower(Read(atom.array, atom.indices), order)
    left, right = (grid(part, order, builder) for part in parts(atom))
    return mapped(_BINARY[type(atom)], (left, right), order)


# ---- off the grid -----------------------------------------------------------------------------


NOTHING = number(0)


@dataclass(frozen=True, slots=True)
class Overhang:
    """How many elements a read needs before the first and after the last of an axis."""

    before: IndexExpr = NOTHING
    after: IndexExpr = NOTHING

    def __bool__(self) -> bool:
        return bool(self.before.terms or self.after.terms)


def overhang(expr: IndexExpr, extent: IndexExpr, builder: Builder) -> Overhang | None:
    """What ``expr`` needs beyond an axis of that extent; None where that is not known."""
    bounds = Bounds(builder.program, expr.indices())
    low, _ = bounds.of(expr)
    _, beyond = bounds.of(expr - extent + 1)
    if low is None or beyond is None:
        return None
    before = _amount(low.scaled(Fraction(-1)), -1, expr, extent, bounds)
    after = _amount(beyond, 1, expr, extent, bounds)
    return None if before is None or after is None else Overhang(before, after)


def _amount(
    poly: Poly, side: int, expr: IndexExpr, extent: IndexExpr, bounds: Bounds
) -> IndexExpr | None:
    if nonnegative(poly.scaled(Fraction(-1)), bounds.positive):
        return number(0)
    fixed = poly.constant
    if fixed is not None:
        return number(int(fixed))  # rounding down is right: positions are integers
    whole = poly.whole()
    if whole is None:
        end = exact_extreme(expr, greatest=side > 0)
        if end is None:
            return None
        whole = end - extent + 1 if side > 0 else -end
        return whole if _is_count(whole) else greatest(whole, number(0))
    return whole if nonnegative(poly, frozenset()) else greatest(whole, number(0))


def _is_count(expr: IndexExpr) -> bool:
    """Whether ``expr`` is a sum of sizes, hence not negative."""
    return all(c >= 0 and all(isinstance(a, Size) for a in m) for c, m in expr.terms)


def inside(expr: IndexExpr, extent: IndexExpr, builder: Builder) -> bool:
    """Whether ``expr`` surely is a position of an axis of that extent."""
    if any(isinstance(a, Exact) for a in expr.atoms()):
        return False
    found = overhang(expr, extent, builder)
    return found is not None and not found


def is_whole_axis(index: Index, extent: IndexExpr, builder: Builder) -> bool:
    """Whether ``index`` runs over the whole of an axis of that extent."""
    return expanded(builder.program, as_expr(Size(index.name)) - extent).constant == 0
