"""Expressions as layout, as a textbook would set them, in the order in which they are written.

The contract for a rule: it gets a node and the ``Names`` of its program, and gives a ``Set``: the
layout, with the level that decides where brackets go round it. A rule changes no order and drops
no factor; full-range sums name their indices only; an unknown node raises.
"""

from __future__ import annotations

from enum import IntEnum
from functools import singledispatch
from typing import NamedTuple

from derive.expr import (
    ONE,
    Add,
    Call,
    Compare,
    Constant,
    Div,
    Expr,
    IndexValue,
    Iverson,
    Logic,
    Mul,
    Node,
    Number,
    Parameter,
    Power,
    Read,
    Reduce,
    Select,
)
from derive.index import Mod, Size, as_expr
from derive.program import Equation
from reports.mathematics.layout import (
    THIN,
    TIMES,
    Cases,
    Digits,
    Fenced,
    Fraction,
    Layout,
    Letter,
    Limits,
    Mark,
    Prose,
    Root,
    Row,
    Scripts,
    Stack,
    Tinted,
    Word,
    is_tall,
    listed,
    row,
)
from reports.mathematics.names import Names, plain
from reports.mathematics.numerals import numeral
from reports.mathematics.relations import RELATIONS, about, denied
from reports.mathematics.subscripts import subscript


class Level(IntEnum):
    """How tightly a layout holds together; a weaker one is bracketed inside a stronger place."""

    CHOICE = 0  # cases
    CONDITION = 1
    ADDITION = 2
    PRODUCT = 3
    REACHING = 4  # a product that reaches to its right end: sum over j of ...
    POWER = 5
    ATOM = 6


class Set(NamedTuple):
    """A layout and its level."""

    layout: Layout
    level: Level


# Names that readers know better than the language's.
FUNCTIONS: dict[str, Letter | Word] = {
    "sigmoid": Letter("σ"),
    "relu": Word("ReLU"),
    "gelu": Word("GELU"),
    "silu": Word("SiLU"),
    "elu": Word("ELU"),
    "leaky_relu": Word("LeakyReLU"),
}
REDUCTIONS: dict[str, Mark | Word] = {
    "sum": Mark("∑", "large"),
    "prod": Mark("∏", "large"),
    "mean": Word("mean"),
    "max": Word("max"),
    "min": Word("min"),
    "argmax": Word("arg max"),
    "argmin": Word("arg min"),
}
_FENCES: dict[str, tuple[str, str]] = {"abs": ("|", "|")}


def typeset_equation(equation: Equation, names: Names) -> tuple[Layout, Layout]:
    """Give the left and the right side of an equation."""
    below = tuple(subscript(index, names) for index in equation.indices)
    return names.array(equation.name, below), typeset(equation.expr, names)


def typeset(expr: Expr, names: Names) -> Layout:
    """Give the layout of an expression."""
    return _set(expr, names).layout


def bracketed(node: Node, names: Names, at_least: Level) -> Layout:
    """Give the layout of ``node``, in brackets unless it holds together ``at_least`` so tightly."""
    layout, level = _set(node, names)
    return layout if level >= at_least else Fenced("(", layout, ")")


@singledispatch
def _set(node: object, names: Names) -> Set:  # noqa: ARG001  the default of a table of rules
    raise TypeError(f"{type(node).__name__} is not a node: add a rule to mathematics.typeset")


@_set.register
def _(node: Number, names: Names) -> Set:  # noqa: ARG001  rules share a signature
    layout = numeral(abs(node.value))
    if node.value < 0:
        return Set(row(Mark("−", "prefix"), layout), Level.ADDITION)
    return Set(layout, Level.PRODUCT if isinstance(layout, Scripts) else Level.ATOM)


@_set.register
def _(node: Constant, names: Names) -> Set:  # noqa: ARG001
    return Set(Letter("π") if node.name == "pi" else Digits("∞"), Level.ATOM)


@_set.register
def _(node: Parameter, names: Names) -> Set:  # noqa: ARG001
    return Set(plain(node.name), Level.ATOM)


@_set.register
def _(node: IndexValue, names: Names) -> Set:
    single = node.expr.constant is not None or node.expr.atom is not None
    return Set(subscript(node.expr, names), Level.ATOM if single else Level.ADDITION)


@_set.register
def _(node: Read, names: Names) -> Set:
    below = (_tinted(subscript(i, names), names.tints.of(node, i)) for i in node.indices)
    return Set(names.array(node.array, tuple(below)), Level.ATOM)


def _tinted(layout: Layout, colour: int | None) -> Layout:
    return layout if colour is None else Tinted(layout, colour)


