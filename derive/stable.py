"""Rewrites, before differentiation, into forms that neither overflow nor cancel.

    exp(a) / sum[k](exp(b))      ⇒  exp(a - logsumexp[k](b))
    log(sum[k](exp(b)))          ⇒  logsumexp[k](b)
    log(exp(a))                  ⇒  a                     (so the log of a softmax too)
    log(1 + exp(a))              ⇒  softplus(a)
    1 / (1 + exp(-a))            ⇒  sigmoid(a)
    exp(a) / (1 + exp(a))        ⇒  sigmoid(a)
    log(sigmoid(a))              ⇒  -softplus(-a)
    log(1 - sigmoid(a))          ⇒  -softplus(a)

The patterns see through names: ``e[n,k] = exp(z[n,k])`` and ``s[n] = sum[k](e[n,k])`` on lines
of their own count as written out. Values agree wherever the left side is finite.
"""

from __future__ import annotations

from fractions import Fraction
from typing import cast

from derive.algebra import Factors, add, factors_of, neg, product
from derive.expr import (
    ONE,
    Add,
    Call,
    Div,
    Expr,
    Node,
    Read,
    Reduce,
    free_indices,
    transform,
)
from derive.program import Equation, Program
from derive.scope import Fresh, in_expr, rename_left


def stabilise(program: Program) -> Program:
    """``program`` with the table of this file applied, equation by equation."""
    rewriter = _Rewriter(program)
    return program.with_equations(tuple(map(rewriter.equation, program.equations)))


class _Rewriter:
    def __init__(self, program: Program) -> None:
        self.program = program
        self.fresh = Fresh()
        self.done: dict[str, Equation] = {}

    def equation(self, equation: Equation) -> Equation:
        expr = cast(Expr, transform(equation.expr, self._rule))
        changed = Equation(equation.name, equation.indices, expr)
        if not changed.is_start and not self.program.starts(changed.name):
            self.done[changed.name] = changed
        return changed

    def _rule(self, node: Node) -> Node:
        if isinstance(node, Div):
            return self._quotient(node)
        if isinstance(node, Call) and node.name == "log":
            found = self._log(node.args[0])
            return node if found is None else found
        return node

    def _quotient(self, node: Div) -> Expr:
        coefficient, factors = factors_of(node)
        for below in [b for b, e in factors.items() if e == -1]:
            found = self._logistic(coefficient, factors, below) or self._softmax(
                coefficient, factors, below
            )
            if found is not None:
                return found
        return node

    def _logistic(self, coefficient: Fraction, factors: Factors, below: Expr) -> Expr | None:
        power = self._one_plus_exp(below)
        if power is None:
            return None
        above = next((b for b, e in factors.items() if e == 1 and self.exponent(b) == power), None)
        argument = neg(power) if above is None else power
        rest = {b: e for b, e in factors.items() if b not in (above, below)}
        return product(coefficient, {**rest, Call("sigmoid", (argument,)): 1})

    def _softmax(self, coefficient: Fraction, factors: Factors, below: Expr) -> Expr | None:
        scale = self._log_of_sum(below)
        if scale is None:
            return None
        for above, exponent in factors.items():
            power = self.exponent(above) if exponent == 1 else None
            if power is None:
                continue
            share = Call("exp", (add(power, neg(scale)),))
            swapped = {share if b == above else b: e for b, e in factors.items() if b != below}
            return product(coefficient, swapped)
        return None

    def _log(self, argument: Expr) -> Expr | None:
        power = self.exponent(argument)
        if power is not None:
            return power
        power = self._one_plus_exp(argument)
        if power is not None:
            return Call("softplus", (power,))
        logit = self._logit(argument)
        if logit is not None:
            return neg(Call("softplus", (neg(logit),)))
        opposite = _one_minus(argument)
        logit = None if opposite is None else self._logit(opposite)
        if logit is not None:
            return neg(Call("softplus", (logit,)))
        return self._log_of_sum(argument)

    def exponent(self, expr: Expr) -> Expr | None:
        """``a`` where ``expr`` is ``exp(a)``, by itself or by its definition."""
        seen = self._seen(expr)
        return seen.args[0] if isinstance(seen, Call) and seen.name == "exp" else None

    def _logit(self, expr: Expr) -> Expr | None:
        seen = self._seen(expr)
        return seen.args[0] if isinstance(seen, Call) and seen.name == "sigmoid" else None

    def _one_plus_exp(self, expr: Expr) -> Expr | None:
        seen = self._seen(expr)
        if isinstance(seen, Add) and len(seen.terms) == 2 and ONE in seen.terms:
            return self.exponent(next(t for t in seen.terms if t != ONE))
        return None

    def _log_of_sum(self, expr: Expr) -> Expr | None:
        seen = self._seen(expr)
        if not isinstance(seen, Reduce) or seen.op != "sum":
            return None
        power = self.exponent(seen.body)
        # a sum that does not depend on its index, or of plain numbers, gains nothing
        if power is None or not set(seen.indices) & set(free_indices(power)):
            return None
        return Reduce("logsumexp", seen.indices, power, seen.where)

    def _seen(self, expr: Expr) -> Expr:
        """``expr``, or what its definition says where it is a read of a computed array."""
        if not isinstance(expr, Read) or expr.array not in self.done:
            return expr
        definition, _ = rename_left(self.done[expr.array], self.fresh)
        values = dict(zip(definition.free, expr.indices, strict=True))
        return in_expr(definition.expr, values)


def _one_minus(expr: Expr) -> Expr | None:
    """``a`` where ``expr`` is ``1 - a``."""
    if not isinstance(expr, Add) or len(expr.terms) != 2 or ONE not in expr.terms:
        return None
    other = neg(next(t for t in expr.terms if t != ONE))
    coefficient, factors = factors_of(other)
    return other if coefficient == 1 and len(factors) == 1 else None
