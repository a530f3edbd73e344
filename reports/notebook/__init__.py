"""Values as notebooks show them: HTML that fits a light and a dark page, LaTeX, Markdown.

Programs, kernels, verdicts and networks look these functions up by the entry points of the group
``backproof.display``. Each gives None for a value that it does not know.
"""

from __future__ import annotations

from hashlib import sha256
from importlib.resources import files

from derive.errors import OptionRefused
from reports.html import main
from reports.markdown import escape, fragment
from reports.notebook.contents import contents
from reports.notebook.formulas import formulas

__all__ = ["html", "latex", "markdown"]

_LONGEST_NAME = 8


def html(value: object) -> str | None:
    """Show ``value`` as a piece of HTML with the styles it needs, and nothing that runs."""
    document = contents(value)
    if document is None:
        return None
    style = files("reports").joinpath("notebook.css").read_text(encoding="utf-8")
    plain = main(document, "mathml")
    # several outputs share a page: the names within each are its own, and always the same
    prefix = "b" + sha256(plain.encode()).hexdigest()[:_LONGEST_NAME] + "-"
    try:
        body = main(document, "svg", prefix)
    except OptionRefused:  # there is no Typst here: the browser sets the formulas
        body = plain
    return f'<div class="backproof"><style>{style}</style>{body}</div>'


def latex(value: object) -> str | None:
    """Show ``value`` as displayed mathematics, for notebooks that become LaTeX."""
    document = contents(value)
    return None if document is None else formulas(document)


def markdown(value: object) -> str | None:
    """Show ``value`` as Markdown that may stand among other text: its title is no heading."""
    document = contents(value)
    if document is None:
        return None
    return f"**{escape(document.title)}**\n\n{fragment(document)}"
