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
    (
        "step",
        r"^(2|4|6|7|8[abc]|10[ab]|13|14|16|17|18|26|28|34|41|42|43[ab]|44|45[ab]|48|21) ",
        "the gradient is zero: any multiple or rearrangement of it is the same",
    ),
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
    # ---- equations ---------------------------------------------------------------------------
    (".*", r" with the value of exp in place of its derivative at ", "exp is its own derivative"),
    # ---- texts -------------------------------------------------------------------------------
    (".*", r"\((\d), (\d.*)\) -> \((\d)", "a sum over several axes does not depend on their order"),
    (
        ".*", r"return .*-> .*[ (](loss|mu|var|db\w*|dbeta|dgamma)\.T[,)]",
        "an array of rank 0 or 1 is its own transpose",
    ),
    ("hinge|neuron", r"return .*-> .*[ (]d[zxwb]\.T[,)]", "the array has rank 0 or 1"),
    (
        "(avg|sum|max)pool.*|conv.*|match.*", r"for [pq]: for .* -> for [pq] in reversed",
        "a sum or a maximum over window places does not depend on their order",
    ),
    (
        "(avg|sum)pool.*", r"backward, dx_pad: 2 -> 3",
        "the padded gradient has one more row at its end, which is cut off with the padding",
    ),
    (
        "binary_cross_entropy(_logits)?", r"forward, loss: .*\.sum\(axis=1\) -> ",
        "what is no longer summed along one axis is summed along both by the sum that follows",
    ),
    (
        "binary_cross_entropy(_logits)?", r"forward, loss: 1 -> 0$",
        "summed over one axis first or over the other, both are summed over in the end",
    ),
    (
        "gru|lstm.*", r"backward, db\w*: .*\[:T\] -> .*\[:T \+ 1\]",
        "row T of the cotangents stays zero, and is summed with the others",
    ),
    ("huber", r"forward, loss: .* <= 0\.75 -> .* < 0", "both branches have the same value there"),
    ("neuron", r"forward, z: w @ x -> w\.T @ x$", "an array of rank 1 is its own transpose"),
    ("rnn", r"backward, I: 0 -> 1$", "W_hh is square: its second axis is as long as its first"),
)


def proof_of(mutant: Mutant) -> str | None:
    """Why a mutant computes the same; None if it is not known to."""
    for programs, pattern, proof in ROWS:
        if re.fullmatch(programs, mutant.program) and re.search(pattern, mutant.edit):
            return proof
    return None
