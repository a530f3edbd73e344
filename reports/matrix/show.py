"""Matrix forms as layout: bold letters, capitals for matrices, products by juxtaposition."""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from typing import NamedTuple

from derive.expr import ONE, Expr, Mul, Number, Read
from derive.index import Index
from reports.mathematics.layout import (
    THIN,
    Accent,
    Bar,
    Bold,
    Digits,
    Fenced,
    Fraction,
    Layout,
    Letter,
    Limits,
    Mark,
    Root,
    Scripts,
    Word,
    listed,
    row,
)
from reports.mathematics.names import Names
from reports.mathematics.relations import RELATIONS
from reports.mathematics.subscripts import subscript
from reports.mathematics.typeset import Level as Tightness
from reports.mathematics.typeset import bracketed, function, typeset
from reports.matrix.reasons import NoForm, Reason
from reports.matrix.tree import (
    Applied,
    Bracket,
    Hadamard,
    Matrix,
    Ones,
    Over,
    Plus,
    Quotient,
    Raised,
    Scalar,
    Scaled,
    Times,
    Turned,
    Weighted,
    Whole,
    Zeros,
)

_ODOT, _OSLASH, _TOP = Mark("⊙", "binary"), Mark("⊘", "binary"), Mark("⊤")
_MINUS, _PLUS = Mark("−", "binary"), Mark("+", "binary")


class Level(IntEnum):
    """How tightly a form holds together."""

    SUM = 0
    ENTRYWISE = 1
    PRODUCT = 2
    ATOM = 3


class Set(NamedTuple):
    """A layout and its level."""

    layout: Layout
    level: Level


def show(matrix: Matrix, names: Names) -> Layout:
    """Give the layout of a form.

    Raises:
        NoForm: where a name cannot be told from others in bold.
    """
    return _set(matrix, names).layout


def _set(matrix: Matrix, names: Names) -> Set:  # noqa: PLR0911, PLR0912  a node a line
    match matrix:
        case Whole(read, own, slices):
            return Set(_array(read, len(own), slices, names), Level.ATOM)
        case Scalar(expr):
            return Set(bracketed(expr, names, Tightness.PRODUCT), Level.PRODUCT)
        case Ones() | Zeros():
            return Set(Bold("1" if isinstance(matrix, Ones) else "0"), Level.ATOM)
        case Turned(body):
            return Set(_raised(_at_least(body, Level.ATOM, names), _TOP), Level.ATOM)
        case Times(factors):
            shown = [_at_least(factor, Level.ATOM, names) for factor in factors]
            return Set(_between(shown, THIN), Level.PRODUCT)
        case Hadamard(factors):
            shown = [_at_least(factor, Level.ATOM, names) for factor in factors]
            return Set(_between(shown, _ODOT), Level.ENTRYWISE)
        case Quotient(above, below):
            level = Level.ENTRYWISE if isinstance(above, Hadamard) else Level.ATOM
            shown = [_at_least(above, level, names), _at_least(below, Level.ATOM, names)]
            return Set(_between(shown, _OSLASH), Level.ENTRYWISE)
        case Plus(terms):
            return _plus(terms, names)
        case Scaled(above, below, body):
            return _scaled(above, below, body, names)
        case Weighted(above, below, body):
            return _weighted(above, below, body, names)
        case Applied(name, body, numbers):
            return _applied(name, body, numbers, names)
        case Raised(body, exponent, is_number):
            power = () if is_number else (Mark("⊙"),)
            raised = row(*power, typeset(exponent, names))
            return Set(_raised(_at_least(body, Level.ATOM, names), raised), Level.ATOM)
        case Bracket(op, left, right):
            relation = Mark(RELATIONS[op], "relation")
            inner = row(show(left, names), relation, show(right, names))
            return Set(Fenced("[", inner, "]"), Level.ATOM)
        case Over(indices, body):
            return _over(indices, body, names)
    raise TypeError(f"{type(matrix).__name__} is no matrix: add it to matrix.show")


def _at_least(matrix: Matrix, level: Level, names: Names) -> Layout:
    found = _set(matrix, names)
    return found.layout if found.level >= level else Fenced("(", found.layout, ")")


def _over(indices: tuple[Index, ...], body: Matrix, names: Names) -> Set:
    below = listed(tuple(names.index(index.name) for index in indices))
    summed = _at_least(body, Level.PRODUCT, names)
    return Set(row(Limits(Mark("∑", "large"), below), summed), Level.PRODUCT)


