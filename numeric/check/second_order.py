"""S10, second order: the derived backward equations as a forward, differentiated again."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from derive.cotangent import adjoint
from derive.errors import DeriveError
from derive.parser import parse_tree
from derive.program import Program
from numeric.build import build
from numeric.check import conformance, difference, field, plan
from numeric.check.bench import Session
from numeric.check.protocol import begin, prove
from numeric.check.tally import Tally

NAME, THRESHOLD = "S10 second order", "as S0, S2, S3"
PROOFS = (conformance.PROOF, field.PROOF, difference.PROOF)


def second_order(
    session: Session, program: Program, given: Mapping[str, Fraction], hypers: Mapping[str, Any]
) -> None:
    """Check the gradient of the gradient; one more line of the session's report."""
    tally = session.tallies[NAME] = Tally(NAME, THRESHOLD)
    try:
        backward = adjoint(program)
        kernel = build(backward, **hypers)
    except DeriveError as error:
        tally.undecided.append(f"the gradients have no gradient: {error.problem}")
        return
    tree = parse_tree(str(backward))
    values = {line.name: given.get(line.name, line.default) for line in tree.hypers}
    inner = begin(tree, int(session.rng.integers(2**32)), fast=True, proofs=PROOFS)
    subject = plan.subject_for(tree, kernel.program, values, kernel.source, inner.rng, fast=True)
    if isinstance(subject, str):
        tally.undecided.append(subject)
        return
    prove(inner, subject, main=True, proofs=PROOFS)
    for proof in PROOFS:
        found = inner.tallies[proof.name]
        found.notes, found.undecided = (
            [f"{proof.name[:2]}: {text}" for text in texts]
            for texts in (found.notes, found.undecided)
        )
        tally.absorb(found)
    session.counterexample = session.counterexample or inner.counterexample
