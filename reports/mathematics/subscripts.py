"""Index expressions as layout: written order kept, products by juxtaposition.

s*u + d*p - P       su + dp − P
size(t) - 1 - t     |t| − 1 − t
(h - p)/s           (h − p)/s
x//r, x % r         ⌊x/r⌋, x mod r
min(a, b)           min(a, b)
id[b]               id with b below
"""

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
    Monomial,
    Size,
)
from reports.mathematics.layout import (
    THIN,
    Digits,
    Fenced,
    Layout,
    Letter,
    Mark,
    Row,
    Word,
    listed,
    row,
)
from reports.mathematics.names import Names, plain

_SLASH = Mark("/")
_BROKEN = (Exact, Mod)  # printed with a sign of their own: bracketed inside a product


def subscript(expr: IndexExpr, names: Names) -> Layout:
    """Show an index expression."""
    if not expr.terms:
        return Digits("0")
    # as in the text form: a leading minus reads badly
    lead = next((i for i, (c, _) in enumerate(expr.terms) if c > 0), 0)
    ordered = (expr.terms[lead], *expr.terms[:lead], *expr.terms[lead + 1 :])
    shown: list[Layout] = []
    for coefficient, monomial in ordered:
        if shown:
            shown.append(Mark("−" if coefficient < 0 else "+", "binary"))
        elif coefficient < 0:
            shown.append(Mark("−", "prefix"))
        shown.append(_product(abs(coefficient), monomial, names))
    return row(*shown)


def _product(coefficient: int, monomial: Monomial, names: Names) -> Layout:
    if not monomial:
        return Digits(str(coefficient))
    alone = coefficient == 1 and len(monomial) == 1
    factors = [
        Fenced("(", _atom(atom, names), ")")
        if isinstance(atom, _BROKEN) and not alone
        else _atom(atom, names)
        for atom in monomial
    ]
    shown: list[Layout] = [Digits(str(coefficient))] if coefficient != 1 else []
    for factor in factors:
        if shown and not (_is_short(shown[-1]) and _is_short(factor)):
            shown.append(THIN)
        shown.append(factor)
    return row(*shown)


def _is_short(layout: Layout) -> bool:
    if isinstance(layout, Row):
        # a letter with primes
        return isinstance(layout.items[0], Letter) and len(layout.items) == 2
    return isinstance(layout, (Letter, Digits, Fenced))


def _atom(atom: Atom, names: Names) -> Layout:  # noqa: PLR0911  one line per atom
    match atom:
        case Index(name):
            return names.index(name)
        case Size(name):
            return Fenced("|", names.index(name), "|")
        case Hyper(name):
            return plain(name)
        case Exact(a, b):
            return row(_grouped(a, names), _SLASH, _grouped(b, names))
        case Floor(a, b):
            return Fenced("⌊", row(_grouped(a, names), _SLASH, _grouped(b, names)), "⌋")
        case Mod(a, b):
            return row(_grouped(a, names), THIN, Word("mod"), THIN, _grouped(b, names))
        case Least(a, b) | Greatest(a, b):
            both = listed((subscript(a, names), subscript(b, names)))
            return row(Word("min" if isinstance(atom, Least) else "max"), Fenced("(", both, ")"))
        case Label(array, indices):
            return names.array(array, tuple(subscript(i, names) for i in indices))
    raise TypeError(f"{type(atom).__name__} is not an atom: add it to mathematics.subscripts")


def _grouped(expr: IndexExpr, names: Names) -> Layout:
    shown = subscript(expr, names)
    is_single = expr.constant is not None or expr.atom is not None
    if is_single and not isinstance(expr.atom, _BROKEN):
        return shown
    return Fenced("(", shown, ")")
