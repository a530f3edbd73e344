"""The colours of a report on white paper; the style sheet of the HTML page has its own for dark."""

from __future__ import annotations

INK = "1b1f24"
SOFT = "5b6570"
TINT = "f5f7f9"
RULE = "d5dae0"
ACCENT = "0f6480"
GOOD = "17713a"
BAD = "a4231b"
# what a formula is tinted with, by number: dark enough for grey print
INDEX = {1: "a34a12", 2: "0f6480", 3: "6b3fa0"}
# of code
KEYWORD = "6a3fb0"
STRING = "17713a"
NUMBER = "0b5c87"
