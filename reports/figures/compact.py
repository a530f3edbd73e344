"""A drawing of matplotlib in few bytes: short names, two decimals, nothing said twice."""

from __future__ import annotations

import re

from reports.figures.svg import number

DECIMALS = 2

_REFERENCE = re.compile(r'href="#([^"]+)"|url\(#([^)]+)\)')
_NAME = re.compile(r' ?\bid="([^"]+)"')
_LONG_NUMBER = re.compile(r"(?<![\w.])-?\d+\.\d{3,}")
_SCALE = re.compile(r"(scale\([^)]*\))")
_PATH = re.compile(r' d="([^"]+)"')
_STYLE = re.compile(r' style="([^"]+)"')
_COMMAND = re.compile(r"([MLQCz])([^MLQCz]*)")
_MARKERS = re.compile(r'<g([^>]*)>\n((?:<use [^>]*style="([^"]+)"/>\n){2,})</g>')


def compact(body: str, prefix: str) -> str:
    """Shorten ``body``; the names that are left begin with ``prefix``."""
    shown = _MARKERS.sub(_styled_once, body)
    shown = _PATH.sub(lambda found: f' d="{_path(found[1])}"', shown)
    shown = _STYLE.sub(lambda found: found[0].replace(": ", ":").replace("; ", ";"), shown)
    shown = "".join(
        piece if piece.startswith("scale(") else _LONG_NUMBER.sub(_rounded, piece)
        for piece in _SCALE.split(shown)
    )
    return _named(shown, prefix)


def _styled_once(found: re.Match[str]) -> str:
    """Marks of one style, with the style at their group."""
    outside, marks, style = found.groups()
    said = f' style="{style}"'
    if "style=" in outside or marks.count(said) != marks.count("<use "):
        return found[0]
    return f"<g{outside}{said}>\n{marks.replace(said, '')}</g>"


def _path(text: str) -> str:
    """A path of matplotlib's commands, each from where the last one ended."""
    shown, pen, begun = "", (0.0, 0.0), (0.0, 0.0)
    for command, numbers in _COMMAND.findall(text):
        flat = [round(float(n), DECIMALS) for n in numbers.split()]
        points = list(zip(flat[::2], flat[1::2], strict=True))
        moves = [number(v) for x, y in points for v in (x - pen[0], y - pen[1])]
        shown += command.lower() + " ".join(moves).replace(" -", "-")
        pen = points[-1] if points else begun
        begun = pen if command == "M" else begun
    return shown


def _rounded(found: re.Match[str]) -> str:
    return number(float(found[0]))


def _named(body: str, prefix: str) -> str:
    """Give what is referred to a short name, and what is not none."""
    used = dict.fromkeys(a or b for a, b in _REFERENCE.findall(body))
    short = {name: f"{prefix}{n}" for n, name in enumerate(used)}
    shown = _NAME.sub(lambda f: f' id="{short[f[1]]}"' if f[1] in short else "", body)
    return _REFERENCE.sub(
        lambda f: f'href="#{short[f[1]]}"' if f[1] else f"url(#{short[f[2]]})", shown
    )
