"""The likely cause of a wrong gradient: which mistake in the derivation gives just these numbers.

The wrong gradient is compared, at several points, with derived gradients that have one mistake in
them. One that agrees everywhere, to all digits, is what the author has computed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import combinations, islice
from typing import Any

import numpy as np

from derive.cotangent import adjoint
from derive.errors import DeriveError
from derive.extent import same_extent
from derive.mutate import Change, Draft, Scene, drafts, held_constant, is_legal
from derive.program import Program
from numeric.check.likeness import AGREES, close, named_factor, rearrangements
from numeric.check.point import Array
from numeric.check.vectorised import Numbers
from numeric.check.whatif import UNFIT, WhatIf, inputs
from numeric.interpret.arithmetic import floats, reals

# Of the largest entry: floats lose a few digits, numbers of 80 digits keep most of them.
DIGITS, AGREES_EXACTLY = 80, 1e-30
# For two mistakes at once: first ones, of one kind, and second ones for each.
FIRST_MISTAKES, OF_ONE_KIND, SECOND_MISTAKES = 16, 3, 24
MOST_EQUATIONS = 6


@dataclass(frozen=True, slots=True)
class Witness:
    """A point at which the code under test has returned a gradient.

    Attributes:
        arrays: what the program was given, by name.
        cotangents: one per output, by the output's name.
        given: the gradient returned, in floats or in numbers of many digits.
    """

    arrays: Mapping[str, Any]
    cotangents: Mapping[str, Any]
    given: Any


@dataclass(frozen=True, slots=True)
class Case:
    """A witness next to the true gradient, in floats.

    Attributes:
        witness: the witness.
        given: its gradient.
        true: the derived gradient.
        values: all other values, and gradients by changed equations.
    """

    witness: Witness
    given: Array
    true: Array
    values: WhatIf

    @property
    def wrong(self) -> bool:
        """Whether the gradient returned is not the derived one."""
        return not self.equals(self.true)

    def equals(self, other: Array | None) -> bool:
        """Whether the gradient returned is this one, to the digits that floats have."""
        return other is not None and close(self.given, other, AGREES)


def diagnose(
    program: Program,
    name: str,
    witnesses: Sequence[Witness],
    hypers: Mapping[str, Fraction] | None = None,
) -> str:
    """Say which mistake makes the gradient of array ``name`` what it is.

    The answer is a sentence, "dW equals the derived gradient without the sum over n (only
    n = 0)", or nothing where no single cause explains every witness. Witnesses must hold data
    without pattern, one of them with extents that tell the indices apart.
    """
    values = {h.name: h.default for h in program.hypers} | dict(hypers or {})
    try:
        scene = Scene.of(program, adjoint(program), name)
    except DeriveError:
        return ""
    cases = list(_cases(scene, program, witnesses, values))
    cases.sort(key=lambda case: not case.wrong)
    if not cases or not cases[0].wrong or not _telling(scene, cases):
        return ""
    search = Search(scene, cases)
    found = (cause(search) for cause in CAUSES)
    text = next((text for text in found if text), "")
    return f"{scene.target} {text}" if text else ""


@dataclass(slots=True)
class Search:
    """One search for a cause.

    Attributes:
        scene: the derived equations.
        cases: the witnesses, those first at which the gradient is wrong.
        tried: the changes looked at so far, with the gradients at the first witness.
    """

    scene: Scene
    cases: Sequence[Case]
    tried: list[tuple[Draft, Array | None]] = field(default_factory=list)

    def trials(self) -> Iterator[tuple[Draft, Array | None]]:
        """Every change and the gradient that it gives at the first witness."""
        for draft in drafts(self.scene):
            self.tried.append((draft, self.cases[0].values.gradient(draft.change)))
            yield self.tried[-1]


def _cases(
    scene: Scene, program: Program, witnesses: Sequence[Witness], hypers: Mapping[str, Fraction]
) -> Iterator[Case]:
    numbers = Numbers.of(floats())
    for witness in witnesses:
        given = np.asarray(np.asarray(witness.given), dtype=np.float64)
        try:
            arrays = inputs(scene, program, witness.arrays, witness.cotangents)
            values = WhatIf(scene, arrays, hypers, numbers)
        except UNFIT:
            continue
        true = values.gradient()
        if true is not None and given.size and np.isfinite(true).all() and np.isfinite(given).all():
            yield Case(witness, given, true, values)


def _telling(scene: Scene, cases: Sequence[Case]) -> bool:
    """Whether the witnesses tell the axes of each array apart, and hold numbers without pattern."""
    derived = {name for name, _ in scene.backward.extents}
    pairs = (
        pair
        for array in scene.backward.arrays
        for pair in combinations(dict.fromkeys(array.axes), 2)
        if derived.isdisjoint(pair)
    )
    free = (pair for pair in pairs if not same_extent(scene.backward, *pair))
    apart = all(any(c.values.roots[a] != c.values.roots[b] for c in cases) for a, b in free)
    return apart and any(_generic(scene, case) for case in cases if case.wrong)


def _generic(scene: Scene, case: Case) -> bool:
    arrays = (case.values.known[a.name] for a in scene.backward.arrays if not a.integer)
    return all(a.size < 2 or bool(np.ptp(a) > 0) for a in arrays)


# ---- causes -----------------------------------------------------------------------------------


def _zero(search: Search) -> str:
    """No gradient at all."""
    return "is zero everywhere" if all(not c.given.any() for c in search.cases) else ""


def _one_mistake(search: Search) -> str:
    """A derived gradient with one mistake in it."""
    for draft, found in search.trials():
        if _explains(draft.change, search.cases, found) and _holds(search, draft):
            return f"equals the derived gradient {draft.phrase}{_constant(search, draft)}"
    return ""


def _explains(change: Change, cases: Sequence[Case], first: Array | None) -> bool:
    """Whether a change gives the gradient returned, wherever it has a meaning."""
    if first is not None and not cases[0].equals(first):
        return False
    explained = first is not None
    for case in cases[1:]:
        found = case.values.gradient(change)
        if found is None and (not case.wrong or first is None):
            continue
        # what has another shape here is something that the code does elsewhere only
        if found is not None and not case.wrong and found.shape != case.given.shape:
            continue
        if not case.equals(found):
            return False
        explained = explained or case.wrong
    return explained


def _holds(search: Search, draft: Draft) -> bool:
    """Whether a change is legal, and gives the gradient to as many digits as are there."""
    exactly = all(_to_all_digits(search.scene, draft.change, case) for case in search.cases)
    return exactly and is_legal(draft.mutant())


def _to_all_digits(scene: Scene, change: Change, case: Case) -> bool:
    """Whether a gradient in many digits is that of the change in as many digits."""
    given = np.asarray(case.witness.given)
    if given.dtype != object or not case.wrong:
        return True
    numbers = Numbers.of(reals(DIGITS))
    try:
        found = WhatIf(scene, case.values.arrays, case.values.hypers, numbers).gradient(change)
    except UNFIT:
        return False
    return found is None or close(numbers.array(given), found, AGREES_EXACTLY)


def _constant(search: Search, draft: Draft) -> str:
    """What a term that was left out takes for a constant, if it is such a term."""
    if draft.operator != "term dropped":
        return ""
    for change in held_constant(search.scene):
        if _explains(change, search.cases, search.cases[0].values.gradient(change)):
            return f": as {change.phrase}"
    return ""


def _other_gradient(search: Search) -> str:
    """The gradient of another array: two of them exchanged."""
    for other in search.scene.backward.outputs:
        others = [c.values.known[other] for c in search.cases]
        same = zip(search.cases, others, strict=True)
        if other != search.scene.target and all(c.equals(o) for c, o in same):
            return f"equals {other}: are the two exchanged?"
    return ""


def _multiple(search: Search) -> str:
    """A constant multiple, or a multiple by an extent."""
    factor = named_factor([(c.given, c.true, c.values.roots) for c in search.cases])
    return f"equals {factor} times the derived gradient" if factor else ""


def _rearranged(search: Search) -> str:
    """The right numbers at other places."""
    axes = search.scene.backward.axes(search.scene.target)
    for phrase, rearrange in rearrangements(axes):
        if all(c.equals(rearrange(c.true)) for c in search.cases):
            return f"equals the derived gradient {phrase}"
    return ""


# ---- two mistakes -----------------------------------------------------------------------------


def _mistake_and_multiple(search: Search) -> str:
    """One mistake and a constant factor."""
    first = search.cases[0]
    for draft, value in search.tried:
        if value is None or not named_factor([(first.given, value, first.values.roots)]):
            continue
        found = [case.values.gradient(draft.change) for case in search.cases]
        pairs = zip(search.cases, found, strict=True)
        factor = named_factor([(c.given, f, c.values.roots) for c, f in pairs if f is not None])
        everywhere = all(f is not None for f in found)
        if factor and everywhere and is_legal(draft.mutant()):
            times = "minus" if factor == "-1" else f"{factor} times"
            return f"equals {times} the derived gradient {draft.phrase}"
    return ""


def _two_mistakes(search: Search) -> str:
    """Two mistakes of the common kinds, in a program that is not too large for that."""
    scene = search.scene
    equations = [e for e in scene.chain() if e.name in scene.derived]
    if len(equations) > MOST_EQUATIONS or scene.shifted:
        return ""
    for first in _first_mistakes(search):
        mutant = first.mutant()
        if is_legal(mutant):
            wrong = Scene.of(scene.forward, mutant.program, scene.target[1:])
            second = _second_mistake(wrong, search.cases)
            if second:
                return f"equals the derived gradient {first.phrase}, and {second}"
    return ""


def _first_mistakes(search: Search) -> Iterator[Draft]:
    count: Counter[str] = Counter()
    for draft, _ in search.tried:
        count[draft.operator] += 1
        if count[draft.operator] <= OF_ONE_KIND:
            yield draft
        if sum(min(n, OF_ONE_KIND) for n in count.values()) >= FIRST_MISTAKES:
            return


def _second_mistake(scene: Scene, cases: Sequence[Case]) -> str:
    try:
        moved = [Case(c.witness, c.given, c.true, c.values.within(scene)) for c in cases]
    except UNFIT:
        return ""
    for second in islice(drafts(scene), SECOND_MISTAKES):
        first = moved[0].values.gradient(second.change)
        if _explains(second.change, moved, first) and is_legal(second.mutant()):
            return second.phrase
    return ""


def _in_floats(cause: Callable[[Search], str]) -> Callable[[Search], str]:
    """A cause that is looked for in floats, whatever numbers the gradients are in."""

    def found(search: Search) -> str:
        text = cause(search)
        given = (np.asarray(case.witness.given) for case in search.cases)
        return f"{text}, to nine digits" if text and any(g.dtype == object for g in given) else text

    return found


CAUSES: tuple[Callable[[Search], str], ...] = (
    _zero,
    _one_mistake,
    *map(
        _in_floats,
        (_other_gradient, _multiple, _rearranged, _mistake_and_multiple, _two_mistakes),
    ),
)
