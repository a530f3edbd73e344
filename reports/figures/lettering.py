"""Formulas as outlines of letters, so that a drawing looks the same wherever it is shown.

The letters are those of Computer Modern, which matplotlib brings along. A drawing with text in
it would take whatever font its reader has, or none.

Of the layout tree, what names, indices and short words need is set; anything taller than a
script is not for the label of a node, and raises.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, singledispatch
from pathlib import Path

from reports.mathematics.layout import (
    Accent,
    Bar,
    Bold,
    Digits,
    Fenced,
    Layout,
    Letter,
    Mark,
    Prose,
    Row,
    Scripts,
    Tinted,
    Word,
)

SCRIPT, FROM_BASE = 0.72, 0.02  # of a script: its size, and what is left before it
BELOW, ABOVE, ABOVE_ALONE = 0.17, 0.45, 0.38  # how far a script is moved
BAR_GAP, BAR_WEIGHT, BAR_INSET = 0.10, 0.045, 0.06
LOW_LETTERS = frozenset("acegmnopqrsuvwxyzαγεηικμνπρστυφχω")
X_HEIGHT, CAPITAL_HEIGHT, DEPTH = 0.44, 0.70, 0.21
SPACES = {"binary": 0.16, "relation": 0.24, "comma": 0.0, "prefix": 0.0, "plain": 0.0, "thin": 0.15}
AFTER_COMMA = 0.10

ITALIC, ROMAN, SIGNS, BOLD, OTHER = "cmmi10", "cmr10", "cmsy10", "cmb10", "DejaVuSans"
# Where the fonts have the characters that are no ASCII.
_GREEK = dict(
    zip("αβγδζηθικλμνξπρστυχψ", map(chr, (
        0xAE, 0xAF, 0xB0, 0xB1, 0xB3, 0xB4, 0xB5, 0xB6, 0x2219, 0xB8, 0xB9, 0xBA, 0xBB, 0xBC,
        0xBD, 0xBE, 0xBF, 0xC0, 0xC2, 0xC3,
    )), strict=True)
) | {"ε": "\x22", "φ": "\x27", "ω": "\x21"}  # fmt: skip
_CAPITALS = dict(zip("ΓΔΘΛΞΠΣΥΦΨΩ", map(chr, (*range(0xA1, 0xAB), 0xAD)), strict=True))
_MARKS = {
    "−": (SIGNS, "\xa1"), "⋅": (SIGNS, "\xa2"), "×": (SIGNS, "\xa3"), "|": (SIGNS, "j"),
    "⌊": (SIGNS, "b"), "⌋": (SIGNS, "c"), "≤": (SIGNS, "\u2219"), "≥": (SIGNS, "\xb8"),
    "∞": (SIGNS, "1"), "→": (SIGNS, "!"), "⊙": (SIGNS, "\xaf"), "∂": (ITALIC, "@"),
    ",": (ITALIC, ";"), "/": (ITALIC, "="), "<": (ITALIC, "<"), ">": (ITALIC, ">"),
    "⊤": (SIGNS, ">"), "∈": (SIGNS, "2"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Glyph:
    """An outline: the font, the character in it, and where it stands, in ems."""

    font: str
    character: str
    x: float
    y: float
    size: float = 1.0


@dataclass(frozen=True, slots=True)
class Rule:
    """A filled bar: its left end, its lower edge, its length and its height, in ems."""

    x: float
    y: float
    length: float
    height: float


Piece = Glyph | Rule


@dataclass(frozen=True, slots=True)
class Setting:
    """A formula set in ems: the width, how far it reaches up, and its pieces; y goes up."""

    width: float
    height: float
    pieces: tuple[Piece, ...]


@lru_cache(maxsize=1024)
def lettered(layout: Layout) -> Setting:
    """Set a formula.

    Raises:
        TypeError: for a node that no label of a drawing has.
    """
    return _set(layout)


def outline(font: str, character: str) -> str:
    """Give the outline of a character as the path of an SVG, in thousandths of an em."""
    return _shape(font, character)[1]


@lru_cache(maxsize=1024)
def _shape(font: str, character: str) -> tuple[float, str]:
    """The advance in ems and the outline of one character."""
    from matplotlib import get_data_path  # noqa: PLC0415  heavy
    from matplotlib.font_manager import get_font  # noqa: PLC0415
    from matplotlib.textpath import text_to_path  # noqa: PLC0415

    face = get_font(str(Path(get_data_path(), "fonts", "ttf", f"{font}.ttf")))
    scale = text_to_path.FONT_SCALE
    face.set_size(scale, text_to_path.DPI)
    # the letter after it begins where it ends
    placed, shapes, _ = text_to_path.get_glyphs_with_font(face, character + "l")
    vertices, codes = shapes[placed[0][0]]
    return float(placed[1][1]) / scale, _path((vertices * (1000 / scale)).tolist(), codes.tolist())


_COMMANDS = {1: ("m", 1), 2: ("l", 1), 3: ("q", 2), 4: ("c", 3), 79: ("z", 0)}


def _path(vertices: Sequence[Sequence[float]], codes: Sequence[int]) -> str:
    """The outline as the commands of an SVG path, each from where the last one ended."""
    shown, at, pen, begun = "", 0, (0, 0), (0, 0)
    while at < len(codes):
        command, count = _COMMANDS[int(codes[at])]
        points = [(round(x), round(-y)) for x, y in vertices[at : at + count]]
        numbers = [str(n) for x, y in points for n in (x - pen[0], y - pen[1])]
        shown += command + " ".join(numbers).replace(" -", "-")
        pen = points[-1] if points else begun
        begun = pen if command == "m" else begun
        at += max(count, 1)
    return shown


def _glyphs(font: str, characters: str) -> Setting:
    x, pieces = 0.0, []
    for character in characters:
        pieces.append(Glyph(font, character, x, 0.0))
        x += _shape(font, character)[0]
    return Setting(x, CAPITAL_HEIGHT, tuple(pieces))


def _upright(text: str) -> Setting:
    """Words: what Computer Modern has no letter for is of another font."""
    settings = []
    for character in text:
        if character == " ":
            settings.append(Setting(0.30, 0.0, ()))
        elif character.isascii() and character.isprintable() and character not in '_"<>\\^{|}~':
            settings.append(_glyphs(ROMAN, character))
        elif character in _MARKS:
            settings.append(_glyphs(*_MARKS[character]))
        else:
            settings.append(_glyphs(OTHER, character if character.isprintable() else "?"))
    return _beside(settings)


def _beside(settings: list[Setting]) -> Setting:
    x, height, pieces = 0.0, 0.0, []
    for setting in settings:
        pieces += [replace(piece, x=piece.x + x) for piece in setting.pieces]
        x, height = x + setting.width, max(height, setting.height)
    return Setting(x, height, tuple(pieces))


def _moved(setting: Setting, x: float, y: float, size: float) -> tuple[Piece, ...]:
    return tuple(_scaled(piece, x, y, size) for piece in setting.pieces)


def _scaled(piece: Piece, x: float, y: float, size: float) -> Piece:
    left, low = x + piece.x * size, y + piece.y * size
    if isinstance(piece, Glyph):
        return replace(piece, x=left, y=low, size=piece.size * size)
    return Rule(left, low, piece.length * size, piece.height * size)


@singledispatch
def _set(layout: object) -> Setting:
    raise TypeError(f"{type(layout).__name__} stands in no label: add a rule to figures.lettering")


@_set.register
def _(layout: Letter) -> Setting:
    character = layout.character
    if character in _CAPITALS:
        return _glyphs(ROMAN, _CAPITALS[character])
    if not (character in _GREEK or (character.isascii() and character.isalpha())):
        return _upright(character)
    found = _glyphs(ITALIC, _GREEK.get(character, character))
    return replace(found, height=X_HEIGHT) if character in LOW_LETTERS else found


@_set.register
def _(layout: Word) -> Setting:
    found = _upright(layout.text)
    return replace(found, height=X_HEIGHT) if set(layout.text) <= LOW_LETTERS else found


@_set.register
def _(layout: Digits) -> Setting:
    return _upright(layout.text)


@_set.register
def _(layout: Prose) -> Setting:
    return _upright(layout.text)


@_set.register
def _(layout: Bold) -> Setting:
    return _glyphs(BOLD, layout.text)


@_set.register
def _(layout: Tinted) -> Setting:
    return _set(layout.body)


@_set.register
def _(layout: Mark) -> Setting:
    gap = Setting(SPACES[layout.spacing], 0.0, ())
    if not layout.character:
        return gap
    if set(layout.character) == {"′"}:
        primes = _glyphs(SIGNS, "0" * len(layout.character))
        return Setting(primes.width * SCRIPT, 0.8, _moved(primes, 0.02, 0.36, SCRIPT))
    if layout.character in _MARKS:
        sign = _beside([_glyphs(*_MARKS[layout.character])])
    else:
        sign = _upright(layout.character)
    after = Setting(AFTER_COMMA, 0.0, ()) if layout.spacing == "comma" else gap
    return _beside([gap, sign, after])


@_set.register
def _(layout: Row) -> Setting:
    return _beside([_set(item) for item in layout.items])


@_set.register
def _(layout: Fenced) -> Setting:
    fences = (_set(Mark(sign)) for sign in (layout.left, layout.right))
    left, right = fences
    return _beside([left, _set(layout.body), right])


@_set.register
def _(layout: Scripts) -> Setting:
    base = _set(layout.base)
    pieces, width, height = base.pieces, base.width, base.height
    x = base.width + FROM_BASE
    if layout.below is not None:
        below = _set(layout.below)
        pieces += _moved(below, x, -BELOW, SCRIPT)
        width = x + below.width * SCRIPT
    if layout.above is not None:
        above = _set(layout.above)
        rise = max(ABOVE if layout.below is not None else ABOVE_ALONE, base.height - 0.30)
        pieces += _moved(above, x, rise, SCRIPT)
        width = max(width, x + above.width * SCRIPT)
        height = max(height, rise + above.height * SCRIPT)
    return Setting(width, height, pieces)


@_set.register
def _(layout: Bar) -> Setting:
    body = _set(layout.body)
    if isinstance(layout.body, Scripts):
        nucleus = _set(layout.body.base)
        barred = _set(Bar(layout.body.base))
        return replace(body, height=max(body.height, barred.height),
                       pieces=body.pieces + barred.pieces[len(nucleus.pieces) :])  # fmt: skip
    low = body.height + BAR_GAP
    lean = 0.05 if isinstance(layout.body, (Letter, Bar)) else 0.0
    rule = Rule(BAR_INSET + lean, low, max(body.width - 2 * BAR_INSET, 0.2), BAR_WEIGHT)
    return Setting(body.width, low + BAR_WEIGHT, (*body.pieces, rule))


@_set.register
def _(layout: Accent) -> Setting:
    body = _set(layout.body)
    accent = _glyphs(ROMAN, "^" if layout.kind == "hat" else "~")
    x = (body.width - accent.width) / 2 + (0.05 if isinstance(layout.body, Letter) else 0.0)
    rise = body.height - X_HEIGHT
    return Setting(body.width, body.height + 0.25, body.pieces + _moved(accent, x, rise, 1.0))