@_set.register
def _(node: Add, names: Names) -> Set:
    shown: list[Layout] = []
    for term in node.terms:
        negative, rest = _sign(term)
        if shown:
            shown.append(Mark("−" if negative else "+", "binary"))
        elif negative:
            shown.append(Mark("−", "prefix"))
        shown.append(bracketed(rest, names, Level.PRODUCT))
    return Set(row(*shown), Level.ADDITION)


@_set.register
def _(node: Mul, names: Names) -> Set:
    negative, rest = _sign(node)
    if negative:
        return Set(row(Mark("−", "prefix"), bracketed(rest, names, Level.PRODUCT)), Level.ADDITION)
    return Set(_product(node.factors, names), Level.PRODUCT)


@_set.register
def _(node: Div, names: Names) -> Set:
    above, below = node.numerator, node.denominator
    factors = above.factors if isinstance(above, Mul) else (above,)
    if isinstance(factors[-1], Reduce) and not isinstance(below, Reduce):
        # one over n before the sum, not the whole sum over n
        rest = factors[:-1]
        before = ONE if not rest else rest[0] if len(rest) == 1 else Mul(rest)
        fraction = Fraction(typeset(before, names), typeset(below, names))
        return Set(row(fraction, THIN, _set(factors[-1], names).layout), Level.REACHING)
    return Set(Fraction(typeset(above, names), typeset(below, names)), Level.POWER)


@_set.register
def _(node: Power, names: Names) -> Set:
    base = _set(node.base, names)
    closed = base.level == Level.ATOM and not (
        isinstance(base.layout, Scripts) and base.layout.above is not None
    )
    below = base.layout if closed else Fenced("(", base.layout, ")")
    if isinstance(below, Scripts):
        return Set(Scripts(below.base, below.below, typeset(node.exponent, names)), Level.POWER)
    return Set(Scripts(below, None, typeset(node.exponent, names)), Level.POWER)


@_set.register
def _(node: Call, names: Names) -> Set:
    if node.name == "δ":
        read, wanted, axis, _ = node.args
        return Set(_tinted(_delta(wanted, read, names), _colour(axis, names)), Level.ATOM)
    args = tuple(typeset(arg, names) for arg in node.args)
    if node.name == "∂":
        above, below = (row(Mark("∂"), arg) for arg in args)
        return Set(Fraction(above, below), Level.POWER)
    if node.name == "sqrt":
        return Set(Root(args[0]), Level.ATOM)
    if node.name in _FENCES:
        left, right = _FENCES[node.name]
        return Set(Fenced(left, args[0], right), Level.ATOM)
    if node.name == "exp" and not names.has("e") and _fits_above(args[0]):
        return Set(Scripts(Letter("e"), None, args[0]), Level.POWER)
    return Set(row(function(node.name, names), Fenced("(", listed(args), ")")), Level.ATOM)


def function(name: str, names: Names) -> Layout:
    """Give the layout of the name of a pointwise function."""
    if name == "sigmoid" and names.has("sigma"):
        return Word("sigmoid")
    return FUNCTIONS.get(name, Word(name.replace("_", " ")))


@_set.register
def _(node: Compare, names: Names) -> Set:
    left, right = (bracketed(side, names, Level.ADDITION) for side in (node.left, node.right))
    return Set(row(left, Mark(RELATIONS[node.op], "relation"), right), Level.CONDITION)


@_set.register
def _(node: Logic, names: Names) -> Set:
    if node.op == "not":
        (said,) = node.args
        if isinstance(said, Compare):
            return _set(denied(said), names)
        return Set(row(Prose("not "), Fenced("(", _set(said, names).layout, ")")), Level.CONDITION)
    shown: list[Layout] = []
    for arg in node.args:
        chain = _chained(node.op, shown, arg, names)
        if chain:
            shown += chain
            continue
        if shown:
            shown.append(Prose(f" {node.op} "))
        inner = _set(arg, names).layout
        shown.append(Fenced("(", inner, ")") if isinstance(arg, Logic) else inner)
    return Set(row(*shown), Level.CONDITION)


def _chained(op: str, before: list[Layout], node: Node, names: Names) -> tuple[Layout, ...]:
    """``≤ c`` where ``a ≤ b`` has been said and ``b ≤ c`` is next; nothing elsewhere."""
    rising = ("<", "<=")
    if op != "and" or not before or not isinstance(node, Compare) or node.op not in rising:
        return ()
    said = before[-1].items if isinstance(before[-1], Row) else ()
    middle = bracketed(node.left, names, Level.ADDITION)
    inside = middle.items if isinstance(middle, Row) else (middle,)
    signs = [Mark(RELATIONS[op], "relation") for op in rising]
    position = next((p for p, item in enumerate(said) if item in signs), len(said))
    if said[position + 1 :] != inside:
        return ()
    right = bracketed(node.right, names, Level.ADDITION)
    return (Mark(RELATIONS[node.op], "relation"), right)


