"""How long a derivative may become.

Reverse accumulation over named equations writes a small multiple of what it reads: of the
built-in layers and of a thousand random programs, seven times at most where there are more than
a few dozen nodes. A product of very many factors is the exception: each of its terms repeats
all the others.
"""

from __future__ import annotations

from derive.errors import LimitError
from derive.expr import walk
from derive.program import Program

# How many times the forward equations' nodes, and what is allowed to any program.
MOST, ANY = 10, 2_000


def check_growth(forward: Program, backward: Program) -> None:
    """Refuse backward equations that are out of proportion.

    Raises:
        LimitError: naming both lengths and the longest equation.
    """
    before, after = size(forward), size(backward)
    if after <= MOST * before + ANY:
        return
    longest = max(backward.equations, key=lambda equation: sum(1 for _ in walk(equation.expr)))
    raise LimitError(
        f"the derivative has {after:,} operations and names, more than {MOST} times the "
        f"{before:,} of the equations; most of them are in {longest.name}",
        remedy="a product of many factors repeats all of them in each term: name partial "
        "products in equations of their own",
    )


def size(program: Program) -> int:
    """The number of nodes of all equations."""
    return sum(1 for equation in program.equations for _ in walk(equation.expr))
