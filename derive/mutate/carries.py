"""Mistakes with recurrences: the carry cut, one step's cotangent only, or all but one's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from derive.algebra import add, index_value, iverson, mul
from derive.expr import Compare, Expr, reads
from derive.index import IndexExpr, Size, as_expr, number
from derive.mutate.scene import Change, Scene
from derive.mutate.site import read_sites, terms_of, text
from derive.program import Equation


def _carried(scene: Scene, equation: Equation, term: Expr) -> bool:
    """Whether a term reads a cotangent of another step."""
    free = {i for i in equation.free if i.name in scene.shifted}
    return any(
        read.array in scene.derived
        and any(_is_beside(e) and free & set(e.indices()) for e in read.indices)
        for read in reads(term)
    )


def _is_beside(expr: IndexExpr) -> bool:
    return len(expr.indices()) == 1 and any(m == () for _, m in expr.terms)


def _cut(scene: Scene, equation: Equation) -> Equation | None:
    terms = terms_of(equation.expr)
    kept = [t for t in terms if not _carried(scene, equation, t)]
    if equation.name not in scene.derived or len(kept) == len(terms):
        return None
    return replace(equation, expr=add(*kept))


def carry_cut(scene: Scene, equation: Equation) -> Iterator[Change]:
    """No carry from the next step: in one equation, or in all (from the gradient's own)."""
    if equation.name == scene.target:
        every = [cut for e in scene.chain() if (cut := _cut(scene, e)) is not None]
        if len(every) > 1:
            yield Change(
                "truncated to one step, without any carry", tuple(every), everywhere=True
            )
    cut = _cut(scene, equation)
    if cut is not None:
        yield Change("without the carry from the next step", (cut,))
        yield from _one_way(scene, equation)


def _one_way(scene: Scene, equation: Equation) -> Iterator[Change]:
    """One of several carries cut, also where it reaches back before the first step."""
    terms = terms_of(equation.expr)
    carried = [t for t in terms if _carried(scene, equation, t)]
    target = scene.backward.definition(scene.target)
    for term in carried:
        names = {r.array for r in reads(term) if r.array in scene.derived}
        kept = replace(equation, expr=add(*(t for t in terms if t != term)))
        before = () if target is None else terms_of(target.expr)
        rest = tuple(t for t in before if names.isdisjoint(r.array for r in reads(t)))
        phrase = f"without the carry {text(term)}"
        if target is not None and rest != before and equation.name != scene.target:
            yield Change(phrase, (kept, replace(target, expr=add(*rest))))
        yield Change(phrase, (kept,))


def one_step(scene: Scene, equation: Equation) -> Iterator[Change]:
    """The cotangent of one step only, or of all steps but one."""
    for site, read in read_sites(equation.expr):
        if read.array not in scene.given:
            continue
        for expr in read.indices:
            index = expr.index
            if index is None or index.name not in scene.shifted:
                continue
            last = as_expr(Size(index.name)) - 1
            for place, told in ((last, "last"), (number(0), "first")):
                for op, phrase in (("==", "with {} of the {} {} only"),
                                   ("!=", "without {} of the {} {}")):  # fmt: skip
                    where = Compare(op, index_value(expr), index_value(place))
                    new = replace(equation, expr=site.put(mul(read, iverson(where))))
                    yield Change(phrase.format(text(read), told, index), (new,))

