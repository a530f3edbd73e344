"""``backproof check``: proofs of the gradients, and a verdict."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import click

import derive
from derive.program import Program
from numeric.check.limits import Limits
from numeric.check.result import CheckResult
from numeric.oracles import NAMES, require
from reports.checking import gravest, results
from reports.commands.arguments import hyperparameters, json_option, set_option
from reports.settings import configured
from reports.terminal import output, progress
from reports.verdicts import show
from reports.witnesses import oracle_lines, own_layer, summary

_CODES = "Exit code: 0 proved, 1 wrong, 2 precision, 3 inconclusive, 64 bad usage or input."


@click.command("check", epilog=f"Example: backproof check lstm conv2d --timeout 60. {_CODES}")
@click.argument("layers", metavar="LAYER...", nargs=-1)
@click.option("--all", "every", is_flag=True, help="Check every built-in layer.")
@click.option("--fast", is_flag=True, help="Look at fewer points.")
@click.option(
    "--oracle",
    "oracles",
    type=click.Choice(NAMES),
    multiple=True,
    help="Also compare with this library; can be given twice.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(0, min_open=True),
    metavar="SECONDS",
    help="End each check after this time; what is undecided then is INCONCLUSIVE.",
)
@click.option(
    "--memory",
    type=click.IntRange(1),
    metavar="MIB",
    help="End each check that takes more, beyond Python and the libraries of the check.",
)
@click.option("--seed", type=click.IntRange(0, 2**32 - 1), default=0, help="Where the draws start.")
@set_option
@json_option
def command(  # noqa: PLR0913, PLR0917  one for each option
    layers: tuple[str, ...],
    every: bool,
    fast: bool,
    oracles: tuple[str, ...],
    timeout: float | None,
    memory: int | None,
    seed: int,
    settings: tuple[str, ...],
    as_json: bool,
) -> int:
    """Prove the gradients of each LAYER; print the proofs and the verdict.

    With --json each layer gives one object on a line of its own.
    """
    if every == bool(layers):
        raise click.UsageError("name the layers to check, or give --all, not both")
    options = _options(seed=seed, fast=fast, oracles=oracles)
    values = hyperparameters(settings)
    for oracle in oracles:
        require(oracle)  # one that is not installed is refused before any work
    programs = {name: derive.load(name) for name in (derive.layers() if every else layers)}
    for program in programs.values():
        configured(program, values)  # a setting that does not fit is refused before any work
    found = results(programs, values, options, Limits(timeout, memory))
    return _shown(programs, found, brief=every, as_json=as_json)


def _options(**given: Any) -> dict[str, Any]:
    """The options of the check that were asked for."""
    return {name: value for name, value in given.items() if name == "seed" or value}


def _shown(
    programs: Mapping[str, Program], results: Iterable[CheckResult], *, brief: bool, as_json: bool
) -> int:
    codes: list[int] = []
    beside: dict[str, list[str]] = {}
    with progress() as bar:
        task = bar.add_task(f"checking {next(iter(programs))}", total=len(programs))
        for name, result in zip(programs, results, strict=True):
            codes.append(result.exit_code)
            show(name, result, brief=brief, as_json=as_json)
            for line in oracle_lines(result):
                beside.setdefault(line.proof, []).extend([name] * (not own_layer(line)))
            bar.update(task, description=f"checked {name}", advance=1)
    if brief and not as_json:
        for proof, missing in beside.items():
            output().print(summary(proof, len(programs), missing), markup=False)
    return gravest(codes)
