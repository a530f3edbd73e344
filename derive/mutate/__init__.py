"""Derived gradients with one mistake in them: to say which mistake was made, and to test checkers.

A mutant is a whole backward program like the one that was derived, legal and printable, in which
one thing is different. Its phrase completes "dW equals the derived gradient ...".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from derive.canonical import canonical_expr
from derive.errors import DeriveError
from derive.legality import verify
from derive.mutate.held import held_constant
from derive.mutate.scene import Change, Draft, Mutant, Scene
from derive.mutate.table import OPERATORS
from derive.program import Equation, Program

__all__ = [
    "MOST_MUTANTS",
    "OPERATORS",
    "Change",
    "Draft",
    "Mutant",
    "Scene",
    "drafts",
    "every_mutant",
    "held_constant",
    "is_legal",
    "mutants",
]

# Of one array, and of one operator: enough for a recurrent layer with four gates.
MOST_MUTANTS, MOST_OF_ONE_KIND = 400, 40


def mutants(forward: Program, backward: Program, name: str) -> Iterator[Mutant]:
    """The derived gradient of array ``name`` with one mistake, the commonest mistakes first.

    ``backward`` is ``adjoint(forward)``. Every mutant is legal, and no two are the same text;
    there are at most ``MOST_MUTANTS``.
    """
    found = (draft.mutant() for draft in drafts(Scene.of(forward, backward, name)))
    return filter(is_legal, found)


def drafts(scene: Scene) -> Iterator[Draft]:
    """What to change for each mutant; some of them are not legal.

    First in the derived equations, the nearest first, then in the forward ones that they use.
    """
    equations = scene.chain()
    derived = [e for e in equations if e.name in scene.derived]
    others = [e for e in equations if e.name not in scene.derived]
    return islice(
        (d for part in (derived, others) for d in _of_operators(scene, part, MOST_OF_ONE_KIND)),
        MOST_MUTANTS,
    )


def every_mutant(forward: Program, backward: Program) -> Iterator[Mutant]:
    """Every derived equation with one mistake in it, whichever gradients that changes.

    Nothing but the equation named is changed. Every mutant is legal; their number is not bounded.
    """
    declared = {a.name for a in forward.arrays}
    name = next(n[1:] for n in backward.outputs if n[1:] in declared)
    scene = Scene.of(forward, backward, name)
    derived = [e for e in backward.equations if e.name in scene.derived]
    found = (draft.mutant() for draft in _of_operators(scene, derived, None))
    return filter(is_legal, found)


def is_legal(mutant: Mutant) -> bool:
    """Whether a changed program is one of the language."""
    try:
        verify(mutant.program)
    except DeriveError:
        return False
    return True


def _of_operators(
    scene: Scene, equations: Sequence[Equation], most: int | None
) -> Iterator[Draft]:
    original = frozenset(scene.backward.equations)
    seen: set[frozenset[Equation]] = set()
    for kind, operator in OPERATORS:
        found = (
            Draft(scene, kind, equation.name, change)
            for equation in equations
            for change in operator(scene, equation)
            if _is_new(change, original, seen)
        )
        yield from islice(found, most)


def _is_new(
    change: Change, original: frozenset[Equation], seen: set[frozenset[Equation]]
) -> bool:
    """Whether a change makes a difference, and one that none before it made."""
    written = (Equation(e.name, e.indices, canonical_expr(e.expr)) for e in change.equations)
    made = frozenset(e for e in written if e not in original)
    if not made or made in seen:
        return False
    seen.add(made)
    return True
