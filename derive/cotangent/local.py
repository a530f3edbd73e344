"""The local derivative of an equation by each of its reads.

A rule receives the node above and what has been collected on the way down, and passes on to
each child: the reductions walked through (their indices are summed over), the conditions under
which the path is taken, and the factor by which a change of the child changes the equation.
A rule may not solve constraints and may not rename: binders are fresh before the walk starts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import cast

from derive.algebra import (
    add,
    both,
    div,
    equal,
    index_value,
    iverson,
    mul,
    neg,
    negated,
    num,
    power,
    total,
)
from derive.cotangent.poles import Pole, of_call, of_power
from derive.expr import (
    ONE,
    ZERO,
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
    reads,
)
from derive.functions import FUNCTIONS
from derive.index import Index, IndexExpr, Size, as_expr
from derive.program import Equation
from derive.scope import Fresh, in_expr, substitute


@dataclass(frozen=True, slots=True)
class Path:
    """The way from the root of an equation down to one read.

    Attributes:
        read: the read at the end.
        indices: indices of the sums walked through.
        where: conditions of these reductions and of the branches taken.
        factor: the derivative of the equation by the read, for given ``indices``.
        finite: whether what the factor reads is finite wherever what the caller gives is.
        poles: poles of the factor.
        linear: whether the equation is infinite or undefined where what is here is.
        stops: conditions under which something arrives at the poles, or none is met.
    """

    read: Read
    indices: tuple[Index, ...] = ()
    where: tuple[Condition, ...] = ()
    factor: Expr = ONE
    finite: bool = True
    poles: tuple[Pole, ...] = ()
    linear: bool = True
    stops: tuple[Condition, ...] = ()


def paths(equation: Equation, fresh: Fresh, positions: str) -> Iterator[Path]:
    """One path per read of ``equation``, in written order.

    Args:
        equation: with fresh free indices and binders.
        fresh: supplies the binders that rules need.
        positions: name of the array that holds the argmax of an equation that is a maximum.
    """
    walker = _Walker(equation, fresh, positions)
    yield from walker.walk(equation.expr, Path(Read("")))


def _marked(path: Path, zero: Expr | None, infinite: bool = False) -> Path:
    """``path`` with a mark for the pole where ``zero`` is zero.

    Args:
        path: the way so far.
        zero: None for no pole.
        infinite: whether the value there is infinite or undefined too.
    """
    if zero is None or not reads(zero):
        return path
    pole = Pole(path.factor, zero, infinite and path.linear)
    return replace(path, poles=(*path.poles, pole))


class _Walker:
    def __init__(self, equation: Equation, fresh: Fresh, positions: str) -> None:
        self.value = Read(equation.name, equation.indices)
        self.positions = Read(positions, equation.indices)
        self.fresh = fresh

    def walk(self, node: Expr, path: Path) -> Iterator[Path]:  # noqa: PLR0912  a node a line
        match node:
            case Read():
                yield replace(path, read=node)
            case Number() | Constant() | Parameter() | IndexValue() | Iverson():
                return
            case Add(terms):
                for term in terms:
                    yield from self.walk(term, path)
            case Mul(factors):
                for position, factor in enumerate(factors):
                    others = factors[:position] + factors[position + 1 :]
                    yield from self._down(factor, path, mul(*others))
            case Div(a, b):
                path = _marked(path, b, infinite=True)
                yield from self._down(a, path, div(ONE, b))
                yield from self._down(b, replace(path, linear=False), neg(div(node, b)))
            case Power():
                yield from self._power(node, path)
            case Call(name, args):
                path = replace(_marked(path, of_call(node), name == "log"), linear=False)
                for arg, rule in zip(args, FUNCTIONS[name].derivatives, strict=True):
                    if reads(arg):
                        yield from self._down(arg, path, rule(args, node))
            case Select(condition, then, other):
                taken = replace(path, where=(*path.where, condition))
                yield from self.walk(then, taken)
                passed = replace(path, where=(*path.where, negated(condition)))
                yield from self.walk(other, passed)
            case Reduce():
                yield from self._reduction(node, path)
            case _:
                raise TypeError(f"no derivative rule for {type(node).__name__}: add it here")

    def _down(self, node: Expr, path: Path, factor: Expr) -> Iterator[Path]:
        yield from self.walk(node, replace(path, factor=mul(path.factor, factor)))

    def _power(self, node: Power, path: Path) -> Iterator[Path]:
        base, exponent = node.base, node.exponent
        if isinstance(exponent, Number):
            lower: Expr = power(base, num(exponent.value - 1))
        else:
            lower = Power(base, add(exponent, num(-1)))
        if isinstance(exponent, IndexValue):
            # the exponent may be 0 somewhere, and 0*0^-1 has no value
            positive = Compare("!=", exponent, ZERO)
            path = replace(path, where=(*path.where, positive))
        negative = isinstance(exponent, Number) and exponent.value < 0
        if reads(base):
            # an exponent of zero sends nothing to the base, a power of zero nothing up
            below = replace(path, factor=mul(path.factor, exponent))
            below = replace(_marked(below, of_power(node), negative), linear=False)
            yield from self._down(base, below, lower)
        if reads(exponent):
            above = _marked(replace(path, factor=mul(path.factor, node)), base)
            yield from self._down(exponent, replace(above, linear=False), Call("log", (base,)))

    def _reduction(self, node: Reduce, path: Path) -> Iterator[Path]:
        where = () if node.where is None else (node.where,)
        inside = replace(
            path, indices=(*path.indices, *node.indices), where=(*path.where, *where)
        )
        factor = self._member_factor(node)
        if factor is not None:
            linear = path.linear and node.op in ("sum", "mean", "prod")
            yield from self._down(node.body, replace(inside, linear=linear), factor)

    def _member_factor(self, node: Reduce) -> Expr | None:
        """The derivative of a reduction by one of its members; None where it is always zero."""
        match node.op:
            case "sum":
                return ONE
            case "mean":
                count = total(node.indices, node.where, ONE)
                return div(ONE, cast(Expr, self.fresh.binders(count)))
            case "prod":
                return self._other_members(node)
            case "logsumexp":
                return Call("exp", (add(node.body, neg(self.value)),))
            case "max" | "min":
                chosen = Compare("==", self.positions, index_value(row_major(node.indices)))
                return iverson(chosen)
            case "argmax" | "argmin":
                return None
        raise TypeError(f"no derivative rule for the reduction {node.op}: add it here")

    def _other_members(self, node: Reduce) -> Expr:
        names = {index: as_expr(self.fresh.index(index.name)) for index in node.indices}
        body = in_expr(node.body, names)
        same = both(*(equal(names[i], as_expr(i)) for i in node.indices))
        assert same is not None, "two different indices are not known to be equal"
        where = None if node.where is None else substitute(node.where, names)
        others = both(where, negated(same))  # type: ignore[arg-type]  # still a condition
        indices = tuple(i for i in (names[i].index for i in node.indices) if i is not None)
        fresh_body = self.fresh.binders(body)
        return Reduce("prod", indices, fresh_body, others)  # type: ignore[arg-type]


def row_major(indices: tuple[Index, ...]) -> IndexExpr:
    """The position of a member among all members of ``indices``, last index fastest."""
    position = as_expr(0)
    for index in indices:
        position = position * as_expr(Size(index.name)) + as_expr(index)
    return position


def argmax_equation(equation: Equation, name: str) -> Equation | None:
    """``name[I] = argmax[J](e)`` beside ``y[I] = max[J](e)``; None for any other equation."""
    expr = equation.expr
    if not isinstance(expr, Reduce) or expr.op not in ("max", "min"):
        return None
    chosen = Reduce(f"arg{expr.op}", expr.indices, expr.body, expr.where)
    return Equation(name, equation.indices, chosen)
