"""What a fuzzer may not break: each target takes bytes, and raises where a promise is broken.

    parser      any bytes as text: read, or refused with a place inside it, quickly
    tokens      the same for rows of words of the language
    roundtrip   what is printed reads back equal
    derivative  derived equations exist, are a program, and read back equal
    emit        emitted text holds allowed nodes only, and is the same every time
    names       any word for an array, an output and an index

The last four take the bytes as the choices of the generator of right programs.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from random import Random
from time import perf_counter

import derive
import numeric
from derive.errors import DeriveError, ProgramRefused
from derive.words import DECLARATIONS, FREE_TEXT, GREEK, KEYWORDS, REDUCTIONS, SYMBOLS
from numeric.execute import violations
from trials.programs import program_text

WORDS = (
    *DECLARATIONS, *FREE_TEXT, *KEYWORDS, *REDUCTIONS, *GREEK, *SYMBOLS, "size", "pi", "inf",
    "tanh", "relu", "exp", "log", "x", "W", "y", "z", "i", "j", "n", "t", "int", "[", "]", "(",
    ")", ",", "=", "==", "!=", "<", "<=", ">", ">=", "+", "-", "*", "/", "//", "%", "^", "**", ":",
    "#", "\n", "0", "1", "2", "0.5", "1e-5", "1000000", "x[i]", "W[i, j]", "y[i] = ",
    "input x[i]\n", "output y[i]\n",
)  # fmt: skip
# A coverage-guided run is slower than an ordinary one by about this much.
SECONDS = 0.05 * 10


class Choices(Random):
    """The choices that bytes stand for; when they are used up, always the first."""

    def __init__(self, data: bytes) -> None:
        super().__init__(0)
        self._left = iter(data)

    def getrandbits(self, k: int) -> int:
        """So many bits."""
        found = 0
        for _ in range((k + 7) // 8):
            found = found << 8 | next(self._left, 0)
        return found & ((1 << k) - 1)

    def random(self) -> float:
        """A number from 0 to 1."""
        return self.getrandbits(16) / 2**16


class Broken(Exception):
    """A promise is broken."""


def parser(data: bytes) -> None:
    """Any bytes as text."""
    _read_or_refused(data.decode("utf-8", errors="surrogateescape"))


def tokens(data: bytes) -> None:
    """Rows of words."""
    _read_or_refused(" ".join(WORDS[byte % len(WORDS)] for byte in data))


def roundtrip(data: bytes) -> None:
    """A right program."""
    program = _program(data)
    if program is not None:
        _reads_back(program)


def derivative(data: bytes) -> None:
    """The derived equations of a right program."""
    program = _program(data)
    if program is not None:
        _reads_back(derive.adjoint(program))


def emit(data: bytes) -> None:
    """The kernel of a right program."""
    program = _program(data)
    if program is None:
        return
    try:
        source = numeric.build(program).source
    except DeriveError:
        return
    for problem in violations(ast.parse(source)):
        raise Broken(problem)
    if numeric.build(derive.parse(str(program))).source != source:
        raise Broken("the text of the kernel depends on more than the program")


def names(data: bytes) -> None:
    """Three words as names, split at line ends."""
    words = [*data.decode("utf-8", errors="replace").split("\n"), "x", "y", "i"][:3]
    given, output, index = words
    _read_or_refused(
        f"input {given}[{index}]\noutput {output}[{index}]\n{output}[{index}] = 2*{given}[{index}]"
    )


TARGETS: Mapping[str, Callable[[bytes], None]] = {
    "parser": parser, "tokens": tokens, "roundtrip": roundtrip, "derivative": derivative,
    "emit": emit, "names": names,
}  # fmt: skip


def _program(data: bytes) -> derive.Program | None:
    try:
        return derive.parse(program_text(Choices(data)))
    except DeriveError:
        return None


def _reads_back(program: derive.Program) -> None:
    if derive.parse(str(program)) != program:
        raise Broken(f"reads back as another program:\n{program}")


def _read_or_refused(text: str) -> None:
    begun = perf_counter()
    try:
        program = derive.parse(text)
    except DeriveError as refusal:
        _check_place(refusal, text)
    else:
        _reads_back(program)
    taken = perf_counter() - begun
    if taken > SECONDS:
        raise Broken(f"{taken:.2f} s for {len(text)} characters")


def _check_place(refusal: DeriveError, text: str) -> None:
    span = refusal.span
    if span is None:
        if not isinstance(refusal, ProgramRefused):
            raise Broken(f"a refusal without a place: {refusal}")
        return
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    inside = 1 <= span.line <= len(lines) and 1 <= span.column <= len(lines[span.line - 1]) + 1
    if not inside:
        raise Broken(f"the place {span} is outside of the text")
