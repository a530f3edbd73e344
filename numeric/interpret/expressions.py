"""What the right side of an equation means, one rule per kind of expression.

A value is an exact ``Fraction`` as long as only literals, indices and sizes are in it, and a
number of the arithmetic as soon as an array element or a function is. A rule receives the
machine, the node and the scope; it returns the value. Only what the language says is looked at
is evaluated: one branch of a conditional, no member that ``where`` excludes.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from itertools import product
from typing import Protocol

from derive.errors import NameRefused, ProgramRefused, Span
from derive.kinks import BOUNDARIES
from derive.syntax import (
    Call,
    Chain,
    Compare,
    Condition,
    Element,
    Expr,
    FunctionDeclaration,
    Iverson,
    Name,
    Negation,
    Number,
    Power,
    Reduction,
    Select,
    Size,
    Source,
)
from numeric.interpret.arithmetic import Arithmetic
from numeric.interpret.arithmetic import Number as Value
from numeric.interpret.functions import is_nan
from numeric.interpret.positions import position
from numeric.interpret.scope import Scope
from numeric.interpret.watch import Watch


class Machine(Protocol):
    """What evaluating asks of its surroundings."""

    source: Source
    arithmetic: Arithmetic
    watch: Watch
    integers: Mapping[str, int]
    parameters: Mapping[str, Fraction]
    functions: Mapping[str, FunctionDeclaration]

    def size(self, name: str, span: Span) -> int:
        """The extent of an index."""

    def label(self, array: str, place: tuple[int | None, ...], span: Span) -> int:
        """The element of an integer array."""

    def read(self, node: Element | Name, place: tuple[int | None, ...], scope: Scope) -> Value:
        """The element of an array, on or off its grid."""

    def literal(self, value: Fraction) -> Value:
        """The number of the arithmetic that an exact value stands for."""


def value(machine: Machine, node: Expr, scope: Scope) -> Value:
    """The value of ``node``: a fraction, or a number of the arithmetic."""
    return RULES[type(node)](machine, node, scope)


def number(machine: Machine, node: Expr, scope: Scope) -> Value:
    """The value of ``node`` as a number of the arithmetic."""
    return _lift(machine, value(machine, node, scope))


def holds(machine: Machine, node: Condition, scope: Scope) -> bool:
    """Whether a condition holds; ``and`` and ``or`` stop as soon as that is known."""
    if isinstance(node, Compare):
        return _compare(machine, node, scope)
    if node.op == "not":
        return not holds(machine, node.args[0], scope)
    test = all if node.op == "and" else any
    return test(holds(machine, part, scope) for part in node.args)


def _lift(machine: Machine, found: Value) -> Value:
    return machine.literal(found) if type(found) is Fraction else found


def _alike(machine: Machine, left: Value, right: Value) -> tuple[Value, Value]:
    if type(left) is type(right):
        return left, right
    return _lift(machine, left), _lift(machine, right)


def _compare(machine: Machine, node: Compare, scope: Scope) -> bool:
    left, right = _alike(
        machine, value(machine, node.left, scope), value(machine, node.right, scope)
    )
    if type(left) is not Fraction:
        machine.watch.passed("comparison", node.span, left - right)
    return bool(COMPARISONS[node.op](left, right))


# ---- leaves -----------------------------------------------------------------------------------


def _number(machine: Machine, node: Number, scope: Scope) -> Value:
    return node.value


def _size(machine: Machine, node: Size, scope: Scope) -> Value:
    return Fraction(machine.size(node.index, node.span))


def _name(machine: Machine, node: Name, scope: Scope) -> Value:
    if node.name in scope.parameters:
        return scope.parameters[node.name]
    if node.name in scope.indices:
        return Fraction(scope.indices[node.name])
    if node.name in machine.parameters:
        return machine.parameters[node.name]
    if node.name == "pi":
        return machine.arithmetic.pi
    if node.name == "inf":
        return machine.arithmetic.infinity
    return machine.read(node, (), scope)


def _element(machine: Machine, node: Element, scope: Scope) -> Value:
    bound = scope.indices
    place = tuple(
        [
            bound[index.name]
            if type(index) is Name and index.name in bound
            else position(machine, index, scope)
            for index in node.indices
        ]
    )
    return machine.read(node, place, scope)


# ---- operators --------------------------------------------------------------------------------


def _negation(machine: Machine, node: Negation, scope: Scope) -> Value:
    return -value(machine, node.operand, scope)


def _chain(machine: Machine, node: Chain, scope: Scope) -> Value:
    if any(op in ("//", "%") for op, _ in node.rest):
        found = position(machine, node, scope)
        if found is None:
            raise _refuse(machine, node.span, "a quotient that is not an integer", "use //")
        return Fraction(found)
    total = value(machine, node.first, scope)
    for op, operand in node.rest:
        left, right = _alike(machine, total, value(machine, operand, scope))
        total = _divide(machine, left, right) if op == "/" else OPERATORS[op](left, right)
    return total


def _divide(machine: Machine, left: Value, right: Value) -> Value:
    if type(left) is Fraction and right != 0:
        return left / right
    return machine.arithmetic.divide(_lift(machine, left), _lift(machine, right))


def _power(machine: Machine, node: Power, scope: Scope) -> Value:
    base, exponent = value(machine, node.base, scope), value(machine, node.exponent, scope)
    whole = type(exponent) is Fraction and exponent.denominator == 1
    if type(base) is Fraction and whole and (base != 0 or exponent >= 0):
        return base ** int(exponent)
    return machine.arithmetic.power(_lift(machine, base), _lift(machine, exponent))


def _call(machine: Machine, node: Call, scope: Scope) -> Value:
    args = tuple(number(machine, arg, scope) for arg in node.args)
    declared = machine.functions.get(node.function)
    if declared is not None:
        return _defined(machine, declared, args, scope, node.span)
    function = machine.arithmetic.functions.get(node.function)
    if function is None:
        raise machine.source.refuse(
            NameRefused, f"no function is called {node.function}", node.span,
            "use a function of the language, or declare one with def",
        )  # fmt: skip
    boundary = BOUNDARIES.get(node.function)
    if boundary is not None:
        difference = boundary(*args)
        machine.watch.took(node.function, node.span, bool(difference > 0))
        machine.watch.passed(node.function, node.span, difference)
    return function(*args)


def _defined(
    machine: Machine, function: FunctionDeclaration, args: tuple[Value, ...], scope: Scope, at: Span
) -> Value:
    if function.name in scope.inside:
        raise _refuse(machine, at, f"{function.name} calls itself", "write it without recursion")
    if len(args) != len(function.parameters):
        raise _refuse(
            machine, at,
            f"{function.name} takes {len(function.parameters)} arguments, not {len(args)}",
            "give one argument for each parameter",
        )  # fmt: skip
    names = (parameter.name for parameter in function.parameters)
    inner = Scope({}, dict(zip(names, args, strict=True)), (*scope.inside, function.name))
    return value(machine, function.body, inner)


def _iverson(machine: Machine, node: Iverson, scope: Scope) -> Value:
    found = holds(machine, node.condition, scope)
    _branch(machine, "[condition]", node.condition, node.span, found)
    return Fraction(int(found))


def _select(machine: Machine, node: Select, scope: Scope) -> Value:
    found = holds(machine, node.condition, scope)
    _branch(machine, "if", node.condition, node.span, found)
    return value(machine, node.then if found else node.other, scope)


def _branch(machine: Machine, what: str, condition: Condition, span: Span, found: bool) -> None:
    # an equality of reals holds on a set without volume: no generic point can take it
    if not (isinstance(condition, Compare) and condition.op in ("==", "!=")):
        machine.watch.took(what, span, found)


# ---- reductions -------------------------------------------------------------------------------


def _reduction(machine: Machine, node: Reduction, scope: Scope) -> Value:
    members = _members(machine, node, scope)
    return REDUCTIONS[node.op](machine, node, members)


def _members(machine: Machine, node: Reduction, scope: Scope) -> Iterator[tuple[int, Value]]:
    """The members that ``where`` leaves, each with its row-major position."""
    names = tuple(index.name for index in node.indices)
    ranges = [range(machine.size(index.name, index.span)) for index in node.indices]
    for place, indices in enumerate(product(*ranges)):
        inner = scope.bind(names, indices)
        if node.where is None or holds(machine, node.where, inner):
            yield place, value(machine, node.body, inner)


def _sum(machine: Machine, node: Reduction, members: Iterator[tuple[int, Value]]) -> Value:
    total: Value = Fraction(0)
    for _, member in members:
        left, right = _alike(machine, total, member)
        total = left + right
    return total


def _prod(machine: Machine, node: Reduction, members: Iterator[tuple[int, Value]]) -> Value:
    total: Value = Fraction(1)
    for _, member in members:
        left, right = _alike(machine, total, member)
        total = left * right
    return total


def _mean(machine: Machine, node: Reduction, members: Iterator[tuple[int, Value]]) -> Value:
    found = _some(machine, node, members)
    total = _sum(machine, node, iter(found))
    return _divide(machine, *_alike(machine, total, Fraction(len(found))))


def _logsumexp(machine: Machine, node: Reduction, members: Iterator[tuple[int, Value]]) -> Value:
    arithmetic = machine.arithmetic
    found = [_lift(machine, member) for _, member in _some(machine, node, members)]
    # the largest is taken out as a plain number: it cancels, so it has no derivative
    largest = max(arithmetic.plain(member) for member in found)
    if abs(largest) == arithmetic.infinity:
        return largest
    total = sum(
        (arithmetic.functions["exp"](member - largest) for member in found[1:]),
        start=arithmetic.functions["exp"](found[0] - largest),
    )
    return arithmetic.functions["log"](total) + largest


def _extreme(
    machine: Machine, node: Reduction, members: Iterator[tuple[int, Value]]
) -> tuple[int, Value]:
    """The position and value of the first largest, or smallest, member; NaN is beyond both."""
    better = operator.gt if node.op.endswith("max") else operator.lt
    plain = machine.arithmetic.plain
    found = [(place, _lift(machine, v)) for place, v in _some(machine, node, members)]
    best = found[0]
    for member in found:
        if is_nan(plain(member[1])):
            machine.watch.met_nan(f"{node.op}[...]", node.span)
            return member
        if better(member[1], best[1]):
            best = member
    for place, member in found:
        if place != best[0]:
            machine.watch.passed(f"{node.op}[...]", node.span, best[1] - member)
    return best


def _some(
    machine: Machine, node: Reduction, members: Iterator[tuple[int, Value]]
) -> list[tuple[int, Value]]:
    found = list(members)
    if not found:
        raise _refuse(machine, node.span, f"{node.op} over nothing", "give it at least one member")
    return found


def _refuse(machine: Machine, span: Span, problem: str, remedy: str) -> ProgramRefused:
    error = machine.source.refuse(ProgramRefused, problem, span, remedy)
    assert isinstance(error, ProgramRefused), "refuse makes the kind that is asked for"
    return error


OPERATORS: Mapping[str, Callable[[Value, Value], Value]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
}
COMPARISONS: Mapping[str, Callable[[Value, Value], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
REDUCTIONS: Mapping[str, Callable[..., Value]] = {
    "sum": _sum,
    "prod": _prod,
    "mean": _mean,
    "logsumexp": _logsumexp,
    "max": lambda machine, node, members: _extreme(machine, node, members)[1],
    "min": lambda machine, node, members: _extreme(machine, node, members)[1],
    "argmax": lambda machine, node, members: Fraction(_extreme(machine, node, members)[0]),
    "argmin": lambda machine, node, members: Fraction(_extreme(machine, node, members)[0]),
}
RULES: Mapping[type, Callable[..., Value]] = {
    Number: _number,
    Name: _name,
    Element: _element,
    Size: _size,
    Call: _call,
    Negation: _negation,
    Chain: _chain,
    Power: _power,
    Iverson: _iverson,
    Select: _select,
    Reduction: _reduction,
}
