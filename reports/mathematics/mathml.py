"""Layout as MathML Core, built by an escaping builder.

The bar over a cotangent is a stretchy sign over the letter, not an accent: Chromium draws an accent
into the letter, so that the cotangent of Z would read as Z.
"""

from __future__ import annotations

from functools import singledispatch
from html import escape

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

# spaces before and after each kind of sign, where MathML's own would differ between browsers
_SPACES = {
    "binary": ("0.22em", "0.22em"),
    "relation": ("0.28em", "0.28em"),
    "comma": ("0", "0.1em"),
    "prefix": ("0", "0"),
    "plain": ("0", "0"),
    "large": ("0", "0.15em"),
}
_THIN = '<mspace width="0.16em"/>'
SIZES = {1: "1.2em", 2: "1.8em", 3: "2.4em", 4: "3em"}
_ACCENTS = {"hat": "ˆ", "tilde": "˜"}


def mathml(layout: Layout, *, display: bool = False) -> str:
    """Print a layout as one ``<math>`` element, in display or in text size."""
    style = ' displaystyle="true"' if display else ""
    return f"<math{style}>{_inside(layout)}</math>"


@singledispatch
def _print(layout: object) -> str:
    raise TypeError(f"{type(layout).__name__} is not a layout: add a rule to mathematics.mathml")


@_print.register
def _(layout: Letter) -> str:
    return f"<mi>{escape(layout.character)}</mi>"


@_print.register
def _(layout: Word) -> str:
    return f'<mi mathvariant="normal">{escape(layout.text)}</mi>'


@_print.register
def _(layout: Digits) -> str:
    return f"<mn>{escape(layout.text)}</mn>"


@_print.register
def _(layout: Mark) -> str:
    if layout.spacing == "thin":
        return _THIN
    before, after = _SPACES[layout.spacing]
    large = ' largeop="true" movablelimits="false"' if layout.spacing == "large" else ""
    form = "prefix" if layout.spacing == "prefix" else "infix"
    return (
        f'<mo form="{form}" lspace="{before}" rspace="{after}" stretchy="false"{large}>'
        f"{escape(layout.character)}</mo>"
    )


@_print.register
def _(layout: Row) -> str:
    return f"<mrow>{_items(layout)}</mrow>"


def _items(layout: Row) -> str:
    return "".join(
        _print(item) + (_THIN if _needs_gap(item, after) else "")
        for item, after in zip(layout.items, (*layout.items[1:], None), strict=True)
    )


def _inside(layout: Layout) -> str:
    """What stands in an element that makes a row of what it holds."""
    return _items(layout) if isinstance(layout, Row) else _print(layout)


def _needs_gap(item: Layout, after: Layout | None) -> bool:
    """Whether ``item`` is a function whose argument follows without brackets."""
    return isinstance(item, Word) and not isinstance(after, (Fenced, Mark, type(None)))


@_print.register
def _(layout: Scripts) -> str:
    base = _print(layout.base)
    below = "" if layout.below is None else _print(layout.below)
    above = "" if layout.above is None else _print(layout.above)
    if below and above:
        return f"<msubsup>{base}{below}{above}</msubsup>"
    return f"<msub>{base}{below}</msub>" if below else f"<msup>{base}{above}</msup>"


@_print.register
def _(layout: Bar) -> str:
    return f'<mover>{_print(layout.body)}<mo stretchy="true">‾</mo></mover>'


@_print.register
def _(layout: Accent) -> str:
    sign = _ACCENTS[layout.kind]
    return f'<mover>{_print(layout.body)}<mo stretchy="false">{sign}</mo></mover>'


@_print.register
def _(layout: Bold) -> str:
    return f"<mi>{''.join(map(bold, layout.text))}</mi>"


@_print.register
def _(layout: Tinted) -> str:
    return f'<mrow class="index{layout.colour}">{_inside(layout.body)}</mrow>'


@_print.register
def _(layout: Fraction) -> str:
    return f"<mfrac>{_print(layout.above)}{_print(layout.below)}</mfrac>"


@_print.register
def _(layout: Root) -> str:
    return f"<msqrt>{_inside(layout.body)}</msqrt>"


@_print.register
def _(layout: Limits) -> str:
    return f"<munder>{_print(layout.operator)}{_print(layout.below)}</munder>"


@_print.register
def _(layout: Fenced) -> str:
    grows = "true" if layout.size or is_tall(layout.body) else "false"
    size = SIZES.get(layout.size)
    fixed = f' minsize="{size}" maxsize="{size}"' if size else ""
    body = _inside(layout.body)
    left, right = (
        f'<mo form="{form}" stretchy="{grows}"{fixed} lspace="0" rspace="0">{sign}</mo>'
        if sign
        else ""
        for form, sign in (("prefix", layout.left), ("postfix", layout.right))
    )
    return f"<mrow>{left}{body}{right}</mrow>"


@_print.register
def _(layout: Stack) -> str:
    rows = "".join(f"<mtr><mtd>{_inside(line)}</mtd></mtr>" for line in layout.lines)
    return f'<mtable class="stack" displaystyle="false">{rows}</mtable>'


@_print.register
def _(layout: Cases) -> str:
    rows = "".join(
        f"<mtr><mtd>{_inside(value)}</mtd><mtd>{_inside(words)}</mtd></mtr>"
        for value, words in layout.rows
    )
    return (
        '<mrow><mo form="prefix" stretchy="true">{</mo>'
        f'<mtable class="cases">{rows}</mtable></mrow>'
    )


@_print.register
def _(layout: Prose) -> str:
    return f"<mtext>{escape(layout.text).replace(' ', '&#160;')}</mtext>"


# where the bold upright letters of each alphabet start, as MathML has no other way to say bold
_BOLD = (("A", "Z", 0x1D400), ("a", "z", 0x1D41A), ("0", "9", 0x1D7CE), ("Α", "Ω", 0x1D6A8),
         ("α", "ω", 0x1D6C2))  # fmt: skip


def bold(character: str) -> str:
    """Give the bold upright form of a letter or digit; others stay as they are."""
    for first, last, start in _BOLD:
        if first <= character <= last:
            return chr(start + ord(character) - ord(first))
    return escape(character)
