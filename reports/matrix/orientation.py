"""Which of two forms reads better: as columns, or as rows."""

from __future__ import annotations

from itertools import pairwise

from reports.matrix.tree import Matrix, Ones, Times, Turned, Whole, inside


def turns(left: Matrix, right: Matrix) -> int:
    """How many arrays are transposed; a row that is repeated in every row of a matrix is none."""
    nodes = list(inside(right))
    repeated = {
        id(after)
        for node in nodes
        if isinstance(node, Times)
        for before, after in pairwise(node.factors)
        if isinstance(before, Ones)
    }
    turned = [n.body for n in nodes if isinstance(n, Turned) and id(n) not in repeated]
    ranks = [len(body.own) for body in turned if isinstance(body, Whole)]
    # one transposed matrix is worse than a column, and two columns are worse than it
    return 3 * ranks.count(2) + 2 * ranks.count(1) + isinstance(left, Turned)
