r"""Layout as LaTeX mathematics; needs amsmath and nothing else.

Only characters of the tables below and letters, digits and escaped words come out, so no name or
text of a program can become a command.
"""

from __future__ import annotations

import re
from functools import singledispatch

from reports.mathematics.layout import (
    Accent,
    Bar,
    Bold,
    Cases,
    Digits,
    Fenced,
    Fraction,
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

LETTERS = {
    "α": r"\alpha", "β": r"\beta", "γ": r"\gamma", "δ": r"\delta", "ε": r"\varepsilon",
    "ζ": r"\zeta", "η": r"\eta", "θ": r"\theta", "ι": r"\iota", "κ": r"\kappa", "λ": r"\lambda",
    "μ": r"\mu", "ν": r"\nu", "ξ": r"\xi", "π": r"\pi", "ρ": r"\rho", "σ": r"\sigma",
    "τ": r"\tau", "υ": r"\upsilon", "φ": r"\varphi", "χ": r"\chi", "ψ": r"\psi", "ω": r"\omega",
    "Γ": r"\Gamma", "Δ": r"\Delta", "Θ": r"\Theta", "Λ": r"\Lambda", "Ξ": r"\Xi", "Π": r"\Pi",
    "Σ": r"\Sigma", "Υ": r"\Upsilon", "Φ": r"\Phi", "Ψ": r"\Psi", "Ω": r"\Omega",
}  # fmt: skip
MARKS = {
    "": r"\,", "⋅": r"\cdot", "−": "-", "+": "+", "=": "=", "≠": r"\ne", "<": "<", "≤": r"\le",
    ">": ">", "≥": r"\ge", ",": ",", "/": "/", "∑": r"\sum", "∏": r"\prod", "′": "'",
    "′′": "''", "′′′": "'''", "∂": r"\partial", "×": r"\times",
    "⊙": r"\odot", "⊘": r"\oslash", "⊤": r"\top", "→": r"\to", "∈": r"\in", "ℝ": r"\mathbb{R}",
    "…": r"\dots", "≈": r"\approx", "∘": r"\circ", "±": r"\pm", "∇": r"\nabla", "∀": r"\forall",
    ":": ":", ";": ";", "∗": "*",
}  # fmt: skip
# upright words that LaTeX knows as operators, with their spacing
OPERATORS = frozenset(
    {"exp", "log", "sin", "cos", "tan", "sinh", "cosh", "tanh", "max", "min", "arg max", "arg min"}
)
# a bracket that stays open, or was opened on the line above, has no sign on one side
OPENING = {
    "": ".", "(": "(", "[": "[", "|": r"\lvert", "⌊": r"\lfloor", "⌈": r"\lceil", "‖": r"\lVert",
    "{": r"\{",
}  # fmt: skip
CLOSING = {
    "": ".", ")": ")", "]": "]", "|": r"\rvert", "⌋": r"\rfloor", "⌉": r"\rceil", "‖": r"\rVert",
    "}": r"\}",
}  # fmt: skip
SIZES = {1: r"\big", 2: r"\Big", 3: r"\bigg", 4: r"\Bigg"}
ACCENTS = {"hat": "hat", "tilde": "tilde"}
# as the document defines them
COLOURS = {1: "index1", 2: "index2", 3: "index3"}
SPECIALS = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "_": r"\_", "^": r"\textasciicircum{}",
    "%": r"\%", "&": r"\&", "#": r"\#", "$": r"\$", "~": r"\textasciitilde{}",
    "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}",
}  # fmt: skip

_COMMAND_AT_END = re.compile(r"\\[A-Za-z]+$")


def escape(text: str) -> str:
    """Write free text so that LaTeX prints exactly it; control characters become spaces."""
    return "".join(SPECIALS.get(c, c if c.isprintable() else " ") for c in text)


@singledispatch
def latex(layout: object) -> str:
    """Print a layout as LaTeX mathematics."""
    raise TypeError(f"{type(layout).__name__} is not a layout: add a rule to mathematics.latex")


@latex.register
def _(layout: Letter) -> str:
    return LETTERS.get(layout.character, layout.character)


