"""``backproof check``: proofs of the gradients, and a verdict."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import click

import derive
from derive.program import Program
from numeric.build import STYLES
from numeric.check.limits import Limits
from numeric.check.result import CheckResult
from numeric.oracles import NAMES, require
from reports.checking import gravest, own_file, results
from reports.commands.arguments import hyperparameters, json_option, set_option, style_option
from reports.settings import configured
from reports.terminal import output, progress
from reports.verdicts import show
from reports.witnesses import oracle_lines, own_layer, summary

_CODES = "Exit code: 0 proved, 1 wrong, 2 precision, 3 inconclusive, 64 bad usage or input."


@click.command("check", epilog=f"Example: backproof check lstm conv2d --timeout 60. {_CODES}")
@click.argument("layers", metavar="LAYER... | FILE.py", nargs=-1)
@click.option("--all", "every", is_flag=True, help="Check every built-in layer.")
@click.option(
    "--against",
    metavar="LAYER",
    help="Check FILE.py, your own forward and backward, against the equations of this layer.",
)
@click.option(
    "--shapes",
    metavar="SHAPES",
    help="Check FILE.py against its own forward with arrays of these shapes, as in '3,4;5,4;5'.",
)
@click.option("--fast", is_flag=True, help="Look at fewer points.")
@click.option("--second-order", is_flag=True, help="Check the second derivatives too.")
@click.option("--symbolic", is_flag=True, help="Add a proof by SymPy on small shapes.")
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
@style_option
@set_option
@json_option
def command(  # noqa: PLR0913, PLR0917  one for each option
    layers: tuple[str, ...],
    every: bool,
    against: str | None,
    shapes: str | None,
    fast: bool,
    second_order: bool,
    symbolic: bool,
    oracles: tuple[str, ...],
    timeout: float | None,
    memory: int | None,
    seed: int,
    style: str,
    settings: tuple[str, ...],
    as_json: bool,
) -> int:
    """Prove the gradients of each LAYER; print the proofs and the verdict.

    A FILE.py in place of a layer is your own kernel, with functions forward and backward: give
    --against or --shapes. Its code is run, in a process that is killed after --timeout (300
    seconds if not given).

    With --json each layer gives one object on a line of its own.
    """
    values, limits = hyperparameters(settings), Limits(timeout, memory)
    extra = {"fast": fast, "second_order": second_order, "symbolic": symbolic}
    if any(name.endswith(".py") for name in layers) or against or shapes:
        path = _one_file(layers, every=every, oracle=oracles, style=style != STYLES[0], **extra)
        program = _against(against, shapes)
        result = own_file(path, program, shapes, values, {"seed": seed}, limits)
        show(path, result, as_json=as_json)
        return result.exit_code
    if every == bool(layers):
        raise click.UsageError("name the layers to check, or give --all, not both")
    options = _options(seed=seed, oracles=oracles, style=style.replace(STYLES[0], ""), **extra)
    programs = {name: derive.load(name) for name in (derive.layers() if every else layers)}
    for program in programs.values():
        configured(program, values)  # a setting that does not fit is refused before any work
    found = results(programs, values, options, limits)
    return _shown(programs, found, brief=every, as_json=as_json)


def _one_file(layers: Sequence[str], **unusable: object) -> str:
    """The one file to check, where nothing else is asked for that files do not have."""
    if len(layers) != 1 or not layers[0].endswith(".py"):
        raise click.UsageError("with --against or --shapes name one FILE.py, and no layer")
    for option, given in unusable.items():
        if given:
            name = "all" if option == "every" else option.replace("_", "-")
            raise click.UsageError(f"--{name} is for layers; {layers[0]} is a file")
    return layers[0]


def _against(name: str | None, shapes: str | None) -> Program | None:
    """The equations that a file is checked against, if any."""
    if name is not None and shapes is not None:
        raise click.UsageError("give --against or --shapes, not both")
    return None if name is None else derive.load(name)


def _options(**given: Any) -> dict[str, Any]:
    """The options of the check that were asked for; an oracle that is missing is refused."""
    for oracle in given["oracles"]:
        require(oracle)
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
