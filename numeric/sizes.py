"""Numbers for extents: what an index expression over sizes is, given the sizes."""

from __future__ import annotations

from collections.abc import Mapping

from derive.index import (
    Atom,
    Exact,
    Floor,
    Greatest,
    Hyper,
    Index,
    IndexExpr,
    Label,
    Least,
    Mod,
    Size,
)


def number_of(expr: IndexExpr, sizes: Mapping[str, int]) -> int:
    """The value of an expression without indices; ``sizes`` gives that of every ``Size``.

    Raises:
        ZeroDivisionError: if it divides by an extent that is zero.
    """
    total = 0
    for coefficient, monomial in expr.terms:
        product = coefficient
        for atom in monomial:
            product *= _atom(atom, sizes)
        total += product
    return total


def _atom(atom: Atom, sizes: Mapping[str, int]) -> int:
    if isinstance(atom, Size):
        return sizes[atom.name]
    if isinstance(atom, (Floor, Exact)):
        return number_of(atom.numerator, sizes) // number_of(atom.denominator, sizes)
    if isinstance(atom, Mod):
        return number_of(atom.numerator, sizes) % number_of(atom.denominator, sizes)
    if isinstance(atom, Least):
        return min(number_of(atom.left, sizes), number_of(atom.right, sizes))
    if isinstance(atom, Greatest):
        return max(number_of(atom.left, sizes), number_of(atom.right, sizes))
    assert not isinstance(atom, (Index, Label, Hyper)), f"{atom} has no value in an extent"
    raise TypeError(f"{type(atom).__name__} is not an atom: add it to numeric.sizes")
