"""Integer index expressions: what may stand between the brackets of a read, and extents.

An ``IndexExpr`` is a polynomial with integer coefficients over atoms. It keeps the order in
which its author wrote the terms, for printing; equality and hashing do not look at the order.

    atom        written             meaning
    Index       k                   an index variable
    Size        size(k)             the extent of the index called k
    Hyper       s                   an integer hyperparameter
    Exact       e/d                 the quotient; off the grid where d does not divide e
    Floor       e//d                the floor of the quotient
    Mod         e % d               the remainder, with the sign of d
    Least       min(a, b)           the smaller
    Greatest    max(a, b)           the larger
    Label       id[b]               the value of an integer array
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Union

from derive.hashing import Indexed, hashed_once, kept


@dataclass(frozen=True, slots=True)
class Index:
    """An index variable. ``name`` decides its extent; ``tag`` tells binders of one name apart."""

    name: str
    tag: int = 0

    def __str__(self) -> str:
        return self.name if self.tag == 0 else f"{self.name}'{self.tag}"


@dataclass(frozen=True, slots=True)
class Size:
    """The extent of the index called ``name``."""

    name: str

    def __str__(self) -> str:
        return f"size({self.name})"


@dataclass(frozen=True, slots=True)
class Hyper:
    """An integer hyperparameter, not yet given its number."""

    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Exact:
    """``numerator/denominator``; off the grid (reads zero) where it is not an integer."""

    numerator: IndexExpr
    denominator: IndexExpr

    def __str__(self) -> str:
        return f"{_grouped(self.numerator)}/{_grouped(self.denominator, tight=True)}"


@dataclass(frozen=True, slots=True)
class Floor:
    """``numerator//denominator``, rounded towards minus infinity."""

    numerator: IndexExpr
    denominator: IndexExpr

    def __str__(self) -> str:
        return f"{_grouped(self.numerator)}//{_grouped(self.denominator, tight=True)}"


@dataclass(frozen=True, slots=True)
class Mod:
    """``numerator % denominator``, floor convention."""

    numerator: IndexExpr
    denominator: IndexExpr

    def __str__(self) -> str:
        return f"{_grouped(self.numerator)} % {_grouped(self.denominator, tight=True)}"


@dataclass(frozen=True, slots=True)
class Least:
    """``min(a, b)``."""

    left: IndexExpr
    right: IndexExpr

    def __str__(self) -> str:
        return f"min({self.left}, {self.right})"


@dataclass(frozen=True, slots=True)
class Greatest:
    """``max(a, b)``."""

    left: IndexExpr
    right: IndexExpr

    def __str__(self) -> str:
        return f"max({self.left}, {self.right})"


@dataclass(frozen=True, slots=True)
class Label:
    """The value of the integer array ``array`` at ``indices``."""

    array: str
    indices: tuple[IndexExpr, ...]

    def __str__(self) -> str:
        return f"{self.array}[{', '.join(map(str, self.indices))}]" if self.indices else self.array


Atom = Union[Index, Size, Hyper, Exact, Floor, Mod, Least, Greatest, Label]
Monomial = tuple[Atom, ...]
ATOMS = (Index, Size, Hyper, Exact, Floor, Mod, Least, Greatest, Label)
_DIVISIONS = (Exact, Floor, Mod)


