"""Mistakes with paths: something held constant that is not, one of several uses left out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import cast

from derive.cotangent import adjoint
from derive.errors import DeriveError
from derive.expr import Expr, Node, Read, reads, transform
from derive.mutate.scene import Change, Scene, key
from derive.program import Array, Equation, Program

# Each is a derivation of its own, which takes a tenth of a second for a large layer.
MOST_USES = 12


def held(scene: Scene, equation: Equation) -> Iterator[Change]:
    """``held_constant``, once for the gradient."""
    if equation.name == scene.target:
        yield from held_constant(scene)


def held_constant(scene: Scene) -> Iterator[Change]:
    """The gradient derived with one use of a computed value held constant.

    In a recurrence that is a carry that is cut, which has an operator of its own.
    """
    forward = scene.forward
    if any(e.is_start for e in forward.equations):
        return
    computed = {e.name for e in forward.equations}
    uses = [
        (user, name)
        for user in forward.equations
        for name in dict.fromkeys(r.array for r in reads(user.expr))
        if name in computed or _several(forward, name)
    ]
    for user, name in uses[:MOST_USES]:
        changed = _derived(scene, user, name)
        if changed is not None:
            yield replace(changed, phrase=f"with {name} held constant in {user.name}")


def _several(forward: Program, name: str) -> bool:
    given = forward.array(name)
    users = [e for e in forward.equations if any(r.array == name for r in reads(e.expr))]
    return given is not None and given.differentiable and len(users) > 1


def _derived(scene: Scene, equation: Equation, name: str) -> Change | None:
    """The derived equations where ``equation`` reads a constant in place of ``name``."""
    forward, constant = scene.forward, f"{name}_held"
    axes = forward.axes(name)
    changed = tuple(
        replace(e, expr=_renamed(e.expr, name, constant)) if e is equation else e
        for e in forward.equations
    )
    stopped = replace(
        forward,
        equations=changed,
        arrays=(*forward.arrays, Array(constant, axes, "const")),
        assumptions=(),
    )
    try:
        backward = adjoint(stopped)
    except DeriveError:
        # the equation has no derivative of its own without that path
        return None
    return _released(scene, backward, constant, name)


def _released(scene: Scene, backward: Program, constant: str, name: str) -> Change:
    """The derived equations with the value itself in place of the constant."""
    primal = {e.name for e in scene.forward.equations}
    old = {key(e): e for e in scene.backward.equations}
    derived = (
        replace(e, expr=_renamed(e.expr, constant, name))
        for e in backward.equations
        if e.name not in primal
    )
    return Change(
        "",
        tuple(e for e in derived if old.get(key(e)) != e),
        pads=tuple(p for p in backward.pads if p.array != constant),
        extents=backward.extents,
        everywhere=True,
    )


def _renamed(expr: Expr, old: str, new: str) -> Expr:
    def rule(node: Node) -> Node:
        return Read(new, node.indices) if isinstance(node, Read) and node.array == old else node

    return cast(Expr, transform(expr, rule))
