"""What a mutation is made in: a forward program, its derived gradients, one of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from derive.canonical import canonical_expr
from derive.cotangent import prepare
from derive.expr import Reduce, reads, walk
from derive.index import Index, IndexExpr
from derive.inference import Pair, different, infer
from derive.program import Equation, Pad, Program
from derive.scope import settle, without_unused_rows


@dataclass(frozen=True, slots=True)
class Mutant:
    """A changed gradient.

    Attributes:
        phrase: completes "dW equals the derived gradient ...".
        program: a whole backward program, whose gradient is the changed one.
        operator: the kind of change.
        equation: the name of the equation that was changed, the first if there are several.
    """

    phrase: str
    program: Program
    operator: str = ""
    equation: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """What an operator makes of an equation.

    Attributes:
        phrase: completes "dW equals the derived gradient ...", without the place.
        equations: they replace those with their left sides; others are added.
        pads: for arrays that may be read off their grid now, unless they have a pad.
        agreements: extents that must be equal for the change to have a meaning.
        extents: of indices that are new.
        everywhere: whether the phrase tells the place already.
    """

    phrase: str
    equations: tuple[Equation, ...]
    pads: tuple[Pad, ...] = ()
    agreements: tuple[Pair, ...] = ()
    extents: tuple[tuple[str, IndexExpr], ...] = ()
    everywhere: bool = False


@dataclass(frozen=True, slots=True)
class Scene:
    """One gradient among the derived equations.

    Attributes:
        forward: the program as it is differentiated.
        backward: its derived equations.
        target: the name of the gradient.
        derived: the names of the equations that derivation has added.
        given: the names of the cotangents that the caller gives.
        shifted: the names of indices that are read beside themselves: steps, windows.
        whole: the derived equations together with all forward ones.
    """

    forward: Program
    backward: Program
    target: str
    derived: frozenset[str]
    given: frozenset[str]
    shifted: frozenset[str]
    whole: Program

    @classmethod
    def of(cls, forward: Program, backward: Program, name: str) -> Scene:
        """The scene of the gradient of array ``name``."""
        prepared = prepare(forward)
        known = {e.name for e in prepared.equations}
        declared = {a.name for a in forward.arrays}
        equations = (*prepared.equations, *backward.equations)
        return cls(
            forward=prepared,
            backward=backward,
            target=f"d{name}",
            derived=frozenset(e.name for e in backward.equations if e.name not in known),
            given=frozenset(a.name for a in backward.arrays if a.name not in declared),
            shifted=frozenset(i.name for e in equations for i in _beside(e)),
            whole=_together(prepared, backward),
        )

    @property
    def cotangents(self) -> frozenset[str]:
        """The names of everything that came from the output's side."""
        return self.derived | self.given

    def chain(self) -> tuple[Equation, ...]:
        """The equations that the gradient depends on: derived ones first, nearest first."""
        by_name: dict[str, list[Equation]] = {}
        for equation in self.backward.equations:
            by_name.setdefault(equation.name, []).append(equation)
        found: dict[str, None] = {self.target: None}
        pending = [self.target]
        while pending:
            for equation in by_name.get(pending.pop(0), ()):
                new = [r.array for r in reads(equation.expr) if r.array not in found]
                found.update(dict.fromkeys(new))
                pending += dict.fromkeys(new)
        order = sorted(found, key=lambda name: name not in self.derived)
        return tuple(e for name in order for e in by_name.get(name, ()))


@dataclass(frozen=True, slots=True)
class Draft:
    """A change that has not been made yet: most of them are looked at and put away.

    Attributes:
        scene: where.
        operator: the kind of change.
        equation: the name of the equation that is changed.
        change: what changes.
    """

    scene: Scene
    operator: str
    equation: str
    change: Change

    @property
    def phrase(self) -> str:
        """The phrase with the place."""
        told = self.change.everywhere or self.equation == self.scene.target
        return self.change.phrase + ("" if told else f" in {self.equation}")

    def mutant(self) -> Mutant:
        """The whole program with the change in it."""
        program = applied(self.scene, self.change)
        return Mutant(self.phrase, program, self.operator, self.equation)


Operator = Callable[[Scene, Equation], Iterator[Change]]


def _beside(equation: Equation) -> Iterator[Index]:
    """The indices that stand in an index expression with something else."""
    for node in walk(equation.expr):
        for expr in getattr(node, "indices", ()):
            if isinstance(expr, IndexExpr) and expr.index is None:
                yield from expr.indices()


def key(equation: Equation) -> tuple[str, tuple[IndexExpr, ...]]:
    """What tells an equation from others: one definition per array, and its starts."""
    return equation.name, equation.indices if equation.is_start else ()


def applied(scene: Scene, change: Change) -> Program:
    """The backward program with a change in it."""
    new = {key(e): replace(e, expr=canonical_expr(e.expr)) for e in change.equations}
    program = _with_forward_values(scene, change)
    old = {key(e): e for e in program.equations}
    kept = tuple(new.get(k, e) for k, e in old.items())
    added = tuple(e for k, e in new.items() if k not in old)
    first = next((p for p, k in enumerate(old) if k in new), 0)
    changed = replace(
        program,
        equations=(*kept[:first], *added, *kept[first:]),
        extents=tuple({**dict(change.extents), **dict(program.extents)}.items()),
        steps=(),
    )
    if any(i.tag for e in new.values() for i in _binders(e)):
        changed = settle(changed)
    return without_unused_rows(_declared(changed, change))


def _declared(program: Program, change: Change) -> Program:
    """The program with the pads and the agreements that a change needs."""
    present = {a.name for a in program.arrays} | {e.name for e in program.equations}
    padded = {pad.array for pad in program.pads}
    more = (p for p in change.pads if p.array in present - padded)
    pads = (*program.pads, *more)
    if not change.agreements:
        return replace(program, pads=pads)
    rows = dict(program.extents)
    found = infer(program.arrays, program.equations, program.assumptions, rows)
    pairs = (*program.agreements, *change.agreements, *found.agreements)
    return replace(program, pads=pads, agreements=different(pairs, rows))


def _binders(equation: Equation) -> Iterator[Index]:
    for node in walk(equation.expr):
        if isinstance(node, Reduce):
            yield from node.indices


def _with_forward_values(scene: Scene, change: Change) -> Program:
    """The backward program with the forward equations that a change reads and it had not."""
    program = scene.backward
    known = {a.name for a in program.arrays} | {e.name for e in program.equations}
    known |= {e.name for e in change.equations}
    needed: set[str] = set()
    pending = [r.array for e in change.equations for r in reads(e.expr)]
    while pending:
        name = pending.pop()
        if name not in known:
            known.add(name)
            needed.add(name)
            own = [e for e in scene.forward.equations if e.name == name]
            pending += [r.array for e in own for r in reads(e.expr)]
    if not needed:
        return program
    names = needed | {e.name for e in program.equations} | {a.name for a in program.arrays}
    return replace(
        scene.whole,
        equations=tuple(e for e in scene.whole.equations if e.name in names),
        pads=tuple(p for p in scene.whole.pads if p.array in names),
    )


def _together(forward: Program, backward: Program) -> Program:
    """The derived equations together with every forward one."""
    primal = {e.name for e in forward.equations}
    derived = tuple(e for e in backward.equations if e.name not in primal)
    pads = {p.array: p for p in (*forward.pads, *backward.pads)}
    return replace(
        backward,
        equations=(*forward.equations, *derived),
        extents=tuple({**dict(forward.extents), **dict(backward.extents)}.items()),
        pads=tuple(pads.values()),
    )
