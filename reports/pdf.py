"""A document as a PDF: by Typst, or by the LaTeX that the user has."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from derive.errors import OptionRefused
from reports.document import Document
from reports.mathematics.typst import literal
from reports.tex import drawings, tex
from reports.typ import typ
from reports.typesetting import LackingGlyph, compiled

# the first of these that is found makes the PDF; each is run until references are settled
_LATEXES = ("lualatex", "pdflatex")
_STANDARD = "ua-1"  # for every reader, whatever he reads with
_FLAGS = ("-no-shell-escape", "-interaction=nonstopmode", "-halt-on-error")
_RUNS = 2
SECONDS = 120
_SHOWN = 400  # of a log's end, when it fails
_STEM = "document"


def pdf(document: Document) -> bytes:
    """Write ``document`` as a PDF for every reader (PDF/UA-1), by Typst.

    Raises:
        OptionRefused: where Typst is not installed.
    """
    source = typ(document)
    try:
        return compiled(source, "pdf", _STANDARD)
    except LackingGlyph:
        return compiled(_spelled(source), "pdf", _STANDARD)


def _spelled(source: str) -> str:
    """Write the characters that no font has as their code points, as the LaTeX report does.

    They stand in strings only: what the printers write themselves can be displayed.
    """
    lacking = {c for c in set(source) if not c.isascii() and not _is_displayed(c)}
    return "".join(f"[U+{ord(c):04X}]" if c in lacking else c for c in source)


def _is_displayed(character: str) -> bool:
    page = '#set document(title: "c")\n#set page(height: auto)\n'
    try:
        compiled(f"{page}#text({literal(character)})", "pdf", _STANDARD)
    except LackingGlyph:
        return False
    return True


def pdf_by_latex(document: Document) -> bytes:
    """Write ``document`` as a PDF by the user's own LaTeX, in a folder of its own.

    Raises:
        OptionRefused: where there is none, it takes too long, or it fails.
    """
    program = latex_on_path()
    with TemporaryDirectory(prefix="backproof-") as name:
        folder = Path(name)
        (folder / f"{_STEM}.tex").write_text(tex(document, _STEM), encoding="utf-8")
        for path, content in drawings(document, _STEM).items():
            (folder / path).parent.mkdir(exist_ok=True)
            (folder / path).write_bytes(content)
        for _ in range(_RUNS):
            _run([program, *_FLAGS, f"{_STEM}.tex"], folder)
        return (folder / f"{_STEM}.pdf").read_bytes()


def latex_on_path() -> str:
    """Find the LaTeX to use.

    Raises:
        OptionRefused: where there is none.
    """
    program = next((found for name in _LATEXES if (found := shutil.which(name))), None)
    if program is None:
        raise OptionRefused(
            f"no LaTeX was found: neither {' nor '.join(_LATEXES)} is on the path",
            remedy="install TeX Live or MiKTeX, or leave out --engine latex",
        )
    return program


def _run(command: Sequence[str], folder: Path) -> None:
    # the user's TeX may write into its folder only, and read nothing that it could leak
    closed = {
        "openin_any": "p",
        "openout_any": "p",
        "SOURCE_DATE_EPOCH": "0",
        "FORCE_SOURCE_DATE": "1",
    }
    name = Path(command[0]).name
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=os.environ | closed,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise OptionRefused(
            f"{name} did not finish within {SECONDS} seconds", remedy="leave out --engine latex"
        ) from None
    except OSError as error:
        raise OptionRefused(
            f"{command[0]} cannot be run: {error.strerror}", remedy="leave out --engine latex"
        ) from None
    if done.returncode:
        log = done.stdout.decode(errors="replace")
        reason = next((line for line in log.splitlines() if line.startswith("!")), log[-_SHOWN:])
        raise OptionRefused(
            f"{name} failed: {reason.strip()}",
            remedy="write the report as .tex to see why, or leave out --engine latex",
        )
