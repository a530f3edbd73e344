"""The chain rule evaluated: partial derivatives by differences of the forward equations.

For a direction v the line ``dx[K] = sum[I](dy[I] * ∂y[I]/∂x[K])`` says that the products of v
with its left side, and of dy with the change of y along v, are equal. A line that does not hold
agrees along a random direction with probability zero.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from derive.expr import Add, Call, Expr, Mul, Read, Reduce
from derive.program import Step
from numeric.check.point import Array
from reports.evaluation.values import Values

DIRECTIONS = 2
# Steps of the differences: the first is good to ten digits, the second stays clear of kinks.
STEPS = (1e-4, 1e-7)
SMALL_ERROR = 1e-8
# Of the largest number in play: far more than rounding, far less than a wrong factor or index.
TOLERANCE = 1e-7
# How much more than their estimated error differences may be off.
SPARE = 20.0
# By how much two slopes differ only at a kink, that near each other.
CURVED = 1e-3


@dataclass(frozen=True, slots=True)
class Link:
    """One term of the chain rule: a cotangent, the value that it belongs to, the element.

    ``names`` are what the values are known by.
    """

    cotangent: Array
    names: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Sides:
    """Two numbers that a line says are equal.

    Attributes:
        left: the product with what the line says.
        right: the product by differences.
        agree: whether they are equal, as far as differences can tell.
        corner: whether they cannot: the point lies on a kink or a tie.
    """

    left: float
    right: float
    agree: bool
    corner: bool


def partials(expr: Expr) -> tuple[list[tuple[Read, Read, Read]], list[Expr]]:
    """Cotangent, value and element of each partial derivative of a line, and the other terms."""
    found: list[tuple[Read, Read, Read]] = []
    others: list[Expr] = []
    for term in expr.terms if isinstance(expr, Add) else (expr,):
        body = term.body if isinstance(term, Reduce) else term
        match body:
            case Mul((Read() as cotangent, Call("∂", (Read() as value, Read() as element)))):
                found.append((cotangent, value, element))
            case _:
                others.append(term)
    return found, others


def along(values: Values, step: Step, rng: np.random.Generator) -> Iterator[Sides]:
    """Both sides of a line by the chain rule, along some directions."""
    terms, others = partials(step.result.expr)
    found = [_link(values, step, *term) for term in terms]
    left = values.known[step.equation]
    seed = [values.of(expr, step.result.free, step.extents) for expr in others]
    for _ in range(DIRECTIONS):
        direction: Array = np.asarray(rng.normal(size=left.shape))
        yield _sides(values, found, direction, left, seed)


def _sides(
    values: Values, links: Sequence[Link], along: Array, left: Array, seed: Sequence[Array]
) -> Sides:
    changes = [_change(values, link, along) for link in links]
    true = float(np.sum(along * left))
    shown = sum(float(np.sum(along * s)) for s in seed) + sum(change for change, _ in changes)
    error = sum(error for _, error in changes)
    scale = max(1.0, abs(true), abs(shown))
    agree = abs(true - shown) <= TOLERANCE * scale + SPARE * error
    corner = not agree and any(_is_corner(values, link, along) for link in links)
    return Sides(true, shown, agree, corner)


def _change(values: Values, link: Link, direction: Array) -> tuple[float, float]:
    """``sum[I](dy[I] * change of y[I])`` along a direction of x, and its error."""
    first = _richardson(values, link, direction, STEPS[0])
    if first[1] <= SMALL_ERROR * max(1.0, abs(first[0])):
        return first
    return min(first, _richardson(values, link, direction, STEPS[1]), key=lambda pair: pair[1])


def _richardson(values: Values, link: Link, direction: Array, step: float) -> tuple[float, float]:
    coarse, fine = (_central(values, link, direction, h) for h in (step, step / 2))
    better = (4 * fine - coarse) / 3
    return better, abs(better - fine)


def _central(values: Values, link: Link, direction: Array, step: float) -> float:
    ahead, behind = _ends(values, link, direction, step)
    return float(np.sum(link.cotangent * _apart(ahead, behind))) / (2 * step)


def _is_corner(values: Values, link: Link, direction: Array) -> bool:
    """Whether the changes to both sides differ by more than a curve would make them."""
    step = STEPS[-1]
    ahead, behind = _ends(values, link, direction, step)
    here = values.known[link.names[0]]
    change = (_apart(ahead, here) - _apart(here, behind)) / step
    return bool(np.max(np.abs(change), initial=0.0) > CURVED)


def _ends(values: Values, link: Link, direction: Array, step: float) -> tuple[Array, Array]:
    value, element = link.names
    run, known = values.run(value), dict(values.known)
    ends: list[Array] = []
    with np.errstate(all="ignore"):
        for sign in (1, -1):
            known[element] = values.known[element] + sign * step * direction
            ends.append(run(known))
    return ends[0], ends[1]


def _apart(one: Array, other: Array) -> Array:
    """The difference; what is infinite in both has not changed."""
    with np.errstate(all="ignore"):
        return np.where(one == other, 0.0, one - other)


def _link(values: Values, step: Step, cotangent: Read, value: Read, element: Read) -> Link:
    free = tuple(index for expr in value.indices for index in expr.indices())
    names = values.key(value.array, value.indices), values.key(element.array, element.indices)
    return Link(values.of(cotangent, free, step.extents), names)


def is_chain(step: Step) -> bool:
    """Whether a line holds partial derivatives."""
    return bool(partials(step.result.expr)[0])
