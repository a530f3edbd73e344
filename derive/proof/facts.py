"""Facts as rules: ``assume sum[k](t[n, k]) = 1``, and what definitions say about sums.

    mu[n] = mean[i](x[n, i])                  sum[i](x[n, i]) = size(i)*mu[n]
    p[n, k] = e[n, k]/sum[i](e[n, i])         sum[k](p[n, k]) = 1

A fact rewrites a product that holds its left side: the factors of its pattern at some indices,
under the same sums, with nothing else that depends on these.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from derive.expr import Div, Expr, Mul, Number, Read, Reduce, free_indices
from derive.extent import runs_over
from derive.index import Index, IndexExpr
from derive.program import Equation, Program
from derive.proof.algebra import ONE, Algebra
from derive.proof.forms import Atom, Poly, Term
from derive.proof.rules import Rule
from derive.proof.translate import Translator

Values = dict[Index, IndexExpr]


@dataclass(frozen=True, slots=True)
class Fact:
    """``coefficient * pattern = value`` for all values of ``variables``."""

    coefficient: Fraction
    pattern: Term
    value: Poly
    variables: frozenset[Index]


def stated(program: Program) -> Iterator[tuple[Expr, Expr]]:
    """The two sides of every assumption."""
    yield from ((fact.left, fact.right) for fact in program.assumptions)


def implied(equations: Sequence[Equation], folded: frozenset[str]) -> Iterator[tuple[Expr, Expr]]:
    """What the definitions of ``folded`` arrays say about sums."""
    for equation in equations:
        if equation.name not in folded or equation.is_start:
            continue
        expr, read = equation.expr, Read(equation.name, equation.indices)
        if isinstance(expr, Reduce) and expr.op == "mean" and expr.where is None:
            count = Reduce("sum", expr.indices, Number(ONE))
            yield Reduce("sum", expr.indices, expr.body), Mul((count, read))
        elif isinstance(expr, Div) and isinstance(expr.denominator, Reduce):
            total = expr.denominator
            own = [i for i in equation.free if i not in free_indices(total)]
            if total.op == "sum" and own and len(own) == len(total.indices):
                yield Reduce("sum", tuple(own), read), _quotient(expr, tuple(own))


def _quotient(expr: Div, own: tuple[Index, ...]) -> Expr:
    """``sum[k](a[n, k])/sum[i](a[n, i])``, which is 1 if the two sums are the same."""
    return Div(Reduce("sum", own, expr.numerator), expr.denominator)


def fact(translator: Translator, left: Expr, right: Expr) -> Fact | None:
    """A fact as a rule; None if its left side is not one product."""
    pattern, value = translator.form(left), translator.form(right)
    row = pattern.single
    if row is None or not row[1].factors or value.terms == pattern.terms:
        return None
    reads = all(atom.kind == "read" for atom in row[1].factors)
    return Fact(row[0], row[1], value, row[1].free()) if reads else None


def rule(found: Fact) -> Rule:
    """The fact as a rule for products."""

    def apply(algebra: Algebra, coefficient: Fraction, term: Term) -> Poly | None:
        match = next(_matches(algebra.program, found, term), None)
        if match is None:
            return None
        values, rest = match
        value = algebra.at(found.value, values)
        gone = {v.index for i, v in values.items() if i in found.pattern.bound}
        left = tuple(i for i in term.bound if i not in gone)
        body = algebra.reduced(coefficient / found.coefficient, Term((), rest))
        return algebra.total(algebra.times(body, value), left)

    return apply


def _matches(
    program: Program, found: Fact, term: Term
) -> Iterator[tuple[Values, dict[Atom, Fraction]]]:
    """Indices for the pattern, and what is left of the product without it."""
    pattern = list(found.pattern.factors.items())
    for values, used in _subsets(program, found, pattern, term, ({}, {})):
        bound = [values[i].index if i in values else None for i in found.pattern.bound]
        if None in bound or len(set(bound)) != len(bound) or not set(bound) <= set(term.bound):
            continue
        rest = {a: e - used.get(a, Fraction(0)) for a, e in term.factors.items()}
        rest = {a: e for a, e in rest.items() if e}
        if not any(set(bound) & a.free for a in rest):
            yield values, rest


def _subsets(
    program: Program,
    found: Fact,
    pattern: Sequence[tuple[Atom, Fraction]],
    term: Term,
    so_far: tuple[Values, Mapping[Atom, Fraction]],
) -> Iterator[tuple[Values, Mapping[Atom, Fraction]]]:
    values, used = so_far
    if not pattern:
        yield so_far
        return
    (atom, exponent), rest = pattern[0], pattern[1:]
    for candidate, power in term.factors.items():
        if candidate.head != atom.head or candidate.kind != "read":
            continue
        if power - used.get(candidate, Fraction(0)) < exponent:
            continue
        bound = _bound(program, found, atom, candidate, values)
        if bound is not None:
            taken = {**used, candidate: used.get(candidate, Fraction(0)) + exponent}
            yield from _subsets(program, found, rest, term, (bound, taken))


def _bound(
    program: Program, found: Fact, atom: Atom, candidate: Atom, values: Values
) -> Values | None:
    """The indices at which one read is another; they must be on its grid, where facts hold."""
    variables = found.variables | set(found.pattern.bound)
    axes = program.axes(atom.head)
    for mine, theirs, axis in zip(atom.indices, candidate.indices, axes, strict=True):
        known = mine.substitute(values)
        if not runs_over(program, theirs, axis):
            return None
        if known == theirs:
            continue
        index = mine.index
        if index is None or index not in variables or index in values:
            return None
        values = {**values, index: theirs}
    return values
