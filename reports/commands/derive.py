"""``backproof derive``: the forward equations and the backward equations derived from them."""

from __future__ import annotations

import click

import derive
from derive.program import Step
from reports.commands.arguments import (
    hyperparameters,
    json_option,
    layer_argument,
    set_option,
)
from reports.equations import Derived, derived
from reports.mathematics.aligned import aligned
from reports.terminal import print_json

_STEP_FIELDS = ("equation", "rule", "before", "after", "reason")


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
    found = derived(program)
    if as_json:
        print_json(_as_json(layer, found))
    elif as_latex:
        click.echo(aligned(found.joint.equations, found.names))
    else:
        click.echo(str(found.joint).rstrip("\n"))
    if steps and not as_json:
        click.echo("\n" + "\n\n".join(_derivations(found.steps, "%" if as_latex else "#")))


def _as_json(layer: str, found: Derived) -> dict[str, object]:
    return {
        "name": layer,
        "title": found.program.title,
        "inputs": [array.name for array in found.joint.arrays],
        "outputs": list(found.joint.outputs),
        "forward": [str(equation) for equation in found.forward],
        "backward": [str(equation) for equation in found.cotangents],
        "program": str(found.joint),
        "latex": aligned(found.joint.equations, found.names),
        "steps": [{field: getattr(step, field) for field in _STEP_FIELDS} for step in found.steps],
    }


def _derivations(steps: tuple[Step, ...], mark: str) -> list[str]:
    """One block of comments for each equation, a line a step with its reason."""
    blocks: dict[str, list[str]] = {}
    for step in steps:
        lines = blocks.setdefault(step.equation, [f"{mark} {step.equation}"])
        lines.append(f"{mark}   {step.after}    ({step.rule}: {step.reason})")
    return ["\n".join(lines) for lines in blocks.values()]
