"""Comparisons as textbooks write them: the index in question first, no "not" before them."""

from __future__ import annotations

from derive.expr import Compare, IndexValue, Node

RELATIONS = {"==": "=", "!=": "≠", "<": "<", "<=": "≤", ">": ">", ">=": "≥"}
FLIPPED = {"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
DENIED = {"==": "!=", "!=": "==", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}


def about(condition: Node, index: str) -> Compare | None:
    """A comparison of the index itself, with the index first; None for any other condition."""
    if not isinstance(condition, Compare):
        return None
    for side, other, op in (
        (condition.left, condition.right, condition.op),
        (condition.right, condition.left, FLIPPED[condition.op]),
    ):
        plain = side.expr.index if isinstance(side, IndexValue) else None
        if plain is not None and plain.name == index:
            return Compare(op, side, other)
    return None


def denied(condition: Compare) -> Compare:
    """The comparison that holds where ``condition`` does not."""
    return Compare(DENIED[condition.op], condition.left, condition.right)
