"""Arithmetic on normal forms: sums, products and powers, each result in normal form again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from functools import reduce
from math import gcd, lcm

from derive.extent import expanded, extent_of
from derive.index import Index, IndexExpr, Size, as_expr, parts
from derive.program import Program
from derive.proof.forms import (
    LARGEST_FORM,
    NOTHING,
    UNIT,
    Atom,
    Factors,
    GaveUp,
    Poly,
    Supply,
    Term,
    index_key,
    made,
    term_key,
)
from derive.scope import index_names

Values = Mapping[Index, IndexExpr]
ONE = Fraction(1)
# A sum to a higher power stays a power.
LARGEST_POWER = 8
# A proof of more rewritings than this is given up.
MOST_STEPS = 12_000
# What is positive wherever it has a value.
POSITIVE_CALLS = frozenset({"sigmoid", "softplus", "cosh"})


class Algebra:
    """Arithmetic over the indices of one program; ``reduce_term`` holds the rules for products.

    Attributes:
        program: for extents.
        extents: the extent of every index, in letters.
        supply: fresh indices.
        rules: what a product is rewritten by, tried in order; the first that applies is taken.
    """

    def __init__(self, program: Program) -> None:
        self.program = program
        self.extents = {
            name: index_key(extent_of(program, name), {}) for name in index_names(program)
        }
        self.supply = Supply()
        self.steps = 0
        self.rules: Sequence[Callable[[Algebra, Fraction, Term], Poly | None]] = ()

    # ---- making ---------------------------------------------------------------------------

    def constant(self, value: Fraction | int) -> Poly:
        """A number."""
        return self.collected([(Fraction(value), UNIT)])

    def atom(self, kind: str, head: str = "", **fields: object) -> Poly:
        """One atom."""
        return self.power_of(made(kind, self.extents, head=head, **fields), ONE)  # type: ignore[arg-type]

    def power_of(self, atom: Atom, exponent: Fraction) -> Poly:
        """One atom to a power."""
        return self.reduced(ONE, Term((), {atom: exponent}))

    def integer(self, expr: IndexExpr) -> Poly:
        """An index expression as a number."""
        found = []
        for coefficient, monomial in expanded(self.program, expr).terms:
            factors: Factors = {}
            for part in monomial:
                atom = made("index", self.extents, indices=(as_expr(part),))
                factors[atom] = factors.get(atom, Fraction(0)) + 1
            found.append((Fraction(coefficient), Term((), factors)))
        return self.collected(found)

    def solved_first(self, index: Index) -> tuple[int, str]:
        """Of the indices of a delta those go first whose extents follow from others."""
        extent = extent_of(self.program, index.name)
        return (int(isinstance(extent.atom, Size)), self.extents[index.name])

    def size(self, index: Index) -> Poly:
        """The number of values of an index."""
        return self.integer(as_expr(Size(index.name)))

    def collected(self, rows: Iterable[tuple[Fraction, Term]]) -> Poly:
        """A sum of terms in which no rule applies any more."""
        return _merged((term_key(term, {}, self.extents), c, term) for c, term in rows)

    # ---- sums -----------------------------------------------------------------------------

    def add(self, *forms: Poly) -> Poly:
        """The sum."""
        return _merged((key, c, t) for form in forms for key, (c, t) in form.terms.items())

    def scale(self, form: Poly, by: Fraction | int) -> Poly:
        """``by * form``."""
        return Poly({k: (c * by, t) for k, (c, t) in form.terms.items()}) if by else NOTHING

    def minus(self, left: Poly, right: Poly) -> Poly:
        """The difference."""
        return self.add(left, self.scale(right, -1))

    def total(self, form: Poly, indices: Sequence[Index]) -> Poly:
        """The sum over ``indices``, which nothing else binds."""
        rows = [self.reduced(c, Term((*t.bound, *indices), t.factors)) for c, t in form]
        return self.add(*rows)

    # ---- products -------------------------------------------------------------------------

    def times(self, *forms: Poly) -> Poly:
        """The product, multiplied out."""
        return reduce(self._product, forms, self.constant(1))

    def _product(self, left: Poly, right: Poly) -> Poly:
        if len(left) * len(right) > LARGEST_FORM:
            raise GaveUp
        return self.add(
            *(
                self.reduced(a * b, self.joined(first, second))
                for a, first in left
                for b, second in right
            )
        )

    def joined(self, left: Term, right: Term) -> Term:
        """The product of two terms, with binders of their own."""
        right = self.refreshed(right) if set(left.bound) & set(right.bound) else right
        factors = dict(left.factors)
        for atom, exponent in right.factors.items():
            factors[atom] = factors.get(atom, Fraction(0)) + exponent
        kept = {atom: e for atom, e in factors.items() if e}
        return Term((*left.bound, *right.bound), kept)

    def refreshed(self, term: Term) -> Term:
        """``term`` with other bound indices."""
        values = {i: as_expr(self.supply.like(i)) for i in term.bound}
        bound = tuple(_index(values[i]) for i in term.bound)
        factors = {self._moved(a, values): e for a, e in term.factors.items()}
        return Term(bound, factors)

    def _moved(self, atom: Atom, values: Values) -> Atom:
        """``atom`` at renamed indices."""
        if atom.free.isdisjoint(values):
            return atom
        forms = tuple(
            Poly({
                term_key(t, {}, self.extents): (c, t)
                for c, t in (
                    (c, Term(t.bound, {self._moved(a, values): e for a, e in t.factors.items()}))
                    for c, t in form
                )
            })
            for form in atom.forms
        )  # fmt: skip
        at = tuple(e.substitute(values) for e in atom.indices)
        return made(
            atom.kind, self.extents, head=atom.head, indices=at, forms=forms, bound=atom.bound
        )

    def reduced(self, coefficient: Fraction, term: Term) -> Poly:
        """One term, rewritten until no rule applies."""
        self.steps += 1
        if self.steps > MOST_STEPS:
            raise GaveUp
        for rule in self.rules:
            found = rule(self, coefficient, term)
            if found is not None:
                return found
        return self.collected([(coefficient, term)])

    # ---- powers ---------------------------------------------------------------------------

    def power(self, form: Poly, exponent: Fraction) -> Poly:
        """``form ^ exponent``."""
        if exponent.denominator == 1 and 0 <= exponent <= LARGEST_POWER:
            return self.times(*([form] * int(exponent)))
        if form.constant is not None:
            return self._constant_power(form.constant, exponent)
        content, shared, rest = self.taken_out(form, exponent.denominator == 1)
        found = [self._constant_power(content, exponent), self._raised(shared, exponent)]
        if rest is not None:
            found.append(self.base(rest, exponent))
        return self.times(*found)

    def base(self, form: Poly, exponent: Fraction) -> Poly:
        """A sum to a power that is not multiplied out: ``1/(1 + exp(-u))`` is ``sigmoid(u)``."""
        inside = self.exponent_of_one_plus(form)
        if inside is not None:
            return self.power(self.gate(self.scale(inside, -1)), -exponent)
        return self.power_of(made("base", self.extents, forms=(form,)), exponent)

    def gate(self, form: Poly) -> Poly:
        """``sigmoid(form)``, of a form with a positive first term; at -z it is 1 less that at z."""
        if form.constant == 0:
            return self.constant(Fraction(1, 2))
        if form.terms[min(form.terms)][0] < 0:
            return self.minus(self.constant(1), self.gate(self.scale(form, -1)))
        return self.atom("call", "sigmoid", forms=(form,))

    def exponent_of_one_plus(self, form: Poly) -> Poly | None:
        """``u`` where ``form`` is ``1 + exp(u)``."""
        rows = list(form)
        if len(rows) != 2 or any(c != 1 or t.bound for c, t in rows):
            return None
        terms = [t.factors for _, t in rows]
        exps = next((f for f in terms if f and all(a.kind == "exp" for a in f)), None)
        if exps is None or {} not in terms:
            return None
        return self.add(*(self.scale(a.forms[0], e) for a, e in exps.items()))

    def _constant_power(self, value: Fraction, exponent: Fraction) -> Poly:
        if value == 0 and exponent < 0:
            raise GaveUp  # has no value: nothing is proved about it
        if exponent.denominator == 1 and abs(exponent) <= 64:
            return self.constant(value ** int(exponent))
        if value == 1:
            return self.constant(1)
        inside = self.constant(value)
        return self.power_of(made("base", self.extents, forms=(inside,)), exponent)

    def _raised(self, shared: Factors, exponent: Fraction) -> Poly:
        kept = {atom: e * exponent for atom, e in shared.items()}
        return self.reduced(ONE, Term((), kept)) if kept else self.constant(1)

    def taken_out(self, form: Poly, whole: bool) -> tuple[Fraction, Factors, Poly | None]:
        """``form`` as a number, factors that all terms share, and a rest (None if that is 1).

        ``whole`` says that anything may be taken out, else only what is surely positive.
        """
        rows = list(form)
        content = _content([c for c, _ in rows])
        if whole and all(c < 0 for c, _ in rows):
            content = -content
        shared = {
            atom: min(t.factors[atom] for _, t in rows)
            for atom in (rows[0][1].factors if rows else ())
            if self._may_go_out(atom, rows, whole)
        }
        rest = [
            (c / content, Term(t.bound, {
                a: e - shared.get(a, Fraction(0))
                for a, e in t.factors.items() if e != shared.get(a, Fraction(0))
            }))
            for c, t in rows
        ]  # fmt: skip
        left = self.collected(rest)
        return content, shared, None if left.constant == 1 else left

    def _may_go_out(self, atom: Atom, rows: list[tuple[Fraction, Term]], whole: bool) -> bool:
        """Whether a factor may be taken out of a power of a sum."""
        everywhere = all(
            atom in t.factors and atom.free.isdisjoint(t.bound) for _, t in rows
        )
        if atom.is_condition or not everywhere:
            return False
        (coefficient, term) = rows[0]
        alone = len(rows) == 1 and term.factors == {atom: ONE} and not term.bound
        return whole or self.positive(atom) or (alone and coefficient > 0)

    def positive(self, atom: Atom) -> bool:
        """Whether ``atom`` is positive wherever it has a value."""
        if atom.kind == "exp":
            return True
        if atom.kind == "index":
            return isinstance(atom.indices[0].atom, Size)
        if atom.kind == "named":
            return atom.head == "pi"
        if atom.kind == "call":
            return atom.head in POSITIVE_CALLS
        return atom.kind == "base" and self.is_positive(atom.forms[0])

    def is_positive(self, form: Poly) -> bool:
        """Whether ``form`` is positive wherever it has a value, seen from its terms alone."""
        return bool(form.terms) and all(
            c > 0 and all(self.positive(a) for a in t.factors) for c, t in form
        )

    # ---- indices --------------------------------------------------------------------------

    def at(self, form: Poly, values: Values) -> Poly:
        """``form`` with index expressions in place of free indices."""
        rows = []
        for coefficient, term in form:
            if term.free().isdisjoint(values):
                rows.append(self.collected([(coefficient, term)]))
                continue
            factors = [self.atom_at(a, e, values) for a, e in term.factors.items()]
            body = self.times(self.constant(coefficient), *factors)
            rows.append(self.total(body, term.bound))
        return self.add(*rows)

    def atom_at(self, atom: Atom, exponent: Fraction, values: Values) -> Poly:
        """``atom ^ exponent`` with index expressions in place of free indices."""
        if atom.free.isdisjoint(values):
            return self.reduced(ONE, Term((), {atom: exponent}))
        at = tuple(e.substitute(values) for e in atom.indices)
        if atom.kind == "index":
            return self.power(self.integer(at[0]), exponent)
        forms = tuple(self.at(form, values) for form in atom.forms)
        if atom.kind == "base":
            return self.power(forms[0], exponent)
        changed = made(
            atom.kind, self.extents, head=atom.head, indices=at, forms=forms, bound=atom.bound
        )
        return self.reduced(ONE, Term((), {changed: exponent}))


def _merged(rows: Iterable[tuple[str, Fraction, Term]]) -> Poly:
    """Like terms added up."""
    found: dict[str, tuple[Fraction, Term]] = {}
    for key, coefficient, term in rows:
        before = found.get(key)
        total = coefficient if before is None else coefficient + before[0]
        if total:
            found[key] = (total, term)
        else:
            found.pop(key, None)
        if len(found) > LARGEST_FORM:
            raise GaveUp
    return Poly(found)


def _index(expr: IndexExpr) -> Index:
    found = expr.index
    assert found is not None, "made of one index"
    return found


def _content(coefficients: list[Fraction]) -> Fraction:
    top = gcd(*(abs(c.numerator) for c in coefficients))
    return Fraction(top, lcm(*(c.denominator for c in coefficients)))


def mentioned(expr: IndexExpr) -> set[Index]:
    """The indices inside the compound atoms of an index expression."""
    return {i for a in expr.atoms() for part in parts(a) for i in part.indices()}
