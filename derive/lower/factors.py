"""Expressions as products: factors above and below the line, and masks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction

from derive.expr import MINUS_ONE, ONE, Div, Expr, Iverson, Mul, Number


@dataclass(frozen=True, slots=True)
class Product:
    """A product: its sign apart, ``above / below``, and factors that are 0 or 1.

    Attributes:
        above: factors of the numerator.
        below: factors of the denominator.
        masks: Iverson brackets.
        negative: whether the whole is negated.
    """

    above: tuple[Expr, ...] = ()
    below: tuple[Expr, ...] = ()
    masks: tuple[Iverson, ...] = ()
    negative: bool = False

    def everything(self) -> Iterator[Expr]:
        """Every factor."""
        yield from self.above
        yield from self.below
        yield from self.masks

    def multiplied(self) -> Iterator[Expr]:
        """The same, as what is multiplied: a factor below the line is one by it."""
        yield from self.above
        yield from (Div(ONE, factor) for factor in self.below)
        yield from self.masks

    def rewritten(self, rule: Callable[[Expr], Expr]) -> Product:
        """Every factor changed by ``rule``."""
        masks = tuple(m for m in map(rule, self.masks) if isinstance(m, Iverson))
        return Product(
            tuple(map(rule, self.above)), tuple(map(rule, self.below)), masks, self.negative
        )

    def expr(self) -> Expr | None:
        """The product as an expression, without its sign; None if it has no factors."""
        above = (*self.above, *self.masks)
        if not above and not self.below:
            return None
        top = joined(above) or Number(Fraction(1))
        bottom = joined(self.below)
        return top if bottom is None else Div(top, bottom)


def joined(factors: tuple[Expr, ...]) -> Expr | None:
    """The product of ``factors`` as they stand."""
    if not factors:
        return None
    return factors[0] if len(factors) == 1 else Mul(factors)


def factored(expr: Expr) -> Product:
    """``expr`` as a product."""
    above: list[Expr] = []
    below: list[Expr] = []
    masks: list[Iverson] = []
    negative = False
    for factor, inverted in _flat(expr, inverted=False):
        if factor == MINUS_ONE:
            negative = not negative
        elif inverted:
            below.append(factor)
        elif isinstance(factor, Iverson):
            masks.append(factor)
        else:
            above.append(factor)
    return Product(tuple(above), tuple(below), tuple(masks), negative)


def _flat(expr: Expr, *, inverted: bool) -> Iterator[tuple[Expr, bool]]:
    if isinstance(expr, Mul):
        for factor in expr.factors:
            yield from _flat(factor, inverted=inverted)
    elif isinstance(expr, Div):
        yield from _flat(expr.numerator, inverted=inverted)
        yield from _flat(expr.denominator, inverted=not inverted)
    else:
        yield expr, inverted
