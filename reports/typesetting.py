"""The Typst compiler, closed: no file of the user's and no font of the system.

It reads the clock for a document that has no date of its own, so pages say that they have none.
"""

from __future__ import annotations

from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from derive.errors import OptionRefused

if TYPE_CHECKING:
    from types import ModuleType

# Typst may read below its root, so that is an empty folder.
_ROOT = "backproof-"
_LACKING = "could not be displayed"


class LackingGlyph(Exception):
    """A text has a character that no font of Typst's has."""


def compiled(source: str, kind: str, standard: str | None = None) -> bytes:
    """Compile ``source`` to one file of this ``kind``, after a ``standard`` of PDF.

    Raises:
        LackingGlyph: if the standard asks for a glyph that no font has.
        OptionRefused: where Typst is not installed.
    """
    pages = _compile(source, kind, standard)
    return pages[0] if isinstance(pages, list) else pages


def compiled_pages(source: str, kind: str) -> list[bytes]:
    """Compile ``source`` to a file of this ``kind`` for each page.

    Raises:
        OptionRefused: where Typst is not installed.
    """
    pages = _compile(source, kind, None)
    return pages if isinstance(pages, list) else [pages]


def _compile(source: str, kind: str, standard: str | None) -> bytes | list[bytes]:
    standards = [standard] if standard is not None else []
    with TemporaryDirectory(prefix=_ROOT) as root:
        typst = compiler()
        try:
            pages: bytes | list[bytes] = typst.compile(
                source.encode(),
                root=root,
                format=kind,
                ignore_system_fonts=True,
                pdf_standards=standards,
            )
        except typst.TypstError as error:
            if _LACKING in str(error):
                raise LackingGlyph(str(error)) from None
            raise
    return pages


def compiler() -> ModuleType:
    """Import Typst.

    Raises:
        OptionRefused: where it is not installed.
    """
    try:
        import typst  # noqa: PLC0415  heavy, and missing on some platforms
    except ImportError:
        raise OptionRefused(
            "typst, which sets the formulas, is not installed",
            remedy="pip install typst; where there is no wheel of it, write .tex, or .html with "
            "--math mathml",
        ) from None
    return typst
