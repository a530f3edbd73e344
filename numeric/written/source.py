"""A TOML file with its text, so that a refusal can point at a line of it."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NoReturn, Union

from derive.errors import DeriveError, LimitError, OptionRefused, ParseError, Span

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

# Where something stands in a file: ("steps", 2, "f").
Place = tuple[Union[str, int], ...]
# No network is written down at greater length; reading is linear in it.
LONGEST = 1_000_000
_HEADER = re.compile(r"\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?\s*(#.*)?$")
_KEY = re.compile(r"\s*([A-Za-z0-9_-]+|\"[^\"]*\")\s*=")
_WHERE = re.compile(r"(.*?) \(at line (\d+), column (\d+)\)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Source:
    """A file that was read.

    Attributes:
        path: of the file.
        lines: of its text.
        values: what it says.
    """

    path: Path
    lines: tuple[str, ...]
    values: Mapping[str, Any]

    def refuse(self, place: Place, problem: str, remedy: str) -> NoReturn:
        """Refuse what stands at ``place``.

        Raises:
            OptionRefused: always.
        """
        raise self.placed(OptionRefused(problem, remedy=remedy), place)

    def placed(self, error: DeriveError, place: Place) -> DeriveError:
        """``error`` with the line at which ``place`` stands, if it has no place of its own."""
        around = self._span(place)
        if error.span is None:
            error.span = around
            error.line_text = self.lines[around.line - 1] if around else ""
        elif around and error.line_text in self.lines[around.line :]:
            # equations in the file: their lines are lines of it
            line = self.lines.index(error.line_text, around.line) + 1
            error.span = replace(error.span, line=line)
        if not error.origin or error.origin.startswith("step "):
            error.origin = str(self.path)
        return error

    def _span(self, place: Place) -> Span | None:
        """Where ``place`` stands, or what is around it."""
        known = _places(self.lines)
        for length in range(len(place), 0, -1):
            line = known.get(place[:length])
            if line is not None:
                return self._inside(line, [k for k in place[length:] if isinstance(k, str)])
        return None

    def _inside(self, line: int, keys: list[str]) -> Span:
        """The last of ``keys`` that is found from ``line`` on, before the next key begins."""
        first = _KEY.match(self.lines[line])
        found = (line, (len(first[0]) - len(first[0].lstrip())) if first else 0)
        for key in keys:
            word = re.compile(rf"(?<![\w-]){re.escape(key)}(?=\s*=)")
            for number in range(found[0], len(self.lines)):
                start = found[1] if number == found[0] else 0
                match = word.search(self.lines[number], start)
                if match:
                    found = number, match.start()
                    break
        name = re.compile(r"[\w-]+").match(self.lines[found[0]], found[1])
        return Span(found[0] + 1, found[1] + 1, len(name[0]) if name else 1)


def _places(lines: tuple[str, ...]) -> dict[Place, int]:
    """The line of every table and of every key that begins one."""
    found: dict[Place, int] = {}
    counts: dict[Place, int] = {}
    table: Place = ()
    for number, line in enumerate(lines):
        header = _HEADER.match(line)
        if header:
            table = ()
            names = [name.strip().strip('"') for name in header[2].split(".")]
            for position, name in enumerate(names):
                table = (*table, name)
                last = position == len(names) - 1
                if last and header[1] == "[[":
                    counts[table] = counts.get(table, -1) + 1
                if table in counts:
                    table = (*table, counts[table])
            found.setdefault(table, number)
            continue
        key = _KEY.match(line)
        if key:
            found.setdefault((*table, key[1].strip('"')), number)
    return found


def read(path: str | Path) -> Source:
    """Read a TOML file.

    Raises:
        OptionRefused: if there is no such file, or it is not text.
        LimitError: if it is longer than any network.
        ParseError: if it is not TOML.
    """
    file = Path(path)
    text = _text(file)
    lines = tuple(text.split("\n"))
    try:
        return Source(file, lines, tomllib.loads(text))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        told = _WHERE.match(str(error))
        span = Span(int(told[2]), int(told[3])) if told else None
        raise ParseError(
            f"this is not TOML: {told[1] if told else error}",
            remedy="write key = value lines and [table] headings, as on https://toml.io",
            span=span,
            line_text=lines[span.line - 1] if span and span.line <= len(lines) else "",
            origin=str(file),
        ) from None


def _text(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            data = opened.read(LONGEST + 1)
        if len(data) > LONGEST:
            raise LimitError(
                f"the file is longer than {LONGEST:,} bytes", remedy="give the file of a network",
                origin=str(file),
            )  # fmt: skip
        return data.decode("utf-8")
    except OSError as error:
        raise OptionRefused(
            f"cannot read {file}: {error.strerror or error}", remedy="give the path of a TOML file"
        ) from None
    except UnicodeDecodeError:
        raise OptionRefused(f"{file} is not text in UTF-8", remedy="give a TOML file") from None