@hashed_once
@dataclass(frozen=True, slots=True, eq=False)
class IndexExpr(Indexed):
    """A polynomial ``sum of coefficient * atom * atom ...``; the empty product is the constant.

    Attributes:
        terms: ``(coefficient, atoms)`` in written order; no two terms share their atoms and
            no coefficient is zero, so the empty tuple is the number 0.
    """

    terms: tuple[tuple[int, Monomial], ...] = ()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, IndexExpr):
            return False
        return self.terms == other.terms or (
            len(self.terms) == len(other.terms) and self._key() == other._key()
        )

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> frozenset[tuple[int, frozenset[tuple[Atom, int]]]]:
        """The terms, whatever the order in which they were written."""
        return frozenset((c, _counted(m)) for c, m in self.terms)

    def __add__(self, other: IndexExpr | int) -> IndexExpr:
        return collect((*self.terms, *as_expr(other).terms))

    def __neg__(self) -> IndexExpr:
        return IndexExpr(tuple((-c, m) for c, m in self.terms))

    def __sub__(self, other: IndexExpr | int) -> IndexExpr:
        return self + (-as_expr(other))

    def __mul__(self, other: IndexExpr | int) -> IndexExpr:
        return collect(
            (a * b, (*m, *k)) for a, m in self.terms for b, k in as_expr(other).terms
        )

    # ---- questions ------------------------------------------------------------------------

    @property
    def constant(self) -> int | None:
        """The number this is, or None if it is not one."""
        if not self.terms:
            return 0
        coefficient, monomial = self.terms[0]
        return coefficient if len(self.terms) == 1 and not monomial else None

    @property
    def atom(self) -> Atom | None:
        """The single atom this is, with coefficient one, or None."""
        if len(self.terms) == 1 and self.terms[0][0] == 1 and len(self.terms[0][1]) == 1:
            return self.terms[0][1][0]
        return None

    @property
    def index(self) -> Index | None:
        """The plain index this is, or None."""
        atom = self.atom
        return atom if isinstance(atom, Index) else None

    def atoms(self) -> Iterable[Atom]:
        """Every atom, those inside quotients and labels included, in written order."""
        for _, monomial in self.terms:
            for atom in monomial:
                yield atom
                for part in parts(atom):
                    yield from part.atoms()

    @kept
    def indices(self) -> tuple[Index, ...]:
        """The index variables, each once, in written order."""
        return tuple(dict.fromkeys(a for a in self.atoms() if isinstance(a, Index)))

    def linear(self, index: Index) -> tuple[IndexExpr, IndexExpr] | None:
        """``(a, b)`` with ``self = a*index + b`` and neither holding ``index``, or None."""
        slope: list[tuple[int, Monomial]] = []
        rest: list[tuple[int, Monomial]] = []
        for coefficient, monomial in self.terms:
            others = tuple(a for a in monomial if a != index)
            degree = len(monomial) - len(others)
            if degree > 1 or any(index in p.indices() for a in others for p in parts(a)):
                return None
            (slope if degree else rest).append((coefficient, others))
        return collect(slope), collect(rest)

    # ---- rewriting ------------------------------------------------------------------------

    def rewrite(self, rule: Callable[[Atom], IndexExpr | None]) -> IndexExpr:
        """Replace, bottom up, each atom for which ``rule`` gives an expression."""
        # most expressions hold nothing to replace; seeing that is cheaper than rebuilding
        if all(rule(a) is None for _, m in self.terms for a in m if not parts(a)) and not any(
            parts(a) for _, m in self.terms for a in m
        ):
            return self
        total: IndexExpr = IndexExpr()
        for coefficient, monomial in self.terms:
            product = number(coefficient)
            for atom in monomial:
                product = product * _rewritten(atom, rule)
            total = total + product
        return total

    def substitute(self, values: Mapping[Index, IndexExpr]) -> IndexExpr:
        """Replace index variables by expressions, all at once."""
        plain = self.index
        if plain is not None:
            return values.get(plain, self)
        if not any(index in values for index in self.indices()):
            return self
        return self.rewrite(lambda a: values.get(a) if isinstance(a, Index) else None)

    def __str__(self) -> str:
        if not self.terms:
            return "0"
        # A leading minus reads badly: start with the first positive term, if there is one.
        lead = next((i for i, (c, _) in enumerate(self.terms) if c > 0), 0)
        ordered = (self.terms[lead], *self.terms[:lead], *self.terms[lead + 1 :])
        text = _term_text(*ordered[0])
        for coefficient, monomial in ordered[1:]:
            sign = "-" if coefficient < 0 else "+"
            text += f" {sign} {_term_text(abs(coefficient), monomial)}"
        return text


def _counted(monomial: Monomial) -> frozenset[tuple[Atom, int]]:
    return frozenset((atom, monomial.count(atom)) for atom in monomial)


def _term_text(coefficient: int, monomial: Monomial) -> str:
    if not monomial:
        return str(coefficient)
    # a quotient is safe at the front of a product only: s*(e/d) is not (s*e)/d on integers
    body = "*".join(
        f"({a})" if isinstance(a, _DIVISIONS) and (len(monomial) > 1 or abs(coefficient) != 1)
        else str(a)
        for a in monomial
    )
    if coefficient == 1:
        return body
    if coefficient == -1:
        return f"-({body})" if isinstance(monomial[0], _DIVISIONS) else f"-{body}"
    return f"{coefficient}*{body}"


def _grouped(expr: IndexExpr, tight: bool = False) -> str:
    """``expr`` with brackets unless it is one plain factor (or, loosely, one plain product)."""
    plain = len(expr.terms) <= 1 and not any(
        isinstance(a, _DIVISIONS) for _, m in expr.terms for a in m
    )
    if plain and tight:
        plain = expr.constant is not None or expr.atom is not None
    if plain and expr.terms and expr.terms[0][0] < 0:
        plain = False
    return str(expr) if plain else f"({expr})"


