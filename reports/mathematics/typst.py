r"""Layout as Typst mathematics, for a page that defines the functions of ``PRELUDE``.

Signs are written as Unicode characters, not by name: names change between versions of Typst. Only
characters of the tables below, single letters, digits and escaped string literals come out, so no
name or text of a program can become markup.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
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
    is_tall,
)

# what a page with these formulas has to define first
PRELUDE = """\
#let tint1(body) = text(fill: rgb("{1}"), body)
#let tint2(body) = text(fill: rgb("{2}"), body)
#let tint3(body) = text(fill: rgb("{3}"), body)
#set math.cases(gap: .6em)
"""

# signs that Typst spaces as their kind asks, so that nothing has to be said
_NATURAL = {"binary": "+−⋅×⊙⊘∘±", "relation": "=≠<≤>≥∈→≈", "large": "∑∏", "plain": "∂∇∀…ℝ⊤"}
_CLASSES = {"binary": "binary", "relation": "relation", "large": "large"}
_CLASSES |= {"comma": "punctuation", "prefix": "normal", "plain": "normal"}
# characters that Typst reads as syntax within a formula, and is told to print
_SYNTAX = frozenset(",;:/()[]{}|⌊⌋⌈⌉‖_^&#'\"\\$*")
SIZES = {1: "1.2em", 2: "1.8em", 3: "2.4em", 4: "3em"}
_ACCENTS = {"hat": "\u0302", "tilde": "\u0303"}
_BAR = "\u0304"
_GREEK = frozenset("αβγδεζηθικλμνξπρστυφχψωΓΔΘΛΞΠΣΥΦΨΩ")
_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?|∞")


def prelude(colours: Mapping[int, str]) -> str:
    """Give the definitions that the formulas use, with the three ``colours`` of the report."""
    text = PRELUDE
    for number, colour in colours.items():
        text = text.replace(f"{{{number}}}", colour)
    return text


def literal(text: str) -> str:
    """Write free text as a string of Typst; control characters become spaces."""
    return string("".join(c if c.isprintable() else " " for c in text))


def string(text: str) -> str:
    """Write text as a string of Typst with all its characters."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _is_bare(character: str) -> bool:
    """Whether a character stands for itself within a formula."""
    return (character.isascii() and character.isalnum()) or character in _GREEK


@singledispatch
def typst(layout: object) -> str:
    """Print a layout as Typst mathematics."""
    raise TypeError(f"{type(layout).__name__} is not a layout: add a rule to mathematics.typst")


@typst.register
def _(layout: Letter) -> str:
    return layout.character if _is_bare(layout.character) else literal(layout.character)


@typst.register
def _(layout: Bold) -> str:
    return f"bold({_upright(layout.text)})"


@typst.register
def _(layout: Word) -> str:
    return _upright(layout.text)


def _upright(text: str) -> str:
    # a string would be set with spaces round it, as words between formulas are
    shown = " ".join(text) if all(map(_is_bare, text)) else literal(text)
    return f"upright({shown})"


@typst.register
def _(layout: Digits) -> str:
    return layout.text if _NUMBER.fullmatch(layout.text) else literal(layout.text)


@typst.register
def _(layout: Mark) -> str:
    if layout.spacing == "thin":
        return "thin"
    if set(layout.character) == {"′"}:
        return "'" * len(layout.character)
    sign = "".join(f"\\{c}" if c in _SYNTAX else c for c in layout.character)
    if layout.character in _NATURAL.get(layout.spacing, ""):
        return sign
    return f'class("{_CLASSES[layout.spacing]}", {sign})'


@typst.register
def _(layout: Row) -> str:
    # a sign between two terms, at the start of a line that goes on, is one still
    first = layout.items[0] if layout.items else None
    text = '""' if isinstance(first, Mark) and first.spacing == "binary" else ""
    before: Layout | None = None
    for item, after in zip(layout.items, (*layout.items[1:], None), strict=True):
        printed = typst(item)
        if isinstance(item, Word) and after is not None:
            printed = f"op({literal(item.text)})"
        text += printed if not text or _sticks(before, item) else f" {printed}"
        before = item
    return text


def _sticks(before: Layout | None, item: Layout) -> bool:
    """Whether a space between the two would show, or take a prime off its letter."""
    is_prime = isinstance(item, Mark) and set(item.character) == {"′"}
    return is_prime or isinstance(item, Prose) or isinstance(before, Prose)


@typst.register
def _(layout: Scripts) -> str:
    below = "" if layout.below is None else f", b: {typst(layout.below)}"
    above = "" if layout.above is None else f", t: {typst(layout.above)}"
    if isinstance(layout.base, Fenced) and _is_low(layout.base) and layout.base.right:
        # as in TeX: at the bracket, which is lower than what it may enclose
        left, body, right = _low_fence(layout.base)
        return f"{left} {body} attach({right}{below}{above})".strip()
    return f"attach({typst(layout.base)}{below}{above})"


@typst.register
def _(layout: Bar) -> str:
    return _over(layout.body, _BAR, "overline")


@typst.register
def _(layout: Accent) -> str:
    return f'accent({typst(layout.body)}, "{_ACCENTS[layout.kind]}")'


def _over(body: Layout, accent: str, line: str) -> str:
    if isinstance(body, Letter) or (isinstance(body, Bold) and len(body.text) == 1):
        return f'accent({typst(body)}, "{accent}")'
    return f"{line}({typst(body)})"


@typst.register
def _(layout: Tinted) -> str:
    return f"tint{layout.colour}({typst(layout.body)})"


@typst.register
def _(layout: Fraction) -> str:
    return f"frac({typst(layout.above)}, {typst(layout.below)})"


@typst.register
def _(layout: Root) -> str:
    return f"sqrt({typst(layout.body)})"


@typst.register
def _(layout: Limits) -> str:
    operator = layout.operator
    name = f"op({literal(operator.text)}, limits: #true)" if isinstance(operator, Word) else ""
    return f"attach({name or typst(operator)}, b: {typst(layout.below)})"


@typst.register
def _(layout: Fenced) -> str:
    if layout.size:
        inner = (_fence(layout.left), typst(layout.body), _fence(layout.right))
        return f"lr(size: #{SIZES[layout.size]}, {' '.join(filter(None, inner))})"
    if is_tall(layout.body):
        inner = (_fence(layout.left), typst(layout.body), _fence(layout.right))
        return f"lr({' '.join(filter(None, inner))})"
    return " ".join(filter(None, _low_fence(layout)))


def _is_low(fenced: Fenced) -> bool:
    return not fenced.size and not is_tall(fenced)


def _low_fence(layout: Fenced) -> tuple[str, str, str]:
    """Fences that do not grow, as they are escaped, and what is between them."""
    return _low(layout.left, "opening"), typst(layout.body), _low(layout.right, "closing")


def _fence(sign: str) -> str:
    return f"\\{sign}" if sign in _SYNTAX else sign


def _low(sign: str, side: str) -> str:
    return f'class("{side}", {_fence(sign)})' if sign else ""


@typst.register
def _(layout: Stack) -> str:
    lines = ", ".join(f"script({typst(line)})" for line in layout.lines)
    return f"vec(delim: #none, gap: #.2em, {lines})"


@typst.register
def _(layout: Cases) -> str:
    # a case is of the size of text, in a fraction too
    rows = ", ".join(
        f"inline({typst(value)}) &quad inline({typst(words)})" for value, words in layout.rows
    )
    return f"cases({rows})"


@typst.register
def _(layout: Prose) -> str:
    return literal(layout.text)
