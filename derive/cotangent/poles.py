"""Where a local derivative is infinite or undefined: there a cotangent of zero has to stop.

    y[n] = sqrt(x[n])   ⇒   dx[n] = dy[n]/(2*y[n]) if y[n] != 0 or dy[n] != 0 else 0

On the way down to a read every quotient, logarithm, root and power whose derivative has a pole
leaves a mark: where the pole is, and the cotangent that arrives there. Marks count only where
signs do not tell that the pole is never met, so ``sqrt(v[n] + eps)`` keeps its plain equation.

A pole that leaves no element of an output finite is no place to differentiate at, and is not
guarded: the loss ``-sum[n](log(p[n]))`` has no value at a p of 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from derive.algebra import factors_of, mul, neg, product, total
from derive.expr import (
    ONE,
    ZERO,
    Call,
    Compare,
    Condition,
    Div,
    Expr,
    IndexValue,
    Logic,
    Mul,
    Node,
    Number,
    Power,
    free_indices,
    walk,
)
from derive.index import Index
from derive.positive import Signs
from derive.total import is_total


@dataclass(frozen=True, slots=True)
class Pole:
    """A pole on the way to a read.

    Attributes:
        before: the derivative of the equation by the expression that has the pole, which times
            the cotangent of the equation arrives there.
        zero: what is zero at the pole.
        lost: whether the equation has no finite value there.
    """

    before: Expr
    zero: Expr
    lost: bool = False


def of_call(node: Call) -> Expr | None:
    """What is zero where the derivative of a function has a pole; None if it has none."""
    if node.name == "sqrt":
        return node
    return node.args[0] if node.name == "log" else None


def of_power(node: Power) -> Expr | None:
    """The same for the derivative of a power by its base."""
    exponent = node.exponent
    if isinstance(exponent, IndexValue) and exponent.expr.index is not None:
        return None  # counts from 0
    return None if isinstance(exponent, Number) and exponent.value >= 1 else node.base


def never_zero(node: Expr, signs: Signs) -> bool:
    """Whether ``node`` is other than zero, as far as can be seen."""
    return is_total(Div(ONE, node)) or signs.positive(node) or signs.positive(neg(node))


def varying(node: Expr, signs: Signs) -> Expr:
    """The factors of ``node`` that may be zero, each once."""
    _, factors = factors_of(node)
    return _once(b for b, e in factors.items() if e > 0 and not never_zero(b, signs))


def _reading(node: Expr) -> Expr:
    """The factors of ``node`` that depend on data, each once."""
    _, factors = factors_of(node)
    # whatever signs tell: ``exp(log(x))`` is zero where the logarithm has its pole
    return _once(b for b, e in factors.items() if e > 0 and not is_total(Div(ONE, b)))


def _once(factors: Iterable[Expr]) -> Expr:
    return product(Fraction(1), dict.fromkeys(factors, 1))


def remains(pole: Pole, factor: Expr) -> bool:
    """Whether a derivative still has the pole, now that common factors have been cancelled."""
    bases = frozenset(factors_of(pole.zero)[1])
    return any(_has_pole(node, pole.zero, bases) for node in walk(factor))


def _has_pole(node: Node, zero: Expr, bases: frozenset[Expr]) -> bool:
    match node:
        case Mul() | Div():
            return any(b in bases and e < 0 for b, e in factors_of(node)[1].items())
        case Power(base):
            return base in bases and not _rises(node)
        case Call("log", (argument,)):
            return argument == zero
    return False


def _rises(node: Power) -> bool:
    return isinstance(node.exponent, Number) and node.exponent.value >= 0


def stop(
    pole: Pole, seed: Expr, indices: Sequence[Index], where: Condition | None
) -> Condition:
    """That a pole is not met, or something other than zero arrives there.

    A pole is met at once by everything that shares what is zero: of several cotangents that
    arrive one is enough.

    Args:
        pole: the pole.
        seed: the cotangent of the equation.
        indices: what the equation and the sums around the pole run over.
        where: the conditions on these.
    """
    arriving = _reading(mul(seed, pole.before))
    own = free_indices(pole.zero)
    others = tuple(i for i in indices if i not in own)
    if set(others) & set(free_indices(arriving)):
        arriving = _reading(total(others, where, Call("abs", (arriving,))))
    return Logic("or", tuple(Compare("!=", part, ZERO) for part in (pole.zero, arriving)))
