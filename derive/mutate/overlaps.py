"""Mistakes where several contributions meet: the last one wins; ties to all, to the last, split."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import cast

from derive.algebra import both, div, equal, index_value, iverson, mul, num, select
from derive.expr import (
    MINUS_ONE,
    ONE,
    Compare,
    Condition,
    Expr,
    IndexValue,
    Iverson,
    Logic,
    Node,
    Read,
    Reduce,
    transform,
    walk,
)
from derive.index import Exact, Index, IndexExpr, Size, as_expr, mod, number
from derive.mutate.scene import Change, Scene
from derive.mutate.site import Site, sites
from derive.program import Equation, Pad
from derive.scope import Fresh, substitute

# ---- overwritten instead of accumulated -------------------------------------------------------


def overwritten(scene: Scene, equation: Equation) -> Iterator[Change]:
    """Of the contributions to one element only the last, or the first, in the order of a loop."""
    if equation.name not in scene.derived:
        return
    for site in sites(equation.expr):
        node = site.node
        if not isinstance(node, Reduce) or node.op != "sum":
            continue
        moving = tuple(i for i in node.indices if _meets(scene, node, i))
        if not moving:
            continue
        here = both(node.where, *_on_grid(scene, node))
        for later, told in ((True, "last"), (False, "first")):
            alone = _alone(moving, here, later)
            new = replace(equation, expr=site.put(replace(node, body=mul(node.body, alone))))
            names = ", ".join(map(str, moving))
            yield Change(f"with only the {told} of the contributions along {names}, "
                         "not their sum", (new,))  # fmt: skip


def _meets(scene: Scene, node: Reduce, index: Index) -> bool:
    """Whether a sum over ``index`` gathers what a loop would scatter."""
    where = () if node.where is None else tuple(walk(node.where))
    if any(isinstance(n, IndexValue) and index in n.expr.indices() for n in where):
        return True
    for read in walk(node.body):
        if isinstance(read, Read) and read.array in scene.cotangents:
            compound = (e for e in read.indices if e.index is None)
            if any(index in e.indices() for e in compound):
                return True
    return False


def _on_grid(scene: Scene, node: Reduce) -> list[Condition]:
    """That the cotangents in a sum are read on their grid."""
    found: list[Condition] = []
    for read in walk(node.body):
        if not isinstance(read, Read) or read.array not in scene.cotangents:
            continue
        axes = scene.backward.axes(read.array)
        for expr, axis in zip(read.indices, axes, strict=True):
            if expr.index is None:
                found += _inside(expr, as_expr(Size(axis)))
    return found


def _inside(expr: IndexExpr, extent: IndexExpr) -> list[Condition]:
    atom = expr.atom
    if isinstance(atom, Exact):
        top, by = atom.numerator, atom.denominator
        return [equal(mod(top, by), number(0)), *_inside(top, by * extent)]
    low = Compare("<=", num(0), index_value(expr))
    return [low, Compare("<", index_value(expr), index_value(extent))]


def _alone(moving: tuple[Index, ...], here: Condition | None, later: bool) -> Expr:
    """1 for the last (first) members of a sum along ``moving``, else 0."""
    fresh = Fresh()
    others = {index: as_expr(fresh.index(index.name)) for index in moving}
    there = None if here is None else cast(Condition, substitute(here, others))
    beyond: list[Condition] = []
    for position, index in enumerate(moving):
        same = [equal(others[i], as_expr(i)) for i in moving[:position]]
        op = ">" if later else "<"
        step = Compare(op, index_value(others[index]), index_value(as_expr(index)))
        beyond.append(cast(Condition, both(*same, step)))
    after = beyond[0] if len(beyond) == 1 else Logic("or", tuple(beyond))
    binders = tuple(cast(Index, others[i].index) for i in moving)
    count = Reduce("sum", binders, ONE, both(there, after))
    return Iverson(Compare("==", count, num(0)))


# ---- ties -------------------------------------------------------------------------------------


def tie_rules(scene: Scene, equation: Equation) -> Iterator[Change]:
    """Where several are largest: the gradient to the last of them, to all, in equal parts."""
    for site in sites(equation.expr):
        match site.node:
            case Iverson(Compare("==", Read(array, indices), place)):
                found = scene.backward.definition(array)
                if found is not None and isinstance(found.expr, Reduce) and (
                    found.expr.op in ("argmax", "argmin")
                ):
                    member = _member(found, indices, place)
                    yield from _ties(equation, site, found, Read(array, indices), member)


def _ties(
    equation: Equation, site: Site, found: Equation, read: Read, member: Expr | None
) -> Iterator[Change]:
    node, indices = cast(Reduce, found.expr), read.indices
    wins = node.op[3:]
    top = Equation(f"{found.name}_{wins}", found.indices, replace(node, op=wins))
    fresh = Fresh()
    best = Read(top.name, top.indices)
    here = cast(Reduce, fresh.binders(node))
    ties = Iverson(Compare("==", here.body, best))
    position = _row_major(here.indices)
    last = Reduce("max", here.indices, select(ties.condition, position, MINUS_ONE), here.where)
    pads = (Pad(top.name), Pad(f"{found.name}_count", num(1).value))
    yield Change(
        "with the gradient to the last of the ties",
        (top, replace(found, expr=last)), pads=pads,
    )  # fmt: skip
    if member is None:
        return
    tie = iverson(Compare("==", member, Read(top.name, indices)))
    count = Equation(f"{found.name}_count", found.indices,
                     Reduce("sum", here.indices, ties, here.where))  # fmt: skip
    yield Change(
        "with the gradient to all of the ties",
        (top, replace(equation, expr=site.put(tie))), pads=pads,
    )  # fmt: skip
    yield Change(
        "with the gradient split evenly among the ties",
        (top, count, replace(equation, expr=site.put(div(tie, Read(count.name, indices))))),
        pads=pads,
    )  # fmt: skip


def _row_major(indices: tuple[Index, ...]) -> Expr:
    """The position among the values of some indices."""
    found = number(0)
    for index in indices:
        found = found * as_expr(Size(index.name)) + as_expr(index)
    return index_value(found)


def _member(found: Equation, indices: tuple[IndexExpr, ...], place: Expr) -> Expr | None:
    """The member of a maximum that a condition ``argmax == place`` is about."""
    node = cast(Reduce, found.expr)
    values = dict(zip(found.free, indices, strict=True))
    if place != _row_major(node.indices):
        return None
    return cast(Expr, _grid_cancelled(substitute(node.body, values)))


def _grid_cancelled(node: Node) -> Node:
    """``s*((h - p)/s) + p`` is ``h``: off the grid the cotangent is zero anyway."""

    def rule(part: Node) -> Node:
        if isinstance(part, Read):
            return Read(part.array, tuple(map(_whole, part.indices)))
        return part

    return transform(node, rule)


def _whole(expr: IndexExpr) -> IndexExpr:
    total = number(0)
    for coefficient, monomial in expr.terms:
        quotients = [a for a in monomial if isinstance(a, Exact)]
        term = IndexExpr(((coefficient, tuple(a for a in monomial if a not in quotients)),))
        for quotient in quotients:
            term = (
                quotient.numerator
                if term == quotient.denominator
                else term * as_expr(quotient)
            )
        total = total + term
    return total
