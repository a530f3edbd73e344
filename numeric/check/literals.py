"""The numbers by which the text of a kernel may tell sizes apart."""

from __future__ import annotations

import ast

# Below, the battery goes past it anyway; above, no array of a check is so long.
LEAST, MOST = 65, 200_000


def telling(source: str) -> tuple[int, ...]:
    """The whole numbers in a text from which on it may do something else, or by blocks."""
    found = {
        node.value
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Constant) and type(node.value) is int
    }
    return tuple(sorted(number for number in found if LEAST <= number <= MOST))
