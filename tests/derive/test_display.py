"""Values ask whoever is installed to show them, and fall back to their text."""

from __future__ import annotations

import sys
from importlib.metadata import EntryPoint, EntryPoints

import pytest

import derive
import numeric
from derive.display import GROUP, Displayed, shown

FORMS = {"html": "_repr_html_", "latex": "_repr_latex_", "markdown": "_repr_markdown_"}
PROGRAM = derive.load("tanh")


class Named(Displayed):
    __slots__ = ()


def of_programs(value: object) -> str | None:
    return f"a program: {value.title}" if isinstance(value, derive.Program) else None


def of_all(value: object) -> str:
    return f"a value: {type(value).__name__}"


def install(monkeypatch: pytest.MonkeyPatch, *values: str, name: str = "html") -> None:
    """Let these be what is announced under ``name``."""
    entries = EntryPoints(EntryPoint(name, value, GROUP) for value in values)
    monkeypatch.setattr("importlib.metadata.entry_points", entries.select)


# (what is announced, what is shown of a program, and of another value)
ANNOUNCED: list[tuple[tuple[str, ...], str | None, str | None]] = [
    ((), None, None),
    (("tests_here:of_programs",), "a program: Hyperbolic tangent", None),
    (
        ("tests_here:of_programs", "tests_here:of_all"),
        "a program: Hyperbolic tangent",
        "a value: Named",
    ),
    (("tests_here:of_all",), "a value: Program", "a value: Named"),
    # what has gone since it was announced is passed over
    (("gone.module:f",), None, None),
    (("tests_here:gone", "tests_here:of_all"), "a value: Program", "a value: Named"),
]


@pytest.mark.parametrize(("values", "program", "other"), ANNOUNCED)
@pytest.mark.parametrize("form", FORMS)
def test_the_first_that_can_shows_a_value(
    form: str,
    values: tuple[str, ...],
    program: str | None,
    other: str | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "tests_here", sys.modules[__name__])
    install(monkeypatch, *values, name=form)
    assert getattr(PROGRAM, FORMS[form])() == program
    assert getattr(Named(), FORMS[form])() == other
    assert shown(PROGRAM, "another form") is None


@pytest.mark.parametrize(
    "value",
    [
        PROGRAM,
        numeric.build(PROGRAM),
        numeric.CheckResult("t", ()),
        numeric.ProveResult("t", ()),
        numeric.Network([], loss="mse", shape=(2,)),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_people_look_at_is_displayed(
    value: Displayed, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch)
    assert [getattr(value, method)() for method in FORMS.values()] == [None, None, None]
    assert not hasattr(value, "__dict__") or isinstance(value, numeric.Network)


def test_the_plain_form_is_the_text() -> None:
    class Printer:
        shown = ""

        def text(self, obj: str) -> None:
            self.shown += obj

    printer = Printer()
    PROGRAM._repr_pretty_(printer, cycle=False)
    PROGRAM._repr_pretty_(printer, cycle=True)
    assert printer.shown == f"{PROGRAM}..."
