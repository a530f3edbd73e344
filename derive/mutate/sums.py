"""Mistakes with sums: one member only, the mean, the wrong sign, an axis that is kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from typing import cast

from derive.algebra import div, factors_of, index_value, neg, product, select, size
from derive.expr import (
    ZERO,
    Condition,
    Expr,
    IndexValue,
    Node,
    Read,
    Reduce,
    free_indices,
    transform,
    walk,
)
from derive.extent import same_extent
from derive.index import Index, IndexExpr, Size, as_expr, number
from derive.mutate.scene import Change, Scene
from derive.mutate.site import Site, sites, text
from derive.program import Equation
from derive.scope import in_expr, substitute


def _reductions(equation: Equation, op: str) -> Iterator[tuple[Site, Reduce]]:
    for site in sites(equation.expr):
        if isinstance(site.node, Reduce) and site.node.op == op:
            yield site, site.node


def wrong_sign(scene: Scene, equation: Equation) -> Iterator[Change]:
    """The whole equation negated."""
    if equation.name in scene.derived and equation.expr != ZERO:
        yield Change("with the wrong sign", (replace(equation, expr=neg(equation.expr)),))


def one_member(_: Scene, equation: Equation) -> Iterator[Change]:
    """A sum replaced by its first or its last member."""
    for site, node in _reductions(equation, "sum"):
        for index in node.indices:
            ends = (
                (number(0), f"only {index} = 0"),
                (as_expr(Size(index.name)) - 1, f"only the last {index}"),
            )
            for value, told in ends:
                new = replace(equation, expr=site.put(_at(node, index, value)))
                yield Change(f"without the sum over {index} ({told})", (new,))


def _at(node: Reduce, index: Index, value: IndexExpr) -> Expr:
    """The member of a sum at one value of one index."""
    body = in_expr(node.body, {index: value})
    where = None if node.where is None else substitute(node.where, {index: value})
    rest = tuple(i for i in node.indices if i != index)
    guard: Condition | None = where  # type: ignore[assignment]  # of a condition, a condition
    return Reduce("sum", rest, body, guard) if rest else select(guard, body, ZERO)


def mean_for_sum(_: Scene, equation: Equation) -> Iterator[Change]:
    """A sum divided by its number of members, over each index and over all."""
    for site, node in _reductions(equation, "sum"):
        choices: list[tuple[Index, ...]] = []
        if node.where is None:
            choices += [(i,) for i in node.indices]
        if len(node.indices) != 1 or node.where is not None:
            choices.append(node.indices)
        for chosen in choices:
            mean: Expr = node
            for index in chosen:
                mean = div(mean, size(index))
            if node.where is not None:
                mean = replace(node, op="mean")
            names = ", ".join(map(str, chosen))
            new = replace(equation, expr=site.put(mean))
            yield Change(f"with the mean over {names} instead of the sum", (new,))


def sum_for_mean(_: Scene, equation: Equation) -> Iterator[Change]:
    """A mean that is not divided by its number of members."""
    for site, node in _reductions(equation, "mean"):
        names = ", ".join(map(str, node.indices))
        new = replace(equation, expr=site.put(replace(node, op="sum")))
        yield Change(f"with the sum over {names} instead of the mean", (new,))


def one_less(_: Scene, equation: Equation) -> Iterator[Change]:
    """A mean that divides by one less than the number of its members."""
    for site, node in _reductions(equation, "mean"):
        if node.where is None:
            count = number(1)
            for index in node.indices:
                count = count * as_expr(Size(index.name))
            names = ", ".join(f"size({i})" for i in node.indices)
            whole = replace(node, op="sum")
            new = replace(equation, expr=site.put(div(whole, index_value(count - 1))))
            yield Change(f"with a division by {names} - 1 in the mean", (new,))


def size_less_one(scene: Scene, equation: Equation) -> Iterator[Change]:
    """An extent less one wherever it is divided by: as an unbiased variance is."""
    nodes = [n for n in walk(equation.expr) if isinstance(n, IndexValue)]
    for node in dict.fromkeys(nodes):
        if equation.name not in scene.derived or node.expr.indices():
            continue
        less = index_value(node.expr - 1)

        def rule(part: Node, old: Node = node, new: Node = less) -> Node:
            return new if part == old else part

        expr = cast(Expr, transform(equation.expr, rule))
        told = f"with {text(less)} in place of {text(node)}"
        yield Change(told, (replace(equation, expr=expr),))


def no_matrix(scene: Scene, equation: Equation) -> Iterator[Change]:
    """A product with a matrix left out: one index for the other."""
    for site, node in _reductions(equation, "sum"):
        _, factors = factors_of(node.body)
        if len(node.indices) != 1 or node.where is not None:
            continue
        (index,) = node.indices
        for base in factors:
            others = [i for i in free_indices(base) if i != index and i in equation.free]
            rest = {b: e for b, e in factors.items() if b != base}
            if not isinstance(base, Read) or len(base.indices) != 2 or not rest:
                continue
            for other in others:
                if same_extent(scene.backward, index.name, other.name):
                    left = in_expr(product(Fraction(1), rest), {index: as_expr(other)})
                    new = replace(equation, expr=site.put(left))
                    yield Change(f"without the product with {text(base)}", (new,))


def kept_axis(scene: Scene, equation: Equation) -> Iterator[Change]:
    """A sum that is not taken, so that the gradient has an axis too many; or exchanged axes."""
    expr = equation.expr
    if equation.name != scene.target:
        return
    if isinstance(expr, Reduce) and expr.op == "sum" and expr.where is None:
        for index in expr.indices:
            rest = tuple(i for i in expr.indices if i != index)
            body = Reduce("sum", rest, expr.body) if rest else expr.body
            left = (as_expr(index), *equation.indices)
            new = Equation(equation.name, left, body)
            yield Change(f"without the sum over {index}, which is still an axis", (new,))
    if len(equation.indices) >= 2:
        *front, a, b = equation.indices
        yield Change("transposed", (replace(equation, indices=(*front, b, a)),))
