"""Pages of Typst's, as two of its versions write them, in few bytes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest

from reports.formulas import drawn
from reports.glyphs import Picture, flipped, read
from reports.mathematics.layout import Fraction, Letter, Mark, Scripts, Tinted, listed, row
from reports.sharing import Sharing
from tests.reports.story.test_derivation import shown

HEAD = (
    '<svg viewBox="0 0 20 10" xmlns="http://www.w3.org/2000/svg" '
    'xmlns:xlink="http://www.w3.org/1999/xlink">'
)
TAIL = (
    '<defs><symbol id="ga"><path d="M 0 0m 0.50 -1.2345c 0 0 1 1 2 2Z "/></symbol>'
    '<symbol id="gb"><path d="M 0 0h 1.25"/></symbol></defs></svg>'
)
MARK = (
    '<g transform="translate(0 8)"><path stroke="#000000" stroke-width="1" d="M 0 0h 0.001"/></g>'
)
RUN = (
    '<use xlink:href="#ga" x="0" y="0" fill="#000000"/>'
    '<use xlink:href="#gb" x="5" y="0" fill="#a34a12"/>'
)
NEAR = 0.06  # of a point, at a size of ten
COLOURS = {"#a34a12": "index1"}
NEWER = f'{HEAD}{MARK}<g transform="matrix(1 0 0 -1 2.5 8)">{RUN}</g>{TAIL}'
OLDER = (
    f'{HEAD}<g><g class="typst-group">{MARK.replace("translate(", "matrix(1 0 0 1 ")}'
    f'<g class="typst-text" transform="matrix(1 0 0 -1 2.5 8)">{RUN}</g></g></g>{TAIL}'
)


def page(source: str) -> tuple[Picture, dict[str, str]]:
    outlines: dict[str, str] = {}
    return read(source.encode(), COLOURS, outlines), outlines


def test_two_versions_write_the_same_page() -> None:
    assert page(NEWER) == page(OLDER)


def test_a_glyph_is_a_name_a_place_and_a_colour() -> None:
    picture, outlines = page(NEWER)
    assert (picture.width, picture.height, picture.baseline) == (20.0, 10.0, 8.0)
    sharing = Sharing("p", [picture], outlines)
    assert sharing.written(picture) == (
        '<use href="#p0" x="2.5" y="8"/><use href="#p1" x="7.5" y="8" class="index1"/>'
    )
    assert sharing.definitions() == (
        '<path id="p0" d="m.5 1.23c0 0 1-1 2-2Z"/><path id="p1" d="M0 0h1.25"/>'
    )


def test_a_stroke_is_moved_with_its_groups() -> None:
    line = '<g transform="translate(1 2)"><path stroke="#a34a12" stroke-width="0.48" d="M 0 0h 5"/></g>'
    picture, outlines = page(f'{HEAD}{MARK}<g transform="translate(3)">{line}</g>{TAIL}')
    assert Sharing("p", [picture], outlines).written(picture) == (
        '<path class="index1 line" stroke-width=".48" d="M0 0h5" transform="translate(4 2)"/>'
    )


@pytest.mark.parametrize(
    ("element", "message"),
    [
        ("<rect/>", "an SVG element that is not known: .*rect"),
        ('<g transform="rotate(3)"/>', r"transformed in a way that is not known: rotate\(3\)"),
        ('<g transform="matrix(1 0 0 -1 0 0)"><rect/></g>', "a run of glyphs holds .*rect"),
    ],
)
def test_what_is_not_known_is_refused(element: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        page(f"{HEAD}{MARK}{element}{TAIL}")


@pytest.mark.parametrize(
    ("path", "upright"),
    [
        ("M 0 0m 0.50 -1.2345c 0 0 1 1 2 2Z", "m.5 1.23c0 0 1-1 2-2Z"),
        ("M 0 0m 1 2h -0.5v 0.25l 0.75 0.5v -3Z ", "m1-2h-.5v-.25l.75-.5v3Z"),
        ("M 1 2Q 0.1 0.2 -0.001 0.4Z", "M1-2Q.1-.2 0-.4Z"),
    ],
)
def test_outlines_are_turned_and_short(path: str, upright: str) -> None:
    assert flipped(path) == upright


def test_an_arc_in_an_outline_is_refused() -> None:
    with pytest.raises(ValueError, match="an outline has a command that is not known: A"):
        flipped("M 0 0A 1 1 0 0 0 2 2")


def test_parts_that_are_met_together_again_are_written_once() -> None:
    indices = listed(tuple(map(Letter, "tni")))
    formulas = [(Scripts(Letter(c), indices), False) for c in "xyz"]
    found = drawn(formulas)
    # the letter, and its indices as one group of all five signs
    assert all(picture.count("<use") == 2 for picture in found.pictures.values())
    assert found.definitions.count("<g ") == 1
    assert found.definitions.count("<use") == 5
    alone = drawn(formulas[:1])
    assert alone.pictures[formulas[0]].count("<use") == 6
    assert alone.definitions.count("<g ") == 0


Ink = tuple[str, str, float, float]  # a path, its classes, and where it is


def ink(svg: str, definitions: str) -> list[Ink]:
    """All paths that a picture draws in the end, in order."""
    named = {e.get("id"): e for e in ElementTree.fromstring(definitions).iter()}

    def walk(element: Element, x: float, y: float, colour: str) -> Iterator[Ink]:
        kinds = (element.get("class") or "").split()
        colour = next((kind for kind in kinds if kind.startswith("index")), colour)
        x += float(element.get("x", "0"))
        y += float(element.get("y", "0"))
        if element.tag == "use":
            yield from walk(named[element.get("href", "")[1:]], x, y, colour)
        elif element.tag == "path":
            moved = re.findall(r"-?[\d.]+", element.get("transform", "translate(0 0)"))
            line = "line" if "line" in kinds else ""
            yield f"{element.get('d')} {line}", colour, x + float(moved[0]), y + float(moved[1])
        else:
            for inner in element:
                yield from walk(inner, x, y, colour)

    return list(walk(ElementTree.fromstring(svg), 0.0, 0.0, ""))


def test_sharing_draws_every_part_where_it_was() -> None:
    """All formulas of a report: each path, in its place and colour, as on the page of Typst's."""
    formulas = [(line.right, True) for line in shown("lstm")]
    formulas += [(Fraction(Tinted(Letter("x"), n), Letter("y")), True) for n in (1, 2, 3)]
    together = drawn(formulas)
    assert together.definitions.count("<g ") > 50
    for formula in dict.fromkeys(formulas):
        alone = drawn([formula])
        pairs = zip(
            ink(together.pictures[formula], together.definitions),
            ink(alone.pictures[formula], alone.definitions),
            strict=True,
        )
        for (path, colour, x, y), (wanted, its, left, top) in pairs:
            assert (path, colour) == (wanted, its)
            assert abs(x - left) + abs(y - top) < NEAR


def test_the_baseline_is_that_of_the_first_letter() -> None:
    formulas = [(Letter("x"), False), (Scripts(Letter("x"), Letter("i")), False)]
    flat, deep = drawn(formulas).pictures.values()
    assert "vertical-align:-0.0" in flat
    assert "vertical-align:-0.2" in deep


def test_nothing_is_drawn_for_nothing() -> None:
    assert drawn([]).pictures == {}
    assert drawn([]).definitions == ""


def test_a_formula_has_one_picture_in_each_size() -> None:
    shown = row(Letter("x"), Mark("=", "relation"), Letter("y"))
    assert len(drawn([(shown, True), (shown, False), (shown, True)]).pictures) == 2
