"""Mistakes with indices: transposed, a step off, reversed, another element of the same array."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import combinations
from typing import cast

from derive.expr import Expr, Read, map_index_exprs, walk
from derive.extent import extent_of
from derive.index import (
    Exact,
    Floor,
    Hyper,
    Index,
    IndexExpr,
    Mod,
    Size,
    as_expr,
    exact,
    number,
)
from derive.mutate.scene import Change, Scene
from derive.mutate.site import Site, read_sites, text
from derive.program import Equation, Pad

Indices = tuple[IndexExpr, ...]


def _replaced(equation: Equation, site: Site, read: Read, indices: Indices) -> Change:
    other = Read(read.array, indices)
    return Change(
        f"with {text(other)} in place of {text(read)}",
        (replace(equation, expr=site.put(other)),),
        pads=(Pad(read.array),),
    )


def transposed(scene: Scene, equation: Equation) -> Iterator[Change]:
    """Two axes of an operand exchanged, where their extents can agree."""
    for site, read in read_sites(equation.expr):
        axes = scene_axes(scene, read.array)
        for a, b in combinations(range(len(read.indices)), 2):
            indices = list(read.indices)
            indices[a], indices[b] = indices[b], indices[a]
            change = _replaced(equation, site, read, tuple(indices))
            sizes = (extent_of(scene.backward, axes[a]), extent_of(scene.backward, axes[b]))
            if read.indices[a] == read.indices[b]:
                continue
            alike = () if sizes[0] == sizes[1] else (sizes,)
            if not alike or all(isinstance(s.atom, Size) for s in sizes):
                yield replace(change, pads=(), agreements=alike)


def scene_axes(scene: Scene, array: str) -> tuple[str, ...]:
    """The axes of an array of the backward program."""
    return scene.backward.axes(array)


def a_step_off(scene: Scene, equation: Equation) -> Iterator[Change]:
    """One read a step before or after, along indices of which there are steps."""
    for site, read in read_sites(equation.expr):
        places = [k for k, e in enumerate(read.indices) if _steps(scene, read, k, e)]
        windows = [k for k in places if read.indices[k].index is None]
        chosen = [(k,) for k in places] + ([tuple(windows)] if len(windows) > 1 else [])
        for axes in chosen:
            for step in (-1, 1):
                moved = tuple(
                    _moved(e, step) if k in axes else e for k, e in enumerate(read.indices)
                )
                yield _replaced(equation, site, read, moved)


def _moved(expr: IndexExpr, step: int) -> IndexExpr:
    """``expr`` a step on; of ``(h - p)/s``, a step of ``h``."""
    quotient = expr.atom
    if isinstance(quotient, Exact):
        return exact(quotient.numerator + step, quotient.denominator)
    return expr + step


def _steps(scene: Scene, read: Read, axis: int, expr: IndexExpr) -> bool:
    plain = expr.index
    if plain is not None:
        return plain.name in scene.shifted
    name = scene_axes(scene, read.array)[axis]
    return bool(expr.indices()) or name in scene.shifted


def reversed_order(scene: Scene, equation: Equation) -> Iterator[Change]:
    """An operand, or the result, from the last to the first along steps or windows."""
    chosen = [i for i in equation.free if i.name in scene.shifted]
    if equation.name == scene.target:
        for group in _groups(chosen):
            turned = _in_reads(equation, _mirror(group))
            yield Change(f"reversed along {_and(group)}", (turned,))
    for site, read in read_sites(equation.expr):
        plain = [e.index for e in read.indices]
        steps = [i for i in plain if i is not None and i.name in scene.shifted]
        for group in _groups(steps):
            change = _replaced(equation, site, read, tuple(map(_mirror(group), read.indices)))
            yield replace(change, phrase=f"with {text(read)} reversed along {_and(group)}")


def _groups(indices: Sequence[Index]) -> list[set[Index]]:
    """Each alone, and all together."""
    return [*({i} for i in indices), *([set(indices)] if len(indices) > 1 else [])]


def _and(group: set[Index]) -> str:
    return " and ".join(sorted(map(str, group)))


def _mirror(group: set[Index]) -> Callable[[IndexExpr], IndexExpr]:
    values = {i: as_expr(Size(i.name)) - 1 - as_expr(i) for i in group}
    return lambda expr: expr.substitute(values)


def _in_reads(equation: Equation, rule: Callable[[IndexExpr], IndexExpr]) -> Equation:
    return replace(equation, expr=cast(Expr, map_index_exprs(equation.expr, rule)))


def hyper_ignored(scene: Scene, equation: Equation) -> Iterator[Change]:
    """Two integer hyperparameters exchanged, or one taken as 0 or 1, in all indices."""
    names = [h.name for h in scene.backward.hypers if h.integer and _mentions(equation, h.name)]
    for a, b in combinations(names, 2):
        values = {a: as_expr(Hyper(b)), b: as_expr(Hyper(a))}
        new = _in_reads(equation, _hypers(values))
        yield Change(f"with {a} and {b} exchanged", (new,), pads=_pads(new))
    for name in names:
        for value in (1, 0):
            if value == 0 and _divides(equation, name):
                continue
            new = _in_reads(equation, _hypers({name: number(value)}))
            yield Change(f"as if {name} were {value}", (new,), pads=_pads(new))


def _mentions(equation: Equation, name: str) -> bool:
    return any(Hyper(name) in set(e.atoms()) for e in _index_exprs(equation))


def _index_exprs(equation: Equation) -> Iterator[IndexExpr]:
    for node in walk(equation.expr):
        if isinstance(node, Read):
            yield from node.indices


def _divides(equation: Equation, name: str) -> bool:
    return any(
        Hyper(name) in set(a.denominator.atoms())
        for e in _index_exprs(equation)
        for a in e.atoms()
        if isinstance(a, (Exact, Floor, Mod))
    )


def _hypers(values: dict[str, IndexExpr]) -> Callable[[IndexExpr], IndexExpr]:
    return lambda expr: expr.rewrite(lambda a: values.get(a.name) if isinstance(a, Hyper) else None)


def _pads(equation: Equation) -> tuple[Pad, ...]:
    arrays = dict.fromkeys(n.array for n in walk(equation.expr) if isinstance(n, Read))
    return tuple(map(Pad, arrays))


def exchanged_slopes(_: Scene, equation: Equation) -> Iterator[Change]:
    """In ``s*u + d*p`` the numbers before two indices exchanged, or one of them left out."""
    for site, read in read_sites(equation.expr):
        for swap in (True, False):
            moved = tuple(_other_slopes(e, swap) for e in read.indices)
            if moved != read.indices:
                yield _replaced(equation, site, read, moved)


def _other_slopes(expr: IndexExpr, swap: bool) -> IndexExpr:
    """Numbers as coefficients: exchanged between two terms, or all taken as 1."""
    held = [k for k, (_, m) in enumerate(expr.terms) if len(m) == 1 and isinstance(m[0], Index)]
    if not held:
        return expr
    slopes: Sequence[int] = [abs(expr.terms[k][0]) for k in held]
    other = slopes[::-1] if swap else [1] * len(slopes)
    new = dict(zip(held, other, strict=True))
    return IndexExpr(
        tuple(
            ((1 if c > 0 else -1) * new[k], m) if k in new else (c, m)
            for k, (c, m) in enumerate(expr.terms)
        )
    )

