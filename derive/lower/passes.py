"""The passes of the fast style, by name: each is a decision that can be switched off.

``numeric.build(program, style="fast", without=("hoist",))`` leaves out what it names; every
combination computes the same. The gains are those of docs/performance.md.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from derive.errors import OptionRefused


@dataclass(frozen=True, slots=True)
class Pass:
    """A decision of the fast style.

    Attributes:
        name: what it is switched off by.
        reason: what it does, and why that is faster.
    """

    name: str
    reason: str


# In the order in which they act.
PASSES: tuple[Pass, ...] = (
    Pass("hoist", "what a recurrence does not need its loop for is computed for all steps at once"),
    Pass("terms", "differences and sums that several equations need are computed once"),
    Pass("share", "the softmax of backward is made of the exponentials in forward's logarithm"),
    Pass("pack", "products of a recurrence that share a factor, or are summed, are one product"),
    Pass("out", "every operation writes into memory that is there: no page is touched first twice"),
    Pass("flat", "a stack of matrices times one matrix is one product of all their rows"),
    Pass("rows", "what is copied for a product keeps neighbours in memory next to each other"),
    Pass("dot", "products of two matrices of our own by np.dot, whose call costs less"),
)

NAMES: tuple[str, ...] = tuple(entry.name for entry in PASSES)


def active(without: Iterable[str] = ()) -> frozenset[str]:
    """The names of all passes but those given.

    Raises:
        OptionRefused: if there is no such pass.
    """
    left_out = (without,) if isinstance(without, str) else tuple(without)
    for name in left_out:
        if name not in NAMES:
            raise OptionRefused(
                f"the fast style has no pass '{name}'", remedy=f"it has {', '.join(NAMES)}"
            )
    return frozenset(NAMES) - frozenset(left_out)
