"""The page of the documentation: prose, with the tables of a contest between two marks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from rich.table import Table

from benchmarks.contest.figures import Contest
from benchmarks.contest.tables import machine_line, ratios, remarks, rooflines, title

PAGE = Path(__file__).resolve().parents[2] / "docs" / "benchmarks.md"
BEGIN = "<!-- figures: written by python -m benchmarks --write -->"
END = "<!-- end of figures -->"


def write_page(contest: Contest, path: Path = PAGE) -> Path:
    """Put the figures of a contest in place of those on the page; the prose stays.

    Raises:
        ValueError: if the page has no marks.
    """
    text = path.read_text(encoding="utf-8")
    before, begun, rest = text.partition(BEGIN)
    _, ended, after = rest.partition(END)
    if not begun or not ended:
        raise ValueError(f"{path} has no place for figures: {BEGIN} ... {END}")
    middle = "\n".join(figures_text(contest))
    path.write_text(f"{before}{BEGIN}\n\n{middle}\n\n{END}{after}", encoding="utf-8")
    return path


def figures_text(contest: Contest) -> Iterator[str]:
    """The tables of a contest as Markdown."""
    yield f"{contest.rounds} rounds. {machine_line(contest)}."
    for run in contest.runs:
        yield f"\n### {title(run)}\n"
        for table in (ratios(run), rooflines(run)):
            yield f"{str(table.title).partition(': ')[2]}:\n"
            yield from markdown(table)
            yield ""
        first, *others = remarks(run)
        yield first + "\n"
        yield from (f"- {line.strip()}" for line in others)


def markdown(table: Table) -> Iterator[str]:
    """A table of rich as Markdown."""
    yield _line([str(column.header) for column in table.columns])
    yield _line(["---:" if c.justify == "right" else "---" for c in table.columns])
    for cells in zip(*(column.cells for column in table.columns), strict=True):
        yield _line([str(cell) for cell in cells])


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"
