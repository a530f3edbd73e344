"""Layout as words, for those who have a formula read to them where there is no MathML."""

from __future__ import annotations

from functools import singledispatch

from reports.mathematics.layout import (
    Accent,
    Bar,
    Bold,
    Cases,
    Digits,
    Fenced,
    Fraction,
    Layout,
    Letter,
    Limits,
    Mark,
    Prose,
    Root,
    Row,
    Scripts,
    Stack,
    Tinted,
    Word,
)
from reports.mathematics.names import GREEK

_LETTERS = {character: name for name, character in GREEK.items()}
_MARKS = {
    "": "", "+": "plus", "−": "minus", "⋅": "times", "×": "by", "/": "over", "=": "equals",
    "≠": "is not", "<": "is less than", "≤": "is at most", ">": "is greater than",
    "≥": "is at least", "∈": "in", "→": "to", "≈": "is about", "⊙": "times entry by entry",
    "⊘": "over entry by entry",
    "∘": "after", "±": "plus or minus", "⊤": "transposed", "∂": "partial", "∇": "gradient of",
    "∀": "for all", "ℝ": "the reals", "∑": "sum", "∏": "product", "…": "and so on",
    "′": "prime", "′′": "two primes", "′′′": "three primes", "∗": "star",
}  # fmt: skip
_OPENING = {
    "": "", "(": "open bracket", "[": "open square bracket", "|": "size of", "⌊": "floor of",
    "⌈": "ceiling of", "‖": "norm of", "{": "open brace",
}  # fmt: skip
_CLOSING = {
    "": "", ")": "close bracket", "]": "close square bracket", "|": "end", "⌋": "end",
    "⌉": "end", "‖": "end", "}": "close brace",
}  # fmt: skip


def _joined(*parts: str) -> str:
    return " ".join(filter(None, parts)).replace(" ,", ",")


@singledispatch
def spoken(layout: object) -> str:
    """Say a layout in words."""
    raise TypeError(f"{type(layout).__name__} is not a layout: add a rule to mathematics.spoken")


@spoken.register
def _(layout: Letter) -> str:
    return _LETTERS.get(layout.character, layout.character)


@spoken.register
def _(layout: Bold) -> str:
    return f"bold {_LETTERS.get(layout.text, layout.text)}"


@spoken.register
def _(layout: Word) -> str:
    return layout.text


@spoken.register
def _(layout: Prose) -> str:
    return layout.text.strip()


@spoken.register
def _(layout: Digits) -> str:
    return "infinity" if layout.text == "∞" else layout.text


@spoken.register
def _(layout: Mark) -> str:
    return _MARKS.get(layout.character, layout.character)


@spoken.register
def _(layout: Row) -> str:
    return _joined(*map(spoken, layout.items))


@spoken.register
def _(layout: Tinted) -> str:
    return spoken(layout.body)


@spoken.register
def _(layout: Bar) -> str:
    return _joined(spoken(layout.body), "bar")


@spoken.register
def _(layout: Accent) -> str:
    return _joined(spoken(layout.body), layout.kind)


@spoken.register
def _(layout: Scripts) -> str:
    below = "" if layout.below is None else f"sub {spoken(layout.below)}"
    return _joined(spoken(layout.base), below, _above(layout.above))


def _above(above: Layout | None) -> str:
    match above:
        case None:
            return ""
        case Digits("2"):
            return "squared"
        case Mark():
            return spoken(above)
    return f"to the {spoken(above)}"


@spoken.register
def _(layout: Fraction) -> str:
    return _joined("fraction", spoken(layout.above), "over", spoken(layout.below), "end fraction")


@spoken.register
def _(layout: Root) -> str:
    return _joined("root of", spoken(layout.body), "end root")


@spoken.register
def _(layout: Limits) -> str:
    return _joined(spoken(layout.operator), "over", spoken(layout.below), "of")


@spoken.register
def _(layout: Fenced) -> str:
    return _joined(_OPENING[layout.left], spoken(layout.body), _CLOSING[layout.right])


@spoken.register
def _(layout: Stack) -> str:
    return ", where ".join(map(spoken, layout.lines))


@spoken.register
def _(layout: Cases) -> str:
    rows = "; ".join(_joined(spoken(value), spoken(words)) for value, words in layout.rows)
    return f"cases: {rows}; end cases"
