"""``1 - tanh(z[n, i])^2 ⇒ 1 - h[n, i]^2`` where the forward pass has ``h[n, i] = tanh(z[n, i])``.

Products match in part: ``(x[n, i] - mu[n])/s[n]^2`` holds ``xhat[n, i] = (x[n, i] - mu[n])/s[n]``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import cast

from derive.algebra import both, conjuncts, factors_of, mul, product
from derive.expr import (
    ZERO,
    Call,
    Condition,
    Div,
    Expr,
    Mul,
    Node,
    Power,
    Read,
    Reduce,
    Select,
    children,
    reads,
    rebuild,
)
from derive.extent import same_extent
from derive.match import Bindings, Matcher
from derive.program import Equation, Program
from derive.scope import Fresh, in_expr, rename_left, substitute
from derive.simplify.rewrite import each_derived
from derive.total import is_total

_WORTH_A_READ = (Call, Div, Power, Reduce, Select)


def reuse_forward(program: Program, derived: frozenset[str]) -> Program:
    """Read forward values in place of computing them again."""
    fresh = Fresh()
    known = [
        rename_left(e, fresh)[0]
        for e in program.equations
        if e.name not in derived
        and not e.is_start
        and isinstance(e.expr, _WORTH_A_READ)
        and reads(e.expr)
    ]
    reuser = _Reuser(program, known)
    return each_derived(program, derived, lambda e: cast(Expr, reuser.visit(e.expr)))


class _Reuser:
    def __init__(self, program: Program, known: list[Equation]) -> None:
        self.program = program
        self.known = known

    def visit(self, node: Node) -> Node:
        """Outermost first: the largest part that the forward pass knows is the best."""
        if isinstance(node, _WORTH_A_READ):
            for equation in self._alike(node):
                bindings = Matcher(self.program, equation.free).match(equation.expr, node)
                if bindings is not None and self._at_plain_indices(equation, bindings):
                    return in_expr(Read(equation.name, equation.indices), bindings)
        if isinstance(node, Select) and node.other == ZERO:
            node = self._guarded(node)
        if isinstance(node, Reduce) and node.op == "sum" and node.where is not None:
            node = self._summed(node)
        if isinstance(node, (Mul, Div)):
            node = self._quotients(node)
        parts = children(node)
        changed = tuple(self.visit(part) for part in parts)
        return node if changed == parts else rebuild(node, changed)

    def _guarded(self, node: Select) -> Expr:
        """``(a*x if c else 0) ⇒ a*p`` where the forward pass has ``p = (x if c else 0)``."""
        found = self._under(node.condition, node.then)
        return node if found is None else found

    def _summed(self, node: Reduce) -> Expr:
        """``sum[j where c](a*x) ⇒ sum[j](a*p)``, for the same ``p``."""
        parts = conjuncts(node.where)
        for part in parts:
            found = self._under(part, node.body)
            if found is not None:
                rest = both(*(other for other in parts if other != part))
                return replace(node, body=found, where=rest)
        return node

    def _under(self, condition: Condition, expr: Expr) -> Expr | None:
        """``expr``, which counts only under ``condition``, through a value that is zero else."""
        coefficient, factors = factors_of(expr)
        for equation in self.known:
            own = equation.expr
            if not isinstance(own, Select) or own.other != ZERO:
                continue
            scale, pattern = factors_of(own.then)
            found = Matcher(self.program, equation.free).match_factors(pattern, factors)
            if found is None or not self._at_plain_indices(equation, found[0]):
                continue
            rest = product(coefficient / scale, found[1])
            if substitute(own.condition, found[0]) == condition and is_total(rest):
                return mul(rest, in_expr(Read(equation.name, equation.indices), found[0]))
        return None

    def _alike(self, node: Node) -> Iterable[Equation]:
        name = getattr(node, "name", getattr(node, "op", None))
        for equation in self.known:
            own = equation.expr
            if type(own) is type(node) and name == getattr(own, "name", getattr(own, "op", None)):
                yield equation

    def _quotients(self, node: Expr) -> Expr:
        coefficient, factors = factors_of(node)
        for equation in self.known:
            if not isinstance(equation.expr, Div):
                continue
            own, pattern = factors_of(equation.expr)
            found = Matcher(self.program, equation.free).match_factors(pattern, factors)
            if found is None or not self._at_plain_indices(equation, found[0]):
                continue
            read = in_expr(Read(equation.name, equation.indices), found[0])
            factors = {**found[1], read: found[1].get(read, 0) + 1}
            coefficient /= own
        return product(coefficient, factors)

    def _at_plain_indices(self, equation: Equation, bindings: Bindings) -> bool:
        """Whether the equation has a value at these indices: they must run over its own range."""
        for index in equation.free:
            target = bindings.get(index)
            plain = None if target is None else target.index
            if plain is None or not same_extent(self.program, plain.name, index.name):
                return False
        return True
