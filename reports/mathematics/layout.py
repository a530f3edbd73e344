r"""The layout tree: what a formula looks like, before it is said in any printer's language.

node        looks like
Letter      x, γ                    one slanted letter
Word        tanh, loss              upright letters
Digits      3, 0.5                  a number
Mark        + = , | …               a sign; ``spacing`` says what kind
Row         a b c                   side by side
Scripts     x_{n,i}^{(0)}           below and above, at the right
Bar         x̄                       a bar over the nucleus: the cotangent
Accent      x̂, x̃                    a hat or a tilde over the nucleus
Bold        𝐖, 𝐫𝐦𝐬                  bold upright letters: a matrix or a vector
Tinted      a in a colour           what a step is about; 1 to 3, dark enough for grey print
Fraction    a over b
Root        √a
Limits      ∑ with n below          a large operator with what it runs over
Fenced      ( a ), [ a ], | a |     fences that grow with tall content
Stack       lines under a ∑         centred, small
Cases       { a if c; b otherwise
Prose       "if"                    text inside a formula
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any, Union, get_args


@dataclass(frozen=True, slots=True)
class Letter:
    """One slanted letter, as the character itself."""

    character: str


@dataclass(frozen=True, slots=True)
class Word:
    """Upright letters: a function, or a name of several letters."""

    text: str


@dataclass(frozen=True, slots=True)
class Digits:
    """A number as written."""

    text: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A sign. ``spacing``: *binary* (+), *relation* (=), *comma*, *prefix* (unary minus), *plain*,
    or *thin* (an empty sign: the thin space between factors).
    """

    character: str
    spacing: str = "plain"


@dataclass(frozen=True, slots=True)
class Row:
    """Items side by side."""

    items: tuple[Layout, ...]


@dataclass(frozen=True, slots=True)
class Scripts:
    """``base`` with ``below`` and ``above`` at its right; either may be missing."""

    base: Layout
    below: Layout | None = None
    above: Layout | None = None


@dataclass(frozen=True, slots=True)
class Bar:
    """``body`` with a bar over it."""

    body: Layout


@dataclass(frozen=True, slots=True)
class Accent:
    """``body`` with a *hat* or a *tilde* over it."""

    body: Layout
    kind: str


@dataclass(frozen=True, slots=True)
class Bold:
    """A bold upright letter, word or digit: a matrix, a vector, the vector of ones."""

    text: str


@dataclass(frozen=True, slots=True)
class Tinted:
    """``body`` in colour 1, 2 or 3 of the report."""

    body: Layout
    colour: int


@dataclass(frozen=True, slots=True)
class Fraction:
    """``above`` over ``below``."""

    above: Layout
    below: Layout


@dataclass(frozen=True, slots=True)
class Root:
    """The square root of ``body``."""

    body: Layout


@dataclass(frozen=True, slots=True)
class Limits:
    """A large ``operator`` with ``below`` under it."""

    operator: Mark | Word
    below: Layout


@dataclass(frozen=True, slots=True)
class Fenced:
    """``body`` between fences, which grow where the body is tall.

    A bracket that is opened on one line and closed on another has no sign on one side, and says
    how tall both are: ``size`` is 1 to 4 for 1.2, 1.8, 2.4 and 3 ems, and 0 for as tall as need be.
    """

    left: str
    body: Layout
    right: str
    size: int = 0


@dataclass(frozen=True, slots=True)
class Stack:
    """Small centred lines, as under a sum."""

    lines: tuple[Layout, ...]


@dataclass(frozen=True, slots=True)
class Cases:
    """One line for each case: a value and the words after it."""

    rows: tuple[tuple[Layout, Layout], ...]


@dataclass(frozen=True, slots=True)
class Prose:
    """Words inside a formula; spaces at their ends are kept."""

    text: str


Layout = Union[
    Letter,
    Word,
    Digits,
    Mark,
    Row,
    Scripts,
    Bar,
    Accent,
    Bold,
    Tinted,
    Fraction,
    Root,
    Limits,
    Fenced,
    Stack,
    Cases,
    Prose,
]

TIMES = Mark("⋅", "binary")
THIN = Mark("", "thin")
COMMA = Mark(",", "comma")


def row(*items: Layout) -> Layout:
    """Put items side by side; rows inside are flattened and a single item stays itself."""
    flat: list[Layout] = []
    for item in items:
        flat.extend(item.items if isinstance(item, Row) else (item,))
    return flat[0] if len(flat) == 1 else Row(tuple(flat))


def listed(items: tuple[Layout, ...]) -> Layout:
    """Put items side by side with commas between."""
    spread: list[Layout] = []
    for item in items:
        spread += [COMMA, item] if spread else [item]
    return row(*spread)


def parts(layout: Layout) -> tuple[Layout, ...]:  # noqa: PLR0911  one line per node
    """The layouts directly inside ``layout``."""
    match layout:
        case Letter() | Bold() | Word() | Digits() | Mark() | Prose():
            return ()
        case Row(items):
            return items
        case Scripts(base, below, above):
            return tuple(p for p in (base, below, above) if p is not None)
        case Bar(body) | Accent(body, _) | Tinted(body, _) | Root(body) | Fenced(_, body, _, _):
            return (body,)
        case Fraction(above, below):
            return (above, below)
        case Limits(operator, below):
            return (operator, below)
        case Stack(lines):
            return lines
        case Cases(rows):
            return tuple(item for pair in rows for item in pair)
    raise TypeError(f"{type(layout).__name__} is not a layout: add it to layout.parts")


def untinted(layout: Layout) -> Layout:
    """Give ``layout`` without its colours."""
    if isinstance(layout, Tinted):
        return untinted(layout.body)
    return replace(layout, **{f.name: _untinted(getattr(layout, f.name)) for f in fields(layout)})


def _untinted(part: Any) -> Any:
    if isinstance(part, tuple):
        return tuple(map(_untinted, part))
    return untinted(part) if isinstance(part, get_args(Layout)) else part


def is_tall(layout: Layout) -> bool:
    """Whether fences round ``layout`` must grow."""
    return tallness(layout) > 0


def tallness(layout: Layout) -> int:
    """The size of the fences that enclose ``layout``, as in ``Fenced``; 0 for a line of text."""
    inner = max((tallness(part) for part in parts(layout)), default=0)
    match layout:
        case Fraction() | Limits():
            return 4 if inner else 3
        case Root():
            return max(inner, 2)
        case Cases() | Stack():
            return 4
        case Scripts(base, _, _):
            return tallness(base)
        case Fenced():
            return max(inner, layout.size)
    return inner
