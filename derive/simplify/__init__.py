"""Simplification of derived equations: one ordered tuple of small pure passes.

A pass takes a program and the names of its derived equations and returns a program; it rewrites
derived equations only, and running it twice changes nothing more.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from derive.program import Program
from derive.simplify.assume import use_assumptions, use_means
from derive.simplify.branches import join_branches
from derive.simplify.conditions import settle_conditions
from derive.simplify.dead import drop_unused
from derive.simplify.deltas import collapse_deltas
from derive.simplify.factor import factor_terms
from derive.simplify.fold import fold
from derive.simplify.inline import inline
from derive.simplify.reuse import reuse_forward
from derive.simplify.stops import join_stops


@dataclass(frozen=True, slots=True)
class Pass:
    """A named pass; ``rule`` and ``reason`` are what the derivation says where it fires."""

    run: Callable[[Program, frozenset[str]], Program]
    rule: str
    reason: str


PIPELINE: tuple[Pass, ...] = (
    # Ranges first: a condition that always holds would hide a sum from every later pass.
    Pass(settle_conditions, "simplify", "the condition always holds"),
    Pass(collapse_deltas, "collapse", "each delta fixes an index"),
    Pass(fold, "simplify", "numbers and common factors"),
    # Before inlining, so that a forward value stands as one read where it is inlined.
    Pass(reuse_forward, "reuse forward value", "the forward pass has computed it"),
    Pass(use_assumptions, "simplify", "by assumption"),
    Pass(use_means, "simplify", "deviations from a mean add up to 0"),
    Pass(inline, "substitute", "put in what is used once"),
    Pass(fold, "simplify", "numbers and common factors"),
    # Inlining may complete a quotient that the forward pass has, or a sum that is assumed.
    Pass(reuse_forward, "reuse forward value", "the forward pass has computed it"),
    Pass(use_assumptions, "simplify", "by assumption"),
    Pass(use_means, "simplify", "deviations from a mean add up to 0"),
    Pass(join_stops, "simplify", "they stop at the same pole"),
    # Last, because a factored sum hides its terms.
    Pass(factor_terms, "simplify", "common factor"),
    Pass(join_branches, "simplify", "the two branches of one condition"),
    Pass(drop_unused, "simplify", "nothing reads it"),
)
