"""``2*x*3 ⇒ 6*x``, ``p*(t/p) ⇒ t``, ``sum[k](c*x[k]) ⇒ c*sum[k](x[k])``, ``a + a ⇒ 2*a``."""

from __future__ import annotations

from typing import cast

from derive.algebra import tidy
from derive.expr import Expr
from derive.program import Program
from derive.simplify.rewrite import each_derived


def fold(program: Program, derived: frozenset[str]) -> Program:
    """Rebuild through the tidy constructors."""
    return each_derived(program, derived, lambda e: cast(Expr, tidy(e.expr)))
