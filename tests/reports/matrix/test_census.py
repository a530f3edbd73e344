"""Which equations of the built-in layers have matrix forms, and why the others have none.

``python -m pytest tests/reports/matrix/test_census.py --update`` writes the list anew.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import derive
from derive.expr import Compare, Iverson, Read, Reduce, Select, reads, walk
from derive.index import IndexExpr
from derive.program import Equation
from reports.equations import Derived
from reports.matrix import Forms, forms
from tests.reports.derivations import derivation_of, evaluation_of
from tests.reports.test_golden import GOLDEN, held

LIST = GOLDEN / "matrix_forms.txt"
SUMS = frozenset({"sum", "mean", "logsumexp"})


def slice_of(derivation: Derived) -> str:
    """The leading axis of all arrays of three axes: the batch of attention, the time of an RNN."""
    axes = [array.axes for array in derivation.joint.arrays]
    first = {a[0] for a in axes if len(a) == 3}
    return first.pop() if len(first) == 1 and all(len(a) <= 3 for a in axes) else ""


def can_be_matrices(equation: Equation, batch: str) -> bool:
    """Whether all arrays are matrices, and all that is done to them is known for matrices.

    Said without what finds the forms: numbers alone, windows, choices, maxima, sums with
    conditions, and positions have none.
    """
    found = [Read(equation.name, equation.indices), *reads(equation.expr)]
    entries = [tuple(e for e in r.indices if not _picks(e, batch)) for r in found]
    plain = all(e.index is not None for own in entries for e in own)
    nodes = list(walk(equation.expr))
    return (
        plain
        and any(entries)
        and all(len(own) == len(set(own)) <= 2 for own in entries)
        and not any(isinstance(n, Select) for n in nodes)
        and all(isinstance(n.condition, Compare) for n in nodes if isinstance(n, Iverson))
        and all(n.where is None and n.op in SUMS for n in nodes if isinstance(n, Reduce))
    )


def _picks(entry: IndexExpr, batch: str) -> bool:
    """Whether an index says which matrix is meant: the step before the first, the step after."""
    return bool(batch) and {index.name for index in entry.indices()} <= {batch}


def census() -> Iterator[tuple[str, Derived, Forms]]:
    for name in derive.layers():
        yield name, derivation_of(name), forms(derivation_of(name), evaluation_of(name))


@pytest.fixture(scope="module")
def counted() -> list[tuple[str, Derived, Forms]]:
    return list(census())


def test_the_list(counted: list[tuple[str, Derived, Forms]], request: pytest.FixtureRequest) -> None:
    lines: list[str] = []
    for name, derivation, found in counted:
        equations = derivation.joint.equations
        lines.append(f"{name}: {len(found.found)} of {len(equations)}")
        lines += [f"  {e.name}: {found.lacking[e].value}" for e in equations if e in found.lacking]
    held(LIST, "\n".join(lines) + "\n", request)


def test_none_that_there_is_is_left_out(counted: list[tuple[str, Derived, Forms]]) -> None:
    for name, derivation, found in counted:
        batch = slice_of(derivation)
        for equation in derivation.joint.equations:
            has = equation in found.found
            assert has is can_be_matrices(equation, batch), f"{name}: {equation}"
            assert has is (equation not in found.lacking)
