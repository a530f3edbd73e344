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
    shown = {name: _signature(program) for name, program in programs.items()}
    widths = max(map(len, shown)), max(map(len, shown.values()))
    for name, signature in shown.items():
        line = Text(name.ljust(widths[0]), style="bold")
        line.append(f"  {signature.ljust(widths[1])}", style="not bold cyan")
        line.append(f"  {programs[name].title}", style="not bold default")
        console.print(line, soft_wrap=True)


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
