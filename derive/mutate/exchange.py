"""Mistakes with names: another array of the same shape, two cotangents exchanged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import cast

from derive.expr import Expr, Node, Read, reads, transform
from derive.extent import extent_of
from derive.index import IndexExpr
from derive.mutate.scene import Change, Scene
from derive.mutate.site import read_sites, text
from derive.program import Equation, Pad, Program

Shape = tuple[IndexExpr, ...]


def _shapes(program: Program) -> dict[str, Shape]:
    names = dict.fromkeys([a.name for a in program.arrays if not a.integer])
    names.update((e.name, None) for e in program.equations)
    return {n: tuple(extent_of(program, axis) for axis in program.axes(n)) for n in names}


def other_cotangent(scene: Scene, equation: Equation) -> Iterator[Change]:
    """A cotangent replaced, wherever the equation reads it, by another of its shape."""
    if equation.name in scene.derived:
        yield from _others(scene, equation, scene.cotangents, _shapes(scene.backward))


def other_value(scene: Scene, equation: Equation) -> Iterator[Change]:
    """A forward value replaced by another of its shape, everywhere or at one place."""
    shapes = {**_shapes(scene.forward), **_shapes(scene.backward)}
    values = frozenset(shapes) - scene.cotangents
    yield from _others(scene, equation, values, shapes)
    for site, read in read_sites(equation.expr):
        alone = [r for r in reads(equation.expr) if r.array == read.array]
        for other in _alike(read.array, values, shapes) if len(alone) > 1 else ():
            put = Read(other, read.indices)
            new = replace(equation, expr=site.put(put))
            phrase = f"with {text(put)} in place of one {text(read)}"
            yield Change(phrase, (new,), pads=(Pad(other),))


def _others(
    scene: Scene, equation: Equation, names: frozenset[str], shapes: dict[str, Shape]
) -> Iterator[Change]:
    gradients = set(scene.backward.outputs)
    for read in dict.fromkeys(reads(equation.expr)):
        if read.array not in names:
            continue
        for other in _alike(read.array, names - gradients, shapes):
            put = Read(other, read.indices)

            def rule(node: Node, old: Read = read, new: Read = put) -> Node:
                return new if node == old else node

            expr = cast(Expr, transform(equation.expr, rule))
            phrase = f"with {text(put)} in place of {text(read)}"
            yield Change(phrase, (replace(equation, expr=expr),), pads=(Pad(other),))


def _alike(name: str, names: frozenset[str], shapes: dict[str, Shape]) -> list[str]:
    if name not in shapes or not shapes[name]:
        return []
    return [n for n in shapes if n in names and n != name and shapes[n] == shapes[name]]


def swapped(scene: Scene, equation: Equation) -> Iterator[Change]:
    """Two cotangent equations with exchanged right sides: gates in the wrong order."""
    if equation.name not in scene.derived:
        return
    order = [e.name for e in scene.backward.equations]
    for other in scene.chain():
        if other.name not in scene.derived or scene.target in (other.name, equation.name):
            continue
        if order.index(other.name) > order.index(equation.name) and (
            other.indices == equation.indices
        ):
            yield Change(
                f"with {equation.name} and {other.name} exchanged",
                (replace(equation, expr=other.expr), replace(other, expr=equation.expr)),
                everywhere=True,
            )
