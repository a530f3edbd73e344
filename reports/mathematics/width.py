"""How wide a formula is, estimated, in ems of the surrounding text.

The widths are those of the letters of New Computer Modern, in hundredths of an em; what is small is
drawn a little wider than it is scaled. A style says how small: display, text, script, and script
of a script, as in TeX.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import pairwise

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

DISPLAY, TEXT, SCRIPT, SMALLEST = range(4)
_SCALES = (1.0, 1.0, 0.81, 0.68)


def _widths(table: str) -> Mapping[str, float]:
    return {c: int(value) / 100 for c, value in re.findall(r"(\D)(\d+) ?", table)}


_SLANTED = _widths(
    "a53 b44 c46 d54 e47 f58 g50 h58 i34 j42 k54 l30 m88 n60 o50 p52 q48 r46 s47 t36 u57 v50 w72 "
    "x57 y52 z50 A75 B78 C79 D83 E79 F78 G79 H91 I52 J66 K92 L68 M107 N91 O77 P78 Q79 R78 S67 T73 "
    "U79 V80 W108 X88 Y79 Z75 α64 β60 γ57 δ48 ε47 ζ50 η52 θ48 ι35 κ58 λ58 μ60 ν55 ξ47 π60 ρ53 σ60 "
    "τ54 υ55 φ65 χ63 ψ66 ω63 Γ62 Δ83 Θ78 Λ69 Ξ67 Π75 Σ72 Υ78 Φ72 Ψ78 Ω72"
)
_UPRIGHT = _widths(
    "a51 b56 c44 d56 e44 f38 g51 h56 i28 j31 k54 l28 m84 n56 o50 p56 q56 r39 s39 t39 u56 v54 w73 "
    "x54 y54 z44 A75 B71 C72 D76 E68 F65 G78 H75 I36 J51 K78 L62 M92 N75 O78 P68 Q78 R76 S56 T72 "
    "U75 V76 W104 X75 Y77 Z61"
)
_BOLD = _widths(
    "a58 b64 c51 d64 e53 f46 g59 h64 i32 j35 k62 l32 m96 n64 o57 p64 q63 r47 s45 t45 u64 v61 w83 "
    "x61 y61 z51 A87 B82 C83 D88 E76 F72 G90 H90 I44 J59 K90 L69 M109 N90 O86 P79 Q86 R89 S64 T80 "
    "U88 V87 W119 X87 Y88 Z70"
)
_SIGNS = _widths(
    "∂59 ∞100 ∇83 ∀67 …84 ℝ72 ⊤78 ′31 +78 −78 ⋅28 ×78 ⊙78 ⊘78 ∘41 ±78 =78 ≠78 <78 ≤78 >78 ≥78 ∈67 "
    "→100 ≈77 ∗50 ,28 ;28 :28 /50 .28 ∑144 ∏128"
)
# what a sign of each kind has round it, in display and text; within scripts it has nothing
_ROUND = {"binary": 0.444, "relation": 0.556, "comma": 0.167}
_ANY, _DIGIT, _AFTER_SCRIPT, _THIN, _AFTER_WORD = 0.5, 0.57, 0.056, 0.167, 0.167
_SMALL_SUM = 0.73
_FENCE, _TALL, _TALLEST = {"(": 0.39, ")": 0.39}, 0.66, 0.88
_SIZED = (0.0, 0.46, 0.6, 0.74, 0.8)
_LOW, _FRACTION, _ROOT, _BRACE, _QUAD = 0.28, 0.2, 0.85, 0.57, 1.0


def width(layout: Layout, style: int = DISPLAY) -> float:  # noqa: PLR0911, PLR0912  one line per node
    """Estimate the width of ``layout`` in a style."""
    scale = _SCALES[style]
    match layout:
        case Letter(character):
            return scale * _SLANTED.get(character, _ANY)
        case Bold(text):
            return scale * sum(_BOLD.get(character, _DIGIT) for character in text)
        case Digits(text) | Word(text) | Prose(text):
            return scale * text_width(text)
        case Mark():
            return scale * _mark(layout, style)
        case Row(items):
            return sum(width(item, style) for item in items) + _gaps(items, style)
        case Scripts(base, below, above):
            return width(base, style) + _scripts(below, above, style)
        case Bar(body) | Accent(body, _) | Tinted(body, _):
            return width(body, style)
        case Fraction(above, below):
            inner = min(style + 1, SMALLEST)
            return max(width(above, inner), width(below, inner)) + _FRACTION * scale
        case Root(body):
            return _ROOT * scale + width(body, style)
        case Limits(operator, below):
            if style == DISPLAY:
                return max(width(operator, style), width(below, SCRIPT))
            return width(operator, style) + _scripts(below, None, style)
        case Fenced(left, body, right, size):
            fences = sum(_fence(sign, body, style, size) for sign in (left, right) if sign)
            return fences * scale + width(body, style)
        case Stack(lines):
            return max(width(line, style) for line in lines)
        case Cases(rows):
            columns = zip(*rows, strict=True)
            values, words = (max(width(cell, TEXT) for cell in column) for column in columns)
            return _BRACE + values + _QUAD + words
    raise TypeError(f"{type(layout).__name__} is not a layout: add it to mathematics.width")


def text_width(text: str) -> float:
    """Estimate the width of upright text."""
    return sum(_UPRIGHT.get(c, _SIGNS.get(c, 0.33 if c == " " else _ANY)) for c in text)


def _mark(mark: Mark, style: int) -> float:
    if mark.spacing == "thin":
        return _THIN
    sign = sum(_SIGNS.get(character, _ANY) for character in mark.character)
    if mark.spacing == "large" and style > DISPLAY:
        return sign * _SMALL_SUM
    return sign + (_ROUND.get(mark.spacing, 0.0) if style <= TEXT else 0.0)


def _scripts(below: Layout | None, above: Layout | None, style: int) -> float:
    inner = SCRIPT if style <= TEXT else SMALLEST
    return max(width(s, inner) for s in (below, above) if s is not None) + _AFTER_SCRIPT


def _fence(sign: str, body: Layout, style: int, size: int) -> float:
    if not size and not is_tall(body):
        return _FENCE.get(sign, _LOW)
    tall = _SIZED[size] if size else _TALLEST if style == DISPLAY and _has_sum(body) else _TALL
    return tall if sign in _FENCE else 0.7 * tall


def _has_sum(body: Layout) -> bool:
    return any(
        isinstance(item, Limits) for item in (body.items if isinstance(body, Row) else (body,))
    )


def _gaps(items: tuple[Layout, ...], style: int) -> float:
    """The space after functions whose arguments follow without brackets, and after sums."""
    if style > TEXT:
        return 0.0
    return sum(
        _AFTER_WORD
        for item, after in pairwise(items)
        if isinstance(item, (Word, Limits)) and not isinstance(after, (Fenced, Mark))
    )
