"""Mutants that compute the same as the kernel that they were made from, each with its proof.

A row is a pattern of program names, a pattern of edits, and one line that says why the edit
changes no value, shape or dtype that a caller can see.
"""

from __future__ import annotations

import re

from trials.mutants.mutant import Mutant

Row = tuple[str, str, str]
ROWS: tuple[Row, ...] = ()


def proof_of(mutant: Mutant) -> str | None:
    """Why a mutant computes the same; None if it is not known to."""
    for programs, pattern, proof in ROWS:
        if re.fullmatch(programs, mutant.program) and re.search(pattern, mutant.edit):
            return proof
    return None
