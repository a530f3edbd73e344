"""``backproof layers``: the built-in layers, one line each."""

from __future__ import annotations

import click
from rich.text import Text

import derive
from derive.program import Program
from reports.commands.arguments import json_option
from reports.terminal import output, print_json


@click.command("layers", epilog="Example: backproof layers --json")
@json_option
def command(as_json: bool) -> None:
    """List the built-in layers: name, arrays in and out, title."""
    programs = {name: derive.load(name) for name in derive.layers()}
    if as_json:
        print_json([summary(name, program) for name, program in programs.items()])
        return
    console = output()
    widths = max(map(len, programs)), max(len(program.title) for program in programs.values())
    for name, program in programs.items():
        line = Text.assemble(
            (name.ljust(widths[0]), "bold"),
            f"  {program.title.ljust(widths[1])}",
            (f"  {_signature(program)}", "dim"),
        )
        console.print(line, no_wrap=True, overflow="ellipsis", crop=True)


def summary(name: str, program: Program) -> dict[str, object]:
    """Give what a list of layers says about one."""
    return {
        "name": name,
        "title": program.title,
        "inputs": [a.name for a in program.arrays if a.role != "param"],
        "params": [a.name for a in program.arrays if a.role == "param"],
        "outputs": list(program.outputs),
    }


def _signature(program: Program) -> str:
    given = ", ".join(a.name for a in program.arrays)
    return f"{given} -> {', '.join(program.outputs)}"
