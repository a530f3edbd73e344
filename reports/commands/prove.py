"""``backproof prove``: the steps of a derivation, each judged."""

from __future__ import annotations

import click

import derive
import numeric
from reports.commands.arguments import hyperparameters, json_option, set_option
from reports.terminal import output, print_json


@click.command(
    "prove",
    epilog="Example: backproof prove mine.eqn. "
    "Exit code: 0 all proved, 1 a step is wrong, 3 neither, 64 bad usage or input.",
)
@click.argument("file")
@click.option("--seed", type=click.IntRange(0, 2**32 - 1), default=0, help="Where the draws start.")
@set_option
@json_option
def command(file: str, seed: int, settings: tuple[str, ...], as_json: bool) -> int:
    """Judge every step of the claims in FILE, against the step before and against the gradient."""
    result = numeric.prove(derive.load(file), seed=seed, hypers=hyperparameters(settings))
    if as_json:
        print_json({"name": file} | result.as_json())
    else:
        output().print(str(result), markup=False)
    return result.exit_code
