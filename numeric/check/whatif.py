"""What a gradient would be if an equation were another one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np

from derive.expr import Expr, index_exprs, reads
from derive.index import Label
from derive.mutate import Change, Scene
from derive.program import Equation, Program
from numeric.check.point import Array
from numeric.check.positions import Grid, roots_of
from numeric.check.vectorised import Compiler, Numbers, Run, Unfit, label

# A recurrence is computed by sweeps until nothing moves: one for each step where each equation
# comes after what it needs of its own step. A change may mix up that order, or make a circle.
SPARE_SWEEPS, SWEEPS_PER_STEP = 4, 2
# What comes of places, shapes and numbers that a change makes meaningless.
UNFIT = (Unfit, ArithmeticError, LookupError, ValueError)

Equations = Mapping[str, Equation]
Needs = Mapping[str, tuple[str, ...]]


class WhatIf:
    """All values at one set of arrays and cotangents, and gradients by changed equations.

    Args:
        scene: the equations.
        arrays: what the caller gives, cotangents included, by name.
        hypers: the hyperparameters.
        numbers: the number type.
    """

    def __init__(
        self,
        scene: Scene,
        arrays: Mapping[str, Any],
        hypers: Mapping[str, Fraction],
        numbers: Numbers,
    ) -> None:
        self.scene, self.hypers, self.numbers = scene, hypers, numbers
        self.arrays = arrays
        program = scene.whole
        self.roots = roots_of(program, arrays)
        self.labels = {a.name: np.asarray(arrays[a.name]) for a in program.arrays if a.integer}
        self.known = {a.name: numbers.array(arrays[a.name]) for a in program.arrays}
        self.equations: Equations = {label(e): e for e in program.equations}
        self.starts: dict[str, tuple[str, ...]] = {}
        for name, equation in self.equations.items():
            if name != equation.name:
                self.starts[equation.name] = (*self.starts.get(equation.name, ()), name)
        self.needs = {name: _needs(e, self.starts) for name, e in self.equations.items()}
        self.compiler = Compiler(program, self._grid(program), numbers)
        self.runs = {name: self.compiler.equation(e) for name, e in self.equations.items()}
        for name in self.equations:
            if name not in self.known:
                self._compute(self.runs, self.needs, name, self.known)

    def gradient(self, change: Change | None = None) -> Array | None:
        """The gradient with a change in the equations; None where that has no value."""
        if change is None:
            return self.known[self.scene.target]
        program = _with_declarations(self.scene.whole, change)
        grid = self._grid(program)
        try:
            return self._changed(program, grid, change) if grid.agrees() else None
        except UNFIT:
            return None

    def within(self, scene: Scene) -> WhatIf:
        """The same arrays with other equations."""
        return WhatIf(scene, self.arrays, self.hypers, self.numbers)

    def _grid(self, program: Program) -> Grid:
        return Grid(program, self.roots, self.hypers, self.labels)

    def _changed(self, program: Program, grid: Grid, change: Change) -> Array:
        new = {label(e): e for e in change.equations}
        compiler = self.compiler.changed(program, grid, change.equations)
        runs = {**self.runs, **{n: compiler.equation(e) for n, e in new.items()}}
        needs = {**self.needs, **{n: _needs(e, self.starts) for n, e in new.items()}}
        touched = _reached(new, needs)
        known = {n: a for n, a in self.known.items() if n not in touched}
        self._compute(runs, needs, self.scene.target, known)
        return known[self.scene.target]

    def _compute(
        self, runs: Mapping[str, Run], needs: Needs, target: str, known: dict[str, Array]
    ) -> None:
        """Add to ``known`` what ``target`` needs, and itself."""
        order = _in_order(target, needs, known)
        circle = _circular(order, needs)
        with np.errstate(all="ignore"):
            while order:
                together = _next(order, circle, needs, known)
                order = [name for name in order if name not in together]
                if together[0] in circle:
                    self._sweep(runs, together, known)
                else:
                    known[together[0]] = runs[together[0]](known)

    def _sweep(
        self, runs: Mapping[str, Run], names: Sequence[str], known: dict[str, Array]
    ) -> None:
        """Compute equations that need each other again and again, until nothing moves."""
        zero = self.numbers.number(0)
        for name in names:
            shape = self.known[name].shape if name in self.known else self._shape(name)
            known[name] = np.full(shape, zero, dtype=self.numbers.dtype)
        place = {name: position for position, name in enumerate(self.equations)}
        names = sorted(names, key=lambda name: place.get(name, -1))
        steps = sum(self._grid(self.scene.whole).size(name) for name in self.scene.shifted)
        for _ in range(SWEEPS_PER_STEP * steps + SPARE_SWEEPS):
            moved = False
            for name in names:
                new = runs[name](known)
                moved = moved or not _same(new, known[name])
                known[name] = new
            if not moved:
                return
        raise Unfit(f"{names[0]} depends on itself")

    def _shape(self, name: str) -> tuple[int, ...]:
        program = self.scene.whole
        return self._grid(program).shape(i.name for i in self.equations[name].free)


def inputs(
    scene: Scene, program: Program, arrays: Mapping[str, Any], cotangents: Mapping[str, Any]
) -> dict[str, Any]:
    """What the derived equations take: the arrays, and cotangents by the names that they have."""
    given = [a.name for a in scene.backward.arrays if a.name in scene.given]
    pairs = zip(given, dict.fromkeys(program.outputs), strict=True)
    return {**arrays, **{inside: cotangents[output] for inside, output in pairs}}


def _same(new: Array, old: Array) -> bool:
    # not-a-number, which is not equal to itself, stays what it is
    nothing = np.not_equal(new, new) & np.not_equal(old, old)
    return bool(np.all((new == old) | nothing))


def _needs(equation: Equation, starts: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """What an equation reads: arrays, and their starts."""
    found: dict[str, None] = {}
    for name in _arrays(equation.expr):
        found[name] = None
        found.update(dict.fromkeys(starts.get(name, ())))
    return tuple(found)


def _arrays(expr: Expr) -> Iterable[str]:
    yield from (read.array for read in reads(expr))
    for index in index_exprs(expr):
        yield from (a.array for a in index.atoms() if isinstance(a, Label))


def _reached(changed: Iterable[str], needs: Needs) -> set[str]:
    """What depends on some equations, and they themselves."""
    found = set(changed)
    while True:
        more = {n for n, used in needs.items() if n not in found and not found.isdisjoint(used)}
        if not more:
            return found
        found |= more


def _in_order(target: str, needs: Needs, known: Mapping[str, Array]) -> list[str]:
    """What is missing for ``target``, each after what it needs, circles aside."""
    order: dict[str, None] = {}
    seen = {target}
    stack = [(target, iter(needs[target]))]
    while stack:
        name, rest = stack[-1]
        following = next((n for n in rest if n not in known and n not in seen), None)
        if following is None:
            stack.pop()
            order[name] = None
        else:
            seen.add(following)
            stack.append((following, iter(needs[following])))
    return list(order)


def _next(
    order: Sequence[str],
    circle: Mapping[str, set[str]],
    needs: Needs,
    known: Mapping[str, Array],
) -> list[str]:
    """What can be computed now: an equation, or several that need each other."""
    for name in order:
        together = circle.get(name, {name})
        if all(n in known or n in together for member in together for n in needs[member]):
            return [n for n in order if n in together]
    raise Unfit(f"{order[0]} needs what is not there")


def _circular(names: Sequence[str], needs: Needs) -> dict[str, set[str]]:
    """For each equation that needs itself all those that it needs and that need it."""
    inside = {n: {m for m in needs[n] if m in names} for n in names}
    reach = {n: set(used) for n, used in inside.items()}
    grown = True
    while grown:
        grown = False
        for name, found in reach.items():
            more = found.union(*(reach[m] for m in found))
            grown = grown or len(more) > len(found)
            reach[name] = more
    return {n: {m for m in reach[n] if n in reach[m]} for n in names if n in reach[n]}


def _with_declarations(program: Program, change: Change) -> Program:
    padded = {p.array for p in program.pads}
    return replace(
        program,
        pads=(*program.pads, *(p for p in change.pads if p.array not in padded)),
        agreements=(*program.agreements, *change.agreements),
        extents=tuple({**dict(change.extents), **dict(program.extents)}.items()),
    )
