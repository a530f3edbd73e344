"""From expressions to normal forms, with definitions put in where that is asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import cast

from derive.expr import (
    Add,
    Call,
    Compare,
    Condition,
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
)
from derive.extent import runs_over
from derive.index import IndexExpr, Size, as_expr
from derive.index import number as integer
from derive.program import Equation
from derive.proof import functions
from derive.proof.algebra import Algebra
from derive.proof.forms import GaveUp, Poly
from derive.proof.rules import equal_zero, from_zero, zero_off_grid
from derive.scope import Fresh, in_expr, rename_left

MINUS = Fraction(-1)
# Definitions inside definitions; deeper than this something goes round in a circle.
DEEPEST = 60


@dataclass(slots=True)
class Translator:
    """Expressions to normal forms over one algebra.

    Attributes:
        algebra: the arithmetic.
        unfolded: the equations of arrays that are replaced by their definitions.
    """

    algebra: Algebra
    unfolded: Mapping[str, Equation]
    fresh: Fresh = field(default_factory=Fresh)
    depth: int = 0

    def form(self, expr: Expr) -> Poly:
        """The normal form of an expression.

        Raises:
            GaveUp: if it grows too large.
        """
        return self._form(cast(Expr, self.fresh.binders(expr)))

    def _form(self, expr: Expr) -> Poly:  # noqa: PLR0911, PLR0912  a line a node
        algebra = self.algebra
        match expr:
            case Number(value):
                return algebra.constant(value)
            case Constant("inf"):
                raise GaveUp
            case Constant(name) | Parameter(name):
                return algebra.atom("named", name)
            case IndexValue(index):
                return algebra.integer(index)
            case Read():
                return self._read(expr)
            case Add(terms):
                return algebra.add(*map(self._form, terms))
            case Mul(factors):
                return algebra.times(*map(self._form, factors))
            case Div(top, bottom):
                return algebra.times(self._form(top), algebra.power(self._form(bottom), MINUS))
            case Power(base, exponent):
                return self._power(base, exponent)
            case Call(name, args):
                return functions.TABLE[name](algebra, *map(self._form, args))
            case Iverson(condition):
                return self.condition(condition)
            case Select(condition, then, other):
                return self._select(condition, then, other)
            case Reduce():
                return self._reduction(expr)
        raise TypeError(f"{type(expr).__name__} is not a node: add it to derive.proof.translate")

    def _select(self, condition: Condition, then: Expr, other: Expr) -> Poly:
        algebra, holds = self.algebra, self.condition(condition)
        fails = algebra.minus(algebra.constant(1), holds)
        parts = [
            algebra.times(guard, self._form(value))
            for guard, value in ((holds, then), (fails, other))
            if guard.terms
        ]
        return algebra.add(*parts)

    # ---- reads ----------------------------------------------------------------------------

    def _read(self, read: Read) -> Poly:
        equation = self.unfolded.get(read.array)
        if equation is None:
            return self.algebra.atom("read", read.array, indices=read.indices)
        program, guards = self.algebra.program, list[tuple[Poly, Poly]]()
        for at, own in zip(read.indices, equation.free, strict=True):
            if not runs_over(program, at, own.name):
                guards.append(self._within(at, own.name))
        if guards and not (self._may_guard(read.array, guards) and _plain(read.indices)):
            return self.algebra.atom("read", read.array, indices=read.indices)
        if self.depth > DEEPEST:
            raise GaveUp
        self.depth += 1
        fresh, _ = rename_left(equation, self.fresh)
        free = (e.index for e in fresh.indices)
        values = {i: at for i, at in zip(free, read.indices, strict=True) if i is not None}
        body = self._form(in_expr(fresh.expr, values))
        self.depth -= 1
        return self.algebra.times(body, *(half for pair in guards for half in pair))

    def _within(self, at: IndexExpr, axis: str) -> tuple[Poly, Poly]:
        algebra = self.algebra
        return from_zero(algebra, at), from_zero(algebra, as_expr(Size(axis)) - 1 - at)

    def _may_guard(self, array: str, guards: Sequence[tuple[Poly, Poly]]) -> bool:
        """Whether an array is zero wherever its index leaves the grid."""
        program = self.algebra.program
        starts = program.starts(array)
        if not starts:
            return zero_off_grid(self.algebra, array)
        pad = program.pad(array)
        fixed = [i.constant for start in starts for i in start.indices if not i.indices()]
        below = all(value is not None and value < 0 for value in fixed)
        never_below = all(low.constant == 1 for low, _ in guards)
        return below and never_below and pad is not None and pad.value == 0

    # ---- powers and reductions ------------------------------------------------------------

    def _power(self, base: Expr, exponent: Expr) -> Poly:
        algebra, bottom, top = self.algebra, self._form(base), self._form(exponent)
        number = top.constant
        if number is not None:
            return algebra.power(bottom, number)
        fixed = sum((c for c, t in top if not t.factors and not t.bound), Fraction(0))
        rest = algebra.add(top, algebra.constant(-fixed))
        raised = algebra.atom("call", "^", forms=(bottom, rest))
        return algebra.times(raised, algebra.power(bottom, fixed)) if fixed else raised

    def _reduction(self, node: Reduce) -> Poly:
        algebra = self.algebra
        guard = algebra.constant(1) if node.where is None else self.condition(node.where)
        if node.op in ("sum", "mean", "logsumexp"):
            body = self._form(node.body)
            if node.op == "logsumexp":
                body = functions.exp(algebra, body)
            found = algebra.total(algebra.times(guard, body), node.indices)
            if node.op == "logsumexp":
                return functions.log(algebra, found)
            if node.op == "mean":
                again = {i: as_expr(algebra.supply.like(i)) for i in node.indices}
                others = tuple(e.index for e in again.values())
                count = algebra.total(algebra.at(guard, again), others)  # type: ignore[arg-type]
                return algebra.times(found, algebra.power(count, MINUS))
            return found
        forms = (self._form(node.body), guard)
        return algebra.atom("reduction", node.op, forms=forms, bound=node.indices)

    # ---- conditions -----------------------------------------------------------------------

    def condition(self, node: Condition) -> Poly:
        """A condition as 0 or 1."""
        algebra = self.algebra
        if isinstance(node, Compare):
            return self._compare(node)
        parts = [self.condition(arg) for arg in node.args]
        one = algebra.constant(1)
        if node.op == "not":
            return algebra.minus(one, parts[0])
        if node.op == "and":
            return algebra.times(*parts)
        neither = algebra.times(*(algebra.minus(one, part) for part in parts))
        return algebra.minus(one, neither)

    def _compare(self, node: Compare) -> Poly:
        algebra = self.algebra
        left, right = _whole(node.left), _whole(node.right)
        one = algebra.constant(1)
        if left is not None and right is not None:
            gap = left - right
            rules = {
                ">=": lambda: from_zero(algebra, gap),
                ">": lambda: from_zero(algebra, gap - 1),
                "<=": lambda: from_zero(algebra, -gap),
                "<": lambda: from_zero(algebra, -gap - 1),
                "==": lambda: equal_zero(algebra, gap),
                "!=": lambda: algebra.minus(one, equal_zero(algebra, gap)),
            }
            return rules[node.op]()
        difference = algebra.minus(self._form(node.left), self._form(node.right))
        flipped = algebra.scale(difference, -1)
        real = {
            ">": lambda: functions.positive(algebra, difference),
            "<": lambda: functions.positive(algebra, flipped),
            ">=": lambda: algebra.minus(one, functions.positive(algebra, flipped)),
            "<=": lambda: algebra.minus(one, functions.positive(algebra, difference)),
            "==": lambda: functions.zero(algebra, difference),
            "!=": lambda: algebra.minus(one, functions.zero(algebra, difference)),
        }
        return real[node.op]()


def _plain(indices: tuple[IndexExpr, ...]) -> bool:
    """Whether indices are whole numbers whatever the values: no quotients, no labels."""
    return all(all(type(a).__name__ in _WHOLE for a in e.atoms()) for e in indices)


_WHOLE = frozenset({"Index", "Size", "Hyper"})


def _whole(expr: Expr) -> IndexExpr | None:
    if isinstance(expr, IndexValue):
        return expr.expr
    if isinstance(expr, Number) and expr.value.denominator == 1:
        return integer(int(expr.value))
    return None


