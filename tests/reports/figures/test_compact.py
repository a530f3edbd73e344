"""Fewer bytes, the same drawing."""

from __future__ import annotations

import re

import pytest

from reports.figures.compact import compact


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('<path d="M 1 2\nL 4 6\nz\n"/>', '<path d="m1 2l3 4z"/>'),
        ('<path d="M 1 2 Q 2 2 3 1 z M 9 9 L 8 9"/>', '<path d="m1 2q1 0 2-1zm8 7l-1 0"/>'),
        ('<path d="M 1.23456 2 L 2.34567 2"/>', '<path d="m1.23 2l1.12 0"/>'),
        ('<path d="M 0 0 C 1 0 2 0 3 0.004"/>', '<path d="m0 0c1 0 2 0 3 0"/>'),
        ('<g transform="scale(0.015625) translate(1.98765 2)"/>',
         '<g transform="scale(0.015625) translate(1.99 2)"/>'),
        ('<g style="fill: none; stroke: red"/>', '<g style="fill:none;stroke:red"/>'),
        ('<g id="alone"><path id="used-by-url"/><g clip-path="url(#used-by-url)"/></g>',
         '<g><path id="p0"/><g clip-path="url(#p0)"/></g>'),
        ('<path id="b"/><path id="a"/><use href="#a"/><use href="#b"/>',
         '<path id="p1"/><path id="p0"/><use href="#p0"/><use href="#p1"/>'),
        ('<g>\n<use x="1" style="s: t"/>\n<use x="2" style="s: t"/>\n</g>',
         '<g style="s:t">\n<use x="1"/>\n<use x="2"/>\n</g>'),
        ('<g>\n<use x="1" style="s: t"/>\n<use x="2" style="s: u"/>\n</g>',
         '<g>\n<use x="1" style="s:t"/>\n<use x="2" style="s:u"/>\n</g>'),
    ],
)  # fmt: skip
def test_what_is_written_shorter(before: str, after: str) -> None:
    assert compact(before, "p") == after


def test_rounding_does_not_add_up() -> None:
    points = [(n * 1.005, n * 0.333333) for n in range(200)]
    text = " ".join(f"{'L' if n else 'M'} {x} {y}" for n, (x, y) in enumerate(points))
    shown = compact(f'<path d="{text}"/>', "p")
    x = y = 0.0
    for move in re.findall(r"[ml](-?[\d.]+) ?(-?[\d.]+)", shown):
        x, y = x + float(move[0]), y + float(move[1])
    assert (x, y) == pytest.approx(points[-1], abs=0.011)
