"""Programs: named equations over declared arrays, the value that every pass takes and returns."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import groupby

from derive.display import Displayed
from derive.expr import Expr, Reduce
from derive.index import Index, IndexExpr, Size, as_expr
from derive.inference import Pair, infer
from derive.text import expr_text, left_text, number_text

LINE_WIDTH = 88  # of printed declarations


@dataclass(frozen=True, slots=True)
class Array:
    """An array that the caller gives.

    Attributes:
        name: its name.
        axes: the index name of each axis; equal names promise equal extents.
        role: ``input`` and ``param`` get a gradient, ``const`` gets none.
        integer: whether it holds integers and may stand in an index.
    """

    name: str
    axes: tuple[str, ...] = ()
    role: str = "input"
    integer: bool = False

    @property
    def differentiable(self) -> bool:
        """Whether a gradient is asked for."""
        return self.role != "const"


@dataclass(frozen=True, slots=True)
class Hyperparameter:
    """A named number with a default; an integer one may be used in indices and extents."""

    name: str
    default: Fraction
    integer: bool


@dataclass(frozen=True, slots=True)
class Pad:
    """Reads of ``array`` off its grid give ``value``: a rational, or None for minus infinity."""

    array: str
    value: Fraction | None = Fraction(0)


@dataclass(frozen=True, slots=True)
class Assumption:
    """``left = right`` for all free indices."""

    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True)
class Claim:
    """``name[indices] = sides[0] = sides[1] = ...``: what somebody has derived, to be judged.

    Attributes:
        name: an array of the program, or a cotangent of one.
        indices: plain, one for each axis.
        sides: the steps, over arrays of the program and cotangents.
        extents: the extents of indices that only claims have.
        lines: the line of the text in which each step begins.
    """

    name: str
    indices: tuple[IndexExpr, ...]
    sides: tuple[Expr, ...]
    extents: tuple[tuple[str, IndexExpr], ...] = ()
    lines: tuple[int, ...] = field(default=(), compare=False)

    def __str__(self) -> str:
        sides = " = ".join(expr_text(side) for side in self.sides)
        return f"claim {left_text(self.name, self.indices)} = {sides}"


@dataclass(frozen=True, slots=True)
class Equation:
    """``name[indices] = expr``.

    For the definition of an array every index is a plain ``Index``. A *start* gives elements
    before the first or after the last: at least one of its indices holds no index variable
    (``h[-1, n, i] = h0[n, i]``, ``G[size(t), n] = 0``).
    """

    name: str
    indices: tuple[IndexExpr, ...]
    expr: Expr

    @property
    def is_start(self) -> bool:
        """Whether this is the start of a recurrence, not the definition."""
        return any(not i.indices() for i in self.indices)

    @property
    def free(self) -> tuple[Index, ...]:
        """The free indices, in order of the left side."""
        return tuple(i for e in self.indices for i in e.indices())

    def __str__(self) -> str:
        return f"{left_text(self.name, self.indices)} = {expr_text(self.expr)}"


@dataclass(frozen=True, slots=True)
class Step:
    """One step in the derivation of an equation: ``before`` became ``after`` by ``rule``.

    ``rule`` is one of *chain rule, differentiate, collapse, merge, reuse forward value,
    substitute, simplify*; ``reason`` says why in a few words; ``before`` and ``after`` are
    equations as text. ``result`` is ``after`` as nodes; ``extents`` are those of its indices that
    the program does not have. Two calls stand there that are not in the language: ``∂`` of a value
    and an element, a partial derivative; and ``δ``, a delta that is used up later, of its two
    sides, the axis that it comes from, and the index that it fixes.
    """

    equation: str
    rule: str
    before: str
    after: str
    reason: str
    result: Equation
    extents: tuple[tuple[str, IndexExpr], ...] = ()


@dataclass(frozen=True, slots=True)
class Program(Displayed):
    """Equations with their declarations.

    Attributes:
        arrays: what the caller gives, in declared order.
        equations: definitions and starts, in written order. Sibling reductions may bind the
            same index; no reduction binds an index that is bound or free outside it.
        outputs: names of arrays (computed or given), in declared order.
        hypers: hyperparameters with their defaults.
        extents: extent of every index that is not the axis of a declared array. An index that
            is such an axis is a *root*: its extent is ``Size(name)``, read off the array.
        pads: what arrays give off their grid.
        assumptions: facts that the simplifier may use.
        agreements: pairs of extents that the equations take to be equal, over sizes of roots;
            the arrays of a call must show that they are. In text: ``assume size(j) = size(k)``.
        title: a line of free text.
        sources: where the equations are from.
        notes: free text for the report.
        steps: how derived equations came about; not part of the program's value.
        claims: what is said to follow; nothing but ``prove`` looks at it.
    """

    arrays: tuple[Array, ...]
    equations: tuple[Equation, ...]
    outputs: tuple[str, ...]
    hypers: tuple[Hyperparameter, ...] = ()
    extents: tuple[tuple[str, IndexExpr], ...] = ()
    pads: tuple[Pad, ...] = ()
    assumptions: tuple[Assumption, ...] = ()
    agreements: tuple[tuple[IndexExpr, IndexExpr], ...] = ()
    title: str = ""
    sources: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    steps: tuple[Step, ...] = field(default=(), compare=False)
    claims: tuple[Claim, ...] = ()

    def __post_init__(self) -> None:
        # The extents are a mapping: the order in which a pass met the indices says nothing.
        object.__setattr__(self, "extents", tuple(sorted(self.extents, key=lambda row: row[0])))

    def array(self, name: str) -> Array | None:
        """The declared array of that name, or None."""
        return next((a for a in self.arrays if a.name == name), None)

    def definition(self, name: str) -> Equation | None:
        """The equation that defines ``name``, or None where it is declared, not computed."""
        return next((e for e in self.equations if e.name == name and not e.is_start), None)

    def starts(self, name: str) -> tuple[Equation, ...]:
        """The starts of the recurrence ``name``."""
        return tuple(e for e in self.equations if e.name == name and e.is_start)

    def pad(self, name: str) -> Pad | None:
        """What ``name`` gives off its grid, or None where such a read is an error."""
        return next((p for p in self.pads if p.array == name), None)

    def extent(self, index: str) -> IndexExpr:
        """The extent of the index called ``index``, over sizes of other indices and hypers."""
        return dict(self.extents).get(index, as_expr(Size(index)))

    def holds_integers(self, name: str) -> bool:
        """Whether an array holds integers: labels, or positions that a reduction has found."""
        declared, computed = self.array(name), self.definition(name)
        if declared is not None:
            return declared.integer
        root = None if computed is None else computed.expr
        return isinstance(root, Reduce) and root.op in ("argmax", "argmin")

    def axes(self, name: str) -> tuple[str, ...]:
        """The index name of each axis of an array, declared or computed.

        Raises:
            KeyError: if the program has no such array.
        """
        declared = self.array(name)
        if declared is not None:
            return declared.axes
        found = self.definition(name)
        if found is None:
            raise KeyError(name)
        return tuple(index.name for index in found.free)

    def with_equations(self, equations: tuple[Equation, ...]) -> Program:
        """This program with other equations."""
        return replace(self, equations=equations)

    def __str__(self) -> str:
        """The program as text of the equation language, which parses to an equal program."""
        head = [*_free_text(self), *_declarations(self)]
        claims = ["", *map(str, self.claims)] if self.claims else []
        return "\n".join([*head, "", *map(str, self.equations), *claims, ""])


def _free_text(program: Program) -> list[str]:
    lines = [f"title {program.title}"] if program.title else []
    lines += [f"source {text}" for text in program.sources]
    return [*lines, *(f"note {text}" for text in program.notes)]


def _declarations(program: Program) -> list[str]:
    lines: list[str] = []
    for role, arrays in groupby(program.arrays, key=lambda array: array.role):
        lines += _wrapped(role, map(_array_text, arrays))
    lines += _wrapped("hyper", map(_hyper_text, program.hypers))
    extents, agreements = _written_extents(program)
    lines += [f"index {name} : {extent}" for name, extent in extents]
    lines += _wrapped("pad", map(_pad_text, program.pads))
    for fact in program.assumptions:
        lines.append(f"assume {expr_text(fact.left)} = {expr_text(fact.right)}")
    lines += [f"assume {left} = {right}" for left, right in agreements]
    outputs = (_axes_text(name, program.axes(name)) for name in program.outputs)
    return lines + _wrapped("output", outputs)


def _wrapped(word: str, items: Iterable[str]) -> list[str]:
    """Lines that begin with ``word``, each with as many of the items as fit."""
    lines: list[str] = []
    for item in items:
        if lines and len(lines[-1]) + len(item) + 2 <= LINE_WIDTH:
            lines[-1] += f", {item}"
        else:
            lines.append(f"{word} {item}")
    return lines


def _hyper_text(hyper: Hyperparameter) -> str:
    return f"{hyper.name} = {number_text(hyper.default, not hyper.integer)}"


def _pad_text(pad: Pad) -> str:
    return f"{pad.array} = {'-inf' if pad.value is None else number_text(pad.value)}"


def _array_text(array: Array) -> str:
    return _axes_text(array.name, array.axes) + (" : int" if array.integer else "")


def _axes_text(name: str, axes: tuple[str, ...]) -> str:
    return f"{name}[{', '.join(axes)}]" if axes else name


Rows = tuple[tuple[str, IndexExpr], ...]


def _written_extents(program: Program) -> tuple[Rows, tuple[Pair, ...]]:
    """The extents and the agreements that reading the text back would not find by itself."""
    rows = dict(program.extents)
    found = dict(infer(program.arrays, program.equations, program.assumptions).rows)
    kept = {name: row for name, row in rows.items() if found.get(name) != row}
    again = infer(program.arrays, program.equations, program.assumptions, kept)
    if again.missing or dict(again.rows) != rows or again.equations != program.equations:
        return program.extents, program.agreements
    told = tuple(pair for pair in program.agreements if pair not in again.agreements)
    return tuple(kept.items()), told
