"""Free text for LaTeX: what pdflatex and lualatex print alike, whatever fonts they have."""

from __future__ import annotations

from unicodedata import normalize

from reports.mathematics.latex import LETTERS, escape
from reports.mathematics.names import GREEK

# accents and letters by command, as what a byte means depends on the encoding of the fonts
_ACCENTS = {
    "\u0300": "`", "\u0301": "'", "\u0302": "^", "\u0303": "~", "\u0308": '"', "\u030a": "r",
    "\u030c": "v", "\u0327": "c",
}  # fmt: skip
_NAMED = {
    "ß": "ss", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L",
    "å": "aa", "Å": "AA", "ı": "i", "§": "S", "…": "dots",
}  # fmt: skip
_PUNCTUATION = {"–": "--", "—": "---", "‘": "`", "’": "'", "“": "``", "”": "''", "\u00a0": "~"}
# signs of texts that are formulas in LaTeX
_SIGNS = {
    "′": "'", "×": r"\times", "−": "-", "≤": r"\le", "≥": r"\ge", "≠": r"\ne", "→": r"\to",
    "∂": r"\partial", "∞": r"\infty", "≈": r"\approx", "·": r"\cdot", "⋅": r"\cdot", "∈": r"\in",
    "√": r"\surd", "∑": r"\Sigma", "²": "^2", "³": "^3",
    "✓": r"\checkmark", "✗": r"\times",
}  # fmt: skip
# what each character that is known becomes
SPELLED = (
    {character: f"${formula}$" for character, formula in (LETTERS | _SIGNS).items()}
    | {character: rf"\{name}{{}}" for character, name in _NAMED.items()}
    | _PUNCTUATION
)
# pdflatex's listings reads bytes: what is not ASCII in code is spelled
_IN_CODE = {character: name for name, character in GREEK.items()} | {
    "′": "'", "’": "'", "–": "-", "−": "-", "·": "*", "×": "x",
}  # fmt: skip


def prose(text: str) -> str:
    """Escape free text; what not every LaTeX can print becomes its code point."""
    return "".join(map(_character, text))


def listing(text: str) -> str:
    """Write code for a listing, which its own text cannot end."""
    plain = "".join(c if c.isascii() else _IN_CODE.get(c, "?") for c in text)
    return plain.replace(r"\end{lstlisting}", r"\end {lstlisting}").rstrip("\n")


def _character(character: str) -> str:
    if character in SPELLED:
        return SPELLED[character]
    if character.isascii():
        return escape(character)
    parts = normalize("NFD", character)
    if len(parts) == 2 and parts[0].isascii() and parts[0].isalpha() and parts[1] in _ACCENTS:
        return rf"\{_ACCENTS[parts[1]]}{{{parts[0]}}}"
    return f"[U+{ord(character):04X}]"