def parts(atom: Atom) -> tuple[IndexExpr, ...]:
    """The expressions inside a compound atom."""
    if isinstance(atom, (Exact, Floor, Mod)):
        return (atom.numerator, atom.denominator)
    if isinstance(atom, (Least, Greatest)):
        return (atom.left, atom.right)
    return atom.indices if isinstance(atom, Label) else ()


def _rewritten(atom: Atom, rule: Callable[[Atom], IndexExpr | None]) -> IndexExpr:
    inner = tuple(part.rewrite(rule) for part in parts(atom))
    if isinstance(atom, Exact):
        return exact(*inner)
    if isinstance(atom, Floor):
        return floor(*inner)
    if isinstance(atom, Mod):
        return mod(*inner)
    if isinstance(atom, Least):
        return least(*inner)
    if isinstance(atom, Greatest):
        return greatest(*inner)
    rebuilt = Label(atom.array, inner) if isinstance(atom, Label) else atom
    found = rule(rebuilt)
    return IndexExpr(((1, (rebuilt,)),)) if found is None else found


def collect(terms: Iterable[tuple[int, Monomial]]) -> IndexExpr:
    """Add up terms with the same atoms, keeping the order of first appearance."""
    terms = tuple(terms)
    if len(terms) < 2:
        return IndexExpr(terms if terms and terms[0][0] else ())
    sums: dict[frozenset[tuple[Atom, int]], tuple[int, Monomial]] = {}
    for coefficient, monomial in terms:
        key = _counted(monomial)
        before, written = sums.get(key, (0, monomial))
        sums[key] = (before + coefficient, written)
    return IndexExpr(tuple((c, m) for c, m in sums.values() if c))


def number(value: int) -> IndexExpr:
    """The constant ``value``."""
    return IndexExpr(((value, ()),) if value else ())


def as_expr(value: IndexExpr | Atom | int) -> IndexExpr:
    """An index expression from one, from an atom, or from a number."""
    if isinstance(value, IndexExpr):
        return value
    return number(value) if isinstance(value, int) else IndexExpr(((1, (value,)),))


def _divided(numerator: IndexExpr, denominator: IndexExpr) -> IndexExpr | None:
    """The polynomial quotient, if every term divides; None otherwise."""
    if denominator.constant == 1:
        return numerator
    if len(denominator.terms) != 1:
        return None
    divisor, atoms = denominator.terms[0]
    quotient: list[tuple[int, Monomial]] = []
    for coefficient, monomial in numerator.terms:
        left = list(monomial)
        for atom in atoms:
            if atom not in left:
                return None
            left.remove(atom)
        if divisor == 0 or coefficient % divisor:
            return None
        quotient.append((coefficient // divisor, tuple(left)))
    return collect(quotient)


def exact(numerator: IndexExpr, denominator: IndexExpr) -> IndexExpr:
    """``numerator/denominator``, simplified where every term divides."""
    if denominator.constant == -1:
        return -numerator
    found = _divided(numerator, denominator)
    return as_expr(Exact(numerator, denominator)) if found is None else found


def floor(numerator: IndexExpr, denominator: IndexExpr) -> IndexExpr:
    """``numerator//denominator``, folded for numbers and where every term divides."""
    top, bottom = numerator.constant, denominator.constant
    if top is not None and bottom is not None and bottom != 0:
        return number(top // bottom)
    found = _divided(numerator, denominator)
    return as_expr(Floor(numerator, denominator)) if found is None else found


def mod(numerator: IndexExpr, denominator: IndexExpr) -> IndexExpr:
    """``numerator % denominator``, folded for numbers and where every term divides."""
    top, bottom = numerator.constant, denominator.constant
    if top is not None and bottom is not None and bottom != 0:
        return number(top % bottom)
    if _divided(numerator, denominator) is not None:
        return number(0)
    return as_expr(Mod(numerator, denominator))


def least(left: IndexExpr, right: IndexExpr) -> IndexExpr:
    """``min(left, right)``, folded where the two differ by a number."""
    gap = (left - right).constant
    if gap is not None:
        return left if gap <= 0 else right
    return as_expr(Least(left, right))


def greatest(left: IndexExpr, right: IndexExpr) -> IndexExpr:
    """``max(left, right)``, folded where the two differ by a number."""
    gap = (left - right).constant
    if gap is not None:
        return left if gap >= 0 else right
    return as_expr(Greatest(left, right))
