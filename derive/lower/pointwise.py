"""The value of an expression: one rule per node."""

from __future__ import annotations

from fractions import Fraction

from derive.expr import (
    MINUS_ONE,
    ONE,
    ZERO,
    Add,
    Call,
    Constant,
    Div,
    Expr,
    IndexValue,
    Iverson,
    Mul,
    Number,
    Parameter,
    Power,
    Read,
    Reduce,
    Select,
    free_indices,
    is_static,
    reads,
)
from derive.index import Index
from derive.lower.align import mapped
from derive.lower.arithmetic import combined, negated, product, raised, real, total
from derive.lower.context import Builder, Order
from derive.lower.grid import grid
from derive.lower.mask import condition, decided_early, guarded, needed
from derive.lower.plan import NUMBER, REAL, Cast, Literal, Map, Named, Value, kind
from derive.lower.reduction import reduced
from derive.lower.scatter import scattered_read, scattered_share
from derive.lower.softmax import difference, exponential
from derive.lower.views import read


def lower(expr: Expr, order: Order, builder: Builder) -> Value:  # noqa: PLR0911  one per node
    """The value of ``expr``; its axes are those of ``order`` that it uses, in that order."""
    match expr:
        case Number(value):
            return Literal(value)
        case Constant(name) | Parameter(name):
            return Named(name)
        case IndexValue(index):
            return real(grid(index, order, builder))
        case Read():
            found = scattered_read(expr, order, builder)
            return read(expr, order, builder) if found is None else found
        case Add():
            return _sum(expr, order, builder)
        case Mul(factors):
            return _product(factors, order, builder)
        case Div(above, below):
            return _quotient(above, below, order, builder)
        case Power(base, exponent):
            return _power(base, exponent, order, builder)
        case Call():
            return _call(expr, order, builder)
        case Iverson(inner):
            kept = needed(inner, builder)
            return Literal(Fraction(1)) if kept is None else condition(kept, order, builder)
        case Select():
            return _select(expr, order, builder)
        case Reduce():
            return reduced(expr, order, builder)
    raise TypeError(f"{type(expr).__name__} is not a node: add it to derive.lower.pointwise")


def _sum(expr: Add, order: Order, builder: Builder) -> Value:
    found = difference(expr, order, builder)
    if found is not None:
        return found
    if len(expr.terms) == 2 and MINUS_ONE in expr.terms:
        other = expr.terms[0] if expr.terms[1] == MINUS_ONE else expr.terms[1]
        if isinstance(other, Call) and other.name == "exp":
            return _function("expm1", (builder.lower(other.args[0], order),), order)
    return total([_term(t, order, builder) for t in expr.terms], order)


def _term(term: Expr, order: Order, builder: Builder) -> tuple[bool, Value]:
    """Whether a term is subtracted, and its value."""
    if isinstance(term, Mul) and term.factors[0] == MINUS_ONE:
        rest = term.factors[1:]
        return True, _product(rest, order, builder)
    if isinstance(term, Number) and term.value < 0:
        return True, Literal(-term.value)
    return False, builder.lower(term, order)


def _product(factors: tuple[Expr, ...], order: Order, builder: Builder) -> Value:
    if len(factors) == 1:
        return builder.lower(factors[0], order)
    if factors[0] == MINUS_ONE:
        return negated(_product(factors[1:], order, builder), order)
    if len(factors) == 2 and isinstance(factors[0], Read):
        found = _chosen(factors[0], factors[1], order, builder)
        if found is not None:
            return found
    return product([builder.lower(f, order) for f in factors], order)


def _chosen(factor: Read, choice: Expr, order: Order, builder: Builder) -> Value | None:
    """``factor`` times one of two numbers: chosen between the products, which have a dtype."""
    if not isinstance(choice, Select) or not _is_numeric(choice):
        return None
    value, mask = builder.lower(factor, order), condition(choice.condition, order, builder)
    if kind(value) != REAL or not set(mask.axes) <= set(value.axes):
        return None
    branches = [
        product((Literal(n.value), value), order)
        for n in (choice.then, choice.other)
        if isinstance(n, Number)
    ]
    if is_static(choice.condition):
        return mapped("where", (mask, *branches), order)
    # a choice by data is slow, sums of products by masks are not
    then, other = branches
    opposite = Map("not", (mask,), mask.axes)
    return total(
        [(False, product((then, mask), order)), (False, product((other, opposite), order))], order
    )


