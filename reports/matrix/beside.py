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
from reports.matrix.formed import NoForm
from reports.matrix.match import formed, slices_of
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
    """The matrix forms of some equations; the others have none that is known.

    Attributes:
        found: the forms by equation.
    """

    found: Mapping[Equation, Form] = field(default_factory=dict)

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
    for equation in equations.joint.equations:
        sides = formed(equation, slices)
        if sides is not None and not isinstance(sides[1], (Whole, Turned)):
            found[equation] = sides
    clear = _clear(found, equations.names)
    shown: dict[Equation, Form] = {}
    for equation, (left, right) in found.items():
        if _arrays(left, right) <= clear and _holds(equation, left, right, evaluated.values):
            shown[equation] = Form(show(left, equations.names), show(right, equations.names))
    return Forms(shown)


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
