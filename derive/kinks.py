"""What holds where something has no derivative: the one table of it.

A row names a construct of the language and the place where its derivative jumps or is missing.
Equations, LaTeX, emitted code, the interpreter, reports and docs take their words from here, or
are pinned to it by tests.

    kind        at the place                              the convention
    kink        the slopes of both sides differ           an element of the Clarke subdifferential
    tie         several members are the largest           the same
    jump        the value jumps                           derivative 0, as almost everywhere: no
                                                          subdifferential holds it
    singular    the derivative is infinite or undefined   no convention: infinity, or NaN
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

# A value of whatever number type a rule is used with.
Number = Any
KINK, TIE, JUMP, SINGULAR = "kink", "tie", "jump", "singular"


@dataclass(frozen=True, slots=True)
class Convention:
    """What holds at a place without a derivative.

    Attributes:
        construct: the function, reduction or other construct, as in ``max[...]``.
        kind: ``kink``, ``tie``, ``jump`` or ``singular``.
        place: where, in a formula of the language and a few words.
        words: the convention as a line of text, the same everywhere.
        boundary: for a function, what of its arguments changes its sign there.
        value: for a function, its value there.
        slopes: for a function, the derivative by each argument there.
    """

    construct: str
    kind: str
    place: str
    words: str
    boundary: Callable[..., Number] | None = None
    value: Callable[..., Number] | None = None
    slopes: Callable[..., tuple[Number, ...]] | None = None

    @property
    def in_clarke(self) -> str:
        """Whether the convention is an element of the Clarke subdifferential, in a few words."""
        return _IN_CLARKE.get(self.construct, _IN_CLARKE[self.kind])


_IN_CLARKE: Mapping[str, str] = {
    KINK: "yes",
    TIE: "yes",
    JUMP: "no: there is none at a jump; 0 as almost everywhere",
    SINGULAR: "no: there is none",
    "if": "yes, where the pieces meet and c is no equality",
}


def _function(  # noqa: PLR0913  a row of the table, most of it with defaults
    name: str,
    kind: str,
    place: str,
    words: str,
    *,
    boundary: Callable[..., Number] = lambda z, *_: z,
    value: Callable[..., Number] = lambda *_: 0,
    slopes: Callable[..., tuple[Number, ...]] = lambda *_: (0,),
) -> Convention:
    return Convention(name, kind, place, words, boundary, value, slopes)


def _halves(*_: Number) -> tuple[float, float]:
    return (0.5, 0.5)


TABLE: tuple[Convention, ...] = (
    _function("relu", KINK, "`relu(z)` at z = 0", "relu'(0) = 0"),
    _function("abs", KINK, "`abs(z)` at z = 0", "abs'(0) = 0"),
    _function(
        "leaky_relu", KINK, "`leaky_relu(z, a)` at z = 0", "leaky_relu'(0, a) = a",
        slopes=lambda z, a: (a, 0),
    ),
    _function("elu", KINK, "`elu(z, a)` at z = 0", "elu'(0, a) = a", slopes=lambda z, a: (a, 0)),
    _function(
        "max", TIE, "`max(a, b)` at a = b", "max(a, b): half each where a = b",
        boundary=lambda a, b: a - b, value=lambda a, b: a, slopes=_halves,
    ),
    _function(
        "min", TIE, "`min(a, b)` at a = b", "min(a, b): half each where a = b",
        boundary=lambda a, b: a - b, value=lambda a, b: a, slopes=_halves,
    ),
    Convention(
        "max[...]", TIE, "`max[i](e)`, pooling too, at a tie",
        "max[...]: the first of the ties in row-major order",
    ),
    Convention(
        "min[...]", TIE, "`min[i](e)`, pooling too, at a tie",
        "min[...]: the first of the ties in row-major order",
    ),
    Convention(
        "if", KINK, "`a if c else b` where c changes", "a if c else b: the branch that is taken"
    ),
    _function("sign", JUMP, "`sign(z)` at z = 0", "sign(0) = 0, sign'(z) = 0"),
    _function("step", JUMP, "`step(z)` at z = 0", "step(0) = 0, step'(z) = 0"),
    Convention("[condition]", JUMP, "`[c]` where c changes", "[condition]: derivative 0"),
    Convention("argmax[...]", JUMP, "`argmax[i](e)`", "argmax[...]: the first, derivative 0"),
    Convention("argmin[...]", JUMP, "`argmin[i](e)`", "argmin[...]: the first, derivative 0"),
    Convention("//", JUMP, "`//` and `%` of indices", "floor and remainder: derivative 0"),
    _function(
        "log", SINGULAR, "`log(z)` at z = 0", "log(0) = -inf, log'(0) = inf",
        value=lambda z: -float("inf"), slopes=lambda z: (float("inf"),),
    ),
    _function(
        "sqrt", SINGULAR, "`sqrt(z)` at z = 0", "sqrt(0) = 0, sqrt'(0) = inf",
        slopes=lambda z: (float("inf"),),
    ),
    Convention("/", SINGULAR, "`a/b` at b = 0", "a/0: neither a value nor a derivative"),
    Convention(
        "^", SINGULAR, "`z^p` at z = 0 for p < 1 that is not 0, or not constant",
        "0^p for p < 1: the derivative is infinite or undefined",
    ),
    Convention(
        "logsumexp[...]", SINGULAR, "`logsumexp[i](e)` where every e is -inf",
        "logsumexp[...] of -inf alone: value -inf, no derivative",
    ),
)  # fmt: skip

CONVENTIONS: Mapping[str, Convention] = {row.construct: row for row in TABLE}
# The functions whose derivative jumps, with what changes its sign there.
BOUNDARIES: Mapping[str, Callable[..., Number]] = {
    row.construct: row.boundary
    for row in TABLE
    if row.boundary is not None and row.kind != SINGULAR
}
