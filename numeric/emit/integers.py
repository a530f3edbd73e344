"""Integer expressions over sizes and loop variables, as Python text."""

from __future__ import annotations

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
    number,
)
from numeric.emit.text import ATOM, PRODUCT, SUM, UNARY, Text
from numeric.names import Names


def integer(expr: IndexExpr, names: Names) -> Text:
    """``expr`` as Python text; terms with a plus sign come first, numbers last among them."""
    expr = expr.rewrite(lambda atom: _fixed(atom, names))
    if not expr.terms:
        return Text("0", ATOM)
    terms = sorted(expr.terms, key=lambda term: (term[0] < 0, not term[1]))
    first = _term(*terms[0], names)
    if len(terms) == 1:
        return first
    text = first.within(SUM)
    for coefficient, monomial in terms[1:]:
        term = _term(abs(coefficient), monomial, names).within(PRODUCT)
        text += f" {'-' if coefficient < 0 else '+'} {term}"
    return Text(text, SUM)


def _fixed(atom: Atom, names: Names) -> IndexExpr | None:
    """The number that a size is, where it is one."""
    if isinstance(atom, Size) and (text := names.sizes[atom.name]).isdigit():
        return number(int(text))
    return None


def _term(coefficient: int, monomial: tuple[Atom, ...], names: Names) -> Text:
    if not monomial:
        return Text(str(coefficient), ATOM if coefficient >= 0 else UNARY)
    # a quotient is safe at the front of a product only
    ordered = sorted(monomial, key=lambda a: not isinstance(a, (Floor, Exact, Mod)))
    divided = isinstance(ordered[0], (Floor, Exact, Mod))
    factors = [_atom(a, names) for a in ordered]
    size = abs(coefficient)
    if size != 1:
        number = Text(str(size), ATOM)
        factors = [*factors, number] if divided else [number, *factors]
    if len(factors) == 1:
        found = factors[0]
    else:
        parts = [factors[0].within(PRODUCT), *(f.within(UNARY) for f in factors[1:])]
        found = Text(" * ".join(parts), PRODUCT)
    return found if coefficient > 0 else Text(f"-{found.within(UNARY)}", UNARY)


def _atom(atom: Atom, names: Names) -> Text:
    if isinstance(atom, Index):
        return Text(names.indices[atom.name], ATOM)
    if isinstance(atom, Size):
        return Text(names.sizes[atom.name], ATOM)
    if isinstance(atom, Hyper):
        return Text(atom.name, ATOM)
    if isinstance(atom, (Exact, Floor, Mod)):
        above, below = integer(atom.numerator, names), integer(atom.denominator, names)
        sign = "%" if isinstance(atom, Mod) else "//"
        return Text(f"{above.within(PRODUCT)} {sign} {below.within(UNARY)}", PRODUCT)
    if isinstance(atom, (Least, Greatest)):
        name = "min" if isinstance(atom, Least) else "max"
        return Text(f"{name}({integer(atom.left, names)}, {integer(atom.right, names)})", ATOM)
    assert isinstance(atom, Label), f"{type(atom).__name__} is not an atom: add it here"
    inside = ", ".join(str(integer(e, names)) for e in atom.indices)
    array = names.arrays[atom.array]
    return Text(f"{array}[{inside}]" if inside else array, ATOM)
