"""Proofs that two expressions are equal, by normal forms."""

from derive.proof.prove import Knowledge, equal, knowledge

__all__ = ["Knowledge", "equal", "knowledge"]
