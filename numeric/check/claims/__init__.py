"""Claims judged: every step of a derivation, against the step before and against the gradient."""

from numeric.check.claims.prove import prove
from numeric.check.claims.result import ClaimResult, Judgement, ProveResult, Step

__all__ = ["ClaimResult", "Judgement", "ProveResult", "Step", "prove"]
