"""``backproof derive``: the forward equations and the backward equations derived from them."""

from __future__ import annotations

from itertools import groupby

import click

import derive
from derive.program import Program, Step
from reports.commands.arguments import (
    hyperparameters,
    json_option,
    layer_argument,
    set_option,
)
from reports.mathematics.aligned import aligned
from reports.terminal import print_json


@click.command("derive", epilog="Example: backproof derive lstm --latex")
@layer_argument
@set_option
@click.option("--latex", "as_latex", is_flag=True, help="Print LaTeX (needs amsmath).")
@click.option("--steps", is_flag=True, help="Show how each backward equation came about.")
@json_option
def command(
    layer: str, settings: tuple[str, ...], as_latex: bool, steps: bool, as_json: bool
) -> None:
    """Print the forward equations of LAYER and the backward equations derived from them.

    The text parses again: it is a program in the equation language.
    """
    program = derive.load(layer)
    values = hyperparameters(settings)
    if values:
        program = derive.bind(program, **values)
    backward = derive.adjoint(program)
    if as_json:
        print_json(_as_json(layer, program, backward))
    elif as_latex:
        click.echo(aligned(backward))
    else:
        click.echo(str(backward).rstrip("\n"))
    if steps and not as_json:
        click.echo("\n" + "\n\n".join(_derivations(backward.steps)))


def _as_json(layer: str, program: Program, backward: Program) -> dict[str, object]:
    forward = derive.prepare(program)
    return {
        "name": layer,
        "title": program.title,
        "inputs": [a.name for a in backward.arrays],
        "outputs": list(backward.outputs),
        "forward": [str(e) for e in forward.equations],
        "backward": [str(e) for e in backward.equations if e not in forward.equations],
        "program": str(backward),
        "latex": aligned(backward),
        "steps": [
            {
                "equation": s.equation,
                "rule": s.rule,
                "before": s.before,
                "after": s.after,
                "reason": s.reason,
            }
            for s in backward.steps
        ],
    }


def _derivations(steps: tuple[Step, ...]) -> list[str]:
    """One block for each equation: its first form, then one line a step with its reason."""
    blocks: list[str] = []
    for name, group in groupby(steps, key=lambda step: step.equation):
        lines = [f"# {name}"]
        for step in group:
            if len(lines) == 1 and step.before:
                lines.append(f"#   {step.before}")
            lines.append(f"#   {step.after}    ({step.rule}: {step.reason})")
        blocks.append("\n".join(lines))
    return blocks
