"""What one read sends back while its deltas still stand: ``sum[I, J](dy[I]*factor*[A == K])``.

A delta that will fix an index is a call of ``δ`` until then: of its two sides, the axis of the
read that it comes from, and the index that it fixes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import cast

from derive.algebra import both, equal, factors_of, iverson, mul, num, product
from derive.cotangent.local import Path
from derive.cotangent.term import Term, guarded
from derive.expr import (
    ONE,
    Call,
    Condition,
    Expr,
    IndexValue,
    Mul,
    Node,
    Number,
    Read,
    Reduce,
    free_indices,
    is_static,
    walk,
)
from derive.extent import same_extent
from derive.index import Index, IndexExpr, Size, as_expr
from derive.program import Equation, Program
from derive.scope import in_expr, names_in, numbered, substitute
from derive.total import is_total

Values = Mapping[Index, IndexExpr]
DELTA = "δ"


@dataclass(frozen=True, slots=True)
class Part:
    """What one read sends back.

    Attributes:
        cotangent: of the equation that the read stands in.
        equation: this equation, with fresh indices.
        path: the way to the read.
        term: what is left when the deltas are used up.
    """

    cotangent: Read
    equation: Equation
    path: Path
    term: Term


# ---- names -------------------------------------------------------------------------------------


class Primes:
    """Calls an index that will become ``k`` by the name ``k2``, which is printed as k′.

    Args:
        program: whose names are taken.
        element: what the cotangent belongs to.

    Attributes:
        extents: of the new names.
    """

    def __init__(self, program: Program, element: Read) -> None:
        self.program, self.element = program, element
        self.extents: dict[str, IndexExpr] = {}
        self._names: dict[str, str] = {}

    def part(self, part: Part) -> Part:
        """``part`` with its indices renamed."""
        solution = part.term.solution
        values: dict[Index, IndexExpr] = {}
        for index, axis in solution.axes.items():
            wanted = self.element.indices[axis].index
            if wanted is not None and self._moves_to(solution.values[index], wanted, index):
                values[index] = as_expr(Index(self._name(wanted.name)))
        return renamed(part, values)

    def _moves_to(self, value: IndexExpr, wanted: Index, index: Index) -> bool:
        steps = (value - as_expr(wanted)).constant
        return steps is not None and same_extent(self.program, index.name, wanted.name)

    def _name(self, wanted: str) -> str:
        if wanted not in self._names:
            taken = names_in(self.program) | self.extents.keys()
            name = next(n for n in numbered(wanted) if n not in taken)
            self._names[wanted] = name
            self.extents[name] = as_expr(Size(wanted))
        return self._names[wanted]


def renamed(part: Part, values: Values) -> Part:
    """``part`` with other names for some of its indices."""

    def index(old: Index) -> Index:
        return values[old].index or old if old in values else old

    def read(old: Read) -> Read:
        return Read(old.array, tuple(e.substitute(values) for e in old.indices))

    path, solution = part.path, part.term.solution
    left = tuple(e.substitute(values) for e in part.equation.indices)
    return Part(
        read(part.cotangent),
        Equation(part.equation.name, left, ONE),
        replace(
            path,
            read=read(path.read),
            indices=tuple(map(index, path.indices)),
            where=tuple(cast(Condition, substitute(c, values)) for c in path.where),
            factor=in_expr(path.factor, values),
        ),
        replace(
            part.term,
            solution=replace(
                solution,
                values={index(v): e for v, e in solution.values.items()},
                axes={index(v): a for v, a in solution.axes.items()},
            ),
        ),
    )


# ---- sums with deltas --------------------------------------------------------------------------


def plain_values(part: Part, element: Read) -> Values:
    """The indices that a delta makes one of the element's own, if others are harder to see."""
    solution = part.term.solution
    own = {v: element.indices[a] for v, a in solution.axes.items()}
    plain = {v: k for v, k in own.items() if k.index is not None and solution.values[v] == k}
    shifts = [v for v, k in own.items() if (solution.values[v] - k).constant is not None]
    return plain if len(shifts) < len(own) else {}


def with_deltas(part: Part, element: Read, used: Values) -> Expr:
    """The sum of one part, after the deltas that fix the indices ``used`` are gone."""
    path, safe = part.path, part.term.safe
    deltas = _deltas(part, element, used)
    indices = tuple(i for i in (*part.equation.free, *path.indices) if i not in used)
    conditions = [cast(Condition, substitute(c, used)) for c in path.where]
    moving = [c for c in conditions if not is_static(c)]
    body = mul(in_expr(part.cotangent, used), in_expr(path.factor, used))
    static = [c for c in conditions if is_static(c)]
    inner = [c for c in static if set(free_indices(c)) & set(indices)]
    outer = [c for c in static if c not in inner]
    spread = _spread(indices, both(*inner), guarded(body, moving, safe), deltas)
    return guarded(spread, outer, safe) if outer else spread


def _deltas(part: Part, element: Read, used: Values) -> list[Expr]:
    fixes = {axis: index for index, axis in part.term.solution.axes.items()}
    found: list[Expr] = []
    pairs = zip(part.path.read.indices, element.indices, strict=True)
    for axis, (read, wanted) in enumerate(pairs):
        index, left = fixes.get(axis), read.substitute(used)
        if index is None:
            found.append(iverson(equal(left, wanted)))
        elif index not in used:
            sides = (IndexValue(left), IndexValue(wanted))
            found.append(Call(DELTA, (*sides, num(axis), IndexValue(as_expr(index)))))
    return [delta for delta in found if delta != ONE]


def _spread(
    indices: tuple[Index, ...], where: Condition | None, body: Expr, deltas: Sequence[Expr]
) -> Expr:
    """``sum[indices where condition](body*deltas)``, free factors outside."""
    coefficient, factors = factors_of(body)
    bound = set(indices)
    outer = {
        b: e
        for b, e in factors.items()
        if bound.isdisjoint(free_indices(b)) and (where is None or is_total(b)) and indices
    }
    core = product(Fraction(1), {b: e for b, e in factors.items() if b not in outer})
    inner = core.factors if isinstance(core, Mul) else () if core == ONE and deltas else (core,)
    together = (*inner, *deltas)
    shown = together[0] if len(together) == 1 else Mul(together)
    if indices:
        return product(coefficient, {**outer, Reduce("sum", indices, shown, where): 1})
    return shown if coefficient == 1 else Mul((Number(coefficient), *together))


# ---- looking at lines --------------------------------------------------------------------------


def deltas_in(node: Node) -> Iterator[Call]:
    """The deltas in a line that will fix an index."""
    return (n for n in walk(node) if isinstance(n, Call) and n.name == DELTA)


def axes_of(node: Node) -> frozenset[int]:
    """The axes whose deltas stand in a line."""
    return frozenset(axis_of(delta) for delta in deltas_in(node))


def axis_of(delta: Call) -> int:
    """The axis that a delta comes from."""
    number = delta.args[2]
    assert isinstance(number, Number), "the third argument of a delta is its axis"
    return int(number.value)


def fixed(before: Node, after: Node) -> tuple[str, ...]:
    """The indices that deltas fix between two lines, each once."""
    left = axes_of(after)
    gone = (d.args[3] for d in deltas_in(before) if axis_of(d) not in left)
    return tuple(dict.fromkeys(_names(gone)))


def _names(values: Iterable[Expr]) -> Iterator[str]:
    for value in values:
        if isinstance(value, IndexValue):
            yield from (index.name for index in value.expr.indices())
