"""How values show themselves in a notebook: by whatever is installed that can typeset them.

Nothing here knows who that is. A distribution that can typeset announces three functions under
the entry point group ``backproof.display``, by the names ``html``, ``latex`` and ``markdown``;
each takes a value and gives text, or None for a value that it does not know.
"""

from __future__ import annotations

from typing import Protocol

GROUP = "backproof.display"


class Printer(Protocol):
    """What IPython prints by."""

    def text(self, obj: str) -> None:
        """Print a text."""


class Displayed:
    """A value that notebooks typeset; where nothing is installed for that, they print its text.

    A notebook asks each method, and takes None for "not in this form" (IPython's protocol).
    """

    __slots__ = ()

    def __init_subclass__(cls) -> None:
        # IPython takes the first class that has this or __repr__, and a dataclass has __repr__
        cls._repr_pretty_ = Displayed._repr_pretty_  # type: ignore[method-assign]

    def _repr_pretty_(self, printer: Printer, cycle: bool) -> None:
        """The text form, where a terminal would print the fields."""
        printer.text("..." if cycle else str(self))

    def _repr_html_(self) -> str | None:
        return shown(self, "html")

    def _repr_latex_(self) -> str | None:
        return shown(self, "latex")

    def _repr_markdown_(self) -> str | None:
        return shown(self, "markdown")


def shown(value: object, form: str) -> str | None:
    """Give ``value`` in a form: ``html``, ``latex`` or ``markdown``; None if nobody can."""
    # it would take a fifth of the time to import derive
    from importlib.metadata import entry_points  # noqa: PLC0415

    for found in entry_points(group=GROUP, name=form):
        try:
            typeset = found.load()
        except (ImportError, AttributeError):  # announced by something that is not there any more
            continue
        text = typeset(value)
        if text is not None:
            return str(text)
    return None
