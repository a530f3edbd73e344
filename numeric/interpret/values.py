"""The values of expressions: exact fractions, and numbers of an arithmetic, side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Protocol

from derive.errors import ProgramRefused, Span
from derive.syntax import Element, Expr, FunctionDeclaration, Name, Source
from numeric.interpret.arithmetic import Arithmetic
from numeric.interpret.arithmetic import Number as Value
from numeric.interpret.scope import Scope
from numeric.interpret.watch import Watch

# The value of an expression, and the truth of a condition, on a machine and in a scope.
Meaning = Callable[["Machine", Scope], Value]
Truth = Callable[["Machine", Scope], bool]



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

    def meaning(self, node: Expr) -> Meaning:
        """The meaning of a node of the program, looked at once."""


def lifted(machine: Machine, found: Value) -> Value:
    """A value as a number of the arithmetic."""
    return machine.literal(found) if type(found) is Fraction else found


def alike(machine: Machine, left: Value, right: Value) -> tuple[Value, Value]:
    """Two values that the operators of Python take: both fractions, or neither."""
    if type(left) is type(right):
        return left, right
    return lifted(machine, left), lifted(machine, right)


def divided(machine: Machine, left: Value, right: Value) -> Value:
    """The quotient of two values that are alike."""
    if type(left) is Fraction and right != 0:
        return left / right
    return machine.arithmetic.divide(lifted(machine, left), lifted(machine, right))


def refusal(machine: Machine, span: Span, problem: str, remedy: str) -> ProgramRefused:
    """The error that says what is wrong with the program where it was evaluated."""
    error = machine.source.refuse(ProgramRefused, problem, span, remedy)
    assert isinstance(error, ProgramRefused), "refuse makes the kind that is asked for"
    return error
