"""Whether the checker sees that a mutant is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter
from unittest import mock

from derive.program import Program
from numeric.check import check_source, protocol
from numeric.check.result import PRECISION, WRONG, CheckResult
from numeric.check.subject import KERNEL_ERRORS
from trials.mutants import catalogue, equations, rules, texts
from trials.mutants.mutant import Mutant, right_source

KINDS = {"catalogue": catalogue, "equation": equations, "rule": rules, "text": texts}
# Verdicts of ours: on what is no mutant, since its text is that of the right kernel, and on what
# the checker itself stumbles over.
SAME, CRASH = "SAME", "CRASH"

# A slip that costs digits only (a shift left out of a softmax) is caught as such.
CAUGHT = (WRONG, PRECISION)
# What a mutant that passes is checked with again: luck with one seed is no proof.
SEEDS = (0, 1)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What became of a mutant.

    Attributes:
        mutant: the mutant.
        verdict: of the last check.
        proof: the proof that caught it; empty if none did.
        seconds: how long the checks took.
    """

    mutant: Mutant
    verdict: str
    proof: str
    seconds: float

    @property
    def caught(self) -> bool:
        """Whether the kernel was called wrong."""
        return self.verdict in CAUGHT


def judge(mutant: Mutant) -> Judgement:
    """Check a mutant, quickly first and then in full."""
    start = perf_counter()
    program = mutant.base
    source = KINDS[mutant.kind].source(mutant)
    if source == right_source(mutant.program):
        return Judgement(mutant, SAME, "", perf_counter() - start)
    verdict, proof = _verdict(program, source, mutant.settings)
    return Judgement(mutant, verdict, proof, perf_counter() - start)


def _verdict(program: Program, source: str, settings: dict[str, float]) -> tuple[str, str]:
    """The verdict on a kernel, and the proof that caught it."""
    for seed in SEEDS:
        for fast in (True, False):
            try:
                result = _checked(program, source, seed, fast, settings)
            except KERNEL_ERRORS as error:
                return CRASH, f"{type(error).__name__}: {error}"
            if result.verdict in CAUGHT:
                example = result.counterexample
                return result.verdict, "" if example is None else example.proof
    return result.verdict, ""


def _checked(
    program: Program, source: str, seed: int, fast: bool, settings: dict[str, float]
) -> CheckResult:
    # what was done is known here: to look for the likely cause would take longer than to judge
    with mock.patch.object(protocol, "likely", return_value=""):
        return check_source(program, source, seed=seed, fast=fast, **settings)