def _applied(name: str, body: Matrix, numbers: tuple[Expr, ...], names: Names) -> Set:
    if name == "sqrt":
        return Set(Root(show(body, names)), Level.ATOM)
    inside = listed((show(body, names), *(typeset(number, names) for number in numbers)))
    return Set(row(function(name, names), Fenced("(", inside, ")")), Level.ATOM)


def _between(shown: list[Layout], sign: Mark) -> Layout:
    spread: list[Layout] = []
    for layout in shown:
        spread += [sign, layout] if spread else [layout]
    return row(*spread)


def _raised(base: Layout, above: Layout) -> Layout:
    if isinstance(base, Scripts) and base.above is None:
        return Scripts(base.base, base.below, above)
    return Scripts(Fenced("(", base, ")") if isinstance(base, Scripts) else base, None, above)


def _plus(terms: tuple[tuple[bool, Matrix], ...], names: Names) -> Set:
    shown: list[Layout] = []
    for negative, term in terms:
        if shown:
            shown.append(_MINUS if negative else _PLUS)
        elif negative:
            shown.append(Mark("−", "prefix"))
        shown.append(_at_least(term, Level.ENTRYWISE, names))
    return Set(row(*shown), Level.SUM)


def _scaled(above: Expr, below: Expr, body: Matrix, names: Names) -> Set:
    negative, rest = _sign(above)
    # (c A) ⊙ B is c (A ⊙ B): no brackets
    level = Level.ENTRYWISE if isinstance(body, (Hadamard, Quotient)) else Level.PRODUCT
    shown = _at_least(body, level, names)
    if below != ONE:
        shown = row(Fraction(typeset(rest, names), typeset(below, names)), THIN, shown)
    elif rest != ONE:
        shown = row(bracketed(rest, names, Tightness.PRODUCT), THIN, shown)
    if negative:
        return Set(row(Mark("−", "prefix"), shown), Level.SUM)
    return Set(shown, level)


def _weighted(
    above: tuple[Matrix, ...], below: tuple[Matrix, ...], body: Matrix, names: Names
) -> Set:
    shown = _at_least(body, Level.PRODUCT, names)
    if not below:
        numbers = [_at_least(number, Level.ATOM, names) for number in above]
        return Set(_between([*numbers, shown], THIN), Level.PRODUCT)
    fraction = Fraction(_numbers(above, names), _numbers(below, names))
    return Set(row(fraction, THIN, shown), Level.PRODUCT)


def _numbers(factors: tuple[Matrix, ...], names: Names) -> Layout:
    if len(factors) == 1:
        return show(factors[0], names)
    shown = [_at_least(factor, Level.ATOM, names) for factor in factors]
    return _between(shown, THIN) if shown else Digits("1")


def _sign(expr: Expr) -> tuple[bool, Expr]:
    factors = expr.factors if isinstance(expr, Mul) else (expr,)
    first = factors[0]
    if not isinstance(first, Number) or first.value >= 0:
        return False, expr
    rest = (*((Number(-first.value),) if first.value != -1 else ()), *factors[1:])
    return True, ONE if not rest else rest[0] if len(rest) == 1 else Mul(rest)


def _array(read: Read, rank: int, slices: int, names: Names) -> Layout:
    below = tuple(subscript(index, names) for index in read.indices[:slices])
    return names.array(read.array, below, (None, small, capital)[rank])


def symbol(array: str, rank: int, names: Names) -> Layout:
    """Show an array as matrix forms do, without slices.

    Raises:
        NoForm: where its name is neither a letter nor a word.
    """
    return names.array(array, (), (None, small, capital)[rank])


def capital(nucleus: Layout) -> Layout:
    """The name in bold with a capital, for a matrix."""
    return _bold(nucleus, lambda name: name[:1].upper() + name[1:])


def small(nucleus: Layout) -> Layout:
    """The name in bold as it is, for a vector."""
    return _bold(nucleus, str)


def _bold(nucleus: Layout, case: Callable[[str], str]) -> Layout:
    match nucleus:
        case Letter(character):
            return Bold(case(character))
        case Word(text) if text.isalpha():
            return Bold(case(text))
        case Bar(body):
            return Bar(_bold(body, case))
        case Accent(body, kind):
            return Accent(_bold(body, case), kind)
    raise NoForm(Reason.NAME)