@latex.register
def _(layout: Word) -> str:
    if layout.text in OPERATORS:
        return "\\" + layout.text.replace(" ", "")
    return rf"\mathrm{{{escape(layout.text)}}}"


@latex.register
def _(layout: Digits) -> str:
    return r"\infty" if layout.text == "∞" else layout.text


@latex.register
def _(layout: Mark) -> str:
    return MARKS[layout.character]


@latex.register
def _(layout: Row) -> str:
    text = ""
    for item, after in zip(layout.items, (*layout.items[1:], None), strict=True):
        printed = latex(item)
        if isinstance(item, Mark) and item.spacing in {"binary", "relation"}:
            printed = f" {printed} ".removeprefix(" " if text.endswith(" ") else "")
        elif isinstance(item, Word) and after is not None:
            printed = printed.replace(r"\mathrm", r"\operatorname", 1)
        # a command ends where a letter would continue it
        is_open = _COMMAND_AT_END.search(text) is not None and printed[:1].isalpha()
        text += f" {printed}" if is_open else printed
    return text.strip()


@latex.register
def _(layout: Scripts) -> str:
    text = latex(layout.base)
    if isinstance(layout.base, (Row, Fraction, Scripts)):
        text = f"{{{text}}}"
    if layout.below is not None:
        text += f"_{{{latex(layout.below)}}}"
    if layout.above is not None:
        text += f"^{{{latex(layout.above)}}}"
    return text


@latex.register
def _(layout: Bar) -> str:
    bar = r"\bar" if isinstance(layout.body, Letter) else r"\overline"
    return f"{bar}{{{latex(layout.body)}}}"


@latex.register
def _(layout: Accent) -> str:
    wide = "" if isinstance(layout.body, Letter) else "wide"
    return rf"\{wide}{ACCENTS[layout.kind]}{{{latex(layout.body)}}}"


@latex.register
def _(layout: Bold) -> str:
    greek = LETTERS.get(layout.text)
    return rf"\boldsymbol{{{greek}}}" if greek else rf"\mathbf{{{escape(layout.text)}}}"


@latex.register
def _(layout: Tinted) -> str:
    return rf"{{\color{{{COLOURS[layout.colour]}}}{latex(layout.body)}}}"


@latex.register
def _(layout: Fraction) -> str:
    return rf"\frac{{{latex(layout.above)}}}{{{latex(layout.below)}}}"


@latex.register
def _(layout: Root) -> str:
    return rf"\sqrt{{{latex(layout.body)}}}"


@latex.register
def _(layout: Limits) -> str:
    below = latex(layout.below)
    if isinstance(layout.operator, Word) and layout.operator.text not in OPERATORS:
        return rf"\operatorname*{{{escape(layout.operator.text)}}}_{{{below}}}"
    if isinstance(layout.operator, Word) and " " in layout.operator.text:
        name = layout.operator.text.replace(" ", r"\,")
        return rf"\operatorname*{{{name}}}_{{{below}}}"
    return f"{latex(layout.operator)}_{{{below}}}"


@latex.register
def _(layout: Fenced) -> str:
    left, right = OPENING[layout.left], CLOSING[layout.right]
    body = latex(layout.body)
    gap = " " if left.startswith("\\") else ""
    if layout.size:
        big = SIZES[layout.size]
        opening = f"{big}l{left}{gap}" if layout.left else ""
        return opening + body + (f"{big}r{right}" if layout.right else "")
    if is_tall(layout.body):
        return rf"\left{left}{gap}{body} \right{right}"
    return f"{left if layout.left else ''}{gap}{body}{right if layout.right else ''}"


@latex.register
def _(layout: Stack) -> str:
    lines = r" \\ ".join(latex(line) for line in layout.lines)
    return rf"\substack{{{lines}}}"


@latex.register
def _(layout: Cases) -> str:
    rows = r" \\ ".join(f"{latex(value)} & {latex(words)}" for value, words in layout.rows)
    return rf"\begin{{cases}} {rows} \end{{cases}}"


@latex.register
def _(layout: Prose) -> str:
    return rf"\text{{{escape(layout.text)}}}"
