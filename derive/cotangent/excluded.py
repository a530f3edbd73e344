"""Where a cotangent is zero because a condition leaves its array out.

``s[n] = sqrt(x[n]); y[n] = s[n] if x[n] > 0 else 0`` gives ``ds[n] = dy[n]*[x[n] > 0]``. The rule
of the root divides by ``s``, which may be 0 or undefined where it is left out, and ``0/0`` is no
zero: there the condition has to go on, ``dx[n] = ds[n]/(2*s[n]) if x[n] > 0 else 0``.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from derive.algebra import both, conjuncts, negated
from derive.expr import (
    ZERO,
    Add,
    Condition,
    Div,
    Expr,
    Iverson,
    Logic,
    Mul,
    Read,
    Reduce,
    Select,
    free_indices,
    reads,
)
from derive.index import Index
from derive.program import Equation
from derive.scope import Fresh, substitute


class Exclusions:
    """What is known of the cotangents written so far; lives as long as one adjoint.

    Args:
        fresh: supply of indices.
        given: the cotangents that are not written but given.
    """

    def __init__(self, fresh: Fresh, given: Iterable[str]) -> None:
        self._fresh = fresh
        self._cotangents = set(given)
        self._known: dict[str, tuple[tuple[Index, ...], Condition]] = {}

    def learn(self, equation: Equation) -> None:
        """Note where a cotangent that is a definition can be other than zero."""
        self._cotangents.add(equation.name)
        found = self._inside(equation.expr)
        if found is not None and not equation.is_start:
            self._known[equation.name] = (equation.free, found)

    def at(self, cotangent: Read) -> Condition | None:
        """Where the element of a cotangent can be other than zero; None if anywhere."""
        if cotangent.array not in self._known:
            return None
        free, condition = self._known[cotangent.array]
        if len(free) != len(cotangent.indices):
            return None
        here = substitute(condition, dict(zip(free, cotangent.indices, strict=True)))
        return cast(Condition, self._fresh.binders(here))

    def _inside(self, expr: Expr) -> Condition | None:  # noqa: PLR0911  one line per node
        match expr:
            case Read():
                return self.at(expr)
            case Iverson(condition):
                return condition
            case Mul(factors):
                return both(*map(self._inside, factors))
            case Div(above, _):
                return self._inside(above)
            case Select(condition, then, other) if other == ZERO:
                return both(*self._known_before(condition), self._inside(then))
            case Select(condition, then, other) if then == ZERO:
                return both(negated(condition), self._inside(other))
            case Reduce("sum", indices, body, where):
                parts = conjuncts(both(where, self._inside(body)))
                return both(*(p for p in parts if not set(indices) & set(free_indices(p))))
            case Add(terms):
                return _any([self._inside(term) for term in terms])
        return None

    def _known_before(self, condition: Condition) -> list[Condition]:
        """The parts of a condition that do not ask whether anything arrives at a pole."""
        return [
            part
            for part in conjuncts(condition)
            if not any(read.array in self._cotangents for read in reads(part))
        ]


def _any(conditions: list[Condition | None]) -> Condition | None:
    kept = tuple(dict.fromkeys(c for c in conditions if c is not None))
    if None in conditions or not kept:
        return None
    return kept[0] if len(kept) == 1 else Logic("or", kept)
