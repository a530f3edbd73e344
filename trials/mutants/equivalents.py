"""Mutants that compute the same as the kernel that they were made from, each with its proof.

A row is a pattern of program names, a pattern of edits, and one line that says why the edit
changes no value, shape or dtype that a caller can see.
"""

from __future__ import annotations

import re

from trials.mutants.mutant import Mutant

Row = tuple[str, str, str]
RECURRENT = "rnn|gru|lstm|lstm_peephole"
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
    (
        "conv.*", r"reversed along \w in db$",
        "a sum over all of an axis does not depend on its order",
    ),
    ("elu", r"with a\[n, i\] in place of one z\[n, i\]$", "a > 0 where z > 0, and nowhere else"),
    # ---- texts: order ------------------------------------------------------------------------
    (".*", r"\((\d), (\d.*)\) -> \((\d)", "a sum over several axes does not depend on their order"),
    (
        "(avg|sum|max)pool.*|conv.*|match.*", r"for [pq]: for .* -> for [pq] in reversed",
        "a sum or a maximum over window places does not depend on their order",
    ),
    (
        "gelu", r"blocks, for k: for k in .* -> for k in reversed",
        "every block is computed by itself, so their order changes nothing",
    ),
    (
        "gelu", r"(erf|gelu), if .*: 65536 -> 65537$|blocks, .*: 65536 -> 65535$",
        "every element is computed by itself, so the length of a block changes nothing",
    ),
    (
        "gelu", r"blocks, \(given, out\).*: 1 -> 2$",
        "NumPy takes any negative length for the one that is left over",
    ),
    (
        "gelu", r"erf, end: 3\.92 -> 3\.9592$",
        "beyond 3.92 erf is 1 in float32, and so is what is computed as far as 3.96",
    ),
    (
        "binary_cross_entropy(_logits)?", r"forward, loss: .*\.sum\(axis=1\) -> ",
        "what is no longer summed along one axis is summed along both by the sum that follows",
    ),
    (
        "binary_cross_entropy(_logits)?", r"forward, loss: 1 -> 0$",
        "summed over one axis first or over the other, both are summed over in the end",
    ),
    # ---- texts: rank -------------------------------------------------------------------------
    (
        ".*", r"return .*[ (](loss|mu|var|db\w*|dbeta|dgamma)(, .*| *)\) -> return .*\1\.T[,)]",
        "an array of rank 0 or 1 is its own transpose",
    ),
    (
        "hinge|neuron", r"return .*-> return .*[ (](a|d[zxwb])\.T[,)]",
        "the array has rank 0 or 1 and is its own transpose",
    ),
    ("neuron", r"forward, z: w @ x -> w\.T @ x$", "an array of rank 1 is its own transpose"),
    ("(batch|layer|rms)_norm", r"backward, I: 0 -> -1$", "gamma has one axis, first and last"),
    ("rnn", r"backward, I: 0 -> 1$", "W_hh is square: its second axis is as long as its first"),
    ("step", r"backward, return: .* -> return \(-dz,\)$", "dz is zero, and so is its negative"),
    # ---- texts: rows that are there and not looked at ------------------------------------------
    (
        "(avg|sum)pool2d|conv[12]d", r"forward, x_pad, number [68]: 1 -> 2$",
        "one more row of padding behind the last, which no window reaches",
    ),
    (
        "(avg|sum|max)pool[12]d|conv2d", r"backward, dx_pad(, number 2)?: 2 -> 3$",
        "the padded gradient has one more row at its end, which is cut off with the padding",
    ),
    (
        "conv_transpose2d", r"backward, dy_pad, number [68]: 0 -> 1$",
        "one more row of padding behind the last, which no window reaches",
    ),
    (
        "avgpool2d", r"forward, y_sum: .*q:q \+ 2 \* V:2\] -> .*q:q \+ 2 \* V - 1:2\]$",
        "from q in steps of 2 the V-th place is q + 2V - 2: either end lies just behind it",
    ),
    (
        RECURRENT, r"backward, db\w*: .*\[:T\] -> .*\[:T \+ 1\]",
        "row T of the cotangents stays zero, and is summed with the others",
    ),
    (
        "gru|lstm.*", r"forward, [rzf]: np\.zeros(.*) -> np\.ones\1$",
        "row T is all that the loop does not write, and backward multiplies it by a zero",
    ),
    (
        "gru|lstm.*", r"forward, [rzf]: 1 -> 2$",
        "backward reads the rows up to T, and the one behind it is not looked at",
    ),
    (
        RECURRENT, r"backward, d\w+: 1 -> 2$",
        "the loop and what follows read the rows up to T, and the one behind it is not looked at",
    ),
    (
        "match1d", r"backward, dW_sum: np\.zeros\((.*)\) -> np\.ones\(\1\)$",
        "the loop writes every place of a window before it is read",
    ),
    # ---- texts: the same value ------------------------------------------------------------------
    ("huber", r"forward, loss: .* <= 0\.75 -> .* < 0", "both branches have the same value there"),
    (
        "huber", r"backward, dy: 3 \* np\.sign\(r\) -> 3 / np\.sign\(r\)$",
        "where this branch is taken the sign is 1 or -1, and its own inverse",
    ),
    (
        "conv2d", r"backward, dx: .*\.copy\(\) -> ",
        "a view of an array that nothing else holds: the copy is there for speed alone",
    ),
    (
        "maxpool2d", r"forward, np\.maximum: np\.int8\(3 \* p \+ q\) -> 3 \* p \+ q$",
        "out is an array of int8, which takes the place below 9 as it is",
    ),
    (
        "softplus|.*_logits", r"softplus, return .*: \(u - 1 - e\) / u -> \(u - 1 - e\) \* u$",
        "what is added back is half a rounding, times 1/u or u in [1, 2]: below the stated bound",
    ),
)


def proof_of(mutant: Mutant) -> str | None:
    """Why a mutant computes the same; None if it is not known to."""
    for programs, pattern, proof in ROWS:
        if re.fullmatch(programs, mutant.program) and re.search(pattern, mutant.edit):
            return proof
    return None