@_set.register
def _(node: Iverson, names: Names) -> Set:
    equal = node.condition
    if isinstance(equal, Compare) and equal.op == "==" and _are_indices(equal.left, equal.right):
        return Set(_delta(equal.left, equal.right, names), Level.ATOM)
    return Set(Fenced("[", _set(node.condition, names).layout, "]"), Level.ATOM)


def _are_indices(left: Expr, right: Expr) -> bool:
    """Whether a bracket around an equality is Kronecker's delta."""
    return all(
        isinstance(side, IndexValue)
        and side.expr.indices()
        and not any(isinstance(atom, Mod) for atom in side.expr.atoms())
        for side in (left, right)
    )


def _delta(left: Expr, right: Expr, names: Names) -> Layout:
    sides = tuple(typeset(side, names) for side in (left, right))
    if names.has("delta"):
        return Fenced("[", row(sides[0], Mark(RELATIONS["=="], "relation"), sides[1]), "]")
    plain = all(isinstance(s, IndexValue) and s.expr.index is not None for s in (left, right))
    return Scripts(Letter("δ"), row(*sides) if plain else listed(sides))


def _colour(axis: Expr, names: Names) -> int | None:
    return names.tints.deltas.get(int(axis.value)) if isinstance(axis, Number) else None


@_set.register
def _(node: Select, names: Names) -> Set:
    rows: list[tuple[Layout, Layout]] = []
    rest: Expr = node
    while isinstance(rest, Select):
        condition = row(Prose("if "), _set(rest.condition, names).layout)
        rows.append((typeset(rest.then, names), condition))
        rest = rest.other
    rows.append((typeset(rest, names), Prose("otherwise")))
    return Set(Cases(tuple(rows)), Level.CHOICE)


@_set.register
def _(node: Reduce, names: Names) -> Set:
    below = _range(node, names)
    if node.op == "logsumexp":
        exponential = typeset(Call("exp", (node.body,)), names)
        shown = row(Word("log"), Limits(Mark("∑", "large"), below), exponential)
        return Set(shown, Level.REACHING)
    body = bracketed(node.body, names, Level.PRODUCT)
    if node.op == "mean" and node.where is None:
        sizes = tuple(IndexValue(as_expr(Size(index.name))) for index in node.indices)
        count = _product(sizes, names)
        return Set(
            row(Fraction(Digits("1"), count), THIN, Limits(REDUCTIONS["sum"], below), body),
            Level.REACHING,
        )
    large = REDUCTIONS[node.op]
    gap = (THIN,) if isinstance(large, Word) else ()
    return Set(row(Limits(large, below), *gap, body), Level.REACHING)


def _range(node: Reduce, names: Names) -> Layout:
    indices = listed(tuple(names.index(index.name) for index in node.indices))
    if node.where is None:
        return indices
    if len(node.indices) == 1:
        shown = about(node.where, node.indices[0].name)
        if shown is not None:
            return _set(shown, names).layout
    return Stack((indices, _set(node.where, names).layout))


def _sign(term: Expr) -> tuple[bool, Expr]:
    """Whether a term is negative, and the term without its sign."""
    if isinstance(term, Number) and term.value < 0:
        return True, Number(-term.value)
    if isinstance(term, Mul) and isinstance(term.factors[0], Number) and term.factors[0].value < 0:
        first, rest = Number(-term.factors[0].value), term.factors[1:]
        factors = rest if first.value == 1 else (first, *rest)
        return True, factors[0] if len(factors) == 1 else Mul(factors)
    return False, term


def _product(factors: tuple[Expr, ...], names: Names) -> Layout:
    shown: list[Layout] = []
    for position, factor in enumerate(factors):
        layout, level = _set(factor, names)
        is_last = position == len(factors) - 1
        open_right = level == Level.REACHING and not is_last
        if level < Level.PRODUCT or open_right or (level == Level.PRODUCT and position > 0):
            layout = Fenced("(", layout, ")")
        if shown:
            shown.append(_between(factors[position - 1], factor, layout))
        shown.append(layout)
    return row(*shown)


def _between(before: Expr, after: Expr, layout: Layout) -> Layout:
    """The sign between two factors: a dot where juxtaposition would read as something else."""
    is_call = isinstance(before, IndexValue) and isinstance(layout, Fenced)
    return TIMES if isinstance(after, Number) or is_call else THIN


def _fits_above(layout: Layout) -> bool:
    return not is_tall(layout)
