"""``backproof check``: proofs of the gradients, and a verdict."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor

import click

import derive
from derive.program import Program
from numeric.check.result import CheckResult
from reports.commands.arguments import hyperparameters, json_option, set_option
from reports.settings import checked, configured
from reports.terminal import output, print_json, progress

# Of several layers' exit codes the first of these counts: wrong, undecided, imprecise.
_GRAVEST_FIRST = (1, 3, 2)
_STYLES = {0: "bold green", 1: "bold red", 2: "bold yellow", 3: "bold yellow"}

Values = Mapping[str, int | float]


@click.command(
    "check",
    epilog="Example: backproof check lstm conv2d. "
    "Exit code: 0 proved, 1 wrong, 2 precision, 3 inconclusive, 64 bad usage or input.",
)
@click.argument("layers", metavar="LAYER...", nargs=-1)
@click.option("--all", "every", is_flag=True, help="Check every built-in layer.")
@click.option("--seed", type=click.IntRange(0, 2**32 - 1), default=0, help="Where the draws start.")
@set_option
@json_option
def command(
    layers: tuple[str, ...], every: bool, seed: int, settings: tuple[str, ...], as_json: bool
) -> int:
    """Prove the gradients of each LAYER; print the proofs and the verdict.

    With --json each layer gives one object on a line of its own.
    """
    if every == bool(layers):
        raise click.UsageError("name the layers to check, or give --all, not both")
    values = hyperparameters(settings)
    programs = {name: derive.load(name) for name in (derive.layers() if every else layers)}
    for program in programs.values():
        configured(program, values)  # a setting that does not fit is refused before any work
    codes: list[int] = []
    with progress() as bar:
        task = bar.add_task(f"checking {next(iter(programs))}", total=len(programs))
        for name, result in zip(programs, results(programs, seed, values), strict=True):
            codes.append(result.exit_code)
            _show(name, result, brief=every, as_json=as_json)
            bar.update(task, description=f"checked {name}", advance=1)
    return gravest(codes)


def results(programs: Mapping[str, Program], seed: int, values: Values) -> Iterator[CheckResult]:
    """Check programs in order: one here, several in as many processes as there are processors."""
    if len(programs) == 1:
        yield from (checked(program, seed, values) for program in programs.values())
        return
    workers = min(os.cpu_count() or 1, len(programs))
    # a worker that is interrupted goes in silence; the message is the parent's
    pool = ProcessPoolExecutor(workers, initializer=signal.signal, initargs=_DIE_IN_SILENCE)
    try:
        runs = [pool.submit(checked, program, seed, values) for program in programs.values()]
        yield from (run.result() for run in runs)
    finally:
        pool.shutdown(cancel_futures=True)


_DIE_IN_SILENCE = (signal.SIGINT, signal.SIG_DFL)


def gravest(codes: Sequence[int]) -> int:
    """Give the exit code of several checks."""
    return next((code for code in _GRAVEST_FIRST if code in codes), 0)


def _show(name: str, result: CheckResult, *, brief: bool, as_json: bool) -> None:
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
