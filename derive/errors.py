"""Every refusal of the project, as one tree.

    DeriveError
    ├── ParseError      the text is not in the equation language
    ├── LimitError      the text, or a value in it, is larger than the language allows
    ├── NameRefused     a name is unknown, reserved, declared twice or used as what it is not
    ├── IndexRefused    an index is unbound, bound twice, has no extent, or reads off the grid
    ├── ProgramRefused  the equations as a whole have no meaning (a cycle, a missing start, ...)
    ├── OptionRefused   an option, hyperparameter or file given by the caller is not usable
    ├── CallRefused     an array given at call time has the wrong name, shape, dtype or values
    └── UntrueEquality  a line that was about to be shown does not hold: a mistake of backproof

Wrong Python arguments (a list where text is expected) stay ``TypeError`` and ``ValueError``.
"""

from __future__ import annotations

from dataclasses import dataclass

# Characters of a source line that a message shows.
_WIDEST = 100


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of source text: 1-based line and column, and its length in characters."""

    line: int
    column: int
    length: int = 1


class DeriveError(Exception):
    """The root of all refusals: what is wrong, where, the values involved, what to change.

    Attributes:
        problem: what is wrong, with the offending part and its values.
        remedy: what to change, one sentence.
        span: where in the source text, if the error has a place there.
        line_text: the source line that ``span`` points into.
        equation: the equation concerned, as text.
        origin: the file or layer the text came from.
    """

    def __init__(  # noqa: PLR0913  the parts of a message; each is optional but the problem
        self,
        problem: str,
        *,
        remedy: str = "",
        span: Span | None = None,
        line_text: str = "",
        equation: str = "",
        origin: str = "",
    ) -> None:
        self.problem = problem
        self.remedy = remedy
        self.span = span
        self.line_text = line_text
        self.equation = equation
        self.origin = origin
        super().__init__(problem)

    def __str__(self) -> str:
        place = f"{self.origin}: " if self.origin else ""
        if self.span is not None:
            place += f"line {self.span.line}, column {self.span.column}: "
        lines = [place + self.problem]
        if self.span is not None and self.line_text:
            lines += [f"    {line}" for line in self._pointed()]
        elif self.equation:
            lines.append(f"    in  {self.equation}")
        if self.remedy:
            lines.append(f"  to fix: {self.remedy}")
        return "\n".join(lines)

    def _pointed(self) -> tuple[str, str]:
        """The source line, or of a long one the part around the place, and the caret under it."""
        assert self.span is not None, "called only where there is a place to point at"
        text, column = self.line_text, self.span.column - 1
        if len(text) > _WIDEST:
            start = max(0, min(column - _WIDEST // 2, len(text) - _WIDEST))
            before = "..." if start else ""
            after = "..." if start + _WIDEST < len(text) else ""
            column += len(before) - start
            text = before + text[start : start + _WIDEST] + after
        room = max(1, len(text) - column)
        return text, " " * column + "^" * max(1, min(self.span.length, room))


class ParseError(DeriveError):
    """The text is not in the equation language."""


class LimitError(DeriveError):
    """The text, or a value in it, is larger than the language allows."""


class NameRefused(DeriveError):
    """A name is unknown, reserved, declared twice, or used as something it is not."""


class IndexRefused(DeriveError):
    """An index is unbound, bound twice, without an extent, or reads off the grid."""


class ProgramRefused(DeriveError):
    """The equations as a whole have no meaning: a cycle, a missing start, a lost output."""


class OptionRefused(DeriveError):
    """An option, hyperparameter or file given by the caller is not usable."""


class CallRefused(DeriveError):
    """An array given at call time has the wrong name, shape, dtype or values."""


class UntrueEquality(DeriveError):
    """A line that was about to be shown does not hold: a mistake of backproof itself."""
