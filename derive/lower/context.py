"""What lowering an equation needs to know, and the statements that it has made so far."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from derive.expr import Expr
from derive.index import Index, IndexExpr, Size, as_expr
from derive.lower.plan import (
    NUMBER,
    REAL,
    Assign,
    At,
    Broadcast,
    Filled,
    Gather,
    Integer,
    Pad,
    Reshape,
    Slice,
    Span,
    Stmt,
    Stored,
    Value,
    Windows,
    inside,
    kind,
)
from derive.program import Program

Order = tuple[Index, ...]


@dataclass(frozen=True, slots=True)
class Context:
    """Where an equation stands.

    Attributes:
        program: declarations, extents, pads and definitions; hyperparameters are numbers.
        loops: indices that are scalar loop variables here.
        stored: the extent in memory of every axis of an array, where that is not the declared
            one (a recurrence with rows for its starts); positions are then those in memory.
        running: arrays that change while the loops run.
        taken: names that temporaries may not have.
        known: temporaries that stand already, and may be used again.
        wild: arrays that may hold infinities or NaN although everything given is finite.
    """

    program: Program
    loops: tuple[Index, ...] = ()
    stored: Mapping[str, tuple[IndexExpr, ...]] = field(default_factory=dict)
    running: frozenset[str] = frozenset()
    taken: frozenset[str] = frozenset()
    known: tuple[Assign, ...] = ()
    wild: frozenset[str] = frozenset()

    def extents(self, array: str) -> tuple[IndexExpr, ...]:
        """The extent of every axis of ``array`` in memory."""
        if array in self.stored:
            return self.stored[array]
        return tuple(as_expr(Size(name)) for name in self.program.axes(array))

    def moved(self, array: str) -> bool:
        """Whether positions in ``array`` are those in memory, other than in its equation."""
        declared = tuple(as_expr(Size(name)) for name in self.program.axes(array))
        return self.extents(array) != declared


Rule = Callable[[Expr, Order, "Builder"], Value]


class Builder:
    """Collects the statements of one equation, or of the body of a loop in it.

    Attributes:
        context: where the equation stands.
        owner: the array that is computed, after which temporaries are named.
        scalars: every index that is a scalar here.
        statements: what was made so far.
        guarded: whether elements are computed here that no one may look at.
        doubted: integer arrays of which a condition has yet to tell which labels count.
    """

    def __init__(
        self,
        context: Context,
        owner: str,
        rule: Rule,
        parent: Builder | None = None,
        loops: tuple[Index, ...] = (),
    ) -> None:
        self.context = context
        self.owner = owner
        self.rule = rule
        self.parent = parent
        self.loops = loops
        self.scalars: frozenset[Index] = (
            frozenset(loops) if parent is None else parent.scalars | frozenset(loops)
        )
        self.statements: list[Stmt] = []
        self.guarded: bool = parent.guarded if parent is not None else False
        self.doubted: frozenset[str] = parent.doubted if parent is not None else frozenset()
        self.noisy = False
        self._here: set[str] = set()
        self._names = {s.value: s.name for s in context.known} if parent is None else {}
        self._used: set[str] = set(self._names.values()) if parent is None else parent._used
        self._fresh: list[int] = [0] if parent is None else parent._fresh

    @property
    def program(self) -> Program:
        """The program of the equation."""
        return self.context.program

    @property
    def root(self) -> Builder:
        """The builder of the whole equation."""
        return self if self.parent is None else self.parent.root

    def lower(self, expr: Expr, order: Order) -> Value:
        """The value of ``expr``, its axes a part of ``order`` in that order."""
        return self.rule(expr, order, self)

    def child(self, loops: tuple[Index, ...]) -> Builder:
        """A builder for the body of a loop over ``loops``."""
        return Builder(self.context, self.owner, self.rule, self, loops)

    @contextmanager
    def excused(self, doubted: frozenset[str] = frozenset(), when: bool = True) -> Iterator[None]:
        """Within: elements that no one looks at may be computed, and read off the grid."""
        before = self.guarded, self.doubted
        self.guarded, self.doubted = self.guarded or when, self.doubted | doubted
        yield
        self.guarded, self.doubted = before

    def tag(self) -> int:
        """A number for an index that no other index of the equation has."""
        self._fresh[0] += 1
        return self._fresh[0]

    def temporary(self, stem: str, value: Value) -> Stored:
        """Give ``value`` a name, outside every loop that it does not depend on."""
        from_here = self._depends(value)
        if self.parent is not None and not from_here:
            return self.parent.temporary(stem, value)
        name = self._known(value)
        if name is None:
            name = self.claim(stem)
            ahead = self.parent is None and not from_here and bool(self.context.loops)
            self._names[value] = name
            self.statements.append(Assign(name, value, temporary=True, ahead=ahead))
            if not from_here:
                self._here.discard(name)
        return Stored(name, value.axes, kind_of(value), True, _offsets(value))

    def claim(self, stem: str) -> str:
        """A name that nothing else has, for an array that is made here."""
        candidate, count = stem, 1
        while candidate in self._used | self.context.taken | self._reserved():
            count += 1
            candidate = f"{stem}{count}"
        self._used.add(candidate)
        self._here.add(candidate)
        return candidate

    def _known(self, value: Value) -> str | None:
        found = self._names.get(value)
        return found if found or self.parent is None else self.parent._known(value)

    def _reserved(self) -> frozenset[str]:
        program = self.program
        return frozenset((*(a.name for a in program.arrays), *(e.name for e in program.equations)))

    def _depends(self, value: Value) -> bool:
        """Whether ``value`` changes with the loops of this builder itself."""
        names = self._here if self.parent is not None else self._here | self.context.running
        return any(
            (isinstance(part, Stored) and part.name in names)
            or any(i in self.loops for e in exprs_of(part) for i in e.indices())
            for part in inside(value)
        )


def _offsets(value: Value) -> tuple[Index, ...]:
    """The axes of windows that are offsets: all but the first that an axis becomes."""
    if not isinstance(value, Windows):
        return ()
    return (*_offsets(value.source), *(index for index, _ in value.terms[1:]))


def kind_of(value: Value) -> str:
    """The kind of a named value; a name never stands for a Python number."""
    found = kind(value)
    return REAL if found == NUMBER else found


def exprs_of(value: Value) -> Iterator[IndexExpr]:
    """The index expressions that stand in ``value`` itself."""
    if isinstance(value, Integer):
        yield value.expr
    elif isinstance(value, (Slice, Gather)):
        for part in value.parts:
            if isinstance(part, At):
                yield part.place
            elif isinstance(part, Span):
                yield from (e for e in (part.start, part.stop, part.step) if e is not None)
    elif isinstance(value, (Filled, Broadcast, Reshape)):
        yield from value.shape
    elif isinstance(value, Windows):
        yield value.start
        yield from (step for _, step in value.terms)
    elif isinstance(value, Pad):
        yield from (e for pair in value.widths for e in pair)

