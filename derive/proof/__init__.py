"""Proofs that two expressions are equal, by normal forms."""
