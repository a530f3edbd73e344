"""Mutants that compute the same as the kernel that they were made from, each with its proof.

A row is a pattern of program names, a pattern of edits, and one line that says why the edit
changes no value, shape or dtype that a caller can see.
"""

from __future__ import annotations

import re

from trials.mutants.mutant import Mutant

Row = tuple[str, str, str]
LOSSES = (
    "binary_cross_entropy|binary_cross_entropy_logits|cross_entropy|hinge|huber|mse|neuron"
    "|softmax_cross_entropy"
)
ROWS: tuple[Row, ...] = (
    # ---- the catalogue -----------------------------------------------------------------------
    ("step", r"^(?!49)\d", "the gradient is zero: any multiple or rearrangement of it is the same"),
    (LOSSES, r"^(8c|16|41) ", "the only cotangent is a scalar, which has one entry and no rows"),
    (
        "hinge|layer_norm|neuron|softmax_cross_entropy", r"^50 ",
        "this gradient has elements wherever the mean over what it is summed over is defined",
    ),
    # ---- rules -------------------------------------------------------------------------------
    (
        r"(?s)step|.*= step\(x\[n\]\)",
        r"of step: (that of (sigmoid|sign|step)|0|negated|doubled|squared|1\.01 times)$",
        "y*(1 - y) is zero where y is 0 or 1, and so is any multiple of the rule, which is zero",
    ),
    # ---- texts -------------------------------------------------------------------------------
    (".*", r"\((\d), (\d.*)\) -> \((\d)", "a sum over several axes does not depend on their order"),
    (".*", r"return .*-> .*\.T[,)]", "an array of rank 0 or 1 is its own transpose"),
)


def proof_of(mutant: Mutant) -> str | None:
    """Why a mutant computes the same; None if it is not known to."""
    for programs, pattern, proof in ROWS:
        if re.fullmatch(programs, mutant.program) and re.search(pattern, mutant.edit):
            return proof
    return None
