"""Random right programs of the equation language, as text; the seed decides everything.

    draft        declarations, index names and equations, as the program grows
    reads        an element of an array: plain, shifted, clamped, mirrored, by label, ...
    terms        pointwise expressions that stay inside the domains of their functions
    contractions sums of products, reductions, conditions
    layers       whole equations as layers have them: windows, softmax, norms, tables, ...
    recurrences  one and two steps, backwards, over two axes, coupled, over the whole history

The programs mean something: most are accepted, and what is refused is refused by a
``DeriveError``. ``random.Random`` may be any source of choices, a fuzzer's bytes too.
"""

from __future__ import annotations

from random import Random

from trials.programs.contractions import contraction, reduction, running
from trials.programs.draft import Draft
from trials.programs.layers import (
    cross_entropy,
    gathered,
    normalised,
    pointwise,
    rearranged,
    softmax,
    window,
)
from trials.programs.recurrences import coupled, history, one_step, two_axes, two_steps

__all__ = ["program_text"]

MOST_EQUATIONS = 6
KINDS = {
    pointwise: 4, contraction: 4, reduction: 3, running: 1, window: 3, softmax: 1, normalised: 1,
    gathered: 2, rearranged: 2, cross_entropy: 0.5, one_step: 1.5, two_steps: 0.6, two_axes: 0.4,
    coupled: 0.6, history: 0.4,
}  # fmt: skip
IRRATIONAL = (softmax, normalised, cross_entropy)
MOST_OUTPUTS = 3


def program_text(rng: Random, *, exact: bool = False) -> str:
    """The text of a random program; an ``exact`` one has a value in fractions."""
    draft = Draft(rng, exact)
    weights = {kind: w for kind, w in KINDS.items() if not (exact and kind in IRRATIONAL)}
    kinds = rng.choices(list(weights), list(weights.values()), k=_count(rng))
    for kind in kinds:
        kind(draft)
    return draft.text(_outputs(draft))


def _count(rng: Random) -> int:
    return rng.choices(range(1, MOST_EQUATIONS + 1), (44, 30, 14, 7, 3, 2))[0]


def _outputs(draft: Draft) -> list[str]:
    """What nothing reads, and sometimes more."""
    unread = [name for name in draft.computed if name not in draft.was_read]
    others = [name for name in draft.computed if name in draft.was_read]
    more = draft.rng.sample(others, min(len(others), draft.rng.choice((0, 0, 0, 1, 2))))
    return [*unread, *more][: max(MOST_OUTPUTS, len(unread))]
