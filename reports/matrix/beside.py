"""The matrix forms of one derivation, each evaluated against its index form."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from derive.program import Equation
from numeric.check.whatif import UNFIT
from reports.equations import Derived
from reports.evaluation.lines import Evaluated, compare
from reports.evaluation.values import Values
from reports.mathematics.layout import Layout
from reports.mathematics.names import Names
from reports.matrix.match import formed, slices_of
from reports.matrix.reasons import NoForm, Reason
from reports.matrix.show import show, symbol
from reports.matrix.tree import Matrix, Turned, Whole, inside
from reports.matrix.value import value


@dataclass(frozen=True, slots=True)
class Form:
    """Both sides of an equation as matrices."""

    left: Layout
    right: Layout


@dataclass(frozen=True, slots=True)
class Forms:
    """The matrix forms of some equations, and why the others have none.

    Attributes:
        found: the forms by equation.
        lacking: what stands in the way of the others; empty where there are no data.
    """

    found: Mapping[Equation, Form] = field(default_factory=dict)
    lacking: Mapping[Equation, Reason] = field(default_factory=dict)

    def of(self, equation: Equation) -> Form | None:
        """The form of an equation, or None."""
        return self.found.get(equation)


def forms(equations: Derived, evaluated: Evaluated) -> Forms:
    """Find the matrix forms of all equations; without data to evaluate them there are none.

    Raises:
        UntrueEquality: for a form that is not equal to the equation.
    """
    if evaluated.values is None:
        return Forms()
    slices = slices_of(equations.joint)
    found: dict[Equation, tuple[Matrix, Matrix]] = {}
    lacking: dict[Equation, Reason] = {}
    for equation in equations.joint.equations:
        try:
            found[equation] = formed(equation, slices)
        except NoForm as refusal:
            lacking[equation] = refusal.reason
    clear = _clear(found, equations.names)
    shown: dict[Equation, Form] = {}
    for equation, (left, right) in found.items():
        if not _arrays(left, right) <= clear:
            lacking[equation] = Reason.NAME
        elif not _holds(equation, left, right, evaluated.values):
            lacking[equation] = Reason.VALUE
        else:
            shown[equation] = Form(show(left, equations.names), show(right, equations.names))
    return Forms(shown, lacking)


def _holds(equation: Equation, left: Matrix, right: Matrix, values: Values) -> bool:
    """Whether both sides can be evaluated; they are equal then."""
    whole = left.body if isinstance(left, Turned) else left
    assert isinstance(whole, Whole), "the left side of a form is an array"
    turns = tuple(i for e in whole.read.indices[: whole.slices] for i in e.indices())
    try:
        shown, true = (value(side, values, turns) for side in (right, left))
    except UNFIT:
        return False
    compare(shown, true, f"the matrix form of {equation.name}", str(equation))
    return True


def _arrays(*sides: Matrix) -> set[tuple[str, int]]:
    return {
        (n.read.array, len(n.own)) for side in sides for n in inside(side) if isinstance(n, Whole)
    }


def _clear(found: Mapping[Equation, tuple[Matrix, Matrix]], names: Names) -> set[tuple[str, int]]:
    """The arrays that bold letters tell apart."""
    arrays = {key for sides in found.values() for key in _arrays(*sides)}
    symbols: dict[tuple[str, int], Layout] = {}
    for array, rank in sorted(arrays):
        try:
            symbols[array, rank] = symbol(array, rank, names)
        except NoForm:
            continue
    count = Counter(symbols.values())
    return {key for key, shown in symbols.items() if count[shown] == 1}
