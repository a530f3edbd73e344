"""Judge the claims of a program."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

import mpmath
import numpy as np

from derive.bind import bind
from derive.errors import ProgramRefused
from derive.expr import Expr
from derive.program import Claim, Program
from derive.proof import Knowledge, equal, knowledge
from derive.text import expr_text, left_text
from numeric.check.claims.cause import cause
from numeric.check.claims.judge import Bench, Court, Value, compared, court, truth
from numeric.check.claims.readings import readings
from numeric.check.claims.result import WRONG, ClaimResult, Judgement, ProveResult, Step
from numeric.check.claims.shrink import shrunk


def prove(
    program: Program, /, seed: int = 0, *, hypers: Mapping[str, float] | None = None
) -> ProveResult:
    """Judge every step of every claim: by normal forms, and by numbers of 80 digits.

    Args:
        program: with claims.
        seed: all draws follow from it.
        hypers: numbers for hyperparameters, in place of their defaults.

    Raises:
        ProgramRefused: if the program has no claims.
        DeriveError: if a hyperparameter does not fit.
    """
    if not program.claims:
        raise ProgramRefused(
            "there is nothing to prove: the program has no claims",
            remedy="add a line: claim dW[i, j] = sum[n](...)",
        )
    given = hypers or {}
    bind(program, **given)
    values = _given(program, given)
    found = court(program, values, np.random.default_rng(seed))
    judge = _Judge(found, knowledge(program))
    return ProveResult(
        title=program.title or "program",
        claims=tuple(judge.claim(n) for n in range(len(program.claims))),
        seed=seed,
        versions=(
            ("python", platform.python_version()),
            ("numpy", np.__version__),
            ("mpmath", mpmath.__version__),
        ),
    )


def _given(program: Program, hypers: Mapping[str, float]) -> dict[str, Fraction]:
    given = {
        name: Fraction(repr(value)) if isinstance(value, float) else Fraction(value)
        for name, value in hypers.items()
    }
    return {h.name: given.get(h.name, h.default) for h in program.hypers}


class _Judge:
    def __init__(self, found: Court, known: Knowledge | None) -> None:
        self.court, self.known = found, known
        self.program = found.program
        self.bench = Bench(found, found.program.claims)

    def claim(self, number: int) -> ClaimResult:
        """The verdicts on one claim."""
        claim = self.program.claims[number]
        expected = None if self.known is None else self.known.truth(claim.name, claim.indices)
        proved = [self._proved(expected, side) for side in claim.sides]
        steps: list[Step] = []
        for place, side in enumerate(claim.sides):
            value = self.bench.value(number, place)
            against = self._judged(claim, value, truth(claim.name), proved[place])
            if against.verdict == WRONG:
                against = replace(
                    against,
                    readings=readings(self.court, claim, place),
                    cause=cause(self.court, claim, value),
                )
            link = against
            if place:
                before = self.bench.value(number, place - 1)
                known = proved[place] and proved[place - 1]
                known = known or self._proved(claim.sides[place - 1], side)
                link = self._judged(claim, value, before, known)
            line = claim.lines[place] if claim.lines else 0
            steps.append(Step(expr_text(side), line, link, against))
        return ClaimResult(left_text(claim.name, claim.indices), tuple(steps))

    def _proved(self, left: Expr | None, right: Expr) -> bool:
        return left is not None and self.known is not None and equal(self.known, left, right)

    def _judged(self, claim: Claim, left: Value, right: Value, proved: bool) -> Judgement:
        seen = compared(self.court.points, left, right)
        seen.unknown = seen.unknown or self.court.missing
        found = seen.judgement(proved)
        if found.verdict != WRONG or seen.gap is None:
            return found
        smallest = shrunk(self.court, claim.name, left, right, seen.gap)
        return replace(found, difference=smallest)
