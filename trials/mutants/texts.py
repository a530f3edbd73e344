"""The edits of the kernels of all built-in layers, as mutants."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import derive
from trials.mutants.mutant import Mutant, right_source
from trials.mutants.text import edits


def listed() -> Iterator[Mutant]:
    """Every edit of the kernel of every built-in layer."""
    for name in derive.layers():
        for number, edit in enumerate(edits(right_source(name))):
            yield Mutant(name, "text", str(edit), (number,))


def source(mutant: Mutant) -> str:
    """The kernel, edited."""
    (number,) = mutant.key
    return next(islice(edits(right_source(mutant.program)), int(number), None)).source