def _is_numeric(choice: Select) -> bool:
    """Whether both branches are numbers other than 0."""
    return all(isinstance(n, Number) and n.value != 0 for n in (choice.then, choice.other))


def _quotient(above: Expr, below: Expr, order: Order, builder: Builder) -> Value:
    if isinstance(above, Mul) and above.factors[0] == MINUS_ONE:
        rest = above.factors[1:]
        inner = rest[0] if len(rest) == 1 else Mul(rest)
        return negated(_quotient(inner, below, order, builder), order)
    found = scattered_share(above, below, order, builder)
    if found is not None:
        return found
    found = _scaled(above, below, order, builder)
    if found is not None:
        return found
    top, bottom = builder.lower(above, order), builder.lower(below, order)
    return combined("/", (top, real(bottom)), order)


def _scaled(above: Expr, below: Expr, order: Order, builder: Builder) -> Value | None:
    """What has fewer axes than the result, brought together: one pass over the whole less.

        g*(p[n,k] - t[n,k])/size(n)                 g/size(n)*(p[n,k] - t[n,k])
        a[n]*x[n,i]/s[n]                            (a/s)[n]*x[n,i]
    """
    factors = above.factors if isinstance(above, Mul) else ()
    wide = max((_span(f, builder) for f in factors), key=len, default=frozenset())
    span, narrow = _span(below, builder), list[Expr]()
    for factor in factors:
        if span | _span(factor, builder) < wide and not isinstance(factor, Iverson):
            span |= _span(factor, builder)
            narrow.append(factor)
    if not any(reads(f) for f in narrow):
        return None
    bottom = real(builder.lower(below, order))
    scale = combined("/", (_product(tuple(narrow), order, builder), bottom), order)
    rest = tuple(f for f in factors if f not in narrow)
    return product((scale, _product(rest, order, builder)), order)


def _span(expr: Expr, builder: Builder) -> frozenset[Index]:
    return frozenset(i for i in free_indices(expr) if i not in builder.scalars)


def _power(base: Expr, exponent: Expr, order: Order, builder: Builder) -> Value:
    if isinstance(exponent, Number):
        return raised(builder.lower(base, order), exponent.value, order, builder)
    below, above = builder.lower(base, order), builder.lower(exponent, order)
    return mapped("**", (real(below), real(above)), order)


def _call(expr: Call, order: Order, builder: Builder) -> Value:
    found = exponential(expr, order, builder)
    if found is not None:
        return found
    if expr.name == "log" and isinstance(expr.args[0], Add) and ONE in expr.args[0].terms:
        terms = expr.args[0].terms
        rest = [t for k, t in enumerate(terms) if k != terms.index(ONE)]
        inner = total([_term(t, order, builder) for t in rest], order)
        return _function("log1p", (inner,), order)
    args = tuple(builder.lower(arg, order) for arg in expr.args)
    if expr.name == "sqrt" and kind(args[0]) == NUMBER:
        return raised(args[0], Fraction(1, 2), order, builder)  # a number of Python's own
    if expr.name == "relu":
        return _function("maximum", (*args, Literal(Fraction(0))), order)
    return _function(_RENAMED.get(expr.name, expr.name), args, order)


_RENAMED = {"max": "maximum", "min": "minimum"}


def _function(name: str, args: tuple[Value, ...], order: Order) -> Value:
    found = mapped(name, tuple(map(real, args)), order)
    # a function of Python's numbers would give a number of its own dtype
    return Cast(found) if all(kind(arg) == NUMBER for arg in args) else found


def _select(expr: Select, order: Order, builder: Builder) -> Value:
    if needed(expr.condition, builder) is None:
        return builder.lower(expr.then, order)
    mask = condition(expr.condition, order, builder)
    if decided_early(expr.condition, builder):
        branches = tuple(real(builder.lower(e, order)) for e in (expr.then, expr.other))
        return Map("if", (mask, *branches), mapped("if", branches, order).axes)
    (then, tame), (other, calm) = (
        guarded(e, expr.condition, order, builder) for e in (expr.then, expr.other)
    )
    if expr.other == ZERO and tame:
        return product((then, mask), order) if expr.then != ONE else mask
    if expr.then == ZERO and calm:
        return product((other, Map("not", (mask,), mask.axes)), order)
    branches = (real(then), real(other))
    if builder.loops and not any(value.axes for value in (mask, *branches)):
        # written into an element of an array, which must not become an array itself
        return Map("if", (mask, *branches), ())
    found = mapped("where", (mask, *branches), order)
    return Cast(found) if all(kind(b) == NUMBER for b in branches) else found
