"""Verdicts at the terminal: the word first, then what a reader can do with it."""

from __future__ import annotations

from numeric.check.result import CheckResult
from reports.terminal import output, print_json

_STYLES = {0: "bold green", 1: "bold red", 2: "bold yellow", 3: "bold yellow"}


def show(name: str, result: CheckResult, *, brief: bool = False, as_json: bool = False) -> None:
    """Print one result; briefly a line is enough for good news."""
    if as_json:
        print_json({"name": name} | result.as_json())
        return
    console = output()
    style = _STYLES[result.exit_code]
    if brief and result.exit_code == 0:
        compared = sum(line.comparisons for line in result.lines)
        console.print(f"[{style}]{result.verdict:<12}[/] {name:<28} {compared:>9,} comparisons")
        return
    console.print(str(result), markup=False)
    console.print()
