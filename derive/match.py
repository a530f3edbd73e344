"""Matching up to the choice of indices: is this expression that equation at other indices?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from derive.algebra import Factors, factors_of
from derive.expr import Add, Call, Div, Expr, IndexValue, Mul, Node, Read, Reduce, children
from derive.extent import same_extent
from derive.index import Index, IndexExpr, as_expr
from derive.program import Program

Bindings = dict[Index, IndexExpr]


class Matcher:
    """Finds indices for the ``variables`` of a pattern so that it becomes the target."""

    def __init__(self, program: Program, variables: Sequence[Index]) -> None:
        self.program = program
        self.variables = frozenset(variables)

    def match(self, pattern: Node, target: Node) -> Bindings | None:
        """The bindings of the variables, or None."""
        return next(self._nodes(pattern, target, {}), None)

    def match_factors(self, pattern: Factors, target: Factors) -> tuple[Bindings, Factors] | None:
        """Bindings with which ``pattern`` divides ``target``, and the quotient, or None."""
        for bindings, used in self._subset(list(pattern.items()), target, {}, {}):
            rest = {b: e - used.get(b, 0) for b, e in target.items()}
            return bindings, {b: e for b, e in rest.items() if e}
        return None

    def _subset(
        self, pattern: list[tuple[Expr, int]], target: Factors, found: Bindings, used: Factors
    ) -> Iterator[tuple[Bindings, Factors]]:
        if not pattern:
            yield found, used
            return
        (base, exponent), rest = pattern[0], pattern[1:]
        for candidate, power in target.items():
            left = power - used.get(candidate, 0)
            if left * exponent < exponent * exponent:
                continue
            for bindings in self._nodes(base, candidate, found):
                taken = {**used, candidate: used.get(candidate, 0) + exponent}
                yield from self._subset(rest, target, bindings, taken)

    def _nodes(self, pattern: Node, target: Node, found: Bindings) -> Iterator[Bindings]:
        if isinstance(pattern, Read) and isinstance(target, Read):
            if pattern.array == target.array and len(pattern.indices) == len(target.indices):
                yield from self._exprs(pattern.indices, target.indices, found)
        elif isinstance(pattern, IndexValue) and isinstance(target, IndexValue):
            yield from self._exprs((pattern.expr,), (target.expr,), found)
        elif isinstance(pattern, (Mul, Div)) and isinstance(target, (Mul, Div)):
            yield from self._products(pattern, target, found)
        elif type(pattern) is not type(target):
            return
        elif isinstance(pattern, Reduce) and isinstance(target, Reduce):
            yield from self._reductions(pattern, target, found)
        elif isinstance(pattern, Add):
            yield from self._in_any_order(children(pattern), children(target), found)
        elif _head(pattern) == _head(target):
            yield from self._in_order(children(pattern), children(target), found)

    def _products(self, pattern: Expr, target: Expr, found: Bindings) -> Iterator[Bindings]:
        (ours, mine), (theirs, yours) = factors_of(pattern), factors_of(target)
        if ours != theirs or sorted(mine.values()) != sorted(yours.values()):
            return
        for bindings, used in self._subset(list(mine.items()), yours, found, {}):
            if used == yours:
                yield bindings

    def _reductions(self, pattern: Reduce, target: Reduce, found: Bindings) -> Iterator[Bindings]:
        alike = (
            pattern.op == target.op
            and len(pattern.indices) == len(target.indices)
            and (pattern.where is None) == (target.where is None)
        )
        pairs = list(zip(pattern.indices, target.indices, strict=True)) if alike else []
        if not alike or not all(same_extent(self.program, a.name, b.name) for a, b in pairs):
            return
        inner = {**found, **{a: as_expr(b) for a, b in pairs}}
        # the binders of the pattern are fixed now; they are bound like variables
        wider = Matcher(self.program, tuple(self.variables.union(pattern.indices)))
        for bindings in wider._in_order(children(pattern), children(target), inner):
            yield {k: v for k, v in bindings.items() if k in self.variables}

    def _in_order(
        self, patterns: Sequence[Node], targets: Sequence[Node], found: Bindings
    ) -> Iterator[Bindings]:
        if len(patterns) != len(targets):
            return
        if not patterns:
            yield found
            return
        for bindings in self._nodes(patterns[0], targets[0], found):
            yield from self._in_order(patterns[1:], targets[1:], bindings)

    def _in_any_order(
        self, patterns: Sequence[Node], targets: Sequence[Node], found: Bindings
    ) -> Iterator[Bindings]:
        if len(patterns) != len(targets):
            return
        if not patterns:
            yield found
            return
        for i, target in enumerate(targets):
            others = (*targets[:i], *targets[i + 1 :])
            for bindings in self._nodes(patterns[0], target, found):
                yield from self._in_any_order(patterns[1:], others, bindings)

    def _exprs(
        self, patterns: Sequence[IndexExpr], targets: Sequence[IndexExpr], found: Bindings
    ) -> Iterator[Bindings]:
        bindings = found
        for pattern, target in zip(patterns, targets, strict=True):
            index = pattern.index
            # asked first: a variable may happen to have the tag of the index that it stands for
            if index is not None and index in self.variables and index not in bindings:
                bindings = {**bindings, index: target}
            elif pattern.substitute(bindings) != target:
                return
        yield bindings


def _head(node: Node) -> tuple[object, ...]:
    """What must be equal beside the children: the class, the name or operator, the number."""
    if not children(node):
        return (node,)
    if isinstance(node, Call):
        return (Call, node.name)
    return (type(node), getattr(node, "op", None))
