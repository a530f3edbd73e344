"""Integer arithmetic between the brackets of a read, and in extents.

``position`` gives an integer, or None where an exact quotient is no integer: such a place is
off the grid.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from derive.errors import DeriveError, IndexRefused, NameRefused, Span
from derive.syntax import (
    Call,
    Chain,
    Element,
    Expr,
    Name,
    Negation,
    Number,
    Power,
    Size,
    Source,
)
from numeric.interpret.scope import Scope


class Places(Protocol):
    """What index arithmetic asks of its surroundings."""

    source: Source
    integers: Mapping[str, int]

    def size(self, name: str, span: Span) -> int:
        """The extent of an index."""

    def label(self, array: str, place: tuple[int | None, ...], span: Span) -> int:
        """The element of an integer array."""


# What gives the integer of an index expression, for the indices of a scope.
Place = Callable[[Places, Scope], "int | None"]


def position(places: Places, node: Expr, scope: Scope) -> int | None:
    """The integer that ``node`` stands for, or None off the grid."""
    return placed(node)(places, scope)


def placed(node: Expr) -> Place:
    """What gives the integer that ``node`` stands for: looked at once, to be asked often."""
    rule = RULES.get(type(node))
    if rule is not None:
        return rule(node)
    problem = f"{type(node).__name__.lower()} in an index expression"
    remedy = "use integers, indices, size(), integer hypers and integer arrays only"
    return _refusing(IndexRefused, problem, node.span, remedy)


def _refusing(kind: type[DeriveError], problem: str, span: Span, remedy: str) -> Place:
    def refuse(places: Places, _: Scope) -> int | None:
        raise places.source.refuse(kind, problem, span, remedy)

    return refuse


def _number(node: Number) -> Place:
    if not node.integer:
        problem = f"{node.value} is not an integer"
        return _refusing(IndexRefused, problem, node.span, "write an integer")
    found = int(node.value)
    return lambda places, scope: found


def _name(node: Name) -> Place:
    name, span = node.name, node.span

    def run(places: Places, scope: Scope) -> int:
        found = scope.indices.get(name)
        if found is None:
            found = places.integers.get(name)
        return places.label(name, (), span) if found is None else found

    return run


def _element(node: Element) -> Place:
    parts = tuple(map(placed, node.indices))

    def run(places: Places, scope: Scope) -> int:
        place = tuple([part(places, scope) for part in parts])
        return places.label(node.array, place, node.span)

    return run


def _size(node: Size) -> Place:
    return lambda places, scope: places.size(node.index, node.span)


def _negation(node: Negation) -> Place:
    operand = placed(node.operand)

    def run(places: Places, scope: Scope) -> int | None:
        inner = operand(places, scope)
        return None if inner is None else -inner

    return run


def _chain(node: Chain) -> Place:
    first = placed(node.first)
    rest = [(OPERATORS[op], op in DIVISIONS, placed(part), part) for op, part in node.rest]

    def run(places: Places, scope: Scope) -> int | None:
        total = first(places, scope)
        for combine, divides, operand, part in rest:
            right = operand(places, scope)
            if total is None or right is None:
                return None
            if divides and right == 0:
                raise _refuse_zero(places, part)
            total = combine(total, right)
        return total

    return run


def _refuse_zero(places: Places, operand: Expr) -> DeriveError:
    return places.source.refuse(
        IndexRefused, "division by zero in an index expression", operand.span,
        "give a divisor that is not zero",
    )  # fmt: skip


def _power(node: Power) -> Place:
    base, exponent = placed(node.base), placed(node.exponent)

    def run(places: Places, scope: Scope) -> int | None:
        below, above = base(places, scope), exponent(places, scope)
        return None if below is None or above is None or above < 0 else int(below**above)

    return run


def _call(node: Call) -> Place:
    choose = {"min": min, "max": max}.get(node.function)
    if choose is None:
        problem = f"{node.function} in an index expression"
        remedy = "min and max are the functions that an index expression may use"
        return _refusing(NameRefused, problem, node.span, remedy)
    args = tuple(map(placed, node.args))

    def run(places: Places, scope: Scope) -> int | None:
        found = [arg(places, scope) for arg in args]
        known = [value for value in found if value is not None]
        return choose(known) if len(known) == len(found) else None

    return run


def _exact(a: int, b: int) -> int | None:
    return a // b if a % b == 0 else None


DIVISIONS = ("/", "//", "%")
OPERATORS: Mapping[str, Callable[[int, int], int | None]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": _exact,
    "//": lambda a, b: a // b,
    "%": lambda a, b: a % b,
}
RULES: Mapping[type, Callable[..., Place]] = {
    Number: _number,
    Name: _name,
    Element: _element,
    Size: _size,
    Negation: _negation,
    Chain: _chain,
    Power: _power,
    Call: _call,
}
