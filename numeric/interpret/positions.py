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


def position(places: Places, node: Expr, scope: Scope) -> int | None:
    """The integer that ``node`` stands for, or None off the grid."""
    rule = RULES.get(type(node))
    if rule is None:
        raise places.source.refuse(
            IndexRefused,
            f"{type(node).__name__.lower()} in an index expression",
            node.span,
            "use integers, indices, size(), integer hypers and integer arrays only",
        )
    return rule(places, node, scope)


def _number(places: Places, node: Number, _: Scope) -> int:
    if not node.integer:
        raise places.source.refuse(
            IndexRefused, f"{node.value} is not an integer", node.span, "write an integer"
        )
    return int(node.value)


def _name(places: Places, node: Name, scope: Scope) -> int:
    found = scope.indices.get(node.name)
    if found is None:
        found = places.integers.get(node.name)
    return places.label(node.name, (), node.span) if found is None else found


def _element(places: Places, node: Element, scope: Scope) -> int:
    place = tuple(position(places, index, scope) for index in node.indices)
    return places.label(node.array, place, node.span)


def _size(places: Places, node: Size, _: Scope) -> int:
    return places.size(node.index, node.span)


def _negation(places: Places, node: Negation, scope: Scope) -> int | None:
    inner = position(places, node.operand, scope)
    return None if inner is None else -inner


def _chain(places: Places, node: Chain, scope: Scope) -> int | None:
    total = position(places, node.first, scope)
    for op, operand in node.rest:
        right = position(places, operand, scope)
        if total is None or right is None:
            return None
        if op in DIVISIONS and right == 0:
            raise _refuse_zero(places, operand)
        total = OPERATORS[op](total, right)
    return total


def _refuse_zero(places: Places, operand: Expr) -> DeriveError:
    return places.source.refuse(
        IndexRefused, "division by zero in an index expression", operand.span,
        "give a divisor that is not zero",
    )  # fmt: skip


def _power(places: Places, node: Power, scope: Scope) -> int | None:
    base, exponent = position(places, node.base, scope), position(places, node.exponent, scope)
    if base is None or exponent is None or exponent < 0:
        return None
    return int(base**exponent)


def _call(places: Places, node: Call, scope: Scope) -> int | None:
    choose = {"min": min, "max": max}.get(node.function)
    if choose is None:
        raise places.source.refuse(
            NameRefused, f"{node.function} in an index expression", node.span,
            "min and max are the functions that an index expression may use",
        )  # fmt: skip
    found = [position(places, arg, scope) for arg in node.args]
    known = [value for value in found if value is not None]
    return choose(known) if len(known) == len(found) else None


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
RULES: Mapping[type, Callable[..., int | None]] = {
    Number: _number,
    Name: _name,
    Element: _element,
    Size: _size,
    Negation: _negation,
    Chain: _chain,
    Power: _power,
    Call: _call,
}
